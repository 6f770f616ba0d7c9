//! The names of months and days of the week.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

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

/// The name of a day of the week.
pub(super) fn weekday_name(day: Weekday) -> &'static str {
    let index = usize::try_from(day.num_days_from_monday()).unwrap_or_default();
    WEEKDAYS.get(index).copied().unwrap_or_default()
}

/// The name of a month, from 1.
pub(super) fn month_name(month: u32) -> &'static str {
    let index = usize::try_from(month).ok().and_then(|month| month.checked_sub(1));
    index.and_then(|index| MONTHS.get(index)).copied().unwrap_or_default()
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
    let weekday = weekday_name(date.weekday());
    let month = month_name(date.month());
    let mut spoken = format!("{weekday}, {month} {}, {}", date.day(), date.year());
    if let Some(time) = time {
        let (is_afternoon, hour) = time.hour12();
        let half = if is_afternoon { "PM" } else { "AM" };
        spoken.push_str(&format!(", {hour}:{:02} {half}", time.minute()));
    }
    spoken
}
