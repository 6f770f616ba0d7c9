//! Lengths of time.

use super::cursor::Cursor;
use super::plain::plain;

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
    let mut seconds = 0.0;
    let mut largest = f64::MAX;
    while !cursor.is_at_end() {
        let number = number(&mut cursor)?;
        cursor.skip_blanks();
        let unit = match cursor.word() {
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "" | "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            _ => return None,
        };
        // The smaller unit follows the larger one, once.
        if unit >= largest {
            return None;
        }
        largest = unit;
        seconds += number * unit;
        cursor.eat(".");
        cursor.skip_blanks();
        cursor.eat(",");
        cursor.skip_blanks();
        if cursor.eat("and ") {
            cursor.skip_blanks();
        }
    }
    let minutes = seconds / 60.0;
    (minutes.fract() == 0.0 && (1.0..=1e6).contains(&minutes)).then_some(minutes as u32)
}

fn number(cursor: &mut Cursor<'_>) -> Option<f64> {
    let end = cursor
        .rest
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, rest) = cursor.rest.split_at(end.unwrap_or(cursor.rest.len()));
    cursor.rest = rest;
    number.parse().ok()
}
