//! `knocker.lead_booked`: a visit was agreed at the door.

use serde_json::{Map, Value};

use super::email::unquoted_parts;
use super::fields::{set, texts};
use super::known_zone::KnownZone;
use super::recurrence;
use super::slot::Slot;
use super::warning::{warn, warn_at, warn_of_unused};
use super::{Address, Person, Rep, Settings, Warning, placeholder};
use crate::document::{Document, Object, Problems, beginning};

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
        let is_of_lead = data.value("address").is_none();
        let address = own.or_else(|| is_of_lead.then(|| Address::of_lead(data, settings, problems, warnings))?);
        let zone = KnownZone::there(data, settings, address.as_ref(), rep.as_ref());
        if !Slot::has_start(data) {
            data.problem("startTime", "missing", missing_start(data));
        }
        let slot = Slot::read(data, &zone, &settings.times, warnings);
        let lead = data.object("lead").map(|fields| {
            if is_of_lead {
                fields.note_known("address");
            }
            Person::read(&fields, settings, warnings)
        });
        let recurrence = recurrence::read(data);
        if recurrence.is_some() {
            let message = "GHL does not look whether the times of a series are free";
            warn(data, "recurrence", "slots-not-checked", message, warnings);
        }
        let attendees = attendees(data, settings, problems, warnings);
        let mut guests = Vec::new();
        let lead = the_lead(data, lead, &mut rep, attendees, &mut guests, settings, warnings);
        if lead.is_none() {
            report_unusable(problems, warnings);
        }
        let (calendar_id, calendar_name) = (data.text("calendarId"), data.text("calendarName"));
        if calendar_id.is_some() && calendar_name.is_some() {
            let message = "`calendarId` names the calendar already";
            warn(data, "calendarName", "field-not-used", message, warnings);
        }
        let (title, description, notes) = (data.text("title"), data.text("description"), data.text("notes"));
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

/// Whoever writes an event with one key too many beside its `data` has posted an app's own payload.
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
    let lead = data
        .object("lead")
        .map(|fields| Person::read(&fields, settings, &mut warnings));
    let attendees = attendees(&data, settings, &problems, &mut warnings);
    let mut guests = Vec::new();
    the_lead(&data, lead, &mut rep, attendees, &mut guests, settings, &mut warnings)
}

/// The attendees, each with its pointer. A text may name several, with commas between.
fn attendees(
    data: &Object<'_>,
    settings: &Settings,
    problems: &Problems,
    warnings: &mut Vec<Warning>,
) -> Vec<(Person, String)> {
    let mut entries: Vec<(Value, String)> = Vec::new();
    let mut is_one_text = false;
    match data.value("attendees") {
        Some(Value::String(text)) => {
            is_one_text = true;
            for part in unquoted_parts(text, ",;") {
                entries.push((part.into(), data.pointer("attendees")));
            }
        }
        Some(value @ Value::Object(_)) => entries.push((value.clone(), data.pointer("attendees"))),
        _ => {
            for (value, pointer) in data.list("attendees") {
                entries.push((value.clone(), pointer));
            }
        }
    }
    let mut attendees: Vec<(Person, String)> = Vec::new();
    for (value, pointer) in entries {
        let Some(person) = Person::attendee(&value, &pointer, settings, problems, warnings) else {
            continue;
        };
        match attendees.last_mut().filter(|_| is_one_text) {
            // `Ann Lee, 512-555-0142` is one person.
            Some((last, _)) if !last.reachable() && person.whole_name().is_none() => last.supply(person),
            _ => attendees.push((person, pointer)),
        }
    }
    attendees
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
        if let Some(email) = attendee.email.as_ref().filter(|email| settings.team.contains(email)) {
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
            if attendee.whole_name().is_some() && !lead.is_namesake(&attendee, settings) {
                let message = format!("`{}` is reached through `{}`", lead.label(), attendee.label());
                warn_at(&pointer, "name-differs", message, warnings);
            }
            lead.supply(attendee);
        } else if !lead.reachable() && attendee.reachable() {
            warnings.push(not_invited(&pointer, &lead, &attendee));
            guests.push(std::mem::replace(&mut lead, attendee));
        } else if lead.is_namesake(&attendee, settings) || lead.same(&attendee, settings) {
            // The lead is among the attendees, perhaps with another way to reach them.
            lead.supply(attendee);
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
    if !named && data.value("lead").is_some() {
        // That it is no object was said already.
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
