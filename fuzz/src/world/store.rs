//! Remembered values.

use std::collections::BTreeMap;

use knockcal::run::{Check, CommitError, Committed, Entry, Snapshot, Write};

/// What a store takes at most, in bytes.
const VALUE_LIMIT: usize = 64 * 1024 - 1;

/// Remembered values, each with the instant at which it is forgotten.
#[derive(Debug, Default)]
pub(super) struct Store {
    values: BTreeMap<String, (Entry, Option<u64>)>,
    version: u64,
}

impl Store {
    pub(super) fn get_many(&self, keys: &[String], now_ms: u64) -> Snapshot {
        Snapshot {
            now_ms,
            anchored_ms: 0,
            restored_ms: None,
            honours_send_before: true,
            entries: keys.iter().map(|key| self.get(key, now_ms).cloned()).collect(),
        }
    }

    fn get(&self, key: &str, now_ms: u64) -> Option<&Entry> {
        let (entry, until_ms) = self.values.get(key)?;
        until_ms.is_none_or(|until_ms| until_ms > now_ms).then_some(entry)
    }

    pub(super) fn commit(&mut self, checks: &[Check], writes: &[Write], now_ms: u64) -> Result<Committed, CommitError> {
        for check in checks {
            if self.get(&check.key, now_ms).map(|entry| entry.version) != check.version {
                return Err(CommitError::Conflict {
                    now_ms,
                    key: check.key.clone(),
                });
            }
        }
        for write in writes {
            let size = write.value.as_ref().map_or(0, String::len);
            if size > VALUE_LIMIT {
                return Err(CommitError::Unavailable(format!("{} has {size} bytes", write.key)));
            }
        }
        self.version += 1;
        for Write { key, value, ttl_ms, .. } in writes {
            self.values.remove(key);
            if let Some(value) = value {
                let entry = Entry {
                    value: value.clone(),
                    version: self.version,
                };
                self.values
                    .insert(key.clone(), (entry, ttl_ms.map(|ttl_ms| now_ms + ttl_ms)));
            }
        }
        Ok(Committed {
            now_ms,
            version: self.version,
        })
    }
}
