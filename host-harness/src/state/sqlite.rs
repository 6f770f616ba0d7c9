//! A store in a file that several processes share.
//!
//! # The clock
//!
//! One row anchors the store's time to the machine's uptime: on the boot `boot_id`, at `anchor_uptime_ms`, it was
//! `anchor_ms`. Every process of that boot reads the same row once and counts on from there, so they agree to the
//! millisecond, need no query to know the time, and none of them sees a step of the wall clock. After a reboot the
//! first process anchors anew, at the wall clock or at `horizon_ms`, whichever is later. `horizon_ms` is never behind
//! a time that a read or a commit has told anybody.

mod file;

use super::boot::{self, Uptime};
use super::clock::wall_ms;
use super::limits::{check_commit, check_keys};
use super::store::{Check, CommitError, Committed, Entry, Snapshot, Store, StoreError, Write};
use file::{SCHEMA, connect, create_private, patiently, prepare_schema};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How far ahead of the time told the persisted horizon is moved, so that a reader has to move it seldom.
const LEAD_MS: u64 = 5_000;

/// How often expired rows are swept, by the store's clock.
const SWEEP_EVERY_MS: u64 = 60_000;

/// A store in a SQLite file, readable by its owner alone.
pub struct SqliteStore {
    path: PathBuf,
    anchor: Anchor,
    horizon_ms: AtomicU64,
    lead_ms: u64,
    swept_ms: AtomicU64,
    // Readers do not wait for a writer's disk, so they have a connection of their own.
    reader: Mutex<Connection>,
    writer: Mutex<Connection>,
}

/// What the store's time was at one uptime of this boot.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    uptime_ms: u64,
    store_ms: u64,
}

impl Anchor {
    fn now_ms(self) -> u64 {
        let elapsed = boot::elapsed_ms().saturating_sub(self.uptime_ms);
        self.store_ms.saturating_add(elapsed)
    }
}

impl SqliteStore {
    /// Opens the file, and makes it and its directory where they do not exist.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_at(path, &Uptime::now(), wall_ms())
    }

    fn open_at(path: &Path, uptime: &Uptime, wall_ms: u64) -> Result<Self, StoreError> {
        create_private(path).map_err(|error| StoreError::File {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let failed = |error: rusqlite::Error| file_error(path, &error);
        let mut writer = patiently(|| connect(path)).map_err(failed)?;
        let found = patiently(|| prepare_schema(&mut writer)).map_err(failed)?;
        if found != SCHEMA {
            return Err(StoreError::NewerSchema {
                path: path.display().to_string(),
                found,
                supported: SCHEMA,
            });
        }
        let (anchor, horizon_ms) = patiently(|| anchor(&mut writer, uptime, wall_ms)).map_err(failed)?;
        let reader = patiently(|| connect(path)).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            anchor,
            horizon_ms: AtomicU64::new(horizon_ms),
            // Where every process anchors anew, a lead would carry the clock ahead with each of them.
            lead_ms: if uptime.shared { LEAD_MS } else { 0 },
            swept_ms: AtomicU64::new(0),
            reader: Mutex::new(reader),
            writer: Mutex::new(writer),
        })
    }

    fn error(&self, error: rusqlite::Error) -> StoreError {
        file_error(&self.path, &error)
    }

    fn read(&self, keys: &[String]) -> rusqlite::Result<Snapshot> {
        let mut reader = lock(&self.reader);
        let transaction = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
        // The first query opens the snapshot. Whoever committed what it shows had read the clock before, so a time
        // read after it is not behind any of those commits.
        let mut rows = Vec::with_capacity(keys.len());
        {
            let mut select =
                transaction.prepare_cached("SELECT value, version, expires_ms FROM entries WHERE key = ?1")?;
            for key in keys {
                rows.push(select.query_row([key], read_row).optional()?);
            }
        }
        let now_ms = self.anchor.now_ms();
        let entries = rows
            .into_iter()
            .map(|row| row.and_then(|row| row.alive(now_ms)))
            .collect();
        Ok(Snapshot { now_ms, entries })
    }

    /// Makes sure that after a reboot no time before this one is told.
    fn keep_horizon(&self, now_ms: u64) -> rusqlite::Result<()> {
        if now_ms <= self.horizon_ms.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let horizon = raise_horizon(&transaction, now_ms.saturating_add(self.lead_ms))?;
        transaction.commit()?;
        self.horizon_ms.fetch_max(horizon, Ordering::SeqCst);
        Ok(())
    }

    fn write(&self, checks: &[Check], writes: &[Write]) -> rusqlite::Result<Result<Committed, CommitError>> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read under the write lock: time to live counts from the commit, not from when the call began to wait.
        let now_ms = self.anchor.now_ms();
        for check in checks {
            let found = transaction
                .prepare_cached("SELECT value, version, expires_ms FROM entries WHERE key = ?1")?
                .query_row([&check.key], read_row)
                .optional()?
                .and_then(|row| row.alive(now_ms))
                .map(|entry| entry.version);
            if found != check.version {
                // Told under the same promise as every other time, by the caller, once the lock is free.
                return Ok(Err(CommitError::Conflict {
                    now_ms,
                    key: check.key.clone(),
                }));
            }
        }
        if writes.is_empty() {
            let version = transaction.query_row("SELECT version FROM counter", [], |row| {
                row.get::<_, i64>(0).map(unsigned)
            })?;
            return Ok(Ok(Committed { now_ms, version }));
        }
        let version = transaction
            .prepare_cached("UPDATE counter SET version = version + 1 RETURNING version")?
            .query_row([], |row| row.get::<_, i64>(0).map(unsigned))?;
        for write in writes {
            write_row(&transaction, write, version, now_ms)?;
        }
        let horizon = raise_horizon(&transaction, now_ms.saturating_add(self.lead_ms))?;
        let sweep = now_ms.saturating_sub(self.swept_ms.load(Ordering::SeqCst)) >= SWEEP_EVERY_MS;
        if sweep {
            transaction
                .prepare_cached("DELETE FROM entries WHERE expires_ms <= ?1")?
                .execute([signed(now_ms)])?;
        }
        transaction.commit()?;
        self.horizon_ms.fetch_max(horizon, Ordering::SeqCst);
        if sweep {
            self.swept_ms.store(now_ms, Ordering::SeqCst);
        }
        Ok(Ok(Committed { now_ms, version }))
    }
}

impl Store for SqliteStore {
    fn now_ms(&self) -> u64 {
        self.anchor.now_ms()
    }

    fn get_many(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        check_keys(keys.iter())?;
        let snapshot = self.read(keys).map_err(|error| self.error(error))?;
        self.keep_horizon(snapshot.now_ms).map_err(|error| self.error(error))?;
        Ok(snapshot)
    }

    fn commit(&self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        check_commit(checks, writes)?;
        let outcome = self.write(checks, writes).map_err(|error| self.error(error))?;
        let told_ms = match &outcome {
            Ok(committed) => committed.now_ms,
            Err(CommitError::Conflict { now_ms, .. }) => *now_ms,
            Err(CommitError::Unavailable(_)) => 0,
        };
        match self.keep_horizon(told_ms) {
            Ok(()) => outcome,
            // A commit that has taken place is answered as such; it moved the horizon itself.
            Err(_) if outcome.is_ok() => outcome,
            Err(error) => Err(self.error(error).into()),
        }
    }
}

/// A row as it stands in the file, expired or not.
struct Row {
    entry: Entry,
    expires_ms: Option<u64>,
}

impl Row {
    fn alive(self, now_ms: u64) -> Option<Entry> {
        match self.expires_ms {
            Some(expires_ms) if expires_ms <= now_ms => None,
            _ => Some(self.entry),
        }
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        entry: Entry {
            value: row.get(0)?,
            version: unsigned(row.get(1)?),
        },
        expires_ms: row.get::<_, Option<i64>>(2)?.map(unsigned),
    })
}

fn write_row(transaction: &Transaction<'_>, write: &Write, version: u64, now_ms: u64) -> rusqlite::Result<()> {
    match &write.value {
        Some(value) => {
            let expires_ms = write.ttl_ms.map(|ttl_ms| signed(now_ms.saturating_add(ttl_ms)));
            transaction
                .prepare_cached("INSERT OR REPLACE INTO entries VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![write.key, value, signed(version), expires_ms])?;
        }
        None => {
            transaction
                .prepare_cached("DELETE FROM entries WHERE key = ?1")?
                .execute([&write.key])?;
        }
    }
    Ok(())
}

fn raise_horizon(transaction: &Transaction<'_>, horizon_ms: u64) -> rusqlite::Result<u64> {
    transaction
        .prepare_cached("UPDATE clock SET horizon_ms = max(horizon_ms, ?1) RETURNING horizon_ms")?
        .query_row([signed(horizon_ms)], |row| row.get::<_, i64>(0).map(unsigned))
}

/// The anchor of this boot, made where this is the first process of it, and the horizon.
fn anchor(connection: &mut Connection, uptime: &Uptime, wall_ms: u64) -> rusqlite::Result<(Anchor, u64)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let row = transaction
        .query_row(
            "SELECT boot_id, anchor_uptime_ms, anchor_ms, horizon_ms FROM clock",
            [],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    unsigned(row.get(1)?),
                    unsigned(row.get(2)?),
                    unsigned(row.get(3)?),
                ))
            },
        )
        .optional()?;
    if let Some((boot_id, uptime_ms, store_ms, horizon_ms)) = &row
        && *boot_id == uptime.boot_id
        && *uptime_ms <= uptime.elapsed_ms
    {
        let anchor = Anchor {
            uptime_ms: *uptime_ms,
            store_ms: *store_ms,
        };
        return Ok((anchor, *horizon_ms));
    }
    let horizon_ms = row.map_or(0, |(_, _, _, horizon_ms)| horizon_ms);
    let anchor = Anchor {
        uptime_ms: uptime.elapsed_ms,
        store_ms: wall_ms.max(horizon_ms),
    };
    let horizon_ms = anchor.store_ms;
    transaction.execute(
        "INSERT OR REPLACE INTO clock VALUES (1, ?1, ?2, ?3, ?4)",
        params![
            uptime.boot_id,
            signed(anchor.uptime_ms),
            signed(anchor.store_ms),
            signed(horizon_ms)
        ],
    )?;
    transaction.commit()?;
    Ok((anchor, horizon_ms))
}

fn file_error(path: &Path, error: &rusqlite::Error) -> StoreError {
    StoreError::File {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A transaction that a panic left open has been rolled back by its drop.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

// SQLite knows signed integers alone. Times and versions stay far below the sign.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

#[cfg(test)]
mod tests;
