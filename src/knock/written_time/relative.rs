//! Days that are named by when somebody speaks of them.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::Flaw;
use crate::readable;

/// How far ahead a day without a year may be.
pub(super) const FARTHEST_DAYS: i64 = 200;

/// A day as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// This date.
    On(NaiveDate),
    /// So many days after the day on which somebody says it.
    Ahead(i64),
    /// The next of these days of the week, and not the day itself.
    Coming(Weekday),
    /// A day without its year.
    InYear {
        /// From 1.
        month: u32,
        /// From 1.
        day: u32,
        /// The day of the week, where that is written too.
        weekday: Option<Weekday>,
    },
}

impl Day {
    /// The date, for somebody who says it on `today`.
    ///
    /// # Errors
    /// When it can be another one, or there is none.
    pub fn seen_from(self, today: NaiveDate) -> Result<NaiveDate, Flaw> {
        let later = |days| TimeDelta::try_days(days).and_then(|days| today.checked_add_signed(days));
        match self {
            Self::On(date) => Ok(date),
            Self::Ahead(days) => later(days).ok_or(Flaw::OutOfRange),
            Self::Coming(weekday) if weekday == today.weekday() => Err(Flaw::Next),
            Self::Coming(weekday) => later(i64::from(weekday.days_since(today.weekday()))).ok_or(Flaw::OutOfRange),
            Self::InYear { month, day, weekday } => {
                let years = [today.year(), today.year() + 1].into_iter();
                let mut dates = years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
                let date = dates.find(|date| (0..=FARTHEST_DAYS).contains(&(*date - today).num_days()));
                let date = date.ok_or(Flaw::NoYear)?;
                match weekday {
                    Some(weekday) if weekday != date.weekday() => Err(Flaw::Weekday(readable::weekday(date.weekday()))),
                    _ => Ok(date),
                }
            }
        }
    }
}
