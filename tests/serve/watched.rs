//! What is counted, and what people are called for.

use std::time::Duration;

use serde_json::json;

use super::house::{House, Plan, Whose, visit};

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_and_what_came_of_it_is_counted() {
    let house = House::new(Plan {
        dispatcher: Whose::TheHouse,
        ..Plan::default()
    })
    .await;
    for _ in 0..2 {
        assert_eq!(house.post("/v1/book", &visit("visit-1", 10)).await.status, 200);
    }
    assert_eq!(house.post("/v1/events", &json!({ "id": "visit-2" })).await.status, 202);
    let answer = house.get("/metrics").await;
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    for line in [
        r#"knock_events{connection="austin",status="done"} 1"#,
        r#"knock_events{connection="austin",status="failed"} 1"#,
        r#"knock_events_received_total{connection="austin",result="accepted"} 1"#,
        r#"knock_events_received_total{connection="austin",result="duplicate"} 1"#,
        r#"knock_events_received_total{connection="austin",result="invalid"} 1"#,
        r#"knock_runs_total{trigger="knocker.lead_booked",outcome="done"} 1"#,
        "knock_provider_requests_total 2",
        "# EOF",
    ] {
        assert!(
            answer.text.lines().any(|found| found == line),
            "{line} is not in\n{}",
            answer.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_needs_a_person_says_why() {
    let mut house = House::new(Plan {
        connections: &["austin", "boston"],
        ..Plan::default()
    })
    .await;
    let list = json!([visit("visit-1", 10), { "id": "visit-2" }]);
    assert_eq!(house.post("/v1/events?connection=austin", &list).await.status, 202);
    // So that the file's clock has moved on.
    tokio::time::sleep(Duration::from_millis(5)).await;
    house.watch(Duration::ZERO);
    let text = loop {
        let text = house.get("/metrics").await.text;
        if text.contains("knock_alarm{connection=\"boston\"") {
            break text;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    for (connection, kind, on) in [
        ("austin", "overdue", 1),
        ("austin", "set-aside", 1),
        ("austin", "halted", 0),
        ("boston", "overdue", 0),
    ] {
        let line = format!("knock_alarm{{connection=\"{connection}\",kind=\"{kind}\"}} {on}");
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
