//! A store in a file that several processes share, encrypted.

use super::limits::{SnapshotSize, check_commit, check_keys};
use super::quota::AccountQuota;
use super::store::{Check, CommitError, Committed, Entry, Snapshot, Store, StoreError, Write};
use crate::storage::{Cipher, Name, OwnerId, StateFile, StorageError, signed, unsigned};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;
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

impl SqliteStore {
    fn read(&self, names: &[Name]) -> Result<(Vec<Option<Row>>, u64), StoreError> {
        let (rows, now_ms) = self.file.read(|transaction| {
            let mut size = SnapshotSize::default();
            let mut rows = Vec::with_capacity(names.len());
            for name in names {
                let row = select(transaction, self.account, name)?;
                if let Err(too_large) = size.add(row.as_ref().map_or(0, Row::text_len)) {
                    return Ok(Err(too_large));
                }
                rows.push(row);
            }
            Ok(Ok(rows))
        })?;
        Ok((rows?, now_ms))
    }
}

/// Deletes what has expired, of all accounts of a file. Commits do that now and then; nothing commits where nothing
/// happens.
pub(crate) fn sweep(file: &StateFile) -> Result<usize, StorageError> {
    file.write(delete_expired)
}

fn delete_expired(connection: &Connection, now_ms: u64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM entries WHERE expires_ms <= ?1")?
        .execute([signed(now_ms)])
}

impl Store for SqliteStore {
    fn now_ms(&self) -> u64 {
        self.file.now_ms()
    }

    fn get_many(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        check_keys(keys.iter())?;
        let cipher = self.file.cipher();
        let names: Vec<Name> = keys.iter().map(|key| cipher.name(key)).collect();
        let mut read = self.read(&names)?;
        // What a process has that is gone is nobody's. Usually all is our own.
        let owners: BTreeSet<_> = read.0.iter().flatten().filter_map(|row| row.owner).collect();
        let mut released = false;
        for owner in owners {
            released |= self.file.release_if_gone(owner)?;
        }
        if released {
            read = self.read(&names)?;
        }
        let (rows, now_ms) = read;
        let entries = keys.iter().zip(&names).zip(rows).map(|((key, name), row)| {
            let row = row.filter(|row| row.alive(now_ms));
            row.map(|row| row.entry(cipher, key, name)).transpose()
        });
        Ok(Snapshot {
            now_ms,
            anchored_ms: self.file.anchored_ms(),
            restored_ms: self.file.restored_ms(),
            entries: entries.collect::<Result<_, _>>()?,
        })
    }

    fn commit(&self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        check_commit(checks, writes)?;
        self.estimate.admit(writes, self.quota, &self.file, self.account)?;
        let (account, cipher) = (self.account, self.file.cipher());
        let named = |check: &Check| (cipher.name(&check.key), check.clone());
        let checks: Vec<_> = checks.iter().map(named).collect();
        let writes = writes.iter().map(|write| Encrypted::of(cipher, write));
        let writes = writes.collect::<Result<Vec<_>, _>>()?;
        let swept_ms = self.swept_ms.clone();
        let leases = writes.iter().any(|write| write.lease && write.value.is_some());
        let owner = leases
            .then(|| self.file.owner())
            .transpose()
            .map_err(StoreError::from)?;
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
                let owner = owner.filter(|_| write.lease);
                apply(connection, account, write, owner, version, now_ms)?;
            }
            if now_ms.saturating_sub(swept_ms.load(Ordering::SeqCst)) >= SWEEP_EVERY_MS {
                delete_expired(connection, now_ms)?;
                swept_ms.store(now_ms, Ordering::SeqCst);
            }
            Ok(Ok(Committed { now_ms, version }))
        });
        outcome.map_err(StoreError::from)?
    }
}

/// A row as it stands in the file, expired or not.
struct Row {
    value: Vec<u8>,
    version: u64,
    expires_ms: Option<u64>,
    owner: Option<OwnerId>,
}

impl Row {
    /// How many bytes the value has, once it is decrypted.
    fn text_len(&self) -> usize {
        self.value.len().saturating_sub(Cipher::OVERHEAD)
    }

    fn alive(&self, now_ms: u64) -> bool {
        self.expires_ms.is_none_or(|expires_ms| expires_ms > now_ms)
    }

    fn entry(&self, cipher: &Cipher, key: &str, name: &Name) -> Result<Entry, StoreError> {
        match cipher.decrypt(name, &self.value) {
            Some(value) => Ok(Entry {
                value,
                version: self.version,
            }),
            None => Err(StoreError::Undecipherable { key: key.to_owned() }),
        }
    }
}

/// A write as it goes into the file.
struct Encrypted {
    name: Name,
    value: Option<Vec<u8>>,
    ttl_ms: Option<u64>,
    lease: bool,
}

impl Encrypted {
    fn of(cipher: &Cipher, write: &Write) -> Result<Self, StoreError> {
        let name = cipher.name(&write.key);
        let encrypt = |value: &String| cipher.encrypt(&name, value).map_err(|_| StoreError::NoRandomNumbers);
        Ok(Self {
            value: write.value.as_ref().map(encrypt).transpose()?,
            ttl_ms: write.ttl_ms,
            lease: write.lease,
            name,
        })
    }
}

/// The account's own row before one of nobody.
fn select(connection: &Connection, account: i64, name: &Name) -> rusqlite::Result<Option<Row>> {
    connection
        .prepare_cached(
            "SELECT value, version, expires_ms, owner FROM entries
             WHERE account IN (?1, 0) AND key = ?2 ORDER BY account DESC LIMIT 1",
        )?
        .query_row(params![account, name.as_slice()], |row| {
            Ok(Row {
                value: row.get(0)?,
                version: unsigned(row.get(1)?),
                expires_ms: row.get::<_, Option<i64>>(2)?.map(unsigned),
                owner: row.get(3)?,
            })
        })
        .optional()
}

/// The first key whose check does not hold.
fn broken(
    connection: &Connection,
    account: i64,
    checks: &[(Name, Check)],
    now_ms: u64,
) -> rusqlite::Result<Option<String>> {
    for (name, check) in checks {
        let found = select(connection, account, name)?
            .filter(|row| row.alive(now_ms))
            .map(|row| row.version);
        if found != check.version {
            return Ok(Some(check.key.clone()));
        }
    }
    Ok(None)
}

fn apply(
    connection: &Connection,
    account: i64,
    write: &Encrypted,
    owner: Option<OwnerId>,
    version: u64,
    now_ms: u64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM entries WHERE account IN (?1, 0) AND key = ?2")?
        .execute(params![account, write.name.as_slice()])?;
    if let Some(value) = &write.value {
        let expires_ms = write.ttl_ms.map(|ttl_ms| signed(now_ms.saturating_add(ttl_ms)));
        connection
            .prepare_cached(
                "INSERT INTO entries (account, key, value, version, expires_ms, owner)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                account,
                write.name.as_slice(),
                value,
                signed(version),
                expires_ms,
                owner
            ])?;
    }
    Ok(())
}

fn read_version(row: &rusqlite::Row<'_>) -> rusqlite::Result<u64> {
    row.get::<_, i64>(0).map(unsigned)
}

#[cfg(test)]
mod tests;
mod usage;
