//! Finds out what became of a request whose end nobody knows, before anything else is done for its subject.

use serde_json::{Value, json};

use super::calendar::unreadable;
use super::call::Call;
use super::look::Thoroughness;
use super::outcome::{Cause, Outcome, Reason};
use super::pin;
use super::row::{Intent, Watch, is_fingerprint_of, remembered, same_content};
use super::stop::Stop;
use crate::ghl::RefusalKind;
use crate::ghl::appointment::{self, Appointment};
use crate::knock::Warning;

/// How often a request is sent before a person has to look.
const ATTEMPTS: u32 = 5;

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
            return Err(Stop::Failed(Cause::Undecided {
                code: "cannot-read-back",
                message: format!(
                    "whether the booking arrived is not known, and the appointments around it are too many to open \
                     them all, or cannot all be understood; look in GHL for the reference `{marker}`"
                ),
            }));
        }
        if let Some(foreign) = look.foreign {
            return Err(Stop::Failed(Cause::Undecided {
                code: "foreign-match",
                message: format!(
                    "whether the booking arrived is not known: appointment `{}` has the same contact and time, but \
                     not the reference `{marker}`; write the reference into its description to make it ours, or \
                     cancel it, and run the event again",
                    foreign.id
                ),
            }));
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
        let appointment = match self.try_read(operation, &json!({ "eventId": id }))? {
            Ok(reply) => Some(Appointment::read_one(&reply).ok_or_else(|| unreadable(operation))?),
            Err(refusal) if refusal.kind == RefusalKind::AppointmentMissing => None,
            Err(refusal) => return Err(unreadable_end(self.refused(operation, &refusal))),
        };
        let content = || {
            intent
                .input
                .iter()
                .filter(|(name, value)| remembered(name, value).is_some())
        };
        let as_wanted = appointment
            .as_ref()
            .is_some_and(|appointment| content().all(|(name, wanted)| as_remembered(appointment, name, wanted)));
        if as_wanted {
            self.wait_until_reads_are_new(&intent)?;
            self.effected(&intent, &id, Outcome::Found);
            if let Some(off) =
                appointment.filter(|found| found.off() && !intent.input.contains_key("appointmentStatus"))
            {
                self.cancelled_in_ghl(&intent, &off);
            }
            return Ok(());
        }
        // Reads may lag, so anything else is only believed when the settle time is over.
        self.wait_until_settled(&intent)?;
        let Some(appointment) = appointment.filter(|appointment| !appointment.deleted()) else {
            return self.appointment_gone(&intent);
        };
        let written = self.row.booking.as_ref().map(|booking| &booking.written);
        let as_before = |name: &str| match written.and_then(|written| written.get(name)) {
            Some(before) => as_remembered(&appointment, name, before),
            // Never written by us: whatever stands there stood there before.
            None => true,
        };
        let theirs = content().any(|(name, wanted)| !as_remembered(&appointment, name, wanted) && !as_before(name));
        let cancels = intent.input.get("appointmentStatus").and_then(Value::as_str) == Some(appointment::CANCELLED);
        if theirs || (appointment.off() && !cancels) {
            self.keep_theirs(&intent, &appointment);
            return Ok(());
        }
        self.send_again(intent)
    }

    /// A state that is older than what we wrote last could look like the wanted one, as long as reads may lag so far.
    fn wait_until_reads_are_new(&mut self, intent: &Intent) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        let written_ms = self.row.booking.as_ref().map(|booking| booking.written_ms);
        let written_ms = written_ms.map(|written_ms| self.ledger.since_ms(written_ms, now));
        let written_ms = written_ms.max(self.ledger.restored_ms()).unwrap_or_default();
        let new = written_ms + self.task.configuration.settle_ms;
        if now >= new {
            return Ok(());
        }
        Err(Stop::deferred(Reason::Settling, lost(intent), new - now))
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
            return Err(Stop::Failed(Cause::Undecided {
                code: "outcome-unknown",
                message: format!(
                    "`{}` was sent {} times, and its effect does not show; the last answer: {}; check the connection to \
                     GHL and run the event again",
                    intent.action,
                    intent.attempts,
                    intent.last_answer.as_deref().unwrap_or("none")
                ),
            }));
        }
        if let Err(expired) = self.refuse_expired() {
            self.row.intent = None;
            return Err(expired);
        }
        if intent.action == appointment::CREATE.key && self.visit_of_household()?.is_some() {
            // Meanwhile the household got a visit from another subject: this one is attached to it.
            self.row.intent = None;
            return Ok(());
        }
        self.send_intent(intent)
    }

    /// Somebody edited the appointment in GHL meanwhile: that stays, and is reported.
    fn keep_theirs(&mut self, intent: &Intent, appointment: &Appointment) {
        self.take_over(appointment, intent.input.keys().map(String::as_str));
        let message = format!(
            "appointment `{}` was edited in GHL meanwhile; the edit stays",
            appointment.id
        );
        self.warn_for(intent, Warning::new("edited-in-ghl", message));
        self.row.intent = None;
        self.note_applied_for(intent, &appointment.id, Outcome::KeptTheirs);
    }

    /// Notes what stands in GHL as if we had written it.
    pub(super) fn take_over<'n>(&mut self, appointment: &Appointment, names: impl Iterator<Item = &'n str>) {
        let Some(booking) = &mut self.row.booking else {
            return;
        };
        for name in names {
            let told = appointment.text(name).map(Value::from);
            match told.and_then(|told| remembered(name, &told)) {
                Some(told) => booking.written.insert(name.to_owned(), told),
                None => booking.written.remove(name),
            };
        }
        booking.cancelled = appointment.off();
    }

    /// Somebody moved it before it was found: that stays.
    fn note_moved_in_ghl(&mut self, intent: &Intent, found: &Appointment) {
        let mut moved = false;
        // A change that was lost with the store may have moved it: then its event finds it as it wants it. A newer time
        // that waits for the booking was not made yet.
        let ours = intent.attempts == 0 && self.row.wanted.is_none();
        for name in ["startTime", "endTime"] {
            if let (Some(sent), Some(told)) = (intent.input.get(name), found.text(name))
                && !found.has(name, sent)
                && let Some(booking) = &mut self.row.booking
                && let Some(told) = remembered(name, &told.into())
            {
                moved = true;
                if !ours {
                    booking.written.insert(name.to_owned(), told);
                }
            }
        }
        if moved {
            let message = format!("appointment `{}` was moved in GHL meanwhile; the move stays", found.id);
            self.warn_for(intent, Warning::new("edited-in-ghl", message));
        }
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
    match stop {
        Stop::Failed(Cause::Refused { message, .. }) => Stop::Failed(Cause::Undecided {
            code: "cannot-read-back",
            message: format!(
                "the answer to a request was lost, and whether it took effect cannot be read back: {message}; mend \
                 that and run the event again, or look in GHL"
            ),
        }),
        other => other,
    }
}

/// Whether a field is as we last wrote it.
pub(super) fn as_remembered(appointment: &Appointment, name: &str, before: &Value) -> bool {
    if appointment.has(name, before) {
        return true;
    }
    let told = appointment.text(name).map(Value::from);
    let told = told.or_else(|| appointment.fields.get(name).cloned());
    told.is_some_and(|told| {
        let same = |kept: Value| same_content(&kept, before);
        is_fingerprint_of(before, &told) || remembered(name, &told).is_some_and(same)
    })
}
