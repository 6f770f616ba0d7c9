//! The pacers of a process.

use super::pacer::Pacer;
use super::store::PaceStore;
use super::terms::Terms;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Hands out the pacers of a process: connections to one account share one, in which they wait in one line.
pub struct Pacers {
    store: Arc<dyn PaceStore>,
    by_account: Mutex<HashMap<String, Weak<Pacer>>>,
}

impl Pacers {
    /// Pacers whose budgets are kept here.
    pub fn new(store: Arc<dyn PaceStore>) -> Self {
        Self {
            store,
            by_account: Mutex::default(),
        }
    }

    /// The pacer of an account, by its name in the state file. While one is in use, its terms count.
    pub fn of_account(&self, account: &str, terms: Terms) -> Arc<Pacer> {
        let mut by_account = self.by_account.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pacer) = by_account.get(account).and_then(Weak::upgrade) {
            return pacer;
        }
        by_account.retain(|_, pacer| pacer.strong_count() > 0);
        let pacer = Pacer::new(account, terms, self.store.clone());
        by_account.insert(account.to_owned(), Arc::downgrade(&pacer));
        pacer
    }
}
