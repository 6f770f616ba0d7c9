//! Callers that wait for the outcome.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault};
use serde_json::json;

use super::house::{House, Plan, Whose, visit};

fn dispatching() -> Plan {
    Plan {
        dispatcher: Whose::TheHouse,
        ..Plan::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_gets_the_receipt_and_gets_it_again() {
    let house = House::new(dispatching()).await;
    let answer = house.post("/v1/book", &visit("visit-1", 10)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let first = answer.json();
    assert_eq!((&first["status"], &first["duplicate"]), (&json!("done"), &json!(false)));
    assert_eq!(first["receipt"]["applied"][1]["action"], "appointment.create");
    let again = house.post("/v1/book", &visit("visit-1", 10)).await.json();
    assert_eq!(
        (&again["receipt"], &again["duplicate"]),
        (&first["receipt"], &json!(true))
    );
    assert_eq!(house.ghl.with(|ghl| ghl.appointments().count()), 1);
    let stored = house.get("/v1/events/1").await.json();
    assert_eq!(stored["ending"]["receipt"], first["receipt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_told_with_the_way_out() {
    let house = House::new(dispatching()).await;
    let answer = house.post("/v1/book", &visit("visit-1", 3)).await;
    assert_eq!(answer.error(), (422, "permanent-refused".to_owned()));
    assert_eq!(answer.json()["status"], "failed");
    assert_eq!(answer.json()["error"]["failure"]["code"], "slot-taken");

    let answer = house
        .post("/v1/book", &json!({ "startTime": "2030-06-04T10:00:00" }))
        .await;
    assert_eq!(answer.error(), (422, "permanent-invalid".to_owned()));
    assert_eq!(answer.json()["error"]["failure"]["problems"][0]["pointer"], "/lead");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_in_time_is_kept_and_can_be_asked_for() {
    let house = House::new(dispatching()).await;
    house
        .ghl
        .with(|ghl| ghl.inject(Fault::on("*", Effect::Latency { ms: 400 }).unwrap()));
    let answer = house.post("/v1/book?wait=50ms", &visit("visit-1", 10)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.headers["location"], "/v1/events/1");
    let answer = house.post("/v1/book", &visit("visit-1", 10)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        house.post("/v1/book?wait=soon", &json!({})).await.error(),
        (400, "wrong-query".to_owned())
    );
    assert_eq!(
        house.post("/v1/book", &json!([{}])).await.error(),
        (400, "one-event".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deferred_event_says_what_it_waits_for_and_until_when() {
    let house = House::new(dispatching()).await;
    let lost = Fault::on("appointment.create", Effect::ResetBeforeCommit).unwrap();
    house.ghl.with(|ghl| ghl.inject(lost));
    let answer = house.post("/v1/book?wait=2s", &visit("visit-1", 10)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let deferred = &answer.json()["deferred"];
    assert_eq!(deferred["reason"], "settling", "{deferred}");
    let until = deferred["until"].as_str().unwrap_or_default();
    assert!(chrono::DateTime::parse_from_rfc3339(until).is_ok(), "{deferred}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_matter_which_process_carries_it_out() {
    let house = House::new(Plan {
        dispatcher: Whose::Another,
        ..Plan::default()
    })
    .await;
    let answer = house.post("/v1/book", &visit("visit-1", 10)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_when_the_host_stops_is_told_that_it_is_kept() {
    let house = House::new(Plan::default()).await;
    let (event, waiting) = (visit("visit-1", 10), "/v1/book?wait=60s");
    let (answer, ()) = tokio::join!(house.post(waiting, &event), async {
        while house.inbox().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.tell_to_stop();
    });
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["status"]),
        (202, &json!("waiting"))
    );
    house.stopped().await;
}
