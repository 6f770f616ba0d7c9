//! What a text says of a time, and the time that follows.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use super::{DateOrder, Day, Flaw, Mark, Written};
use crate::readable;

/// From here on two digits are a year rather than a day, where they stand first.
const YEARS_LIKE_DAYS: std::ops::RangeInclusive<u32> = 24..=31;

/// What a text says of a time.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) year: Option<i32>,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
    /// Two numbers that are a day and a month.
    pub(super) pair: Option<(u32, u32)>,
    /// Whether the year was written with two digits.
    pub(super) is_short_year: bool,
    pub(super) weekday: Option<Weekday>,
    /// Days after the day of the event.
    pub(super) days_ahead: Option<i64>,
    pub(super) hour: Option<u32>,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanosecond: u32,
    /// Whether it is `PM`, where one of the two is written.
    pub(super) is_afternoon: Option<bool>,
    /// Whether the hour is one that is written where a clock has twelve hours: `5:00` and not `05:00`.
    pub(super) is_short_hour: bool,
    pub(super) mark: Mark,
}

impl Parts {
    /// Sets the year; two digits are of this century. Nothing where that is none.
    pub(super) fn set_year(&mut self, digits: &str) -> Option<()> {
        let year: u32 = digits.parse().ok()?;
        self.is_short_year = digits.len() == 2;
        let year = match digits.len() {
            2 => 2000 + year,
            4 => year,
            _ => return None,
        };
        set(&mut self.year, i32::try_from(year).ok()?)
    }

    /// Whether something is said of the day.
    pub(super) fn has_day(&self) -> bool {
        self.pair.is_some() || self.day.is_some() || self.weekday.is_some() || self.days_ahead.is_some()
    }

    /// The time that follows.
    pub(super) fn written(mut self, order: Option<DateOrder>) -> Result<(Written, bool), Flaw> {
        let time = self.time()?;
        let order_differs = self.settle_pair(order)?;
        let day = self.day()?;
        let needs_half = self.needs_half();
        let mark = self.mark;
        let written = match (day, time) {
            (Some(Day::On(_)), Some(_)) if needs_half && self.is_short_hour => return Err(Flaw::Half),
            (Some(Day::On(date)), Some(time)) => mark.at(date.and_time(time))?,
            (Some(Day::On(date)), None) if mark == Mark::None => Written::Date(date),
            (Some(_), Some(_)) if needs_half => return Err(Flaw::Half),
            (Some(day), time) if time.is_some() || mark == Mark::None => Written::Relative { day, time, mark },
            (None, Some(time)) => Written::TimeOfDay(time, mark),
            _ => return Err(Flaw::Invalid),
        };
        Ok((written, order_differs))
    }

    /// Whether the hour is one of the morning that most would not write without `AM`.
    fn needs_half(&self) -> bool {
        self.is_afternoon.is_none() && matches!(self.hour, Some(1..=7))
    }

    fn time(&self) -> Result<Option<NaiveTime>, Flaw> {
        let Some(hour) = self.hour else {
            return match self.is_afternoon {
                Some(_) => Err(Flaw::Invalid),
                None => Ok(None),
            };
        };
        let hour = match (self.is_afternoon, hour) {
            (Some(false), 12) => 0,
            (Some(true), 1..=11) => hour + 12,
            // `14:00 PM` says the same twice.
            (None, _) | (Some(false), 0..=11) | (Some(true), 12..=23) => hour,
            _ => return Err(Flaw::Invalid),
        };
        let time = NaiveTime::from_hms_nano_opt(hour, self.minute, self.second, self.nanosecond);
        time.map(Some).ok_or(Flaw::Invalid)
    }

    /// Makes day and month of two numbers. Returns whether they are in another order than usual.
    fn settle_pair(&mut self, order: Option<DateOrder>) -> Result<bool, Flaw> {
        let Some((one, other)) = self.pair else {
            return Ok(false);
        };
        let may_begin_with_year = self.is_short_year && YEARS_LIKE_DAYS.contains(&one);
        if order.is_none() && may_begin_with_year {
            return Err(Flaw::Year);
        }
        let chosen = match (one, other) {
            (1..=12, 13..=31) => DateOrder::MonthFirst,
            (13..=31, 1..=12) => DateOrder::DayFirst,
            (one, other) if one == other => order.unwrap_or_default(),
            _ => order.ok_or(Flaw::Order(one, other))?,
        };
        let (month, day) = match chosen {
            DateOrder::MonthFirst => (one, other),
            DateOrder::DayFirst => (other, one),
        };
        set(&mut self.month, month).ok_or(Flaw::Invalid)?;
        set(&mut self.day, day).ok_or(Flaw::Invalid)?;
        Ok(order.is_some_and(|order| order != chosen))
    }

    fn day(&self) -> Result<Option<Day>, Flaw> {
        let (weekday, ahead) = (self.weekday, self.days_ahead);
        match (self.year, self.month, self.day) {
            (Some(year), Some(month), Some(day)) if ahead.is_none() => {
                let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(Flaw::Invalid)?;
                let actual = date.weekday();
                match weekday {
                    Some(weekday) if weekday != actual => Err(Flaw::Weekday(readable::weekday(actual))),
                    _ => Ok(Some(Day::On(date))),
                }
            }
            (None, Some(month), Some(day)) if ahead.is_none() => Ok(Some(Day::InYear { month, day, weekday })),
            (None, None, None) => match (weekday, ahead) {
                (Some(weekday), None) => Ok(Some(Day::Coming(weekday))),
                (None, Some(ahead)) => Ok(Some(Day::Ahead(ahead))),
                (None, None) => Ok(None),
                _ => Err(Flaw::Invalid),
            },
            _ => Err(Flaw::Invalid),
        }
    }
}

/// Sets what may be said only once; nothing where it is said again.
pub(super) fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}
