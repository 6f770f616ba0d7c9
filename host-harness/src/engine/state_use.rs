//! How much state a call has used.

use super::bindings::knockcal::connector::state::{Check, Write};
use super::options::StateBounds;
use crate::state::Snapshot;

/// Counts what one call reads and writes. What it answers instead of a count says which bound was reached.
pub(super) struct StateUse {
    bounds: StateBounds,
    keys_read: usize,
    bytes_read: usize,
    keys_written: usize,
    bytes_written: usize,
}

impl StateUse {
    pub(super) fn new(bounds: StateBounds) -> Self {
        Self {
            bounds,
            keys_read: 0,
            bytes_read: 0,
            keys_written: 0,
            bytes_written: 0,
        }
    }

    /// The call asks for these keys.
    pub(super) fn read(&mut self, keys: &[String]) -> Result<(), String> {
        self.count_keys_read(keys.len())
    }

    /// It was given these values.
    pub(super) fn was_given(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let bytes = snapshot.entries.iter().flatten().map(|entry| entry.value.len()).sum();
        count(
            &mut self.bytes_read,
            bytes,
            self.bounds.bytes_read,
            "bytes of state read",
        )
    }

    /// The call wants to commit this.
    pub(super) fn commit(&mut self, checks: &[Check], writes: &[Write]) -> Result<(), String> {
        let size = |write: &Write| write.key.len() + write.value.as_ref().map_or(0, String::len);
        let bytes = writes.iter().map(size).sum();
        self.count_keys_read(checks.len())?;
        count(
            &mut self.keys_written,
            writes.len(),
            self.bounds.keys_written,
            "keys of state written",
        )?;
        count(
            &mut self.bytes_written,
            bytes,
            self.bounds.bytes_written,
            "bytes of state written",
        )
    }

    fn count_keys_read(&mut self, keys: usize) -> Result<(), String> {
        count(&mut self.keys_read, keys, self.bounds.keys_read, "keys of state read")
    }
}

fn count(used: &mut usize, more: usize, limit: usize, what: &str) -> Result<(), String> {
    *used = used.saturating_add(more);
    if *used <= limit {
        return Ok(());
    }
    tracing::warn!(used = *used, limit, "the component reached its bound of {what}");
    Err(format!("this call has used up its {limit} {what}"))
}
