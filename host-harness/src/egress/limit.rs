//! Until when a request may be on its way.

use crate::state::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Both ends of a request's time: the instant it names on the store's clock, and the longest it may take.
#[derive(Clone)]
pub(super) struct Limit {
    store: Arc<dyn Store>,
    send_before_ms: Option<u64>,
    deadline: Instant,
}

/// Which of the two has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    SendBefore,
    Deadline,
}

impl Limit {
    pub(super) fn new(store: Arc<dyn Store>, send_before_ms: Option<u64>, longest: Duration) -> Self {
        Self {
            store,
            send_before_ms,
            deadline: Instant::now() + longest,
        }
    }

    /// The one that has come, if any. A few system calls that do not enter the kernel.
    pub(super) fn passed(&self) -> Option<Passed> {
        if let Some(send_before_ms) = self.send_before_ms
            && self.store.now_ms() >= send_before_ms
        {
            return Some(Passed::SendBefore);
        }
        (Instant::now() >= self.deadline).then_some(Passed::Deadline)
    }

    /// How long until the first of the two, by what is known now.
    pub(super) fn remaining(&self) -> Duration {
        let until_deadline = self.deadline.saturating_duration_since(Instant::now());
        match self.send_before_ms {
            Some(send_before_ms) => {
                let until = send_before_ms.saturating_sub(self.store.now_ms());
                until_deadline.min(Duration::from_millis(until))
            }
            None => until_deadline,
        }
    }
}
