//! Times of the state file's clock, for people.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat};

/// A time of the clock as RFC 3339, to the second, in UTC.
pub(super) fn at(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis);
    time.map_or_else(
        || "-".to_owned(),
        |time| time.to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}

/// How long something lasts or has lasted, by its two greatest units: `2h 5m`.
pub(super) fn span(ms: u64) -> String {
    let seconds = Duration::from_millis(ms).as_secs();
    let text = humantime::format_duration(Duration::from_secs(seconds)).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short_and_times_are_in_utc() {
        assert_eq!(span(7_512_345), "2h 5m");
        assert_eq!(span(999), "0s");
        assert_eq!(at(1_906_722_000_999), "2030-06-03T13:00:00Z");
    }
}
