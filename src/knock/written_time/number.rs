//! Times that are numbers.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};

use super::{Basis, Flaw, Mark, Written};
use crate::document::is_digits;

/// Seconds since 1970 from 2001 to 2199. Milliseconds, microseconds and nanoseconds are a thousand times as many each.
const SECONDS: Range<u64> = 1_000_000_000..7_258_118_400;

/// Days since the day zero of spreadsheets, from 2000 to 2199.
const SERIALS: Range<u64> = 36_526..109_575;

const DAY_ZERO: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);

const MINUTES_OF_A_DAY: u64 = 24 * 60;

const BILLION: u64 = 1_000_000_000;

/// Reads a number; nothing when the text is none. Eight digits are a date, and more are a date with a time, where they
/// begin like a year.
pub(super) fn read(text: &str) -> Option<Result<Written, Flaw>> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    if !is_digits(whole) || !(places.is_empty() || is_digits(places)) {
        return None;
    }
    let like_year = whole.starts_with("20") || whole.starts_with("21");
    if places.is_empty() && like_year && matches!(whole.len(), 8 | 12 | 14) {
        return None;
    }
    let billionths = billionths(places);
    let written = match whole.parse() {
        Ok(0) if billionths > 0 => of_serial(0, billionths).map(|(_, time)| Written::TimeOfDay(time, Mark::None)),
        Ok(days) if SERIALS.contains(&days) => of_serial(days, billionths).map(|(day, time)| match billionths {
            0 => Written::Date(day),
            _ => Written::Local(day.and_time(time)),
        }),
        Ok(_) if whole.len() == 4 && places.is_empty() => clock(whole).map(|time| Written::TimeOfDay(time, Mark::None)),
        Ok(number) => instant(number, billionths),
        Err(_) => None,
    };
    Some(written.ok_or(Flaw::Number))
}

/// The instant of a number of seconds, or of thousandths, millionths or billionths of them.
fn instant(number: u64, billionths: u64) -> Option<Written> {
    let units = [1, 1_000, 1_000_000, BILLION];
    let unit = units.into_iter().find(|unit| SECONDS.contains(&(number / unit)))?;
    let ms = match unit {
        1 => number * 1_000 + billionths / 1_000_000,
        unit => number / (unit / 1_000),
    };
    let time = DateTime::from_timestamp_millis(i64::try_from(ms).ok()?)?;
    Some(Written::Instant {
        time: time.fixed_offset(),
        basis: Basis::Epoch,
    })
}

/// The day and the time of a serial number, to the minute: they are cut off after a few digits.
fn of_serial(days: u64, billionths: u64) -> Option<(NaiveDate, NaiveTime)> {
    let minutes = days * MINUTES_OF_A_DAY + (billionths * MINUTES_OF_A_DAY + BILLION / 2) / BILLION;
    let minutes = TimeDelta::try_minutes(i64::try_from(minutes).ok()?)?;
    let time = DAY_ZERO?.and_time(NaiveTime::MIN).checked_add_signed(minutes)?;
    Some((time.date(), time.time()))
}

/// The part of a number behind its point.
pub(super) fn billionths(places: &str) -> u64 {
    let (mut number, mut digits) = (0, places.bytes());
    for _ in 0..9 {
        let digit = digits.next().unwrap_or(b'0');
        number = number * 10 + u64::from(digit.saturating_sub(b'0'));
    }
    number
}

/// Four digits: `1430`.
fn clock(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = text.split_at_checked(2)?;
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
}
