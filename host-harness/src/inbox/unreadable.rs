//! Events that cannot be read.
//!
//! Whatever the reason (the file is damaged there, another version wrote it), such an event is put out of the way by
//! itself, and a person has to look: everything else goes on as if it were not there.

use super::connection::ConnectionId;
use super::event::{Ending, Status, Stopped};
use crate::storage::{signed, unsigned};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The events that cannot even be marked as unreadable where they stand, by their numbers, with the reason. They are
/// left alone for as long as the process lives, and found again by the next one.
#[derive(Clone, Debug, Default)]
pub(super) struct Unreadable {
    unmarked: Arc<Mutex<BTreeMap<u64, Unmarked>>>,
}

/// An event that is out of the way without being marked.
#[derive(Clone, Debug)]
pub(super) struct Unmarked {
    /// Its connection, where that is known.
    pub(super) connection: Option<ConnectionId>,
    /// Why it cannot be read.
    pub(super) why: String,
}

impl Unreadable {
    /// Puts an event out of the way.
    ///
    /// # Errors
    /// Only when the whole transaction has to be given up, as on a full disk: that says nothing about the event.
    pub(super) fn note(
        &self,
        database: &Connection,
        connection: Option<ConnectionId>,
        number: u64,
        why: &rusqlite::Error,
        now_ms: u64,
    ) -> rusqlite::Result<()> {
        let message = format!("what is kept of the event cannot be read: {why}");
        let ending = Ending::Stopped(Stopped {
            message: message.clone(),
            output: String::new(),
            in_a_row: 0,
        });
        let marked = database
            .prepare_cached(
                "UPDATE events SET status = 'unreadable', lease = NULL, owner = NULL, outcome = ?2, changed_ms = ?3
                 WHERE number = ?1",
            )?
            .execute(params![signed(number), ending, signed(now_ms)]);
        match marked {
            Ok(_) => tracing::error!(number, "{message}; it is put out of the way"),
            Err(error) if database.is_autocommit() => return Err(error),
            Err(error) => {
                let unmarked = Unmarked {
                    connection,
                    why: message.clone(),
                };
                if self.unmarked().insert(number, unmarked).is_none() {
                    tracing::error!(number, %error, "{message}; the file is damaged there, restore a backup");
                }
            }
        }
        Ok(())
    }

    /// The events that are out of the way without being marked.
    pub(super) fn unmarked(&self) -> MutexGuard<'_, BTreeMap<u64, Unmarked>> {
        self.unmarked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers of a connection's events that wait, from an index alone: their rows may be damaged.
    pub(super) fn waiting(
        &self,
        database: &Connection,
        connection: ConnectionId,
        bulk: bool,
    ) -> rusqlite::Result<Vec<u64>> {
        let sql = "SELECT number FROM events INDEXED BY events_waiting
                   WHERE bulk = ?1 AND connection = ?2 AND status = 'waiting' ORDER BY number";
        let mut select = database.prepare_cached(sql)?;
        let rows = select.query_map(params![bulk, connection.0], |row| row.get(0).map(unsigned))?;
        self.without_unmarked(rows)
    }

    /// The numbers of all events of a status, from an index alone.
    pub(super) fn numbers(&self, database: &Connection, status: Status) -> rusqlite::Result<Vec<u64>> {
        let sql = "SELECT number FROM events INDEXED BY events_by_status WHERE status = ?1 ORDER BY number";
        let mut select = database.prepare_cached(sql)?;
        let rows = select.query_map([status], |row| row.get(0).map(unsigned))?;
        self.without_unmarked(rows)
    }

    /// The numbers of all events there are, from an index alone.
    pub(super) fn newest_first(&self, database: &Connection) -> rusqlite::Result<Vec<u64>> {
        let mut select = database.prepare_cached("SELECT number FROM events INDEXED BY events_by_status")?;
        let rows = select.query_map([], |row| row.get(0).map(unsigned))?;
        let mut numbers = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        Ok(numbers)
    }

    fn without_unmarked(&self, numbers: impl Iterator<Item = rusqlite::Result<u64>>) -> rusqlite::Result<Vec<u64>> {
        let unmarked = self.unmarked();
        let is_marked = |number: &rusqlite::Result<u64>| !matches!(number, Ok(number) if unmarked.contains_key(number));
        numbers.filter(is_marked).collect()
    }
}
