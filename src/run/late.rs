//! A change that comes long after it was agreed, from a phone without a network for instance: what others did in GHL since
//! then is newer, and stays.

use serde_json::{Map, Value, json};

use super::calendar::unreadable;
use super::call::Call;
use super::outcome::Outcome;
use super::row::Booking;
use super::settle::as_remembered;
use super::stop::Stop;
use crate::api::Operation;
use crate::ghl::appointment::{self, Appointment, CANCELLED};
use crate::knock::{Event, Warning};
use crate::recipe::Step;

impl Call<'_> {
    /// What is left of a change when newer edits in GHL stay; nothing when that is nothing, and the step is done with.
    pub(super) fn without_newer_edits(
        &mut self,
        step: &Step,
        operation: &'static Operation,
        booking: &Booking,
        mut input: Map<String, Value>,
    ) -> Result<Option<Map<String, Value>>, Stop> {
        let occurred_ms = self.row.occurred_ms(&self.task.event);
        let Some(found) = self.edited_since(booking, occurred_ms)? else {
            return Ok(Some(input));
        };
        // What GHL does not tell, nobody can have seen and changed.
        let told = |name: &str| found.fields.get(name).is_some();
        let theirs: Vec<String> = booking
            .written
            .iter()
            .filter(|(name, before)| told(name) && !as_remembered(&found, name, before))
            .map(|(name, _)| name.clone())
            .collect();
        let cancels = input.get("appointmentStatus").and_then(Value::as_str) == Some(CANCELLED);
        if (cancels && !theirs.is_empty()) || (found.off() && !cancels) {
            input.clear();
        }
        // Start and end are one.
        let is_time = |name: &str| matches!(name, "startTime" | "endTime");
        let moved = theirs.iter().any(|name| is_time(name));
        let said = input.len();
        let is_theirs = |name: &String| theirs.contains(name) || (moved && is_time(name));
        input.retain(|name, _| !is_theirs(name));
        if said == input.len() && said > 0 {
            return Ok(Some(input));
        }
        self.take_over(&found, theirs.iter().map(String::as_str));
        let message = format!(
            "appointment `{}` was edited in GHL after this change was agreed; the edit stays",
            found.id
        );
        self.warn(Warning::new("edited-in-ghl", message));
        if input.keys().all(|name| matches!(name.as_str(), "eventId" | "toNotify")) {
            self.note_applied(&step.label, operation.key, Some(found.id), Outcome::KeptTheirs);
            self.answer(&step.label);
            return Ok(None);
        }
        Ok(Some(input))
    }

    /// The appointment, if the event comes late and somebody wrote to the appointment after it occurred.
    fn edited_since(&mut self, booking: &Booking, occurred_ms: i64) -> Result<Option<Appointment>, Stop> {
        let now = i64::try_from(self.ledger.now_ms(self.host)).unwrap_or(i64::MAX);
        let late_ms = i64::try_from(self.task.configuration.late_ms).unwrap_or(i64::MAX);
        if self.task.event.occurred_ms == Event::NOW_MS || now.saturating_sub(occurred_ms) <= late_ms {
            return Ok(None);
        }
        let asked = json!({ "eventId": booking.appointment_id });
        let operation = &appointment::GET;
        let what = "whether somebody edited the appointment in GHL after this change was agreed";
        let Some(reply) = self.look_up(operation, &asked, what)? else {
            return Ok(None);
        };
        let found = Appointment::read_one(&reply).ok_or_else(|| unreadable(operation))?;
        let updated = found.instant("dateUpdated");
        let is_newer = updated.is_some_and(|updated| updated.timestamp_millis() > occurred_ms);
        Ok(is_newer.then_some(found))
    }
}
