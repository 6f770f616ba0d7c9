//! Tells those who wait, within this process.

use tokio::sync::{Notify, broadcast};

/// How many endings may be waiting to be seen. Whoever falls behind looks into the inbox instead.
const ENDINGS_KEPT: usize = 1_024;

/// Wakes whoever waits for events to come in, or to end.
#[derive(Debug)]
pub struct Notifier {
    accepted: Notify,
    finished: broadcast::Sender<u64>,
}

impl Default for Notifier {
    fn default() -> Self {
        Self {
            accepted: Notify::new(),
            finished: broadcast::Sender::new(ENDINGS_KEPT),
        }
    }
}

impl Notifier {
    /// An event has come in, or is due at once.
    pub fn accepted(&self) {
        self.accepted.notify_one();
    }

    /// Waits until an event has come in since the last time somebody waited.
    pub async fn wait_accepted(&self) {
        self.accepted.notified().await;
    }

    /// The event of this number has come to an end.
    pub fn finished(&self, number: u64) {
        // Nobody waits: nobody to tell.
        let _ = self.finished.send(number);
    }

    /// The numbers of events that come to an end from now on.
    pub fn endings(&self) -> broadcast::Receiver<u64> {
        self.finished.subscribe()
    }
}
