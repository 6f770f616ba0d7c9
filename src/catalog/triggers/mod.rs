//! The triggers of all families.

mod app;
mod appointment;
mod booked_calendar;
mod calendar;
mod contact;
mod failure;
pub(super) mod knocker;
mod message;

pub use self::failure::EVENT_FAILED;
use super::Trigger;

/// The triggers, by family. A family that is to be added gets a line here.
static FAMILIES: &[&[Trigger]] = &[
    appointment::TRIGGERS,
    calendar::TRIGGERS,
    booked_calendar::TRIGGERS,
    contact::TRIGGERS,
    message::TRIGGERS,
    app::TRIGGERS,
    knocker::TRIGGERS,
    failure::TRIGGERS,
];

/// Every trigger there is, in the order of the catalog.
pub fn triggers() -> impl Iterator<Item = &'static Trigger> {
    let mut triggers = Vec::new();
    for family in FAMILIES {
        triggers.extend(*family);
    }
    triggers.into_iter()
}

/// The trigger with this key.
pub fn trigger(key: &str) -> Option<&'static Trigger> {
    triggers().find(|trigger| trigger.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value, json};

    use super::*;
    use crate::catalog::{Source, operation};
    use crate::document::{Document, Problems};
    use crate::knock::{self, Event, Incoming, Settings};
    use crate::shape::{Field, Kind, check};

    fn matches(trigger: &Trigger, data: &Map<String, Value>) {
        let problems = Problems::new(Document::Event);
        check(trigger.fields, &[], data, "", &problems);
        assert_eq!(problems.or(Some(())), Ok(()), "{}", trigger.key);
    }

    #[test]
    fn keys_are_unique_and_examples_match_their_fields() {
        let mut seen = BTreeSet::new();
        for trigger in triggers() {
            assert!(seen.insert(trigger.key), "{} is there twice", trigger.key);
            assert!(!trigger.title.is_empty(), "{}", trigger.key);
            matches(trigger, &serde_json::from_str(trigger.example).expect(trigger.key));
        }
        assert_eq!(seen.len(), 30);
    }

    #[test]
    fn what_is_known_from_ghl_is_something_that_ghl_tells() {
        let webhooks = [
            ("AppointmentCreate", "calendars/events.readonly"),
            ("AppointmentUpdate", "calendars/events.readonly"),
            ("AppointmentDelete", "calendars/events.readonly"),
            ("ContactCreate", "contacts.readonly"),
            ("ContactUpdate", "contacts.readonly"),
            ("ContactDelete", "contacts.readonly"),
            ("ContactDndUpdate", "contacts.readonly"),
            ("ContactTagUpdate", "contacts.readonly"),
            ("InboundMessage", "conversations/message.readonly"),
            ("INSTALL", ""),
            ("UNINSTALL", ""),
        ];
        for trigger in triggers() {
            match trigger.source {
                Source::Webhook(kind) | Source::Derived(kind) => {
                    assert!(webhooks.contains(&(kind, trigger.scope)), "{}: {kind}", trigger.key);
                }
                Source::Polled(action) => {
                    let operation = operation(action).expect(action);
                    assert!(operation.repeat.is_safe(), "{}", trigger.key);
                    assert_eq!(operation.scope, trigger.scope, "{}", trigger.key);
                }
                Source::Knocker | Source::Booking | Source::Host => assert_eq!(trigger.scope, "", "{}", trigger.key),
            }
        }
    }

    #[test]
    fn what_is_ready_has_a_recipe_that_is_built_in() {
        let ready = triggers().filter(|trigger| trigger.ready).map(|trigger| trigger.key);
        let handled = crate::recipe::built_in().iter().map(|recipe| recipe.trigger);
        assert_eq!(ready.collect::<BTreeSet<_>>(), handled.collect());
    }

    /// The event with this data, and what is said about fields that nobody reads.
    fn read(trigger: &str, data: &Value) -> Vec<String> {
        let incoming = Incoming {
            id: Some("1".to_owned()),
            trigger: trigger.to_owned(),
            subject: Some("pin-1".to_owned()),
            occurred_at: "2030-06-01T10:00:00-05:00".to_owned(),
            expires_at: None,
            notify: true,
            data_json: data.to_string(),
        };
        let settings = Settings {
            keeps_pins: false,
            time_zone: None,
            zones: knock::Zones::default(),
            offsets: knock::Offsets::default(),
            times: knock::WrittenTimes::default(),
            junk: knock::Junk::default(),
            calling_code: "1".to_owned(),
            roster: Vec::new(),
            team: Vec::new(),
            source: knock::Source::default(),
            used: Vec::new(),
            named: Vec::new(),
        };
        let event = Event::read(&incoming, &settings, &Value::clone).expect(trigger);
        let warnings = event.warnings.into_iter().map(|warning| warning.message);
        warnings.filter(|message| message.contains("is not known")).collect()
    }

    /// Adds the dotted names of all fields.
    fn describe(kind: Kind, at: &str, names: &mut BTreeSet<String>) {
        match kind {
            Kind::Object(fields) => describe_all(fields, at, names),
            Kind::List(of) => describe(*of, at, names),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| describe(*kind, at, names)),
            _ => {}
        }
    }

    fn describe_all(fields: &[Field], at: &str, names: &mut BTreeSet<String>) {
        for field in fields {
            let name = format!("{at}{}", field.name);
            describe(field.kind, &format!("{name}."), names);
            names.insert(name);
        }
    }

    /// Adds the dotted names of all that stands there.
    fn write(value: &Value, at: &str, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let name = format!("{at}{name}");
                    write(value, &format!("{name}."), names);
                    names.insert(name);
                }
            }
            Value::Array(entries) => entries.iter().for_each(|entry| write(entry, at, names)),
            _ => {}
        }
    }

    #[test]
    fn every_field_of_an_event_that_is_described_is_read() {
        let person = json!({
            "name": "Ann Lee", "firstName": "Ann", "lastName": "Lee", "phone": "+15125550142",
            "email": "ann@example.com", "consent": true,
        });
        let booked = json!({
            "startTime": "2030-06-04T10:00:00", "endTime": "2030-06-04T11:00:00", "timeZone": "America/Chicago",
            "startDate": "2030-06-04", "endDate": "2030-06-04", "durationMinutes": 60, "duration": "1 hour",
            "calendarId": "RoofInspections00cal", "calendarName": "Roof Inspections", "lead": person,
            "attendees": [person, "Pat <pat@example.com>"],
            "rep": { "id": "7", "name": "Dana Whitfield", "email": "dana@example.com" },
            "title": "Roof", "description": "Hail", "notes": "Dog", "recurrence": "FREQ=WEEKLY;COUNT=4",
            "address": {
                "street": "12 Cedar Lane", "unit": "Apt 4", "city": "Austin", "state": "TX", "postalCode": "78704",
                "country": "US",
            },
        });
        let changed = json!({
            "startTime": "2030-06-05T14:00:00", "endTime": "2030-06-05T15:00:00", "timeZone": "America/Chicago",
            "startDate": "2030-06-05", "endDate": "2030-06-05", "durationMinutes": 60, "duration": "1 hour",
            "status": "confirmed", "title": "Roof", "description": "Hail", "notes": "Dog",
            "rep": { "id": "7", "name": "Dana Whitfield", "email": "dana@example.com" },
            "address": {
                "street": "12 Cedar Lane", "unit": "Apt 4", "city": "Austin", "state": "TX", "postalCode": "78704",
                "country": "US",
            },
        });
        let available = json!({
            "rep": { "id": "7", "name": "Dana Whitfield", "email": "dana@example.com" }, "userId": "Dana00Whitfield00usr",
            "busy": [{ "startTime": "2030-06-04T12:00:00", "endTime": "2030-06-04T13:00:00", "title": "Dentist" }],
            "openHours": [{ "day": "monday", "from": "09:00", "to": "17:00" }], "timeZone": "America/Chicago",
            "from": "2030-06-04T00:00:00-05:00", "to": "2030-06-05T00:00:00-05:00",
        });
        let updated = json!({
            "groupId": "NorthRegion000000grp", "groupName": "North", "slug": "north", "description": "Visits",
            "active": true, "deleted": false, "permissions": "none",
        });
        for (key, whole) in [
            ("knocker.lead_booked", booked),
            ("knocker.booking_changed", changed),
            ("knocker.group_updated", updated),
            ("knocker.availability_updated", available),
        ] {
            let trigger = trigger(key).unwrap();
            matches(trigger, whole.as_object().unwrap());
            let (mut described, mut written) = (BTreeSet::new(), BTreeSet::new());
            describe_all(trigger.fields, "", &mut described);
            write(&whole, "", &mut written);
            assert_eq!(described, written, "{key}");
            assert_eq!(read(key, &whole), Vec::<String>::new(), "{key}");
            let example = serde_json::from_str(trigger.example).unwrap();
            assert_eq!(read(key, &example), Vec::<String>::new(), "{key}");
        }
    }
}
