//! Waiting, and how long that took.

use std::time::{Duration, Instant};

/// Waits, and knows how long it has.
pub trait Patience {
    /// How much time has passed since it began.
    fn passed(&self) -> Duration;

    /// Waits.
    fn wait(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// The time of the clock on the wall.
#[derive(Debug)]
pub struct RealTime(Instant);

impl Default for RealTime {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Patience for RealTime {
    fn passed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
