//! Carries the steps of a recipe out.

use serde_json::{Map, Value, json};

use super::call::{Call, Stop};
use super::deliver::Delivery;
use super::marker::{marked, marker};
use super::outcome::{Cause, Outcome, Reason};
use super::row::{Booking, Intent, Watch};
use crate::ghl::{Operation, Refusal, RefusalKind, Request, appointment, catalog, contact, slot};
use crate::knock::{Happening, Warning};
use crate::recipe::Step;

/// How many other free slots a refusal names.
const ALTERNATIVES: usize = 5;

/// How far around the wanted time other slots are looked for.
const BEFORE_MS: i64 = 24 * 60 * 60 * 1000;
const AFTER_MS: i64 = 7 * 24 * 60 * 60 * 1000;

impl Call<'_> {
    /// Carries out what is not yet done.
    pub(super) fn carry_out(&mut self) -> Result<(), Stop> {
        for step in &self.task.recipe.steps {
            if let Some(applied) = self.seen().applied(&step.name) {
                if let Some(id) = &applied.id {
                    self.answer(&step.name, id);
                }
                continue;
            }
            if !step.applies(&self.context) {
                continue;
            }
            self.refuse_expired()?;
            if step.uses("calendar") {
                self.find_calendar()?;
            }
            let Some(operation) = catalog::operation(&step.action) else {
                let message = format!("the recipe names `{}`, which is no action", step.action);
                return Err(Stop::refused("unknown-action", message));
            };
            match operation.key {
                key if key == contact::UPSERT.key => self.upsert_contact(step, operation)?,
                key if key == appointment::CREATE.key => self.create_appointment(step, operation)?,
                key if key == appointment::UPDATE.key => self.update_appointment(step, operation)?,
                key => {
                    let message = format!("`{key}` cannot be a step of a recipe yet");
                    return Err(Stop::refused("unknown-action", message));
                }
            }
        }
        Ok(())
    }

    fn create_appointment(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        let mut input = self.input(step);
        let reference = self.next_marker(&step.name);
        let description = input.get("description").and_then(Value::as_str);
        input.insert("description".to_owned(), marked(description, &reference).into());
        let sent = self.send_new(step, operation, input.clone(), Some(reference.clone()));
        if !refused_as(&sent, RefusalKind::TeamMemberRequired) || input.contains_key("assignedUserId") {
            return sent;
        }
        // GHL only says which calendars want their assignee named when none is.
        let calendar = input
            .get("calendarId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let mut members = self.assignees(&calendar)?.into_iter().peekable();
        let mut ended = sent;
        while let Some(user) = members.next() {
            self.more_to_try = members.peek().is_some();
            input.insert("assignedUserId".to_owned(), user.into());
            ended = self.send_new(step, operation, input.clone(), Some(reference.clone()));
            if !refused_as(&ended, RefusalKind::SlotTaken) {
                break;
            }
        }
        self.more_to_try = false;
        ended
    }

    fn update_appointment(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        let Some(booking) = self.row.live_booking().cloned() else {
            return self.nothing_to_change(step);
        };
        let mut input = self.input(step);
        if let Some(description) = input.get("description").and_then(Value::as_str) {
            input.insert(
                "description".to_owned(),
                marked(Some(description), &booking.marker).into(),
            );
        }
        let input = changes(&booking, input);
        let id = booking.appointment_id;
        if let Some(contact) = self.context.get("contact.id").and_then(Value::as_str)
            && contact != booking.contact_id
        {
            return Err(Stop::Failed(Cause::Undecided {
                code: "other-contact",
                message: format!(
                    "the booking now names another person: appointment `{id}` belongs to contact `{}`, the lead is \
                     contact `{contact}`; GHL cannot move it, so cancel this booking and book anew under another \
                     subject",
                    booking.contact_id
                ),
            }));
        }
        if input.is_empty() {
            self.answer(&step.name, &id);
            self.note_applied(&step.name, operation.key, Some(id), Outcome::Unchanged);
            return Ok(());
        }
        self.send_new(step, operation, input, None)
    }

    /// A change without a booking: a cancellation holds against whatever occurred before it, a new time waits.
    fn nothing_to_change(&mut self, step: &Step) -> Result<(), Stop> {
        if self.task.cancels() {
            let occurred_ms = self.row.occurred_ms(&self.task.event);
            let id = self.row.booking.as_ref().map(|booking| booking.appointment_id.clone());
            self.row.wanted = self.row.wanted.take().filter(|wanted| wanted.occurred_ms > occurred_ms);
            if id.is_none() {
                let message = "there is no booking of this subject; should it still arrive, it stays cancelled";
                self.warn(Warning::new("nothing-to-cancel", message));
            }
            self.note_applied(&step.name, &step.action, id, Outcome::Unchanged);
            return Ok(());
        }
        if self.row.booking.is_some() || self.row.cancelled_ms.is_some() {
            let message = "the booking is cancelled; book the visit again with `knocker.lead_booked`";
            return Err(Stop::refused("booking-cancelled", message));
        }
        self.remember_wanted();
        let message = "no booking of this subject has arrived yet; its new time is kept for it";
        Err(Stop::deferred(Reason::NoBooking, message, 60_000))
    }

    /// Sends a request that must not be sent twice, for the first time.
    fn send_new(
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
            step: step.name.clone(),
            action: operation.key.to_owned(),
            marker,
            input,
            attempts: 0,
            sent_until_ms: 0,
            looks: 0,
            taken: false,
        };
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
        self.save()?;
        match self.deliver(&request, operation.repeat) {
            Ok(Delivery::Done(reply)) => match appointment::Appointment::id_of(&reply) {
                Some(id) => {
                    self.effected(&intent, &id, Outcome::Done);
                    Ok(())
                }
                // Done, but what? That can only be read back.
                None => self.unknown(intent),
            },
            Ok(Delivery::Unknown(_)) => self.unknown(intent),
            Ok(Delivery::Refused(refusal)) => self.intent_refused(operation, &intent, &refusal),
            Err(stop) => {
                // This time it had no effect. What happened before is as unknown as it was.
                self.row.intent = (before.attempts > 0).then_some(before);
                Err(stop)
            }
        }
    }

    /// Nobody knows whether it was done. It surely left before now, so the settle time starts here.
    fn unknown(&mut self, mut intent: Intent) -> Result<(), Stop> {
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
        if created && self.row.doubted && refusal.kind == RefusalKind::SlotTaken && !intent.taken {
            // It is probably ours that has the slot, so this is no more known than before.
            let taken = Intent {
                taken: true,
                ..intent.clone()
            };
            return self.unknown(taken);
        }
        self.row.intent = None;
        match refusal.kind {
            RefusalKind::SlotTaken => Err(self.slot_taken(operation, intent, refusal)),
            RefusalKind::ContactMissing => {
                self.forget_contact();
                self.look_up_again(operation, refusal)
            }
            RefusalKind::CalendarMissing => {
                self.forget_calendar();
                match &self.task.choice {
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

    /// The slot is taken, and these are free.
    fn slot_taken(&mut self, operation: &'static Operation, intent: &Intent, refusal: &Refusal) -> Stop {
        let mut stop = self.refused(operation, refusal);
        if self.more_to_try {
            return stop;
        }
        let start = intent.input.get("startTime").and_then(Value::as_str);
        let past = start
            .and_then(|start| chrono::DateTime::parse_from_rfc3339(start).ok())
            .filter(|start| start.timestamp_millis() < i64::try_from(self.ledger.now_ms(self.host)).unwrap_or(0));
        if let Stop::Failed(Cause::Refused {
            code,
            message,
            alternatives,
            ..
        }) = &mut stop
        {
            *alternatives = self.alternatives(&intent.input);
            if let Some(past) = past {
                *code = "start-in-the-past".to_owned();
                *message = format!(
                    "the visit would begin in the past, at {}; choose another time",
                    past.to_rfc3339()
                );
            }
        }
        stop
    }

    /// The appointment of the subject does not exist any more. For a cancellation that is as good as done.
    pub(super) fn appointment_gone(&mut self, intent: &Intent) -> Result<(), Stop> {
        self.row.intent = None;
        let cancels = intent.input.get("appointmentStatus").and_then(Value::as_str) == Some(appointment::CANCELLED);
        let Some(booking) = &mut self.row.booking else {
            return Ok(());
        };
        booking.cancelled = true;
        let id = booking.appointment_id.clone();
        if cancels {
            self.note_applied_for(intent, &id, Outcome::Found);
            return Ok(());
        }
        let message = format!("appointment `{id}` was deleted in GHL; book the visit again to have a new one");
        Err(Stop::refused(RefusalKind::AppointmentMissing.code(), message))
    }

    /// Notes that the effect of an intent stands.
    pub(super) fn effected(&mut self, intent: &Intent, id: &str, outcome: Outcome) {
        let now = self.ledger.now_ms(self.host);
        let text = |name: &str| {
            intent
                .input
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if intent.action == appointment::CREATE.key {
            let mut booking = Booking {
                appointment_id: id.to_owned(),
                contact_id: text("contactId"),
                calendar_id: text("calendarId"),
                marker: intent.marker.clone().unwrap_or_default(),
                written: Default::default(),
                written_ms: now,
                cancelled: false,
            };
            booking.note_written(&intent.input, now);
            self.row.booking = Some(booking);
            if intent.attempts > 1 || self.row.doubted {
                self.row.watch = Some(Watch {
                    event_id: intent.event_id.clone(),
                    marker: intent.marker.clone().unwrap_or_default(),
                    input: intent.input.clone(),
                    until_ms: now + self.task.configuration.settle_ms,
                });
            }
            self.row.doubted = false;
            self.row.ordinal += 1;
        } else if let Some(booking) = &mut self.row.booking {
            booking.note_written(&intent.input, now);
        }
        self.row.intent = None;
        self.note_applied_for(intent, id, outcome);
        self.answer(&intent.step, id);
    }

    pub(super) fn note_applied_for(&mut self, intent: &Intent, id: &str, outcome: Outcome) {
        let seen = self.row.seen_mut(&intent.event_id);
        if let Some(seen) = seen.filter(|seen| seen.fingerprint == intent.fingerprint) {
            seen.apply(super::AppliedStep {
                name: intent.step.clone(),
                action: intent.action.clone(),
                id: Some(id.to_owned()),
                outcome,
            });
        }
    }

    pub(super) fn warn_for(&mut self, intent: &Intent, warning: Warning) {
        if let Some(seen) = self.row.seen_mut(&intent.event_id) {
            seen.warn(warning);
        }
    }

    /// The free slots nearest to the wanted one. That they cannot be read is no reason to hide the refusal.
    fn alternatives(&mut self, input: &Map<String, Value>) -> Vec<String> {
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        let booking = self.row.booking.as_ref().map(|booking| booking.calendar_id.clone());
        let Some(calendar) = text("calendarId").map(str::to_owned).or(booking) else {
            return Vec::new();
        };
        let start = text("startTime").and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
        let Some(start) = start.map(|start| start.timestamp_millis()) else {
            return Vec::new();
        };
        let now = i64::try_from(self.ledger.now_ms(self.host)).unwrap_or(0);
        let mut window = json!({
            "calendarId": calendar,
            "startDate": whole_minutes(now.max(start - BEFORE_MS)),
            "endDate": whole_minutes(now.max(start)) + AFTER_MS,
        });
        let zone = match &self.task.event.happening {
            Happening::LeadBooked(booked) => &booked.time_zone,
            Happening::BookingChanged(changed) => &changed.time_zone,
        };
        if let (Some(zone), Some(window)) = (zone, window.as_object_mut()) {
            window.insert("timezone".to_owned(), zone.clone().into());
        }
        let Ok(Ok(reply)) = self.try_read(&slot::LIST_FREE, &window) else {
            return Vec::new();
        };
        let mut slots = slot::read(&reply);
        // The wanted one may be free for a shorter visit only.
        slots.retain(|slot| slot.timestamp_millis() > now && slot.timestamp_millis() != start);
        slots.sort_unstable_by_key(|slot| (slot.timestamp_millis() - start).abs());
        slots
            .iter()
            .take(ALTERNATIVES)
            .map(chrono::DateTime::to_rfc3339)
            .collect()
    }

    /// A refusal for good, in GHL's words and in ours.
    pub(super) fn refused(&self, operation: &Operation, refusal: &Refusal) -> Stop {
        Stop::Failed(Cause::Refused {
            code: refusal.kind.code().to_owned(),
            message: format!("`{}`: {}", operation.key, refusal.kind.help(operation.scope)),
            reply: Some(refusal.words.clone()),
            alternatives: Vec::new(),
        })
    }

    /// The input of a step, as GHL gets it.
    pub(super) fn input(&self, step: &Step) -> Map<String, Value> {
        let input = step.input(&self.context).into_iter();
        input.map(|input| (input.name, input.value)).collect()
    }

    /// The request of an operation. That the input does not fit is a mistake in the recipe.
    pub(super) fn request(&self, operation: &'static Operation, input: &Map<String, Value>) -> Result<Request, Stop> {
        operation
            .request(input)
            .map_err(|wrong| Stop::refused("input-invalid", wrong.join("; ")))
    }

    /// The reference of the appointment that is made next.
    fn next_marker(&self, step: &str) -> String {
        let task = self.task;
        marker(
            &task.configuration.location_id,
            &task.event.subject,
            step,
            self.row.ordinal + 1,
        )
    }
}

/// An instant in milliseconds, without its seconds.
fn whole_minutes(ms: i64) -> i64 {
    ms - ms.rem_euclid(60_000)
}

fn refused_as(ended: &Result<(), Stop>, kind: RefusalKind) -> bool {
    matches!(ended, Err(Stop::Failed(Cause::Refused { code, .. })) if *code == kind.code())
}

/// What an update changes, compared with what we last wrote; nothing when that is nothing. Start and end go
/// together, for GHL reckons one from the other.
pub(super) fn changes(booking: &Booking, input: Map<String, Value>) -> Map<String, Value> {
    let changed = |name: &str| input.get(name).is_some_and(|value| !booking.has(name, value));
    let moved = changed("startTime") || changed("endTime");
    let kept: Map<String, Value> = input
        .iter()
        .filter(|(name, _)| match name.as_str() {
            "startTime" | "endTime" => moved,
            name => changed(name),
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if kept.is_empty() {
        return kept;
    }
    let beside = ["eventId", "toNotify"];
    let beside = beside
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), input.get(*name)?.clone())));
    kept.into_iter().chain(beside).collect()
}
