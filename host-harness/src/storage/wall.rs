//! The wall clock, and whole milliseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The wall clock in milliseconds since the Unix epoch.
pub(crate) fn wall_ms() -> u64 {
    // A machine whose clock stands before 1970 has no battery; zero is as good as anything it could say.
    whole_ms(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A duration in whole milliseconds, cut at what fits.
pub(crate) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
