//! An open file.

use super::boot::Uptime;
use super::cipher::Cipher;
use super::clock::Clock;
use super::close::Closing;
use super::encryption;
use super::error::StorageError;
use super::identity::Identity;
use super::lock::Lock;
use super::open::{connect, create_private, patiently};
use super::owner::Owner;
use super::presence::{Elsewhere, Machine, Presence};
use super::schema::{SCHEMA, prepare};
use super::wall::{self, wall_ms};
use super::writer::Writer;
use super::{signed, unsigned};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many connections for reading are kept open.
const READERS_KEPT: usize = 4;

/// The one file of a host, readable by its owner alone.
pub struct StateFile {
    path: PathBuf,
    clock: Arc<Clock>,
    cipher: Arc<Cipher>,
    restored_ms: Option<u64>,
    /// How far the wall clock is off that this file goes by; only tests have one that is.
    wall_off_ms: i64,
    owner: Mutex<Option<Owner>>,
    // Readers do not wait for a writer's disk, so they have connections of their own.
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
    identity: Identity,
    // Once nobody here has it open any more.
    _closing: Closing,
    _presence: Option<Presence>,
    // Given back after everything else is closed.
    _lock: Lock,
}

impl StateFile {
    /// Opens the file, and makes it and its directory where they do not exist. A file of an earlier version gets the
    /// tables of this one; earlier versions then refuse it.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        Self::open_at(path, &Uptime::now(), wall_ms())
    }

    /// Opens the file as on a machine whose wall clock shows something else.
    pub fn open_with_wall_clock(path: &Path, wall_ms: u64) -> Result<Self, StorageError> {
        Self::open_at(path, &Uptime::now(), wall_ms)
    }

    pub(super) fn open_at(path: &Path, uptime: &Uptime, wall_ms: u64) -> Result<Self, StorageError> {
        let lock = Lock::shared(path)?;
        let elsewhere = Elsewhere::default();
        // Without a boot id that all its processes know, a machine cannot tell itself from others.
        let presence = match uptime.shared {
            true => Some(Presence::announce(
                path,
                Machine::here(&uptime.boot_id),
                elsewhere.clone(),
            )?),
            false => None,
        };
        create_private(path).map_err(|error| StorageError::file(path, error))?;
        let failed = |error: rusqlite::Error| StorageError::file(path, error);
        let mut connection = patiently(|| connect(path)).map_err(failed)?;
        let found = patiently(|| prepare(&mut connection)).map_err(failed)?;
        if found != SCHEMA {
            return Err(StorageError::NewerSchema {
                path: path.display().to_string(),
                found,
                supported: SCHEMA,
            });
        }
        let cipher = encryption::open(&connection, path)?;
        let clock = patiently(|| Clock::open(&mut connection, uptime, wall_ms)).map_err(failed)?;
        let restored_ms = connection
            .query_row("SELECT restored_ms FROM clock", [], |row| row.get::<_, Option<i64>>(0))
            .map_err(failed)?
            .map(unsigned);
        let clock = Arc::new(clock);
        let wall_off_ms = signed(wall_ms).saturating_sub(signed(wall::wall_ms()));
        let identity = Identity::of(path, elsewhere)?;
        let writer = Writer::start(connection, clock.clone(), identity.clone())
            .map_err(|error| StorageError::file(path, error))?;
        let file = Self {
            path: path.to_owned(),
            clock,
            cipher,
            restored_ms,
            wall_off_ms,
            owner: Mutex::default(),
            readers: Mutex::default(),
            writer,
            _closing: Closing(identity.clone()),
            identity,
            _presence: presence,
            _lock: lock,
        };
        file.set_clock()?;
        Ok(file)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's clock in milliseconds, close to the Unix epoch. It does not follow steps of the
    /// wall clock, and is the same for all processes of a boot.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// When the clock was last anchored, by itself: at a boot, or because it was wrong. How much time had passed before
    /// that, it does not know.
    pub fn anchored_ms(&self) -> u64 {
        self.clock.anchored_ms()
    }

    pub(super) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    pub(super) fn wall_ms(&self) -> u64 {
        unsigned(signed(wall_ms()).saturating_add(self.wall_off_ms))
    }

    pub(super) fn owner_place(&self) -> &Mutex<Option<Owner>> {
        &self.owner
    }

    /// What encrypts its ledger.
    pub(crate) fn cipher(&self) -> &Arc<Cipher> {
        &self.cipher
    }

    /// When the file was last put back from a copy, by its clock. What it lacks since may have been there before.
    pub fn restored_ms(&self) -> Option<u64> {
        self.restored_ms
    }

    /// Reads at one instant, and says which: it is not behind any commit that the reading has seen.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<(T, u64), StorageError> {
        let failed = |error: rusqlite::Error| StorageError::sqlite(&self.path, &error);
        let reader = self.readers().pop();
        let mut reader = match reader {
            Some(reader) => reader,
            None => {
                let reader = patiently(|| connect(&self.path));
                // Of another file it would read something else.
                self.identity.check()?;
                reader.map_err(failed)?
            }
        };
        let outcome = reader
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .and_then(|transaction| {
                self.clock.follow(&transaction)?;
                read(&transaction)
            });
        // Whoever committed what was read had looked at the clock before.
        let now_ms = self.now_ms();
        let mut readers = self.readers();
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        drop(readers);
        let outcome = outcome.map_err(failed)?;
        if !self.clock.may_tell(now_ms) {
            // A transaction that writes nothing but the horizon.
            self.write(|_, _| Ok(()))?;
        }
        Ok((outcome, now_ms))
    }

    /// Writes, durably, and all or nothing. The work is passed the file's time, read under the lock; it may be run
    /// in one transaction with that of others.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, u64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.writer.write(true, work)
    }

    /// Like [`write`](Self::write), and refuses at once when more is waiting than the disk takes.
    pub(crate) fn try_write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, u64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.writer.write(false, work)
    }

    fn readers(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        self.leave();
    }
}
