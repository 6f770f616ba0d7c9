//! The contract of a store.

use crate::storage::StorageError;
use thiserror::Error;

/// Remembered values of one connection, shared by all instances and processes that serve it.
///
/// Calls may block on a disk; async callers put them on a thread that may wait.
pub trait Store: Send + Sync {
    /// The store's clock in milliseconds, close to the Unix epoch. It does not follow steps of the wall clock, and never
    /// goes back while anybody works with the store. Cheap: the egress asks it before every write to a socket.
    fn now_ms(&self) -> u64;

    /// Reads all keys at one instant, in the order asked for.
    fn get_many(&self, keys: &[String]) -> Result<Snapshot, StoreError>;

    /// Makes all writes if all checks hold, else none. What was committed survives a crash of the process.
    fn commit(&self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError>;
}

/// A value as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: String,
    /// Changes with every write. Versions come from one counter of the store and are never used again.
    pub version: u64,
}

/// The answer to [`Store::get_many`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The store's clock at that instant.
    pub now_ms: u64,
    /// When the clock was last set, by itself. How much time passed before that, it does not know.
    pub anchored_ms: u64,
    /// When the store was last put back from a copy, by its clock. What was done since the copy was made, it does not
    /// know.
    pub restored_ms: Option<u64>,
    /// One for each key asked for; nothing for one that is absent or expired.
    pub entries: Vec<Option<Entry>>,
}

/// What must be true for a commit to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The key.
    pub key: String,
    /// Version the key must have; nothing: it must be absent. An expired key is absent.
    pub version: Option<u64>,
}

/// One change of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The key.
    pub key: String,
    /// The new value; nothing deletes the key.
    pub value: Option<String>,
    /// The value is gone this many milliseconds after the commit; nothing: it stays.
    pub ttl_ms: Option<u64>,
    /// Whether the value is also gone once the process that wrote it is known to have ended. The engine gives it back when
    /// the call has.
    pub lease: bool,
}

/// A commit that took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The store's clock at the commit.
    pub now_ms: u64,
    /// The version of every key that was written.
    pub version: u64,
}

/// Why a commit did not take place. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommitError {
    /// A check failed.
    #[error("key `{key}` has changed since it was read")]
    Conflict {
        /// The store's clock at that instant.
        now_ms: u64,
        /// The first key whose check failed.
        key: String,
    },
    /// The store cannot do it.
    #[error(transparent)]
    Unavailable(#[from] StoreError),
}

/// Why a store cannot be used, or not for this.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// A key is longer than a store takes.
    #[error("key of {bytes} bytes is longer than the {limit} that a store takes")]
    KeyTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A value is larger than a store takes.
    #[error("value of key `{key}` has {bytes} bytes; a store takes {limit}")]
    ValueTooLarge {
        /// Its key.
        key: String,
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// More keys than a store takes in one call.
    #[error("{keys} keys in one call; a store takes {limit}")]
    TooManyKeys {
        /// How many.
        keys: usize,
        /// The limit.
        limit: usize,
    },
    /// The values that are asked for are larger, together, than a store gives at once.
    #[error("the values of the keys are larger than the {limit} bytes that a store gives in one call")]
    SnapshotTooLarge {
        /// The limit.
        limit: usize,
    },
    /// A commit is larger than a store takes.
    #[error("{bytes} bytes in one commit; a store takes {limit}")]
    CommitTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The account has used up its place in the store.
    #[error(
        "the state of this account is full: it has {used} of {limit} {what}; nothing more is kept until some is deleted"
    )]
    AccountFull {
        /// Of what: `entries`, `bytes`.
        what: &'static str,
        /// How many it has.
        used: u64,
        /// How many it may have.
        limit: u64,
    },
    /// Two writes of one commit name the same key, and which of them counts is anybody's guess.
    #[error("key `{key}` is written twice in one commit")]
    WrittenTwice {
        /// The key.
        key: String,
    },
    /// The value of a key is damaged: it does not decrypt.
    #[error("the value of key `{key}` is damaged and cannot be decrypted; `knock restore` puts a backup back")]
    Undecipherable {
        /// Its key.
        key: String,
    },
    /// Nothing can be encrypted.
    #[error("the system has no random numbers, so nothing can be encrypted")]
    NoRandomNumbers,
    /// The file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
