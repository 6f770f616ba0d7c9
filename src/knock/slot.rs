//! When a visit takes place.

use chrono::{DateTime, FixedOffset, NaiveDateTime};

use super::known_zone::{KnownZone, Local};
use super::offset_rule::{Reading, unusual_hour};
use super::written_time::{Written, WrittenTimes};
use super::{Offsets, Warning};
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
        let end = end(data, zone, times, warnings);
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
        if zone.is_visit
            && let Some(message) = unusual_hour(start, zone.of_clocks())
        {
            warnings.push(Warning::at(data.pointer("startTime"), "unusual-hour", message));
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
    match written(data, name, times)? {
        Written::Local(local) => at_place(data, name, local, zone, warnings),
        Written::Instant { time, basis } => {
            let text = data.text(name)?;
            let begins = zone.is_visit && name == "startTime";
            match zone.offsets.reading(&text, time, basis, zone, begins) {
                Reading::Instant => Some(time),
                Reading::Place => at_place(data, name, time.naive_local(), zone, warnings),
                Reading::Trusted(message) => {
                    warnings.extend(message.map(|message| Warning::at(data.pointer(name), "offset-differs", message)));
                    Some(time)
                }
                Reading::Refused(message) => {
                    data.problem(name, "offset-differs", message);
                    None
                }
            }
        }
    }
}

/// When a visit ends. Whoever wrote both times wrote them alike: the end is read as the start is, and what is said of the
/// start counts for it.
fn end(
    data: &Object<'_>,
    zone: &KnownZone,
    times: &WrittenTimes,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    // A start that is no time is a problem already.
    let start = data.value("startTime").and_then(|start| times.read(start).ok());
    let offset = match start {
        Some(Written::Instant { time, .. }) if zone.contradicted_by(time).is_some() => Some(*time.offset()),
        _ => None,
    };
    let Some(offset) = offset else {
        return instant(data, "endTime", zone, times, warnings);
    };
    match written(data, "endTime", times)? {
        Written::Local(local) if zone.offsets != Offsets::Place => local.and_local_timezone(offset).single(),
        Written::Instant { time, .. } if matches!(zone.offsets, Offsets::Unset | Offsets::Trust) => Some(time),
        _ => instant(data, "endTime", zone, times, &mut Vec::new()),
    }
}

/// A time as it is written; nothing, with a problem, where it is none.
fn written(data: &Object<'_>, name: &'static str, times: &WrittenTimes) -> Option<Written> {
    let text = data.text(name)?;
    let read = times.read(data.value(name)?);
    read.map_err(|flaw| data.problem(name, flaw.code(), flaw.message(&text)))
        .ok()
}

/// The instant at which the clocks of the place show a time.
fn at_place(
    data: &Object<'_>,
    name: &'static str,
    local: NaiveDateTime,
    known: &KnownZone,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let text = data.text(name)?;
    let zone = match &known.local {
        Local::Is(zone) => zone,
        Local::Misspelt => return None,
        Local::Unnamed => {
            let message = format!(
                "`{text}` has no offset and no zone is known; add an offset, `timeZone` to the event, or where all visits \
                 are in one zone `time_zone` to the configuration"
            );
            data.problem(name, "no-zone", message);
            return None;
        }
    };
    match zone.local(local) {
        Some(LocalTime::Once(time)) => {
            for doubt in known.doubts(time) {
                if doubt.refuses {
                    data.problem(name, doubt.code, doubt.message.clone());
                    return None;
                }
                if name == "endTime" && data.value("startTime").is_some() {
                    continue;
                }
                warnings.push(Warning::at(data.pointer(name), doubt.code, doubt.message.clone()));
            }
            return Some(time);
        }
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
