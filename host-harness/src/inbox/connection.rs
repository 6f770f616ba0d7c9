//! The connections whose events are taken in.

use super::Inbox;
use crate::storage::{StorageError, signed, unsigned};
use rusqlite::{Connection, OptionalExtension, params};
use thiserror::Error;

/// A connection in this inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub(super) i64);

/// A connection under its present configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Registered {
    /// The connection.
    pub connection: ConnectionId,
    /// Its configuration. An event keeps the one it came under.
    pub configuration: i64,
}

/// A connection that the provider refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// Since when, by the file's clock.
    pub since_ms: u64,
    /// Why, for people.
    pub why: String,
}

/// Why a connection cannot be made known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegisterError {
    /// Its name is that of another account's. Events of one are no events of the other.
    #[error(
        "connection `{name}` is of account `{account}` in this state file; name the configuration file otherwise, or \
         use another state file with `--state`"
    )]
    OtherAccount {
        /// The connection.
        name: String,
        /// The account that it is of.
        account: String,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Inbox {
    /// Makes a connection of an account known, under the configuration that it has from now on.
    pub fn register(&self, name: &str, account: &str, configuration_json: &str) -> Result<Registered, RegisterError> {
        let (of, wanted, json) = (name.to_owned(), account.to_owned(), configuration_json.to_owned());
        let registered = self
            .file
            .write(move |connection, _| register(connection, &of, &wanted, &json))?;
        registered.map_err(|account| RegisterError::OtherAccount {
            name: name.to_owned(),
            account,
        })
    }

    /// The configuration that an event came under, as JSON.
    pub fn configuration(&self, configuration: i64) -> Result<Option<String>, StorageError> {
        let (json, _) = self.file.read(|transaction| {
            transaction
                .prepare_cached("SELECT json FROM configurations WHERE configuration = ?1")?
                .query_row([configuration], |row| row.get(0))
                .optional()
        })?;
        Ok(json)
    }

    /// The provider refuses a connection: its events wait. `true` when it did not know that before.
    pub fn halt(&self, connection: ConnectionId, why: &str, probe_after_ms: u64) -> Result<bool, StorageError> {
        let why = why.to_owned();
        self.file.write(move |database, now_ms| {
            let fresh = database
                .prepare_cached(
                    "UPDATE connections SET halted_ms = ?2, halted_why = ?3 WHERE connection = ?1 AND halted_ms IS NULL",
                )?
                .execute(params![connection.0, signed(now_ms), why])?;
            database
                .prepare_cached("UPDATE connections SET probe_ms = ?2 WHERE connection = ?1")?
                .execute(params![connection.0, signed(now_ms.saturating_add(probe_after_ms))])?;
            Ok(fresh > 0)
        })
    }

    /// The provider takes a connection's requests again, or may: all that waits is due. `true` when it was halted.
    pub fn resume(&self, connection: ConnectionId) -> Result<bool, StorageError> {
        self.file
            .write(move |database, now_ms| resume(database, connection, now_ms))
    }

    /// The connections that are halted, by name.
    pub fn halted(&self) -> Result<Vec<(String, Halt)>, StorageError> {
        let (halted, _) = self.file.read(|transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT name, halted_ms, halted_why FROM connections WHERE halted_ms IS NOT NULL ORDER BY name",
            )?;
            let rows = select.query_map([], |row| {
                let halt = Halt {
                    since_ms: unsigned(row.get(1)?),
                    why: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                };
                Ok((row.get(0)?, halt))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(halted)
    }

    /// A connection by name.
    pub fn connection(&self, name: &str) -> Result<Option<ConnectionId>, StorageError> {
        let (found, _) = self.file.read(|transaction| {
            transaction
                .prepare_cached("SELECT connection FROM connections WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        })?;
        Ok(found.map(ConnectionId))
    }
}

/// The connection of that name; without one of that account, the account that it is of.
fn register(
    database: &Connection,
    name: &str,
    account: &str,
    json: &str,
) -> rusqlite::Result<Result<Registered, String>> {
    database
        .prepare_cached("INSERT INTO connections (name, account) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING")?
        .execute([name, account])?;
    let of: String = database
        .prepare_cached("SELECT account FROM connections WHERE name = ?1")?
        .query_row([name], |row| row.get(0))?;
    if of != account {
        return Ok(Err(of));
    }
    database
        .prepare_cached("INSERT INTO configurations (json) VALUES (?1) ON CONFLICT (json) DO NOTHING")?
        .execute([json])?;
    let configuration = database
        .prepare_cached("SELECT configuration FROM configurations WHERE json = ?1")?
        .query_row([json], |row| row.get(0))?;
    let connection = database
        .prepare_cached("UPDATE connections SET configuration = ?2 WHERE name = ?1 RETURNING connection")?
        .query_row(params![name, configuration], |row| row.get(0))?;
    Ok(Ok(Registered {
        connection: ConnectionId(connection),
        configuration,
    }))
}

pub(super) fn resume(database: &Connection, connection: ConnectionId, now_ms: u64) -> rusqlite::Result<bool> {
    let halted = database
        .prepare_cached(
            "UPDATE connections SET halted_ms = NULL, halted_why = NULL, probe_ms = 0
             WHERE connection = ?1 AND halted_ms IS NOT NULL",
        )?
        .execute([connection.0])?;
    if halted > 0 {
        database
            .prepare_cached("UPDATE events SET due_ms = ?2 WHERE connection = ?1 AND status = 'waiting'")?
            .execute(params![connection.0, signed(now_ms)])?;
    }
    Ok(halted > 0)
}
