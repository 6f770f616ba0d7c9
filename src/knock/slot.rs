//! When a visit takes place.

use chrono::{DateTime, FixedOffset};

use super::Warning;
use super::known_zone::KnownZone;
use super::written_time::{Basis, Written, WrittenTimes};
use crate::document::Object;
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
    pub(super) fn read(
        data: &Object<'_>,
        zone: &KnownZone,
        times: &WrittenTimes,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let start = instant(data, "startTime", zone, times, warnings);
        let end = instant(data, "endTime", zone, times, warnings);
        let start = start?;
        if let Some(end) = end
            && end <= start
        {
            let message = format!(
                "ends at {}, not after its start {}",
                end.to_rfc3339(),
                start.to_rfc3339()
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
    times: &WrittenTimes,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let text = data.text(name)?;
    let local = match times.read(data.value(name)?) {
        Ok(Written::Instant { time, basis }) => {
            // Another offset than the zone's was meant by somebody. Once is enough.
            if let KnownZone::Is(zone) = zone
                && (name == "startTime" && basis == Basis::Offset)
                && !zone.has(&time)
            {
                let message = format!("`{text}` has another offset than {}; the offset counts", zone.name());
                warnings.push(Warning::at(data.pointer(name), "offset-differs", message));
            }
            return Some(time);
        }
        Ok(Written::Local(local)) => local,
        Err(flaw) => {
            data.problem(name, flaw.code(), flaw.message(&text));
            return None;
        }
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
