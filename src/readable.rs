//! Times as people read them: `Tuesday, June 4, 2:00 PM`.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, Timelike, Weekday};

use crate::zone::Zone;

/// The months, from the first.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week, from Monday.
pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Shows instants as the clocks of a place do.
///
/// ```
/// # use knockcal::{readable::Clock, zone::Zone};
/// let denver = Zone::named("America/Denver");
/// let clock = Clock::new(denver.as_ref(), Some(2030));
/// let start = "2030-06-04T20:00:00Z".parse().unwrap();
/// assert_eq!(clock.moment(start), "Tuesday, June 4, 2:00 PM");
/// assert_eq!(clock.zone(start), "America/Denver");
/// let last = "2029-12-31T20:00:00Z".parse().unwrap();
/// assert_eq!(clock.moment(last), "Monday, December 31, 2029, 1:00 PM");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    zone: Option<&'a Zone>,
    /// The year that goes without saying.
    year: Option<i32>,
}

impl<'a> Clock<'a> {
    /// The clocks of a zone; without one each instant is shown in its own offset. Days of other years than `year` are
    /// shown with their year.
    pub fn new(zone: Option<&'a Zone>, year: Option<i32>) -> Self {
        Self { zone, year }
    }

    /// The clocks of a zone, for events that occurred at an instant in milliseconds since the Unix epoch.
    pub fn at(zone: Option<&'a Zone>, occurred_ms: i64) -> Self {
        let occurred = DateTime::from_timestamp_millis(occurred_ms).map(|occurred| occurred.fixed_offset());
        let clock = Self::new(zone, None);
        let year = occurred.map(|occurred| clock.local(occurred).year());
        Self { year, ..clock }
    }

    /// The day: `Tuesday, June 4`.
    pub fn day(&self, instant: DateTime<FixedOffset>) -> String {
        let there = self.local(instant);
        match self.year == Some(there.year()) {
            true => day(there.date_naive()),
            false => format!("{}, {}", day(there.date_naive()), there.year()),
        }
    }

    /// Day and time of day: `Tuesday, June 4, 2:00 PM`.
    pub fn moment(&self, instant: DateTime<FixedOffset>) -> String {
        format!("{}, {}", self.day(instant), time_of_day(self.local(instant).time()))
    }

    /// From when to when: `Tuesday, June 4, 2:00–3:30 PM`.
    pub fn range(&self, start: DateTime<FixedOffset>, end: DateTime<FixedOffset>) -> String {
        let (from, to) = (self.local(start), self.local(end));
        if from.date_naive() != to.date_naive() {
            return format!("{} – {}", self.moment(start), self.moment(end));
        }
        let from = match from.hour12().0 == to.hour12().0 {
            true => hour_and_minute(from.time()),
            false => time_of_day(from.time()),
        };
        format!("{}, {from}–{}", self.day(start), time_of_day(to.time()))
    }

    /// Whose clocks show an instant so: `America/Denver`, or the offset.
    pub fn zone(&self, instant: DateTime<FixedOffset>) -> String {
        match self.zone {
            Some(zone) => zone.name().to_owned(),
            None if instant.offset().local_minus_utc() == 0 => "UTC".to_owned(),
            None => format!("UTC{}", instant.offset()),
        }
    }

    /// Day, time and zone, for a sentence: `Tuesday, June 4, 2:00 PM (America/Denver)`.
    pub fn full(&self, instant: DateTime<FixedOffset>) -> String {
        format!("{} ({})", self.moment(instant), self.zone(instant))
    }

    fn local(&self, instant: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        self.zone.map_or(instant, |zone| zone.at(instant))
    }
}

/// A day without its year: `Tuesday, June 4`.
pub fn day(date: NaiveDate) -> String {
    let month = name(&MONTHS, date.month0());
    format!("{}, {month} {}", weekday(date.weekday()), date.day())
}

/// The name of a day of the week.
pub fn weekday(day: Weekday) -> &'static str {
    name(&WEEKDAYS, day.num_days_from_monday())
}

/// A time of day: `2:30 PM`.
pub fn time_of_day(time: NaiveTime) -> String {
    let half = if time.hour12().0 { "PM" } else { "AM" };
    format!("{} {half}", hour_and_minute(time))
}

fn hour_and_minute(time: NaiveTime) -> String {
    format!("{}:{:02}", time.hour12().1, time.minute())
}

fn name(names: &[&'static str], index: u32) -> &'static str {
    let index = usize::try_from(index).unwrap_or_default();
    names.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<FixedOffset> {
        text.parse().unwrap()
    }

    fn chicago() -> Zone {
        Zone::named("America/Chicago").unwrap()
    }

    #[test]
    fn range_names_half_of_day_once_where_both_ends_share_it() {
        let zone = chicago();
        let clock = Clock::new(Some(&zone), Some(2030));
        let range = |start: &str, end: &str| clock.range(time(start), time(end));
        assert_eq!(
            range("2030-06-04T14:00:00-05:00", "2030-06-04T15:30:00-05:00"),
            "Tuesday, June 4, 2:00–3:30 PM"
        );
        assert_eq!(
            range("2030-06-04T11:30:00-05:00", "2030-06-04T13:00:00-05:00"),
            "Tuesday, June 4, 11:30 AM–1:00 PM"
        );
        assert_eq!(
            range("2030-06-04T23:30:00-05:00", "2030-06-05T00:30:00-05:00"),
            "Tuesday, June 4, 11:30 PM – Wednesday, June 5, 12:30 AM"
        );
    }

    #[test]
    fn both_sides_of_a_clock_change_are_shown_as_the_clocks_show_them() {
        let zone = chicago();
        let clock = Clock::new(Some(&zone), Some(2030));
        assert_eq!(
            clock.moment(time("2030-11-03T06:30:00Z")),
            "Sunday, November 3, 1:30 AM"
        );
        assert_eq!(
            clock.moment(time("2030-11-03T07:30:00Z")),
            "Sunday, November 3, 1:30 AM"
        );
        assert_eq!(clock.moment(time("2030-03-10T08:00:00Z")), "Sunday, March 10, 3:00 AM");
    }

    #[test]
    fn time_without_a_zone_is_shown_in_its_own_offset() {
        let clock = Clock::new(None, Some(2030));
        assert_eq!(
            clock.full(time("2030-06-04T10:00:00-05:00")),
            "Tuesday, June 4, 10:00 AM (UTC-05:00)"
        );
        assert_eq!(
            clock.full(time("2030-06-04T10:00:00Z")),
            "Tuesday, June 4, 10:00 AM (UTC)"
        );
    }

    #[test]
    fn year_counts_by_the_clocks_of_the_zone() {
        let zone = chicago();
        // New Year's Eve in Chicago, New Year's Day in UTC.
        let occurred_ms = time("2031-01-01T02:00:00Z").timestamp_millis();
        let clock = Clock::at(Some(&zone), occurred_ms);
        assert_eq!(clock.day(time("2030-12-31T20:00:00-06:00")), "Tuesday, December 31");
        assert_eq!(
            clock.day(time("2031-01-02T10:00:00-06:00")),
            "Thursday, January 2, 2031"
        );
        assert_eq!(
            Clock::at(Some(&zone), i64::MAX).day(time("2031-01-02T10:00:00-06:00")),
            "Thursday, January 2, 2031"
        );
    }

    #[test]
    fn noon_and_midnight_are_twelve() {
        assert_eq!(time_of_day(time("2030-06-04T00:05:00Z").time()), "12:05 AM");
        assert_eq!(time_of_day(time("2030-06-04T12:00:00Z").time()), "12:00 PM");
    }
}
