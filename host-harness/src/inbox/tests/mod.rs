//! What the inbox promises.

mod alerts;
mod damage;
mod follow_ups;
mod forgetting;
mod halts;
mod intake;
mod mending;
mod model;
mod order;
mod order_keys;
mod queries;

use super::*;
use crate::contract::{Event, Failure, Invalid, Receipt};
use serde_json::json;
use std::collections::HashMap;
use std::path::PathBuf;

const HOUR_MS: u64 = 3_600_000;

/// An inbox in a file of its own, and what can happen to it.
struct Desk {
    inbox: Inbox,
    path: PathBuf,
    _directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.sqlite");
        Self {
            inbox: Inbox::new(Arc::new(StateFile::open(&path).unwrap())),
            path,
            _directory: directory,
        }
    }

    fn connection(&self, name: &str) -> Registered {
        self.inbox.register(name, "ghl/austin", "{}").unwrap()
    }

    /// Takes an event in, and says its number.
    fn accept(&self, under: Registered, id: &str, subject: &str) -> u64 {
        self.accept_all(under, vec![arrival(id, subject)]).remove(0).number
    }

    fn accept_all(&self, under: Registered, arrivals: Vec<Arrival>) -> Vec<Accepted> {
        self.inbox.accept(under, arrivals).unwrap()
    }

    /// Takes all that is due of these connections, for an hour.
    fn take(&self, connections: &[Registered]) -> Vec<Taken> {
        self.round(connections, None, 100).taken
    }

    fn round(&self, connections: &[Registered], after: Option<ConnectionId>, room: usize) -> Round {
        let appetite = Appetite { events: 100, bulk: 100 };
        let appetites: HashMap<_, _> = connections.iter().map(|under| (under.connection, appetite)).collect();
        self.inbox.take(appetites, after, room, HOUR_MS).unwrap()
    }

    fn done(&self, taken: &Taken) -> bool {
        self.inbox.finish(taken, receipt(), Next::Done, true).unwrap()
    }

    fn wait(&self, taken: &Taken, after_ms: u64, holds_place: bool) -> bool {
        let next = Next::Wait { after_ms, holds_place };
        self.inbox.finish(taken, receipt(), next, false).unwrap()
    }

    fn set_aside(&self, taken: &Taken) -> bool {
        self.inbox.finish(taken, failure(), Next::SetAside, false).unwrap()
    }

    fn status(&self, number: u64) -> Status {
        self.inbox.get(number).unwrap().unwrap().listed.status
    }

    /// Lets time pass: every instant that is noted lies so much longer ago.
    fn pass(&self, ms: u64) {
        let ms = i64::try_from(ms).unwrap();
        self.inbox
            .file
            .write(move |database, _| {
                database.execute(
                    "UPDATE events SET due_ms = due_ms - ?1, received_ms = received_ms - ?1, changed_ms = changed_ms - ?1",
                    [ms],
                )?;
                database.execute(
                    "UPDATE connections SET probe_ms = probe_ms - ?1, halted_ms = halted_ms - ?1",
                    [ms],
                )
            })
            .unwrap();
    }
}

fn arrival(id: &str, subject: &str) -> Arrival {
    let event: Event = serde_json::from_value(json!({
        "trigger": "knocker.lead_booked", "occurred_at": "2030-06-03T07:55:00-05:00", "data": { "of": subject }
    }))
    .unwrap();
    Arrival {
        event,
        id: id.to_owned(),
        subject: subject.to_owned(),
        fingerprint: "a".to_owned(),
        order_keys: Vec::new(),
        bulk: false,
        failure: None,
        follow_up: None,
    }
}

fn receipt() -> Ending {
    Ending::Receipt(Receipt {
        event_id: "visit-1".to_owned(),
        subject: "pin-1".to_owned(),
        applied: Vec::new(),
        requests: 1,
        cache_hits: 0,
        cache_misses: 0,
        warnings: Vec::new(),
        visit: None,
    })
}

fn failure() -> Ending {
    Ending::Failure(Failure::PermanentInvalid(Invalid { problems: Vec::new() }))
}

fn numbers(taken: &[Taken]) -> Vec<u64> {
    taken.iter().map(|taken| taken.number).collect()
}
