//! When a calendar is open, or somebody works.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::document::Document;
use super::seed::{Calendar, TimeOfDay};

/// A stretch of time, its end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

impl Span {
    pub(super) fn meets(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// What it has in common with another.
    fn and(self, other: Self) -> Option<Self> {
        self.meets(other).then(|| Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        })
    }
}

/// Every stretch of time that two lists have in common.
pub(super) fn common(some: &[Span], others: &[Span]) -> Vec<Span> {
    let pairs = some.iter().flat_map(|one| others.iter().map(|other| one.and(*other)));
    pairs.flatten().collect()
}

/// From when to when on the clock on the wall.
type Stretch = (TimeOfDay, TimeOfDay);

/// The hours of every day.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    zone: Tz,
    /// From Sunday on.
    week: [Vec<Stretch>; 7],
    /// The dates that are unlike their day of the week.
    dates: BTreeMap<NaiveDate, Vec<Stretch>>,
}

impl Hours {
    fn none(zone: Tz) -> Self {
        Self {
            zone,
            week: Default::default(),
            dates: BTreeMap::new(),
        }
    }

    /// The hours of a calendar: those of the week, its custom dates, or both, in which case a custom date counts.
    pub(super) fn of_calendar(calendar: &Calendar, zone: Tz) -> Self {
        let kind = calendar.properties.get("availabilityType").and_then(Value::as_f64);
        let mut all = Self::none(zone);
        if kind != Some(1.0) {
            for hours in &calendar.open_hours {
                for day in &hours.days {
                    all.add_weekly(usize::from(*day), (hours.from, hours.to));
                }
            }
        }
        if kind != Some(0.0) {
            for custom in values(&calendar.properties, "availabilities") {
                // It is a date of the zone with a midnight in UTC behind it.
                let date = custom
                    .get("date")
                    .and_then(Value::as_str)
                    .and_then(|text| text.get(..10));
                if let Some(date) = date.and_then(|date| date.parse().ok()) {
                    let hours = custom.get("hours").and_then(Value::as_array);
                    let stretches = hours.into_iter().flatten().filter_map(opening);
                    all.dates.entry(date).or_default().extend(stretches);
                }
            }
        }
        all
    }

    /// The hours of a schedule, in its own zone.
    pub(super) fn of_schedule(schedule: &Document, zone_of_location: Tz) -> Self {
        let zone = schedule.get("timezone").and_then(Value::as_str);
        let zone = zone.and_then(|zone| zone.parse().ok());
        let mut all = Self::none(zone.unwrap_or(zone_of_location));
        for rule in values(schedule, "rules") {
            let text = |name: &str| rule.get(name).and_then(Value::as_str);
            let intervals = rule.get("intervals").and_then(Value::as_array);
            let stretches = intervals.into_iter().flatten().filter_map(interval);
            if text("type") == Some("date") {
                if let Some(date) = text("date").and_then(|date| date.parse().ok()) {
                    all.dates.entry(date).or_default().extend(stretches);
                }
            } else if let Some(day) = DAYS.iter().position(|day| text("day") == Some(day)) {
                stretches.for_each(|stretch| all.add_weekly(day, stretch));
            }
        }
        all
    }

    fn add_weekly(&mut self, day: usize, stretch: Stretch) {
        if let Some(stretches) = self.week.get_mut(day) {
            stretches.push(stretch);
        }
    }

    /// The hours of a date. A day on which the clocks change is as long as it is.
    pub(super) fn on(&self, date: NaiveDate) -> Vec<Span> {
        let day = date.weekday().num_days_from_sunday() as usize;
        let stretches = self.dates.get(&date).or(self.week.get(day));
        let spans = stretches.into_iter().flatten().filter_map(|(from, to)| {
            let midnight = date.and_hms_opt(0, 0, 0)?;
            let local = |time: &TimeOfDay| midnight + TimeDelta::minutes(i64::from(time.minutes()));
            let start = first_instant(local(from), self.zone)?;
            let end = last_instant(local(to), self.zone)?;
            Some(Span { start, end })
        });
        spans.collect()
    }

    /// The hours of every date that a stretch of time touches.
    pub(super) fn around(&self, span: Span) -> Vec<Span> {
        let date = |instant: DateTime<Utc>| instant.with_timezone(&self.zone).date_naive();
        let last = date(span.end);
        let dates = date(span.start).iter_days().take_while(|date| *date <= last);
        dates.flat_map(|date| self.on(date)).collect()
    }
}

/// The days of the week in the words of schedules.
pub(super) const DAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

fn values<'a>(document: &'a Document, name: &str) -> impl Iterator<Item = &'a Value> {
    document.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The hours that are written as `openHour`, `openMinute` and so on.
fn opening(hours: &Value) -> Option<Stretch> {
    let number = |name: &str| hours.get(name)?.as_f64().map(|number| number as u16);
    let time = |hour: &str, minute: &str| Some(TimeOfDay::at(number(hour)?, number(minute)?));
    Some((time("openHour", "openMinute")?, time("closeHour", "closeMinute")?))
}

/// The hours that are written as `from` and `to`.
pub(super) fn interval(interval: &Value) -> Option<Stretch> {
    let time = |name: &str| {
        let (hour, minute) = interval.get(name)?.as_str()?.split_once(':')?;
        Some(TimeOfDay::at(hour.parse().ok()?, minute.parse().ok()?))
    };
    Some((time("from")?, time("to")?))
}

/// The first instant at which the clocks show a local time, or the first after it when they
/// leave it out.
fn first_instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    on_the_clock(local, zone, |earliest, _| earliest)
}

/// The last instant at which they show it, or the first after it when they leave it out.
fn last_instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    on_the_clock(local, zone, |_, latest| latest)
}

fn on_the_clock(
    local: NaiveDateTime,
    zone: Tz,
    of_two: impl Fn(DateTime<Tz>, DateTime<Tz>) -> DateTime<Tz>,
) -> Option<DateTime<Utc>> {
    // A gap lasts an hour as a rule; a whole day was left out once or twice.
    let mut local_times = (0..=24 * 60).map(|minute| local + TimeDelta::minutes(minute));
    let instant = local_times.find_map(|local| match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => Some(instant),
        LocalResult::Ambiguous(earliest, latest) => Some(of_two(earliest, latest)),
        LocalResult::None => None,
    });
    instant.map(|instant| instant.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::{CalendarKind, OpenHours};
    use chrono_tz::America::{Chicago, New_York};
    use serde_json::json;

    /// The hours of a date, in UTC.
    fn on(hours: &Hours, date: &str) -> Vec<String> {
        let spans = hours.on(date.parse().unwrap()).into_iter();
        let spans = spans.map(|span| format!("{}-{}", span.start.format("%H:%M"), span.end.format("%H:%M")));
        spans.collect()
    }

    #[test]
    fn a_schedule_has_hours_of_its_zone_and_a_date_counts_before_its_day() {
        let schedule = json!({ "timezone": "America/New_York", "rules": [
            { "type": "wday", "day": "tuesday", "intervals": [
                { "from": "9:00", "to": "12:00" }, { "from": "13:30", "to": "17:00" },
            ] },
            { "type": "date", "date": "2026-03-10", "intervals": [] },
            { "type": "date", "date": "2026-03-11", "intervals": [{ "from": "10:00", "to": "11:00" }] },
        ] });
        let hours = Hours::of_schedule(schedule.as_object().unwrap(), Chicago);
        assert_eq!(hours.zone, New_York);
        assert_eq!(on(&hours, "2026-03-03"), ["14:00-17:00", "18:30-22:00"]);
        assert_eq!(on(&hours, "2026-03-04"), [""; 0]);
        assert_eq!(on(&hours, "2026-03-10"), [""; 0]);
        assert_eq!(on(&hours, "2026-03-11"), ["14:00-15:00"]);
    }

    #[test]
    fn a_calendar_has_open_hours_or_custom_dates_or_both() {
        let mut calendar = Calendar {
            open_hours: vec![OpenHours {
                days: vec![2],
                from: TimeOfDay::at_hour(9),
                to: TimeOfDay::at_hour(10),
            }],
            ..Calendar::new("c", "C", CalendarKind::Event, &[])
        };
        let hour = json!({ "openHour": 18, "openMinute": 0, "closeHour": 18, "closeMinute": 60 });
        let dates = json!([
            { "date": "2026-03-10T00:00:00.000Z", "hours": [hour] },
            { "date": "2026-03-11T00:00:00.000Z", "hours": [hour] },
        ]);
        calendar.properties.insert("availabilities".into(), dates);
        let dates = ["2026-03-03", "2026-03-10", "2026-03-11"];
        for (kind, expected) in [
            (
                json!(null),
                [vec!["15:00-16:00"], vec!["23:00-00:00"], vec!["23:00-00:00"]],
            ),
            (json!(0), [vec!["15:00-16:00"], vec!["14:00-15:00"], vec![]]),
            (json!(1), [vec![], vec!["23:00-00:00"], vec!["23:00-00:00"]]),
        ] {
            calendar.properties.insert("availabilityType".into(), kind.clone());
            let hours = Hours::of_calendar(&calendar, Chicago);
            assert_eq!(dates.map(|date| on(&hours, date)), expected, "{kind}");
        }
    }
}
