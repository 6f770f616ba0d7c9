//! What else is free when a slot is taken.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::call::Call;
use super::outcome::Cause;
use super::row::Intent;
use super::slots::{Freshness, nearest_first};
use super::stop::Stop;
use crate::api::Operation;
use crate::document::object;
use crate::ghl::Refusal;
use crate::knock::Warning;

/// How many other free slots a refusal names.
const ALTERNATIVES: usize = 5;

/// What else GHL may mean when it says that a slot is taken.
const OR_OUTSIDE: &str = "or lies outside the calendar's hours, notice or range";

/// How far around the wanted time other slots are looked for.
const BEFORE_MS: i64 = 24 * 60 * 60 * 1000;
const AFTER_MS: i64 = 7 * 24 * 60 * 60 * 1000;

impl Call<'_> {
    /// The slot is taken, and these are free: `free` if those around it were read already.
    pub(super) fn slot_taken(
        &mut self,
        operation: &'static Operation,
        intent: &Intent,
        refusal: &Refusal,
        free: Option<Vec<DateTime<FixedOffset>>>,
    ) -> Stop {
        let mut stop = self.refused(operation, refusal);
        let start = start_of(&intent.input);
        let taken = start.map(|start| format!("{} is taken", self.in_words(start)));
        if let (Some(Cause::Refused { message, .. }), Some(taken)) = (stop.cause_mut(), &taken) {
            message.clone_from(taken);
        }
        if self.more_to_try {
            return stop;
        }
        let now = i64::try_from(self.ledger.now_ms(self.host)).unwrap_or(0);
        if let Some(Cause::Refused {
            code,
            message,
            alternatives,
            ..
        }) = stop.cause_mut()
        {
            if let Some(start) = start {
                // That they cannot be read is no reason to hide the refusal.
                let free = free.filter(|free| !free.is_empty());
                let free = free.or_else(|| self.free_around(&intent.input, None, Freshness::Kept));
                let nearest = nearest(free.unwrap_or_default(), start, now);
                let taken = taken.unwrap_or_default();
                *message = self.with_free(format!("{taken}, {OR_OUTSIDE}"), &nearest);
                *alternatives = nearest.iter().map(DateTime::to_rfc3339).collect();
            }
            if let Some(past) = start.filter(|start| start.timestamp_millis() < now) {
                *code = "start-in-the-past".to_owned();
                *message = format!(
                    "the visit would begin in the past, on {}; choose another time",
                    self.in_words(past)
                );
            }
        }
        stop
    }

    /// A sentence about a time that is not free, with times that are.
    fn with_free(&self, sentence: String, free: &[DateTime<FixedOffset>]) -> String {
        let free: Vec<_> = free.iter().map(|slot| self.moment(*slot)).collect();
        match free.is_empty() {
            true => sentence + "; choose another time",
            false => format!("{sentence}; free nearby: {}", free.join("; ")),
        }
    }

    /// The free slots around the time that `input` names, of one member of the team or of all; nothing when they cannot be
    /// read.
    pub(super) fn free_around(
        &mut self,
        input: &Map<String, Value>,
        user: Option<&str>,
        freshness: Freshness,
    ) -> Option<Vec<DateTime<FixedOffset>>> {
        let calendar = self.calendar_of(input)?;
        let start = start_of(input)?.timestamp_millis();
        let now = i64::try_from(self.ledger.now_ms(self.host)).unwrap_or(0);
        let mut window = object([
            ("calendarId", calendar.clone().into()),
            ("startDate", whole_minutes(now.max(start - BEFORE_MS)).into()),
            ("endDate", (whole_minutes(now.max(start)) + AFTER_MS).into()),
        ]);
        let zone = self.task.event.zone().map(|zone| zone.name().to_owned());
        if let Some(window) = window.as_object_mut() {
            let more = [("timezone", zone), ("userId", user.map(str::to_owned))];
            let more = more
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
            window.extend(more);
        }
        match self.free_slots(&calendar, &window, freshness) {
            Ok(slots) => Some(slots),
            Err(stop) => {
                let message = format!("the free slots could not be read: {}", stop.sentence());
                self.warn(Warning::new("no-alternatives", message));
                None
            }
        }
    }

    /// The calendar that `input` is about: that of the booking, if it names none.
    pub(super) fn calendar_of(&self, input: &Map<String, Value>) -> Option<String> {
        let named = input.get("calendarId").and_then(Value::as_str).map(str::to_owned);
        let booking = self.row.booking.as_ref();
        named.or_else(|| booking.map(|booking| booking.calendar_id.clone()))
    }
}

/// The start of the visit that `input` writes.
pub(super) fn start_of(input: &Map<String, Value>) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(input.get("startTime")?.as_str()?).ok()
}

/// The slots nearest to the wanted one, which may be free for a shorter visit only.
fn nearest(
    mut free: Vec<DateTime<FixedOffset>>,
    wanted: DateTime<FixedOffset>,
    now_ms: i64,
) -> Vec<DateTime<FixedOffset>> {
    free.retain(|slot| slot.timestamp_millis() > now_ms && *slot != wanted);
    nearest_first(free, wanted.timestamp_millis(), ALTERNATIVES)
}

/// An instant in milliseconds, without its seconds.
fn whole_minutes(ms: i64) -> i64 {
    ms - ms.rem_euclid(60_000)
}
