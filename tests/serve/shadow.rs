//! Shadow mode: what comes in is planned, and nothing is sent.

use host_harness::inbox::{Ending, Status};
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
