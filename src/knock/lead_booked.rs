//! `knocker.lead_booked`: a visit was agreed at the door.

use serde_json::{Map, Value};

use super::email::unquoted_parts;
use super::fields::{set, texts};
use super::full_name::is_one_name;
use super::known_zone::KnownZone;
use super::person::cleaned;
use super::phone::digits_of;
use super::recurrence;
use super::slot::Slot;
use super::warning::{warn, warn_at, warn_of_unused};
use super::{Address, Person, Rep, Settings, Warning, placeholder};
use crate::document::{Document, Object, Problems, all, beginning};

/// What the line begins with that holds what is in no contact.
pub const ALSO: &str = "Also: ";

/// How much of what is in no contact the description carries, in letters.
const LEFT_OUT_LIMIT: usize = 400;

/// A visit was agreed at the door.
///
/// The five fields `calendarName`, `startTime`, `endTime`, `attendees` and `description` alone are complete.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadBooked {
    /// Calendar by id.
    pub calendar_id: Option<String>,
    /// Calendar by name.
    pub calendar_name: Option<String>,
    /// When.
    pub slot: Slot,
    /// Name of the zone that local times are in, when one is known.
    pub time_zone: Option<String>,
    /// Title of the appointment; absent: the lead's name.
    pub title: Option<String>,
    /// The rule by which it comes again, RFC 5545.
    pub recurrence: Option<String>,
    /// What the visit is about.
    pub description: Option<String>,
    /// What the rep noted at the door.
    pub notes: Option<String>,
    /// What was written of people and is in no contact, in one line: `Also: ext. 12; 512-555-0143`.
    pub left_out: Option<String>,
    /// Who is visited.
    pub lead: Person,
    /// Who else attends: neither the lead, nor a GHL user.
    pub guests: Vec<Person>,
    /// Who booked.
    pub rep: Option<Rep>,
    /// Where.
    pub address: Option<Address>,
}

impl LeadBooked {
    /// Reads the event's data; nothing when there are problems that leave no booking.
    pub fn read(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let mut rep = Rep::read(data, settings, problems, warnings);
        let own = Address::read(data, settings, problems, warnings);
        let has_own = data.value("address").is_some();
        let address = own.or_else(|| (!has_own).then(|| Address::of_lead(data, settings, problems, warnings))?);
        let zone = KnownZone::there(data, settings, address.as_ref(), rep.as_ref());
        if !Slot::has_start(data) {
            data.problem("startTime", "missing", missing_start(data));
        }
        let slot = Slot::read(data, &zone, &settings.times, warnings);
        let mut attendees = Vec::new();
        let lead = lead(data, rep.as_ref(), &mut attendees, settings, problems, warnings);
        let recurrence = recurrence::read(data);
        if recurrence.is_some() {
            let message = "GHL does not look whether the times of a series are free";
            warn(data, "recurrence", "slots-not-checked", message, warnings);
        }
        attendees.extend(people(data, "attendees", settings, problems, warnings));
        let mut guests = Vec::new();
        let lead = the_lead(data, lead, &mut rep, attendees, &mut guests, settings, warnings);
        match &lead {
            None => report_unusable(problems, warnings),
            Some(lead) if data.value("lead").is_some() && lead.full_name.is_none() => {
                let message =
                    "the lead has no name, so the contact has none, nor has a visit without `title`; write `name`";
                warn(data, "lead", "missing-name", message, warnings);
            }
            Some(_) => {}
        }
        let (calendar_id, calendar_name) = (data.text("calendarId"), data.text("calendarName"));
        if calendar_id.is_some() && calendar_name.is_some() {
            let message = "`calendarId` names the calendar already";
            warn(data, "calendarName", "field-not-used", message, warnings);
        }
        let title = data.text("title").and_then(|title| cleaned(&title));
        let (description, notes) = (data.text("description"), data.text("notes"));
        warn_of_unused(data, warnings);
        Some(Self {
            calendar_id,
            calendar_name,
            slot: slot?,
            time_zone: zone.name(),
            recurrence,
            title,
            description,
            notes,
            left_out: left_out(lead.as_ref(), &guests),
            lead: lead?,
            guests,
            rep,
            address,
        })
    }
}

impl LeadBooked {
    /// The booking as recipes see it; its slot is no part of it.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = texts(&[
            ("calendarId", &self.calendar_id),
            ("calendarName", &self.calendar_name),
            ("timeZone", &self.time_zone),
            ("title", &self.title),
            ("recurrence", &self.recurrence),
            ("description", &self.description),
            ("notes", &self.notes),
            ("leftOut", &self.left_out),
        ]);
        let mut guests = Vec::new();
        for guest in &self.guests {
            guests.push(Value::Object(guest.fields()));
        }
        set(&mut fields, "lead", Some(self.lead.fields().into()));
        set(&mut fields, "guests", (!guests.is_empty()).then_some(guests.into()));
        set(&mut fields, "rep", self.rep.as_ref().map(|rep| rep.fields().into()));
        set(
            &mut fields,
            "address",
            self.address.as_ref().map(|address| address.fields().into()),
        );
        fields
    }
}

/// An event with an unknown key beside its `data` is read as an app's own payload, so its fields seem to be missing.
fn missing_start(data: &Object<'_>) -> &'static str {
    match data.value("data") {
        None => "`startTime` is missing: when is the visit?",
        Some(_) => {
            "`startTime` is missing: when is the visit? `[source.fields]` says where it is, or `data` is the event: then \
             nothing but `id`, `subject` and the like may be beside it"
        }
    }
}

/// What is in no contact: of the lead, and of each guest with their name.
fn left_out(lead: Option<&Person>, guests: &[Person]) -> Option<String> {
    let mut parts: Vec<String> = lead.map(|lead| lead.left_out.clone()).unwrap_or_default();
    for guest in guests.iter().filter(|guest| !guest.left_out.is_empty()) {
        parts.push(format!("{}: {}", guest.label(), guest.left_out.join(", ")));
    }
    let parts = parts.join("; ");
    let line = beginning(&parts, LEFT_OUT_LIMIT);
    (!line.is_empty()).then(|| format!("{ALSO}{line}"))
}

/// Who was to be visited, as far as what was posted tells.
pub fn lead_of(posted: &Value, settings: &Settings) -> Option<Person> {
    let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
    let posted = placeholder::without_nothing(posted.clone(), "/data", &mut warnings);
    let data = Object::at(&posted, "/data".to_owned(), &problems)?;
    let mut rep = Rep::read(&data, settings, &problems, &mut warnings);
    let mut attendees = Vec::new();
    let lead = lead(&data, rep.as_ref(), &mut attendees, settings, &problems, &mut warnings);
    attendees.extend(people(&data, "attendees", settings, &problems, &mut warnings));
    let mut guests = Vec::new();
    the_lead(&data, lead, &mut rep, attendees, &mut guests, settings, &mut warnings)
}

/// The lead: an object, or what an attendee may be. Whoever is written beside them is an attendee.
fn lead(
    data: &Object<'_>,
    rep: Option<&Rep>,
    attendees: &mut Vec<(Person, String)>,
    settings: &Settings,
    problems: &Problems,
    warnings: &mut Vec<Warning>,
) -> Option<Person> {
    let mut people = people(data, "lead", settings, problems, warnings).into_iter();
    let (mut lead, pointer) = people.next()?;
    attendees.extend(people);
    lead.leave_out_rep(&pointer, rep, settings, warnings);
    Some(lead)
}

/// The people of a field, each with its pointer: one or a list. A text may name several, with commas between.
fn people(
    data: &Object<'_>,
    name: &'static str,
    settings: &Settings,
    problems: &Problems,
    warnings: &mut Vec<Warning>,
) -> Vec<(Person, String)> {
    let entries = match data.value(name) {
        Some(Value::Array(_)) => data.list(name),
        Some(value) => vec![(value, data.pointer(name))],
        None => Vec::new(),
    };
    let mut people = Vec::new();
    for (value, pointer) in entries {
        match value {
            Value::String(text) => {
                let is_one = name == "lead";
                people.extend(people_of_text(text, is_one, &pointer, settings, problems, warnings));
            }
            Value::Object(_) if name == "lead" => {
                let Some(lead) = Object::at(value, pointer.clone(), problems) else {
                    continue;
                };
                // Where the visit has no address, this one is read as that of the visit.
                if data.value("address").is_none() {
                    lead.note_known("address");
                }
                people.push((Person::read(&lead, settings, warnings), pointer));
            }
            _ => {
                let person = Person::attendee(value, &pointer, settings, problems, warnings);
                people.extend(person.map(|person| (person, pointer)));
            }
        }
    }
    people
}

/// The people that a text names, or all ways to reach the one that it is about.
fn people_of_text(
    text: &str,
    is_one: bool,
    pointer: &str,
    settings: &Settings,
    problems: &Problems,
    warnings: &mut Vec<Warning>,
) -> Vec<(Person, String)> {
    let mut people: Vec<(Person, String)> = Vec::new();
    for part in parts(text, pointer, warnings) {
        let Some(person) = Person::attendee(&part.into(), pointer, settings, problems, warnings) else {
            continue;
        };
        match people.last_mut() {
            // `Ann Lee, 512-555-0142` is one person.
            Some((last, _)) if person.whole_name().is_none() && last.lacks(&person, is_one) => {
                last.supply(person, pointer, warnings);
            }
            _ => people.push((person, pointer.to_owned())),
        }
    }
    people
}

/// The parts of a text that lists people. A comma may be in a name, where the next thing is how to reach them:
/// `Lee, Ann <ann@example.com>`.
fn parts(text: &str, pointer: &str, warnings: &mut Vec<Warning>) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut assumed = Vec::new();
    for line in unquoted_parts(text, ";\n") {
        let pieces = unquoted_parts(&line, ",");
        let first = parts.len();
        for (at, piece) in pieces.iter().enumerate() {
            let is_reached = is_reach(piece)
                || pieces
                    .get(at.saturating_add(1))
                    .is_some_and(|next| is_reach_alone(next));
            let name = piece.split(|letter: char| "<([".contains(letter) || letter.is_ascii_digit());
            let name = name.into_iter().next().unwrap_or_default();
            let before = parts.get_mut(first..).unwrap_or_default().last_mut();
            match before.filter(|before| is_reached && !is_reach(before) && is_one_name(before, name)) {
                Some(before) if !name.contains('@') => {
                    assumed.push(format!("{},{}", before.trim(), name.trim_end()));
                    *before = format!("{before},{piece}");
                }
                _ => parts.push(piece.clone()),
            }
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    for name in assumed.iter().filter(|_| parts.len() > 1) {
        let message = format!("`{name}` is read as the name of one person; between two people write `;`");
        warn_at(pointer, "name-assumed", message, warnings);
    }
    parts
}

/// Whether a text has an address or a number in it.
fn is_reach(text: &str) -> bool {
    text.contains('@') || digits_of(text).len() > 6
}

/// Whether a text is an address or a number, and no name.
fn is_reach_alone(text: &str) -> bool {
    is_reach(text) && !text.contains('<') && (text.contains('@') || all(text, &|letter| !letter.is_alphabetic()))
}

/// Finds out who is visited: the lead, else the first attendee who is no GHL user. Others are reported, for GHL
/// appointments have no guests.
fn the_lead(
    data: &Object<'_>,
    lead: Option<Person>,
    rep: &mut Option<Rep>,
    attendees: Vec<(Person, String)>,
    guests: &mut Vec<Person>,
    settings: &Settings,
    warnings: &mut Vec<Warning>,
) -> Option<Person> {
    let named = lead.is_some();
    let mut lead = lead.unwrap_or_default();
    let mut found = named;
    for (attendee, pointer) in attendees {
        let own = rep.as_ref().and_then(|rep| rep.email.clone());
        let is_rep = |email: &&String| Some(*email) == own.as_ref() || settings.is_of_rep(email);
        if let Some(email) = attendee.email.as_ref().filter(is_rep) {
            let assignee = rep.get_or_insert_with(|| Rep {
                email: Some(email.clone()),
                name: attendee.name.clone(),
                ..Rep::default()
            });
            if assignee.email.is_none() && assignee.id.is_none() {
                assignee.email = Some(email.clone());
            }
        } else if !found || (lead == Person::default()) {
            lead = attendee;
            found = true;
        } else if named && !lead.reachable() && attendee.reachable() {
            // The lead was named without a way to reach them; the first reachable attendee supplies it.
            lead.supply(attendee, &pointer, warnings);
        } else if !lead.reachable() && attendee.reachable() {
            warnings.push(not_invited(&pointer, &lead, &attendee));
            guests.push(std::mem::replace(&mut lead, attendee));
        } else if lead.is_namesake(&attendee, settings) || lead.same(&attendee, settings) {
            // The lead is among the attendees, perhaps with another way to reach them.
            lead.supply(attendee, &pointer, warnings);
        } else {
            warnings.push(not_invited(&pointer, &attendee, &lead));
            guests.push(attendee);
        }
    }
    for person in guests.iter_mut().chain([&mut lead]) {
        person.full_name = person.whole_name();
    }
    if lead.reachable() || (named && settings.keeps_pins) {
        return Some(lead);
    }
    if !named && data.value("lead").is_some_and(Value::is_boolean) {
        // That it is nobody was said already.
        return None;
    }
    let (place, sentence) = if named {
        (
            "lead",
            "the lead has neither a usable phone number nor e-mail address; where that may be, `pin_field` in \
             `[identity]` names a custom field that the contact is found by",
        )
    } else if found {
        ("attendees", "no attendee has a usable phone number or e-mail address")
    } else {
        (
            "lead",
            "nobody is visited: write `lead`, or somebody who is no GHL user among `attendees`",
        )
    };
    data.problem(place, "no-contact", sentence);
    None
}

fn not_invited(pointer: &str, person: &Person, contact: &Person) -> Warning {
    let (mut who, mut lead) = (person.label(), contact.label());
    if who == lead {
        // Two of one name are told apart by how to reach them.
        who = person.reach().map(str::to_owned).unwrap_or(who);
        lead = contact.reach().map(str::to_owned).unwrap_or(lead);
    }
    let message = format!("`{who}` is not invited: an appointment in GHL has one contact, here `{lead}`");
    Warning::at(pointer, "attendee-not-invited", message)
}

/// What was left out because it cannot be used matters as soon as nothing is left.
fn report_unusable(problems: &Problems, warnings: &[Warning]) {
    for warning in warnings {
        let code = match warning.code.as_str() {
            "phone-unusable" => "phone-unusable",
            "email-unusable" => "email-unusable",
            "phone-junk" => "phone-junk",
            "email-junk" => "email-junk",
            _ => continue,
        };
        problems.add(
            warning.pointer.clone().unwrap_or_default(),
            code,
            warning.message.clone(),
        );
    }
}
