//! What the ledger remembers.

use serde_json::{Map, Value};

use super::aspect::{Aspect, Newest};
use super::outcome::{AppliedStep, Receipt};
use super::saved_contact::GIVEN;
use super::seen::Seen;
use super::visit::Visit;
use crate::ghl::appointment::Appointment;
use crate::ghl::shown::{self, Likeness};
use crate::knock::{ALSO, Event, Happening, fingerprint};
use crate::record;
use crate::record::to_text;
use crate::zone::Zone;

/// How many events a row remembers. An older one that comes again is superseded by what came after it.
const EVENTS_KEPT: usize = 20;

/// How many events keep their warnings.
const WARNED_EVENTS_KEPT: usize = 5;

/// A text that is longer is remembered by its fingerprint: enough to see whether it changed.
const TEXT_KEPT: usize = 64;

record! {
    /// All that is remembered of one subject.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Row {
        /// The subject, for whoever reads the store.
        pub(super) subject: String,
        /// The events seen, oldest first.
        pub(super) events: Vec<Seen>,
        /// The appointment.
        pub(super) booking: Option<Booking>,
        /// The visit as it was booked or changed last, for people.
        pub(super) visit: Option<Visit>,
        /// Keys of the household that the visit is for, with blanks between.
        pub(super) household: Option<String>,
        /// Name of the zone that the clocks at the visit show, where the booking told.
        pub(super) zone: Option<String>,
        /// The visit of another subject that it has instead of one of its own.
        pub(super) attached: Option<Attached>,
        /// Who is visited.
        pub(super) lead: Option<VisitedLead>,
        /// The contact of a lead whom only the pin tells.
        pub(super) pin_contact: Option<PinContact>,
        /// What the lead consents to, as the booking said: a word for all channels, or each with its own.
        pub(super) consent: Option<Value>,
        /// Messages about it that go out later.
        pub(super) scheduled: Vec<Scheduled>,
        /// The request that is open: it was or will be sent, and its end is not known.
        pub(super) intent: Option<Intent>,
        /// A look that is still to be taken.
        pub(super) watch: Option<Watch>,
        /// When the newest booking that was carried out occurred: it says all there is to say.
        pub(super) changed_ms: Option<i64>,
        /// When the newest change of each aspect occurred that was carried out since.
        pub(super) aspects: Newest,
        /// The newest cancellation. It holds against whatever occurred before.
        pub(super) cancelled: Option<Cancelled>,
        /// A newer time, for a booking that has not arrived yet.
        pub(super) wanted: Option<Wanted>,
        /// How many appointments were made for the subject, one after the other.
        pub(super) ordinal: u32,
        /// Whether a request for the current one ended unknown and was given up: it may have been sent before.
        pub(super) doubted: bool,
        /// The creation of the current one that GHL refused in words that do not say that nothing was done, or after which
        /// nobody could look: it is looked for before it is sent again, and before anybody relies on it not being there.
        pub(super) unconfirmed: Option<Intent>,
        /// When it was made sure that nothing stands which the row does not know, for a store that was put back from a copy.
        pub(super) looked_ms: Option<u64>,
    }
}

record! {
    /// The contact of a lead whom only the pin tells.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct PinContact {
        pub(super) id: String,
        /// Name of what we last wrote to it; nothing of one that was only found.
        pub(super) written: Option<String>,
        /// Whether it was found by the pin: then only its gaps are filled.
        pub(super) found: bool,
        /// The fields of what was written that it does not have.
        pub(super) lacks: Vec<String>,
    }
}

impl PinContact {
    pub(super) fn of(id: String) -> Self {
        Self {
            id,
            written: None,
            found: false,
            lacks: Vec::new(),
        }
    }
}

record! {
    /// A message that goes out later.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Scheduled {
        pub(super) message_id: String,
        /// The event and the step that it was sent for.
        pub(super) event_id: String,
        pub(super) step: String,
        /// When it goes out.
        pub(super) at_ms: u64,
    }
}

record! {
    /// The appointment of a subject, and what we last wrote to it.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Booking {
        pub(super) appointment_id: String,
        pub(super) contact_id: String,
        pub(super) calendar_id: String,
        /// The reference at the end of its description.
        pub(super) marker: String,
        /// The user whom the events named; another one may have been free.
        pub(super) named: Option<String>,
        /// The user who goes, as it was written or as GHL showed it last.
        pub(super) assignee: Option<String>,
        /// Field by field; long texts by their fingerprint.
        pub(super) written: Map<String, Value>,
        /// Fingerprints of the normal form in which GHL showed fields after that, where those of `written` do not tell.
        pub(super) shown: Map<String, Value>,
        /// The paragraphs of its description that hold what its contact cannot: a new description keeps them.
        pub(super) left_out: Option<String>,
        /// When that was, by the store's clock.
        pub(super) written_ms: u64,
        pub(super) cancelled: bool,
    }
}

record! {
    /// Who is visited, as the booking said.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct VisitedLead {
        pub(super) name: Option<String>,
        /// In E.164 form.
        pub(super) phone: Option<String>,
        pub(super) email: Option<String>,
    }
}

record! {
    /// The visit of another subject, of the same contact or household.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Attached {
        /// The event that was attached.
        pub(super) event_id: String,
        /// The subject whose visit it is.
        pub(super) subject: String,
        pub(super) appointment_id: String,
        pub(super) contact_id: String,
        pub(super) calendar_id: String,
        /// When it begins, RFC 3339.
        pub(super) start: Option<String>,
        /// Whether it is of the same contact, at the same start.
        pub(super) same_visit: bool,
        /// The fields of which it does not say what was agreed now.
        pub(super) differs: Vec<String>,
    }
}

record! {
    /// A request that must not be sent twice.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Intent {
        pub(super) event_id: String,
        /// The content of the event it was sent for. The same event may come again with other content.
        pub(super) fingerprint: String,
        pub(super) step: String,
        pub(super) action: String,
        /// The reference by which its effect is recognised, when it creates something.
        pub(super) marker: Option<String>,
        /// The whole input of the action: it is sent again exactly like this.
        pub(super) input: Map<String, Value>,
        /// How often it was or may have been sent, as far as the store knows: zero of one that may only have been sent after
        /// the copy was made that the store was put back from.
        pub(super) attempts: u32,
        /// The last instant, by the store's clock, at which it could have left.
        pub(super) sent_until_ms: u64,
        /// How often it was looked for since.
        pub(super) looks: u32,
        /// Whether the slot was said to be taken after it may have been sent before: probably by ourselves.
        pub(super) taken: bool,
        /// Whether the texts of the input are forgotten, long after the visit: it cannot be sent again like this.
        pub(super) forgotten: bool,
        /// What GHL, or the way to it, said last.
        pub(super) last_answer: Option<String>,
    }
}

record! {
    /// A look for a second copy, after a request had to be sent again.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Watch {
        pub(super) event_id: String,
        pub(super) marker: String,
        pub(super) input: Map<String, Value>,
        pub(super) until_ms: u64,
        /// The action that it was.
        pub(super) action: String = booking(),
    }
}

/// Watches of before named no action: they were all of bookings.
fn booking() -> String {
    crate::ghl::appointment::CREATE.key.to_owned()
}

record! {
    /// A time that a newer event wants.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Wanted {
        pub(super) event_id: String,
        pub(super) occurred_ms: i64,
        pub(super) start: String,
        pub(super) end: Option<String>,
        /// After this it is not worth doing any more.
        pub(super) expires_ms: Option<i64>,
    }
}

record! {
    /// A cancellation.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Cancelled {
        pub(super) event_id: String,
        pub(super) occurred_ms: i64,
    }
}

record! {
    /// What is remembered of a contact, under each of its natural keys.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct ContactRow {
        /// GHL's id.
        pub(super) id: Option<String>,
        /// What we last wrote, when we are sure that it stands.
        pub(super) fingerprint: Option<String>,
        /// What may still be written by a request whose end is not known.
        pub(super) doubt: Option<Doubt>,
        /// When that was noted, by the store's clock.
        pub(super) written_ms: u64,
        /// Fingerprints of the words of its name, as we last wrote it.
        pub(super) name_words: Vec<String>,
        /// The name itself, in rows of earlier versions.
        pub(super) name: Option<String>,
        /// Key of the row of the subject that it was made for, or last written for.
        pub(super) subject: Option<String>,
        /// Whether it was there before: then only its gaps are filled.
        pub(super) found: bool,
        /// The fields of the lead with the fingerprint that it does not have: `name`, `email`, `phone` and others.
        pub(super) lacks: Vec<String>,
        /// The marks of the fields that we wrote: each with a fingerprint of its value.
        pub(super) wrote: Vec<String>,
    }
}

record! {
    /// An upsert whose end is not known.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Doubt {
        /// What it writes; nothing when there were several with different content.
        pub(super) fingerprint: Option<String>,
        /// Until when it may take effect.
        pub(super) until_ms: u64,
    }
}

impl Row {
    /// What is remembered of an event with this id, whatever its content was.
    pub(super) fn seen(&self, id: &str) -> Option<&Seen> {
        self.events.iter().find(|seen| seen.id == id)
    }

    /// The receipt of an event that is done.
    pub(super) fn receipt(&self, event: &Event) -> Option<Receipt> {
        let seen = self.seen(&event.id)?;
        (seen.done && seen.fingerprint == event.fingerprint).then(|| Receipt {
            event_id: seen.id.clone(),
            subject: event.subject.clone(),
            progress: seen.progress(),
        })
    }

    /// Remembers an event, and forgets what was done for one of the same id and other content: that is a change of
    /// the subject.
    pub(super) fn see(&mut self, event: &Event, now_ms: u64) {
        if let Some(seen) = self.events.iter_mut().find(|seen| seen.id == event.id) {
            if seen.fingerprint != event.fingerprint {
                let before = seen.sent();
                *seen = Seen {
                    before,
                    ..Seen::new(event, now_ms)
                };
            }
            return;
        }
        if self.events.len() >= EVENTS_KEPT {
            let open = self.intent.as_ref().map(|intent| intent.event_id.clone());
            let oldest = self.events.iter().position(|seen| Some(&seen.id) != open.as_ref());
            if let Some(oldest) = oldest {
                self.events.remove(oldest);
            }
        }
        self.events.push(Seen::new(event, now_ms));
    }

    /// What was done for an event, to be added to.
    pub(super) fn seen_mut(&mut self, id: &str) -> Option<&mut Seen> {
        self.events.iter_mut().find(|seen| seen.id == id)
    }

    /// The appointment, unless it is cancelled.
    pub(super) fn live_booking(&self) -> Option<&Booking> {
        self.booking.as_ref().filter(|booking| !booking.cancelled)
    }

    /// When an event occurred.
    pub(super) fn occurred_ms(&self, event: &Event) -> i64 {
        self.seen(&event.id).map_or(event.occurred_ms, |seen| seen.occurred_ms)
    }

    /// Whether a newer change makes an event obsolete.
    pub(super) fn supersedes(&self, event: &Event) -> bool {
        let occurred_ms = self.occurred_ms(event);
        let newer = |ms: Option<i64>| ms.is_some_and(|ms| ms > occurred_ms);
        let newer_aspect = |aspect: Aspect| self.is_newer(aspect, occurred_ms);
        let of_all = match &event.happening {
            Happening::LeadBooked(_) => newer_aspect(Aspect::Time),
            // A new time means that the visit takes place.
            Happening::BookingChanged(changed) if changed.cancelled => {
                newer_aspect(Aspect::Status) || newer_aspect(Aspect::Time)
            }
            Happening::BookingChanged(changed) => Aspect::of_change(changed).into_iter().all(|aspect| {
                // A new time that waits for its booking makes older new times obsolete, but not the booking.
                let wanted = self.wanted.as_ref().filter(|_| aspect == Aspect::Time);
                newer_aspect(aspect) || newer(wanted.map(|wanted| wanted.occurred_ms))
            }),
            // Whoever asks for an action by itself wants it now; what is not about the booking is not obsolete by it.
            Happening::Other(trigger, fields) => {
                let aspects = Aspect::of_fields(trigger, fields);
                return !aspects.is_empty() && aspects.into_iter().all(newer_aspect);
            }
            Happening::Invoked => return false,
        };
        let cancelled = self.cancelled.as_ref().map(|cancelled| cancelled.occurred_ms);
        newer(self.changed_ms) || newer(cancelled) || of_all
    }

    /// Whether a change that was carried out makes obsolete what was said at an instant about an aspect.
    pub(super) fn is_newer(&self, aspect: Aspect, occurred_ms: i64) -> bool {
        self.aspects.of(aspect).is_some_and(|newest| newest > occurred_ms)
    }

    /// Notes that what was said at an instant about an aspect stands.
    pub(super) fn note_aspect(&mut self, aspect: Aspect, occurred_ms: i64) {
        self.aspects.note(aspect, occurred_ms);
    }
}

impl Row {
    /// What a step of an event sent before the event was corrected, if that was of this name. Where `others` count, what was
    /// sent for them counts, too.
    pub(super) fn sent_before(&self, event: &Event, step: &str, name: &str, others: bool) -> Option<AppliedStep> {
        let is_this = |sent: &AppliedStep| sent.sent.as_deref() == Some(name);
        let own = self.seen(&event.id).map(|seen| seen.before(event)).unwrap_or_default();
        let own = own.into_iter().find(|before| before.name == step && is_this(before));
        if own.is_some() || !others {
            return own;
        }
        for seen in self.events.iter().filter(|seen| seen.id != event.id) {
            if let Some(sent) = seen.applied.iter().find(|sent| is_this(sent)) {
                return Some(sent.clone());
            }
        }
        None
    }

    /// Forgets what matters least until the row takes no more than `limit` bytes: warnings of old events, then old
    /// events. What is open or belongs to the event with this id stays.
    pub(super) fn fit(&mut self, limit: usize, id: &str) {
        let open = self.intent.as_ref().map(|intent| intent.event_id.clone());
        let stays = |seen: &Seen| seen.id == id || Some(&seen.id) == open.as_ref();
        for seen in self
            .events
            .iter_mut()
            .rev()
            .skip(WARNED_EVENTS_KEPT)
            .filter(|seen| !stays(seen))
        {
            seen.warnings.clear();
        }
        while to_text(self).len() > limit {
            let Some(oldest) = self.events.iter().position(|seen| !stays(seen)) else {
                return;
            };
            self.events.remove(oldest);
        }
    }
}

impl Booking {
    /// Notes what was written.
    pub(super) fn note_written(&mut self, input: &Map<String, Value>, now_ms: u64) {
        self.written_ms = now_ms;
        if let Some(user) = input.get("assignedUserId").and_then(Value::as_str) {
            self.named = Some(user.to_owned());
            self.assignee.clone_from(&self.named);
        }
        // A start that was written alone leaves an end that only GHL knows.
        if input.contains_key("startTime") {
            self.written.remove("endTime");
        }
        let description = input.get("description").and_then(Value::as_str);
        if let Some(description) = description.filter(|text| !is_fingerprint(text)) {
            self.left_out = left_out_of(description);
        }
        for (name, value) in input {
            if let Some(kept) = remembered(name, value) {
                self.write(name, kept, value);
            }
        }
        if self.written.get("appointmentStatus").and_then(Value::as_str) == Some(crate::ghl::appointment::CANCELLED) {
            self.cancelled = true;
        }
        if let Some(calendar) = input.get("calendarId").and_then(Value::as_str) {
            self.calendar_id = calendar.to_owned();
        }
    }

    fn write(&mut self, name: &str, kept: Value, value: &Value) {
        self.shown.remove(name);
        if kept != *value {
            self.shown.insert(name.to_owned(), shown_fingerprint(name, value));
        }
        self.written.insert(name.to_owned(), kept);
    }

    /// Notes in which form GHL shows fields that were just written, or left to it. Only a later difference from that is an
    /// edit.
    pub(super) fn note_shown(&mut self, appointment: &Appointment, names: &[&str]) {
        self.note_assignee(appointment);
        for name in names {
            let shown = appointment.field(name).filter(|_| !shown::is_time(name));
            let Some(shown) = shown else {
                continue;
            };
            let fingerprint = shown_fingerprint(name, shown);
            let is_as_written = |written: &Value| !is_kept(written) && shown_fingerprint(name, written) == fingerprint;
            if !self.written.get(*name).is_some_and(is_as_written) {
                self.shown.insert((*name).to_owned(), fingerprint);
            }
        }
    }

    /// Notes what stands in GHL as if we had written it.
    pub(super) fn take_over(&mut self, appointment: &Appointment, names: &[&str], zone: Option<&Zone>) {
        for &name in names {
            let value = appointment.field(name).and_then(|value| readable(name, value, zone));
            match value.and_then(|value| Some((remembered(name, &value)?, value))) {
                Some((kept, value)) => self.write(name, kept, &value),
                None => {
                    self.written.remove(name);
                    self.shown.remove(name);
                }
            }
        }
        self.note_assignee(appointment);
        self.cancelled = appointment.off();
    }

    /// Notes who goes, as GHL shows it.
    fn note_assignee(&mut self, appointment: &Appointment) {
        if let Some(user) = appointment.field("assignedUserId").and_then(Value::as_str) {
            self.assignee = Some(user.to_owned());
        }
    }

    /// The fields of which it is known how GHL showed them last.
    pub(super) fn known_fields(&self) -> Vec<&String> {
        let mut known = Vec::new();
        known.extend(self.written.keys());
        for name in self.shown.keys() {
            if !self.written.contains_key(name) {
                known.push(name);
            }
        }
        known
    }

    /// Compares a field with what we last wrote to it, or what GHL made of it then; nothing of a field of which neither is
    /// known.
    pub(super) fn compare(&self, name: &str, appointment: &Appointment, zone: Option<&Zone>) -> Option<Likeness> {
        let (written, before) = (self.written.get(name), self.shown.get(name));
        if written.is_none() && before.is_none() {
            return None;
        }
        let Some(shown) = appointment.field(name) else {
            return Some(Likeness::NotShown);
        };
        let as_before = before == Some(&shown_fingerprint(name, shown));
        Some(match written {
            _ if as_before => Likeness::Same,
            None => Likeness::Differs,
            // The form in which GHL shows it is known, and an addition would be part of that.
            Some(written) if before.is_some() && !is_kept(written) => {
                Likeness::of(shown::normal(name, written) == shown::normal(name, shown))
            }
            Some(written) => compare(name, written, appointment, zone),
        })
    }

    /// Whether a field already has this value, as far as we last wrote it.
    pub(super) fn has(&self, name: &str, value: &Value) -> bool {
        match remembered(name, value) {
            Some(kept) => self
                .written
                .get(name)
                .is_some_and(|written| same_content(written, &kept) || stands_for(written, name, value)),
            // What is not remembered is no content: it alone is no reason to write.
            None => true,
        }
    }
}

/// Whether two values say the same: times may be written with different offsets.
pub(super) fn same_content(one: &Value, other: &Value) -> bool {
    let instant = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok();
    one == other || instant(one).is_some_and(|instant_of_one| Some(instant_of_one) == instant(other))
}

/// What is remembered of a field that was written; nothing for those that are no content of the appointment.
pub(super) fn remembered(name: &str, value: &Value) -> Option<Value> {
    if matches!(name, "eventId" | "locationId" | "contactId" | "toNotify") {
        return None;
    }
    match value {
        Value::String(text) if text.len() > TEXT_KEPT => Some(fingerprinted(value)),
        other => Some(other.clone()),
    }
}

/// The paragraphs of a description that hold what the contact of the visit cannot.
fn left_out_of(description: &str) -> Option<String> {
    let mut kept = Vec::new();
    for paragraph in description.split("\n\n") {
        if [ALSO, GIVEN].iter().any(|begin| paragraph.starts_with(begin)) {
            kept.push(paragraph);
        }
    }
    (!kept.is_empty()).then(|| kept.join("\n\n"))
}

/// Compares a field with a value that was written to it, or with what is kept of that.
pub(super) fn compare(name: &str, written: &Value, appointment: &Appointment, zone: Option<&Zone>) -> Likeness {
    match appointment.field(name) {
        Some(shown) if is_kept(written) => Likeness::of(stands_for(written, name, shown)),
        _ => appointment.compare(name, written, zone),
    }
}

/// What GHL shows, as we would have written it; nothing when it cannot be read.
fn readable(name: &str, shown: &Value, zone: Option<&Zone>) -> Option<Value> {
    if shown::is_time(name) {
        let instant = shown::instant(shown, zone)?;
        return Some(zone.map_or(instant, |zone| zone.at(instant)).to_rfc3339().into());
    }
    match shown {
        Value::String(_) if name == "appointmentStatus" => Some(shown::normal(name, shown)),
        Value::String(text) => Some(shown::normal_text(text).into()),
        other => Some(other.clone()),
    }
}

/// A fingerprint of the normal form of a field: what is kept of it for as long as nothing else is.
pub(super) fn shown_fingerprint(name: &str, value: &Value) -> Value {
    match is_kept(value) {
        true => value.clone(),
        false => fingerprinted(&shown::normal(name, value)),
    }
}

/// Whether only a fingerprint of a value was kept.
fn is_kept(value: &Value) -> bool {
    value.as_str().is_some_and(is_fingerprint)
}

/// What stands in the place of a value that is only compared.
fn fingerprinted(value: &Value) -> Value {
    match value {
        Value::String(text) if is_fingerprint(text) => value.clone(),
        Value::String(text) => format!("#{}", fingerprint(&[text])).into(),
        other => format!("#{}", fingerprint(&[&other.to_string()])).into(),
    }
}

/// Whether a text stands in the place of another value.
pub(super) fn is_fingerprint(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Whether what is kept stands in the place of this value, as it was written or in its normal form.
fn stands_for(kept: &Value, name: &str, value: &Value) -> bool {
    is_kept(kept) && (*kept == fingerprinted(value) || *kept == shown_fingerprint(name, value))
}
