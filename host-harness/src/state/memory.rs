//! A store that forgets with the process.

use super::clock::{Clock, SystemClock};
use super::limits::{SnapshotSize, check_commit, check_keys};
use super::quota::{AccountQuota, Usage};
use super::store::{Check, CommitError, Committed, Entry, Snapshot, Store, StoreError, Write};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory, for demonstrations and tests.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    quota: AccountQuota,
    rows: Mutex<Rows>,
}

#[derive(Default)]
struct Rows {
    version: u64,
    commits: u64,
    anchored_ms: u64,
    restored_ms: Option<u64>,
    by_key: HashMap<String, Row>,
    /// What it keeps at most: what was counted last, and all that was written since.
    estimate: Usage,
}

/// What a [`MemoryStore`] held at one instant.
#[derive(Clone)]
pub struct MemoryCopy {
    by_key: HashMap<String, Row>,
}

#[derive(Clone)]
struct Row {
    entry: Entry,
    expires_ms: Option<u64>,
    lease: bool,
}

impl Row {
    fn usage(&self, key: &str) -> Usage {
        Usage::of(key, &self.entry.value)
    }

    fn alive(&self, now_ms: u64) -> bool {
        self.expires_ms.is_none_or(|expires| expires > now_ms)
    }
}

impl Rows {
    fn alive(&self, key: &str, now_ms: u64) -> Option<&Entry> {
        self.by_key
            .get(key)
            .filter(|row| row.alive(now_ms))
            .map(|row| &row.entry)
    }

    /// Lets writes pass, or says that there is no room for them.
    fn admit(&mut self, writes: &[Write], quota: AccountQuota, now_ms: u64) -> Result<(), StoreError> {
        let added = Usage::added_by(writes);
        // What only deletes makes room.
        if added.entries == 0 {
            return Ok(());
        }
        let mut estimate = self.estimate.plus(added);
        if quota.check(estimate).is_err() {
            self.by_key.retain(|_, row| row.alive(now_ms));
            estimate = self.count().plus(added).minus(self.replaced_by(writes));
            quota.check(estimate)?;
        }
        self.estimate = estimate;
        Ok(())
    }

    fn replaced_by(&self, writes: &[Write]) -> Usage {
        let rows = writes.iter().filter_map(|write| self.by_key.get_key_value(&write.key));
        rows.map(|(key, row)| row.usage(key))
            .fold(Usage::default(), Usage::plus)
    }

    fn count(&self) -> Usage {
        let rows = self.by_key.iter();
        rows.map(|(key, row)| row.usage(key))
            .fold(Usage::default(), Usage::plus)
    }
}

/// How many commits pass between two sweeps of expired rows.
const SWEEP_EVERY: u64 = 256;

impl MemoryStore {
    /// An empty store on the system's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock::new()))
    }

    /// An empty store on this clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            quota: AccountQuota::IN_MEMORY,
            rows: Mutex::default(),
        }
    }

    /// The same store, which keeps no more than this.
    #[must_use]
    pub fn within(mut self, quota: AccountQuota) -> Self {
        self.quota = quota;
        self
    }

    /// A copy of what it holds.
    pub fn copy(&self) -> MemoryCopy {
        MemoryCopy {
            by_key: self.rows().by_key.clone(),
        }
    }

    /// All that it holds now, by key.
    pub fn entries(&self) -> Vec<(String, Entry)> {
        let (rows, now_ms) = (self.rows(), self.clock.now_ms());
        let alive = rows.by_key.iter().filter(|(_, row)| row.alive(now_ms));
        let mut entries: Vec<_> = alive.map(|(key, row)| (key.clone(), row.entry.clone())).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries
    }

    /// Puts a copy back: everything since is forgotten, and [`Snapshot::restored_ms`] says so. Versions go on.
    pub fn put_back(&self, copy: MemoryCopy) {
        let mut rows = self.rows();
        rows.by_key = copy.by_key;
        rows.estimate = rows.count();
        rows.restored_ms = Some(self.clock.now_ms());
    }

    /// Forgets all leases, as when the process has ended that wrote them.
    pub fn release_leases(&self) {
        self.rows().by_key.retain(|_, row| !row.lease);
    }

    /// Notes that the clock was set to what it tells now.
    pub fn anchor(&self) {
        self.rows().anchored_ms = self.clock.now_ms();
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // Nothing below can panic half-way through a change, so rows behind a poisoned lock are whole.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn get_many(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        check_keys(keys.iter())?;
        let rows = self.rows();
        let now_ms = self.clock.now_ms();
        let mut size = SnapshotSize::default();
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            let entry = rows.alive(key, now_ms);
            size.add(entry.map_or(0, |entry| entry.value.len()))?;
            entries.push(entry.cloned());
        }
        Ok(Snapshot {
            now_ms,
            anchored_ms: rows.anchored_ms,
            restored_ms: rows.restored_ms,
            entries,
        })
    }

    fn commit(&self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        check_commit(checks, writes)?;
        let mut rows = self.rows();
        let now_ms = self.clock.now_ms();
        for check in checks {
            if rows.alive(&check.key, now_ms).map(|entry| entry.version) != check.version {
                return Err(CommitError::Conflict {
                    now_ms,
                    key: check.key.clone(),
                });
            }
        }
        rows.admit(writes, self.quota, now_ms)?;
        if !writes.is_empty() {
            rows.version += 1;
        }
        let version = rows.version;
        for write in writes {
            match &write.value {
                Some(value) => {
                    rows.by_key.insert(
                        write.key.clone(),
                        Row {
                            entry: Entry {
                                value: value.clone(),
                                version,
                            },
                            expires_ms: write.ttl_ms.map(|ttl| now_ms.saturating_add(ttl)),
                            lease: write.lease,
                        },
                    );
                }
                None => {
                    rows.by_key.remove(&write.key);
                }
            }
        }
        rows.commits += 1;
        if rows.commits.is_multiple_of(SWEEP_EVERY) {
            rows.by_key.retain(|_, row| row.alive(now_ms));
        }
        Ok(Committed { now_ms, version })
    }
}
