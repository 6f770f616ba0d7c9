//! Why a text is not a time.

use super::relative::FARTHEST_DAYS;
use crate::document::beginning;
use crate::knock::unknown_zone;
use crate::readable::month;
use crate::zone::LocalTime;

/// Why a text is not a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is like none.
    Invalid,
    /// It has another format than this one.
    Format(String),
    /// A number that is neither seconds nor milliseconds since 1970, nor the serial number of a spreadsheet.
    Number,
    /// It is long ago, or far ahead.
    OutOfRange,
    /// Day and month may be either: these.
    Order(u32, u32),
    /// The year has two digits and may be the first or the last number.
    Year,
    /// The day is another day of the week: this one.
    Weekday(&'static str),
    /// A day without a year that is not within the next months.
    NoYear,
    /// `next Tuesday`: some mean the coming one, some the one after.
    Next,
    /// Morning or afternoon is not said.
    Half,
    /// `midnight` begins or ends the day.
    Midnight,
    /// Two times.
    Period,
    /// Its zone does not exist.
    Zone(String),
    /// The zone has another offset than the one that is written.
    ZoneDiffers(String),
    /// The clocks of its zone jump over it, or show it twice.
    Clock(LocalTime),
}

impl Flaw {
    /// Its kind, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange => "out-of-range",
            Self::Order(..) => "missing-date-order",
            Self::Weekday(_) => "weekday-differs",
            Self::Zone(_) => "unknown-zone",
            Self::ZoneDiffers(_) => "offset-differs",
            Self::Clock(LocalTime::Never { .. }) => "time-does-not-exist",
            Self::Clock(_) => "time-exists-twice",
            _ => "no-time",
        }
    }

    /// What is wrong with `text`, and what to write instead.
    pub fn message(&self, text: &str) -> String {
        let text = shortened(text);
        match self {
            Self::Invalid => format!("`{text}` is not a time; write it like `2030-06-03T10:00:00-05:00`"),
            Self::Format(format) => format!("`{text}` has another format than `{format}`"),
            Self::Number => format!(
                "`{text}` is not a time: it is neither seconds nor milliseconds since 1970, nor the serial number of a \
                 spreadsheet; write it like `2030-06-03T10:00:00-05:00`"
            ),
            Self::OutOfRange => format!("`{text}` is out of range: expected a time from the year 2000 to 2199"),
            Self::Order(one, other) => format!(
                "`{text}` can be {} {other} or {} {one}; set `date_order` in `[source]` to `\"month-first\"` or \
                 `\"day-first\"`, or write it like `2030-06-03`",
                month(*one),
                month(*other)
            ),
            Self::Year => format!("`{text}` has a year of two digits that may stand first or last; write four digits"),
            Self::Weekday(actual) => {
                format!("`{text}`: that day is a {actual}; write the day of the week or the date that is meant")
            }
            Self::NoYear => {
                format!("`{text}` has no year, and is not within the next {FARTHEST_DAYS} days; write the year")
            }
            Self::Next => format!("`{text}` can be the coming one or the one a week later; write the date"),
            Self::Half => format!("`{text}` can be in the morning or in the afternoon; write `AM` or `PM`"),
            Self::Midnight => {
                format!(
                    "`{text}` can be the beginning or the end of that day; write `12:00 AM` with the date that is meant"
                )
            }
            Self::Period => {
                format!("`{text}` holds two times; write the start in `startTime` and the end in `endTime`")
            }
            Self::Zone(name) => unknown_zone(name),
            Self::ZoneDiffers(name) => {
                format!("`{text}` has another offset than {name} at that time; write the one that is meant")
            }
            Self::Clock(clock) => not_once(&text, "there", clock),
        }
    }
}

/// What is wrong with a local time that clocks somewhere do not show once.
pub(in crate::knock) fn not_once(text: &str, place: &str, clock: &LocalTime) -> String {
    match clock {
        LocalTime::Never { before, after } => format!(
            "`{text}` does not exist {place}: the clock goes from {} to {}; write the time that was meant",
            before.time(),
            after.time(),
        ),
        LocalTime::Twice(first, second) => format!(
            "`{text}` exists twice {place}; write `{}` or `{}`",
            first.to_rfc3339(),
            second.to_rfc3339()
        ),
        LocalTime::Once(_) => format!("`{text}` is not a time"),
    }
}

/// The beginning of a text that may be anything.
fn shortened(text: &str) -> String {
    match beginning(text, 60) {
        whole if whole == text => text.to_owned(),
        begin => format!("{begin}…"),
    }
}
