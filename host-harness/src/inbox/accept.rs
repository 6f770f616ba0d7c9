//! Taking events in.

use super::Inbox;
use super::connection::Registered;
use super::event::{Ending, Status, Stopped};
use super::forget::{forgotten_id, keyed};
use super::order;
use crate::contract::Event;
use crate::storage::{Cipher, StorageError, signed, unsigned};
use rusqlite::{Connection, OptionalExtension, params};

/// The event that was there before, as it came or as it is known once it is forgotten.
pub(super) const KNOWN: &str = "SELECT number, status FROM events
     WHERE connection = ?1 AND id IN (?2, ?3) AND fingerprint IN (?4, ?5) LIMIT 1";

/// An event that comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The event as it came.
    pub event: Event,
    /// Its id, given or derived.
    pub id: String,
    /// What it is about, given or derived.
    pub subject: String,
    /// Name of its content: the same id with another one is another event.
    pub fingerprint: String,
    /// Names of what it shares with others: where it comes with many, it waits for those before it that share one.
    pub order_keys: Vec<String>,
    /// Whether it comes with many others, and nobody waits for it.
    pub bulk: bool,
    /// Why it cannot be run as it is, when that is known already. It is set aside.
    pub failure: Option<Ending>,
    /// The event that says so, which is taken in with it.
    pub follow_up: Option<Box<Arrival>>,
}

/// An event that is in the inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// Its number in this inbox.
    pub number: u64,
    /// Where it stands.
    pub status: Status,
    /// Whether it was there before.
    pub duplicate: bool,
}

impl Inbox {
    /// Takes events in, all or none. When this returns they are on the disk. One that could not be read back from there is
    /// kept, and never run.
    ///
    /// # Errors
    /// [`StorageError::Overrun`] when more is coming in than the disk takes; it is worth trying again then.
    pub fn accept(&self, under: Registered, arrivals: Vec<Arrival>) -> Result<Vec<Accepted>, StorageError> {
        let cipher = self.file.cipher().clone();
        let accepted = self.file.try_write(move |database, now_ms| {
            let accept = |arrival: &Arrival| accept(database, &cipher, under, arrival, now_ms);
            arrivals.iter().map(accept).collect()
        });
        self.health.note_write(&accepted);
        accepted
    }
}

/// Takes in an event that follows from another one, unless one with its id is there already.
pub(super) fn accept_follow_up(
    database: &Connection,
    cipher: &Cipher,
    under: Registered,
    arrival: &Arrival,
    now_ms: u64,
) -> rusqlite::Result<()> {
    let known = database
        .prepare_cached("SELECT 1 FROM events WHERE connection = ?1 AND id = ?2")?
        .exists(params![under.connection.0, arrival.id])?;
    if !known {
        accept(database, cipher, under, arrival, now_ms)?;
    }
    Ok(())
}

fn accept(
    database: &Connection,
    cipher: &Cipher,
    under: Registered,
    arrival: &Arrival,
    now_ms: u64,
) -> rusqlite::Result<Accepted> {
    let names = params![
        under.connection.0,
        arrival.id,
        forgotten_id(cipher, &arrival.id),
        arrival.fingerprint,
        keyed(cipher, &arrival.fingerprint),
    ];
    let known = database
        .prepare_cached(KNOWN)?
        .query_row(names, |row| {
            Ok(Accepted {
                number: unsigned(row.get(0)?),
                status: row.get(1)?,
                duplicate: true,
            })
        })
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let event =
        serde_json::to_string(&arrival.event).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let (status, outcome) = match serde_json::from_str::<Event>(&event) {
        Err(error) => (Status::Unreadable, Some(unreadable(&error))),
        Ok(_) if arrival.failure.is_some() => (Status::Failed, arrival.failure.clone()),
        Ok(_) => (Status::Waiting, None),
    };
    database
        .prepare_cached(
            "INSERT INTO events (connection, configuration, id, fingerprint, subject, trigger, event, bulk, received_ms,
                 status, due_ms, holds_place, attempts, outcome, changed_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?9, 1, 0, ?11, ?9)",
        )?
        .execute(params![
            under.connection.0,
            under.configuration,
            arrival.id,
            arrival.fingerprint,
            arrival.subject,
            arrival.event.trigger,
            event,
            arrival.bulk,
            signed(now_ms),
            status,
            outcome,
        ])?;
    let number = unsigned(database.last_insert_rowid());
    if status == Status::Waiting && arrival.bulk {
        order::note(database, cipher, under.connection, arrival, number)?;
    }
    if let Some(follow_up) = &arrival.follow_up {
        accept_follow_up(database, cipher, under, follow_up, now_ms)?;
    }
    Ok(Accepted {
        number,
        status,
        duplicate: false,
    })
}

/// How an event ends that is kept for a person alone, because it could not be read back.
fn unreadable(error: &serde_json::Error) -> Ending {
    Ending::Stopped(Stopped {
        message: format!("the event cannot be read back as it is kept: {error}"),
        output: String::new(),
        in_a_row: 0,
    })
}
