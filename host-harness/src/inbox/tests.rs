use super::*;
use crate::contract::Event;
use serde_json::json;

#[test]
fn what_was_accepted_is_there_after_a_restart_and_the_same_again_is_answered_alike() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    let event: Event = serde_json::from_value(json!({
        "trigger": "knocker.lead_booked", "occurred_at": "2030-06-03T07:55:00-05:00", "data": {}
    }))
    .unwrap();
    let arrival = Arrival {
        event,
        id: "visit-1".to_owned(),
        subject: "pin-1".to_owned(),
        fingerprint: "a".to_owned(),
        bulk: false,
        failure: None,
    };
    let open = || Inbox::new(Arc::new(StateFile::open(&path).unwrap()));
    let first = {
        let inbox = open();
        let under = inbox.register("austin", "{}").unwrap();
        inbox.accept(under, vec![arrival.clone()]).unwrap().remove(0)
    };
    assert!(!first.duplicate);
    let inbox = open();
    let under = inbox.register("austin", "{}").unwrap();
    let again = inbox.accept(under, vec![arrival]).unwrap().remove(0);
    assert_eq!(
        (again.number, again.status, again.duplicate),
        (first.number, Status::Waiting, true)
    );
}
