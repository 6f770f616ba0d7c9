//! What else is free when a slot is taken.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::outcome::Cause;
use super::row::Intent;
use super::slots::nearest_first;
use super::stop::Stop;
use crate::api::Operation;
use crate::ghl::Refusal;
use crate::knock::Warning;

/// How many other free slots a refusal names.
const ALTERNATIVES: usize = 5;

/// How far around the wanted time other slots are looked for.
const BEFORE_MS: i64 = 24 * 60 * 60 * 1000;
const AFTER_MS: i64 = 7 * 24 * 60 * 60 * 1000;

impl Call<'_> {
    /// The slot is taken, and these are free.
    pub(super) fn slot_taken(&mut self, operation: &'static Operation, intent: &Intent, refusal: &Refusal) -> Stop {
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
        if let (Some(zone), Some(window)) = (self.task.event.zone(), window.as_object_mut()) {
            window.insert("timezone".to_owned(), zone.name().into());
        }
        let mut slots = match self.free_slots(&calendar, &window) {
            Ok(slots) => slots,
            Err(stop) => {
                let message = format!("what else is free could not be read: {}", stop.sentence());
                self.warn(Warning::new("no-alternatives", message));
                return Vec::new();
            }
        };
        // The wanted one may be free for a shorter visit only.
        slots.retain(|slot| slot.timestamp_millis() > now && slot.timestamp_millis() != start);
        let nearest = nearest_first(slots, start, ALTERNATIVES);
        nearest.iter().map(chrono::DateTime::to_rfc3339).collect()
    }
}

/// An instant in milliseconds, without its seconds.
fn whole_minutes(ms: i64) -> i64 {
    ms - ms.rem_euclid(60_000)
}
