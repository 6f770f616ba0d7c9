//! When a visit takes place.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use serde_json::Value;

use super::Warning;
use super::known_zone::KnownZone;
use super::moment::{Fields, Moment, Moments};
use super::written_time::{Basis, Mark, Written, WrittenTimes, minutes};
use crate::document::Object;
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
        let day = match start_moment.zip(start) {
            Some((moment, start)) => Some(day_of(&moment, start, zone)),
            // The start is a problem already, and of the end only its form counts.
            None if Self::has_start(data) => Some((NaiveDate::default(), Mark::Utc)),
            None => None,
        };
        let end = moments.read(END, day, warnings);
        let end = end.and_then(|moment| instant(data, &moment, zone, warnings));
        let end_by_length =
            length(data, warnings).and_then(|(name, length)| Some((name, later(start?, length, zone)?)));
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
                    "the abbreviation in `{text}` is not in use on that day, and no zone is known; write `{}`, or the \
                     offset that is meant",
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
            return Some(match (basis, zone) {
                (Basis::Epoch, KnownZone::Is(zone)) => zone.at(*time),
                _ => *time,
            });
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::{Document, Problems};
    use crate::knock::DateOrder;
    use crate::zone::Zone;

    /// The start, the end and the codes of what is wrong or worth knowing, of an event that occurred on June 2, 2030.
    fn read(data: Value) -> String {
        let times = WrittenTimes {
            date_order: Some(DateOrder::MonthFirst),
            occurred: DateTime::parse_from_rfc3339("2030-06-03T04:30:00Z").ok(),
            ..WrittenTimes::default()
        };
        read_in(data, &KnownZone::Is(Zone::named("America/Chicago").unwrap()), &times)
    }

    fn read_in(data: Value, zone: &KnownZone, times: &WrittenTimes) -> String {
        let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
        let object = Object::at(&data, "/data".to_owned(), &problems).unwrap();
        let slot = Slot::read(&object, zone, times, &mut warnings);
        let warnings: String = warnings.iter().map(|warning| format!(" {}", warning.code)).collect();
        match problems.or(slot) {
            Ok(Slot { start, end }) => {
                let end = end.map(|end| format!(" to {}", end.to_rfc3339()));
                format!("{}{}{warnings}", start.to_rfc3339(), end.unwrap_or_default())
            }
            Err(problems) => {
                let places = problems
                    .iter()
                    .map(|problem| format!("{}{}", problem.code, &problem.pointer[5..]));
                places.collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn a_time_in_two_fields_or_one_is_that_time() {
        let two = "2030-06-04T14:00:00-05:00";
        let table = [
            (json!({ "startDate": "6/4/2030", "startTime": "2:00 PM" }), two),
            (json!({ "startDate": 47638, "startTime": 0.583_333 }), two),
            (
                json!({ "startDate": "2030-06-04T00:00:00.000Z", "startTime": "14:00" }),
                two,
            ),
            (
                json!({ "startDate": "2030-06-04T05:00:00.000Z", "startTime": "14:00" }),
                two,
            ),
            (
                json!({ "startDate": "2030-06-04", "startTime": "1899-12-30T14:00:00" }),
                two,
            ),
            (
                json!({ "startDate": "2030-06-04", "startTime": "2030-06-04T14:00" }),
                two,
            ),
            (
                json!({ "startDate": "2030-06-04", "startTime": "2030-06-04T19:00Z" }),
                "2030-06-04T19:00:00+00:00",
            ),
            (json!({ "startDate": "2030-06-04 14:00" }), two),
            (
                json!({ "startDate": "June 4", "startTime": "2pm" }),
                "2030-06-04T14:00:00-05:00 relative-time",
            ),
            (
                json!({ "startDate": "Tuesday", "startTime": "2pm" }),
                "2030-06-04T14:00:00-05:00 relative-time",
            ),
            (
                json!({ "startTime": "tomorrow 2pm" }),
                "2030-06-03T14:00:00-05:00 relative-time",
            ),
            (
                json!({ "startDate": "2030-06-04", "startTime": "2:00 PM EDT" }),
                "2030-06-04T14:00:00-04:00 offset-differs",
            ),
            (json!({ "startDate": "6/4/2030" }), "missing-time/startTime"),
            (json!({ "startDate": "2030-06-04T00:00:00" }), "missing-time/startTime"),
            (
                json!({ "startDate": "2030-06-04T07:00:00Z", "startTime": "14:00" }),
                "invalid-date/startDate",
            ),
            (
                json!({ "startDate": "soon", "startTime": "14:00" }),
                "no-time/startDate",
            ),
            (
                json!({ "startDate": "2030-06-05", "startTime": "2030-06-04T14:00" }),
                "date-differs/startTime",
            ),
            (json!({ "startTime": "1899-12-30T14:00:00" }), "out-of-range/startTime"),
            (
                json!({ "startTime": "2pm", "endTime": "3pm" }),
                "missing-date/startTime",
            ),
            (json!({ "startTime": true }), "wrong-type/startTime"),
        ];
        for (data, expected) in table {
            assert_eq!(read(data.clone()), expected, "{data}");
        }
    }

    #[test]
    fn an_end_is_a_time_or_a_length() {
        let start = "2030-06-04T14:00";
        let to = |end: &str| format!("2030-06-04T14:00:00-05:00 to 2030-06-{end}-05:00");
        let table = [
            (json!({ "endTime": "3:30 PM" }), to("04T15:30:00")),
            (json!({ "endDate": "6/5/2030", "endTime": "1 AM" }), to("05T01:00:00")),
            (json!({ "durationMinutes": 90 }), to("04T15:30:00")),
            (json!({ "duration": "1:30" }), to("04T15:30:00")),
            (
                json!({ "duration": "90 minutes", "endTime": "15:30" }),
                to("04T15:30:00"),
            ),
            (
                json!({ "duration": "60", "endTime": "15:30" }),
                to("04T15:30:00") + " duration-differs",
            ),
            (json!({ "duration": 480 }), to("04T22:00:00")),
            (
                json!({ "duration": 481 }),
                "2030-06-04T14:00:00-05:00 invalid-duration".to_owned(),
            ),
            (
                json!({ "duration": 2 }),
                "2030-06-04T14:00:00-05:00 invalid-duration".to_owned(),
            ),
            (
                json!({ "endDate": "6/5/2030" }),
                "2030-06-04T14:00:00-05:00 field-not-used".to_owned(),
            ),
            (json!({ "endTime": "1 AM" }), "ends-before-start/endTime".to_owned()),
        ];
        for (mut data, expected) in table {
            data["startTime"] = start.into();
            assert_eq!(read(data.clone()), expected, "{data}");
        }
    }

    #[test]
    fn a_length_is_the_same_in_the_night_of_the_clock_change() {
        assert_eq!(
            read(json!({ "startTime": "2030-11-03T00:30", "durationMinutes": 120 })),
            "2030-11-03T00:30:00-05:00 to 2030-11-03T01:30:00-06:00"
        );
        assert_eq!(
            read(json!({ "startTime": "2030-03-10T01:30", "duration": "1 hour" })),
            "2030-03-10T01:30:00-06:00 to 2030-03-10T03:30:00-05:00"
        );
    }

    #[test]
    fn without_a_zone_an_end_has_the_offset_of_its_start() {
        let read = |data| read_in(data, &KnownZone::Unnamed, &WrittenTimes::default());
        assert_eq!(
            read(json!({ "startTime": "2030-06-04T14:00-05:00", "endTime": "3:30 PM" })),
            "2030-06-04T14:00:00-05:00 to 2030-06-04T15:30:00-05:00"
        );
        assert_eq!(read(json!({ "startTime": "tomorrow 2pm" })), "missing-date/startTime");
        assert_eq!(
            read(json!({ "startTime": "June 4, 2030 2pm CST" })),
            "offset-differs/startTime"
        );
        assert_eq!(read(json!({ "startTime": "June 4, 2030 2pm" })), "no-zone/startTime");
    }
}
