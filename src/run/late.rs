//! A change that comes long after it was agreed, from a phone without a network for instance: what others did in GHL since
//! then is newer, and stays.

use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::look_up::CANNOT_LOOK;
use super::outcome::Outcome;
use super::row::Booking;
use super::stop::Stop;
use crate::api::Operation;
use crate::document::{keep_fields, object};
use crate::ghl::appointment::{self, Appointment, CANCELLED};
use crate::ghl::shown::{self, Likeness};
use crate::knock::{Event, Warning};
use crate::recipe::Step;

/// The field of the status.
const STATUS: &str = "appointmentStatus";

/// What the office sets when a visit is over.
const OVER: [&str; 3] = ["showed", "noshow", "completed"];

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
        let zone = self.calendar_zone();
        let is_about_time = |name: &str| shown::is_time(name) || name == STATUS;
        let start = booking.compare("startTime", &found, zone.as_ref());
        let hides_start = start == Some(Likeness::NotShown) && !shows_local_start(booking, &found);
        if hides_start && input.keys().any(|name| is_about_time(name)) {
            return Err(start_not_shown(&found));
        }
        let theirs = self.edited_fields(booking, &found);
        let cancels = input.get(STATUS).and_then(Value::as_str) == Some(CANCELLED);
        let is_off = found.off() && !cancels;
        if !theirs.is_empty() || is_off {
            // A read that is older than what we wrote last looks like an edit.
            self.wait_until_reads_are_new("whether the appointment was edited in GHL will show soon")?;
        }
        // Start and end are one, and a new time means that the visit takes place.
        let moved = theirs.iter().any(|name| shown::is_time(name));
        if is_off || (cancels && moved) {
            input.clear();
        }
        let before = input.len();
        let is_theirs = |name: &str| theirs.iter().any(|edited| edited == name) || (moved && shown::is_time(name));
        keep_fields(&mut input, &|name, _| !is_theirs(name));
        if before == input.len() && before > 0 {
            return Ok(Some(input));
        }
        let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
        self.take_over(&found, &theirs);
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

    /// The fields that somebody else has written since we did. What GHL does not show, nobody can have seen and changed.
    fn edited_fields(&self, booking: &Booking, found: &Appointment) -> Vec<String> {
        let zone = self.calendar_zone();
        let mut edited = Vec::new();
        for name in booking.known_fields() {
            if booking.compare(name, found, zone.as_ref()) == Some(Likeness::Differs) {
                edited.push(name.clone());
            }
        }
        let is_over = found.status().is_some_and(|status| OVER.contains(&status.as_str()));
        if is_over && !booking.written.contains_key(STATUS) {
            edited.push(STATUS.to_owned());
        }
        edited
    }

    /// The appointment, if the event comes late and somebody may have written to the appointment after it occurred.
    fn edited_since(&mut self, booking: &Booking, occurred_ms: i64) -> Result<Option<Appointment>, Stop> {
        let now = i64::try_from(self.ledger.now_ms(self.host)).unwrap_or(i64::MAX);
        let late_ms = i64::try_from(self.task.configuration.late_ms).unwrap_or(i64::MAX);
        if self.task.event.occurred_ms == Event::NOW_MS || now.saturating_sub(occurred_ms) <= late_ms {
            return Ok(None);
        }
        let asked = object([("eventId", booking.appointment_id.clone().into())]);
        let operation = &appointment::GET;
        let what = "whether somebody edited the appointment in GHL after this change was agreed";
        let Some(reply) = self.look_up(operation, &asked, what)? else {
            return Ok(None);
        };
        let found = Appointment::read_one(&reply).ok_or_else(|| unreadable(operation))?;
        let updated = found.instant("dateUpdated", self.calendar_zone().as_ref());
        // Where GHL does not say when it was written last, its fields alone decide.
        let is_newer = updated.is_none_or(|updated| updated.timestamp_millis() > occurred_ms);
        Ok(is_newer.then_some(found))
    }
}

/// Whether the start shows as the local time that was written, in a zone that is not known. Nobody moves a visit by just
/// what two zones are apart.
fn shows_local_start(booking: &Booking, found: &Appointment) -> bool {
    let (written, shown) = (booking.written.get("startTime"), found.field("startTime"));
    matches!((written, shown), (Some(written), Some(shown)) if shown::is_same_local_time(written, shown))
}

/// Whether the office moved the visit does not show, so nobody can say whose word counts.
fn start_not_shown(found: &Appointment) -> Stop {
    let message = format!(
        "whether appointment `{}` was moved in GHL after this change was agreed cannot be seen: GHL shows no start, or one \
         without an offset; set `time_zone` in the configuration to the location's, or look in GHL, and run the event \
         again",
        found.id
    );
    Stop::undecided(CANNOT_LOOK, message)
}
