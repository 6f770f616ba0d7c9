//! Lengths of time.

use super::cursor::Cursor;
use super::number::billionths;
use super::plain::plain;

const BILLION: u64 = 1_000_000_000;

/// Reads `90`, `90 minutes`, `1:30`, `1.5 hours`, `1 hr 30 min` or `PT1H30M`; in minutes.
pub(in crate::knock) fn minutes(text: &str) -> Option<u32> {
    let text = plain(text);
    if let Some((hours, rest)) = text.split_once(':') {
        let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
        let is_clock = minutes.len() == 2 && seconds == "00";
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        return (is_clock && minutes < 60).then(|| hours.saturating_mul(60).saturating_add(minutes));
    }
    let mut cursor = Cursor {
        rest: text.strip_prefix("pt").unwrap_or(&text),
    };
    let mut length: u64 = 0;
    let mut largest = u64::MAX;
    while !cursor.is_at_end() {
        let number = number(&mut cursor)?;
        cursor.skip_blanks();
        let unit = match cursor.word() {
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
            "" | "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            _ => return None,
        };
        // The smaller unit follows the larger one, once.
        if unit >= largest {
            return None;
        }
        largest = unit;
        length = length.checked_add(number.checked_mul(unit)?)?;
        cursor.eat(".");
        cursor.skip_blanks();
        cursor.eat(",");
        cursor.skip_blanks();
        if cursor.eat("and ") {
            cursor.skip_blanks();
        }
    }
    let minute = 60 * BILLION;
    match length % minute {
        0 => u32::try_from(length / minute).ok().filter(|minutes| *minutes > 0),
        _ => None,
    }
}

/// The number that is next, in billionths.
fn number(cursor: &mut Cursor<'_>) -> Option<u64> {
    let whole: u64 = cursor.number(6)?.into();
    let mut ahead = *cursor;
    let places = match ahead.eat(".") {
        true => ahead.digits(9),
        false => "",
    };
    if !places.is_empty() {
        *cursor = ahead;
    }
    Some(whole * BILLION + billionths(places))
}
