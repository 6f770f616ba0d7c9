//! When a visit takes place.

use chrono::{DateTime, FixedOffset};

use super::Warning;
use super::known_zone::KnownZone;
use super::written_time::{with_offset, without_offset};
use crate::document::Object;
use crate::readable::Clock;
use crate::zone::LocalTime;

/// When a visit takes place. Both times carry the offset that holds there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When it begins.
    pub start: DateTime<FixedOffset>,
    /// When it ends; absent: after the calendar's own slot length.
    pub end: Option<DateTime<FixedOffset>>,
}

impl Slot {
    /// Reads `startTime` and `endTime`; nothing when there is no usable start.
    pub(super) fn read(data: &Object<'_>, zone: &KnownZone, warnings: &mut Vec<Warning>) -> Option<Self> {
        let start = instant(data, "startTime", zone, warnings);
        let end = instant(data, "endTime", zone, warnings);
        let start = start?;
        if let Some(end) = end
            && end <= start
        {
            let there = match zone {
                KnownZone::Is(zone) => Some(zone),
                KnownZone::Unnamed | KnownZone::Misspelt => None,
            };
            let clock = Clock::new(there, None);
            let message = format!(
                "ends on {}, not after its start on {}",
                clock.full(end),
                clock.full(start)
            );
            data.problem("endTime", "ends-before-start", message);
        }
        Some(Self { start, end })
    }
}

/// The instant that stands in a field, by the zone where it has no offset.
pub(super) fn instant(
    data: &Object<'_>,
    name: &'static str,
    zone: &KnownZone,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let text = data.text(name)?;
    if let Some(time) = with_offset(&text) {
        // UTC is how programs write times; another offset than the zone's was meant by somebody. Once is enough.
        let said_by_somebody = name == "startTime" && time.offset().local_minus_utc() != 0;
        if let KnownZone::Is(zone) = zone
            && said_by_somebody
            && !zone.has(&time)
        {
            let message = format!("`{text}` has another offset than {}; the offset counts", zone.name());
            warnings.push(Warning::at(data.pointer(name), "offset-differs", message));
        }
        return Some(time);
    }
    let Some(local) = without_offset(&text) else {
        let message = format!("`{text}` is no time; write it like `2030-06-03T10:00:00-05:00`");
        data.problem(name, "no-time", message);
        return None;
    };
    let zone = match zone {
        KnownZone::Is(zone) => zone,
        KnownZone::Misspelt => return None,
        KnownZone::Unnamed => {
            let message = format!(
                "`{text}` has no offset and no zone is known; add an offset, `timeZone` to the event, or where all visits \
                 are in one zone `time_zone` to the configuration"
            );
            data.problem(name, "no-zone", message);
            return None;
        }
    };
    match zone.local(local) {
        Some(LocalTime::Once(time)) => return Some(time),
        Some(LocalTime::Never { before, after }) => {
            let message = format!(
                "`{text}` does not exist in {}: the clock goes from {} to {}; write the time that was meant",
                zone.name(),
                before.time(),
                after.time(),
            );
            data.problem(name, "time-does-not-exist", message);
        }
        Some(LocalTime::Twice(first, second)) => {
            let message = format!(
                "`{text}` exists twice in {}; write `{}` or `{}`",
                zone.name(),
                first.to_rfc3339(),
                second.to_rfc3339()
            );
            data.problem(name, "time-exists-twice", message);
        }
        None => {
            let message = format!("`{text}` is out of range");
            data.problem(name, "no-time", message);
        }
    }
    None
}
