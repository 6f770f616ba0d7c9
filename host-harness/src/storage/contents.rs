//! What a file holds, in numbers.

use super::unsigned;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Events in the inbox, by status.
    pub events: BTreeMap<String, u64>,
    /// Connections that were served.
    pub connections: u64,
    /// Rows of the ledgers of all accounts that have not expired.
    pub ledger_rows: u64,
    /// The last change of an event, by the file's clock.
    pub newest_change_ms: Option<u64>,
}

impl Contents {
    /// Counts. A file of an earlier schema may lack tables: it holds nothing of their kind.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut contents = Self::default();
        if has(connection, "events")? {
            let mut select = connection.prepare("SELECT status, count(*) FROM events GROUP BY status")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
            contents.events = rows.collect::<rusqlite::Result<_>>()?;
            contents.newest_change_ms = connection
                .query_row("SELECT max(changed_ms) FROM events", [], |row| {
                    row.get::<_, Option<i64>>(0)
                })?
                .map(unsigned);
        }
        if has(connection, "connections")? {
            contents.connections = count(connection, "SELECT count(*) FROM connections")?;
        }
        if has(connection, "entries")? {
            let rows = "SELECT count(*) FROM entries
                        WHERE expires_ms IS NULL OR expires_ms > (SELECT max(horizon_ms) FROM clock)";
            contents.ledger_rows = count(connection, rows)?;
        }
        Ok(contents)
    }

    /// Events of all statuses.
    pub fn event_count(&self) -> u64 {
        self.events.values().sum()
    }

    /// Events of a status.
    pub fn events_with(&self, status: &str) -> u64 {
        self.events.get(status).copied().unwrap_or(0)
    }
}

fn has(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let found = connection
        .query_row(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            [table],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}

fn count(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    connection.query_row(sql, [], |row| row.get(0).map(unsigned))
}
