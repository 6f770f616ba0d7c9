//! What took effect and could not be written to the ledger, because the call had lost its claim.

use serde_json::{Map, Value};

use super::call::Call;
use super::outcome::{Cause, Reason};
use super::row::{Intent, Row, Watch};
use super::stop::Stop;
use crate::ghl::{appointment, contact};
use crate::knock::Warning;
use crate::recipe::Step;

/// How long to wait when others change the subject at the same time.
const PAUSE_MS: u64 = 100;

/// How long an event waits whose call has lost its claim.
const AGAIN_MS: u64 = 1_000;

/// A request of this call that took effect, or may have, and of which the ledger does not know that.
#[derive(Debug)]
pub(super) struct Unsaved {
    event_id: String,
    step: String,
    action: String,
    marker: Option<String>,
    input: Map<String, Value>,
    /// The id of what it made or changed, as GHL answered it.
    id: Option<String>,
}

impl Unsaved {
    pub(super) fn of(intent: &Intent, id: Option<String>) -> Self {
        Self {
            event_id: intent.event_id.clone(),
            step: intent.step.clone(),
            action: intent.action.clone(),
            marker: intent.marker.clone(),
            input: intent.input.clone(),
            id,
        }
    }

    /// Of a request that may be repeated.
    pub(super) fn repeatable(event_id: &str, step: &Step, input: &Map<String, Value>, id: Option<String>) -> Self {
        Self {
            event_id: event_id.to_owned(),
            step: step.label.clone(),
            action: step.action.clone(),
            marker: None,
            input: input.clone(),
            id,
        }
    }

    /// Whether a row, as another call has left it, knows of it or will find it.
    fn is_known(&self, row: &Row) -> bool {
        let is_open = |intent: &Intent| {
            intent.event_id == self.event_id && intent.step == self.step && intent.marker == self.marker
        };
        if row.intent.as_ref().is_some_and(is_open) {
            return true;
        }
        let booked = row.booking.as_ref().map(|booking| &booking.appointment_id);
        let applied = row.seen(&self.event_id).and_then(|seen| seen.applied(&self.step));
        match (&self.id, &self.marker) {
            (Some(id), _) => booked == Some(id) || applied.is_some_and(|applied| applied.id.as_ref() == Some(id)),
            // Several could have been made, each with an id of its own.
            (None, Some(_)) => false,
            (None, None) => applied.is_some(),
        }
    }

    /// What it is, for people.
    fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("`{}` took effect late, as `{id}`", self.action),
            None => format!("`{}` may have taken effect late", self.action),
        }
    }
}

impl Call<'_> {
    /// Why a call ends that has lost its claim. What it has done all the same is cancelled by the next look or reported,
    /// for the call that took over cannot know of it.
    pub(super) fn lost(&mut self) -> Cause {
        let mut message = "this call was held up for so long that another one may have taken over".to_owned();
        if let Some(unsaved) = self.unsaved.take()
            && let Err(stop) = self.note_late_in_time(&unsaved)
        {
            message = format!(
                "{message}; {}, and that could not be noted ({}): look in GHL whether it is there twice, and cancel or \
                 delete what is too much",
                unsaved.name(),
                stop.sentence()
            );
        }
        Cause::Deferred {
            reason: Reason::Busy,
            message,
            after_ms: AGAIN_MS,
        }
    }

    /// Waits for the subject as long as there is time.
    fn note_late_in_time(&mut self, unsaved: &Unsaved) -> Result<(), Stop> {
        loop {
            let ended = self.note_late(unsaved);
            let pause = match &ended {
                Err(Stop::Again | Stop::Lost) => PAUSE_MS,
                Err(stop) => match stop.cause() {
                    Some(Cause::Deferred {
                        reason: Reason::Busy,
                        after_ms,
                        ..
                    }) if self.remaining_ms() > *after_ms => *after_ms,
                    _ => return ended,
                },
                Ok(()) => return ended,
            };
            if self.remaining_ms() <= pause {
                return Err(Stop::Again);
            }
            self.host.sleep_ms(pause);
        }
    }

    /// Takes the subject anew, and notes what took effect if what is known of the subject by now does not include it.
    fn note_late(&mut self, unsaved: &Unsaved) -> Result<(), Stop> {
        let row_key = self.task.row_key();
        let before = self.ledger.version(&row_key);
        self.ledger.forget_claim();
        self.ledger.load(self.host, self.task.keys())?;
        self.read_row()?;
        // Where nobody took over, the event goes on from here when it comes again.
        if self.ledger.version(&row_key) == before || unsaved.is_known(&self.row) {
            return Ok(());
        }
        let now = self.ledger.now_ms(self.host);
        self.row.see(&self.task.event, now);
        self.note_unsaved(unsaved, now)?;
        self.save_and_release()
    }

    fn note_unsaved(&mut self, unsaved: &Unsaved, now_ms: u64) -> Result<(), Stop> {
        let is_looked_for = unsaved.action == appointment::CREATE.key || unsaved.id.is_none();
        if let (Some(marker), true) = (&unsaved.marker, is_looked_for) {
            let is_free = |watch: &Watch| watch.marker == *marker;
            if !self.row.watch.as_ref().is_none_or(is_free) {
                return Err(Stop::deferred(
                    Reason::Busy,
                    "another look is to be taken first",
                    AGAIN_MS,
                ));
            }
            self.row.watch = Some(Watch {
                event_id: unsaved.event_id.clone(),
                marker: marker.clone(),
                input: unsaved.input.clone(),
                until_ms: match unsaved.id {
                    Some(_) => 0,
                    None => now_ms + self.task.configuration.settle_ms,
                },
                action: unsaved.action.clone(),
            });
            return Ok(());
        }
        if unsaved.action == contact::UPSERT.key {
            // What stands in GHL now may be older than what is remembered.
            for key in self.task.contact_keys() {
                self.ledger.forget(&key);
            }
        }
        let message = format!(
            "{}, after another call had taken over: look in GHL whether it is there twice, or older than what was \
             written since",
            unsaved.name()
        );
        if let Some(seen) = self.row.seen_mut(&unsaved.event_id) {
            seen.warn(Warning::new("took-effect-late", message));
        }
        Ok(())
    }
}
