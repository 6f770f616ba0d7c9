//! Says when a connection, or the host, needs a person, once when that begins and once when it is over.

use super::connections::Connections;
use super::metrics::Metrics;
use crate::inbox::{Inbox, Trouble};
use crate::storage::TOLERANCE_MS;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How old an event may become that somebody waits for, when the operator does not say.
pub const ALARM_AFTER: Duration = Duration::from_secs(15 * 60);

/// Why a person has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// An event that somebody waits for has not been carried out for too long.
    Overdue,
    /// The connection is halted: its credential is missing, or refused.
    Halted,
    /// Events were set aside.
    SetAside,
    /// Events cannot be read.
    Unreadable,
    /// The state file cannot be read or written; of the host.
    Storage,
    /// The state file's clock is far from the wall clock; of the host.
    Clock,
}

impl Kind {
    /// Those of a connection.
    const OF_CONNECTION: &[Self] = &[Self::Overdue, Self::Halted, Self::SetAside, Self::Unreadable];

    /// Those of the host as a whole.
    const OF_HOST: &[Self] = &[Self::Storage, Self::Clock];

    fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Halted => "halted",
            Self::SetAside => "set-aside",
            Self::Unreadable => "unreadable",
            Self::Storage => "storage",
            Self::Clock => "clock",
        }
    }
}

/// The name of the host among those of connections, which are never empty.
const HOST: &str = "";

/// Watches over the host and the connections that it serves. The log with target `alarm` and the gauge `knock_alarm` say
/// what it sees.
pub struct Watch {
    inbox: Inbox,
    connections: Connections,
    metrics: Arc<Metrics>,
    after: Duration,
    bells: BTreeMap<String, Bells>,
}

impl Watch {
    /// A watch that is alarmed when an event that somebody waits for is older than `after`.
    pub fn new(inbox: Inbox, connections: Connections, metrics: Arc<Metrics>, after: Duration) -> Self {
        Self {
            inbox,
            connections,
            metrics,
            after,
            bells: BTreeMap::new(),
        }
    }

    /// Looks every few seconds, until `stop` is ready.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            self.look().await;
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    async fn look(&mut self) {
        let inbox = self.inbox.clone();
        let looked = tokio::task::spawn_blocking(move || (inbox.trouble(), inbox.troubles()));
        let (trouble, troubles) = match looked.await {
            Ok((trouble, Ok(troubles))) => (trouble, troubles),
            Ok((_, Err(error))) => return self.cannot_look(&error),
            Err(error) => return self.cannot_look(&error),
        };
        let (troubles, now_ms) = troubles;
        self.change(
            HOST,
            &reasons_of_host(trouble, self.inbox.file().ahead_ms()),
            Kind::OF_HOST,
        );
        for served in self.connections.clone().iter() {
            let trouble = troubles.get(&served.registered.connection).cloned().unwrap_or_default();
            let age = age(&trouble, now_ms);
            self.metrics.note_standing(&served.name, age, trouble.halt.is_some());
            let reasons = reasons(&trouble, age, self.after);
            self.change(&served.name, &reasons, Kind::OF_CONNECTION);
        }
    }

    fn cannot_look(&mut self, error: &dyn std::fmt::Display) {
        let reasons = BTreeMap::from([(Kind::Storage, format!("the inbox cannot be read: {error}"))]);
        self.change(HOST, &reasons, Kind::OF_HOST);
    }

    /// Says what begins and what ends for a connection, or the host.
    fn change(&mut self, of: &str, reasons: &BTreeMap<Kind, String>, kinds: &[Kind]) {
        let bells = self.bells.entry(of.to_owned()).or_default();
        for change in bells.change(reasons) {
            tell(of, &change);
        }
        for kind in kinds {
            self.metrics.note_alarm(of, kind.name(), reasons.contains_key(kind));
        }
    }
}

/// Why the host as a whole needs a person, in words.
fn reasons_of_host(trouble: Option<String>, ahead_ms: i64) -> BTreeMap<Kind, String> {
    let mut reasons = BTreeMap::new();
    reasons.extend(trouble.map(|why| (Kind::Storage, why)));
    reasons.extend(clock_trouble(ahead_ms).map(|why| (Kind::Clock, why)));
    reasons
}

/// What is wrong where the state file's clock is so far ahead of the wall clock, or behind it.
pub fn clock_trouble(ahead_ms: i64) -> Option<String> {
    if ahead_ms.unsigned_abs() <= TOLERANCE_MS {
        return None;
    }
    let seconds = Duration::from_secs(ahead_ms.unsigned_abs() / 1_000);
    let (by, side) = (
        humantime::format_duration(seconds),
        if ahead_ms > 0 { "ahead of" } else { "behind" },
    );
    Some(format!(
        "the clock of the state file is {by} {side} this machine's; it is set when no other process works with the file: \
         make sure that the machine's clock is right, and stop other `knock` processes"
    ))
}

/// How long the oldest event has been there that somebody waits for.
fn age(trouble: &Trouble, now_ms: u64) -> Duration {
    let age_ms = trouble
        .oldest_ms
        .map_or(0, |oldest_ms| now_ms.saturating_sub(oldest_ms));
    Duration::from_millis(age_ms)
}

/// Why a connection needs a person, in words.
fn reasons(trouble: &Trouble, age: Duration, after: Duration) -> BTreeMap<Kind, String> {
    let mut reasons = BTreeMap::new();
    if age > after {
        let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
        reasons.insert(Kind::Overdue, format!("an event has not been carried out for {age}"));
    }
    if let Some(halt) = &trouble.halt {
        reasons.insert(Kind::Halted, format!("the connection is halted: {}", halt.why));
    }
    if trouble.set_aside > 0 {
        let message = format!(
            "{} event(s) were set aside; look at them, then retry or discard them",
            trouble.set_aside
        );
        reasons.insert(Kind::SetAside, message);
    }
    if trouble.unreadable > 0 {
        let message = format!(
            "{} event(s) cannot be read; `knock events list --status unreadable` shows what is known of them",
            trouble.unreadable
        );
        reasons.insert(Kind::Unreadable, message);
    }
    reasons
}

/// The alarms of one connection, or of the host.
#[derive(Debug, Default)]
struct Bells {
    ringing: Vec<Kind>,
}

/// An alarm that begins or ends.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Begins(Kind, String),
    Ends(Kind),
}

impl Bells {
    /// What begins and what ends when these are the reasons now.
    fn change(&mut self, reasons: &BTreeMap<Kind, String>) -> Vec<Change> {
        let mut changes = Vec::new();
        for kind in [Kind::OF_CONNECTION, Kind::OF_HOST].concat() {
            match (self.ringing.contains(&kind), reasons.get(&kind)) {
                (false, Some(reason)) => changes.push(Change::Begins(kind, reason.clone())),
                (true, None) => changes.push(Change::Ends(kind)),
                (true, Some(_)) | (false, None) => {}
            }
        }
        self.ringing = reasons.keys().copied().collect();
        changes
    }
}

fn tell(connection: &str, change: &Change) {
    match change {
        Change::Begins(kind, reason) => {
            tracing::error!(target: "alarm", connection, kind = kind.name(), alarm = "begins", "{reason}");
        }
        Change::Ends(kind) => {
            tracing::info!(target: "alarm", connection, kind = kind.name(), alarm = "ends", "all is well again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Halt;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn kinds(trouble: &Trouble, now_ms: u64) -> Vec<Kind> {
        reasons(trouble, age(trouble, now_ms), HOUR).into_keys().collect()
    }

    #[test]
    fn an_event_is_overdue_when_it_is_older_than_it_may_be() {
        let trouble = Trouble {
            oldest_ms: Some(1_000),
            ..Trouble::default()
        };
        assert_eq!(kinds(&trouble, 3_601_000), []);
        assert_eq!(kinds(&trouble, 3_601_001), [Kind::Overdue]);
        assert_eq!(kinds(&trouble, 0), [], "it came in after the look");
        assert_eq!(kinds(&Trouble::default(), u64::MAX), []);
    }

    #[test]
    fn what_is_halted_or_set_aside_needs_a_person_at_once() {
        let halt = Halt {
            since_ms: 0,
            why: "the token was revoked".to_owned(),
        };
        let trouble = Trouble {
            set_aside: 2,
            unreadable: 1,
            halt: Some(halt),
            oldest_ms: None,
        };
        let reasons = reasons(&trouble, Duration::ZERO, HOUR);
        assert!(reasons[&Kind::Unreadable].starts_with("1 event(s)"));
        assert!(reasons[&Kind::Halted].contains("the token was revoked"));
        assert!(reasons[&Kind::SetAside].starts_with("2 event(s)"));
    }

    #[test]
    fn clock_that_is_off_by_more_than_a_minute_is_alarming_in_both_directions() {
        assert_eq!((clock_trouble(60_000), clock_trouble(-60_000)), (None, None));
        assert!(clock_trouble(60_001).unwrap().contains("ahead of"));
        assert!(clock_trouble(-7_200_000).unwrap().contains("2h behind"));
    }

    #[test]
    fn an_alarm_is_told_when_it_begins_and_when_it_ends_and_not_between() {
        let mut bells = Bells::default();
        let because = |reason: &str| BTreeMap::from([(Kind::SetAside, reason.to_owned())]);
        assert_eq!(
            bells.change(&because("one")),
            [Change::Begins(Kind::SetAside, "one".to_owned())]
        );
        assert_eq!(bells.change(&because("two")), []);
        assert_eq!(bells.change(&BTreeMap::new()), [Change::Ends(Kind::SetAside)]);
        assert_eq!(bells.change(&BTreeMap::new()), []);
        assert_eq!(bells.change(&because("three")).len(), 1);
    }
}
