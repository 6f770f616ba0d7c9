//! When a visit takes place.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Map, Value};

use super::known_zone::{KnownZone, Local};
use super::moment::{Fields, Moment, Moments};
use super::offset_rule::{Reading, clock, unusual_hour};
use super::warning::{warn, warn_at};
use super::written_time::{Basis, Flaw, Mark, Written, WrittenTimes, minutes, not_once};
use super::{Offsets, Settings, Warning};
use crate::document::{Document, Object, Problems};
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

/// The code of a warning about a visit that begins before it is agreed.
pub const START_IN_THE_PAST: &str = "start-in-the-past";

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

    /// Whether it begins at a local time, or at one that is read as such.
    pub(super) fn is_local(data: &Object<'_>, settings: &Settings) -> bool {
        let read = data.value(START.time).map(|time| settings.times.read_any(time));
        match read {
            Some(Ok((Written::Instant { .. }, _))) => settings.offsets == Offsets::Place,
            _ => true,
        }
    }

    /// What is said of it, as it was written.
    pub(super) fn said(data: &Object<'_>) -> Map<String, Value> {
        let mut said = Map::new();
        for name in [
            START.time,
            START.date,
            END.time,
            END.date,
            "durationMinutes",
            "duration",
            "timeZone",
        ] {
            said.extend(data.value(name).map(|value| (name.to_owned(), value.clone())));
        }
        said
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
        let (start_moment, there) = own_zone_judged(data, start_moment, zone, warnings);
        let zone = there.as_ref().unwrap_or(zone);
        let start = start_moment.as_ref();
        let start = start.and_then(|moment| instant(data, moment, zone, warnings));
        let end = match start {
            Some(start) if zone.is_visit => usable_end(data, start_moment.as_ref(), start, zone, times, warnings),
            _ => read_end(data, start_moment.as_ref(), start, zone, times, warnings),
        };
        let end_by_length =
            length(data, warnings).and_then(|(name, length)| Some((name, later(start?, length, zone)?)));
        let start = start?;
        if zone.is_visit {
            warn_of_start(data, start, zone, times, warnings);
        }
        if let (Some((name, by_length)), Some(end)) = (end_by_length, end)
            && by_length != end
        {
            let message = format!("would end the visit at {}; its end counts", by_length.to_rfc3339());
            warn(data, name, "duration-differs", message, warnings);
        }
        Some(Self {
            start,
            end: end.or(end_by_length.map(|(_, end)| end)),
        })
    }
}

/// Where the event names a zone in which the start is an hour for visits, and the clocks of the place show none then, it
/// is judged like an offset: the zone of the place may count, or the start is a problem.
fn own_zone_judged(
    data: &Object<'_>,
    start: Option<Moment>,
    zone: &KnownZone,
    warnings: &mut Vec<Warning>,
) -> (Option<Moment>, Option<KnownZone>) {
    let doubted = start
        .as_ref()
        .filter(|_| zone.is_visit && zone.offsets != Offsets::Trust);
    let Some((time, own, there)) = doubted.and_then(|start| zone.doubted_by(start)) else {
        return (start, None);
    };
    let (own, place) = (own.name(), there.name());
    let (trusted, meant) = (clock(there.at(time).time()), clock(time.time()));
    if zone.offsets == Offsets::Place {
        let message = format!("the visit begins at {meant} in {place}, and not in {own}, as `timeZone` says");
        warn(data, "timeZone", "zone-differs", message, warnings);
        let there = zone.without_own(there);
        return (start, Some(there));
    }
    let message = format!(
        "{meant} in {own}, as `timeZone` says, is {trusted} in {place}, no hour for a visit: leave out `timeZone` if {meant} \
         there is meant; `[source] offsets` can be `trust` or `place`"
    );
    data.problem("timeZone", "zone-differs", message);
    (None, None)
}

/// When a visit ends. What cannot be used of that does not lose the visit: it is left out, with a warning.
fn usable_end(
    data: &Object<'_>,
    start_moment: Option<&Moment>,
    start: DateTime<FixedOffset>,
    zone: &KnownZone,
    times: &WrittenTimes,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let problems = Problems::new(Document::Event);
    let apart = data.apart(&problems);
    for name in [END.time, END.date] {
        data.note_known(name);
    }
    let by_length = data.value(END.time).filter(|_| data.value(END.date).is_none());
    if let Some(minutes) = by_length.and_then(|value| length_instead_of_time(value, times)) {
        return later(start, minutes, zone);
    }
    let end = read_end(&apart, start_moment, Some(start), zone, times, warnings);
    if end.is_some_and(|end| end - start > TimeDelta::days(1)) {
        let message = "is more than 24 hours after the start";
        apart.problem(END.time, "invalid-end", message);
    }
    let found = problems.or(Some(()));
    for problem in found.as_ref().err().into_iter().flatten() {
        let message = format!("{}; the end is left out", problem.message);
        warn_at(&problem.pointer, problem.code, message, warnings);
    }
    end.filter(|_| found.is_ok())
}

/// How long a visit takes in minutes, where that is said in place of when it ends.
fn length_instead_of_time(value: &Value, times: &WrittenTimes) -> Option<u32> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    times.read_any(value).err()?;
    usable_length(&text, true)
}

/// When a visit ends. `start` is absent where it is a problem already, and of the end only its form counts.
fn read_end(
    data: &Object<'_>,
    start_moment: Option<&Moment>,
    start: Option<DateTime<FixedOffset>>,
    zone: &KnownZone,
    times: &WrittenTimes,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    let day = match start_moment.zip(start) {
        Some((moment, start)) => Some(day_of(moment, start, zone)),
        None if Slot::has_start(data) => Some((NaiveDate::default(), Mark::Utc)),
        None => None,
    };
    let end = Moments { data, zone, times }.read(END, day, warnings)?;
    let end = instant_of_end(data, &end, start_moment.zip(start), zone, warnings);
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        let clock = Clock::new(zone.of_clocks(), None);
        let message = format!(
            "ends on {}, not after its start on {}",
            clock.full(end),
            clock.full(start)
        );
        data.problem(END.time, "ends-before-start", message);
    }
    end
}

/// Warns of a start at which no visit may be meant.
fn warn_of_start(
    data: &Object<'_>,
    start: DateTime<FixedOffset>,
    zone: &KnownZone,
    times: &WrittenTimes,
    warnings: &mut Vec<Warning>,
) {
    if let Some(message) = unusual_hour(start, zone.of_clocks()) {
        warn(data, START.time, "unusual-hour", message, warnings);
    }
    if times.occurred.is_some_and(|occurred| start < occurred) {
        let begins = Clock::new(zone.of_clocks(), None).full(start);
        let message = format!("the visit begins on {begins}, before the event occurred; is the day or the year wrong?");
        warn(data, START.time, START_IN_THE_PAST, message, warnings);
    }
}

/// The day of a start, and the offset that it was written with: those of an end that is a time of day alone.
fn day_of(moment: &Moment, start: DateTime<FixedOffset>, zone: &KnownZone) -> (NaiveDate, Mark) {
    match (&moment.written, zone.of_clocks()) {
        // It is read as the start is.
        (Written::Instant { time, .. }, _) if zone.is_contradicted(moment) => (time.date_naive(), Mark::None),
        (
            Written::Instant {
                time,
                basis: Basis::Offset,
            },
            _,
        ) => (time.date_naive(), Mark::Offset(time.offset().local_minus_utc())),
        (Written::Local(local), _) => (local.date(), Mark::None),
        (_, Some(zone)) => (zone.at(start).date_naive(), Mark::None),
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
        match usable_length(&text, name == "duration") {
            Some(length) => found = Some((name, length)),
            None => {
                let message = format!("`{text}` is not a usable length of a visit; write it like `90 minutes`");
                warn(data, name, "invalid-duration", message, warnings);
            }
        }
    }
    found
}

/// A length of a visit in minutes. A bare number may be another unit, unless its field names it.
fn usable_length(text: &str, may_be_other: bool) -> Option<u32> {
    let is_bare = text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    minutes(text).filter(|minutes| match is_bare && may_be_other {
        true => BARE_MINUTES.contains(minutes),
        false => *minutes <= LONGEST_MINUTES,
    })
}

/// So many minutes later, with the offset that holds there then.
fn later(start: DateTime<FixedOffset>, minutes: u32, zone: &KnownZone) -> Option<DateTime<FixedOffset>> {
    let end = start.checked_add_signed(TimeDelta::try_minutes(minutes.into())?)?;
    Some(zone.of_clocks().map_or(end, |zone| zone.at(end)))
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
    let (time, basis) = match written {
        Written::Instant { time, basis } => (*time, *basis),
        Written::Local(local) => return at_place(data, moment, *local, zone, warnings),
        _ => return None,
    };
    if matches!(basis, Basis::OtherSeason(_)) && matches!(zone.local, Local::Unnamed) {
        let message = format!(
            "the abbreviation in `{text}` is not in use on that day, and no zone is known; write `{}`, or the offset that is \
             meant",
            time.to_rfc3339()
        );
        data.problem(name, "offset-differs", message);
        return None;
    }
    let begins = zone.is_visit && *name == START.time;
    match zone.offsets.reading(text, time, basis, zone, begins) {
        Reading::Instant(time, message) => {
            if let Some(message) = message {
                warn(data, name, "offset-differs", message, warnings);
            }
            Some(match (basis, zone.of_clocks()) {
                (Basis::Epoch, Some(zone)) => zone.at(time),
                _ => time,
            })
        }
        Reading::Place(message) => {
            if let Some(message) = message {
                warn(data, name, "offset-differs", message, warnings);
            }
            at_place(data, moment, time.naive_local(), zone, warnings)
        }
        Reading::Refused(message) => {
            data.problem(name, "offset-differs", message);
            None
        }
    }
}

/// When a visit ends. Whoever wrote both times wrote them alike: the end is read as the start is, and what is said of the
/// start counts for it.
fn instant_of_end(
    data: &Object<'_>,
    end: &Moment,
    start: Option<(&Moment, DateTime<FixedOffset>)>,
    zone: &KnownZone,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
    if let (
        Some((start, _)),
        Written::Instant {
            time,
            basis: Basis::Utc,
        },
    ) = (start, &end.written)
        && let Written::Instant {
            basis: Basis::Epoch, ..
        } = start.written
    {
        // It was worked out of a start that is a number.
        let end = Moment {
            name: end.name,
            text: end.text.clone(),
            written: Written::Instant {
                time: *time,
                basis: Basis::Epoch,
            },
        };
        return instant(data, &end, zone, &mut Vec::new());
    }
    let Some((_, start)) = start.filter(|(start, _)| zone.is_contradicted(start)) else {
        return instant(data, end, zone, warnings);
    };
    let mut said = Vec::new();
    match &end.written {
        Written::Local(local) if zone.offsets != Offsets::Place => {
            // It may be without an offset because it is local: what makes a visit of it counts.
            let with_offset = local.and_local_timezone(*start.offset()).single();
            match with_offset.filter(|end| *end > start) {
                Some(end) => Some(end),
                None => at_place(data, end, *local, zone, &mut said),
            }
        }
        _ => instant(data, end, zone, &mut said),
    }
}

/// The instant at which the clocks of the place show a time.
fn at_place(
    data: &Object<'_>,
    Moment { name, text, .. }: &Moment,
    local: NaiveDateTime,
    known: &KnownZone,
    warnings: &mut Vec<Warning>,
) -> Option<DateTime<FixedOffset>> {
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
                // What is said of the start counts for the end.
                if *name != END.time {
                    let message = format!("{}: {}", Clock::new(Some(zone), None).full(time), doubt.message);
                    warn(data, name, doubt.code, message, warnings);
                }
            }
            return Some(time);
        }
        Some(clock) => {
            let message = not_once(text, &format!("in {}", zone.name()), &clock);
            data.problem(name, Flaw::Clock(clock).code(), message);
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
        read_in(data, &KnownZone::only(Zone::named("America/Chicago")), &times)
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
        let read = |data| read_in(data, &KnownZone::only(None), &WrittenTimes::default());
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
