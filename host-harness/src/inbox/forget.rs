//! What the inbox forgets.
//!
//! That an event was there stays known, for the same event may come again: by its id, and by a fingerprint of its
//! content. A fingerprint is a hash, and where an event says little more than a phone number, a hash tells that number to
//! whoever tries all of them. So the fingerprint of a forgotten event, and an id that is one, is hashed again under the
//! secret of the file.

use super::Inbox;
use super::event::{Ending, Stopped};
use crate::storage::{Cipher, StorageError, signed, unsigned, whole_ms};
use rusqlite::{Connection, Row, params};
use std::time::Duration;

/// What stands before a name that was hashed again.
const KEYED: &str = "keyed-";

/// How many are forgotten in one write, so that others need not wait long.
const AT_ONCE: usize = 500;

/// How much of a hash is kept, in bytes.
const HASH_BYTES: usize = 16;

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
        let mut forgotten = 0;
        loop {
            let some = self.forget_some(age)?;
            forgotten += some;
            if some < AT_ONCE {
                return Ok(forgotten);
            }
        }
    }

    fn forget_some(&self, age: Duration) -> Result<usize, StorageError> {
        let cipher = self.file.cipher().clone();
        self.file.write(move |database, now_ms| {
            // Earlier versions left the fingerprints of what they forgot as they were.
            let mut select = database.prepare_cached(
                "SELECT number, id, subject, fingerprint FROM events
                 WHERE changed_ms < ?1 AND status IN ('done', 'discarded')
                     AND (event IS NOT NULL OR fingerprint NOT LIKE 'keyed-%') LIMIT ?2",
            )?;
            let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            let names = select.query_map([before(now_ms, age), most], Names::read)?;
            let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
            let mut forget = database.prepare_cached("UPDATE events SET outcome = NULL WHERE number = ?1")?;
            for names in &names {
                forget.execute([names.number])?;
                names.forget(database, &cipher)?;
            }
            Ok(names.len())
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
        let cipher = self.file.cipher().clone();
        self.file.write(move |database, now_ms| {
            let mut select = database.prepare_cached(
                "SELECT number, id, subject, fingerprint, name
                 FROM events INDEXED BY events_by_status JOIN connections USING (connection)
                 WHERE status = 'failed' AND changed_ms < ?1 ORDER BY number",
            )?;
            let found = select.query_map([before(now_ms, age)], |row| Ok((Names::read(row)?, row.get(4)?)))?;
            let found = found.collect::<rusqlite::Result<Vec<(_, String)>>>()?;
            let mut discard = database.prepare_cached(
                "UPDATE events SET status = 'discarded', outcome = ?2, changed_ms = ?3 WHERE number = ?1",
            )?;
            let mut unhandled = Vec::new();
            for (names, connection) in found {
                discard.execute(params![names.number, why, signed(now_ms)])?;
                names.forget(database, &cipher)?;
                unhandled.push(Unhandled {
                    number: unsigned(names.number),
                    connection,
                });
            }
            Ok(unhandled)
        })
    }
}

/// What an event is known by.
struct Names {
    number: i64,
    id: String,
    subject: String,
    fingerprint: String,
}

impl Names {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            id: row.get(1)?,
            subject: row.get(2)?,
            fingerprint: row.get(3)?,
        })
    }

    /// Forgets what came in with the event, and hashes again what it is known by.
    fn forget(&self, database: &Connection, cipher: &Cipher) -> rusqlite::Result<()> {
        database
            .prepare_cached(
                "UPDATE events SET event = NULL, id = ?2, subject = ?3, fingerprint = ?4 WHERE number = ?1",
            )?
            .execute(params![
                self.number,
                forgotten_id(cipher, &self.id),
                forgotten_id(cipher, &self.subject),
                keyed(cipher, &self.fingerprint),
            ])
            .map(|_| ())
    }
}

/// The id of an event once it is forgotten: its own, unless it is a hash of what the event said.
pub(super) fn forgotten_id(cipher: &Cipher, id: &str) -> String {
    match is_hash(id) {
        true => keyed(cipher, id),
        false => id.to_owned(),
    }
}

/// A fingerprint of before, hashed again.
pub(super) fn keyed(cipher: &Cipher, fingerprint: &str) -> String {
    if fingerprint.starts_with(KEYED) {
        return fingerprint.to_owned();
    }
    let name = cipher.name(&format!("inbox/{fingerprint}"));
    let hexadecimal = |text: String, byte: &u8| text + &format!("{byte:02x}");
    name.iter().take(HASH_BYTES).fold(KEYED.to_owned(), hexadecimal)
}

/// Whether an id was derived from what the event says, by the component or by the host.
fn is_hash(id: &str) -> bool {
    let digits = id.strip_prefix("host-").unwrap_or(id);
    digits.len() == 2 * HASH_BYTES && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn before(now_ms: u64, age: Duration) -> i64 {
    signed(now_ms.saturating_sub(whole_ms(age)))
}
