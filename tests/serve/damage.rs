//! What one event does must not harm the others.

use std::time::{Duration, Instant};

use host_harness::inbox::{Ending, Status};
use serde_json::{Value, json};

use super::house::{House, PANIC, Plan, Whose, visit};

/// How long a test waits for what comes soon.
const SOON: Duration = Duration::from_secs(30);

fn dispatching() -> Plan {
    Plan {
        connections: &["austin", "dallas"],
        dispatcher: Whose::TheHouse,
        ..Plan::default()
    }
}

/// An event whose data is nested so deeply.
fn nested(depth: usize) -> Value {
    let mut event = visit("deep", 9);
    for _ in 0..depth {
        event["data"] = json!({ "a": event["data"] });
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn event_that_is_nested_too_deep_is_refused_and_one_that_is_not_comes_to_an_end() {
    let house = House::new(dispatching()).await;
    for depth in [70, 120, 126] {
        let answer = house.post("/v1/events?connection=austin", &nested(depth)).await;
        assert!((400..500).contains(&answer.error().0), "{depth}: {answer:?}");
        assert!(answer.text.contains("too-deep"), "{answer:?}");
    }
    let answer = house.post("/v1/events?connection=austin", &nested(60)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    for connection in ["austin", "dallas"] {
        let target = format!("/v1/events?connection={connection}");
        assert_eq!(house.post(&target, &visit("visit-1", 10)).await.status, 202);
    }
    let events = house.finished().await;
    let done = events
        .iter()
        .filter(|event| event.status == Status::Done && event.id == "visit-1");
    assert_eq!(done.count(), 2, "{events:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn event_that_cannot_be_read_holds_up_neither_its_connection_nor_others() {
    let mut house = House::new(dispatching()).await;
    house.watch(Duration::from_secs(3_600));
    // It comes in as a file of another version, or a damaged one, would hold it.
    house.meddle(
        "CREATE TRIGGER spoil AFTER INSERT ON events WHEN NEW.id = 'spoilt' BEGIN
             UPDATE events SET event = '{\"of\":\"another version\"}', outcome = '{' WHERE number = NEW.number;
         END;",
    );
    for (connection, id) in [("austin", "spoilt"), ("austin", "visit-1"), ("dallas", "visit-1")] {
        let mut event = visit(id, 10);
        event["subject"] = json!("pin-1");
        let answer = house.post(&format!("/v1/events?connection={connection}"), &event).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    let events = house.finished().await;
    let statuses: Vec<_> = events.iter().map(|event| event.status).collect();
    assert_eq!(
        statuses,
        [Status::Unreadable, Status::Done, Status::Done],
        "{events:#?}"
    );
    assert_eq!(house.get("/readyz").await.status, 200);

    let alarm = "knock_alarm{connection=\"austin\",kind=\"unreadable\"} 1";
    let began = Instant::now();
    while !house.get("/metrics").await.text.contains(alarm) {
        assert!(began.elapsed() < SOON, "nobody is alarmed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_that_fail_turn_readiness_and_an_alarm_until_they_succeed_again() {
    let mut house = House::new(dispatching()).await;
    house.watch(Duration::from_secs(3_600));
    house.meddle(
        "CREATE TRIGGER stuck BEFORE UPDATE OF lease ON events BEGIN SELECT RAISE(ABORT, 'the rounds fail'); END;",
    );
    assert_eq!(
        house
            .post("/v1/events?connection=austin", &visit("visit-1", 10))
            .await
            .status,
        202
    );
    let alarm = "knock_alarm{kind=\"storage\",connection=\"\"} 1";
    let is_alarmed =
        |text: &str| text.contains(alarm) || text.contains("knock_alarm{connection=\"\",kind=\"storage\"} 1");
    let began = Instant::now();
    while house.get("/readyz").await.status != 503 || !is_alarmed(&house.get("/metrics").await.text) {
        assert!(began.elapsed() < SOON, "nobody notices");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(house.get("/readyz").await.error(), (503, "storage".to_owned()));

    house.meddle("DROP TRIGGER stuck");
    assert_eq!(house.finished().await[0].status, Status::Done);
    assert_eq!(house.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_of_the_host_is_one_failed_run_and_counted() {
    let house = House::new(dispatching()).await;
    let mut event = visit("panics", 10);
    event["data"]["lead"]["name"] = PANIC.into();
    assert_eq!(house.post("/v1/events?connection=austin", &event).await.status, 202);
    let began = Instant::now();
    let stopped = loop {
        let events = house.inbox();
        if let Some(Ending::Stopped(stopped)) = &events[0].ending {
            break stopped.clone();
        }
        assert!(began.elapsed() < SOON, "{events:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(
        stopped.message.contains("panicked") && stopped.in_a_row >= 1,
        "{stopped:?}"
    );
    // Others of the connection have all the room that they had.
    for number in 0..10 {
        let event = visit(&format!("visit-{number}"), 8 + number % 8);
        assert_eq!(house.post("/v1/events?connection=austin", &event).await.status, 202);
    }
    let began = Instant::now();
    let done = || house.inbox().iter().filter(|event| event.status.is_final()).count();
    while done() < 10 {
        assert!(began.elapsed() < SOON, "{:#?}", house.inbox());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let metrics = house.get("/metrics").await.text;
    assert!(metrics.contains("outcome=\"stopped\""), "{metrics}");
}
