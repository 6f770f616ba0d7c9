//! What may need a person.

use super::Inbox;
use super::connection::{ConnectionId, Halt};
use super::event::Status;
use crate::storage::{StorageError, unsigned};
use rusqlite::{Transaction, params};
use std::collections::HashMap;

/// What of a connection may need a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// When the oldest event came in that somebody waits for and that is not finished, by the file's clock.
    pub oldest_ms: Option<u64>,
    /// Events that were set aside.
    pub set_aside: u64,
    /// Events that cannot be read.
    pub unreadable: u64,
    /// Since when and why the connection is halted.
    pub halt: Option<Halt>,
}

impl Inbox {
    /// What of each connection may need a person, and the file's time. It takes no longer for all that is finished or
    /// waits behind others.
    pub fn troubles(&self) -> Result<(HashMap<ConnectionId, Trouble>, u64), StorageError> {
        self.file.read(|transaction| {
            let mut troubles = connections(transaction)?;
            note_oldest(transaction, &mut troubles)?;
            for connection in self.damaged.by_number().values() {
                troubles.entry(*connection).or_default().unreadable += 1;
            }
            Ok(troubles)
        })
    }
}

/// Every connection with its halt, and how many of its events need a person; all of it from indexes, for rows may be
/// damaged.
fn connections(transaction: &Transaction<'_>) -> rusqlite::Result<HashMap<ConnectionId, Trouble>> {
    let mut select = transaction.prepare_cached(
        "SELECT connection, halted_ms, halted_why,
             (SELECT count(*) FROM events INDEXED BY events_by_standing
              WHERE events.connection = connections.connection AND status = 'failed'),
             (SELECT count(*) FROM events INDEXED BY events_by_standing
              WHERE events.connection = connections.connection AND status = 'unreadable')
         FROM connections",
    )?;
    let rows = select.query_map([], |row| {
        let why: Option<String> = row.get(2)?;
        let halt = row.get::<_, Option<i64>>(1)?.map(|since_ms| Halt {
            since_ms: unsigned(since_ms),
            why: why.unwrap_or_default(),
        });
        let trouble = Trouble {
            oldest_ms: None,
            set_aside: unsigned(row.get(3)?),
            unreadable: unsigned(row.get(4)?),
            halt,
        };
        Ok((ConnectionId(row.get(0)?), trouble))
    })?;
    rows.collect()
}

/// When the first one came in of what waits or runs, and somebody waits for.
fn note_oldest(transaction: &Transaction<'_>, troubles: &mut HashMap<ConnectionId, Trouble>) -> rusqlite::Result<()> {
    let mut select = transaction.prepare_cached(
        "SELECT min(received_ms) FROM events INDEXED BY events_by_standing
         WHERE connection = ?1 AND status = ?2 AND bulk = 0",
    )?;
    for (connection, trouble) in troubles {
        for status in [Status::Waiting, Status::Running] {
            let oldest = select.query_row(params![connection.0, status], |row| row.get::<_, Option<i64>>(0))?;
            let oldest_ms = oldest.map(unsigned);
            trouble.oldest_ms = [trouble.oldest_ms, oldest_ms].into_iter().flatten().min();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::{Appetite, Arrival, Ending, Next, Stopped};
    use crate::storage::StateFile;
    use serde_json::json;
    use std::sync::Arc;

    fn arrival(id: &str, bulk: bool) -> Arrival {
        Arrival {
            event: serde_json::from_value(json!({ "trigger": "t", "occurred_at": "", "data": {} })).unwrap(),
            id: id.to_owned(),
            subject: id.to_owned(),
            fingerprint: id.to_owned(),
            order_keys: Vec::new(),
            bulk,
            failure: None,
            follow_up: None,
        }
    }

    #[test]
    fn trouble_is_what_somebody_waits_for_what_was_set_aside_and_what_is_halted() {
        let directory = tempfile::tempdir().unwrap();
        let file = StateFile::open(&directory.path().join("state.sqlite")).unwrap();
        let inbox = Inbox::new(Arc::new(file));
        let under = inbox.register("austin", "ghl/austin", "{}").unwrap();
        let look = || inbox.troubles().unwrap().0.remove(&under.connection).unwrap();
        inbox.accept(under, vec![arrival("import", true)]).unwrap();
        assert_eq!(look(), Trouble::default());

        inbox.accept(under, vec![arrival("visit", false)]).unwrap();
        let oldest_ms = look().oldest_ms;
        assert!(oldest_ms.is_some());
        let appetite = Appetite { events: 1, bulk: 0 };
        let round = inbox
            .take([(under.connection, appetite)].into(), None, 1, 60_000)
            .unwrap();
        assert_eq!(look().oldest_ms, oldest_ms, "it is not finished while it runs");

        let stopped = Ending::Stopped(Stopped {
            message: "poison".to_owned(),
            output: String::new(),
            in_a_row: 1,
        });
        inbox.finish(&round.taken[0], stopped, Next::SetAside, false).unwrap();
        inbox.halt(under.connection, "the token was revoked", 0).unwrap();
        let trouble = look();
        assert_eq!((trouble.oldest_ms, trouble.set_aside), (None, 1));
        assert_eq!(trouble.halt.unwrap().why, "the token was revoked");
    }
}
