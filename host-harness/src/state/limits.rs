//! What every store refuses, whatever it is made of.

use super::store::{Check, StoreError, Write};
use std::collections::HashSet;

/// Longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 512;

/// Largest value, in bytes: values are below 64 KiB.
pub const MAX_VALUE_BYTES: usize = 64 * 1024 - 1;

/// Most keys in one call. Far above what a connector needs; a bound on what a broken one can ask for.
pub const MAX_KEYS: usize = 1024;

/// Most bytes of values that are read in one call.
pub const MAX_SNAPSHOT_BYTES: usize = 8 * 1024 * 1024;

/// Most bytes of keys and values that are written in one commit.
pub const MAX_COMMIT_BYTES: usize = 8 * 1024 * 1024;

/// Counts the values of a snapshot, so that no more of them are read than one may hold.
#[derive(Default)]
pub(super) struct SnapshotSize {
    bytes: usize,
}

impl SnapshotSize {
    /// Counts one value.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_SNAPSHOT_BYTES {
            return Err(StoreError::SnapshotTooLarge {
                limit: MAX_SNAPSHOT_BYTES,
            });
        }
        Ok(())
    }
}

/// Refuses keys that no store can hold.
pub(super) fn check_keys<'a>(keys: impl ExactSizeIterator<Item = &'a String>) -> Result<(), StoreError> {
    if keys.len() > MAX_KEYS {
        return Err(StoreError::TooManyKeys {
            keys: keys.len(),
            limit: MAX_KEYS,
        });
    }
    for key in keys {
        if key.len() > MAX_KEY_BYTES {
            return Err(StoreError::KeyTooLong {
                bytes: key.len(),
                limit: MAX_KEY_BYTES,
            });
        }
    }
    Ok(())
}

/// Refuses a commit that no store can make.
pub(super) fn check_commit(checks: &[Check], writes: &[Write]) -> Result<(), StoreError> {
    check_keys(checks.iter().map(|check| &check.key))?;
    check_keys(writes.iter().map(|write| &write.key))?;
    let mut seen = HashSet::with_capacity(writes.len());
    for write in writes {
        if !seen.insert(write.key.as_str()) {
            return Err(StoreError::WrittenTwice { key: write.key.clone() });
        }
        if let Some(value) = &write.value
            && value.len() > MAX_VALUE_BYTES
        {
            return Err(StoreError::ValueTooLarge {
                key: write.key.clone(),
                bytes: value.len(),
                limit: MAX_VALUE_BYTES,
            });
        }
    }
    let bytes = writes.iter().map(write_bytes).sum();
    if bytes > MAX_COMMIT_BYTES {
        return Err(StoreError::CommitTooLarge {
            bytes,
            limit: MAX_COMMIT_BYTES,
        });
    }
    Ok(())
}

/// How much a write adds to what is kept, in bytes.
pub(super) fn write_bytes(write: &Write) -> usize {
    write.value.as_ref().map_or(0, |value| write.key.len() + value.len())
}
