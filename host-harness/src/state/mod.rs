//! Remembered values of one connection: what has been done already, so that nothing is done twice.
//!
//! [`Store`] is the contract, with the semantics of `wit/state.wit`. [`MemoryStore`] forgets with the process;
//! [`SqliteStore`] is one account of a [`StateFile`](crate::storage::StateFile), which several processes share. Both
//! count time on a clock that does not follow steps of the wall clock, nor goes back while anybody works with the store.

mod clock;
mod limits;
mod memory;
mod quota;
#[cfg(test)]
mod semantics;
mod sqlite;
mod store;

pub use clock::{Clock, ManualClock, SystemClock};
pub use limits::{MAX_COMMIT_BYTES, MAX_KEY_BYTES, MAX_KEYS, MAX_SNAPSHOT_BYTES, MAX_VALUE_BYTES};
pub use memory::{MemoryCopy, MemoryStore};
pub use quota::AccountQuota;
pub use sqlite::SqliteStore;
pub(crate) use sqlite::sweep;
pub use store::{Check, CommitError, Committed, Entry, Snapshot, Store, StoreError, Write};
