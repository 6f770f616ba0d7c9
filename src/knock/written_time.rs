//! Times as people and programs write them.

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use serde_json::Value;

/// How times are written, as far as the configuration says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrittenTimes {}

/// A time as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// An instant.
    Instant {
        /// When. Its offset is the one that was written.
        time: DateTime<FixedOffset>,
        /// What makes it an instant.
        basis: Basis,
    },
    /// What clocks show, somewhere.
    Local(NaiveDateTime),
}

/// What makes a written time an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// An offset from UTC or the abbreviation of a zone: `-05:00`, `CDT`.
    Offset,
    /// `Z`, `UTC`, `GMT` or an offset of zero. Programs write it, some of them behind local times.
    Utc,
}

/// Why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is like none.
    Invalid,
}

impl WrittenTimes {
    /// Reads a text or a number.
    pub(super) fn read(&self, value: &Value) -> Result<Written, Flaw> {
        let text = value.as_str().map(str::trim).unwrap_or_default();
        if let Some(time) = with_offset(text) {
            let basis = match time.offset().local_minus_utc() {
                0 => Basis::Utc,
                _ => Basis::Offset,
            };
            return Ok(Written::Instant { time, basis });
        }
        without_offset(text).map(Written::Local).ok_or(Flaw::Invalid)
    }
}

impl Flaw {
    /// Its kind, for programs.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Invalid => "no-time",
        }
    }

    /// What is wrong with `text`, and what to write instead.
    pub(super) fn message(self, text: &str) -> String {
        match self {
            Self::Invalid => format!("`{text}` is no time; write it like `2030-06-03T10:00:00-05:00`"),
        }
    }
}

/// A time with an offset. People leave out the `T`, the seconds or the colon of the offset; RFC 3339 wants them all.
fn with_offset(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.replacen(' ', "T", 1);
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return parse(local, "Z");
    }
    let sign = text
        .rfind(['+', '-'])
        .filter(|sign| text.find('T').is_some_and(|day| *sign > day))?;
    let (local, offset) = text.split_at_checked(sign)?;
    match offset.len() {
        5 => parse(local, &format!("{}:{}", offset.get(..3)?, offset.get(3..)?)),
        _ => parse(local, offset),
    }
}

/// A time without an offset.
fn without_offset(text: &str) -> Option<NaiveDateTime> {
    parse(&text.replacen(' ', "T", 1), "Z").map(|time| time.naive_utc())
}

fn parse(local: &str, offset: &str) -> Option<DateTime<FixedOffset>> {
    let seconds = if local.matches(':').count() == 1 { ":00" } else { "" };
    DateTime::parse_from_rfc3339(&format!("{local}{seconds}{offset}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_write_a_time_are_one_time() {
        for text in [
            "2030-06-03T10:00:00-05:00",
            "2030-06-03T10:00-05:00",
            "2030-06-03 10:00:00-05:00",
            "2030-06-03T10:00:00-0500",
            "2030-06-03T10:00:00.000-05:00",
            "2030-06-03T15:00:00Z",
            "2030-06-03 15:00Z",
        ] {
            let time = with_offset(text).map(|time| time.timestamp());
            assert_eq!(time, Some(1_906_729_200), "{text}");
            assert!(without_offset(text).is_none(), "{text}");
        }
        for text in ["2030-06-03T10:00:00", "2030-06-03T10:00", "2030-06-03 10:00"] {
            assert!(with_offset(text).is_none(), "{text}");
            assert_eq!(
                without_offset(text).map(|time| time.to_string()).as_deref(),
                Some("2030-06-03 10:00:00")
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "tomorrow",
            "2030-06-03",
            "2030-13-03T10:00:00Z",
            "10:00",
            "é+05:00",
            "2030-06-03T25:00Z",
        ] {
            assert!(with_offset(text).is_none() && without_offset(text).is_none(), "{text}");
        }
    }
}
