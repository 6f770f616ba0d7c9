//! A request that must not be sent twice: in the ledger before its first byte leaves, and its end as soon as it is
//! known.

use serde_json::{Map, Value};

use super::aspect::Aspect;
use super::call::Call;
use super::deliver::Delivery;
use super::outcome::{AppliedStep, Outcome};
use super::perform::name_of_sent;
use super::refused_visit::takes_slot;
use super::row::{Booking, Intent, Scheduled, Watch};
use super::stop::Stop;
use super::unsaved::Unsaved;
use super::visits::MeetingPlace;
use crate::api::Operation;
use crate::catalog;
use crate::ghl::appointment::Appointment;
use crate::ghl::{Refusal, RefusalKind, Words, appointment};
use crate::knock::Warning;
use crate::recipe::Step;

impl Call<'_> {
    /// Sends a request that must not be sent twice, for the first time.
    pub(super) fn send_new(
        &mut self,
        step: &Step,
        operation: &'static Operation,
        input: Map<String, Value>,
        marker: Option<String>,
    ) -> Result<(), Stop> {
        self.request(operation, &input)?;
        let intent = Intent {
            event_id: self.task.event.id.clone(),
            fingerprint: self.task.event.fingerprint.clone(),
            step: step.label.clone(),
            action: operation.key.to_owned(),
            marker,
            input,
            attempts: 0,
            sent_until_ms: 0,
            looks: 0,
            taken: false,
            forgotten: false,
            last_answer: None,
        };
        if self.perhaps_done(operation) {
            return self.settle_lost(intent);
        }
        if operation.key == appointment::CREATE.key && self.was_made_all_the_same(&intent)? {
            return Ok(());
        }
        self.send_intent(intent)
    }

    /// Sends what an intent says. It is in the ledger before the first byte leaves, and its end as soon as it is
    /// known.
    pub(super) fn send_intent(&mut self, before: Intent) -> Result<(), Stop> {
        let Some(operation) = catalog::operation(&before.action) else {
            return Err(Stop::refused(
                "unknown-action",
                format!("`{}` is no action", before.action),
            ));
        };
        let request = self.request(operation, &before.input)?;
        let intent = Intent {
            attempts: before.attempts + 1,
            sent_until_ms: self.ledger.will_be_claimed_until(self.host),
            looks: 0,
            ..before.clone()
        };
        self.row.intent = Some(intent.clone());
        let unsent = (before.attempts > 0).then_some(before);
        self.advance_generation(&intent.input);
        if let Err(stop) = self.save() {
            self.row.intent = unsent;
            return Err(self.keep_done(&intent.input, stop));
        }
        match self.deliver(&request, operation.repeat) {
            Ok(Delivery::Done(reply)) => match operation.id_of(&reply) {
                // Done, but what? That can only be read back.
                None if !operation.id.is_empty() => {
                    let words = Words::of_reply(&reply).traced();
                    self.unknown(said(intent, format!("GHL answered {words}, without an id")))
                }
                id => {
                    self.unsaved = Some(Unsaved::of(&intent, id.clone()));
                    self.output = Some(reply.clone());
                    self.effected(&intent, &id.unwrap_or_default(), Outcome::Done);
                    if let Some(shown) = Appointment::read(&reply) {
                        self.note_shown(&intent, &shown);
                    }
                    Ok(())
                }
            },
            Ok(Delivery::Unknown(why)) => self.unknown(said(intent, why)),
            Ok(Delivery::Refused(refusal)) => self.intent_refused(operation, &intent, &refusal),
            Err(stop) => {
                // This time it had no effect. What happened before is as unknown as it was.
                self.row.intent = unsent;
                Err(stop)
            }
        }
    }

    /// Another call was first to book where this one meets others. What was done before is kept all the same, and what
    /// others wait for is given back at once.
    fn keep_done(&mut self, input: &Map<String, Value>, stop: Stop) -> Stop {
        self.has_met = true;
        if !matches!(stop, Stop::Again) || !self.ledger.has_subject() {
            return stop;
        }
        self.ledger.unstage_keys(&MeetingPlace::of(self.task, input).keys());
        // It is counted into the row already.
        let counted = std::mem::take(&mut self.uncounted);
        match self.save_and_release() {
            Ok(()) => stop,
            Err(saved) => {
                self.uncounted.add(counted);
                match saved {
                    Stop::Lost => saved,
                    Stop::Again | Stop::Failed(_) => stop,
                }
            }
        }
    }

    /// Nobody knows whether it was done. It surely left before now, so the settle time starts here.
    pub(super) fn unknown(&mut self, mut intent: Intent) -> Result<(), Stop> {
        self.unsaved = Some(Unsaved::of(&intent, None));
        intent.sent_until_ms = self.ledger.read_clock(self.host)?;
        self.row.intent = Some(intent);
        self.settle_intent()
    }

    fn intent_refused(
        &mut self,
        operation: &'static Operation,
        intent: &Intent,
        refusal: &Refusal,
    ) -> Result<(), Stop> {
        let created = operation.key == appointment::CREATE.key;
        self.row.intent = None;
        match refusal.kind {
            RefusalKind::TeamMemberRequired | RefusalKind::NotTeamMember
                if created && !self.looked_up_again && !self.task.is_invocation() =>
            {
                // GHL only says which calendars want their assignee named when none is.
                let calendar = intent
                    .input
                    .get("calendarId")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                match self.note_insisting(calendar)? {
                    true => self.look_up_again(operation, refusal),
                    false => Err(self.refused(operation, refusal)),
                }
            }
            _ if takes_slot(intent) && (refusal.may_mean_slot_taken() || !refusal.is_explained()) => {
                self.visit_refused(operation, intent, refusal)
            }
            RefusalKind::SlotTaken if takes_slot(intent) => self.visit_refused(operation, intent, refusal),
            RefusalKind::SlotTaken => Err(self.slot_taken(operation, intent, refusal, None)),
            // Whoever asks for an action by itself has said everything.
            _ if self.task.is_invocation() => Err(self.refused(operation, refusal)),
            RefusalKind::ContactMissing => {
                self.forget_contact();
                self.look_up_again(operation, refusal)
            }
            RefusalKind::CalendarMissing => {
                self.forget_calendar();
                match self.choice() {
                    Some(choice) if choice.id.is_none() => self.look_up_again(operation, refusal),
                    _ => Err(self.refused(operation, refusal)),
                }
            }
            RefusalKind::AppointmentMissing if self.row.booking.is_some() => self.appointment_gone(intent),
            _ => Err(self.refused(operation, refusal)),
        }
    }

    /// Something that was remembered is gone. It is looked up or made anew, once in a call.
    fn look_up_again(&mut self, operation: &'static Operation, refusal: &Refusal) -> Result<(), Stop> {
        if self.looked_up_again {
            return Err(self.refused(operation, refusal));
        }
        self.looked_up_again = true;
        self.save()?;
        Err(Stop::Again)
    }

    /// The appointment of the subject does not exist any more. For a cancellation that is as good as done.
    pub(super) fn appointment_gone(&mut self, intent: &Intent) -> Result<(), Stop> {
        self.row.intent = None;
        let cancels = intent.input.get("appointmentStatus").and_then(Value::as_str) == Some(appointment::CANCELLED);
        let id = intent.input.get("eventId").and_then(Value::as_str).unwrap_or_default();
        let id = id.to_owned();
        if let Some(booking) = self.booking_named(&intent.input) {
            booking.cancelled = true;
        }
        if cancels {
            self.note_applied_for(intent, &id, Outcome::Found);
            return Ok(());
        }
        let message = format!("appointment `{id}` was deleted in GHL; book the visit again to have a new one");
        Err(Stop::refused(RefusalKind::AppointmentMissing.code(), message))
    }

    /// Notes that the effect of an intent stands.
    pub(super) fn effected(&mut self, intent: &Intent, id: &str, outcome: Outcome) {
        self.advance_generation(&intent.input);
        let now = self.ledger.now_ms(self.host);
        if intent.action == appointment::CREATE.key {
            self.link(intent, id);
        } else if let Some(booking) = self.booking_named(&intent.input) {
            booking.note_written(&intent.input, now);
        } else if intent.marker.is_some() && intent.attempts > 1 {
            self.row.watch = Some(self.watch_for(intent, now));
        }
        self.row.intent = None;
        self.note_applied_for(intent, id, outcome);
        if intent.event_id == self.task.event.id {
            if let Some(reply) = self.output.clone() {
                self.keep_answer(&intent.step, &reply);
            }
            self.answer(&intent.step);
        }
    }

    /// Notes that the subject has the appointment that an intent creates.
    pub(super) fn link(&mut self, intent: &Intent, id: &str) {
        let now = self.ledger.now_ms(self.host);
        let text = |name: &str| {
            intent
                .input
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let mut booking = Booking {
            appointment_id: id.to_owned(),
            contact_id: text("contactId"),
            calendar_id: text("calendarId"),
            marker: intent.marker.clone().unwrap_or_default(),
            named: None,
            assignee: None,
            written: Map::new(),
            shown: Map::new(),
            left_out: None,
            written_ms: now,
            cancelled: false,
        };
        booking.note_written(&intent.input, now);
        if intent.event_id == self.task.event.id
            && let Some(user) = self.context.get("assignee.userId").and_then(Value::as_str)
        {
            booking.named = Some(user.to_owned());
        }
        self.row.booking = Some(booking);
        if intent.attempts > 1 || self.row.doubted || self.row.unconfirmed.is_some() {
            self.row.watch = Some(self.watch_for(intent, now));
        }
        self.row.doubted = false;
        self.row.unconfirmed = None;
        self.row.ordinal += 1;
    }

    fn watch_for(&self, intent: &Intent, now_ms: u64) -> Watch {
        Watch {
            event_id: intent.event_id.clone(),
            marker: intent.marker.clone().unwrap_or_default(),
            input: intent.input.clone(),
            until_ms: now_ms + self.task.configuration.settle_ms,
            action: intent.action.clone(),
        }
    }

    /// The booking of the subject, if it is the one that an input names.
    fn booking_named(&mut self, input: &Map<String, Value>) -> Option<&mut Booking> {
        let id = input.get("eventId").and_then(Value::as_str)?;
        self.row.booking.as_mut().filter(|booking| booking.appointment_id == id)
    }

    pub(super) fn note_applied_for(&mut self, intent: &Intent, id: &str, outcome: Outcome) {
        let now = self.ledger.now_ms(self.host);
        let seen = self.row.seen_mut(&intent.event_id);
        if let Some(seen) = seen.filter(|seen| seen.fingerprint == intent.fingerprint) {
            let occurred_ms = seen.occurred_ms;
            let step = AppliedStep {
                name: intent.step.clone(),
                action: intent.action.clone(),
                id: Some(id.to_owned()).filter(|id| !id.is_empty()),
                outcome,
                answer: Map::new(),
                sent: name_of_sent(&intent.action, &intent.input, intent.marker.as_deref()),
            };
            seen.apply(step, now);
            self.row.scheduled.extend(Scheduled::of(intent, id));
            // From now on it makes older ones obsolete, even where one of them has settled it.
            if intent.action == appointment::CREATE.key {
                self.row.changed_ms = self.row.changed_ms.max(Some(occurred_ms));
            } else if intent.action == appointment::UPDATE.key {
                for aspect in intent.input.keys().filter_map(|name| Aspect::of_field(name)) {
                    self.row.note_aspect(aspect, occurred_ms);
                }
            }
        }
    }

    pub(super) fn warn_for(&mut self, intent: &Intent, warning: Warning) {
        if let Some(seen) = self.row.seen_mut(&intent.event_id) {
            seen.warn(warning);
        }
    }
}

/// The intent with what was said to it last.
fn said(intent: Intent, answer: String) -> Intent {
    Intent {
        last_answer: Some(answer),
        ..intent
    }
}
