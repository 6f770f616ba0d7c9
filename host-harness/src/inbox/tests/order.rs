//! Whose turn it is, and whose lease it is.

use super::*;

#[test]
fn events_of_one_subject_run_one_after_the_other_and_others_beside_them() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let first = desk.accept(under, "visit-1", "pin-1");
    let second = desk.accept(under, "visit-2", "pin-1");
    let other = desk.accept(under, "visit-3", "pin-2");
    let taken = desk.take(&[under]);
    assert_eq!(numbers(&taken), [first, other]);
    assert!(desk.take(&[under]).is_empty());
    assert!(desk.done(&taken[0]));
    assert_eq!(numbers(&desk.take(&[under])), [second]);
}

#[test]
fn the_same_subject_of_two_connections_is_two() {
    let desk = Desk::new();
    let both = [desk.connection("austin"), desk.connection("dallas")];
    both.iter().for_each(|under| {
        desk.accept(*under, "visit-1", "pin-1");
    });
    assert_eq!(desk.take(&both).len(), 2);
}

#[test]
fn one_that_waits_for_the_provider_keeps_its_place() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let first = desk.accept(under, "visit-1", "pin-1");
    desk.accept(under, "visit-2", "pin-1");
    assert!(desk.wait(&desk.take(&[under])[0], HOUR_MS, true));
    assert!(desk.take(&[under]).is_empty());
    desk.pass(HOUR_MS);
    assert_eq!(numbers(&desk.take(&[under])), [first]);
}

#[test]
fn one_that_waits_for_its_own_effect_lets_newer_ones_pass_but_not_beside_it() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let first = desk.accept(under, "visit-1", "pin-1");
    let second = desk.accept(under, "visit-2", "pin-1");
    assert!(desk.wait(&desk.take(&[under])[0], HOUR_MS, false));
    let taken = desk.take(&[under]);
    assert_eq!(numbers(&taken), [second]);
    desk.pass(HOUR_MS - 60_000);
    assert!(desk.take(&[under]).is_empty(), "two of a subject at once");
    assert!(desk.done(&taken[0]));
    desk.pass(60_000);
    assert_eq!(numbers(&desk.take(&[under])), [first]);
}

#[test]
fn a_change_that_waits_for_its_booking_is_due_as_soon_as_its_subject_has_one() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let change = desk.accept(under, "moved-1", "pin-1");
    desk.accept(under, "visit-1", "pin-1");
    let no_booking = json!({
        "reason": "no-booking", "message": "", "after_ms": HOUR_MS,
        "applied": [], "requests": 0, "cache_hits": 0, "cache_misses": 0, "warnings": [],
    });
    let ending = Ending::Failure(Failure::Deferred(serde_json::from_value(no_booking).unwrap()));
    let next = Next::Wait {
        after_ms: HOUR_MS,
        holds_place: false,
    };
    let taken = desk.take(&[under]);
    assert!(desk.inbox.finish(&taken[0], ending, next, false).unwrap());
    let taken = desk.take(&[under]);
    assert!(desk.done(&taken[0]));
    assert_eq!(numbers(&desk.take(&[under])), [change]);
}

#[test]
fn one_that_was_set_aside_holds_up_nobody() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept(under, "visit-1", "pin-1");
    let second = desk.accept(under, "visit-2", "pin-1");
    assert!(desk.set_aside(&desk.take(&[under])[0]));
    assert_eq!(numbers(&desk.take(&[under])), [second]);
}

#[test]
fn connections_take_turns_however_much_one_of_them_has() {
    let desk = Desk::new();
    let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
    for index in 0..20 {
        desk.accept(austin, &format!("visit-{index}"), &format!("pin-{index}"));
    }
    desk.accept(dallas, "visit-1", "pin-1");
    let appetites = HashMap::from([austin, dallas].map(|under| (under.connection, Appetite { events: 8, bulk: 8 })));
    let round = desk.inbox.take(appetites, None, 100, HOUR_MS).unwrap();
    let of = |under: Registered| {
        round
            .taken
            .iter()
            .filter(|taken| taken.connection == under.connection)
            .count()
    };
    assert_eq!((of(austin), of(dallas)), (8, 1));
}

#[test]
fn with_room_for_few_the_turn_goes_on_where_it_was() {
    let desk = Desk::new();
    let names = ["austin", "dallas", "waco"];
    let all = names.map(|name| desk.connection(name));
    for under in all {
        for index in 0..4 {
            desk.accept(under, &format!("visit-{index}"), &format!("pin-{index}"));
        }
    }
    let appetites: HashMap<_, _> = all
        .map(|under| (under.connection, Appetite { events: 1, bulk: 1 }))
        .into();
    let mut last = None;
    let mut served = Vec::new();
    for _ in 0..6 {
        let taken = desk.inbox.take(appetites.clone(), last, 1, HOUR_MS).unwrap().taken;
        last = Some(taken[0].connection);
        served.push(taken[0].connection);
    }
    let expected = [all[0], all[1], all[2], all[0], all[1], all[2]].map(|under| under.connection);
    assert_eq!(served, expected);
}

#[test]
fn those_that_somebody_waits_for_come_before_imports_of_any_connection() {
    let desk = Desk::new();
    let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
    let imported = Arrival {
        bulk: true,
        ..arrival("visit-1", "pin-1")
    };
    let imported = desk.accept_all(austin, vec![imported]).remove(0).number;
    let booked = desk.accept(dallas, "visit-1", "pin-1");
    assert_eq!(numbers(&desk.round(&[austin, dallas], None, 1).taken), [booked]);
    assert_eq!(numbers(&desk.round(&[austin, dallas], None, 1).taken), [imported]);
}

#[test]
fn a_connection_that_is_not_named_is_left_alone() {
    let desk = Desk::new();
    let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
    desk.accept(austin, "visit-1", "pin-1");
    assert!(desk.take(&[dallas]).is_empty());
}

#[test]
fn after_its_lease_an_event_is_somebody_elses_and_a_late_end_is_refused() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept(under, "visit-1", "pin-1");
    let lost = desk.take(&[under]).remove(0);
    assert!(desk.take(&[under]).is_empty());
    desk.pass(HOUR_MS);
    let again = desk.take(&[under]).remove(0);
    assert_eq!((again.number, again.attempts), (lost.number, 1));
    assert!(!desk.set_aside(&lost), "a late end counted");
    assert_eq!(desk.status(again.number), Status::Running);
    assert!(desk.done(&again));
    assert!(!desk.done(&again), "it ended twice");
}

#[test]
fn what_is_given_back_waits_as_if_it_had_not_been_taken() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept(under, "visit-1", "pin-1");
    let taken = desk.take(&[under]);
    desk.inbox.give_back(&taken).unwrap();
    let again = desk.take(&[under]);
    assert_eq!((numbers(&again), again[0].attempts), (numbers(&taken), 0));
}

#[test]
fn a_round_says_when_the_next_event_is_due() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    assert_eq!(desk.round(&[under], None, 1).next_due_ms, None);
    desk.accept(under, "visit-1", "pin-1");
    desk.wait(&desk.take(&[under])[0], HOUR_MS, true);
    let next_due_ms = desk.round(&[under], None, 1).next_due_ms.unwrap();
    assert!((HOUR_MS / 2..=HOUR_MS).contains(&next_due_ms), "{next_due_ms}");
}

#[test]
fn what_somebody_runs_is_not_finished_for_he_may_be_dead() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept(under, "visit-1", "pin-1");
    desk.accept(under, "visit-2", "pin-2");
    let backlog = || desk.inbox.backlog(under.connection, 100).unwrap();
    let taken = desk.take(&[under]);
    assert_eq!(backlog(), 2);
    assert!(desk.done(&taken[0]));
    assert!(desk.set_aside(&taken[1]));
    assert_eq!(backlog(), 0);
}
