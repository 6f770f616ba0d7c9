//! The names of months and days of the week.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use crate::readable::{self, MONTHS, WEEKDAYS};

/// Other ways to shorten them than by three letters.
const SHORT: [&str; 4] = ["sept", "tues", "thur", "thurs"];

/// The number of the month that a word in small letters names.
pub(super) fn month(word: &str) -> Option<u32> {
    position(word, &MONTHS).map(|index| index + 1)
}

/// The day of the week that a word in small letters names.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let index = position(word, &WEEKDAYS)?;
    Weekday::try_from(u8::try_from(index).ok()?).ok()
}

fn position(word: &str, names: &[&str]) -> Option<u32> {
    let is_meant = |name: &&str| {
        let begins = name
            .get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        begins && (word.len() == 3 || word.len() == name.len() || SHORT.contains(&word))
    };
    let index = names.iter().position(is_meant)?;
    u32::try_from(index).ok()
}

/// A day, and perhaps a time of day, as people say it: `Tuesday, June 4, 2030, 2:00 PM`.
pub(in crate::knock) fn spoken(date: NaiveDate, time: Option<NaiveTime>) -> String {
    let day = format!("{}, {}", readable::day(date), date.year());
    match time {
        Some(time) => format!("{day}, {}", readable::time_of_day(time)),
        None => day,
    }
}
