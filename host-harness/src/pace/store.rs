//! Where budgets are kept.

use super::budget::Budget;
use super::errand::Errand;
use crate::state::{Clock, SystemClock};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the budgets of accounts. Calls may block on a file; async callers put them on a thread that may wait.
///
/// A budget may be lost: whoever uses it next learns again. So nothing here fails.
pub trait PaceStore: Send + Sync {
    /// The clock that everybody who shares the budgets reads, in milliseconds. It may be set, while nobody
    /// waits: a budget moves along with it.
    fn now_ms(&self) -> u64;

    /// Changes an account's budget while nobody else does. The change is passed the time; where it lets a request out,
    /// it says for what, and the request is counted.
    fn change(&self, account: &str, change: &mut Change<'_>);
}

/// A change of a budget.
pub type Change<'a> = dyn FnMut(&mut Budget, u64) -> Option<Errand> + 'a;

/// Budgets that this process alone knows.
pub struct MemoryPace {
    clock: Arc<dyn Clock>,
    budgets: Mutex<HashMap<String, Budget>>,
}

impl MemoryPace {
    /// On the system's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock::new()))
    }

    /// On this clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            budgets: Mutex::default(),
        }
    }
}

impl Default for MemoryPace {
    fn default() -> Self {
        Self::new()
    }
}

impl PaceStore for MemoryPace {
    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn change(&self, account: &str, change: &mut Change<'_>) {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = self.clock.now_ms();
        change(budgets.entry(account.to_owned()).or_default(), now_ms);
    }
}
