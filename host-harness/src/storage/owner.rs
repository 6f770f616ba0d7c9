//! Who works on what is in the file, and what becomes of it when they are gone.
//!
//! A process that has something that others must wait for (an event that it runs, a lease in a ledger) stands in the
//! table `owners`, and holds a lock on a small file of its own beside the state file for as long as it lives. The system
//! takes the lock away when the process ends, however it ends: so whoever finds the lock free knows that nothing is done
//! any more by its owner, and gives back what it had. Leases have an end all the same, for owners of whom nobody knows.

use super::error::StorageError;
use super::lock::{beside, real};
use super::open::create_private;
use super::state_file::StateFile;
use super::{signed, unsigned};
use rusqlite::{Connection, params};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

/// The number under which an open file stands in the table.
pub(crate) type OwnerId = i64;

/// The place of this open file in the table, and the lock that proves that it is in use.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) id: OwnerId,
    lock_path: PathBuf,
    _lock: File,
}

impl StateFile {
    /// The number of this open file as an owner. It is made known when it is first asked for.
    pub(crate) fn owner(&self) -> Result<OwnerId, StorageError> {
        let mut place = self.owner_place().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = place.as_ref() {
            return Ok(owner.id);
        }
        let id = fastrand::i64(1..);
        let lock_path = lock_path(self.path(), id);
        let lock = lock(&lock_path).map_err(|error| StorageError::file(self.path(), error))?;
        // Locked first: as soon as others can see the row, they can see that its owner lives.
        self.write(move |connection, now_ms| {
            connection
                .prepare_cached("INSERT INTO owners (owner, process, since_ms) VALUES (?1, ?2, ?3)")?
                .execute(params![id, std::process::id(), signed(now_ms)])
        })
        .inspect_err(|_| {
            // Nobody has seen it.
            let _ = fs::remove_file(&lock_path);
        })?;
        *place = Some(Owner {
            id,
            lock_path,
            _lock: lock,
        });
        Ok(id)
    }

    /// That number, if it was asked for before.
    pub(super) fn owner_if_any(&self) -> Option<OwnerId> {
        let place = self.owner_place().lock().unwrap_or_else(PoisonError::into_inner);
        place.as_ref().map(|owner| owner.id)
    }

    /// Gives back at once what owners have that are provably gone, and says how many of them there were.
    pub(crate) fn release_gone(&self) -> Result<usize, StorageError> {
        let own = self.owner_if_any();
        let (owners, _) = self.read(|transaction| {
            let mut select = transaction.prepare_cached("SELECT owner FROM owners")?;
            let rows = select.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<OwnerId>>>()
        })?;
        let mut others = owners.into_iter().filter(|owner| Some(*owner) != own);
        others.try_fold(0, |released, owner| {
            Ok(released + usize::from(self.release_if_gone(owner)?))
        })
    }

    /// Gives back what an owner has, if it is provably gone, and says whether it is.
    pub(crate) fn release_if_gone(&self, owner: OwnerId) -> Result<bool, StorageError> {
        if self.owner_if_any() == Some(owner) {
            return Ok(false);
        }
        let (stands, _) = self.read(|transaction| {
            transaction
                .prepare_cached("SELECT 1 FROM owners WHERE owner = ?1")?
                .exists([owner])
        })?;
        if !stands {
            // It has left, or somebody else has found it gone.
            return Ok(true);
        }
        let lock_path = lock_path(self.path(), owner);
        // Held until it is written down: who finds it held meanwhile, looks again later.
        let Some(_lock) = lock_of_gone(&lock_path) else {
            return Ok(false);
        };
        self.write(move |connection, now_ms| release(connection, owner, now_ms, true))?;
        // It has no row any more, so nobody will ask for it again.
        let _ = fs::remove_file(lock_path);
        tracing::info!(owner, "released what a process had that is gone");
        Ok(true)
    }

    /// Whether a process stands in the table: others wait for what it has.
    pub(crate) fn lists(&self, process: u32) -> Result<bool, StorageError> {
        let listed = self.read(|transaction| {
            transaction
                .prepare_cached("SELECT 1 FROM owners WHERE process = ?1")?
                .exists([process])
        });
        listed.map(|(listed, _)| listed)
    }

    /// Whether no other process works with the file.
    pub(crate) fn is_alone(&self) -> Result<bool, StorageError> {
        self.release_gone()?;
        let own = self.owner_if_any();
        self.read(|transaction| nobody_else(transaction, own))
            .map(|(alone, _)| alone)
    }

    /// The processes that work with the file, as far as they are not known to be gone: their ids, and since when.
    pub fn processes(&self) -> Result<Vec<(u32, u64)>, StorageError> {
        let (owners, _) = self.read(|transaction| {
            let mut select =
                transaction.prepare_cached("SELECT owner, process, since_ms FROM owners ORDER BY since_ms")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, unsigned(row.get(2)?))))?;
            rows.collect::<rusqlite::Result<Vec<(OwnerId, u32, u64)>>>()
        })?;
        let alive = |owner: &(OwnerId, u32, u64)| lock_of_gone(&lock_path(self.path(), owner.0)).is_none();
        Ok(owners
            .into_iter()
            .filter(alive)
            .map(|(_, process, since_ms)| (process, since_ms))
            .collect())
    }

    /// Lets the lock go as the system does when a process ends that had no time to leave.
    #[cfg(test)]
    pub(crate) fn die(&self) {
        drop(self.owner_place().lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Leaves the table, for the file is closed: nothing is at work that could need what it had.
    pub(super) fn leave(&mut self) {
        let place = self.owner_place().lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(owner) = place else {
            return;
        };
        let id = owner.id;
        let left = self.write(move |connection, now_ms| release(connection, id, now_ms, false));
        // If it cannot be written down, others find the lock free.
        if left.is_ok() {
            let _ = fs::remove_file(&owner.lock_path);
        }
    }
}

/// Whether no owner but this one stands in the table.
pub(super) fn nobody_else(connection: &Connection, own: Option<OwnerId>) -> rusqlite::Result<bool> {
    let others: i64 = connection
        .prepare_cached("SELECT count(*) FROM owners WHERE owner IS NOT ?1")?
        .query_row([own], |row| row.get(0))?;
    Ok(others == 0)
}

/// Gives back what an owner had. `lost`: it did not mean to leave, and one of the events that it ran may be why.
fn release(connection: &Connection, owner: OwnerId, now_ms: u64, lost: bool) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE events SET status = 'waiting', lease = NULL, owner = NULL, due_ms = ?2, holds_place = 1,
                 changed_ms = ?2, lost_runs = lost_runs + ?3
             WHERE owner = ?1 AND status = 'running'",
        )?
        .execute(params![owner, signed(now_ms), lost])?;
    for sql in [
        "UPDATE alerts SET due_ms = 0, owner = NULL WHERE owner = ?1",
        "DELETE FROM entries WHERE owner = ?1",
        "DELETE FROM owners WHERE owner = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([owner])?;
    }
    Ok(())
}

fn lock_path(path: &Path, owner: OwnerId) -> PathBuf {
    // Whoever has the file open by a link looks for the same owners.
    beside(&real(path), &format!("-owner-{owner:016x}"))
}

fn lock(path: &Path) -> io::Result<File> {
    create_private(path)?;
    let file = File::options().append(true).open(path)?;
    file.try_lock()?;
    Ok(file)
}

/// The lock of an owner, if nobody holds it. A lock file that is missing proves nothing: somebody may have removed it
/// from under a process that lives.
fn lock_of_gone(path: &Path) -> Option<File> {
    let file = File::options().append(true).open(path).ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

#[cfg(test)]
mod tests;
