//! Ids and subjects: the event's own, those that stand in its data, and names for events that carry none.
//!
//! A name is derived from what an event uses, once it is checked, however that is written: senders add time stamps,
//! delivery ids and counters of attempts to what they post, and write one number in several ways. It is kept in ledgers,
//! so what goes into it changes from release to release only with what events say.

use chrono::DateTime;
use serde_json::{Map, Value};

use super::address::plain;
use super::fields::set;
use super::placeholder::is_nothing;
use super::{Happening, Incoming, LeadBooked, Person, Settings, Slot, Warning, e164, fingerprint};
use crate::document::{Key, KeyPath, Object, has_digit, lists, single_spaced, sort_short, words};

/// How the triggers begin of which everything is read and checked.
const OWN_TRIGGERS: &str = "knocker.";

/// What people are called beside their names.
const TITLES: &str = "mr|mrs|ms|miss|mx|dr";

/// What an event carries itself, or what stands in its data where the configuration says.
pub(super) struct Given {
    pub(super) id: Option<String>,
    pub(super) subject: Option<String>,
}

impl Given {
    /// Reads both, and warns about what is absent.
    pub(super) fn read(
        incoming: &Incoming,
        data: &Value,
        settings: &Settings,
        fields: &Object<'_>,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let source = &settings.source;
        // A field that only carries the identity is used, whatever the trigger makes of it.
        for path in [&source.id, &source.subject].into_iter().flatten() {
            // What was posted may itself be called `data`.
            for key in path.keys.iter().take(2) {
                let Key::Name(name) = key else { break };
                fields.note_known(name);
                if name != "data" {
                    break;
                }
            }
        }
        let id = given(&incoming.id, source.id.as_ref(), data, "id", warnings);
        if id.is_none() {
            let message = "the event has no id: what it uses is its id, so the same booking made twice counts once";
            warnings.push(Warning::new("id-derived", message));
        }
        let subject = given(&incoming.subject, source.subject.as_ref(), data, "subject", warnings);
        if subject.is_none() {
            let message = match id {
                Some(_) => {
                    "the event has no subject: its id is its subject, so an event with another id is a new booking"
                }
                None => {
                    "the event has no subject: lead, address and start are its subject, so another start is a new booking"
                }
            };
            warnings.push(Warning::new("subject-derived", message));
        }
        if let Some(words) = subject.as_deref().filter(|subject| reads_like_words(subject)) {
            let message = format!(
                "the subject `{words}` reads like words for people: every event with it is about the same visit; if that is \
                 wrong, send the id of the visit as `subject`"
            );
            warnings.push(Warning::at("/subject", "subject-doubtful", message));
        }
        Self { id, subject }
    }
}

/// Whether a subject is several words without a digit: apps have a `subject` of their own, like `New booking`.
fn reads_like_words(subject: &str) -> bool {
    subject.contains(char::is_whitespace) && !has_digit(subject)
}

/// The event's own id or subject, else the one that stands where the configuration says.
fn given(
    own: &Option<String>,
    path: Option<&KeyPath>,
    data: &Value,
    name: &str,
    warnings: &mut Vec<Warning>,
) -> Option<String> {
    let (missing, invalid) = match name {
        "id" => ("missing-id", "invalid-id"),
        _ => ("missing-subject", "invalid-subject"),
    };
    let unusable = |text: &str| format!("`{text}` stands for no {name}; it is left out");
    if let Some(own) = own.as_deref().map(str::trim).filter(|own| !own.is_empty()) {
        if !is_nothing(own) {
            return Some(own.to_owned());
        }
        warnings.push(Warning::at(format!("/{name}"), invalid, unusable(own)));
    }
    let path = path?;
    let empty = || format!("the {name} at `{}` is empty", path.written());
    // That nothing stands there at all is said with what there is instead, by whoever reads the configuration.
    let (code, message) = match path.find_posted(data)? {
        Value::String(text) if text.trim().is_empty() => (missing, empty()),
        Value::Null => (missing, empty()),
        Value::String(text) if is_nothing(text) => (invalid, unusable(text.trim())),
        Value::String(text) => return Some(text.trim().to_owned()),
        Value::Number(number) => return Some(number.to_string()),
        _ => (
            invalid,
            format!(
                "`{}` is neither text nor a number, so it is not the {name}",
                path.written()
            ),
        ),
    };
    warnings.push(Warning::at(path.pointer_in_posted(data), code, message));
    None
}

/// The id of an event that carries none.
pub(super) fn derived_id(happening: &Happening, posted: &Value, settings: &Settings) -> String {
    let trigger = happening.trigger();
    let content = match happening {
        Happening::LeadBooked(booked) => of_visit(booked.fields(), Some(&booked.slot), settings),
        Happening::BookingChanged(changed) => of_visit(changed.fields(), changed.slot.as_ref(), settings),
        Happening::Other(trigger, fields) if trigger.starts_with(OWN_TRIGGERS) => {
            fields_of(canonical(&fields.clone().into()))
        }
        Happening::Other(_, fields) => of_fields(fields, settings),
        Happening::Invoked => Map::new(),
    };
    let mut parts = vec![trigger.to_owned(), Value::Object(content).to_string()];
    for path in &settings.named {
        if let Some((root, names)) = path.split_first()
            && root == "data"
            && let Some(value) = at_names(posted, names)
        {
            parts.push(format!("{} {}", path.join("."), canonical(value)));
        }
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    fingerprint(&parts)
}

/// The subject of a visit that has none: who is visited, where and when. Nothing where nobody is named.
pub(super) fn derived_subject(booked: &LeadBooked, settings: &Settings) -> Option<String> {
    let who = who(&booked.lead, settings)?;
    let address = booked.address.as_ref();
    let place = address.map(|address| address.household().unwrap_or_else(|| plain(&address.line)));
    let start = booked.slot.start.timestamp_millis().to_string();
    Some(fingerprint(&["visit", &who, &place.unwrap_or_default(), &start]))
}

/// Who somebody is: the number, else the e-mail address, else the name in whatever order its words stand.
fn who(person: &Person, settings: &Settings) -> Option<String> {
    let phone = person
        .phone
        .as_deref()
        .and_then(|phone| e164(phone, &settings.calling_code));
    let reach = phone.or_else(|| person.email.clone());
    reach.or_else(|| {
        let name = plain(&person.whole_name()?);
        let mut words = words(&name);
        words.retain(|word| !lists(TITLES, word));
        sort_short(&mut words, |one, other| one < other);
        Some(words.join(" ")).filter(|words| !words.is_empty())
    })
}

/// What is used of a booking or a change of one: times are instants, numbers in E.164 form, addresses and names of
/// calendars as they are compared.
fn of_visit(mut fields: Map<String, Value>, slot: Option<&Slot>, settings: &Settings) -> Map<String, Value> {
    // Local times are instants by now.
    fields.remove("timeZone");
    if let Some(address) = fields.get_mut("address") {
        *address = plain(address.get("line").and_then(Value::as_str).unwrap_or_default()).into();
    }
    if let Some(name) = fields.get_mut("calendarName") {
        *name = canonical(name).to_string().to_lowercase().into();
    }
    if let Some(guests) = fields.get_mut("guests").and_then(Value::as_array_mut) {
        for guest in guests {
            write_person(guest, settings);
        }
    }
    if let Some(lead) = fields.get_mut("lead") {
        write_person(lead, settings);
    }
    if let Some(slot) = slot {
        fields.insert("startTime".to_owned(), slot.start.timestamp_millis().into());
        set(
            &mut fields,
            "endTime",
            slot.end.map(|end| end.timestamp_millis().into()),
        );
    }
    fields_of(canonical(&fields.into()))
}

fn fields_of(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Writes a person in one way: the whole name, and the number in E.164 form.
fn write_person(person: &mut Value, settings: &Settings) {
    let Some(fields) = person.as_object_mut() else {
        return;
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let named = Person {
        name: text("name"),
        first_name: text("firstName"),
        last_name: text("lastName"),
        ..Person::default()
    };
    let phone = text("phone").and_then(|phone| e164(&phone, &settings.calling_code));
    for name in ["firstName", "lastName"] {
        fields.remove(name);
    }
    set(fields, "name", named.whole_name().map(Value::from));
    set(fields, "phone", phone.map(Value::from));
}

/// What is used of an event of which nothing is known: what is named of it, else all of it.
fn of_fields(fields: &Map<String, Value>, settings: &Settings) -> Map<String, Value> {
    let whole = Value::Object(fields.clone());
    let mut used = Map::new();
    for path in settings.named.iter().filter(|path| !path.is_empty()) {
        if let Some(value) = at_names(&whole, path) {
            used.insert(path.join("."), canonical(value));
        }
    }
    match used.is_empty() {
        true => fields_of(canonical(&whole)),
        false => used,
    }
}

/// What stands where these names lead.
fn at_names<'a>(value: &'a Value, names: &[String]) -> Option<&'a Value> {
    let mut here = value;
    for name in names {
        here = here.get(name)?;
    }
    Some(here)
}

/// A value in one way: texts with single spaces, times as instants. Objects are kept sorted by key.
fn canonical(value: &Value) -> Value {
    match value {
        Value::String(text) => match DateTime::parse_from_rfc3339(text.trim()) {
            Ok(time) => time.timestamp_millis().into(),
            Err(_) => single_spaced(text).into(),
        },
        Value::Array(entries) => {
            let mut list = Vec::new();
            for entry in entries {
                list.push(canonical(entry));
            }
            list.into()
        }
        Value::Object(fields) => {
            let mut object = Map::new();
            for (name, value) in fields {
                object.insert(name.clone(), canonical(value));
            }
            object.into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::knock::{Event, Junk, Offsets, Source, WrittenTimes, Zones};
    use crate::zone::Zone;

    fn settings() -> Settings {
        Settings {
            time_zone: Zone::named("America/Chicago"),
            zones: Zones::default(),
            junk: Junk::default(),
            keeps_pins: true,
            calling_code: "1".to_owned(),
            roster: Vec::new(),
            team: Vec::new(),
            source: Source::default(),
            times: WrittenTimes::default(),
            offsets: Offsets::default(),
            used: Vec::new(),
            named: vec![
                vec!["data".to_owned(), "roof".to_owned(), "age".to_owned()],
                vec!["lead".to_owned(), "phone".to_owned()],
            ],
        }
    }

    fn incoming(trigger: &str, data: &Value) -> Incoming {
        Incoming {
            id: None,
            trigger: trigger.to_owned(),
            subject: None,
            occurred_at: "2030-06-03T10:00:00-05:00".to_owned(),
            expires_at: None,
            notify: true,
            data_json: data.to_string(),
        }
    }

    /// Id and subject of a booking that carries neither.
    fn identity(data: &Value) -> (String, String) {
        let event = Event::read(&incoming("knocker.lead_booked", data), &settings(), &Value::clone).unwrap();
        (event.id, event.subject)
    }

    fn booking() -> Value {
        json!({
            "startTime": "2030-06-04T10:00:00", "endTime": "2030-06-04T11:00:00", "calendarName": "Roof Inspections",
            "description": "Hail damage", "notes": "Gate code 4711", "title": "Inspection",
            "lead": { "name": "Ann Lee", "phone": "(512) 555-0142", "email": "ann@example.com", "consent": true },
            "rep": { "email": "dana@example.com", "name": "Dana Whitfield" },
            "address": { "street": "12 Oak Street", "city": "Austin", "state": "TX", "postalCode": "78701" },
            "roof": { "age": 12, "color": "red" },
        })
    }

    #[test]
    fn name_of_an_event_stays_the_same_from_release_to_release() {
        let (id, subject) = identity(&booking());
        assert_eq!(subject, "402bd2b001b72f376506211687f81807");
        assert_eq!(id, "d4df65b0be54edcca0ff9895684ae69b");
    }

    #[test]
    fn spellings_of_one_booking_are_one_booking() {
        let before = identity(&booking());
        for (path, value) in [
            ("startTime", json!("2030-06-04T15:00:00Z")),
            ("startTime", json!(" 2030-06-04T10:00:00-05:00")),
            ("endTime", json!("2030-06-04T12:00:00-04:00")),
            ("timeZone", json!("America/Chicago")),
            ("calendarName", json!("roof  inspections ")),
            ("description", json!("Hail  damage\r\n")),
            ("lead.phone", json!("+1 512.555.0142")),
            ("lead.email", json!("ANN@example.com")),
            ("lead.name", json!("  Ann   Lee ")),
            (
                "lead",
                json!({ "firstName": "Ann", "lastName": "Lee", "phone": "5125550142", "email": "ann@example.com", "consent": true }),
            ),
            ("address.street", json!("12  oak st.")),
            ("rep.email", json!("Dana@Example.com")),
        ] {
            let mut other = booking();
            crate::document::set_at(&mut other, path, value.clone());
            assert_eq!(identity(&other), before, "{path} {value}");
        }
    }

    #[test]
    fn a_subject_of_words_is_a_warning() {
        for (subject, is_doubtful) in [
            ("New booking", true),
            (" New booking ", true),
            ("pin-1", false),
            ("pin 1", false),
            ("booking", false),
        ] {
            let incoming = Incoming {
                subject: Some(subject.to_owned()),
                ..incoming("knocker.lead_booked", &booking())
            };
            let event = Event::read(&incoming, &settings(), &Value::clone).unwrap();
            let is_said = event.warnings.iter().any(|warning| warning.code == "subject-doubtful");
            assert_eq!(is_said, is_doubtful, "{subject}");
        }
    }

    #[test]
    fn what_says_who_where_and_when_is_the_subject() {
        let (_, before) = identity(&booking());
        for (path, value, is_same) in [
            ("description", json!("Hail damage on the south side"), true),
            ("lead.email", json!("lee@example.com"), true),
            ("lead.name", json!("Annie Lee"), true),
            ("endTime", json!("2030-06-04T12:00:00"), true),
            ("rep.email", json!("marcus@example.com"), true),
            ("startTime", json!("2030-06-04T10:30:00"), false),
            ("lead.phone", json!("(512) 555-0143"), false),
            ("address.street", json!("14 Oak Street"), false),
        ] {
            let mut other = booking();
            crate::document::set_at(&mut other, path, value);
            assert_eq!(identity(&other).1 == before, is_same, "{path}");
        }
        let named = |name: &str| identity(&json!({ "startTime": "2030-06-04T10:00:00", "lead": { "name": name } })).1;
        assert_eq!(named("Lee, Ann"), named("Mrs. Ann LEE"));
        assert_ne!(named("Ann Lee"), named("Bob Lee"));
    }

    #[test]
    fn id_that_stands_for_nothing_is_none_and_one_that_is_absent_is_a_warning() {
        let mut settings = settings();
        settings.source.id = KeyPath::read("pin.event_id").ok();
        for (id, code) in [
            (json!("null"), "invalid-id"),
            (json!("{{contact.id}}"), "invalid-id"),
            (json!({ "value": 1 }), "invalid-id"),
            (Value::Null, "missing-id"),
            (json!(" "), "missing-id"),
        ] {
            let mut data = booking();
            crate::document::set_at(&mut data, "pin.event_id", id.clone());
            let event = Event::read(&incoming("knocker.lead_booked", &data), &settings, &Value::clone).unwrap();
            let pointer = Some("/data/pin/event_id".to_owned());
            let is_said = event
                .warnings
                .iter()
                .any(|warning| warning.code == code && warning.pointer == pointer);
            assert!(is_said, "{id}: {:?}", event.warnings);
            assert_eq!(event.id, identity(&booking()).0, "{id}");
        }
    }

    #[test]
    fn change_without_id_and_subject_is_a_problem() {
        let changed = incoming("knocker.booking_changed", &json!({ "status": "cancelled" }));
        let problems = Event::read(&changed, &settings(), &Value::clone).unwrap_err();
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.pointer.as_str(), problem.code))
            .collect();
        assert_eq!(found, [("/subject", "missing-subject")]);
    }

    #[test]
    fn event_of_another_trigger_is_known_by_what_recipes_name_of_it() {
        let id = |data: &Value| {
            Event::read(&incoming("roof.done", data), &settings(), &Value::clone)
                .unwrap()
                .id
        };
        let done = json!({ "lead": { "phone": "5125550142" }, "sent": 1 });
        assert_eq!(id(&done), id(&json!({ "lead": { "phone": "5125550142" }, "sent": 2 })));
        assert_ne!(id(&done), id(&json!({ "lead": { "phone": "5125550143" }, "sent": 1 })));
        // Of one of which nothing is named, all of it counts.
        assert_ne!(id(&json!({ "sent": 1 })), id(&json!({ "sent": 2 })));
    }

    /// Fields that say something else about the visit.
    const USED: [(&str, &str); 14] = [
        ("startTime", "2030-06-04T09:00:00"),
        ("endTime", "2030-06-04T11:30:00"),
        ("calendarName", "Estimate Team"),
        ("description", "Hail damage, twice"),
        ("notes", "No gate code"),
        ("title", "Second inspection"),
        ("lead.name", "Bob Ray"),
        ("lead.phone", "5125550199"),
        ("lead.email", "bob@example.com"),
        ("rep.email", "marcus@example.com"),
        ("address.street", "99 Elm Street"),
        ("address.city", "Dallas"),
        ("recurrence", "FREQ=WEEKLY;COUNT=3"),
        ("roof.age", "13"),
    ];

    proptest! {
        #[test]
        fn what_is_not_used_changes_nothing_and_what_is_used_changes_the_id(
            noise in proptest::collection::vec(("[a-z]{3}_[a-z]{2,6}", any::<i64>()), 1..5),
            color in "[a-z]{0,9}",
            used in 0..USED.len(),
        ) {
            let before = identity(&booking());
            let mut data = booking();
            for (name, value) in noise {
                crate::document::set_at(&mut data, &name, value.into());
            }
            crate::document::set_at(&mut data, "roof.color", color.into());
            prop_assert_eq!(&identity(&data), &before);
            let (path, value) = USED[used];
            crate::document::set_at(&mut data, path, value.into());
            prop_assert_ne!(identity(&data).0, before.0);
        }
    }
}
