//! Chooses a field for each place.

use super::looks::Look;
use super::rules::{DAY, RULES, Rule, STREET_NUMBER, TIME};
use super::words::{Called, Role};
use super::{Confidence, Place, Proposal, Proposed, Reading};
use knockcal::catalog;
use knockcal::document::Key;
use knockcal::knock::is_nothing;
use knockcal::shape::{Field, Kind};

/// What anything may call its own id.
const BARE_IDS: [&str; 6] = ["id", "uuid", "guid", "uid", "number", "token"];

/// What is said of a time with a word for its zone behind it.
const WITH_ZONE: &str = "with a word for the time zone behind it";

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
    let called = |place: &Place| Called {
        role: of_organizer(place, places),
        ..Called::of(place.called.as_ref().unwrap_or(&place.path))
    };
    let called: Vec<_> = places.iter().map(called).collect();
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
    settle(&mut fields, places);
    let order = |field: &Proposed| RULES.iter().position(|rule| rule.field == field.field);
    fields.sort_by_key(order);
    let left = (0..places.len()).filter(|place| !fields.iter().any(|field| field.places.contains(place)));
    Proposal {
        left: left.collect(),
        missing: missing(&fields, places),
        fields,
    }
}

/// Whom a place is about: of a list of people, the one who is marked as the host of all others is no lead.
fn of_organizer(place: &Place, places: &[Place]) -> Option<Role> {
    let (_, around) = place.path.keys.split_last()?;
    let is_marked = |other: &Place| match other.path.keys.split_last() {
        Some((Key::Name(name), of)) => {
            let is_mark = matches!(name.as_str(), "organizer" | "host" | "self");
            of == around && is_mark && other.samples.iter().any(|sample| sample == "true")
        }
        _ => false,
    };
    match !around.is_empty() && places.iter().any(is_marked) {
        true => Some(Role::Rep),
        false => Called::of(place.called.as_ref().unwrap_or(&place.path)).role,
    }
}

fn candidates_of(place: usize, places: &[Place], called: &[Called]) -> Vec<Candidate> {
    let (Some(of), Some(called)) = (places.get(place), called.get(place)) else {
        return Vec::new();
    };
    let is_in_list = of.called.is_none() && of.path.keys.iter().any(|key| matches!(key, Key::Index(_)));
    let mut candidates = Vec::new();
    for (index, rule) in RULES.iter().enumerate() {
        let is_of_owner = called.role == Some(Role::Owner) && rule.field.starts_with("lead.");
        let is_own = is_of_owner || called.role.is_some_and(|role| rule.roles.contains(&role));
        if !(is_own || (called.role.is_none() && !rule.is_said)) {
            continue;
        }
        let name = called.what.iter().filter(|what| is_own || !what.is_empty());
        let name = name
            .filter_map(|what| rule.names.iter().position(|name| name == what))
            .min();
        // A number alone is that of the whole thing, or of what it stands in; in a list it is that of an entry.
        let is_bare_id = rule.field == "id" && !is_own && of.path.keys.len() > 1;
        let name =
            name.filter(|name| !(is_bare_id && rule.names.get(*name).is_some_and(|name| BARE_IDS.contains(name))));
        let name = name.filter(|_| !(rule.field == "id" && is_in_list));
        let (fits, seen) = looks(of, rule);
        let depth = of.path.keys.len();
        let of_setter = usize::from(called.role == Some(Role::Setter));
        match name {
            Some(name) if fits => {
                let doubt = doubt(of, rule, called, is_own, places);
                let confidence = match (&doubt, rule.is_later && called.is_person) {
                    (_, true) => Confidence::Remark,
                    (Some(_), _) => Confidence::Likely,
                    (None, _) => Confidence::Sure,
                };
                candidates.push(Candidate {
                    rule: index,
                    place,
                    // Of two that fit as well, the one that says whom it is about, and the one further out.
                    rank: (
                        confidence,
                        2 * usize::from(!is_own)
                            + of_setter
                            + 4 * usize::from(doubt.is_some())
                            + 3 * usize::from(rule.is_later),
                        200 * depth + 2 * name + usize::from(!seen),
                    ),
                    why: doubt.unwrap_or_else(|| format!("it is called `{}`", called.key)),
                });
            }
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

/// Whether the values of a place look like a field, and whether there are any. Most of them decide: a table may have a line
/// with totals. Where a place is called just like the field, its values are for the check.
fn looks(of: &Place, rule: &Rule) -> (bool, bool) {
    let filled = of.samples.iter().map(|sample| sample.trim());
    let filled = filled.filter(|sample| !sample.is_empty() && !is_nothing(sample));
    let (mut all, mut fitting) = (0, 0);
    for sample in filled {
        all += 1;
        fitting += usize::from(rule.look.fits(sample));
    }
    let is_column = matches!(of.path.keys.as_slice(), [Key::Name(name)] if name == rule.field);
    (2 * fitting > all || all == 0 || (is_column && all > 1), all > 0)
}

/// Why a place that is called like a field may be another thing.
fn doubt(of: &Place, rule: &Rule, called: &Called, is_own: bool, places: &[Place]) -> Option<String> {
    if of.doubt.is_some() {
        return of.doubt.clone();
    }
    if called.role == Some(Role::Owner) {
        return Some("the owner may be the homeowner, or the rep who owns the record".to_owned());
    }
    if rule.is_of_time()
        && let Some(key) = &called.doubtful
    {
        return Some(format!("`{key}` may have a time that is not that of the visit"));
    }
    let is_length = rule.field == "durationMinutes" && !called.what.iter().any(|what| what.contains("min"));
    if is_length && !is_own {
        return Some("it may be the length of a call, or in seconds".to_owned());
    }
    if rule.is_of_lead()
        && let Some(key) = &called.stranger
        && !(is_own && called.role == Some(Role::Lead))
    {
        return Some(format!("`{key}` may be somebody else, or another place"));
    }
    if rule.field.starts_with("lead.") && is_one_of_many(of, places) {
        return Some("it is one of a list".to_owned());
    }
    None
}

/// Whether it stands in an entry of a list that has several.
fn is_one_of_many(of: &Place, places: &[Place]) -> bool {
    let keys = of.path.keys.as_slice();
    let at = keys.iter().position(|key| matches!(key, Key::Index(_)));
    let Some((around, [Key::Index(own), rest @ ..])) = at.and_then(|at| keys.split_at_checked(at)) else {
        return false;
    };
    let is_other = |other: &Place| match other.path.keys.strip_prefix(around) {
        Some([Key::Index(index), others @ ..]) => index != own && others == rest,
        _ => false,
    };
    places.iter().any(is_other)
}

/// What fields say of each other.
fn settle(fields: &mut Vec<Proposed>, places: &[Place]) {
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
    if let (Some(number), Some(street)) = (
        take(fields, STREET_NUMBER),
        fields.iter_mut().find(|field| field.field == "address.street"),
    ) {
        street.places.splice(..0, number.places);
        street.reading = Reading::Joined;
    }
    join_zone(fields, places);
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
    let is_seen = |fields: &[Proposed], name: &str| {
        let mut of = fields
            .iter()
            .filter(|field| field.field == name)
            .flat_map(|field| &field.places);
        of.any(|place| places.get(*place).is_some_and(is_filled))
    };
    if has(fields, "lead.firstName") && has(fields, "lead.lastName") {
        let in_parts = is_seen(fields, "lead.firstName") || is_seen(fields, "lead.lastName");
        match !in_parts && is_seen(fields, "lead.name") {
            true => fields.retain(|field| !matches!(field.field, "lead.firstName" | "lead.lastName")),
            false => drop(fields, "lead.name"),
        }
    }
    if has(fields, "calendarId") {
        drop(fields, "calendarName");
    }
    if !has(fields, "startTime") {
        drop(fields, "endTime");
        drop(fields, "durationMinutes");
    }
}

/// Whether a place has a value anywhere.
fn is_filled(place: &Place) -> bool {
    place
        .samples
        .iter()
        .any(|sample| !sample.trim().is_empty() && !is_nothing(sample))
}

/// Words for zones are none for `timeZone`, but are read behind a time: `10:00 AM EST`.
fn join_zone(fields: &mut Vec<Proposed>, places: &[Place]) {
    let samples = |place: usize| {
        places
            .get(place)
            .map(|place| place.samples.as_slice())
            .unwrap_or_default()
    };
    let is_zone = |place: &usize| {
        samples(*place)
            .iter()
            .all(|sample| sample.is_empty() || Look::Zone.fits(sample))
    };
    let Some(at) = fields
        .iter()
        .position(|field| field.field == "timeZone" && !field.places.iter().all(is_zone))
    else {
        return;
    };
    let zone = fields.remove(at);
    let Some(start) = fields.iter_mut().find(|field| field.field == "startTime") else {
        return;
    };
    let has_own = start
        .places
        .iter()
        .flat_map(|place| samples(*place))
        .any(|sample| has_offset(sample));
    if !has_own {
        start.places.extend(zone.places);
        start.reading = Reading::Joined;
        start.confidence = Confidence::Likely;
        start.why = format!("{WITH_ZONE}: {}", zone.why);
    }
}

/// Whether a time says what it is by: an offset, or a number of the Unix epoch.
fn has_offset(time: &str) -> bool {
    let time_of_day = time.split_once(['T', ' ']).map_or("", |(_, time)| time);
    time_of_day.ends_with('Z')
        || time_of_day.contains(['+', '-'])
        || (!time.is_empty() && time.chars().all(|digit| digit.is_ascii_digit()))
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
    if let Some(start) = placed("startTime")
        && placed("timeZone").is_none()
        && !start.why.starts_with(WITH_ZONE)
    {
        let sample = start
            .places
            .first()
            .and_then(|place| places.get(*place)?.samples.first());
        if !sample.is_some_and(|sample| has_offset(sample)) {
            missing
                .push("the time has no offset: `time_zone` in the configuration says whose clocks it is by".to_owned());
        }
    }
    if placed("id").is_none() {
        missing.push("`[source] id`: without an id the same visit with another field is another event".to_owned());
    }
    missing
}
