//! Whether the inbox can be worked with: what `/readyz` says, and what is alarming beyond one connection.

use super::Inbox;
use crate::storage::StorageError;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a look at the disk counts: callers may ask for readiness as often as they like.
const LOOK_LASTS: Duration = Duration::from_secs(1);

/// How much is written to see whether the disk takes it: about as much as an event that comes in.
const PROBE_BYTES: i64 = 64 * 1024;

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Health {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Why no events can be taken out.
    round: Option<String>,
    /// Why nothing can be written.
    write: Option<String>,
    looked: Option<Instant>,
}

impl Health {
    /// A round of taking events out has ended.
    pub(super) fn note_round<T>(&self, outcome: &Result<T, StorageError>) {
        self.seen().round = outcome.as_ref().err().map(ToString::to_string);
    }

    /// Something was to be written.
    pub(super) fn note_write<T>(&self, outcome: &Result<T, StorageError>) {
        match outcome {
            // A small write may succeed where a larger one did not: a new look decides.
            Ok(_) if self.seen().write.is_some() => self.seen().looked = None,
            // The disk takes what it can: that is no trouble.
            Ok(_) | Err(StorageError::Overrun { .. }) => {}
            Err(error) => self.seen().write = Some(error.to_string()),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inbox {
    /// Looks whether the disk takes what comes, unless that was done just now, and says what keeps the inbox from being
    /// worked with, if anything does.
    pub fn trouble(&self) -> Option<String> {
        let looked = self.health.seen().looked;
        if looked.is_none_or(|looked| looked.elapsed() >= LOOK_LASTS) {
            let probed = self.probe();
            let mut seen = self.health.seen();
            seen.write = probed.err().map(|error| error.to_string());
            seen.looked = Some(Instant::now());
        }
        let seen = self.health.seen();
        let write = seen.write.as_ref();
        let round = seen.round.as_ref();
        write
            .map(|why| format!("nothing can be written: {why}"))
            .or_else(|| round.map(|why| format!("events cannot be taken out of the inbox: {why}")))
    }

    /// A round that takes nothing: whether events could be taken out, and [`trouble`](Self::trouble) if they could not.
    pub fn try_round(&self) {
        // What is wrong is noted, and told with everything else.
        let _ = self.take(HashMap::new(), None, 0, 0);
    }

    /// Writes as much as an intake may, durably, and takes it away again.
    pub(crate) fn probe(&self) -> Result<(), StorageError> {
        let fill = |bytes: i64| {
            self.file.write(move |database, _| {
                database
                    .prepare_cached("UPDATE clock SET probe = zeroblob(?1)")?
                    .execute([bytes])
                    .map(|_| ())
            })
        };
        fill(PROBE_BYTES).and_then(|()| fill(0))
    }
}
