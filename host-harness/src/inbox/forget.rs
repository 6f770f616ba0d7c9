//! What the inbox forgets.

use super::Inbox;
use super::event::{Ending, Stopped};
use crate::storage::{StorageError, signed, unsigned, whole_ms};
use rusqlite::params;
use std::time::Duration;

/// A failed event that nobody has handled in all the time that it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unhandled {
    /// Its number in this inbox.
    pub number: u64,
    /// The name of its connection.
    pub connection: String,
}

impl Inbox {
    /// Forgets what came in with events that were done or discarded so long ago, and their outcomes. That they were
    /// there stays, so that the same event again is still known.
    pub fn forget_finished(&self, age: Duration) -> Result<usize, StorageError> {
        self.file.write(move |database, now_ms| {
            let before_ms = now_ms.saturating_sub(whole_ms(age));
            database.execute(
                "UPDATE events SET event = NULL, outcome = NULL
                 WHERE changed_ms < ?1 AND status IN ('done', 'discarded') AND event IS NOT NULL",
                [signed(before_ms)],
            )
        })
    }

    /// Discards events that failed so long ago, and forgets what came in with them. Nobody has handled them: whoever
    /// calls this says so aloud.
    pub fn forget_failed(&self, age: Duration) -> Result<Vec<Unhandled>, StorageError> {
        let days = age.as_secs() / (24 * 3_600);
        let why = Ending::Stopped(Stopped {
            message: format!("nobody retried or discarded it in {days} days; what came in was forgotten"),
            output: String::new(),
            in_a_row: 0,
        });
        self.file.write(move |database, now_ms| {
            let before_ms = signed(now_ms.saturating_sub(whole_ms(age)));
            let mut select = database.prepare_cached(
                "SELECT number, name FROM events INDEXED BY events_by_status JOIN connections USING (connection)
                 WHERE status = 'failed' AND changed_ms < ?1 ORDER BY number",
            )?;
            let unhandled = select.query_map([before_ms], |row| {
                Ok(Unhandled {
                    number: unsigned(row.get(0)?),
                    connection: row.get(1)?,
                })
            })?;
            let unhandled = unhandled.collect::<rusqlite::Result<Vec<_>>>()?;
            let mut forget = database.prepare_cached(
                "UPDATE events SET status = 'discarded', event = NULL, outcome = ?2, changed_ms = ?3 WHERE number = ?1",
            )?;
            for event in &unhandled {
                forget.execute(params![signed(event.number), why, signed(now_ms)])?;
            }
            Ok(unhandled)
        })
    }
}
