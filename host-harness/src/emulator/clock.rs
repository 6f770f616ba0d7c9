//! Where the server's time comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Tells the time to a [`Server`](super::Server): the system's, which can be put ahead, or one that moves by hand
/// alone.
///
/// Clones of a clock are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// How far it is ahead of the system's.
    System(Arc<AtomicI64>),
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self(Source::System(Arc::default()))
    }

    /// A clock that stands at `now_ms` (Unix epoch, milliseconds) until it is moved.
    pub fn manual(now_ms: i64) -> Self {
        Self::from(Arc::new(AtomicI64::new(now_ms)))
    }

    /// The time in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System(ahead) => {
                let ahead = ahead.load(Ordering::SeqCst);
                chrono::Utc::now().timestamp_millis().saturating_add(ahead)
            }
            Source::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let (Source::System(ms) | Source::Manual(ms)) = &self.0;
        let _before = ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |ms| Some(ms.saturating_add(by)));
    }

    /// Puts the system's clock back to what it is. One that moves by hand stays where it is.
    pub(super) fn put_back(&self) {
        if let Source::System(ahead) = &self.0 {
            ahead.store(0, Ordering::SeqCst);
        }
    }
}

impl From<Arc<AtomicI64>> for Clock {
    /// A manual clock over a counter that somebody else moves.
    fn from(now: Arc<AtomicI64>) -> Self {
        Self(Source::Manual(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_manual_clock_move_together() {
        let clock = Clock::manual(1_000);
        let other = clock.clone();
        clock.advance(Duration::from_secs(2));
        assert_eq!(other.now_ms(), 3_000);
    }

    #[test]
    fn the_clock_of_the_system_can_be_put_ahead_and_back() {
        let hour = Duration::from_secs(3_600);
        let now = || chrono::Utc::now().timestamp_millis();
        let clock = Clock::system();
        clock.advance(hour);
        assert!((3_600_000..3_660_000).contains(&(clock.clone().now_ms() - now())));
        clock.put_back();
        assert!(clock.now_ms() - now() < 60_000);
    }
}
