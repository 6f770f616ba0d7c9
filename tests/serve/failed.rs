//! What is set aside lands where people work.

use host_harness::emulator::DocumentKind;
use host_harness::inbox::Status;
use serde_json::{Value, json};

use super::house::{House, Plan, Whose, visit};

fn dispatching() -> Plan {
    Plan {
        dispatcher: Whose::TheHouse,
        ..Plan::default()
    }
}

/// The tasks that stand in GHL.
fn tasks(house: &House) -> Vec<Value> {
    house
        .ghl
        .with(|ghl| ghl.documents(DocumentKind::Task).map(|task| json!(task)).collect())
}

/// Id, trigger and status of all that came in.
async fn all(house: &House) -> Vec<(String, String, Status)> {
    let listed = house.finished().await.into_iter();
    listed.map(|event| (event.id, event.trigger, event.status)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_ghl_refuses_becomes_a_task_once_and_the_contact_is_saved() {
    let house = House::new(dispatching()).await;
    let refused = house.post("/v1/book", &visit("visit-1", 3)).await;
    assert_eq!(refused.error(), (422, "permanent-refused".to_owned()));
    let expected = [
        ("visit-1".to_owned(), "knocker.lead_booked".to_owned(), Status::Failed),
        (
            "failed/visit-1/slot-taken".to_owned(),
            "event.failed".to_owned(),
            Status::Done,
        ),
    ];
    assert_eq!(all(&house).await, expected);
    let stands = tasks(&house);
    assert_eq!(stands.len(), 1, "{stands:#?}");
    let text = stands[0].to_string();
    assert!(
        text.contains("Not booked: slot taken") && text.contains("free nearby: ") && text.contains("3:00 AM"),
        "{text}"
    );
    let tagged = house.ghl.with(|ghl| {
        ghl.contacts()
            .any(|one| one.tags.contains(&"not carried out".to_owned()))
    });
    assert!(tagged);

    // A person tries it again, and GHL refuses it as before: they know.
    house.meddle("UPDATE events SET status = 'waiting', due_ms = 0, lease = NULL WHERE id = 'visit-1'");
    assert_eq!(all(&house).await, expected);
    assert_eq!(tasks(&house).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_cannot_be_read_becomes_a_task_too() {
    let house = House::new(dispatching()).await;
    let lead = json!({ "firstName": "Ann", "phone": "(512) 555-0142" });
    let event = json!({ "id": "visit-1", "subject": "pin-1", "data": { "lead": lead } });
    let invalid = house.post("/v1/book", &event).await;
    assert_eq!(invalid.error(), (422, "permanent-invalid".to_owned()));
    let came = all(&house).await;
    assert_eq!(came[1].0, "failed/visit-1/missing");
    assert_eq!(came.len(), 2);
    let stands = tasks(&house);
    assert!(
        stands.len() == 1 && stands[0].to_string().contains("startTime"),
        "{stands:#?}"
    );
    // It comes again, and is the same.
    house.post("/v1/book", &event).await;
    assert_eq!(all(&house).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_wants_to_be_told_nothing_follows() {
    let plan = Plan {
        configuration: json!({ "recipes": { "event.failed": { "enabled": false } } }),
        ..dispatching()
    };
    let house = House::new(plan).await;
    house.post("/v1/book", &visit("visit-1", 3)).await;
    assert_eq!(all(&house).await.len(), 1);
    assert_eq!(tasks(&house).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_that_something_failed_and_fails_itself_is_not_followed() {
    let plan = Plan {
        configuration: json!({ "recipes": { "stop": { "trigger": "event.failed", "steps": [
            { "name": "stop", "refuse": "nobody reads this" },
        ] } } }),
        ..dispatching()
    };
    let house = House::new(plan).await;
    house.post("/v1/book", &visit("visit-1", 3)).await;
    let came = all(&house).await;
    assert_eq!(came.len(), 2);
    assert_eq!(came[1].2, Status::Failed);
}
