//! Telling people of what failed.

use super::*;

fn alarm(desk: &Desk, under: Registered, failed: &str) -> u64 {
    let mut told = arrival(&format!("failed/{failed}/slot-taken"), failed);
    told.event.trigger = "event.failed".to_owned();
    told.event.data = json!({ "failed": { "id": failed } });
    desk.accept_all(under, vec![told]).remove(0).number
}

fn take(desk: &Desk, of: Registered) -> Option<Alert> {
    desk.inbox.take_alerts(vec![of.connection], HOUR_MS).unwrap().pop()
}

#[test]
fn alerts_come_in_order_one_at_a_time_and_not_of_what_was_before() {
    let desk = Desk::new();
    let [austin, boston] = ["austin", "boston"].map(|name| desk.connection(name));
    alarm(&desk, austin, "before");
    assert_eq!(take(&desk, austin), None, "nobody wants to be told");
    desk.inbox.begin_alerts(austin.connection).unwrap();
    assert_eq!(take(&desk, austin), None);

    let visit = desk.accept(austin, "one", "one");
    let numbers = ["one", "two"].map(|failed| alarm(&desk, austin, failed));
    alarm(&desk, boston, "elsewhere");
    let first = take(&desk, austin).unwrap();
    assert_eq!((first.number, first.failed, first.tries), (numbers[0], Some(visit), 0));
    assert_eq!(take(&desk, austin), None, "somebody has it");
    desk.inbox.put_alert_off(&first, 0).unwrap();
    let again = take(&desk, austin).unwrap();
    assert_eq!((again.number, again.tries), (numbers[0], 1));
    desk.inbox.put_alert_off(&again, HOUR_MS).unwrap();
    assert_eq!(take(&desk, austin), None, "the next one waits for it");

    // Whoever had it before comes back with good news.
    desk.inbox.settle_alert(&first).unwrap();
    let second = take(&desk, austin).unwrap();
    assert_eq!((second.number, second.failed, second.tries), (numbers[1], None, 0));
    // Who has it still is not disturbed by what comes late, nor by a start.
    desk.inbox.settle_alert(&again).unwrap();
    desk.inbox.put_alert_off(&again, 0).unwrap();
    desk.inbox.begin_alerts(austin.connection).unwrap();
    assert_eq!(take(&desk, austin), None);
    desk.inbox.settle_alert(&second).unwrap();
    assert_eq!(take(&desk, austin), None);
}
