//! What the location holds, with its past; the location itself and its users as seeded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::appointment::Appointment;
use super::contact::Contact;
use super::document::{Document, DocumentKind, Documents};
use super::mint::Mint;
use super::seed::{Calendar, Location, MatchFirst, Seed, SeedError, User};
use super::series;
use super::table::{Change, Table};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What the location holds. A clone shares everything that neither side has changed since.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) location: Arc<Location>,
    pub(super) zone: Tz,
    pub(super) users: Arc<Vec<User>>,
    pub(super) mint: Mint,
    calendars: Arc<Table<Calendar>>,
    contacts: Arc<Contacts>,
    appointments: Arc<Appointments>,
    documents: Documents,
}

/// The indexes below name every row that ever fitted, so that they serve reads of the past as
/// well; who asks looks at the version it gets.
#[derive(Clone, Debug, Default)]
struct Contacts {
    table: Table<Contact>,
    by_email: HashMap<String, BTreeSet<usize>>,
    by_phone: HashMap<String, BTreeSet<usize>>,
}

#[derive(Clone, Debug, Default)]
struct Appointments {
    table: Table<Appointment>,
    /// By day since the epoch, in UTC.
    by_day: BTreeMap<i64, BTreeSet<usize>>,
    by_contact: HashMap<String, BTreeSet<usize>>,
}

impl Store {
    /// An empty one, in which nobody lives but the users of the seed.
    pub(super) fn empty(seed: &Seed) -> Result<Self, SeedError> {
        Ok(Self {
            location: Arc::new(seed.location.clone()),
            zone: seed.zone()?,
            users: Arc::new(seed.users.clone()),
            mint: Mint::new(seed.random),
            calendars: Arc::default(),
            contacts: Arc::default(),
            appointments: Arc::default(),
            documents: Documents::default(),
        })
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Everything as it is.
    pub(super) fn now(&self) -> View<'_> {
        self.view(None)
    }

    /// Everything as it was at an instant, or as it is.
    pub(super) fn view(&self, as_of_ms: Option<i64>) -> View<'_> {
        View { store: self, as_of_ms }
    }

    /// Commits a calendar.
    pub(super) fn put_calendar(&mut self, calendar: Calendar, now_ms: i64) {
        let id = calendar.id.clone();
        Arc::make_mut(&mut self.calendars).put(&id, calendar, now_ms);
    }

    /// Removes a calendar. Its appointments stay.
    pub(super) fn remove_calendar(&mut self, id: &str, now_ms: i64) {
        Arc::make_mut(&mut self.calendars).remove(id, now_ms);
    }

    /// Commits a document under its id.
    pub(super) fn put_document(&mut self, kind: DocumentKind, id: &str, document: Document, now_ms: i64) {
        self.documents.put(kind, id, document, now_ms);
    }

    /// Removes a document.
    pub(super) fn remove_document(&mut self, kind: DocumentKind, id: &str, now_ms: i64) {
        self.documents.remove(kind, id, now_ms);
    }

    /// Commits a contact.
    pub(super) fn put_contact(&mut self, contact: Contact, now_ms: i64) {
        let contacts = Arc::make_mut(&mut self.contacts);
        let id = contact.id.clone();
        let (email, phone) = (contact.email.clone(), contact.phone.clone());
        let place = contacts.table.put(&id, contact, now_ms);
        for (index, key) in [(&mut contacts.by_email, email), (&mut contacts.by_phone, phone)] {
            if let Some(key) = key {
                index.entry(key).or_default().insert(place);
            }
        }
    }

    /// Removes a contact. Its appointments stay.
    pub(super) fn remove_contact(&mut self, id: &str, now_ms: i64) {
        Arc::make_mut(&mut self.contacts).table.remove(id, now_ms);
    }

    /// Commits an appointment. An instance of a series goes its own way from then on.
    pub(super) fn put_appointment(&mut self, appointment: Appointment, now_ms: i64) {
        let appointments = Arc::make_mut(&mut self.appointments);
        let id = appointment.id.clone();
        let contact = appointment.contact_id.clone();
        let days: Vec<_> = appointment.events().map(|event| days_of(&event)).collect();
        let master = appointment.master_event_id.as_deref();
        let master = master.and_then(|master| appointments.table.get(master, None));
        let left = master.filter(|master| master.instance_with(&id).is_some());
        if let Some(rest) = left.map(|master| master.without_instance(&id)) {
            appointments.table.put(&rest.id.clone(), rest, now_ms);
        }
        let place = appointments.table.put(&id, appointment, now_ms);
        let of_contact = appointments.by_contact.entry(contact);
        of_contact.or_default().insert(place);
        for day in days.into_iter().flatten() {
            appointments.by_day.entry(day).or_default().insert(place);
        }
    }

    /// Begins to note what changes of contacts and appointments, or ends it.
    pub(super) fn watch(&mut self, watched: bool) {
        Arc::make_mut(&mut self.contacts).table.watch(watched);
        Arc::make_mut(&mut self.appointments).table.watch(watched);
    }

    /// The contacts that have changed since this was asked last.
    pub(super) fn changed_contacts(&mut self) -> Vec<Change<Contact>> {
        match self.contacts.table.has_changes() {
            true => Arc::make_mut(&mut self.contacts).table.take_changes(),
            false => Vec::new(),
        }
    }

    /// The appointments that have changed since this was asked last.
    pub(super) fn changed_appointments(&mut self) -> Vec<Change<Appointment>> {
        match self.appointments.table.has_changes() {
            true => Arc::make_mut(&mut self.appointments).table.take_changes(),
            false => Vec::new(),
        }
    }

    /// All contacts as they are.
    pub(super) fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.table.all(None).map(Arc::as_ref)
    }

    /// All appointments as they are.
    pub(super) fn appointments(&self) -> impl Iterator<Item = &Appointment> {
        self.appointments.table.all(None).map(Arc::as_ref)
    }
}

fn days(start: DateTime<Utc>, end: DateTime<Utc>) -> std::ops::RangeInclusive<i64> {
    let day = |instant: DateTime<Utc>| instant.timestamp_millis().div_euclid(DAY_MS);
    day(start)..=day(end)
}

fn days_of(event: &Appointment) -> std::ops::RangeInclusive<i64> {
    days(event.start, event.end)
}

/// Everything as it was at an instant, or as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    store: &'a Store,
    as_of_ms: Option<i64>,
}

impl<'a> View<'a> {
    pub(super) fn calendar(self, id: &str) -> Option<&'a Arc<Calendar>> {
        self.store.calendars.get(id, self.as_of_ms)
    }

    /// All calendars, oldest first.
    pub(super) fn calendars(self) -> impl Iterator<Item = &'a Arc<Calendar>> {
        self.store.calendars.all(self.as_of_ms)
    }

    pub(super) fn document(self, kind: DocumentKind, id: &str) -> Option<&'a Arc<Document>> {
        self.store.documents.get(kind, id, self.as_of_ms)
    }

    /// The kinds of which there are documents, or were.
    pub(super) fn kinds(self) -> impl Iterator<Item = DocumentKind> {
        self.store.documents.kinds()
    }

    /// All documents of a kind, oldest first.
    pub(super) fn documents(self, kind: DocumentKind) -> impl Iterator<Item = &'a Arc<Document>> {
        self.store.documents.all(kind, self.as_of_ms)
    }

    pub(super) fn contact(self, id: &str) -> Option<&'a Arc<Contact>> {
        self.store.contacts.table.get(id, self.as_of_ms)
    }

    /// An appointment, or an instance of a series.
    pub(super) fn appointment(self, id: &str) -> Option<Cow<'a, Appointment>> {
        let table = &self.store.appointments.table;
        if let Some(appointment) = table.get(id, self.as_of_ms) {
            return Some(Cow::Borrowed(appointment));
        }
        let master = table.get(series::master_id(id)?, self.as_of_ms)?;
        master.instance_with(id).map(Cow::Owned)
    }

    /// The oldest contact with this e-mail address, in the form it is kept.
    pub(super) fn contact_by_email(self, email: &str) -> Option<&'a Arc<Contact>> {
        let places = self.store.contacts.by_email.get(email)?;
        self.rows(places)
            .find(|contact| contact.email.as_deref() == Some(email))
    }

    /// The oldest contact with this phone number, in the form it is kept.
    pub(super) fn contact_by_phone(self, phone: &str) -> Option<&'a Arc<Contact>> {
        let places = self.store.contacts.by_phone.get(phone)?;
        self.rows(places)
            .find(|contact| contact.phone.as_deref() == Some(phone))
    }

    /// The contacts with this e-mail address or this phone number, each with the name of what it shares, in the order
    /// of the location's setting.
    pub(super) fn contacts_matching(
        self,
        email: Option<&str>,
        phone: Option<&str>,
    ) -> Vec<(&'a Contact, &'static str)> {
        let by_email = email.and_then(|email| Some((self.contact_by_email(email)?.as_ref(), "email")));
        let by_phone = phone.and_then(|phone| Some((self.contact_by_phone(phone)?.as_ref(), "phone")));
        let matching = match self.store.location.match_first {
            MatchFirst::Email => [by_email, by_phone],
            MatchFirst::Phone => [by_phone, by_email],
        };
        matching.into_iter().flatten().collect()
    }

    /// All contacts, oldest first.
    pub(super) fn contacts(self) -> impl Iterator<Item = &'a Contact> {
        self.store.contacts.table.all(self.as_of_ms).map(Arc::as_ref)
    }

    fn rows(self, places: &'a BTreeSet<usize>) -> impl Iterator<Item = &'a Arc<Contact>> {
        let contacts = &self.store.contacts.table;
        places
            .iter()
            .filter_map(move |place| contacts.at(*place, self.as_of_ms))
    }

    /// The appointments of a contact, each instance of a series by itself, by their start.
    pub(super) fn appointments_of(self, contact_id: &str) -> Vec<Cow<'a, Appointment>> {
        let appointments = &self.store.appointments;
        let places = appointments.by_contact.get(contact_id);
        let places = places.into_iter().flatten().copied();
        by_start(self.events(places))
    }

    /// The appointments that begin or last on the days from one instant to another, each instance of a series by
    /// itself, by their start; some may lie just outside.
    pub(super) fn appointments_around(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Cow<'a, Appointment>> {
        if to < from {
            return Vec::new();
        }
        let appointments = &self.store.appointments;
        let asked = days(from, to);
        let rows = appointments.by_day.range(asked.clone());
        let places: BTreeSet<usize> = rows.flat_map(|(_, places)| places).copied().collect();
        let around = self.events(places).filter(|event| {
            let days = days_of(event);
            days.start() <= asked.end() && asked.start() <= days.end()
        });
        by_start(around)
    }

    fn events(self, places: impl IntoIterator<Item = usize>) -> impl Iterator<Item = Cow<'a, Appointment>> {
        let table = &self.store.appointments.table;
        let rows = places.into_iter();
        let rows = rows.filter_map(move |place| table.at(place, self.as_of_ms));
        rows.flat_map(|appointment| appointment.events())
    }
}

fn by_start<'a>(events: impl Iterator<Item = Cow<'a, Appointment>>) -> Vec<Cow<'a, Appointment>> {
    let mut events: Vec<_> = events.collect();
    events.sort_by_key(|event| event.start);
    events
}
