//! What a person does with events that were set aside.

use super::Inbox;
use super::connection::ConnectionId;
use super::event::Status;
use crate::storage::{StorageError, signed};
use rusqlite::{OptionalExtension, params};

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mended {
    /// It is so now.
    Changed,
    /// There is no event of this number.
    Unknown,
    /// Its status does not allow it.
    Not(Status),
    /// What came in has been forgotten, for it was finished long ago.
    Forgotten,
}

impl Inbox {
    /// Runs a failed or discarded event again, as soon as may be, or one that was only planned. One that waits is due at
    /// once.
    ///
    /// It runs under the configuration that its connection has now, for what was wrong may have been that.
    pub fn retry(&self, number: u64) -> Result<Mended, StorageError> {
        self.file.write(move |database, now_ms| {
            let found = database
                .query_row(
                    "SELECT status, event IS NULL,
                         CASE WHEN json_valid(outcome) THEN json_extract(outcome, '$.planned') IS NOT NULL ELSE 0 END
                     FROM events WHERE number = ?1",
                    [signed(number)],
                    |row| Ok((row.get(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?)),
                )
                .optional()?;
            match found {
                None => Ok(Mended::Unknown),
                Some((status @ Status::Running, ..)) => Ok(Mended::Not(status)),
                Some((status @ Status::Done, _, false)) => Ok(Mended::Not(status)),
                Some((_, true, _)) => Ok(Mended::Forgotten),
                Some((_, false, _)) => {
                    database.execute(
                        "UPDATE events SET status = 'waiting', due_ms = ?2, holds_place = 1, changed_ms = ?2, lost_runs = 0,
                             configuration = (
                                 SELECT coalesce(connections.configuration, events.configuration)
                                 FROM connections WHERE connections.connection = events.connection
                             )
                         WHERE number = ?1",
                        params![signed(number), signed(now_ms)],
                    )?;
                    Ok(Mended::Changed)
                }
            }
        })
    }

    /// Does not carry an event out that waits or failed. It stays in the inbox, as discarded.
    pub fn discard(&self, number: u64) -> Result<Mended, StorageError> {
        self.file.write(move |database, now_ms| {
            let status = database
                .query_row("SELECT status FROM events WHERE number = ?1", [signed(number)], |row| {
                    row.get(0)
                })
                .optional()?;
            match status {
                None => Ok(Mended::Unknown),
                Some(status @ (Status::Done | Status::Running | Status::Discarded)) => Ok(Mended::Not(status)),
                Some(Status::Waiting | Status::Failed | Status::Unreadable) => {
                    database.execute(
                        "UPDATE events SET status = 'discarded', changed_ms = ?2 WHERE number = ?1",
                        params![signed(number), signed(now_ms)],
                    )?;
                    Ok(Mended::Changed)
                }
            }
        })
    }

    /// Makes everything of a connection that waits due now.
    pub fn hurry(&self, connection: ConnectionId) -> Result<usize, StorageError> {
        self.file.write(move |database, now_ms| {
            database.execute(
                "UPDATE events SET due_ms = ?2 WHERE connection = ?1 AND status = 'waiting'",
                params![connection.0, signed(now_ms)],
            )
        })
    }
}
