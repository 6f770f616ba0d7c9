//! Times of the state file's clock, for people.

use std::time::Duration;

pub(super) use host_harness::storage::rfc3339 as at;

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
    fn spans_are_short() {
        assert_eq!(span(7_512_345), "2h 5m");
        assert_eq!(span(999), "0s");
    }
}
