//! What the location holds, with its past; the location itself and its users as seeded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::appointment::Appointment;
use super::contact::Contact;
use super::document::{Document, DocumentKind, Documents};
use super::mint::Mint;
use super::seed::{Calendar, Location, Seed, SeedError, User};
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

    /// Commits an appointment.
    pub(super) fn put_appointment(&mut self, appointment: Appointment, now_ms: i64) {
        let appointments = Arc::make_mut(&mut self.appointments);
        let id = appointment.id.clone();
        let contact = appointment.contact_id.clone();
        let days = days(appointment.start, appointment.end);
        let place = appointments.table.put(&id, appointment, now_ms);
        let of_contact = appointments.by_contact.entry(contact);
        of_contact.or_default().insert(place);
        for day in days {
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

    pub(super) fn appointment(self, id: &str) -> Option<&'a Arc<Appointment>> {
        self.store.appointments.table.get(id, self.as_of_ms)
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

    fn rows(self, places: &'a BTreeSet<usize>) -> impl Iterator<Item = &'a Arc<Contact>> {
        let contacts = &self.store.contacts.table;
        places
            .iter()
            .filter_map(move |place| contacts.at(*place, self.as_of_ms))
    }

    /// The appointments of a contact, by their start.
    pub(super) fn appointments_of(self, contact_id: &str) -> Vec<&'a Arc<Appointment>> {
        let appointments = &self.store.appointments;
        let places = appointments.by_contact.get(contact_id);
        let places = places.into_iter().flatten().copied();
        self.by_start(places)
    }

    /// The appointments that begin or last on the days from one instant to another, by their
    /// start; some may lie just outside.
    pub(super) fn appointments_around(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<&'a Arc<Appointment>> {
        if to < from {
            return Vec::new();
        }
        let appointments = &self.store.appointments;
        let days = appointments.by_day.range(days(from, to));
        let places: BTreeSet<usize> = days.flat_map(|(_, places)| places).copied().collect();
        self.by_start(places)
    }

    fn by_start(self, places: impl IntoIterator<Item = usize>) -> Vec<&'a Arc<Appointment>> {
        let table = &self.store.appointments.table;
        let rows = places.into_iter();
        let mut rows: Vec<_> = rows.filter_map(|place| table.at(place, self.as_of_ms)).collect();
        rows.sort_by_key(|appointment| appointment.start);
        rows
    }
}
