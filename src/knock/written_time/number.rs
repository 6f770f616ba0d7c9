//! Times that are numbers.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};

use super::{Basis, Flaw, Mark, Written};

/// Seconds since 1970 from 2001 to 2199. Milliseconds, microseconds and nanoseconds are a thousand times as many each.
const SECONDS: std::ops::Range<f64> = 1e9..7.258_118_4e9;

/// Days since the day zero of spreadsheets, from 2000 to 2199.
const SERIALS: std::ops::Range<f64> = 36_526.0..109_575.0;

const DAY_ZERO: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);

const MINUTES_OF_A_DAY: f64 = 24.0 * 60.0;

/// Reads a number; nothing when the text is none. Eight digits are a date, and more are a date with a time, where they
/// begin like a year.
pub(super) fn read(text: &str) -> Option<Result<Written, Flaw>> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = text.parse().ok().filter(|_| is_number)?;
    let has_form = |digits: usize| text.len() == digits && (text.starts_with("20") || text.starts_with("21"));
    if !text.contains('.') && (has_form(8) || has_form(12) || has_form(14)) {
        return None;
    }
    let written = match number {
        number if number > 0.0 && number < 1.0 => {
            of_serial(number).map(|(_, time)| Written::TimeOfDay(time, Mark::None))
        }
        number if SERIALS.contains(&number) => of_serial(number).map(|(day, time)| match number.fract() == 0.0 {
            true => Written::Date(day),
            false => Written::Local(day.and_time(time)),
        }),
        _ if text.len() == 4 && !text.contains('.') => clock(text).map(|time| Written::TimeOfDay(time, Mark::None)),
        number => [1e3, 1.0, 1e-3, 1e-6].into_iter().find_map(|to_ms| {
            let in_range = SECONDS.contains(&(number * to_ms / 1e3));
            let ms = in_range.then_some((number * to_ms).round() as i64)?;
            let time = DateTime::from_timestamp_millis(ms)?.fixed_offset();
            Some(Written::Instant {
                time,
                basis: Basis::Epoch,
            })
        }),
    };
    Some(written.ok_or(Flaw::Number))
}

/// The day and the time of a serial number, to the minute: they are cut off after a few digits.
fn of_serial(number: f64) -> Option<(NaiveDate, NaiveTime)> {
    let minutes = TimeDelta::try_minutes((number * MINUTES_OF_A_DAY).round() as i64)?;
    let time = DAY_ZERO?.and_time(NaiveTime::MIN).checked_add_signed(minutes)?;
    Some((time.date(), time.time()))
}

/// Four digits: `1430`.
fn clock(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = text.split_at_checked(2)?;
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
}
