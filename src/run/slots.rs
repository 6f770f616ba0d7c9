//! Free slots: read once for all who ask at the same time, and kept for seconds.
//!
//! Each calendar has a row in the store whose version is its generation. It advances in the commit that stores what is
//! about to change a booking of that calendar, and again in the one that stores that it did. Slots are kept under the
//! generation that was there before they were read, and used as long as it is there still: they are never older than a
//! booking of ours. What others book they may not show yet, so no booking is decided by them; GHL decides. Where GHL
//! refuses one without saying why, slots that are read anew tell whether its time is taken.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::keys;
use super::stop::Stop;
use crate::ghl::slot;
use crate::record;
use crate::zone::Zone;

/// How long free slots are kept.
const KEPT_MS: u64 = 15_000;

/// Which free slots will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Those that were read a moment ago, too.
    Kept,
    /// Only what GHL says now: something is decided by them.
    New,
}

record! {
    /// Free slots as they were read.
    #[derive(Debug)]
    struct Kept {
        /// Version of the calendar's generation before they were read.
        generation: Option<u64>,
        /// RFC 3339.
        slots: Vec<String>,
    }
}

impl Call<'_> {
    /// The free slots of a calendar in a window. Who asks while somebody else reads the same waits for them, but not
    /// for longer than half of the time that is left.
    pub(super) fn free_slots(
        &mut self,
        calendar_id: &str,
        window: &Value,
        freshness: Freshness,
    ) -> Result<Vec<DateTime<FixedOffset>>, Stop> {
        let empty = Map::new();
        let request = self.request(&slot::LIST_FREE, window.as_object().unwrap_or(&empty))?;
        let location = &self.task.configuration.location_id;
        let generation = keys::generation(location, calendar_id);
        let slots = keys::slots(location, &request.target);
        let claim = keys::claim(&slots);
        // Whoever reads is waited for as long as a request may take.
        let claimed_ms = u64::from(self.task.configuration.request_timeout_ms);
        let patience_ms = self.remaining_ms() / 2;
        let (before, claimed) = loop {
            let wanted = vec![generation.clone(), slots.clone(), claim.clone()];
            self.ledger.read(self.host, wanted)?;
            let current = self.ledger.version(&generation);
            let kept: Option<Kept> = self.ledger.get(&slots);
            let is_current = |kept: &Kept| freshness == Freshness::Kept && kept.generation == current;
            if let Some(kept) = kept.filter(is_current) {
                self.uncounted.cache_hits += 1;
                let slots = kept.slots.iter().map(|slot| DateTime::parse_from_rfc3339(slot));
                return Ok(slots.filter_map(Result::ok).collect());
            }
            if self.ledger.claim_alone(self.host, &claim, claimed_ms)? {
                break (current, true);
            }
            let pause = 50 + self.host.random() % 200;
            if freshness == Freshness::New || self.remaining_ms() < patience_ms + pause {
                break (current, false);
            }
            self.host.sleep_ms(pause);
        };
        self.uncounted.cache_misses += 1;
        let reply = self.read(&slot::LIST_FREE, window);
        if claimed {
            self.ledger.forget(&claim);
        }
        let read = slot::read(&reply?, self.zone_of_slots(window).as_ref());
        let read = read.ok_or_else(|| unreadable(&slot::LIST_FREE))?;
        let kept = Kept {
            generation: before,
            slots: read.iter().map(DateTime::to_rfc3339).collect(),
        };
        self.ledger.cache(&slots, &kept, KEPT_MS);
        Ok(read)
    }

    /// The zone of the free slots that are asked for in a window.
    pub(super) fn zone_of_slots(&self, window: &Value) -> Option<Zone> {
        let asked = window.get("timezone").and_then(Value::as_str).and_then(Zone::named);
        asked.or_else(|| self.likely_zone())
    }

    /// A booking is about to change, or has changed: slots that were read before are not to be used any more. `input` is
    /// what is written to it.
    pub(super) fn advance_generation(&mut self, input: &Map<String, Value>) {
        let location = &self.task.configuration.location_id;
        let named = input.get("calendarId").and_then(Value::as_str);
        let booked = self.row.booking.as_ref().map(|booking| booking.calendar_id.as_str());
        for calendar_id in named.into_iter().chain(booked) {
            self.ledger.touch(&keys::generation(location, calendar_id));
        }
    }
}

/// So many of the slots that are nearest to an instant, the nearest first. The sort of the standard library takes 3 kB of
/// the component for each kind of entry.
pub(super) fn nearest_first(
    mut slots: Vec<DateTime<FixedOffset>>,
    to_ms: i64,
    most: usize,
) -> Vec<DateTime<FixedOffset>> {
    let mut nearest = Vec::new();
    let away = |slot: &DateTime<FixedOffset>| (slot.timestamp_millis() - to_ms).abs();
    while nearest.len() < most
        && let Some((place, _)) = slots.iter().enumerate().min_by_key(|(_, slot)| away(slot))
    {
        nearest.push(slots.remove(place));
    }
    nearest
}
