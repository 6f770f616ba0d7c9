//! What a store does not know that was put back from a copy: all that was done after the copy was made.
//!
//! So a request that must not be repeated counts as one whose answer was lost when the store was put back, wherever the
//! row may be older than the truth: it is read back first, when the settle time is over, and only sent when there is
//! nothing to be found. That costs a booking two requests, and a change one.

use super::call::Call;
use super::outcome::Reason;
use super::row::{Intent, Row};
use super::stop::Stop;
use crate::api::{Operation, Repeat};
use crate::catalog;
use crate::ghl::appointment::{self, Appointment};
use crate::knock::{Event, Warning};
use crate::recipe::Step;

/// How long the booking of a subject that is new to the store is looked for, whenever its event occurred: it may correct
/// one that was lost with the store. Visits are agreed for the coming days or weeks, so by then those have taken place.
/// An event that occurred before the store was put back is looked for as long as it comes.
const LOOKED_FOR_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// Whether an action for an event may have been carried out, for all that the row of a store knows that was put back at
/// `restored_ms`.
pub(super) fn perhaps_done(row: &Row, event: &Event, action: &str, restored_ms: Option<u64>, now_ms: u64) -> bool {
    let Some(restored_ms) = restored_ms else {
        return false;
    };
    let before = occurred_before(row, event, restored_ms);
    if action == appointment::CREATE.key {
        let looked = row.looked_ms.is_some_and(|looked_ms| looked_ms > restored_ms);
        return !looked && (before || now_ms < restored_ms + LOOKED_FOR_MS);
    }
    // A change that was agreed since surely was not made before, and a booking that was written since is as we know it.
    let older = |row: &Row| {
        row.booking
            .as_ref()
            .is_some_and(|booking| booking.written_ms <= restored_ms)
    };
    if action == appointment::UPDATE.key {
        return before && older(row);
    }
    // Whatever else leaves something that can be read back may have been made under the same key.
    let read_back = catalog::operation(action).is_some_and(|operation| matches!(operation.repeat, Repeat::ReadBack(_)));
    read_back && (before || now_ms < restored_ms + LOOKED_FOR_MS)
}

fn occurred_before(row: &Row, event: &Event, restored_ms: u64) -> bool {
    row.occurred_ms(event) <= i64::try_from(restored_ms).unwrap_or(i64::MAX)
}

impl Call<'_> {
    /// Whether an operation for the event may have been carried out, for all that the store knows.
    pub(super) fn perhaps_done(&mut self, operation: &Operation) -> bool {
        let (now, restored_ms) = (self.ledger.now_ms(self.host), self.ledger.restored_ms());
        perhaps_done(&self.row, &self.task.event, operation.key, restored_ms, now)
    }

    /// Reads back what may have been done already, and sends it if it was not.
    pub(super) fn settle_lost(&mut self, mut intent: Intent) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        if let Some(until) = self.restless_until(now) {
            let message = "the store was put back from a copy; what was done since the copy will show soon";
            return Err(Stop::deferred(Reason::Settling, message, until - now));
        }
        intent.sent_until_ms = self.ledger.restored_ms().unwrap_or_default();
        let step = intent.step.clone();
        self.settle(intent)?;
        if self.seen().applied(&step).is_some() {
            return Ok(());
        }
        // There is a booking now that was not known: the event changes it.
        self.save()?;
        Err(Stop::Again)
    }

    /// A cancellation finds no booking, but there may be one.
    pub(super) fn warn_of_lost_booking(&mut self, step: &Step) {
        let now = self.ledger.now_ms(self.host);
        let restored_ms = self.ledger.restored_ms();
        if perhaps_done(&self.row, &self.task.event, appointment::CREATE.key, restored_ms, now) {
            let message = format!(
                "the store was put back from a copy: if the visit was booked after that copy was made, look for `{}` in \
                 GHL and cancel it there",
                self.task.next_marker(&self.row, &step.label)
            );
            self.warn(Warning::new("perhaps-booked", message));
        }
    }

    /// Until when requests from before the store was put back may take effect or show.
    pub(super) fn restless_until(&self, now_ms: u64) -> Option<u64> {
        let restored_ms = self.ledger.restored_ms()?;
        Some(restored_ms + self.task.configuration.settle_ms).filter(|until| *until > now_ms)
    }

    /// The booking was there. An event from before is done; a newer one changes what its predecessor had made, of which
    /// nothing is known but that it is ours.
    pub(super) fn adopt(&mut self, intent: &Intent, found: &Appointment) {
        let before = occurred_before(&self.row, &self.task.event, intent.sent_until_ms);
        if before {
            self.effect_found(intent, found);
        } else {
            self.link(intent, &found.id);
            self.row.intent = None;
        }
        if let Some(booking) = &mut self.row.booking {
            // Later changes may have been lost, too.
            booking.written_ms = intent.sent_until_ms;
            if !before {
                booking.written.clear();
                booking.shown.clear();
                booking.cancelled = found.off();
                for (name, kept) in [
                    ("contactId", &mut booking.contact_id),
                    ("calendarId", &mut booking.calendar_id),
                ] {
                    *kept = found.text(name).unwrap_or_else(|| std::mem::take(kept));
                }
            }
        }
    }
}
