//! The leases that a call has in the store, and their end.

use crate::state::{Check, Store, Write};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::Handle;

/// The leases of one call. What it does not give back itself is given back when this is dropped: the call has come to its
/// end, of whatever kind, and nothing of it can leave any more.
#[derive(Default)]
pub(super) struct Leases {
    store: Option<Arc<dyn Store>>,
    /// Each with the version that it has.
    held: BTreeMap<String, u64>,
}

impl Leases {
    /// The leases of a call in this store.
    pub(super) fn in_store(store: Option<Arc<dyn Store>>) -> Self {
        Self {
            store,
            held: BTreeMap::new(),
        }
    }

    /// Notes what was written.
    pub(super) fn note(&mut self, writes: Vec<(String, bool)>, version: u64) {
        for (key, is_lease) in writes {
            match is_lease {
                true => _ = self.held.insert(key, version),
                false => _ = self.held.remove(&key),
            }
        }
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        let held = std::mem::take(&mut self.held);
        let (Some(store), Ok(runtime)) = (self.store.take(), Handle::try_current()) else {
            return;
        };
        if held.is_empty() {
            return;
        }
        runtime.spawn_blocking(move || {
            for (key, version) in held {
                // One that is somebody else's by now is not touched. One that stays ends by its time.
                let check = Check {
                    key: key.clone(),
                    version: Some(version),
                };
                let write = Write {
                    key,
                    value: None,
                    ttl_ms: None,
                    lease: false,
                };
                if let Err(error) = store.commit(&[check], &[write]) {
                    tracing::debug!(%error, "a lease ends by its time");
                }
            }
        });
    }
}
