//! Finds out what became of a request whose end nobody knows, before anything else is done for its subject.

use serde_json::Value;

use super::calendar::unreadable;
use super::call::Call;
use super::look::Thoroughness;
use super::look_up::CANNOT_LOOK;
use super::outcome::{Cause, Outcome, Reason};
use super::pin;
use super::row::{Booking, Intent, Watch, compare, remembered};
use super::stop::Stop;
use crate::document::object;
use crate::ghl::RefusalKind;
use crate::ghl::appointment::{self, Appointment};
use crate::ghl::shown::{Likeness, is_time};
use crate::knock::Warning;
use crate::zone::Zone;

/// How often a request is sent before a person has to look.
const ATTEMPTS: u32 = 5;

/// Fields that GHL fills in where a booking leaves them out.
const LEFT_TO_GHL: [&str; 3] = ["title", "address", "assignedUserId"];

/// When to look again after the first look found nothing; each further wait is three times as long.
pub(super) const FIRST_LOOK_MS: u64 = 5_000;

impl Call<'_> {
    /// Settles the open request of the subject, whichever event it belongs to.
    pub(super) fn settle_intent(&mut self) -> Result<(), Stop> {
        match self.row.intent.clone() {
            None => Ok(()),
            Some(intent) => self.settle(intent),
        }
    }

    /// Finds out whether a request took effect, and sends it again when it surely did not.
    pub(super) fn settle(&mut self, intent: Intent) -> Result<(), Stop> {
        match intent.action.as_str() {
            key if key == appointment::CREATE.key => self.settle_creation(intent),
            key if key == appointment::UPDATE.key => self.settle_update(intent),
            _ => match pin::field_of_intent(self.task, &intent) {
                Some(field) => self.settle_pin(intent, field),
                None => self.settle_effect(intent),
            },
        }
    }

    fn settle_creation(&mut self, intent: Intent) -> Result<(), Stop> {
        let marker = intent.marker.clone().unwrap_or_default();
        let look = self
            .look(&marker, &intent.input, Thoroughness::UntilFound)
            .map_err(unreadable_end)?;
        if let Some(found) = look.ours.first() {
            if intent.attempts == 0 {
                self.adopt(&intent, found);
            } else {
                self.effect_found(&intent, found);
            }
            if look.ours.len() > 1 {
                self.row.watch = Some(Watch {
                    event_id: intent.event_id,
                    marker,
                    input: intent.input,
                    until_ms: 0,
                    action: intent.action,
                });
            }
            return Ok(());
        }
        self.wait_until_settled(&intent)?;
        if look.incomplete {
            return Err(Stop::undecided(
                "cannot-read-back",
                format!(
                    "whether the booking arrived is not known, and the appointments around it are too many to open \
                     them all, or cannot all be understood; look in GHL for the reference `{marker}`"
                ),
            ));
        }
        if let Some(foreign) = look.foreign {
            let other = self.visit_of_another(&intent.input)?;
            if other.is_some_and(|other| other.visit.appointment_id == foreign.id) {
                // Meanwhile another subject booked this visit: this one is attached to it.
                self.row.intent = None;
                return Ok(());
            }
            return Err(Stop::undecided(
                "foreign-match",
                format!(
                    "whether the booking arrived is not known: appointment `{}` has the same contact and time, but \
                     not the reference `{marker}`; write the reference into its description to make it ours, or \
                     cancel it, and run the event again",
                    foreign.id
                ),
            ));
        }
        if intent.attempts == 0 {
            self.row.looked_ms = Some(self.ledger.now_ms(self.host));
        } else {
            self.row.doubted = true;
        }
        self.send_again(intent)
    }

    /// The booking took effect, whatever became of it since.
    pub(super) fn effect_found(&mut self, intent: &Intent, found: &Appointment) {
        self.effected(intent, &found.id, Outcome::Found);
        self.note_shown(intent, found);
        if found.off() {
            self.cancelled_in_ghl(intent, found);
        } else {
            self.note_moved_in_ghl(intent, found);
        }
    }

    fn settle_update(&mut self, intent: Intent) -> Result<(), Stop> {
        let operation = &appointment::GET;
        let id = intent
            .input
            .get("eventId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let appointment = match self.try_read(operation, &object([("eventId", id.clone().into())]))? {
            Ok(reply) => Some(Appointment::read_one(&reply).ok_or_else(|| unreadable(operation))?),
            Err(refusal) if refusal.kind == RefusalKind::AppointmentMissing => None,
            Err(refusal) => return Err(unreadable_end(self.refused(operation, &refusal))),
        };
        let zone = self.calendar_zone();
        let booking = self.row.booking.as_ref().filter(|booking| booking.appointment_id == id);
        let shows = appointment
            .as_ref()
            .map(|found| Shows::of(&intent, found, booking, zone.as_ref()));
        if let (Some(found), Some(Shows::Change | Shows::Wanted)) = (&appointment, shows) {
            self.wait_until_reads_are_new(&lost(&intent))?;
            self.effected(&intent, &id, Outcome::Found);
            self.note_shown(&intent, found);
            if found.off() && !intent.input.contains_key("appointmentStatus") {
                self.cancelled_in_ghl(&intent, found);
            }
            return Ok(());
        }
        // Reads may lag, so anything else is only believed when the settle time is over.
        self.wait_until_settled(&intent)?;
        let Some(appointment) = appointment.filter(|appointment| !appointment.deleted()) else {
            return self.appointment_gone(&intent);
        };
        let cancels = intent.input.get("appointmentStatus").and_then(Value::as_str) == Some(appointment::CANCELLED);
        let notifies = intent.input.get("toNotify") != Some(&Value::Bool(false));
        match shows {
            Some(Shows::Edit) => self.keep_theirs(&intent, &appointment),
            _ if appointment.off() && !cancels => self.keep_theirs(&intent, &appointment),
            // Repeating it would notify people once more, and nothing shows whether that is needed.
            Some(Shows::Nothing) if notifies => return Err(self.give_up(&intent)),
            _ => return self.send_again(intent),
        }
        Ok(())
    }

    /// A state that is older than what we wrote last could look like the wanted one, as long as reads may lag so far.
    pub(super) fn wait_until_reads_are_new(&mut self, message: &str) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        let written_ms = self.row.booking.as_ref().map(|booking| booking.written_ms);
        let written_ms = written_ms.map(|written_ms| self.ledger.since_ms(written_ms, now));
        let written_ms = written_ms.max(self.ledger.restored_ms()).unwrap_or_default();
        let new = written_ms + self.task.configuration.settle_ms;
        if now >= new {
            return Ok(());
        }
        Err(Stop::deferred(Reason::Settling, message, new - now))
    }

    /// What was not found may still come until the settle time is over.
    pub(super) fn wait_until_settled(&mut self, intent: &Intent) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        // It may have been sent again after the copy was made that the store was put back from.
        let sent_until_ms = self.ledger.since_ms(intent.sent_until_ms, now);
        let sent_until_ms = Some(sent_until_ms).max(self.ledger.restored_ms());
        let settled = sent_until_ms.unwrap_or_default() + self.task.configuration.settle_ms;
        if now >= settled {
            return Ok(());
        }
        let again = FIRST_LOOK_MS.saturating_mul(3u64.saturating_pow(intent.looks));
        if let Some(open) = &mut self.row.intent {
            open.looks += 1;
        }
        Err(Stop::deferred(Reason::Settling, lost(intent), again.min(settled - now)))
    }

    /// It surely had no effect: sends it again exactly as it was, unless its event is not worth it any more.
    pub(super) fn send_again(&mut self, intent: Intent) -> Result<(), Stop> {
        let event = &self.task.event;
        let its_own = intent.event_id == event.id && intent.fingerprint == event.fingerprint;
        if !its_own || self.row.supersedes(event) || intent.forgotten {
            // Its own event decides, when it comes again, and says anew what is to be sent.
            self.row.intent = None;
            return Ok(());
        }
        if intent.attempts >= ATTEMPTS {
            if let Some(open) = &mut self.row.intent {
                // When it is run again it begins anew, but it stays known that it may have been sent.
                open.attempts = 1;
            }
            return Err(Stop::undecided(
                "outcome-unknown",
                format!(
                    "`{}` was sent {} times, and its effect does not show; the last answer: {}; check the connection to \
                     GHL and run the event again",
                    intent.action,
                    intent.attempts,
                    intent.last_answer.as_deref().unwrap_or("none")
                ),
            ));
        }
        if let Err(expired) = self.refuse_expired() {
            self.row.intent = None;
            return Err(expired);
        }
        if intent.action == appointment::CREATE.key && self.visit_of_another(&intent.input)?.is_some() {
            // Meanwhile another subject has this visit, or one for the household: this one is attached to it.
            self.row.intent = None;
            return Ok(());
        }
        self.send_intent(intent)
    }

    /// Somebody edited the appointment in GHL meanwhile: that stays, and is reported.
    fn keep_theirs(&mut self, intent: &Intent, appointment: &Appointment) {
        let names: Vec<&str> = intent.input.keys().map(String::as_str).collect();
        self.take_over(appointment, &names);
        let message = format!(
            "appointment `{}` was edited in GHL meanwhile; the edit stays",
            appointment.id
        );
        self.warn_for(intent, Warning::new("edited-in-ghl", message));
        self.row.intent = None;
        self.note_applied_for(intent, &appointment.id, Outcome::KeptTheirs);
    }

    /// Notes in which form GHL shows what an intent has written.
    pub(super) fn note_shown(&mut self, intent: &Intent, shown: &Appointment) {
        let booking = self
            .row
            .booking
            .as_mut()
            .filter(|booking| booking.appointment_id == shown.id);
        if let Some(booking) = booking {
            let mut names: Vec<&str> = intent.input.keys().map(String::as_str).collect();
            if intent.action == appointment::CREATE.key {
                names.extend(LEFT_TO_GHL);
            }
            booking.note_shown(shown, &names);
        }
    }

    /// Notes what stands in GHL as if we had written it.
    pub(super) fn take_over(&mut self, appointment: &Appointment, names: &[&str]) {
        let zone = self.calendar_zone();
        if let Some(booking) = &mut self.row.booking {
            booking.take_over(appointment, names, zone.as_ref());
        }
    }

    /// Somebody moved it before it was found: that stays.
    fn note_moved_in_ghl(&mut self, intent: &Intent, found: &Appointment) {
        // A change that was lost with the store may have moved it: then its event finds it as it wants it. A newer time
        // that waits for the booking was not made yet.
        let ours = intent.attempts == 0 && self.row.wanted.is_none();
        let zone = self.calendar_zone();
        let mut moved = Vec::new();
        for name in ["startTime", "endTime"] {
            let sent = intent.input.get(name);
            if sent.is_some_and(|sent| found.compare(name, sent, zone.as_ref()) == Likeness::Differs) {
                moved.push(name);
            }
        }
        if moved.is_empty() {
            return;
        }
        if !ours {
            self.take_over(found, &moved);
        }
        let to = found.instant("startTime", zone.as_ref());
        let to = to.map(|to| format!(" to {}", self.in_words(to))).unwrap_or_default();
        let message = format!(
            "appointment `{}` was moved in GHL meanwhile{to}; the move stays",
            found.id
        );
        self.warn_for(intent, Warning::new("edited-in-ghl", message));
    }

    fn cancelled_in_ghl(&mut self, intent: &Intent, appointment: &Appointment) {
        if let Some(booking) = &mut self.row.booking {
            booking.cancelled = true;
        }
        let message = format!(
            "appointment `{}` is cancelled in GHL already; it stays so",
            appointment.id
        );
        self.warn_for(intent, Warning::new("cancelled-in-ghl", message));
    }
}

fn lost(intent: &Intent) -> String {
    format!(
        "the answer to `{}` was lost; whether it took effect will be clear soon",
        intent.action
    )
}

/// That the end of a request cannot be read back leaves it open: only a person can tell, or whoever mends it.
pub(super) fn unreadable_end(stop: Stop) -> Stop {
    match stop.cause() {
        Some(
            Cause::Refused { message, .. }
            | Cause::Undecided {
                code: CANNOT_LOOK,
                message,
            },
        ) => Stop::undecided(
            "cannot-read-back",
            format!(
                "the answer to a request was lost, and whether it took effect cannot be read back: {message}; mend \
                 that and run the event again, or look in GHL"
            ),
        ),
        _ => stop,
    }
}

/// What an appointment shows of a change whose answer was lost; what weighs more stands below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shows {
    /// Everything is as wanted, and was so before.
    Wanted,
    /// Nothing that proves anything.
    Nothing,
    /// It took effect.
    Change,
    /// It did not take effect, and nobody else changed what it is about.
    Before,
    /// Somebody else changed what it is about.
    Edit,
}

impl Shows {
    /// Whether everything is as wanted, as far as it shows.
    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::Wanted | Self::Change)
    }

    pub(super) fn of(intent: &Intent, found: &Appointment, booking: Option<&Booking>, zone: Option<&Zone>) -> Self {
        let mut shows = None;
        for (name, wanted) in &intent.input {
            if remembered(name, wanted).is_some() {
                shows = shows.max(Some(Self::of_field(name, wanted, found, booking, zone)));
            }
        }
        shows.unwrap_or(Self::Nothing)
    }

    fn of_field(
        name: &str,
        wanted: &Value,
        found: &Appointment,
        booking: Option<&Booking>,
        zone: Option<&Zone>,
    ) -> Self {
        let before = booking.and_then(|booking| booking.compare(name, found, zone));
        let was_wanted = booking.is_some_and(|booking| booking.has(name, wanted));
        match compare(name, wanted, found, zone) {
            Likeness::Same | Likeness::NotShown if was_wanted => Self::Wanted,
            // It only begins like the wanted one, as it did before.
            Likeness::Same if before == Some(Likeness::Same) && found.adds_to(name, wanted) => Self::Before,
            // One that shows as it did before, like a local time that the clocks show twice, tells them not apart.
            Likeness::Same if before == Some(Likeness::Same) && is_time(name) => Self::Nothing,
            Likeness::Same => Self::Change,
            Likeness::NotShown => Self::Nothing,
            Likeness::Differs if before == Some(Likeness::Differs) => Self::Edit,
            // What we never wrote is as it was before.
            Likeness::Differs => Self::Before,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn local_time_of_the_night_of_the_clock_change_does_not_prove_that_a_visit_was_moved() {
        let chicago = Zone::named("America/Chicago");
        let written = |start: &str, end: &str| {
            json!({ "startTime": start, "endTime": end })
                .as_object()
                .unwrap()
                .clone()
        };
        let mut booking = Booking {
            appointment_id: "a".to_owned(),
            contact_id: "c".to_owned(),
            calendar_id: "r".to_owned(),
            marker: String::new(),
            named: None,
            assignee: None,
            written: Map::new(),
            shown: Map::new(),
            left_out: None,
            written_ms: 0,
            cancelled: false,
        };
        booking.note_written(&written("2030-11-03T01:00:00-05:00", "2030-11-03T01:30:00-05:00"), 0);
        let shows = |name: &str, wanted: &str, shown: &str| {
            let found = Appointment::read(&json!({ "id": "a", name: shown })).unwrap();
            Shows::of_field(name, &json!(wanted), &found, Some(&booking), chicago.as_ref())
        };
        let later = "2030-11-03T01:00:00-06:00";
        assert_eq!(shows("startTime", later, "2030-11-03T01:00:00"), Shows::Nothing);
        assert_eq!(shows("startTime", later, "2030-11-03T07:00:00Z"), Shows::Change);
        assert_eq!(shows("startTime", later, "2030-11-03T06:00:00Z"), Shows::Before);
    }
}
