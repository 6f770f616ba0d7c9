//! The inbox: events that were taken in, until they are finished.
//!
//! What [`Inbox::accept`] has answered is on the disk, in the [`StateFile`] beside the
//! ledger, and is never lost: an event waits, runs, and is then done, or set aside as failed with all that is known
//! of it, for a person to retry or discard. The same event again is answered like the first; the same id with other
//! content is another event, in the order in which they came.
//!
//! - **Order.** Events of one subject never run at the same time, and begin in the order in which they came. One that
//!   waits for the provider or the host keeps its place; one that waits for its own effect to show lets newer ones
//!   pass, for they may make it obsolete ([`Next::Wait`]). Events of an import that share something else, as a household
//!   or an hour, begin when those before them have ended, so that their outcome is that of their order.
//! - **Leases.** Whoever runs an event has it for a time, and no longer than its process lives. Then the event waits
//!   again; what it may have done until then is the ledger's to know.
//! - **Damage.** An event that cannot be read is put out of the way by itself, as [`Status::Unreadable`].
//! - **Connections** that the provider refuses are halted: their events wait, one now and then tries whether they are
//!   welcome again, and then all of them go on.
//!
//! No queue from a registry keeps these promises: they neither order by subject while others pass, nor acknowledge in
//! the same file, under the same clock and in the same write as the ledger.

mod accept;
mod alert;
mod connection;
mod event;
mod finish;
mod forget;
mod health;
mod look;
mod mend;
mod order;
mod take;
#[cfg(test)]
mod tests;
mod trouble;
mod unreadable;

pub use accept::{Accepted, Arrival};
pub use alert::Alert;
pub use connection::{ConnectionId, Halt, RegisterError, Registered};
pub use event::{Ending, Status, Stopped};
pub use finish::Next;
pub use forget::Unhandled;
pub use look::{Filter, Listed, Stored, Tally, Totals};
pub use mend::Mended;
pub use take::{Appetite, Round, Taken};
pub use trouble::Trouble;

use crate::storage::StateFile;
use health::Health;
use std::sync::Arc;
use unreadable::Damaged;

/// The inbox of a host. Cheap to clone. Its calls block on the disk.
#[derive(Clone)]
pub struct Inbox {
    file: Arc<StateFile>,
    damaged: Damaged,
    health: Arc<Health>,
}

impl Inbox {
    /// The inbox in this file.
    pub fn new(file: Arc<StateFile>) -> Self {
        Self {
            file,
            damaged: Damaged::default(),
            health: Arc::default(),
        }
    }

    /// The file it is in.
    pub fn file(&self) -> &Arc<StateFile> {
        &self.file
    }
}
