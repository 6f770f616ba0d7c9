//! What every store refuses, whatever it is made of.

use super::store::{Check, StoreError, Write};
use std::collections::HashSet;

/// Longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 512;

/// Largest value, in bytes: values are below 64 KiB.
pub const MAX_VALUE_BYTES: usize = 64 * 1024 - 1;

/// Most keys in one call. Far above what a connector needs; a bound on what a broken one can ask for.
pub const MAX_KEYS: usize = 1024;

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
    Ok(())
}
