//! Events that are handed in.

use host_harness::inbox::Status;
use http::Request;
use http_body_util::Full;
use serde_json::json;

use super::house::{House, Plan, visit};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_is_on_the_disk() {
    let house = House::new(Plan::default()).await;
    let answer = house.post("/v1/events", &visit("visit-1", 10)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(
        answer.json(),
        json!({ "number": 1, "id": "visit-1", "subject": "pin-visit-1", "status": "waiting", "duplicate": false })
    );
    let [event] = house.inbox().try_into().unwrap();
    assert_eq!(
        (event.number, event.id.as_str(), event.status),
        (1, "visit-1", Status::Waiting)
    );
    let answer = house.get("/v1/events/1").await;
    assert_eq!(answer.json()["status"], "waiting");
    assert_eq!(
        house.get("/v1/events/2").await.error(),
        (404, "unknown-event".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn body_that_can_be_read_in_two_ways_is_refused_with_the_places() {
    let house = House::new(Plan::default()).await;
    let body = r#"[{ "id": "1", "data": { "lead": { "a/b": 1, "a/b": 2 } }, "id": "1" }]"#;
    let request = Request::post("/v1/events").header("content-type", "application/json");
    let answer = house.send(request.body(Full::from(body)).unwrap()).await;
    assert_eq!(answer.error(), (422, "no-event".to_owned()));
    let problems = &answer.json()["error"]["problems"];
    let told = |index: usize| (problems[index]["pointer"].clone(), problems[index]["code"].clone());
    assert_eq!(told(0), (json!("/0/data/lead/a~1b"), json!("duplicate-key")));
    assert_eq!(told(1), (json!("/0/id"), json!("duplicate-key")));
    assert!(house.inbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_answered_like_the_first_and_another_content_is_another_event() {
    let house = House::new(Plan::default()).await;
    let mut event = visit("visit-1", 10);
    let first = house.post("/v1/events", &event).await.json();
    let mut again = house.post("/v1/events", &event).await.json();
    assert_eq!(again["duplicate"], true);
    again["duplicate"] = false.into();
    assert_eq!(again, first);
    event["data"]["description"] = "Hail damage".into();
    assert_eq!(house.post("/v1/events", &event).await.json()["number"], 2);
    assert_eq!(house.inbox().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_taken_in_whole_and_in_order_or_not_at_all() {
    let house = House::new(Plan::default()).await;
    let mut misspelt = visit("visit-2", 11);
    misspelt["ocurred_at"] = misspelt["occurred_at"].take();
    let answer = house.post("/v1/events", &json!([visit("visit-1", 10), misspelt])).await;
    assert_eq!(answer.error(), (422, "no-event".to_owned()));
    assert_eq!(answer.json()["error"]["problems"][0]["pointer"], "/1/ocurred_at");
    assert!(house.inbox().is_empty());

    let list: Vec<_> = (0..20).map(|number| visit(&format!("visit-{number}"), 10)).collect();
    let answer = house.post("/v1/events?bulk=true", &json!(list)).await;
    let listed = house.inbox();
    assert!(listed.iter().all(|event| event.bulk));
    for (index, event) in listed.iter().enumerate() {
        assert_eq!(event.id, format!("visit-{index}"));
        assert_eq!(answer.json()[index]["id"], event.id);
    }
    assert_eq!(listed.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_worked_with_is_set_aside_with_its_problems_and_not_lost() {
    let house = House::new(Plan::default()).await;
    let nobody = json!({ "id": "visit-2", "data": { "startTime": "2030-06-04T10:00:00" } });
    let list = json!([visit("visit-1", 10), nobody, { "startTime": "at noon", "lead": { "phone": "5125550142" } }]);
    let answer = house.post("/v1/events", &list).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let answer = answer.json();
    assert_eq!(answer[0]["status"], "waiting");
    assert_eq!(
        (&answer[1]["status"], &answer[1]["id"]),
        (&json!("failed"), &json!("visit-2"))
    );
    assert_eq!(answer[1]["problems"][0]["pointer"], "/1/data/lead");
    assert_eq!(answer[2]["problems"][0]["pointer"], "/2/startTime");
    assert_eq!(answer[2]["subject"], answer[2]["id"], "without a name it is its own");
    assert_eq!(
        house
            .inbox()
            .iter()
            .filter(|event| event.status == Status::Failed)
            .count(),
        2
    );
    let again = house.post("/v1/events", &list).await.json();
    assert_eq!(
        (&again[2]["number"], &again[2]["duplicate"]),
        (&answer[2]["number"], &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_several_connections_are_served_the_caller_names_one() {
    let house = House::new(Plan {
        connections: &["austin", "boston"],
        ..Plan::default()
    })
    .await;
    let event = visit("visit-1", 10);
    assert_eq!(
        house.post("/v1/events", &event).await.error(),
        (400, "connection-missing".to_owned())
    );
    let answer = house.post("/v1/events?connection=chicago", &event).await;
    assert_eq!(answer.error(), (404, "unknown-connection".to_owned()));
    let answer = house.post("/v1/events?conection=austin", &event).await;
    assert_eq!(answer.error(), (400, "wrong-query".to_owned()));
    for name in ["austin", "boston"] {
        let answer = house.post(&format!("/v1/events?connection={name}"), &event).await;
        assert_eq!(answer.json()["duplicate"], false, "the id is the connection's own");
    }
}
