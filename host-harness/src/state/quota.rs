//! How much an account may keep.

use super::limits::write_bytes;
use super::store::{StoreError, Write};

/// The most that a store keeps for one account.
///
/// A booking keeps about four entries with two kilobytes together, for ever: ten thousand visits a year come to
/// twenty megabytes. What is far above that is a component that has gone wrong, or means to fill the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountQuota {
    /// Most entries.
    pub entries: u64,
    /// Most bytes of keys and values.
    pub bytes: u64,
}

impl Default for AccountQuota {
    fn default() -> Self {
        Self {
            entries: 2_000_000,
            bytes: 1024 * 1024 * 1024,
        }
    }
}

impl AccountQuota {
    /// Of a store that lives in the memory of the process.
    pub(super) const IN_MEMORY: Self = Self {
        entries: 200_000,
        bytes: 128 * 1024 * 1024,
    };

    /// Refuses what would come to more.
    pub(super) fn check(&self, used: Usage) -> Result<(), StoreError> {
        for (what, used, limit) in [
            ("entries", used.entries, self.entries),
            ("bytes", used.bytes, self.bytes),
        ] {
            if used > limit {
                return Err(StoreError::AccountFull { what, used, limit });
            }
        }
        Ok(())
    }

    /// Whether four fifths of it are used, so that somebody should look.
    pub(super) fn is_near(&self, used: Usage) -> bool {
        used.entries > self.entries / 5 * 4 || used.bytes > self.bytes / 5 * 4
    }
}

/// What an account keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

impl Usage {
    /// One entry.
    pub(super) fn of(key: &str, value: &str) -> Self {
        Self {
            entries: 1,
            bytes: whole(key.len() + value.len()),
        }
    }

    /// What writes add, if they replace nothing.
    pub(super) fn added_by(writes: &[Write]) -> Self {
        let values = writes.iter().filter(|write| write.value.is_some());
        let bytes = writes.iter().map(write_bytes).sum();
        Self {
            entries: whole(values.count()),
            bytes: whole(bytes),
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_sub(other.entries),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
