//! Chooses a field for each place.

use super::looks::Look;
use super::rules::{DAY, RULES, TIME};
use super::words::{Called, Role};
use super::{Confidence, Place, Proposal, Proposed, Reading};
use knockcal::catalog;
use knockcal::knock::is_nothing;
use knockcal::shape::{Field, Kind};

/// What anything may call its own id.
const BARE_IDS: [&str; 6] = ["id", "uuid", "guid", "uid", "number", "token"];

/// A field that a place may hold.
struct Candidate {
    rule: usize,
    place: usize,
    /// How well it fits: the least is the best.
    rank: (Confidence, usize, usize),
    why: String,
}

/// Proposes fields of a visit that was agreed (`knocker.lead_booked`).
pub(super) fn propose(places: &[Place]) -> Proposal {
    let called: Vec<_> = places.iter().map(|place| Called::of(&place.path)).collect();
    let mut candidates: Vec<_> = (0..places.len())
        .flat_map(|place| candidates_of(place, places, &called))
        .collect();
    candidates.sort_by_key(|candidate| candidate.rank);
    let mut fields: Vec<Proposed> = Vec::new();
    for candidate in candidates {
        let Some(rule) = RULES.get(candidate.rule) else {
            continue;
        };
        let is_placed = |field: &Proposed| field.places.contains(&candidate.place);
        if fields.iter().any(is_placed) {
            continue;
        }
        match fields.iter_mut().find(|field| field.field == rule.field) {
            Some(field) if rule.several && candidate.rank.0 == Confidence::Sure => field.places.push(candidate.place),
            Some(_) => {}
            None => fields.push(Proposed {
                field: rule.field,
                places: vec![candidate.place],
                reading: Reading::First,
                confidence: candidate.rank.0,
                why: candidate.why,
            }),
        }
    }
    settle(&mut fields);
    let order = |field: &Proposed| RULES.iter().position(|rule| rule.field == field.field);
    fields.sort_by_key(order);
    let left = (0..places.len()).filter(|place| !fields.iter().any(|field| field.places.contains(place)));
    Proposal {
        left: left.collect(),
        missing: missing(&fields, places),
        fields,
    }
}

fn candidates_of(place: usize, places: &[Place], called: &[Called]) -> Vec<Candidate> {
    let (Some(of), Some(called)) = (places.get(place), called.get(place)) else {
        return Vec::new();
    };
    let mut candidates = Vec::new();
    for (index, rule) in RULES.iter().enumerate() {
        let is_own = called.role.is_some_and(|role| rule.roles.contains(&role));
        if !(is_own || (called.role.is_none() && !rule.is_said)) {
            continue;
        }
        let name = called.what.iter().filter(|what| is_own || !what.is_empty());
        let name = name
            .filter_map(|what| rule.names.iter().position(|name| name == what))
            .min();
        // A number alone is that of the whole thing, or of what it stands in.
        let is_bare_id = rule.field == "id" && !is_own && of.path.keys.len() > 1;
        let name =
            name.filter(|name| !(is_bare_id && rule.names.get(*name).is_some_and(|name| BARE_IDS.contains(name))));
        let filled = || {
            of.samples
                .iter()
                .filter(|sample| !sample.trim().is_empty() && !is_nothing(sample))
        };
        let fits = filled().all(|sample| rule.look.fits(sample));
        let seen = filled().next().is_some();
        let depth = of.path.keys.len();
        let of_setter = usize::from(called.role == Some(Role::Setter));
        match name {
            Some(name) if fits => candidates.push(Candidate {
                rule: index,
                place,
                // Of two that fit as well, the one that says whom it is about, and the one further out.
                rank: (
                    Confidence::Sure,
                    2 * usize::from(!is_own) + of_setter + 3 * usize::from(rule.is_later),
                    200 * depth + 2 * name + usize::from(!seen),
                ),
                why: format!("it is called `{}`", called.key),
            }),
            None if rule.by_value && fits && seen => candidates.push(Candidate {
                rule: index,
                place,
                rank: (Confidence::Likely, usize::from(!is_own), depth),
                why: format!(
                    "its value looks like {}",
                    if rule.look == Look::Email {
                        "an e-mail address"
                    } else {
                        "a phone number"
                    }
                ),
            }),
            _ => {}
        }
    }
    candidates
}

/// What fields say of each other.
fn settle(fields: &mut Vec<Proposed>) {
    let has = |fields: &[Proposed], name: &str| fields.iter().any(|field| field.field == name);
    let drop = |fields: &mut Vec<Proposed>, name: &str| fields.retain(|field| field.field != name);
    // A day and a time of day are one moment, where no place has both.
    let take = |fields: &mut Vec<Proposed>, name: &str| {
        let at = fields.iter().position(|field| field.field == name)?;
        Some(fields.remove(at))
    };
    let (day, time) = (take(fields, DAY), take(fields, TIME));
    if let (Some(mut day), Some(time), false) = (day, time, has(fields, "startTime")) {
        day.field = "startTime";
        day.places.extend(time.places);
        day.reading = Reading::Joined;
        day.why = format!("a day and a time of day: {}, and {}", day.why, time.why);
        fields.push(day);
    }
    if !knows("durationMinutes") || has(fields, "endTime") {
        drop(fields, "durationMinutes");
    }
    if !knows("address.unit") {
        drop(fields, "address.unit");
    }
    // Where an address comes in parts, what is called so is its street, or all of it again.
    let in_parts = has(fields, "address.city") || has(fields, "address.postalCode");
    if let Some(line) = fields.iter().position(|field| field.field == "address") {
        if in_parts && !has(fields, "address.street") {
            if let Some(field) = fields.get_mut(line) {
                field.field = "address.street";
            }
        } else if in_parts {
            fields.remove(line);
        } else {
            fields.retain(|field| !field.field.starts_with("address."));
        }
    }
    // Parts without a street are no address, and without a place nobody finds it.
    if has(fields, "lead.firstName") && has(fields, "lead.lastName") {
        drop(fields, "lead.name");
    }
    if has(fields, "calendarId") {
        drop(fields, "calendarName");
    }
    if !has(fields, "startTime") {
        drop(fields, "endTime");
        drop(fields, "durationMinutes");
    }
}

/// Whether events have a field.
fn knows(name: &str) -> bool {
    fn within(kind: Kind, names: &[&str]) -> bool {
        match kind {
            Kind::Object(fields) => has(fields, names),
            Kind::Either(kinds) => kinds.iter().any(|kind| within(*kind, names)),
            _ => false,
        }
    }
    fn has(fields: &[Field], names: &[&str]) -> bool {
        match names {
            [name] => fields.iter().any(|field| field.name == *name),
            [name, rest @ ..] => fields
                .iter()
                .any(|field| field.name == *name && within(field.kind, rest)),
            [] => false,
        }
    }
    let names: Vec<_> = name.split('.').collect();
    catalog::triggers().any(|trigger| trigger.key == crate::envelope::DEFAULT_TRIGGER && has(trigger.fields, &names))
}

fn missing(fields: &[Proposed], places: &[Place]) -> Vec<String> {
    let placed = |name: &str| fields.iter().find(|field| field.field == name);
    let mut missing = Vec::new();
    if placed("startTime").is_none() {
        missing.push("`startTime`: nothing looks like the time of a visit".to_owned());
    }
    if placed("lead.phone").is_none() && placed("lead.email").is_none() {
        missing.push("`lead.phone` or `lead.email`: nothing looks like how to reach somebody".to_owned());
    }
    let start = placed("startTime").and_then(|field| places.get(*field.places.first()?)?.samples.first());
    let has_offset = start.is_some_and(|start| {
        let time = start.split_once(['T', ' ']).map_or("", |(_, time)| time);
        time.ends_with('Z') || time.contains('+') || time.contains('-')
    });
    if placed("startTime").is_some() && !has_offset && placed("timeZone").is_none() {
        missing.push("the time has no offset: `time_zone` in the configuration says whose clocks it is by".to_owned());
    }
    if placed("id").is_none() {
        missing.push("`[source] id`: without an id the same visit with another field is another event".to_owned());
    }
    missing
}
