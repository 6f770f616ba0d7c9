//! Shadow mode: what comes in is planned, and nothing is sent.

use host_harness::contract::Failure;
use host_harness::emulator::{Effect, Fault};
use host_harness::inbox::{Ending, Listed, Status};
use serde_json::json;

use super::house::{House, Plan, Whose, visit};

#[tokio::test(flavor = "multi_thread")]
async fn in_shadow_everything_is_planned_and_kept_and_nothing_is_sent() {
    let plan = Plan {
        connections: &["austin", "dallas"],
        dispatcher: Whose::TheHouse,
        in_shadow: &["austin"],
        ..Plan::default()
    };
    let house = House::new(plan).await;
    let planned = house.post("/v1/book?connection=austin", &visit("visit-1", 10)).await;
    assert_eq!(planned.status, 200, "{planned:?}");
    assert_eq!(planned.json()["plan"]["requests"], 2);
    let change = json!({
        "id": "change-1", "subject": "pin-visit-1", "trigger": "knocker.booking_changed",
        "data": { "status": "cancelled" },
    });
    let change = house.post("/v1/book?connection=austin", &change).await;
    assert_eq!(change.status, 200, "{change:?}");
    let broken = house
        .post("/v1/book?connection=austin", &json!({ "id": "x", "data": {} }))
        .await;
    assert_eq!(broken.status, 422);
    assert!(house.ghl.with(|ghl| ghl.received().is_empty()));

    let booked = house.post("/v1/book?connection=dallas", &visit("visit-1", 10)).await;
    assert!(booked.json()["receipt"].is_object(), "{booked:?}");
    assert_eq!(house.ghl.with(|ghl| ghl.appointments().count()), 1);

    let of_austin: Vec<_> = house
        .finished()
        .await
        .into_iter()
        .filter(|event| event.connection == "austin")
        .collect();
    let statuses: Vec<_> = of_austin.iter().map(|event| event.status).collect();
    assert_eq!(
        statuses,
        [Status::Done, Status::Done, Status::Failed],
        "nobody in GHL is told either"
    );
    assert!(matches!(of_austin[0].ending, Some(Ending::Planned(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_before_shadow_mode_and_is_in_doubt_waits_for_its_end() {
    let plan = Plan {
        configuration: json!({ "settle_seconds": 1 }),
        ..Plan::default()
    };
    let house = House::new(plan).await;
    house.ghl.with(|ghl| {
        let lost = Fault::on("appointment.create", Effect::ResetBeforeCommit).unwrap();
        ghl.inject(lost);
    });
    house.post("/v1/events", &visit("visit-1", 10)).await;
    let deferred = |events: &[Listed]| match &events[0].ending {
        Some(Ending::Failure(Failure::Deferred(deferred))) => Some(deferred.message.clone()),
        _ => None,
    };
    house.dispatch_until(false, |events| deferred(events).is_some()).await;
    let requests = house.ghl.with(|ghl| ghl.received().len());

    house.meddle("UPDATE events SET due_ms = 0");
    let waits = |events: &[Listed]| deferred(events).is_some_and(|message| message.contains("shadow mode"));
    house.dispatch_until(true, waits).await;
    assert_eq!(house.inbox()[0].status, Status::Waiting);
    assert_eq!(house.ghl.with(|ghl| ghl.received().len()), requests);

    house.meddle("UPDATE events SET due_ms = 0");
    house
        .dispatch_until(false, |events| events[0].status == Status::Done)
        .await;
    assert!(matches!(house.inbox()[0].ending, Some(Ending::Receipt(_))));
    assert_eq!(house.ghl.with(|ghl| ghl.appointments().count()), 1);
}
