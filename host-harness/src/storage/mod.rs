//! The one file of a host: the ledgers of all its accounts and its inbox, on one clock.
//!
//! Several processes of a machine may share it. It is SQLite: a write is durable when it returns, and
//! what many threads write at the same time is made durable together. What stands in the tables is the business of
//! [`crate::state`] and [`crate::inbox`]; here are the file itself, its schema, its clock, the key of its ledger, and
//! copies of it.

mod boot;
mod cipher;
mod clock;
mod close;
mod contents;
mod copied;
mod copy;
mod durable;
mod encryption;
mod error;
mod identity;
mod key_file;
mod lock;
mod log;
mod open;
mod owner;
mod presence;
mod restore;
mod schema;
mod state_file;
mod step;
#[cfg(test)]
mod tests;
mod wall;
mod wipe;
mod writer;

pub(crate) use clock::TOLERANCE_MS;
pub use contents::Contents;
pub use copied::LogPolicy;
pub use error::StorageError;
pub use restore::{Restored, restore};
pub use state_file::StateFile;
pub use wall::rfc3339;

pub(crate) use cipher::{Cipher, Name};
pub(crate) use lock::beside;
pub(crate) use open::{create_private, patiently};
pub(crate) use owner::OwnerId;
pub(crate) use wall::{wall_ms, whole_ms};

/// SQLite knows signed integers alone. Times, versions and numbers stay far below the sign.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The other way round.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
