//! What follows from an event that is set aside.

use super::*;

/// What says that an event is set aside.
fn follow_up(code: &str) -> Arrival {
    arrival(&format!("failed/visit-1/{code}"), "pin-1")
}

fn ids(desk: &Desk) -> Vec<String> {
    let listed = desk.inbox.list(&Filter::default(), 100).unwrap();
    listed.into_iter().rev().map(|listed| listed.id).collect()
}

fn set_aside_with(desk: &Desk, taken: &Taken, follow_up: (Registered, Arrival)) -> bool {
    let ended = desk
        .inbox
        .finish_with(taken, failure(), Next::SetAside, false, Some(follow_up));
    ended.unwrap()
}

/// A person has it run again, and it is taken.
fn take_again(desk: &Desk, under: Registered) -> Taken {
    desk.inbox
        .file
        .write(|database, _| database.execute("UPDATE events SET status = 'waiting' WHERE id = 'visit-1'", []))
        .unwrap();
    let taken = desk.take(&[under]);
    taken.into_iter().find(|taken| taken.id == "visit-1").unwrap()
}

#[test]
fn an_event_that_is_set_aside_is_followed_once_for_each_reason() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept(under, "visit-1", "pin-1");
    let taken = desk.take(&[under]).remove(0);
    assert!(set_aside_with(&desk, &taken, (under, follow_up("slot-taken"))));
    for (code, events) in [("slot-taken", 2), ("other-contact", 3)] {
        let taken = take_again(&desk, under);
        assert!(set_aside_with(&desk, &taken, (under, follow_up(code))));
        assert_eq!(ids(&desk).len(), events);
    }
    assert_eq!(
        ids(&desk)[1..],
        ["failed/visit-1/slot-taken", "failed/visit-1/other-contact"]
    );
}

#[test]
fn whoever_has_lost_the_lease_adds_nothing() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept(under, "visit-1", "pin-1");
    let late = desk.take(&[under]).remove(0);
    desk.pass(HOUR_MS + 1);
    desk.done(&desk.take(&[under])[0]);
    assert!(!set_aside_with(&desk, &late, (under, follow_up("slot-taken"))));
    assert_eq!(ids(&desk), ["visit-1"]);
}

#[test]
fn what_follows_runs_under_the_configuration_that_it_is_given() {
    let desk = Desk::new();
    let before = desk.connection("austin");
    desk.accept(before, "visit-1", "pin-1");
    let taken = desk.take(&[before]).remove(0);
    let now = desk.inbox.register("austin", "ghl/austin", r#"{"new":true}"#).unwrap();
    assert!(set_aside_with(&desk, &taken, (now, follow_up("invalid"))));
    let configuration = |number| desk.inbox.get(number).unwrap().unwrap().configuration_json;
    assert_eq!(
        (configuration(1), configuration(2)),
        ("{}".into(), r#"{"new":true}"#.into())
    );
}

#[test]
fn an_event_that_is_set_aside_as_it_comes_in_is_followed_and_again_is_not() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let invalid = Arrival {
        failure: Some(failure()),
        follow_up: Some(Box::new(follow_up("missing"))),
        ..arrival("visit-1", "pin-1")
    };
    for _ in 0..2 {
        desk.accept_all(under, vec![invalid.clone()]);
        assert_eq!(ids(&desk), ["visit-1", "failed/visit-1/missing"]);
    }
    let corrected_wrongly = Arrival {
        fingerprint: "b".to_owned(),
        ..invalid
    };
    desk.accept_all(under, vec![corrected_wrongly]);
    assert_eq!(ids(&desk), ["visit-1", "failed/visit-1/missing", "visit-1"]);
}
