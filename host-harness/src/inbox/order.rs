//! The order of events of an import that share something besides their subject: a contact, a household, an hour.
//!
//! What each shares is kept until it is carried out ([`MAY_BEGIN`](super::take::MAY_BEGIN) looks there). An event of a
//! subject also shares what earlier ones of its subject do: a cancellation makes the hour of the booking free.

use super::accept::Arrival;
use super::connection::ConnectionId;
use super::forget::keyed;
use crate::storage::{Cipher, signed};
use rusqlite::{Connection, params};

/// What the unfinished events of a subject share.
const OF_SUBJECT: &str = "INSERT OR IGNORE INTO order_keys (connection, key, number)
     SELECT ?1, key, ?3 FROM events JOIN order_keys USING (connection, number)
     WHERE events.connection = ?1 AND subject = ?2 AND status IN ('waiting', 'running')";

/// Notes what an event shares with others. Hashes of phone numbers are hashed again under the secret of the file.
pub(super) fn note(
    database: &Connection,
    cipher: &Cipher,
    connection: ConnectionId,
    arrival: &Arrival,
    number: u64,
) -> rusqlite::Result<()> {
    let number = signed(number);
    let mut insert = database.prepare_cached("INSERT OR IGNORE INTO order_keys VALUES (?1, ?2, ?3)")?;
    for key in &arrival.order_keys {
        insert.execute(params![connection.0, keyed(cipher, key), number])?;
    }
    let mut of_subject = database.prepare_cached(OF_SUBJECT)?;
    of_subject
        .execute(params![connection.0, arrival.subject, number])
        .map(|_| ())
}
