//! What a person does with events that were set aside, and what is forgotten.

use super::*;
use std::time::Duration;

#[test]
fn a_failed_event_is_run_again_under_the_present_configuration() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let number = desk.accept(under, "visit-1", "pin-1");
    desk.set_aside(&desk.take(&[under])[0]);
    let mended = desk
        .inbox
        .register("austin", "ghl/austin", r#"{"calling_code":"44"}"#)
        .unwrap();
    assert_eq!(desk.inbox.retry(number).unwrap(), Mended::Changed);
    let taken = desk.take(&[under]).remove(0);
    assert_eq!((taken.number, taken.configuration), (number, mended.configuration));
}

#[test]
fn retrying_one_that_waits_makes_it_due() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let number = desk.accept(under, "visit-1", "pin-1");
    desk.wait(&desk.take(&[under])[0], HOUR_MS, true);
    assert_eq!(desk.inbox.retry(number).unwrap(), Mended::Changed);
    assert_eq!(numbers(&desk.take(&[under])), [number]);
}

#[test]
fn what_is_done_or_running_is_neither_retried_nor_discarded() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let number = desk.accept(under, "visit-1", "pin-1");
    let taken = desk.take(&[under]);
    assert_eq!(desk.inbox.retry(number).unwrap(), Mended::Not(Status::Running));
    assert_eq!(desk.inbox.discard(number).unwrap(), Mended::Not(Status::Running));
    desk.done(&taken[0]);
    assert_eq!(desk.inbox.retry(number).unwrap(), Mended::Not(Status::Done));
    assert_eq!(desk.inbox.discard(number).unwrap(), Mended::Not(Status::Done));
    assert_eq!(desk.inbox.retry(4_711).unwrap(), Mended::Unknown);
    assert_eq!(desk.inbox.discard(4_711).unwrap(), Mended::Unknown);
}

#[test]
fn a_discarded_event_holds_up_nobody_and_can_be_run_after_all() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let first = desk.accept(under, "visit-1", "pin-1");
    let second = desk.accept(under, "visit-2", "pin-1");
    assert_eq!(desk.inbox.discard(first).unwrap(), Mended::Changed);
    let taken = desk.take(&[under]);
    assert_eq!(numbers(&taken), [second]);
    desk.done(&taken[0]);
    assert_eq!(desk.inbox.retry(first).unwrap(), Mended::Changed);
    assert_eq!(numbers(&desk.take(&[under])), [first]);
}

#[test]
fn what_is_long_finished_is_forgotten_and_still_known() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let done = desk.accept(under, "visit-1", "pin-1");
    desk.done(&desk.take(&[under])[0]);
    let failed = desk.accept(under, "visit-2", "pin-2");
    desk.set_aside(&desk.take(&[under])[0]);
    let month = Duration::from_secs(30 * 24 * 3_600);
    assert_eq!(desk.inbox.forget_finished(month).unwrap(), 0);
    desk.pass(31 * 24 * HOUR_MS);
    assert_eq!(desk.inbox.forget_finished(month).unwrap(), 1);
    let stored = desk.inbox.get(done).unwrap().unwrap();
    assert_eq!((stored.event, stored.listed.ending), (None, None));
    assert!(
        desk.inbox.get(failed).unwrap().unwrap().event.is_some(),
        "a person needs it"
    );
    assert!(desk.accept_all(under, vec![arrival("visit-1", "pin-1")])[0].duplicate);
}

#[test]
fn a_discarded_event_that_was_forgotten_cannot_be_run() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let number = desk.accept(under, "visit-1", "pin-1");
    desk.inbox.discard(number).unwrap();
    desk.pass(HOUR_MS);
    desk.inbox.forget_finished(Duration::from_secs(60)).unwrap();
    assert_eq!(desk.inbox.retry(number).unwrap(), Mended::Forgotten);
}

#[test]
fn a_list_shows_what_all_filters_let_through_newest_first() {
    let desk = Desk::new();
    let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
    let first = desk.accept(austin, "visit-1", "pin-1");
    let second = desk.accept(austin, "visit-2", "pin-2");
    desk.accept(dallas, "visit-1", "pin-1");
    let list = |filter: Filter| -> Vec<u64> {
        let listed = desk.inbox.list(&filter, 10).unwrap();
        listed.iter().map(|listed| listed.number).collect()
    };
    let of_austin = Filter {
        connection: Some("austin".to_owned()),
        ..Filter::default()
    };
    assert_eq!(list(of_austin.clone()), [second, first]);
    let text = Some("\"of\":\"pin-1\"".to_owned());
    assert_eq!(
        list(Filter {
            text,
            ..of_austin.clone()
        }),
        [first]
    );
    let before = Some(second);
    assert_eq!(
        list(Filter {
            before,
            ..of_austin.clone()
        }),
        [first]
    );
    let status = vec![Status::Done, Status::Failed];
    assert!(list(Filter { status, ..of_austin }).is_empty());
}
