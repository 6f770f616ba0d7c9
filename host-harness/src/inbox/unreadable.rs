//! Events that cannot be read.
//!
//! Whatever the reason, such an event is put out of the way by itself, and a person has to look: everything else goes on
//! as if it were not there. One whose content makes no sense is marked as [`Status::Unreadable`] where it stands. One on
//! a damaged page cannot be, and a transaction that has touched it can do nothing any more; so it is remembered here for
//! as long as the process lives, left out of every query, and found again by the next process.

use super::Inbox;
use super::connection::ConnectionId;
use super::event::{Ending, Status, Stopped};
use crate::storage::{StorageError, signed, unsigned};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The events on damaged pages, by their numbers, with their connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Damaged {
    by_number: Arc<Mutex<BTreeMap<u64, ConnectionId>>>,
}

impl Damaged {
    pub(super) fn by_number(&self) -> MutexGuard<'_, BTreeMap<u64, ConnectionId>> {
        self.by_number.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of them is of this connection.
    pub(super) fn concerns(&self, connection: ConnectionId) -> bool {
        self.by_number().values().any(|of| *of == connection)
    }

    /// A condition that leaves them out, to be appended to others. Numbers stand in every index, so that a row that is
    /// left out is not read.
    pub(super) fn left_out(&self, number: &str) -> String {
        let numbers: Vec<_> = self.by_number().keys().map(u64::to_string).collect();
        match numbers.is_empty() {
            true => String::new(),
            false => format!(" AND {number} NOT IN ({})", numbers.join(", ")),
        }
    }
}

impl Inbox {
    /// Looks at every event that is not finished, each in a transaction of its own, and remembers those that stand on
    /// damaged pages. Says whether there are any that were not known.
    pub(super) fn find_damage(&self) -> Result<bool, StorageError> {
        let mut found = false;
        for status in [Status::Waiting, Status::Running] {
            let (numbers, _) = self.file.read(|transaction| numbers_of(transaction, status))?;
            for (number, connection) in numbers {
                let read = self.file.read(|transaction| {
                    // All of it, to the last page that it fills.
                    let sql = "SELECT length(event), length(outcome), holds_place FROM events WHERE number = ?1";
                    transaction.prepare_cached(sql)?.query_row([signed(number)], |_| Ok(()))
                });
                if let Err(error @ StorageError::Damaged { .. }) = read {
                    tracing::error!(number, %error, "an event cannot be read, and is put out of the way");
                    found |= self.damaged.by_number().insert(number, connection).is_none();
                }
            }
        }
        Ok(found)
    }
}

/// The events of a status with their connections, from an index alone.
fn numbers_of(database: &Connection, status: Status) -> rusqlite::Result<Vec<(u64, ConnectionId)>> {
    let sql =
        "SELECT number, connection FROM events INDEXED BY events_by_standing WHERE connection = ?1 AND status = ?2";
    let mut numbers = Vec::new();
    let mut connections = database.prepare_cached("SELECT connection FROM connections")?;
    for connection in connections.query_map([], |row| row.get(0))? {
        let connection: i64 = connection?;
        let mut select = database.prepare_cached(sql)?;
        let found = select.query_map(params![connection, status], |row| {
            Ok((unsigned(row.get(0)?), ConnectionId(connection)))
        })?;
        for number in found {
            numbers.push(number?);
        }
    }
    Ok(numbers)
}

/// The numbers of all events there are, newest first, from an index alone.
pub(super) fn all_numbers(database: &Connection) -> rusqlite::Result<Vec<u64>> {
    let mut select = database.prepare_cached("SELECT number FROM events INDEXED BY events_by_status")?;
    let rows = select.query_map([], |row| row.get(0).map(unsigned))?;
    let mut numbers = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    Ok(numbers)
}

/// Marks an event as unreadable whose content makes no sense.
pub(super) fn mark(database: &Connection, number: u64, why: &rusqlite::Error, now_ms: u64) -> rusqlite::Result<()> {
    let message = format!("what is kept of the event cannot be read: {why}");
    tracing::error!(number, "{message}; it is put out of the way");
    let ending = Ending::Stopped(Stopped {
        message,
        output: String::new(),
        in_a_row: 0,
    });
    database
        .prepare_cached(
            "UPDATE events SET status = 'unreadable', lease = NULL, owner = NULL, outcome = ?2, changed_ms = ?3
             WHERE number = ?1",
        )?
        .execute(params![signed(number), ending, signed(now_ms)])
        .map(|_| ())
}
