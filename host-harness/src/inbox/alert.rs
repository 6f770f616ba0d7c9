//! Telling people of what failed: how far that has come, for each connection.

use super::Inbox;
use super::connection::ConnectionId;
use super::event::event_in;
use crate::contract::Event;
use crate::storage::{OwnerId, StorageError, signed, unsigned};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The connections with something to tell.
pub(super) const TO_TELL: &str = "SELECT connection FROM alerts WHERE due_ms <= ?1 AND EXISTS (
         SELECT 1 FROM events INDEXED BY events_to_tell
         WHERE events.connection = alerts.connection AND trigger = 'event.failed' AND number > told
             AND event IS NOT NULL
     )";

/// The next event of a connection that says that another one failed, unless it is forgotten; and that other one.
pub(super) const NEXT_TO_TELL: &str = "SELECT number, id, event, tries, (
         SELECT max(failed.number) FROM events AS failed
         WHERE failed.connection = this.connection AND failed.number < this.number
             AND failed.id = CASE WHEN json_valid(this.event) THEN json_extract(this.event, '$.data.failed.id') END
     ) FROM events AS this INDEXED BY events_to_tell JOIN alerts USING (connection)
     WHERE connection = ?1 AND trigger = 'event.failed' AND number > told AND event IS NOT NULL AND alerts.due_ms <= ?2
     ORDER BY number LIMIT 1";

/// An event that failed, to tell people of.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its connection.
    pub connection: ConnectionId,
    /// The number of the event that says so.
    pub number: u64,
    /// The id of that one.
    pub id: String,
    /// That one.
    pub event: Event,
    /// The number of the event that failed, where it is known.
    pub failed: Option<u64>,
    /// How often it was tried before.
    pub tries: u32,
}

impl Inbox {
    /// From now on people are told of what fails of a connection; not of what failed before it was first said so.
    pub fn begin_alerts(&self, connection: ConnectionId) -> Result<(), StorageError> {
        self.file.write(move |database, _| {
            database
                .prepare_cached(
                    "INSERT INTO alerts (connection, told) SELECT ?1, coalesce(max(number), 0) FROM events WHERE true
                     ON CONFLICT (connection) DO NOTHING",
                )?
                .execute([connection.0])
                .map(|_| ())
        })
    }

    /// Takes what these connections have to tell next, one of each, and has it for `lease_ms`. Where one of them has
    /// something that cannot be read, the others are told of theirs all the same.
    pub fn take_alerts(&self, of: Vec<ConnectionId>, lease_ms: u64) -> Result<Vec<Alert>, StorageError> {
        let due = match self.due_for_alerts() {
            Ok(due) => due.into_iter().filter(|connection| of.contains(connection)).collect(),
            // Who has something to tell cannot be seen for all of them at once: each one is asked.
            Err(StorageError::Damaged { .. }) => of,
            Err(error) => return Err(error),
        };
        if due.is_empty() {
            return Ok(Vec::new());
        }

        let owner = self.file.owner()?;
        let mut alerts = Vec::new();
        for connection in due {
            let take = move |database: &Connection, now_ms: u64| {
                take(database, connection, owner, now_ms, now_ms.saturating_add(lease_ms))
            };
            match self.file.write(take) {
                Ok(alert) => alerts.extend(alert),
                Err(error @ StorageError::Damaged { .. }) => self.leave_damaged_alert_behind(connection, &error)?,
                Err(error) => return Err(error),
            }
        }
        Ok(alerts)
    }

    /// The connections with something to tell.
    fn due_for_alerts(&self) -> Result<Vec<ConnectionId>, StorageError> {
        self.file.release_gone()?;
        let now_ms = signed(self.file.now_ms());
        let (due, _) = self.file.read(|transaction| {
            let mut select = transaction.prepare_cached(TO_TELL)?;
            let rows = select.query_map([now_ms], |row| row.get(0).map(ConnectionId))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(due)
    }

    /// Goes on behind the next event that says what failed, for it stands where the file is damaged.
    fn leave_damaged_alert_behind(&self, connection: ConnectionId, why: &StorageError) -> Result<(), StorageError> {
        tracing::error!(?connection, %why, "an event that says what failed cannot be read, and is not told");
        self.file.write(move |database, _| {
            database
                .prepare_cached(
                    "UPDATE alerts SET due_ms = 0, tries = 0, told = coalesce((
                         SELECT min(number) FROM events INDEXED BY events_to_tell
                         WHERE events.connection = ?1 AND trigger = 'event.failed' AND number > told
                     ), told) WHERE connection = ?1",
                )?
                .execute([connection.0])
                .map(|_| ())
        })
    }

    /// People were told, or nobody is to be: the next one is due.
    pub fn settle_alert(&self, alert: &Alert) -> Result<(), StorageError> {
        let (connection, number) = (alert.connection.0, signed(alert.number));
        self.file.write(move |database, _| {
            database
                .prepare_cached(
                    "UPDATE alerts SET told = ?2, due_ms = 0, owner = NULL, tries = 0
                     WHERE connection = ?1 AND told < ?2",
                )?
                .execute(params![connection, number])
                .map(|_| ())
        })
    }

    /// Nobody was told: it is due again after so long, and the ones after it wait.
    pub fn put_alert_off(&self, alert: &Alert, after_ms: u64) -> Result<(), StorageError> {
        let (connection, number) = (alert.connection.0, signed(alert.number));
        self.file.write(move |database, now_ms| {
            database
                .prepare_cached("UPDATE alerts SET due_ms = ?3, owner = NULL WHERE connection = ?1 AND told < ?2")?
                .execute(params![connection, number, signed(now_ms.saturating_add(after_ms))])
                .map(|_| ())
        })
    }
}

/// Takes what a connection has to tell next, unless somebody else has it. What cannot be read cannot be told, and is left
/// behind: that it is unreadable is told by itself.
fn take(
    database: &Connection,
    connection: ConnectionId,
    owner: OwnerId,
    now_ms: u64,
    until_ms: u64,
) -> rusqlite::Result<Option<Alert>> {
    let mut next = database.prepare_cached(NEXT_TO_TELL)?;
    loop {
        let found = next
            .query_row(params![connection.0, signed(now_ms)], |row| {
                Ok((unsigned(row.get(0)?), alert(row, connection)))
            })
            .optional()?;
        match found {
            None => return Ok(None),
            Some((_, Ok(alert))) => {
                database
                    .prepare_cached(
                        "UPDATE alerts SET due_ms = ?2, owner = ?3, tries = tries + 1 WHERE connection = ?1",
                    )?
                    .execute(params![connection.0, signed(until_ms), owner])?;
                return Ok(Some(alert));
            }
            Some((number, Err(error))) => {
                tracing::error!(number, %error, "an event that says what failed cannot be read, and is not told");
                database
                    .prepare_cached("UPDATE alerts SET told = ?2, due_ms = 0, tries = 0 WHERE connection = ?1")?
                    .execute(params![connection.0, signed(number)])?;
            }
        }
    }
}

/// An alert as [`NEXT_TO_TELL`] finds it.
fn alert(row: &Row<'_>, connection: ConnectionId) -> rusqlite::Result<Alert> {
    Ok(Alert {
        connection,
        number: unsigned(row.get(0)?),
        id: row.get(1)?,
        event: event_in(row, 2)?,
        tries: row.get(3)?,
        failed: row.get::<_, Option<i64>>(4)?.map(unsigned),
    })
}
