//! The order of events of an import that share a contact, a household or an hour.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

fn line(id: &str, subject: &str, keys: &[&str]) -> Arrival {
    Arrival {
        bulk: true,
        order_keys: keys.iter().map(ToString::to_string).collect(),
        ..arrival(id, subject)
    }
}

fn ids(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|taken| taken.id.as_str()).collect()
}

fn waits_for_its_booking() -> Ending {
    let failure = json!({
        "failure": "deferred", "reason": "no-booking", "message": "", "after_ms": 1, "applied": [], "requests": 0,
        "cache_hits": 0, "cache_misses": 0, "warnings": [],
    });
    Ending::Failure(serde_json::from_value(failure).unwrap())
}

#[test]
fn a_line_of_an_import_begins_when_those_before_it_have_ended_that_share_something() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept_all(
        under,
        vec![
            line("1", "pin-1", &["oak street"]),
            line("2", "pin-2", &["oak street", "ten o'clock"]),
            line("3", "pin-3", &["elm street"]),
            line("4", "pin-4", &["ten o'clock"]),
        ],
    );
    let first = desk.take(&[under]);
    assert_eq!(ids(&first), ["1", "3"]);
    assert!(desk.wait(&first[0], 0, false), "its own effect has to show");
    let again = desk.take(&[under]);
    assert_eq!(ids(&again), ["1"]);
    assert!(desk.set_aside(&again[0]));
    let second = desk.take(&[under]);
    assert_eq!(ids(&second), ["2"]);
    assert!(desk.done(&second[0]));
    assert_eq!(ids(&desk.take(&[under])), ["4"]);
}

#[test]
fn a_change_that_waits_for_its_booking_lets_those_pass_that_may_bring_it() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept_all(
        under,
        vec![line("change", "pin-1", &["oak"]), line("booking", "pin-1", &["oak"])],
    );
    let change = desk.take(&[under]).remove(0);
    let next = Next::Wait {
        after_ms: HOUR_MS,
        holds_place: false,
    };
    assert!(
        desk.inbox
            .finish(&change, waits_for_its_booking(), next, false)
            .unwrap()
    );
    assert_eq!(ids(&desk.take(&[under])), ["booking"]);
}

#[test]
fn a_cancellation_shares_what_its_booking_does() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept_all(
        under,
        vec![
            line("booking", "pin-1", &["ten"]),
            line("cancellation", "pin-1", &[]),
            line("other", "pin-2", &["ten"]),
        ],
    );
    for expected in ["booking", "cancellation", "other"] {
        let taken = desk.take(&[under]);
        assert_eq!(ids(&taken), [expected]);
        assert!(desk.done(&taken[0]));
    }
}

#[test]
fn what_somebody_waits_for_waits_for_no_import_and_what_ended_leaves_no_keys() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept_all(under, vec![line("1", "pin-1", &["oak"])]);
    let interactive = Arrival {
        bulk: false,
        ..line("2", "pin-2", &["oak"])
    };
    desk.accept_all(under, vec![interactive]);
    let taken = desk.take(&[under]);
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|taken| desk.done(taken)));
    let left = desk
        .inbox
        .file
        .read(|transaction| transaction.query_row("SELECT count(*) FROM order_keys", [], |row| row.get::<_, i64>(0)));
    assert_eq!(left.unwrap().0, 0);
}

#[test]
fn a_failed_line_that_is_retried_keeps_its_place() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept_all(under, vec![line("1", "pin-1", &["oak"]), line("2", "pin-2", &["oak"])]);
    for _ in 0..2 {
        let taken = desk.take(&[under]).remove(0);
        assert!(desk.set_aside(&taken));
    }
    for number in [2, 1] {
        assert_eq!(desk.inbox.retry(number).unwrap(), Mended::Changed);
    }
    assert_eq!(ids(&desk.take(&[under])), ["1"]);
}

/// What a file of events makes of the world: each event sees what those before it left behind in what it shares.
#[derive(Default)]
struct World {
    places: BTreeMap<String, u64>,
    outcomes: BTreeMap<String, u64>,
}

impl World {
    fn run(&mut self, id: &str, places: &BTreeSet<String>) {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        for place in places {
            self.places.get(place).hash(&mut hasher);
        }
        let outcome = hasher.finish();
        self.outcomes.insert(id.to_owned(), outcome);
        for place in places {
            self.places.insert(place.clone(), outcome);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_import_ends_the_same_in_any_order_and_concurrency_as_its_lines_one_by_one(
        lines in prop::collection::vec((0_u8..6, prop::collection::btree_set(0_u8..8, 0..3)), 1..24),
        choices in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..5, 0_u8..4), 200),
    ) {
        let shared = |subject: &u8, keys: &BTreeSet<u8>| {
            let mut shared: BTreeSet<_> = keys.iter().map(|key| format!("key-{key}")).collect();
            shared.insert(format!("subject-{subject}"));
            shared
        };
        let mut in_order = World::default();
        for (index, (subject, keys)) in lines.iter().enumerate() {
            in_order.run(&index.to_string(), &shared(subject, keys));
        }

        let desk = Desk::new();
        let under = desk.connection("austin");
        let arrivals = lines.iter().enumerate().map(|(index, (subject, keys))| {
            let keys: Vec<_> = keys.iter().map(|key| format!("key-{key}")).collect();
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            line(&index.to_string(), &format!("pin-{subject}"), &keys)
        });
        desk.accept_all(under, arrivals.collect());
        let mut side_by_side = World::default();
        let mut running: Vec<Taken> = Vec::new();
        let mut choices = choices.into_iter().cycle();
        while side_by_side.outcomes.len() < lines.len() {
            let (which, room, fate) = choices.next().unwrap();
            running.extend(desk.round(&[under], None, room).taken);
            prop_assert!(!running.is_empty(), "nothing goes on");
            let taken = running.swap_remove(which.index(running.len()));
            let (subject, keys) = &lines[taken.id.parse::<usize>().unwrap()];
            if fate == 0 {
                // It waits for a place within a limit, or for its own effect: then newer ones of its subject pass.
                desk.wait(&taken, 0, keys.is_empty() || which.index(2) == 0);
                continue;
            }
            side_by_side.run(&taken.id, &shared(subject, keys));
            match fate {
                1 => desk.set_aside(&taken),
                _ => desk.done(&taken),
            };
        }
        prop_assert_eq!(in_order.outcomes, side_by_side.outcomes);
    }
}
