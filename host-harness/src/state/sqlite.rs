//! A store in a file that several processes share.

use super::limits::{SnapshotSize, check_commit, check_keys};
use super::quota::AccountQuota;
use super::store::{Check, CommitError, Committed, Entry, Snapshot, Store, StoreError, Write};
use crate::storage::{StateFile, signed, unsigned};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use usage::Estimate;

/// How often expired rows are swept, by the file's clock.
const SWEEP_EVERY_MS: u64 = 60_000;

/// The remembered values of one account in a [`StateFile`].
pub struct SqliteStore {
    file: Arc<StateFile>,
    account: i64,
    swept_ms: Arc<AtomicU64>,
    quota: AccountQuota,
    estimate: Estimate,
}

impl SqliteStore {
    /// The store of an account, by any name that no other account has.
    ///
    /// A file of an earlier version does not say whose its rows are. Such a row is found by whoever asks for its key,
    /// and belongs to whoever writes it next; a component's keys are made of the account, so that these are the same.
    pub fn of_account(file: Arc<StateFile>, name: &str) -> Result<Self, StoreError> {
        let name = name.to_owned();
        let account = file.write(move |connection, _| {
            connection
                .prepare_cached("INSERT INTO accounts (name) VALUES (?1) ON CONFLICT (name) DO NOTHING")?
                .execute([&name])?;
            connection
                .prepare_cached("SELECT account FROM accounts WHERE name = ?1")?
                .query_row([&name], |row| row.get(0))
        })?;
        Ok(Self {
            file,
            account,
            swept_ms: Arc::default(),
            quota: AccountQuota::default(),
            estimate: Estimate::default(),
        })
    }

    /// The same store, in which the account keeps no more than this.
    #[must_use]
    pub fn within(mut self, quota: AccountQuota) -> Self {
        self.quota = quota;
        self
    }
}

impl Store for SqliteStore {
    fn now_ms(&self) -> u64 {
        self.file.now_ms()
    }

    fn get_many(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        check_keys(keys.iter())?;
        let (rows, now_ms) = self.file.read(|transaction| {
            let mut size = SnapshotSize::default();
            let mut rows = Vec::with_capacity(keys.len());
            for key in keys {
                let row = select(transaction, self.account, key)?;
                if let Err(too_large) = size.add(row.as_ref().map(|row| &row.entry)) {
                    return Ok(Err(too_large));
                }
                rows.push(row);
            }
            Ok(Ok(rows))
        })?;
        let alive = |row: Option<Row>| row.and_then(|row| row.alive(now_ms));
        Ok(Snapshot {
            now_ms,
            restored_ms: self.file.restored_ms(),
            entries: rows?.into_iter().map(alive).collect(),
        })
    }

    fn commit(&self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        check_commit(checks, writes)?;
        self.estimate.admit(writes, self.quota, &self.file, self.account)?;
        let (account, checks, writes) = (self.account, checks.to_vec(), writes.to_vec());
        let swept_ms = self.swept_ms.clone();
        let outcome = self.file.write(move |connection, now_ms| {
            if let Some(key) = broken(connection, account, &checks, now_ms)? {
                return Ok(Err(CommitError::Conflict { now_ms, key }));
            }
            if writes.is_empty() {
                let version = connection.query_row("SELECT version FROM counter", [], read_version)?;
                return Ok(Ok(Committed { now_ms, version }));
            }
            let version = connection
                .prepare_cached("UPDATE counter SET version = version + 1 RETURNING version")?
                .query_row([], read_version)?;
            for write in &writes {
                apply(connection, account, write, version, now_ms)?;
            }
            if now_ms.saturating_sub(swept_ms.load(Ordering::SeqCst)) >= SWEEP_EVERY_MS {
                connection
                    .prepare_cached("DELETE FROM entries WHERE expires_ms <= ?1")?
                    .execute([signed(now_ms)])?;
                swept_ms.store(now_ms, Ordering::SeqCst);
            }
            Ok(Ok(Committed { now_ms, version }))
        });
        outcome.map_err(StoreError::from)?
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

/// The account's own row before one of nobody.
fn select(connection: &Connection, account: i64, key: &str) -> rusqlite::Result<Option<Row>> {
    connection
        .prepare_cached(
            "SELECT value, version, expires_ms FROM entries
             WHERE account IN (?1, 0) AND key = ?2 ORDER BY account DESC LIMIT 1",
        )?
        .query_row(params![account, key], |row| {
            Ok(Row {
                entry: Entry {
                    value: row.get(0)?,
                    version: unsigned(row.get(1)?),
                },
                expires_ms: row.get::<_, Option<i64>>(2)?.map(unsigned),
            })
        })
        .optional()
}

/// The first key whose check does not hold.
fn broken(connection: &Connection, account: i64, checks: &[Check], now_ms: u64) -> rusqlite::Result<Option<String>> {
    for check in checks {
        let found = select(connection, account, &check.key)?
            .and_then(|row| row.alive(now_ms))
            .map(|entry| entry.version);
        if found != check.version {
            return Ok(Some(check.key.clone()));
        }
    }
    Ok(None)
}

fn apply(connection: &Connection, account: i64, write: &Write, version: u64, now_ms: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM entries WHERE account IN (?1, 0) AND key = ?2")?
        .execute(params![account, write.key])?;
    if let Some(value) = &write.value {
        let expires_ms = write.ttl_ms.map(|ttl_ms| signed(now_ms.saturating_add(ttl_ms)));
        connection
            .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![account, write.key, value, signed(version), expires_ms])?;
    }
    Ok(())
}

fn read_version(row: &rusqlite::Row<'_>) -> rusqlite::Result<u64> {
    row.get::<_, i64>(0).map(unsigned)
}

#[cfg(test)]
mod tests;
mod usage;
