//! When a visit takes place.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use serde_json::Value;

use super::Warning;
use super::known_zone::KnownZone;
use super::moment::{Fields, Moment, Moments};
use super::written_time::{Basis, Mark, Written, WrittenTimes, minutes};
use crate::document::Object;
use crate::readable::Clock;
use crate::zone::LocalTime;

const START: Fields = Fields {
    time: "startTime",
    date: "startDate",
};

const END: Fields = Fields {
    time: "endTime",
    date: "endDate",
};

/// The longest visit that is said in minutes, and what else a bare number may be: from hours to seconds.
const LONGEST_MINUTES: u32 = 24 * 60;
const BARE_MINUTES: std::ops::RangeInclusive<u32> = 5..=480;

/// When a visit takes place. Both times carry the offset that holds there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When it begins.
    pub start: DateTime<FixedOffset>,
    /// When it ends; absent: after the calendar's own slot length.
    pub end: Option<DateTime<FixedOffset>>,
}

impl Slot {
    /// Whether something is said of when it begins.
    pub(super) fn has_start(data: &Object<'_>) -> bool {
        data.value(START.time).is_some() || data.value(START.date).is_some()
    }

    /// The first field that says something of when it ends.
    pub(super) fn end_field(data: &Object<'_>) -> Option<&'static str> {
        let fields = [END.time, END.date, "durationMinutes", "duration"];
        fields.into_iter().find(|name| data.value(name).is_some())
    }

    /// Reads `startTime` and `endTime`, the days of both, and how long it takes; nothing when there is no usable start.
    pub(super) fn read(
        data: &Object<'_>,
        zone: &KnownZone,
        times: &WrittenTimes,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let moments = Moments { data, zone, times };
        let start_moment = moments.read(START, None, warnings);
        let start = start_moment.as_ref();
        let start = start.and_then(|moment| instant(data, moment, zone, warnings));
        let day = start_moment
            .zip(start)
            .map(|(moment, start)| day_of(&moment, start, zone));
        let end = moments.read(END, day, warnings);
        let end = end.and_then(|moment| instant(data, &moment, zone, warnings));
        let end_by_length =
            length(data, warnings).and_then(|(name, length)| Some((name, later(start?, length, zone)?)));
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
        if let (Some((name, by_length)), Some(end)) = (end_by_length, end)
            && by_length != end
        {
            let message = format!("would end the visit at {}; its end counts", by_length.to_rfc3339());
            warnings.push(Warning::at(data.pointer(name), "duration-differs", message));
        }
        Some(Self {
            start,
            end: end.or(end_by_length.map(|(_, end)| end)),
        })
    }
}

/// The day of a start, and the offset that it was written with: those of an end that is a time of day alone.
fn day_of(moment: &Moment, start: DateTime<FixedOffset>, zone: &KnownZone) -> (NaiveDate, Mark) {
    match (&moment.written, zone) {
        (
            Written::Instant {
                time,
                basis: Basis::Offset,
            },
            _,
        ) => (time.date_naive(), Mark::Offset(time.offset().local_minus_utc())),
        (Written::Local(local), _) => (local.date(), Mark::None),
        (_, KnownZone::Is(zone)) => (zone.at(start).date_naive(), Mark::None),
        _ => (start.date_naive(), Mark::None),
    }
}

/// How long a visit takes, in minutes, and the field that says so.
fn length(data: &Object<'_>, warnings: &mut Vec<Warning>) -> Option<(&'static str, u32)> {
    let mut found = None;
    for name in ["duration", "durationMinutes"] {
        let Some(value) = data.value(name) else { continue };
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let is_bare = text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let length = minutes(&text).filter(|minutes| match is_bare && name == "duration" {
            true => BARE_MINUTES.contains(minutes),
            false => *minutes <= LONGEST_MINUTES,
        });
        match length {
            Some(length) => found = Some((name, length)),
            None => {
                let message = format!("`{text}` is not a usable length of a visit; write it like `90 minutes`");
                warnings.push(Warning::at(data.pointer(name), "invalid-duration", message));
            }
        }
    }
    found
}

/// So many minutes later, with the offset that holds there then.
fn later(start: DateTime<FixedOffset>, minutes: u32, zone: &KnownZone) -> Option<DateTime<FixedOffset>> {
    let end = start.checked_add_signed(TimeDelta::try_minutes(minutes.into())?)?;
    Some(match zone {
        KnownZone::Is(zone) => zone.at(end),
        KnownZone::Unnamed | KnownZone::Misspelt => end,
    })
}

/// The time in one field.
pub(super) fn time(
    data: &Object<'_>,
    name: &'static str,
    zone: &KnownZone,
    times: &WrittenTimes,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let moments = Moments { data, zone, times };
    let moment = moments.read(Fields { time: name, date: "" }, None, warnings)?;
    instant(data, &moment, zone, warnings)
}

/// The instant of a time, by the zone where it has no offset.
fn instant(
    data: &Object<'_>,
    moment: &Moment,
    zone: &KnownZone,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let Moment { name, text, written } = moment;
    let local = match written {
        Written::Instant { time, basis } => {
            if *basis == Basis::OtherSeason && matches!(zone, KnownZone::Unnamed) {
                let message = format!(
                    "`{text}` has the abbreviation of another season, and no zone is known; write `{}` if that is meant",
                    time.to_rfc3339()
                );
                data.problem(name, "offset-differs", message);
                return None;
            }
            // Another offset than the zone's was meant by somebody. Once is enough.
            if let KnownZone::Is(zone) = zone
                && (START.time == *name && matches!(basis, Basis::Offset | Basis::OtherSeason))
                && !zone.has(time)
            {
                let message = format!("`{text}` has another offset than {}; the offset counts", zone.name());
                warnings.push(Warning::at(data.pointer(name), "offset-differs", message));
            }
            return Some(*time);
        }
        Written::Local(local) => *local,
        _ => return None,
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
