//! One call: reads the ledger, settles what is open, carries the recipe out, and leaves the ledger true.

use serde_json::{Map, Value};

use super::aspect::Aspect;
use super::host::Host;
use super::ledger::{Ledger, VALUE_LIMIT};
use super::outcome::{AppliedStep, Cause, Cost, Failure, Outcome, Progress, Reason, Receipt};
use super::retention::Kept;
use super::row::{Cancelled, Row, Wanted};
use super::seen::Seen;
use super::stop::Stop;
use super::task::Task;
use super::unsaved::Unsaved;
use crate::ghl::appointment;
use crate::knock::{Happening, Incoming, Warning};
use crate::recipe::{Context, Step};
use crate::zone::Zone;

/// How often a call starts over when others change what it read.
const ROUNDS: u32 = 20;

/// Carries an event out, at most once, whatever happened in earlier calls.
///
/// After `budget_ms` milliseconds no further request is begun.
///
/// # Errors
/// Why the event was not carried out, with everything that was done nevertheless. Only a deferred event can gain
/// from being handled again.
pub fn handle(
    host: &mut dyn Host,
    configuration_json: &str,
    incoming: &Incoming,
    budget_ms: u32,
) -> Result<Receipt, Failure> {
    let task = Task::read(configuration_json, incoming).map_err(|problems| Failure::Invalid { problems })?;
    Call::new(host, &task, budget_ms).run()
}

/// One call.
pub(super) struct Call<'a> {
    pub(super) host: &'a mut dyn Host,
    pub(super) task: &'a Task,
    pub(super) ledger: Ledger,
    pub(super) row: Row,
    pub(super) context: Context,
    started_ms: u64,
    budget_ms: u64,
    /// What is not in the row yet.
    pub(super) uncounted: Cost,
    /// What took effect and is not in the row yet.
    pub(super) unsaved: Option<Unsaved>,
    /// The requests of this call.
    pub(super) requests: u32,
    /// Whether the credential was renewed in this call.
    pub(super) renewed: bool,
    /// Whether something that was remembered turned out gone in this call, and was looked up again.
    pub(super) looked_up_again: bool,
    /// The calendar in which this call last looked for a booking that GHL refused.
    pub(super) looked_in: Option<String>,
    /// Whether another call was first to book where this one was about to.
    pub(super) has_met: bool,
    /// Whether a refusal is not the end: there is another way to try.
    pub(super) more_to_try: bool,
    /// Which calendar of those that the visit may go to is tried.
    pub(super) route: usize,
    /// Steps whose answers could not be read, although the recipe goes on.
    pub(super) unread: Vec<String>,
    /// What an action that was asked for by itself answered.
    pub(super) output: Option<Value>,
}

impl<'a> Call<'a> {
    /// A call that begins now.
    pub(super) fn new(host: &'a mut dyn Host, task: &'a Task, budget_ms: u32) -> Self {
        let started_ms = host.monotonic_ms();
        // A request that begins in the last instant of the budget may take its time.
        let claim_life_ms = u64::from(budget_ms) + u64::from(task.configuration.request_timeout_ms);
        Self {
            ledger: Ledger::new(task.row_key(), claim_life_ms),
            row: Row::default(),
            context: Context::new(&task.event, &task.configuration),
            task,
            host,
            started_ms,
            budget_ms: u64::from(budget_ms),
            uncounted: Cost::default(),
            unsaved: None,
            requests: 0,
            renewed: false,
            looked_up_again: false,
            looked_in: None,
            has_met: false,
            more_to_try: false,
            route: 0,
            unread: Vec::new(),
            output: None,
        }
    }
}

impl Call<'_> {
    /// Carries the event out.
    pub(super) fn run(&mut self) -> Result<Receipt, Failure> {
        for _ in 0..ROUNDS {
            match self.attempt() {
                Ok(receipt) => return Ok(receipt),
                Err(Stop::Again) => {
                    // Whoever else is there, or this subject itself, is read from now on.
                    self.has_met = true;
                    // Reading anew forgets that it was to be given back, and nobody else could go on, this call included.
                    if self.ledger.holds_shared() {
                        self.ledger.release(self.host);
                    }
                    let pause = 10 + self.host.random() % 90;
                    if self.remaining_ms() <= pause {
                        break;
                    }
                    self.host.sleep_ms(pause);
                }
                Err(Stop::Lost) => {
                    let cause = self.lost();
                    return Err(self.failure(cause));
                }
                Err(Stop::Failed(cause)) => return Err(self.leave(*cause)),
            }
        }
        Err(self.leave(Cause::Deferred {
            reason: Reason::Busy,
            message: "others keep changing what this event needs".to_owned(),
            after_ms: 1_000,
        }))
    }

    /// Keeps what was learnt if it can be kept; if not, the ledger holds the more careful truth. Others need not wait
    /// for the claim to end.
    fn leave(&mut self, cause: Cause) -> Failure {
        match self.save_and_release() {
            Ok(()) => self.failure(cause),
            Err(Stop::Lost) if self.unsaved.is_some() => {
                let cause = self.lost();
                self.failure(cause)
            }
            Err(_) => {
                self.ledger.release(self.host);
                self.failure(cause)
            }
        }
    }

    fn attempt(&mut self) -> Result<Receipt, Stop> {
        let loaded = self.ledger.load(self.host, self.task.keys());
        self.read_row()?;
        if let Some(mut receipt) = self.row.receipt(&self.task.event) {
            let id = &self.task.event.id;
            if self.row.watch.as_ref().is_none_or(|watch| watch.event_id != *id) {
                receipt.progress.warnings.extend(self.repeated("it changes nothing"));
                return Ok(receipt);
            }
            // A call that had lost the subject sent it late.
            loaded?;
            self.wait_for_look()?;
            self.save_and_release()?;
            return self.row.receipt(&self.task.event).ok_or(Stop::Again);
        }
        loaded?;
        self.refuse_used_key()?;
        let now = self.ledger.now_ms(self.host);
        let repeated = self.repeated("it counts as newer than that change");
        self.row.see(&self.task.event, now);
        if let Some(warning) = repeated {
            self.warn(warning);
        }
        self.note_cancellation(now);
        self.take_due_look()?;
        self.settle_intent()?;
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let wanted = self.row.wanted.take();
        self.row.wanted = wanted.filter(|wanted| wanted.expires_ms.is_none_or(|expires_ms| expires_ms > now));
        self.context = self.task.context(&self.row);
        for warning in self.task.warnings_of_time(&self.row)? {
            self.warn(warning);
        }
        if self.row.supersedes(&self.task.event) {
            self.supersede();
        } else {
            if let Some(warning) = self.task.warning_of_move(&self.row) {
                self.warn(warning);
            }
            self.carry_out()?;
            if self.task.cancels() {
                self.call_off(&|_| true)?;
            }
            if matches!(self.task.event.happening, Happening::LeadBooked(_)) {
                self.care_for_calendar()?;
            }
        }
        self.wait_for_look()?;
        self.finish()
    }

    /// What is worth knowing about an event without an id that came before, and after which its subject was changed: nothing
    /// tells whether it was delivered twice or happened twice.
    fn repeated(&self, and_so: &str) -> Option<Warning> {
        let event = &self.task.event;
        let is_derived = event.warnings.iter().any(|warning| warning.code == "id-derived");
        let was_done = self.row.seen(&event.id).is_some_and(|seen| seen.done);
        if !is_derived || !was_done || !self.row.supersedes(event) {
            return None;
        }
        let message = format!(
            "the same event came before, its subject was changed since, and it has no id that says whether it happened \
             again: {and_so}; check the visit, and let events carry an id"
        );
        Some(Warning::new("event-repeated", message))
    }

    pub(super) fn read_row(&mut self) -> Result<(), Stop> {
        let key = self.task.row_key();
        self.row = match self.ledger.row(&key) {
            Kept::Row(row) => *row,
            Kept::Unreadable => {
                let message = "the ledger row of this subject cannot be understood: is it of a newer version?";
                return Err(Stop::deferred(Reason::Host, message, 60_000));
            }
            Kept::Nothing => Row {
                subject: self.task.event.subject.clone(),
                ..Row::default()
            },
        };
        // Whoever may have sent it has given the subject back, or is gone: nothing leaves any more from now on.
        let now = self.ledger.now_ms(self.host);
        if let Some(intent) = &mut self.row.intent {
            intent.sent_until_ms = intent.sent_until_ms.min(now);
        }
        self.task.copy_booking(&self.ledger, &mut self.row);
        Ok(())
    }

    /// An event that a newer change made obsolete is done, without a request.
    fn supersede(&mut self) {
        // What else would have followed is not what the newer change is about.
        let changes = |step: &&Step| step.action == appointment::UPDATE.key;
        let acts = |step: &&Step| !step.action.is_empty() && step.for_each.is_none();
        let steps = || self.task.steps();
        let step = steps().find(changes).or_else(|| steps().rfind(acts));
        let Some(step) = step.or_else(|| steps().next_back()) else {
            return;
        };
        if self.seen().applied(&step.label).is_some() {
            return;
        }
        let id = self.row.booking.as_ref().map(|booking| booking.appointment_id.clone());
        self.note_applied(&step.label, &step.action, id, Outcome::Superseded);
    }

    /// A cancellation holds against whatever occurred before it, even while what it is about is still in doubt.
    fn note_cancellation(&mut self, now_ms: u64) {
        let event = &self.task.event;
        let counts = !self.task.recipes.is_empty() && !self.row.supersedes(event) && !self.expired(now_ms);
        if self.task.cancels() && counts {
            self.row.cancelled = Some(Cancelled {
                event_id: event.id.clone(),
                occurred_ms: self.row.occurred_ms(event),
            });
        }
    }

    fn expired(&self, now_ms: u64) -> bool {
        let expires_at = self.task.event.expires_at;
        expires_at.is_some_and(|expires_at| u64::try_from(expires_at.timestamp_millis()).unwrap_or(0) <= now_ms)
    }

    /// Nothing is begun for an event whose time is over.
    pub(super) fn refuse_expired(&mut self) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        let event = &self.task.event;
        match event.expires_at {
            Some(expires_at) if self.expired(now) => {
                // It was not done, so it does not hold.
                self.row.wanted = self.row.wanted.take().filter(|wanted| wanted.event_id != event.id);
                self.row.cancelled = self
                    .row
                    .cancelled
                    .take()
                    .filter(|cancelled| cancelled.event_id != event.id);
                Err(Stop::expired(expires_at))
            }
            _ => Ok(()),
        }
    }

    /// A key stands for one action with one input. Only what surely had no effect may be asked for again with another.
    fn refuse_used_key(&self) -> Result<(), Stop> {
        let event = &self.task.event;
        let used = |seen: &&Seen| {
            let open = self
                .row
                .intent
                .as_ref()
                .is_some_and(|intent| intent.event_id == seen.id);
            seen.fingerprint != event.fingerprint && (seen.done || seen.given_up || open)
        };
        match self.row.seen(&event.id).filter(used) {
            Some(_) if self.task.is_invocation() => {
                let message = "this key was used for another action or input of this subject; give another key";
                Err(Stop::refused("key-used", message))
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<Receipt, Stop> {
        let event = &self.task.event;
        self.keep_output();
        // Of what is switched off nothing was carried out that could make anything obsolete.
        if !self.task.recipes.is_empty() && !self.row.supersedes(event) {
            let occurred_ms = self.row.occurred_ms(event);
            match &event.happening {
                Happening::LeadBooked(booked) => {
                    self.row.changed_ms = Some(occurred_ms);
                    self.row.zone = booked.time_zone.clone();
                    self.row.consent = booked.lead.consent.clone().or(self.row.consent.take());
                    if let Some(wanted) = self.task.wanted(&self.row).cloned() {
                        self.row.note_aspect(Aspect::Time, wanted.occurred_ms);
                        let newer = chrono::DateTime::parse_from_rfc3339(&wanted.start).unwrap_or(booked.slot.start);
                        let message = format!(
                            "a newer change had come before this booking; it was made at the newer time, on {}, not on {}",
                            self.in_words(newer),
                            self.in_words(booked.slot.start)
                        );
                        self.warn(Warning::new("booked-at-newer-time", message));
                    }
                    self.row.wanted = None;
                }
                Happening::BookingChanged(changed) => {
                    if changed.tells_place {
                        self.row.zone = changed.time_zone.clone().or(self.row.zone.take());
                    }
                    for aspect in Aspect::of_change(changed) {
                        self.row.note_aspect(aspect, occurred_ms);
                    }
                    // A new time means that the visit takes place, whatever became of it at the time before.
                    if changed
                        .slot
                        .as_ref()
                        .is_some_and(|slot| slot.start.timestamp_millis() > occurred_ms)
                    {
                        self.row.note_aspect(Aspect::Status, occurred_ms);
                    }
                    let wanted = self.row.wanted.take();
                    self.row.wanted = wanted.filter(|wanted| wanted.occurred_ms > occurred_ms);
                }
                Happening::Other(trigger, fields) => {
                    for aspect in Aspect::of_fields(trigger, fields) {
                        self.row.note_aspect(aspect, occurred_ms);
                    }
                }
                Happening::Invoked => {}
            }
        }
        let visit = self.visit();
        if visit.is_some() && self.has_booking() && !self.row.supersedes(event) {
            self.row.visit.clone_from(&visit);
        }
        if let Some(seen) = self.row.seen_mut(&event.id) {
            seen.visit = visit;
            seen.done = true;
        }
        self.save_and_release()?;
        self.row.receipt(event).ok_or(Stop::Again)
    }

    /// Remembers that a newer event wants another time, for when the booking arrives.
    pub(super) fn remember_wanted(&mut self) {
        let Happening::BookingChanged(changed) = &self.task.event.happening else {
            return;
        };
        let occurred_ms = self.row.occurred_ms(&self.task.event);
        let newest = self
            .row
            .wanted
            .as_ref()
            .is_none_or(|wanted| wanted.occurred_ms <= occurred_ms);
        if let (Some(slot), true) = (self.task.new_slot(changed, &self.row), newest) {
            let expires_at = self.task.event.expires_at;
            self.row.wanted = Some(Wanted {
                expires_ms: expires_at.map(|expires_at| expires_at.timestamp_millis()),
                event_id: self.task.event.id.clone(),
                occurred_ms,
                start: slot.start.to_rfc3339(),
                end: slot.end.map(|end| end.to_rfc3339()),
            });
        }
    }

    /// Writes the row and all that is staged; before a request that must not be sent twice, this is rule three.
    pub(super) fn save(&mut self) -> Result<(), Stop> {
        let counted = self.stage_row();
        let saved = self.ledger.flush(self.host);
        self.saved(counted, saved)
    }

    pub(super) fn save_and_release(&mut self) -> Result<(), Stop> {
        let counted = self.stage_row();
        let saved = self.ledger.flush_and_release(self.host);
        self.saved(counted, saved)
    }

    fn stage_row(&mut self) -> Cost {
        let Some(seen) = self.row.seen_mut(&self.task.event.id) else {
            return Cost::default();
        };
        let counted = std::mem::take(&mut self.uncounted);
        seen.charge(counted);
        self.row.fit(VALUE_LIMIT, &self.task.event.id);
        self.keep_row();
        counted
    }

    /// The row is read anew after a conflict, so what was counted into it would be lost.
    fn saved(&mut self, counted: Cost, saved: Result<(), Stop>) -> Result<(), Stop> {
        match saved {
            Ok(()) => self.unsaved = None,
            Err(Stop::Again) => self.uncounted.add(counted),
            Err(_) => {}
        }
        saved
    }

    /// A request left, or may have left.
    pub(super) fn count_request(&mut self) {
        self.uncounted.requests += 1;
        self.requests += 1;
    }

    /// The zone of what GHL shows without an offset, where that is known. That of the event is where the visit is, and may
    /// be another: a booking is never judged by it.
    pub(super) fn calendar_zone(&self) -> Option<Zone> {
        self.task.configuration.settings.time_zone.clone()
    }

    /// The zone that is most likely that of what GHL shows without an offset.
    pub(super) fn likely_zone(&self) -> Option<Zone> {
        self.calendar_zone().or_else(|| self.task.event.zone())
    }

    /// What is left of the budget.
    pub(super) fn remaining_ms(&mut self) -> u64 {
        let used = self.host.monotonic_ms().saturating_sub(self.started_ms);
        self.budget_ms.saturating_sub(used)
    }

    /// What was done for the event so far.
    pub(super) fn seen(&self) -> Seen {
        let id = &self.task.event.id;
        let seen = self.row.seen(id).cloned();
        seen.unwrap_or_else(|| Seen::new(&self.task.event, u64::MAX))
    }

    pub(super) fn note_applied(&mut self, name: &str, action: &str, id: Option<String>, outcome: Outcome) {
        let now = self.ledger.now_ms(self.host);
        if let Some(seen) = self.row.seen_mut(&self.task.event.id) {
            let step = AppliedStep {
                name: name.to_owned(),
                action: action.to_owned(),
                id,
                outcome,
                answer: Map::new(),
                sent: None,
            };
            seen.apply(step, now);
        }
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        if let Some(seen) = self.row.seen_mut(&self.task.event.id) {
            seen.warn(warning);
        }
    }

    pub(super) fn failure(&self, cause: Cause) -> Failure {
        let mut progress: Progress = self.seen().progress();
        progress.cost.add(self.uncounted);
        progress.visit = self.visit().map(Box::new);
        Failure::Stopped { cause, progress }
    }
}
