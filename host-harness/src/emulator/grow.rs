//! From a seed to what a location holds, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::appointment::Appointment;
use super::contact::{Contact, email_form, phone_form, tag_forms};
use super::document::{Document, DocumentKind};
use super::seed::{CalendarKind, Seed, SeedAppointment, SeedContact, SeedError};
use super::series;
use super::store::{Store, View};

/// What was seeded has always been there.
const FROM_THE_START: i64 = i64::MIN;

impl Store {
    pub(super) fn grow(seed: &Seed) -> Result<Self, SeedError> {
        seed.check()?;
        let mut store = Self::empty(seed)?;
        for calendar in &seed.calendars {
            store.put_calendar(calendar.clone(), FROM_THE_START);
        }
        for (index, contact) in seed.contacts.iter().enumerate() {
            let planted = store.plant_contact(contact);
            planted.map_err(|error| error.at("contacts", index))?;
        }
        for (index, appointment) in seed.appointments.iter().enumerate() {
            let planted = store.plant_appointment(appointment, &seed.gone);
            planted.map_err(|error| error.at("appointments", index))?;
        }
        for (kind, documents) in &seed.documents {
            for (index, document) in documents.iter().enumerate() {
                let planted = store.plant_document(*kind, document, &seed.gone);
                planted.map_err(|error| error.at(&format!("documents/{}", kind.section()), index))?;
            }
        }
        Ok(store)
    }

    fn plant_contact(&mut self, seed: &SeedContact) -> Result<(), SeedError> {
        let id = seed.id.clone().unwrap_or_else(|| self.mint.id());
        if self.now().contact(&id).is_some() {
            return Err(SeedError::SameId(id));
        }
        let added = seed.date_added.unwrap_or(DateTime::UNIX_EPOCH);
        let contact = Contact {
            first_name: seed.first_name.clone(),
            last_name: seed.last_name.clone(),
            email: seed.email.as_deref().map(email_form),
            phone: seed.phone.as_deref().map(phone_form),
            tags: tag_forms(seed.tags.iter().map(String::as_str)),
            custom_fields: seed.custom_fields.clone(),
            dnd: seed.dnd,
            dnd_settings: seed.dnd_settings.clone(),
            assigned_to: seed.assigned_to.clone(),
            properties: seed.properties.clone(),
            date_updated: seed.date_updated.unwrap_or(added),
            ..Contact::new(id, self.location.id.clone(), added)
        };
        self.put_contact(contact, FROM_THE_START);
        Ok(())
    }

    fn plant_appointment(&mut self, seed: &SeedAppointment, gone: &BTreeSet<String>) -> Result<(), SeedError> {
        if let Some((what, id)) = self.unmet(&references_of(seed), gone) {
            return Err(SeedError::missing(what, &id));
        }
        let calendar = self.now().calendar(&seed.calendar_id);
        let minutes = calendar.map_or(0, |calendar| calendar.slot_minutes);
        let end = seed.end.unwrap_or(seed.start + TimeDelta::minutes(minutes.into()));
        let contact = self.now().contact(&seed.contact_id);
        let title = seed.title.clone().or_else(|| Some(contact?.name()));
        let team = calendar.filter(|calendar| calendar.kind == CalendarKind::Collective);
        let users = match (&seed.users, team) {
            (Some(users), _) => users.clone(),
            (None, Some(calendar)) => calendar.team.clone(),
            (None, None) => seed.assigned_user_id.iter().cloned().collect(),
        };
        let id = seed.id.clone().unwrap_or_else(|| self.mint.id());
        if self.now().appointment(&id).is_some() {
            return Err(SeedError::SameId(id));
        }
        if end <= seed.start {
            return Err(SeedError::EndsEarly(id));
        }
        let added = seed.date_added.unwrap_or(DateTime::UNIX_EPOCH);
        let appointment = Appointment {
            id,
            calendar_id: seed.calendar_id.clone(),
            location_id: self.location.id.clone(),
            contact_id: seed.contact_id.clone(),
            title: title.unwrap_or_default(),
            status: seed.status,
            start: seed.start,
            end,
            assigned_user_id: seed.assigned_user_id.clone(),
            users,
            rrule: seed.rrule.clone(),
            repeats: self.repeats(seed)?,
            master_event_id: seed.master_event_id.clone(),
            description: seed.description.clone(),
            address: seed.address.clone(),
            notify: seed.notify,
            notices: seed.notices.clone(),
            deleted: seed.deleted,
            date_added: added,
            date_updated: seed.date_updated.unwrap_or(added),
        };
        self.put_appointment(appointment, FROM_THE_START);
        Ok(())
    }

    /// When the instances of a series begin.
    fn repeats(&self, seed: &SeedAppointment) -> Result<Arc<[DateTime<Utc>]>, SeedError> {
        match (&seed.repeats, &seed.rrule) {
            (Some(starts), _) => Ok(starts.as_slice().into()),
            (None, Some(rule)) if seed.master_event_id.is_none() => {
                let starts = series::starts(rule, seed.start, self.zone);
                starts.map_err(|_| SeedError::NoRule(rule.clone()))
            }
            _ => Ok(Arc::default()),
        }
    }

    fn plant_document(
        &mut self,
        kind: DocumentKind,
        seed: &Document,
        gone: &BTreeSet<String>,
    ) -> Result<(), SeedError> {
        let id = seed.get(kind.id_name()).and_then(Value::as_str).map(str::to_owned);
        let id = id.unwrap_or_else(|| self.mint.id());
        if self.now().document(kind, &id).is_some() {
            return Err(SeedError::SameId(id));
        }
        let document = kind.begin(seed.clone(), id.clone(), &self.location.id, DateTime::UNIX_EPOCH);
        if let Some((what, id)) = self.unmet(&references(&document), gone) {
            return Err(SeedError::missing(what, &id));
        }
        self.put_document(kind, &id, document, FROM_THE_START);
        Ok(())
    }

    /// The first of some references to what is not there, nor gone.
    fn unmet(&self, references: &[Reference], gone: &BTreeSet<String>) -> Option<Reference> {
        let unmet = |(what, id): &&Reference| !gone.contains(id) && !self.has(what, id);
        references.iter().find(unmet).cloned()
    }

    fn has(&self, what: &str, id: &str) -> bool {
        let now = self.now();
        match what {
            "calendar" => now.calendar(id).is_some(),
            "contact" => now.contact(id).is_some(),
            "appointment" => now.appointment(id).is_some(),
            _ => self.user(id).is_some(),
        }
    }

    /// The seed that grows what there is.
    pub(super) fn seed(&self) -> Seed {
        let now = self.now();
        let mut seed = Seed {
            random: self.mint.seed(),
            location: self.location.as_ref().clone(),
            users: self.users.as_ref().clone(),
            calendars: now.calendars().map(|calendar| calendar.as_ref().clone()).collect(),
            contacts: self.contacts().map(SeedContact::of).collect(),
            appointments: self.appointments().map(SeedAppointment::of).collect(),
            documents: documents(now),
            ..Seed::default()
        };
        let of_appointments = seed.appointments.iter().flat_map(references_of);
        let of_documents = seed.documents.values().flatten().flat_map(references);
        let unmet = of_appointments
            .chain(of_documents)
            .filter(|(what, id)| !self.has(what, id));
        seed.gone = unmet.map(|(_, id)| id).collect();
        seed
    }
}

/// What a thing refers to: what that is, and its id.
type Reference = (&'static str, String);

fn references_of(appointment: &SeedAppointment) -> Vec<Reference> {
    let user = appointment.assigned_user_id.iter().map(|id| ("user", id.clone()));
    let calendar = ("calendar", appointment.calendar_id.clone());
    let contact = ("contact", appointment.contact_id.clone());
    [calendar, contact].into_iter().chain(user).collect()
}

fn references(document: &Document) -> Vec<Reference> {
    let mut found = Vec::new();
    for (name, value) in document {
        let what = match name.as_str() {
            "calendarId" | "calendarIds" => "calendar",
            "contactId" => "contact",
            "appointmentId" => "appointment",
            "userId" | "assignedUserId" | "assignedTo" => "user",
            _ => continue,
        };
        let ids = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let ids = ids.iter().filter_map(Value::as_str);
        found.extend(ids.map(|id| (what, id.to_owned())));
    }
    found
}

fn documents(now: View<'_>) -> BTreeMap<DocumentKind, Vec<Document>> {
    let all = now.kinds().map(|kind| {
        let documents = now.documents(kind).map(Arc::as_ref).cloned();
        (kind, documents.collect::<Vec<_>>())
    });
    all.filter(|(_, documents)| !documents.is_empty()).collect()
}

impl SeedContact {
    /// The seed of a contact.
    fn of(contact: &Contact) -> Self {
        Self {
            id: Some(contact.id.clone()),
            first_name: contact.first_name.clone(),
            last_name: contact.last_name.clone(),
            email: contact.email.clone(),
            phone: contact.phone.clone(),
            tags: contact.tags.clone(),
            custom_fields: contact.custom_fields.clone(),
            dnd: contact.dnd,
            dnd_settings: contact.dnd_settings.clone(),
            assigned_to: contact.assigned_to.clone(),
            properties: contact.properties.clone(),
            date_added: Some(contact.date_added),
            date_updated: Some(contact.date_updated),
        }
    }
}

impl SeedAppointment {
    /// The seed of an appointment.
    fn of(appointment: &Appointment) -> Self {
        Self {
            id: Some(appointment.id.clone()),
            title: Some(appointment.title.clone()),
            status: appointment.status,
            end: Some(appointment.end),
            assigned_user_id: appointment.assigned_user_id.clone(),
            users: Some(appointment.users.clone()),
            description: appointment.description.clone(),
            address: appointment.address.clone(),
            rrule: appointment.rrule.clone(),
            repeats: appointment.rrule.as_ref().map(|_| appointment.repeats.to_vec()),
            master_event_id: appointment.master_event_id.clone(),
            notify: appointment.notify,
            notices: appointment.notices.clone(),
            deleted: appointment.deleted,
            date_added: Some(appointment.date_added),
            date_updated: Some(appointment.date_updated),
            ..Self::new(&appointment.calendar_id, &appointment.contact_id, appointment.start)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Trial, tuesday};
    use crate::emulator::{Ghl, Location};
    use serde_json::json;

    /// A world in which something has happened.
    fn lived_in() -> Trial {
        let mut trial = Trial::demo();
        let note = json!({ "id": "n", "body": "Gate code 4711", "contactId": Seed::PAT, "calendarId": "closed" });
        let seed = Seed {
            documents: BTreeMap::from([(DocumentKind::ContactNote, vec![note.as_object().unwrap().clone()])]),
            gone: BTreeSet::from(["closed".to_owned()]),
            ..trial.ghl.seed()
        };
        trial.ghl = Ghl::new(seed).unwrap();
        let location = Seed::DEMO_LOCATION;
        let ann = json!({
            "locationId": location, "name": "Ann Lee", "email": "ann@example.com", "city": "Austin",
            "tags": ["hot"], "dndSettings": { "SMS": { "status": "active" } },
            "customFields": [{ "id": "roof", "field_value": ["shingle", 12] }],
        });
        assert_eq!(trial.post("/contacts/upsert", ann).status, 200);
        let booked = trial.book(Seed::ESTIMATE_TEAM, tuesday("10:00")).body;
        trial.now_ms += 1_234;
        let path = format!("/calendars/events/appointments/{}", booked["id"].as_str().unwrap());
        assert_eq!(
            trial.put(&path, json!({ "appointmentStatus": "cancelled" })).status,
            200
        );
        let mut weekly = Trial::booking(Seed::OPEN_HOUSE, tuesday("15:00"));
        weekly["rrule"] = json!("RRULE:FREQ=WEEKLY;COUNT=3");
        weekly["ignoreFreeSlotValidation"] = json!(true);
        let series = trial.post("/calendars/events/appointments", weekly).body;
        let start: DateTime<chrono::Utc> = tuesday("15:00").parse().unwrap();
        let instance = format!("{}_{}_1800", series["id"].as_str().unwrap(), start.timestamp_millis());
        let path = format!("/calendars/events/appointments/{instance}");
        assert_eq!(trial.put(&path, json!({ "title": "Alone" })).status, 200);
        trial
    }

    #[test]
    fn what_a_location_holds_grows_from_its_own_seed() {
        let mut old = lived_in();
        let seed = old.ghl.seed();
        let json = serde_json::to_string(&seed).unwrap();
        let toml = toml::to_string(&seed).unwrap();
        assert_eq!(serde_json::from_str::<Seed>(&json).unwrap(), seed);
        assert_eq!(toml::from_str::<Seed>(&toml).unwrap(), seed);
        let mut new = Trial {
            ghl: Ghl::new(seed.clone()).unwrap(),
            now_ms: old.now_ms,
        };
        assert_eq!(new.ghl.seed(), seed);
        assert_eq!(seed.gone, BTreeSet::from(["closed".to_owned()]));
        // What is asked next is answered alike, with the same new ids.
        for trial in [&mut old, &mut new] {
            trial.now_ms += 60_000;
            assert_eq!(trial.book(Seed::OPEN_HOUSE, tuesday("10:00")).status, 200);
        }
        let week = "startTime=0&endTime=1900000000000";
        for target in [
            format!("/contacts/{}/appointments", Seed::PAT),
            format!(
                "/calendars/events?locationId={}&userId={}&{week}",
                Seed::DEMO_LOCATION,
                Seed::RILEY
            ),
            format!(
                "/calendars/events?locationId={}&calendarId={}&{week}",
                Seed::DEMO_LOCATION,
                Seed::OPEN_HOUSE
            ),
        ] {
            let [mut old, mut new] = [&mut old, &mut new].map(|trial| trial.get(&target).body);
            assert!(!old["events"].as_array().unwrap().is_empty(), "{target}");
            for answer in [&mut old, &mut new] {
                answer["traceId"].take();
            }
            assert_eq!(old, new, "{target}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_seed_has_a_place_in_it() {
        let missing = SeedAppointment::new("nowhere", Seed::PAT, DateTime::UNIX_EPOCH);
        let note = json!({ "contactId": "nobody" }).as_object().unwrap().clone();
        let mut early = SeedAppointment::new(Seed::OPEN_HOUSE, Seed::PAT, DateTime::UNIX_EPOCH);
        early.end = Some(early.start);
        let ok = SeedAppointment::new(Seed::OPEN_HOUSE, Seed::PAT, DateTime::UNIX_EPOCH);
        let mut twice = Seed::demo();
        twice.users.extend(twice.users.clone());
        let mut no_length = Seed::demo();
        no_length.calendars[2].slot_minutes = 0;
        let mars = Location {
            time_zone: "Mars/Base".into(),
            ..Location::default()
        };
        let notes = vec![Document::new(), note];
        for (seed, place) in [
            (twice, "/users/3"),
            (no_length, "/calendars/2"),
            (
                Seed {
                    location: mars,
                    ..Seed::demo()
                },
                "/location/time_zone",
            ),
            (
                Seed {
                    appointments: vec![ok, missing],
                    ..Seed::demo()
                },
                "/appointments/1",
            ),
            (
                Seed {
                    appointments: vec![early],
                    ..Seed::demo()
                },
                "/appointments/0",
            ),
            (
                Seed {
                    documents: BTreeMap::from([(DocumentKind::ContactNote, notes)]),
                    ..Seed::demo()
                },
                "/documents/contact_notes/1",
            ),
        ] {
            assert_eq!(Ghl::new(seed).unwrap_err().place(), place);
        }
    }
}
