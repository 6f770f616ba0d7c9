//! One more look, after a request had to be sent again: it makes sure that its effect stands once.

use super::call::Call;
use super::deliver::Delivery;
use super::look::Thoroughness;
use super::outcome::{Cause, Reason};
use super::row::Watch;
use super::settle::{FIRST_LOOK_MS, unreadable_end};
use super::stop::Stop;
use crate::api::Repeat;
use crate::document::object;
use crate::ghl::{RefusalKind, appointment};
use crate::knock::Warning;

/// How many copies of an appointment are cancelled at once.
const COPIES_AT_ONCE: usize = 20;

impl Call<'_> {
    /// Takes the look that makes sure that a request which had to be sent again stands once. Further copies are
    /// cancelled without telling anybody.
    pub(super) fn take_due_look(&mut self) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        let Some(watch) = self.row.watch.clone().filter(|watch| self.due_ms(watch, now) <= now) else {
            return Ok(());
        };
        let looked = match watch.action == appointment::CREATE.key {
            true => self.cancel_copies(&watch),
            false => self.report_copies(&watch),
        };
        match looked {
            Ok(()) => {
                self.row.watch = None;
                Ok(())
            }
            // What cannot be settled for one event is no reason to refuse another.
            Err(stop) => match stop.cause() {
                Some(Cause::Undecided { .. }) if watch.event_id != self.task.event.id => Ok(()),
                _ => Err(stop),
            },
        }
    }

    /// When the look is due.
    fn due_ms(&self, watch: &Watch, now_ms: u64) -> u64 {
        match watch.until_ms {
            0 => 0,
            until_ms => self
                .ledger
                .until_ms(until_ms, self.task.configuration.settle_ms, now_ms),
        }
    }

    fn cancel_copies(&mut self, watch: &Watch) -> Result<(), Stop> {
        let operation = &appointment::UPDATE;
        let look = self
            .look(&watch.marker, &watch.input, Thoroughness::Everywhere)
            .map_err(unreadable_end)?;
        let kept = self.row.booking.as_ref().map(|booking| booking.appointment_id.clone());
        let ours = look.ours.iter();
        let copies: Vec<_> = ours
            .filter(|copy| !copy.off() && Some(&copy.id) != kept.as_ref())
            .collect();
        for copy in copies.iter().take(COPIES_AT_ONCE) {
            let input = object([
                ("eventId", copy.id.clone().into()),
                ("appointmentStatus", appointment::CANCELLED.into()),
                ("toNotify", false.into()),
            ]);
            let request = self.request(operation, input.as_object().unwrap_or(&Default::default()))?;
            // It is known to be there, so cancelling it twice is cancelling it once.
            match self.deliver(&request, Repeat::Safe)? {
                Delivery::Done(_) => {}
                Delivery::Refused(refusal) if refusal.kind == RefusalKind::AppointmentMissing => {}
                Delivery::Refused(refusal) => {
                    return Err(Stop::undecided(
                        "duplicate-stands",
                        format!(
                            "a second copy of the appointment, `{}`, appeared, and GHL does not let it be cancelled: \
                             {}; cancel it in GHL and run the event again",
                            copy.id, refusal.words
                        ),
                    ));
                }
                Delivery::Unknown(why) => return Err(Stop::deferred(Reason::Unavailable, why, FIRST_LOOK_MS)),
            }
            self.advance_generation(&watch.input);
            let message = format!(
                "a second copy of the appointment, `{}`, appeared and was cancelled",
                copy.id
            );
            if let Some(seen) = self.row.seen_mut(&watch.event_id) {
                seen.warn(Warning::new("duplicate-cancelled", message));
            }
        }
        if copies.len() > COPIES_AT_ONCE {
            let message = "the appointment has so many copies that they cannot all be cancelled at once";
            return Err(Stop::deferred(Reason::Watching, message, FIRST_LOOK_MS));
        }
        Ok(())
    }

    /// An event is only done when the look for second copies was taken.
    pub(super) fn wait_for_look(&mut self) -> Result<(), Stop> {
        self.take_due_look()?;
        let now = self.ledger.now_ms(self.host);
        match &self.row.watch {
            Some(watch) if watch.event_id == self.task.event.id => {
                let message = "the request had to be sent again; one more look makes sure that it stands once";
                Err(Stop::deferred(
                    Reason::Watching,
                    message,
                    self.due_ms(watch, now).saturating_sub(now),
                ))
            }
            _ => Ok(()),
        }
    }
}
