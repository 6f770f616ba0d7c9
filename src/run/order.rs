//! The order within an import: what the outcome of an event may depend on besides its subject.

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::task::Task;
use super::{keys, visits};
use crate::document::sort_short;
use crate::knock::{Happening, Slot};

/// How long a visit takes at most whose end the event does not say. GHL knows the length of its calendar's slots.
const LENGTH_UNSAID: TimeDelta = TimeDelta::hours(2);

/// How many hours of one visit are named.
const MOST_HOURS: i64 = 24;

const HOUR_S: i64 = 3_600;

/// Names of what an event shares with others: its contact, its household, and the hours in which somebody is to be free.
/// Whoever comes first has the visit, or the slot.
pub(super) fn keys(task: &Task) -> Vec<String> {
    let location = &task.configuration.location_id;
    let mut shared = task.contact_keys();
    shared.extend(visits::household_keys(task));
    for hour in slot(task).map(hours).unwrap_or_default() {
        shared.push(keys::hour(location, hour));
    }
    sort_short(&mut shared, |one, other| one < other);
    shared.dedup();
    shared
}

fn slot(task: &Task) -> Option<&Slot> {
    match &task.event.happening {
        Happening::LeadBooked(booked) => Some(&booked.slot),
        Happening::BookingChanged(changed) => changed.slot.as_ref(),
        Happening::Other(..) | Happening::Invoked => None,
    }
}

/// The hours that a visit reaches into. Two visits that overlap share one.
fn hours(slot: &Slot) -> std::ops::Range<i64> {
    let hour = |time: DateTime<FixedOffset>| time.timestamp().div_euclid(HOUR_S);
    let first = hour(slot.start);
    let end = slot.end.unwrap_or_else(|| slot.start + LENGTH_UNSAID);
    let last = hour(end - TimeDelta::milliseconds(1)).max(first);
    first..(last + 1).min(first + MOST_HOURS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slot(start_min: i64, length_min: Option<i64>) -> Slot {
        let time = |min: i64| DateTime::from_timestamp(min * 60, 0).unwrap().fixed_offset();
        Slot {
            start: time(start_min),
            end: length_min.map(|length| time(start_min + length)),
        }
    }

    fn share(one: &Slot, other: &Slot) -> bool {
        hours(one).any(|hour| hours(other).contains(&hour))
    }

    #[test]
    fn visits_one_after_the_other_share_no_hour() {
        assert!(!share(&slot(0, Some(60)), &slot(60, Some(60))));
        assert_eq!(hours(&slot(-30, Some(30))), -1..0);
        assert!(
            share(&slot(0, None), &slot(90, Some(30))),
            "a visit without an end may take two hours"
        );
    }

    proptest! {
        #[test]
        fn visits_that_overlap_share_an_hour(
            start in -10_000_i64..10_000, length in 1_i64..600, later in 0_i64..600, other in 1_i64..600,
        ) {
            prop_assume!(later < length);
            prop_assert!(share(&slot(start, Some(length)), &slot(start + later, Some(other))));
        }
    }
}
