//! Rows in which bookings meet that may be about one visit: those for one household, and those of one contact that begin
//! at one instant.
//!
//! Each subject stands in these rows before its booking is sent, and whoever books writes them in the same commit. So of
//! two who book at the same time one starts over, and sees the other.

use serde_json::{Map, Value};

use super::call::Call;
use super::keys;
use super::ledger::{LONGEST_CLAIM_MS, Ledger};
use super::marker::marked;
use super::row::{Attached, Booking, ContactRow, Intent, Row, VisitedLead};
use super::steps::changes;
use super::stop::Stop;
use super::task::Task;
use crate::document::{keep_fields, words};
use crate::ghl::appointment;
use crate::knock::{Address, Happening, e164};
use crate::person_name::{NameLikeness, likely_same_person};
use crate::recipe::SecondVisit;
use crate::record;
use crate::record::keep;

/// How many subjects of a row are kept in mind.
const SUBJECTS_KEPT: usize = 10;

record! {
    /// Those who booked for a household, or for a contact at one start.
    #[derive(Clone, Debug)]
    struct Bookers {
        /// Keys of their rows, the latest last.
        subjects: Vec<String>,
        /// How often one of them was about to book: each time the row has another version.
        bookings: u64,
    }
}

/// The rows in which a booking meets others.
pub(super) struct MeetingPlace {
    /// Those of the household: by its ZIP code, by its city.
    households: Vec<String>,
    same_start: Option<String>,
    contact_id: Option<String>,
    start_ms: Option<i64>,
}

/// How the visit of another subject is related to the one that is about to be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// The same contact, at the same start: it is this visit.
    SameVisit,
    /// At the same address, with the same name, number or e-mail address.
    SameLead,
    /// At the same address, of somebody else.
    OtherLead,
}

/// How far the visit of another subject is.
pub(super) enum Progress {
    /// A call works on it now.
    AtWork,
    /// It is about to be booked, or was perhaps booked just now.
    Booking,
    /// It may have been booked, and was not looked for since, although it would show by now.
    Doubtful(Box<(Row, Intent)>),
    /// It is booked and still to come, and was written to at an instant.
    Booked(u64),
}

/// The visit of another subject.
pub(super) struct OtherVisit {
    pub(super) relation: Relation,
    pub(super) progress: Progress,
    pub(super) visit: Attached,
    /// Who is visited, where that is known.
    pub(super) lead: Option<VisitedLead>,
}

/// What is seen from a booking that is about to be made.
pub(super) struct View<'a> {
    pub(super) task: &'a Task,
    pub(super) ledger: &'a Ledger,
    /// What is to be written to it.
    pub(super) input: &'a Map<String, Value>,
    pub(super) now_ms: u64,
}

impl OtherVisit {
    /// Whether it takes the place of the visit that is about to be booked, or forbids it.
    pub(super) fn counts(&self, second_visit: SecondVisit) -> bool {
        match (self.relation, second_visit) {
            (Relation::SameVisit, _) | (_, SecondVisit::AttachAlways | SecondVisit::Refuse) => true,
            (Relation::SameLead, SecondVisit::Attach) => true,
            (Relation::OtherLead, SecondVisit::Attach) | (_, SecondVisit::Book) => false,
        }
    }
}

impl MeetingPlace {
    /// Where a booking meets others, given what is written to it.
    pub(super) fn of(task: &Task, input: &Map<String, Value>) -> Self {
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        let location = &task.configuration.location_id;
        let (contact_id, start_ms) = (text("contactId"), text("startTime").and_then(instant_ms));
        Self {
            households: household_keys(task),
            same_start: contact_id
                .zip(start_ms)
                .map(|(contact_id, start_ms)| keys::visit(location, contact_id, start_ms)),
            contact_id: contact_id.map(str::to_owned),
            start_ms,
        }
    }

    /// Keys of its rows.
    pub(super) fn keys(&self) -> Vec<String> {
        self.households.iter().chain(&self.same_start).cloned().collect()
    }

    /// Keys of the rows of others who booked there, each with whether it stands in the row of the household. Earlier
    /// versions had no row for a contact's start: there the contact says for which subject it was written last.
    fn others(&self, task: &Task, ledger: &Ledger) -> Vec<(String, bool)> {
        let subjects = |keys: &[String]| {
            let mut subjects = Vec::new();
            for key in keys {
                let bookers: Option<Bookers> = ledger.get(key);
                subjects.extend(bookers.unwrap_or_default().subjects);
            }
            subjects
        };
        let mut elsewhere = subjects(self.same_start.as_slice());
        for key in task.contact_keys() {
            elsewhere.extend(ledger.get(&key).and_then(|row: ContactRow| row.subject));
        }
        let mut others: Vec<(String, bool)> = Vec::new();
        for (keys, is_listed) in [(subjects(&self.households), true), (elsewhere, false)] {
            for key in keys {
                if key != task.subject_key() && !others.iter().any(|(known, _)| *known == key) {
                    others.push((key, is_listed));
                }
            }
        }
        others
    }

    /// What is read of the store to know what the others have.
    pub(super) fn keys_of_others(&self, task: &Task, ledger: &Ledger) -> Vec<String> {
        let mut keys = Vec::new();
        for (key, _) in self.others(task, ledger) {
            keys.extend([keys::whole(&key), keys::claim(&key), key]);
        }
        keys
    }

    /// What the others have there, what matters most first.
    pub(super) fn look(&self, view: &View<'_>) -> Vec<OtherVisit> {
        let mut visits: Vec<OtherVisit> = Vec::new();
        for (key, is_listed) in self.others(view.task, view.ledger) {
            if let Some(visit) = self.other_visit(view, &key, is_listed) {
                let place = visits.partition_point(|before| before.relation <= visit.relation);
                visits.insert(place, visit);
            }
        }
        visits
    }

    /// Whether keys that a row keeps are those of this household. Where both tell a ZIP code and a city, the code counts.
    fn is_household(&self, kept: &str) -> bool {
        let kept = words(kept);
        match (self.households.as_slice(), kept.as_slice()) {
            ([own, _], [other, _]) => own == other,
            (own, kept) => own.iter().any(|key| kept.contains(&key.as_str())),
        }
    }

    /// What the subject of a row has there.
    fn other_visit(&self, view: &View<'_>, key: &str, is_listed: bool) -> Option<OtherVisit> {
        let (task, ledger, now_ms) = (view.task, view.ledger, view.now_ms);
        let row = ledger.row(key).row()?;
        let is_at_work = ledger.text(&keys::claim(key)).is_some();
        let books = |intent: &&Intent| intent.action == appointment::CREATE.key;
        let open = row.intent.as_ref().filter(books).or(row.unconfirmed.as_ref()).cloned();
        let booking = row.live_booking().filter(|booking| is_open(booking, now_ms));
        let written = match (&open, booking) {
            (Some(intent), _) => &intent.input,
            (None, Some(booking)) => &booking.written,
            (None, None) => return None,
        };
        let text = |name: &str| written.get(name).and_then(Value::as_str).map(str::to_owned);
        let of_booking = |value: fn(&Booking) -> &String| booking.filter(|_| open.is_none()).map(value).cloned();
        let contact_id = of_booking(|booking| &booking.contact_id).or_else(|| text("contactId"));
        let start = text("startTime");
        // One whose visit is somewhere else by now is no longer of this household.
        let lives_here = is_listed && row.household.as_deref().is_none_or(|keys| self.is_household(keys));
        let is_contact = contact_id.is_some() && contact_id == self.contact_id;
        let starts_then = start.as_deref().and_then(instant_ms) == self.start_ms && self.start_ms.is_some();
        let own_lead = lead_of(task);
        let names = own_lead
            .as_ref()
            .zip(row.lead.as_ref())
            .map(|(own, other)| own.likeness(other));
        let relation = match () {
            () if is_contact && starts_then && names != Some(NameLikeness::Different) => Relation::SameVisit,
            () if !lives_here => return None,
            () if is_contact || row.lead.is_none() => Relation::SameLead,
            () if own_lead.is_some_and(|own| row.lead.as_ref().is_some_and(|other| own.is_like(other))) => {
                Relation::SameLead
            }
            () => Relation::OtherLead,
        };
        let visit = Attached {
            event_id: task.event.id.clone(),
            subject: row.subject.clone(),
            appointment_id: of_booking(|booking| &booking.appointment_id).unwrap_or_default(),
            contact_id: contact_id.unwrap_or_default(),
            calendar_id: of_booking(|booking| &booking.calendar_id)
                .or_else(|| text("calendarId"))
                .unwrap_or_default(),
            start,
            same_visit: relation == Relation::SameVisit,
            differs: booking
                .map(|booking| differences(booking, view.input))
                .unwrap_or_default(),
        };
        let written_ms = booking.map_or(0, |booking| ledger.since_ms(booking.written_ms, now_ms));
        let lead = row.lead.clone();
        let progress = match open {
            Some(_) if is_at_work => Progress::AtWork,
            Some(intent) => progress_of(task, ledger, row, intent, now_ms),
            None => Progress::Booked(written_ms),
        };
        Some(OtherVisit {
            relation,
            progress,
            visit,
            lead,
        })
    }
}

/// How far a booking is that no call works on.
fn progress_of(task: &Task, ledger: &Ledger, row: Row, intent: Intent, now_ms: u64) -> Progress {
    // Where it may be on its way the instant lies ahead, but never further than a claim lives.
    let on_its_way = (now_ms..now_ms + LONGEST_CLAIM_MS).contains(&intent.sent_until_ms);
    let sent_until_ms = match on_its_way {
        true => intent.sent_until_ms,
        false => ledger.since_ms(intent.sent_until_ms, now_ms),
    };
    let sent_until_ms = Some(sent_until_ms).max(ledger.restored_ms()).unwrap_or_default();
    match sent_until_ms + task.configuration.settle_ms > now_ms {
        true => Progress::Booking,
        false => Progress::Doubtful(Box::new((row, intent))),
    }
}

/// Where a visit meets others as far as the event and what is known of its contact tell.
pub(super) fn places_of_event(task: &Task, ledger: &Ledger) -> Vec<MeetingPlace> {
    let Happening::LeadBooked(booked) = &task.event.happening else {
        return vec![MeetingPlace::of(task, &Map::new())];
    };
    let mut contacts = Vec::new();
    for key in task.contact_keys() {
        contacts.push(ledger.get(&key).and_then(|row: ContactRow| row.id));
    }
    contacts.push(None);
    let mut places = Vec::new();
    for contact_id in contacts {
        let mut written = Map::new();
        keep(&mut written, "contactId", &contact_id);
        keep(&mut written, "startTime", &booked.slot.start.to_rfc3339());
        places.push(MeetingPlace::of(task, &written));
    }
    places
}

/// Keys of the household's rows; none when the event has no address that tells, or it does not matter.
pub(super) fn household_keys(task: &Task) -> Vec<String> {
    let address = match &task.event.happening {
        Happening::LeadBooked(booked) => booked.address.as_ref(),
        Happening::BookingChanged(changed) => changed.address.as_ref(),
        Happening::Other(..) | Happening::Invoked => None,
    };
    let counts = task.configuration.second_visit != SecondVisit::Book;
    let mut keys = Vec::new();
    for household in address.filter(|_| counts).map(Address::households).unwrap_or_default() {
        keys.push(keys::household(&task.configuration.location_id, &household));
    }
    keys
}

/// Who is visited, as the event says.
pub(super) fn lead_of(task: &Task) -> Option<VisitedLead> {
    let Happening::LeadBooked(booked) = &task.event.happening else {
        return None;
    };
    let phone = booked.lead.phone.as_deref();
    Some(VisitedLead {
        name: booked.lead.full_name.clone(),
        phone: phone.and_then(|phone| e164(phone, &task.configuration.settings.calling_code)),
        email: booked.lead.email.clone(),
    })
}

impl VisitedLead {
    /// How alike the names are; no name contradicts none.
    fn likeness(&self, other: &Self) -> NameLikeness {
        match (&self.name, &other.name) {
            (Some(own), Some(other)) => likely_same_person(own, other),
            _ => NameLikeness::Same,
        }
    }

    /// Whether something says that both are one person: a name, a number or an e-mail address.
    fn is_like(&self, other: &Self) -> bool {
        let is_one = |own: &Option<String>, other: &Option<String>| own.is_some() && own == other;
        let are_named = self.name.is_some() && other.name.is_some();
        let is_namesake = are_named && self.likeness(other) != NameLikeness::Different;
        is_namesake || is_one(&self.phone, &other.phone) || is_one(&self.email, &other.email)
    }

    /// Who it is, for people: name and number.
    pub(super) fn in_words(&self) -> String {
        let reach = self.phone.as_ref().or(self.email.as_ref());
        let parts = self.name.iter().chain(reach).map(String::as_str);
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// What would be written to a booking that it does not say yet.
fn differences(booking: &Booking, input: &Map<String, Value>) -> Vec<String> {
    let mut wanted = input.clone();
    if let Some(description) = input.get("description").and_then(Value::as_str) {
        let description = marked(Some(description), &booking.marker);
        wanted.insert("description".to_owned(), description.into());
    }
    let about_the_request = [
        "eventId",
        "toNotify",
        "contactId",
        "locationId",
        "ignoreFreeSlotValidation",
    ];
    keep_fields(&mut wanted, &|name, _| !about_the_request.contains(&name));
    let mut differing = Vec::new();
    for (name, value) in changes(booking, wanted) {
        // Start and end are changed together, also where one of them is the same.
        if booking.written.get(&name) != Some(&value) {
            differing.push(name);
        }
    }
    differing
}

/// Whether a visit is still to come.
fn is_open(booking: &Booking, now_ms: u64) -> bool {
    let text = |name: &str| booking.written.get(name).and_then(Value::as_str);
    let start_ms = text("startTime").and_then(instant_ms);
    let is_to_come = start_ms.is_none_or(|start_ms| u64::try_from(start_ms).unwrap_or(0) > now_ms);
    is_to_come && !matches!(text("appointmentStatus"), Some("showed" | "noshow" | "invalid"))
}

fn instant_ms(text: &str) -> Option<i64> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(instant.timestamp_millis())
}

impl Call<'_> {
    /// Reads the rows of a meeting place, and those of the others in it. Of a contact and a start that nobody is known to
    /// have met at, the row is not read: most bookings are the first there, and the commit says when one is not.
    pub(super) fn read_place(&mut self, place: &MeetingPlace, anew: bool, is_new: bool) -> Result<(), Stop> {
        let mut keys = place.keys();
        if is_new && !anew && !self.has_met {
            keys.retain(|key| Some(key) != place.same_start.as_ref());
        }
        self.read_keys(&keys, anew)?;
        let keys = place.keys_of_others(self.task, &self.ledger);
        self.read_keys(&keys, anew)
    }

    fn read_keys(&mut self, keys: &[String], anew: bool) -> Result<(), Stop> {
        match anew {
            true => self.ledger.read(self.host, keys.to_vec()),
            false => self.ledger.ensure(self.host, keys),
        }
    }

    /// Notes this subject as the one who books there, with whatever is written next.
    pub(super) fn join(&mut self, place: &MeetingPlace) {
        for key in &place.households {
            self.add_booker(key, None);
        }
        if !place.households.is_empty() {
            self.row.household = Some(place.households.join(" "));
        }
        if let Some(key) = &place.same_start {
            // From now on this subject itself may stand there.
            self.has_met = true;
            let now_ms = self.ledger.now_ms(self.host);
            let start_ms = place.start_ms.and_then(|start_ms| u64::try_from(start_ms).ok());
            let until_start_ms = start_ms.unwrap_or_default().saturating_sub(now_ms);
            let kept_ms = until_start_ms + self.task.configuration.forget_after_ms;
            self.add_booker(key, Some(kept_ms));
        }
        self.row.lead = lead_of(self.task).or(self.row.lead.take());
    }

    fn add_booker(&mut self, key: &str, ttl_ms: Option<u64>) {
        let mut bookers: Bookers = self.ledger.get(key).unwrap_or_default();
        let own = self.task.subject_key();
        bookers.subjects.retain(|subject| *subject != own);
        bookers.subjects.push(own);
        let surplus = bookers.subjects.len().saturating_sub(SUBJECTS_KEPT);
        bookers.subjects.drain(..surplus);
        bookers.bookings += 1;
        self.ledger.put(key, &bookers, ttl_ms);
    }

    /// Notes with whatever is written next that the visit is at another address or begins at another instant, where the
    /// event says so.
    pub(super) fn move_meeting_place(&mut self, written: &Map<String, Value>) -> Result<(), Stop> {
        let mut input = written.clone();
        if let Some(booking) = &self.row.booking {
            input.insert("contactId".to_owned(), booking.contact_id.clone().into());
        }
        let mut place = MeetingPlace::of(self.task, &input);
        if self.row.household.as_ref() == Some(&place.households.join(" ")) {
            place.households.clear();
        }
        let before = self
            .row
            .booking
            .as_ref()
            .and_then(|booking| booking.written.get("startTime"));
        if before.and_then(Value::as_str).and_then(instant_ms) == place.start_ms {
            place.same_start = None;
        }
        self.read_place(&place, false, true)?;
        self.join(&place);
        Ok(())
    }
}
