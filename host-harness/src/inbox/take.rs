//! Taking events out, to run them.

use super::Inbox;
use super::connection::ConnectionId;
use super::event::event_in;
use super::unreadable::{Damaged, mark};
use crate::contract::Event;
use crate::storage::{OwnerId, StorageError, signed, unsigned};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::borrow::Cow;
use std::collections::HashMap;

/// How long after a try another event of a halted connection tries whether it is welcome again.
const PROBE_EVERY_MS: u64 = 30_000;

// What is asked with every round, over however many events there are: each finds its rows in an index.

/// What has been run for longer than its lease waits again.
pub(super) const TAKE_BACK: &str =
    "UPDATE events SET status = 'waiting', lease = NULL, owner = NULL, due_ms = ?1, holds_place = 1, changed_ms = ?1
     WHERE status = 'running' AND due_ms <= ?1";

/// The next connection with events that wait.
pub(super) const NEXT_CONNECTION: &str =
    "SELECT min(connection) FROM events WHERE status = 'waiting' AND bulk = ?1 AND connection > ?2";

/// The events of a connection that may begin.
pub(super) const MAY_BEGIN: &str = "SELECT number, configuration, id, subject, event, attempts,
         CASE WHEN json_valid(outcome) THEN coalesce(json_extract(outcome, '$.stopped.in_a_row'), 0) ELSE 0 END,
         lost_runs
     FROM events AS this
     WHERE connection = ?1 AND bulk = ?2 AND status = 'waiting' AND due_ms <= ?3 AND NOT EXISTS (
         SELECT 1 FROM events AS other
         WHERE other.connection = this.connection AND other.subject = this.subject
             AND other.status IN ('waiting', 'running') AND other.number <> this.number
             AND (other.status = 'running' OR (other.number < this.number AND other.holds_place))
     ) AND NOT EXISTS (
         SELECT 1 FROM order_keys AS mine
         JOIN order_keys AS theirs
             ON theirs.connection = mine.connection AND theirs.key = mine.key AND theirs.number < mine.number
         CROSS JOIN events AS earlier ON earlier.number = theirs.number
         WHERE mine.number = this.number AND (earlier.status = 'running' OR (
             earlier.status = 'waiting' AND (earlier.holds_place OR NOT (
                 CASE WHEN json_valid(earlier.outcome) THEN json_extract(earlier.outcome, '$.failure.reason') END
                     IS 'no-booking'
             ))
         ))
     )
     ORDER BY number LIMIT ?4";

/// An event under a lease, like [`MAY_BEGIN`] and with its connection.
const ADOPT: &str = "SELECT number, configuration, id, subject, event, attempts,
         CASE WHEN json_valid(outcome) THEN coalesce(json_extract(outcome, '$.stopped.in_a_row'), 0) ELSE 0 END,
         lost_runs, connection, bulk
     FROM events WHERE number = ?1 AND lease = ?2 AND status = 'running'";

/// When something is due next.
pub(super) const NEXT_DUE: &str =
    "SELECT min(due_ms) FROM events INDEXED BY events_by_due WHERE status IN ('waiting', 'running') AND due_ms > ?1";

/// How many events of one connection may be begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appetite {
    /// All together.
    pub events: usize,
    /// Those of them that nobody waits for.
    pub bulk: usize,
}

/// An event to run, under a lease.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Its number in this inbox.
    pub number: u64,
    /// Its connection.
    pub connection: ConnectionId,
    /// The configuration that it came under.
    pub configuration: i64,
    /// Its id.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// The event.
    pub event: Event,
    /// Whether nobody waits for it.
    pub bulk: bool,
    /// How often it was run before.
    pub attempts: u32,
    /// How many of the latest runs in a row the component did not bring to an end.
    pub stops: u32,
    /// How many of the latest runs in a row ended with the process that ran it.
    pub lost_runs: u32,
    pub(super) lease: i64,
}

impl Taken {
    /// The lease under which it runs, by which another process can go on with it.
    pub fn lease(&self) -> i64 {
        self.lease
    }
}

/// What a round of taking found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// The events to run.
    pub taken: Vec<Taken>,
    /// When the next one is due, in milliseconds from now. Nothing: none is waiting.
    pub next_due_ms: Option<u64>,
}

impl Inbox {
    /// Takes what is due, for at most `room` events, and has it for `lease_ms`.
    ///
    /// Connections that are not named are left alone. They take turns beginning with the one after `after`, and those
    /// that somebody waits for come before those that nobody waits for, of whatever connection.
    pub fn take(
        &self,
        appetites: HashMap<ConnectionId, Appetite>,
        after: Option<ConnectionId>,
        room: usize,
        lease_ms: u64,
    ) -> Result<Round, StorageError> {
        let mut round = self.take_what_is_due(appetites.clone(), after, room, lease_ms);
        if matches!(round, Err(StorageError::Damaged { .. })) {
            // A search that fails, too, is a failed round like any other.
            round = match self.find_damage() {
                Ok(true) => self.take_what_is_due(appetites, after, room, lease_ms),
                Ok(false) => round,
                Err(error) => Err(error),
            };
        }
        self.health.note_round(&round);
        round
    }

    fn take_what_is_due(
        &self,
        appetites: HashMap<ConnectionId, Appetite>,
        after: Option<ConnectionId>,
        room: usize,
        lease_ms: u64,
    ) -> Result<Round, StorageError> {
        match self.file.release_gone() {
            // Their leases end by themselves.
            Err(StorageError::Damaged { .. }) => {}
            released => _ = released?,
        }
        let owner = self.file.owner()?;
        let damaged = self.damaged.clone();
        self.file.write(move |database, now_ms| {
            take_back(database, &damaged, now_ms)?;
            let mut turn = Turn {
                database,
                damaged: &damaged,
                owner,
                now_ms,
                until_ms: now_ms.saturating_add(lease_ms),
                room,
                taken: Vec::new(),
            };
            let mut appetites = appetites;
            for bulk in [false, true] {
                let mut circle = Circle::after(after);
                while turn.room > 0
                    && let Some(connection) = circle.next(database, bulk)?
                {
                    let Some(appetite) = appetites.get_mut(&connection) else {
                        continue;
                    };
                    let most = if bulk {
                        appetite.bulk.min(appetite.events)
                    } else {
                        appetite.events
                    };
                    let begun = turn.serve(connection, bulk, most)?;
                    appetite.events -= begun;
                }
            }
            let next_due_ms = database
                .prepare_cached(NEXT_DUE)?
                .query_row([signed(now_ms)], |row| row.get::<_, Option<i64>>(0))?
                .map(|due_ms| unsigned(due_ms).saturating_sub(now_ms));
            Ok(Round {
                taken: turn.taken,
                next_due_ms,
            })
        })
    }
}

impl Inbox {
    /// An event that another process has taken, to run it for that one under its lease; nothing where the lease is over.
    pub fn adopt(&self, number: u64, lease: i64) -> Result<Option<Taken>, StorageError> {
        let (adopted, _) = self.file.read(|transaction| {
            transaction
                .prepare_cached(ADOPT)?
                .query_row(params![signed(number), lease], |row| {
                    let taken = taken(row, ConnectionId(row.get(8)?), row.get(9)?)?;
                    Ok(Taken {
                        // It was counted when it was taken.
                        attempts: taken.attempts.saturating_sub(1),
                        lease,
                        ..taken
                    })
                })
                .optional()
        })?;
        Ok(adopted)
    }
}

/// What has been run for longer than its lease waits again: whoever ran it is taken for lost.
fn take_back(database: &Connection, damaged: &Damaged, now_ms: u64) -> rusqlite::Result<()> {
    let sql = TAKE_BACK.to_owned() + &damaged.left_out("number");
    database.prepare_cached(&sql)?.execute([signed(now_ms)])?;
    Ok(())
}

/// Goes once around the connections with events that wait. It leaps from one to the next in the index, and only as far
/// as somebody asks.
struct Circle {
    first: i64,
    last: i64,
    wrapped: bool,
}

impl Circle {
    /// Begins with the one after this.
    fn after(connection: Option<ConnectionId>) -> Self {
        let first = connection.map_or(0, |connection| connection.0);
        Self {
            first,
            last: first,
            wrapped: false,
        }
    }

    fn next(&mut self, database: &Connection, bulk: bool) -> rusqlite::Result<Option<ConnectionId>> {
        loop {
            let found: Option<i64> = database
                .prepare_cached(NEXT_CONNECTION)?
                .query_row(params![bulk, self.last], |row| row.get(0))?;
            match found {
                Some(found) if !self.wrapped || found <= self.first => {
                    self.last = found;
                    return Ok(Some(ConnectionId(found)));
                }
                None if !self.wrapped => (self.wrapped, self.last) = (true, 0),
                _ => return Ok(None),
            }
        }
    }
}

/// One round.
struct Turn<'a> {
    database: &'a Connection,
    damaged: &'a Damaged,
    owner: OwnerId,
    now_ms: u64,
    until_ms: u64,
    room: usize,
    taken: Vec<Taken>,
}

impl Turn<'_> {
    /// Takes at most so many events of a connection. Says how many.
    fn serve(&mut self, connection: ConnectionId, bulk: bool, most: usize) -> rusqlite::Result<usize> {
        let mut most = most.min(self.room);
        if most == 0 {
            return Ok(0);
        }
        let halted = self
            .database
            .prepare_cached("SELECT probe_ms FROM connections WHERE connection = ?1 AND halted_ms IS NOT NULL")?
            .query_row([connection.0], |row| row.get(0).map(unsigned))
            .optional()?;
        if let Some(probe_ms) = halted {
            if probe_ms > self.now_ms {
                return Ok(0);
            }
            most = 1;
        }
        let begun = self.begin(connection, bulk, most)?;
        if halted.is_some() && begun > 0 {
            let probe_ms = self.now_ms.saturating_add(PROBE_EVERY_MS);
            self.database
                .prepare_cached("UPDATE connections SET probe_ms = ?2 WHERE connection = ?1")?
                .execute(params![connection.0, signed(probe_ms)])?;
        }
        self.room -= begun;
        Ok(begun)
    }

    fn begin(&mut self, connection: ConnectionId, bulk: bool, most: usize) -> rusqlite::Result<usize> {
        let mut begin = self.database.prepare_cached(
            "UPDATE events SET status = 'running', lease = ?2, owner = ?3, due_ms = ?4, attempts = attempts + 1,
                 changed_ms = ?5
             WHERE number = ?1",
        )?;
        let mut begun = 0;
        for taken in self.find(connection, bulk, most)? {
            // Two of one subject may both have let others pass.
            let same_subject = |other: &Taken| other.connection == connection && other.subject == taken.subject;
            if self.taken.iter().any(same_subject) {
                continue;
            }
            begin.execute(params![
                signed(taken.number),
                taken.lease,
                self.owner,
                signed(self.until_ms),
                signed(self.now_ms)
            ])?;
            self.taken.push(taken);
            begun += 1;
        }
        Ok(begun)
    }

    /// The events of a connection that may begin. Those that make no sense are marked as unreadable.
    fn find(&self, connection: ConnectionId, bulk: bool, most: usize) -> rusqlite::Result<Vec<Taken>> {
        let mut found = Vec::new();
        let mut senseless = Vec::new();
        {
            let sql = self.may_begin(connection);
            let mut select = self.database.prepare_cached(&sql)?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let mut rows = select.query(params![connection.0, bulk, signed(self.now_ms), most])?;
            while let Some(row) = rows.next()? {
                match taken(row, connection, bulk) {
                    Ok(taken) => found.push(taken),
                    Err(error) => senseless.push((unsigned(row.get(0)?), error)),
                }
            }
        }
        for (number, error) in senseless {
            mark(self.database, number, &error, self.now_ms)?;
        }
        Ok(found)
    }

    /// [`MAY_BEGIN`], without the events on damaged pages where there are such of this connection.
    fn may_begin(&self, connection: ConnectionId) -> Cow<'static, str> {
        if !self.damaged.concerns(connection) {
            return MAY_BEGIN.into();
        }
        let others = self.damaged.left_out("other.number");
        let own = self.damaged.left_out("this.number");
        let earlier = self.damaged.left_out("earlier.number");
        let sql = MAY_BEGIN.replace("other.holds_place))", &format!("other.holds_place)){others}"));
        let sql = sql.replace(
            "mine.number = this.number",
            &format!("mine.number = this.number{earlier}"),
        );
        sql.replace("ORDER BY", &format!("{own} ORDER BY")).into()
    }
}

/// An event as [`MAY_BEGIN`] finds it, under a new lease.
fn taken(row: &Row<'_>, connection: ConnectionId, bulk: bool) -> rusqlite::Result<Taken> {
    Ok(Taken {
        number: unsigned(row.get(0)?),
        connection,
        configuration: row.get(1)?,
        id: row.get(2)?,
        subject: row.get(3)?,
        event: event_in(row, 4)?,
        bulk,
        attempts: row.get(5)?,
        stops: row.get(6)?,
        lost_runs: row.get(7)?,
        lease: fastrand::i64(1..),
    })
}
