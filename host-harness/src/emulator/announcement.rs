//! What GHL tells apps by webhook.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::appointment::Appointment;
use super::contact::{Contact, zulu};
use super::fault::Effect;
use super::store::Store;
use super::table::Change;

/// The types of webhook that there are here.
pub(super) const TYPES: [&str; 8] = [
    "AppointmentCreate",
    "AppointmentUpdate",
    "AppointmentDelete",
    "ContactCreate",
    "ContactUpdate",
    "ContactDelete",
    "ContactDndUpdate",
    "ContactTagUpdate",
];

/// Something that GHL tells apps by webhook.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Its type, such as `AppointmentCreate`.
    pub of_type: &'static str,
    /// What is posted.
    pub body: Value,
    /// What befalls it on the way.
    pub mishap: Mishap,
}

/// What befalls a webhook on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mishap {
    /// How long it is held back.
    pub latency: Duration,
    /// Whether it comes twice.
    pub duplicate: bool,
    /// Whether it comes after the next one.
    pub reorder: bool,
    /// Whether it does not come.
    pub drop: bool,
    /// Whether its signature is wrong.
    pub bad_signature: bool,
}

impl Mishap {
    /// Adds what an effect does to a webhook.
    pub(super) fn add(&mut self, effect: &Effect) {
        match effect {
            Effect::Latency { ms } => self.latency += Duration::from_millis(*ms),
            Effect::Duplicate => self.duplicate = true,
            Effect::Reorder => self.reorder = true,
            Effect::Drop => self.drop = true,
            Effect::BadSignature => self.bad_signature = true,
            _ => {}
        }
    }
}

/// What the changes since the last time give to tell, each with its type: contacts first, for appointments are with
/// them. Every write counts, also one that changes nothing; that is ours.
pub(super) fn news(store: &mut Store, now: DateTime<Utc>) -> Vec<(&'static str, Value)> {
    let mut news = Vec::new();
    for change in store.changed_contacts() {
        let Some(contact) = change.after.as_ref().or(change.before.as_ref()) else {
            continue;
        };
        news.extend(
            types_of_contact(&change)
                .into_iter()
                .map(|of_type| (of_type, contact.announced())),
        );
    }
    for change in store
        .changed_appointments()
        .into_iter()
        .filter(|change| !lets_go(change))
    {
        let Some(appointment) = change.after.as_ref().or(change.before.as_ref()) else {
            continue;
        };
        let calendar = store.now().calendar(&appointment.calendar_id);
        let group = calendar.and_then(|calendar| calendar.group_id.as_deref());
        let shown = appointment.announced(group, store.zone);
        news.push((type_of_appointment(&change), json!({ "appointment": shown })));
    }
    for (of_type, body) in &mut news {
        if let Value::Object(fields) = body {
            fields.insert("type".to_owned(), (*of_type).into());
            fields.insert("locationId".to_owned(), store.location.id.as_str().into());
            fields.insert("timestamp".to_owned(), zulu(now).into());
        }
    }
    news
}

/// Whether a series only let an instance go its own way, which is told of the instance.
fn lets_go(change: &Change<Appointment>) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return false;
    };
    after.repeats.len() < before.repeats.len() && after.date_updated == before.date_updated
}

/// An instance of a series was there before it was written by itself.
fn type_of_appointment(change: &Change<Appointment>) -> &'static str {
    match (&change.before, &change.after) {
        (None, Some(after)) if after.master_event_id.is_some() => match after.deleted {
            true => "AppointmentDelete",
            false => "AppointmentUpdate",
        },
        (None, _) => "AppointmentCreate",
        (Some(before), Some(after)) if before.deleted || !after.deleted => "AppointmentUpdate",
        (Some(_), _) => "AppointmentDelete",
    }
}

/// A change of tags or of `dnd` is told besides the update. That GHL tells the update first is ours.
fn types_of_contact(change: &Change<Contact>) -> Vec<&'static str> {
    let (before, after) = match (&change.before, &change.after) {
        (None, _) => return vec!["ContactCreate"],
        (Some(_), None) => return vec!["ContactDelete"],
        (Some(before), Some(after)) => (before, after),
    };
    let dnd = (before.dnd, &before.dnd_settings) != (after.dnd, &after.dnd_settings);
    let tags = before.tags != after.tags;
    let types = [
        (true, "ContactUpdate"),
        (dnd, "ContactDndUpdate"),
        (tags, "ContactTagUpdate"),
    ];
    let told = types.into_iter().filter(|(is_told, _)| *is_told);
    told.map(|(_, of_type)| of_type).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Trial, tuesday};
    use crate::emulator::{Fault, Seed};

    fn told(trial: &mut Trial) -> Vec<Announcement> {
        trial.ghl.take_announcements()
    }

    fn types(announcements: &[Announcement]) -> Vec<&'static str> {
        announcements.iter().map(|told| told.of_type).collect()
    }

    fn telling() -> Trial {
        let mut trial = Trial::demo();
        trial.ghl.announce(true);
        trial
    }

    #[test]
    fn appointments_are_told_nested_with_their_times() {
        let mut trial = telling();
        let booked = trial.book(Seed::OPEN_HOUSE, tuesday("10:00")).body;
        let path = format!("/calendars/events/appointments/{}", booked["id"].as_str().unwrap());
        assert_eq!(trial.put(&path, json!({ "title": "Roof" })).status, 200);
        assert_eq!(trial.put(&path, json!({ "title": 1 })).status, 422);
        trial.get(&path);
        let told = told(&mut trial);
        assert_eq!(types(&told), ["AppointmentCreate", "AppointmentUpdate"]);
        let body = &told[0].body;
        assert_eq!(
            (&body["type"], &body["locationId"]),
            (&json!("AppointmentCreate"), &json!(Seed::DEMO_LOCATION))
        );
        assert_eq!(body["timestamp"], "2026-03-02T14:00:00.000Z");
        let expected = json!({
            "id": booked["id"], "address": "", "title": "Pat Homeowner", "calendarId": Seed::OPEN_HOUSE,
            "contactId": Seed::PAT, "appointmentStatus": "confirmed", "users": [], "source": "third_party",
            "startTime": "2026-03-03T10:00:00-06:00", "endTime": "2026-03-03T10:30:00-06:00",
            "dateAdded": "2026-03-02T14:00:00.000Z", "dateUpdated": "2026-03-02T14:00:00.000Z",
        });
        assert_eq!(body["appointment"], expected);
        assert_eq!(told[1].body["appointment"]["title"], "Roof");
        assert_eq!(body["webhookId"].as_str().unwrap().len(), 36);
        assert_ne!(body["webhookId"], told[1].body["webhookId"]);
    }

    #[test]
    fn an_instance_of_a_series_is_told_alone() {
        let mut trial = telling();
        let mut weekly = Trial::booking(Seed::OPEN_HOUSE, tuesday("15:00"));
        weekly["rrule"] = json!("RRULE:FREQ=WEEKLY;COUNT=3");
        weekly["ignoreFreeSlotValidation"] = json!(true);
        let series = trial.post("/calendars/events/appointments", weekly).body;
        trial.now_ms += 1_000;
        let start: DateTime<Utc> = tuesday("15:00").parse().unwrap();
        let id = format!("{}_{}_1800", series["id"].as_str().unwrap(), start.timestamp_millis());
        let path = format!("/calendars/events/appointments/{id}");
        assert_eq!(trial.put(&path, json!({ "title": "Alone" })).status, 200);
        let told = told(&mut trial);
        assert_eq!(types(&told), ["AppointmentCreate", "AppointmentUpdate"]);
        assert_eq!(told[1].body["appointment"]["id"], id);
    }

    #[test]
    fn contacts_are_told_flat_and_what_changed_has_a_type_of_its_own() {
        let mut trial = telling();
        let mut upsert = |body: Value| {
            let mut body = body;
            body["locationId"] = json!(Seed::DEMO_LOCATION);
            assert_eq!(trial.post("/contacts/upsert", body).status, 200);
            told(&mut trial)
        };
        let made = upsert(json!({ "name": "Ann Lee", "email": "ann@example.com", "tags": ["hot"] }));
        assert_eq!(types(&made), ["ContactCreate"]);
        assert_eq!(
            (&made[0].body["name"], &made[0].body["tags"]),
            (&json!("Ann Lee"), &json!(["hot"]))
        );
        assert_eq!(made[0].body["type"], "ContactCreate");
        let changed = upsert(json!({ "email": "ann@example.com", "tags": ["cold"], "dnd": true }));
        assert_eq!(
            types(&changed),
            ["ContactUpdate", "ContactDndUpdate", "ContactTagUpdate"]
        );
    }

    #[test]
    fn what_is_removed_is_told_as_deleted() {
        let now = DateTime::UNIX_EPOCH;
        let start: DateTime<Utc> = tuesday("10:00").parse().unwrap();
        let mut seed = Seed::demo();
        seed.appointments = vec![crate::emulator::SeedAppointment::new(
            Seed::OPEN_HOUSE,
            Seed::PAT,
            start,
        )];
        let mut store = Store::grow(&seed).unwrap();
        store.watch(true);
        let gone = Appointment {
            deleted: true,
            ..store.appointments().next().unwrap().clone()
        };
        store.put_appointment(gone.clone(), 10);
        store.put_appointment(gone, 20);
        store.remove_contact(Seed::PAT, 30);
        let types: Vec<_> = news(&mut store, now).into_iter().map(|(of_type, _)| of_type).collect();
        assert_eq!(types, ["ContactDelete", "AppointmentDelete", "AppointmentUpdate"]);
    }

    #[test]
    fn what_is_late_is_told_late_and_lost_answers_are_told_as_well() {
        let mut trial = telling();
        trial.fault("appointment.create", Effect::CommitLate { ms: 45_000 });
        trial.fault("appointment.create", Effect::ResetAfterCommit);
        assert_eq!(trial.book(Seed::OPEN_HOUSE, tuesday("10:00")).status, 504);
        assert!(told(&mut trial).is_empty());
        trial.now_ms += 50_000;
        trial.ghl.advance(trial.now_ms);
        let late = told(&mut trial);
        assert_eq!(late[0].body["timestamp"], "2026-03-02T14:00:45.000Z");
    }

    #[test]
    fn faults_befall_webhooks_by_type_and_count() {
        let mut trial = telling();
        let fault = Fault::on("webhook.AppointmentCreate", Effect::Drop).unwrap();
        trial.ghl.inject(fault.nth(2));
        for time in ["10:00", "11:00", "12:00"] {
            assert_eq!(trial.book(Seed::OPEN_HOUSE, tuesday(time)).status, 200);
        }
        let dropped: Vec<bool> = told(&mut trial).iter().map(|told| told.mishap.drop).collect();
        assert_eq!(dropped, [false, true, false]);
    }

    #[test]
    fn nothing_is_kept_to_be_told_when_nobody_listens() {
        let mut trial = telling();
        trial.ghl.announce(false);
        assert_eq!(trial.book(Seed::OPEN_HOUSE, tuesday("10:00")).status, 200);
        assert!(told(&mut trial).is_empty());
    }
}
