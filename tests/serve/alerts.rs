//! What is set aside is told to people elsewhere.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::subscriber::NoSubscriber;

use super::house::{House, Plan, Whose, visit};
use crate::heard::Heard;

/// What of the URL nobody but its server may see.
const SECRET: &str = "T0-secret-path";

/// How long it is quiet where nothing comes any more: longer than two looks.
const QUIET: Duration = Duration::from_millis(2_500);

/// Somebody who receives messages.
struct Receiver {
    url: String,
    came: mpsc::UnboundedReceiver<(HeaderMap, Value)>,
}

#[derive(Clone)]
struct Desk {
    statuses: Arc<Mutex<VecDeque<u16>>>,
    came: mpsc::UnboundedSender<(HeaderMap, Value)>,
}

impl Receiver {
    /// One that answers with these statuses, and then with 200.
    async fn answering(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/{SECRET}?token={SECRET}", listener.local_addr().unwrap());
        let (sender, came) = mpsc::unbounded_channel();
        let desk = Desk {
            statuses: Arc::new(Mutex::new(statuses.iter().copied().collect())),
            came: sender,
        };
        let path = format!("/{SECRET}");
        let router = Router::new().route(&path, post(receive)).with_state(desk);
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { url, came }
    }

    async fn next(&mut self) -> (HeaderMap, Value) {
        let came = timeout(Duration::from_secs(30), self.came.recv()).await;
        came.expect("nobody was told").unwrap()
    }

    /// Ids of the events that the next messages are about.
    async fn next_ids(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.next().await.1["event"]["id"].as_str().unwrap().to_owned());
        }
        ids
    }

    async fn assert_quiet(&mut self) {
        let came = timeout(QUIET, self.came.recv()).await;
        assert!(came.is_err(), "{came:?}");
    }
}

/// Whoever follows a redirect comes here again.
async fn receive(State(desk): State<Desk>, headers: HeaderMap, body: String) -> impl IntoResponse {
    desk.came.send((headers, serde_json::from_str(&body).unwrap())).unwrap();
    let status = desk.statuses.lock().unwrap().pop_front().unwrap_or(200);
    (
        StatusCode::from_u16(status).unwrap(),
        [(LOCATION, format!("/{SECRET}"))],
    )
}

async fn house(connections: &'static [&'static str]) -> House {
    House::new(Plan {
        connections,
        dispatcher: Whose::TheHouse,
        ..Plan::default()
    })
    .await
}

/// Hands visits in, one after the other, that GHL refuses.
async fn refused(house: &House, connection: &str, ids: &[&str]) {
    for id in ids {
        let answer = house
            .post(&format!("/v1/book?connection={connection}"), &visit(id, 3))
            .await;
        assert_eq!(answer.error(), (422, "permanent-refused".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_once_of_what_failed_and_why_and_not_of_what_was_before() {
    let house = house(&["austin"]).await;
    refused(&house, "austin", &["visit-0"]).await;
    let mut receiver = Receiver::answering(&[]).await;
    let telling = house.tell(&[("austin", &receiver.url)]).await;
    refused(&house, "austin", &["visit-1"]).await;
    let (headers, body) = receiver.next().await;
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["idempotency-key"], "failed/visit-1/slot-taken");
    let number = house.inbox().iter().find(|event| event.id == "visit-1").unwrap().number;
    assert_eq!(
        body["event"],
        json!({ "number": number, "id": "visit-1", "subject": "pin-visit-1", "trigger": "knocker.lead_booked" })
    );
    assert_eq!(
        (&body["connection"], &body["id"]),
        (&json!("austin"), &json!("failed/visit-1/slot-taken"))
    );
    assert_eq!(body["failure"]["code"], "slot-taken");
    assert!(body["failure"]["alternatives"].is_array(), "{body}");
    let text = body["text"].as_str().unwrap();
    assert!(
        text.contains("austin") && text.contains(&format!("`knock events show {number}`")),
        "{text}"
    );
    assert!(!body.to_string().contains("555-0142"), "{body}");

    receiver.assert_quiet().await;
    telling.end().await;
    let again = house.tell(&[("austin", &receiver.url)]).await;
    receiver.assert_quiet().await;
    refused(&house, "austin", &["visit-2"]).await;
    assert_eq!(receiver.next_ids(1).await, ["visit-2"]);
    again.end().await;
    let numbers = house.get("/metrics").await.text;
    assert!(
        numbers.contains(r#"knock_alerts_total{connection="austin",outcome="told"} 2"#),
        "{numbers}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_nobody_runs_is_told_at_the_next_start() {
    let house = house(&["austin"]).await;
    let mut receiver = Receiver::answering(&[]).await;
    house.tell(&[("austin", &receiver.url)]).await.end().await;
    refused(&house, "austin", &["visit-1", "visit-2"]).await;
    let telling = house.tell(&[("austin", &receiver.url)]).await;
    assert_eq!(receiver.next_ids(2).await, ["visit-1", "visit-2"]);
    telling.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_did_not_come_through_is_sent_again_before_the_next_one() {
    let house = house(&["austin"]).await;
    let mut receiver = Receiver::answering(&[500, 429]).await;
    let telling = house.tell(&[("austin", &receiver.url)]).await;
    refused(&house, "austin", &["visit-1", "visit-2"]).await;
    assert_eq!(receiver.next_ids(4).await, ["visit-1", "visit-1", "visit-1", "visit-2"]);
    receiver.assert_quiet().await;
    telling.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_refused_is_left_out_and_no_redirect_is_followed() {
    let house = house(&["austin"]).await;
    let mut receiver = Receiver::answering(&[404, 307]).await;
    let telling = house.tell(&[("austin", &receiver.url)]).await;
    refused(&house, "austin", &["visit-1", "visit-2", "visit-3"]).await;
    assert_eq!(receiver.next_ids(3).await, ["visit-1", "visit-2", "visit-3"]);
    receiver.assert_quiet().await;
    telling.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_holds_up_no_other_connection() {
    let house = house(&["austin", "boston"]).await;
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    let mut receiver = Receiver::answering(&[]).await;
    let urls = [("austin", silent_url.as_str()), ("boston", &receiver.url)];
    let telling = house.tell(&urls).await;
    refused(&house, "austin", &["visit-1"]).await;
    let _waits = silent.accept().await.unwrap();
    refused(&house, "boston", &["visit-2", "visit-3"]).await;
    let told = timeout(Duration::from_secs(8), receiver.next_ids(2)).await;
    assert_eq!(told.unwrap(), ["visit-2", "visit-3"]);
    drop(telling);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_with_one_state_file_tell_people_once() {
    let house = house(&["austin"]).await;
    let mut receiver = Receiver::answering(&[]).await;
    let url = receiver.url.clone();
    let both = [
        house.tell(&[("austin", &url)]).await,
        house.tell(&[("austin", &url)]).await,
    ];
    refused(&house, "austin", &["visit-1", "visit-2", "visit-3"]).await;
    assert_eq!(receiver.next_ids(3).await, ["visit-1", "visit-2", "visit-3"]);
    receiver.assert_quiet().await;
    for telling in both {
        telling.end().await;
    }
}

#[test]
fn the_url_is_in_no_log_whatever_comes_of_it() {
    let logged = Heard::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(logged.clone())
        .finish();
    // With no more than one subscriber, `tracing` asks that of the thread that comes to a line first whether to log it.
    let _another = tracing::Dispatch::new(NoSubscriber::default());
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let house = house(&["austin", "boston"]).await;
            let mut receiver = Receiver::answering(&[500, 404]).await;
            // Nobody listens there.
            let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let closed_url = format!("http://{}/{SECRET}", closed.local_addr().unwrap());
            drop(closed);
            let telling = house.tell(&[("austin", &receiver.url), ("boston", &closed_url)]).await;
            refused(&house, "boston", &["visit-1"]).await;
            refused(&house, "austin", &["visit-2", "visit-3"]).await;
            assert_eq!(receiver.next_ids(3).await, ["visit-2", "visit-2", "visit-3"]);
            telling.end().await;
        });
    });
    let logged = logged.text();
    for said in [
        "answered with 500",
        "answered with 404",
        "no connection to its server",
        "people were told",
    ] {
        assert!(logged.contains(said), "`{said}` is not in\n{logged}");
    }
    assert!(!logged.contains(SECRET), "{logged}");
}
