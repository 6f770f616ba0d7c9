//! Taking in.

use super::*;

#[test]
fn what_was_accepted_is_there_after_a_restart_and_the_same_again_is_answered_alike() {
    let desk = Desk::new();
    let first = desk.accept(desk.connection("austin"), "visit-1", "pin-1");
    let path = desk.path.clone();
    let Desk { inbox, _directory, .. } = desk;
    drop(inbox);
    let inbox = Inbox::new(Arc::new(StateFile::open(&path).unwrap()));
    let under = inbox.register("austin", "ghl/austin", "{}").unwrap();
    let again = inbox
        .accept(under, vec![arrival("visit-1", "pin-1")])
        .unwrap()
        .remove(0);
    assert_eq!(
        (again.number, again.status, again.duplicate),
        (first, Status::Waiting, true)
    );
}

#[test]
fn a_duplicate_is_answered_with_where_the_first_stands_and_not_run_again() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    desk.accept(under, "visit-1", "pin-1");
    desk.done(&desk.take(&[under])[0]);
    let again = desk.accept_all(under, vec![arrival("visit-1", "pin-1")]).remove(0);
    assert_eq!((again.status, again.duplicate), (Status::Done, true));
    assert!(desk.take(&[under]).is_empty());
}

#[test]
fn the_same_event_twice_in_one_batch_is_one() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let accepted = desk.accept_all(under, vec![arrival("visit-1", "pin-1"); 2]);
    assert_eq!(accepted[0].number, accepted[1].number);
    assert_eq!((accepted[0].duplicate, accepted[1].duplicate), (false, true));
}

#[test]
fn the_same_id_with_other_content_is_another_event() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let corrected = Arrival {
        fingerprint: "b".to_owned(),
        ..arrival("visit-1", "pin-1")
    };
    let accepted = desk.accept_all(under, vec![arrival("visit-1", "pin-1"), corrected]);
    assert!(!accepted[1].duplicate);
    assert_eq!(numbers(&desk.take(&[under])), [accepted[0].number]);
}

#[test]
fn the_same_id_of_another_connection_is_another_event() {
    let desk = Desk::new();
    let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
    desk.accept(austin, "visit-1", "pin-1");
    desk.accept(dallas, "visit-1", "pin-1");
    assert_eq!(desk.take(&[austin, dallas]).len(), 2);
}

#[test]
fn what_cannot_be_run_is_set_aside_when_it_comes() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    let invalid = Arrival {
        failure: Some(failure()),
        ..arrival("visit-1", "pin-1")
    };
    let accepted = desk.accept_all(under, vec![invalid]).remove(0);
    assert_eq!(accepted.status, Status::Failed);
    assert!(desk.take(&[under]).is_empty());
    let stored = desk.inbox.get(accepted.number).unwrap().unwrap();
    assert_eq!(stored.listed.ending, Some(failure()));
}

#[test]
fn an_event_keeps_the_configuration_that_it_came_under() {
    let desk = Desk::new();
    let before = desk
        .inbox
        .register("austin", "ghl/austin", r#"{"time_zone":"America/Chicago"}"#)
        .unwrap();
    let number = desk.accept(before, "visit-1", "pin-1");
    let now = desk
        .inbox
        .register("austin", "ghl/austin", r#"{"time_zone":"America/Denver"}"#)
        .unwrap();
    assert_eq!(now.connection, before.connection);
    assert_eq!(desk.take(&[now])[0].configuration, before.configuration);
    let json = desk.inbox.get(number).unwrap().unwrap().configuration_json;
    assert!(json.contains("Chicago"), "{json}");
}

#[test]
fn a_connection_is_of_one_account_and_its_events_are_no_events_of_another() {
    let desk = Desk::new();
    desk.inbox.register("austin", "ghl/austin", "{}").unwrap();
    let error = desk.inbox.register("austin", "emulator/austin", "{}").unwrap_err();
    assert_eq!(
        error,
        RegisterError::OtherAccount {
            name: "austin".to_owned(),
            account: "ghl/austin".to_owned(),
        }
    );
    assert!(desk.inbox.register("boston", "emulator/austin", "{}").is_ok());
}

#[test]
fn leads_are_counted_once_however_many_events_are_about_them() {
    let desk = Desk::new();
    let under = desk.connection("austin");
    for (id, subject) in [("visit-1", "pin-1"), ("visit-2", "pin-1"), ("visit-3", "pin-2")] {
        desk.accept(under, id, subject);
    }
    for taken in desk.take(&[under]) {
        desk.done(&taken);
    }
    desk.accept(under, "visit-4", "pin-3");
    for taken in desk.take(&[under]) {
        let superseded = serde_json::from_value(json!({ "receipt": {
            "event_id": taken.id, "subject": taken.subject, "requests": 0, "cache_hits": 0, "cache_misses": 0, "warnings": [],
            "applied": [{ "name": "appointment", "action": "appointment.create", "outcome": "superseded" }],
        }}));
        desk.inbox
            .finish(&taken, superseded.unwrap(), Next::Done, false)
            .unwrap();
    }
    for (id, subject) in [("visit-5", "pin-4"), ("visit-6", "pin-2")] {
        desk.accept(under, id, subject);
    }
    for taken in desk.take(&[under]) {
        let planned = serde_json::from_value(json!({ "planned": {
            "event_id": taken.id, "subject": taken.subject, "steps": [], "requests": 2, "warnings": [],
        }}));
        desk.inbox.finish(&taken, planned.unwrap(), Next::Done, false).unwrap();
    }
    let tally = desk.inbox.tally("knocker.lead_booked").unwrap()["austin"];
    assert_eq!((tally.subjects, tally.carried_out, tally.planned), (4, 2, 1));
}
