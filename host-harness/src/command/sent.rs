//! Counts what leaves.

use std::sync::atomic::{AtomicU32, Ordering};

use host_harness::egress::{Exchange, Tap};

/// Counts the requests that leave.
#[derive(Debug, Default)]
pub(super) struct Sent(AtomicU32);

impl Sent {
    pub(super) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Tap for Sent {
    fn exchange(&self, exchange: &Exchange) {
        let stayed = exchange.reply.as_ref().is_err_and(|error| error.surely_not_sent());
        if !stayed {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
