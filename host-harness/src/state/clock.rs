//! Clocks of a store that lives in memory.

use crate::storage::{wall_ms, whole_ms};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Milliseconds that never go back.
pub trait Clock: Send + Sync {
    /// Now, in milliseconds close to the Unix epoch.
    fn now_ms(&self) -> u64;
}

/// The wall clock at the start, and from there the monotonic one: steps of the wall clock do not reach it.
#[derive(Debug)]
pub struct SystemClock {
    started_ms: u64,
    started: Instant,
}

impl SystemClock {
    /// A clock that starts now.
    pub fn new() -> Self {
        Self {
            started_ms: wall_ms(),
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        self.started_ms.saturating_add(whole_ms(self.started.elapsed()))
    }
}

/// A clock that moves when told to, for tests and demonstrations.
#[derive(Debug)]
pub struct ManualClock {
    now_ms: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at `now_ms`.
    pub fn new(now_ms: u64) -> Self {
        Self {
            now_ms: AtomicU64::new(now_ms),
        }
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.now_ms.fetch_add(whole_ms(by), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_near_the_wall_clock_and_does_not_go_back() {
        let clock = SystemClock::new();
        let mut last = clock.now_ms();
        assert!(last.abs_diff(wall_ms()) < 1_000);
        for _ in 0..10_000 {
            let now = clock.now_ms();
            assert!(now >= last);
            last = now;
        }
    }
}
