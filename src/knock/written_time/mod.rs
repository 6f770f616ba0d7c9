//! Times as people and programs write them.
//!
//! A text becomes [`Parts`](parts::Parts): by a format of the configuration, or by what its letters look like. What
//! follows of the parts is a [`Written`]. Nothing is guessed: where two times can be meant, that is a [`Flaw`].

mod cursor;
mod duration;
mod flaw;
mod format;
mod mark;
mod number;
mod parts;
mod plain;
mod relative;
mod scan;
#[cfg(test)]
mod tests;
mod words;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::Value;

pub(super) use duration::minutes;
pub use flaw::Flaw;
pub(super) use flaw::not_once;
pub use format::Format;
pub use mark::Mark;
pub use relative::Day;
pub(super) use words::spoken;

/// The years of times that make sense.
const YEARS: std::ops::Range<i32> = 2000..2200;

/// The longest text that is read, in bytes.
const LONGEST: usize = 200;

/// How times are written, as far as the configuration says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrittenTimes {
    /// Formats that are tried before the usual spellings.
    pub formats: Vec<Format>,
    /// Whether `3/4` is March 4 or 3 April; nothing: that is asked.
    pub date_order: Option<DateOrder>,
    /// When the event that is read occurred: what `tomorrow` counts from.
    pub occurred: Option<DateTime<FixedOffset>>,
}

/// The usual spellings, where no configuration says more.
pub static USUAL_TIMES: WrittenTimes = WrittenTimes {
    formats: Vec::new(),
    date_order: None,
    occurred: None,
};

/// Whether the month or the day comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// `6/4/2030` is June 4.
    #[default]
    MonthFirst,
    /// `4/6/2030` is 4 June.
    DayFirst,
}

/// A time as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// An instant.
    Instant {
        /// When. Its offset is the one that was written.
        time: DateTime<FixedOffset>,
        /// What makes it an instant.
        basis: Basis,
    },
    /// What clocks show, somewhere.
    Local(NaiveDateTime),
    /// A day.
    Date(NaiveDate),
    /// A time of day.
    TimeOfDay(NaiveTime, Mark),
    /// A day that counts from when the event occurred, and perhaps a time of day.
    Relative {
        /// The day.
        day: Day,
        /// The time of day.
        time: Option<NaiveTime>,
        /// What stands behind the time of day.
        mark: Mark,
    },
}

/// What makes a written time an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// An offset from UTC, the abbreviation of a zone or its name: `-05:00`, `CDT`, `[America/Chicago]`.
    Offset,
    /// `Z`, `UTC`, `GMT` or an offset of zero. Programs write it, some of them behind local times.
    Utc,
    /// A number of seconds or milliseconds since 1970.
    Epoch,
    /// An abbreviation that no clock there shows at that time of the year: `CST` in June. Most mean the local time there,
    /// which has this offset.
    OtherSeason(FixedOffset),
}

impl WrittenTimes {
    /// Reads a text or a number, whenever that is. Returns with it whether day and month are in another order than
    /// the usual one.
    ///
    /// # Errors
    /// When it is not a time, or several.
    pub fn read_any(&self, value: &Value) -> Result<(Written, bool), Flaw> {
        let text = match value {
            Value::String(text) if text.len() <= LONGEST => plain::plain(text),
            Value::Number(number) => number.to_string(),
            _ => return Err(Flaw::Invalid),
        };
        for format in &self.formats {
            if let Some(parts) = format.read(&text) {
                return parts.written(self.date_order);
            }
        }
        // `/Date(1907694000000-0500)/`: what .NET writes. The number is the instant, whatever stands behind it.
        let of_net = text.strip_prefix("/date(").and_then(|text| text.strip_suffix(")/"));
        let of_net = of_net.and_then(|text| text.split(['+', '-']).next());
        if let Some(number) = number::read(of_net.unwrap_or(&text)) {
            return number.map(|written| (written, false));
        }
        scan::scan(&text)?.written(self.date_order)
    }

    /// Reads a time that makes sense for a visit.
    ///
    /// # Errors
    /// When it is not a time, several, or one of another century.
    pub fn read(&self, value: &Value) -> Result<(Written, bool), Flaw> {
        let (written, order_differs) = self.read_any(value)?;
        let year = match &written {
            Written::Instant { time, .. } => time.year(),
            Written::Local(time) => time.year(),
            Written::Date(date) => date.year(),
            Written::TimeOfDay(..) | Written::Relative { .. } => return Ok((written, order_differs)),
        };
        match YEARS.contains(&year) {
            true => Ok((written, order_differs)),
            false => Err(Flaw::OutOfRange),
        }
    }
}
