//! How callers are treated that do not do as they should, and how the host takes its leave.

use bytes::Bytes;
use host_harness::secrets::SecretValue;
use host_harness::serve::api::ApiOptions;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::house::{House, Plan, visit};

fn request(method: &str, target: &str, kind: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("content-type", kind);
    request.body(Full::from(body.into())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_json_with_a_code() {
    let house = House::new(Plan::default()).await;
    let json = "application/json";
    let cases = [
        (
            request("POST", "/v1/events", "application/xml", "<visit/>"),
            415,
            "wrong-content-type",
        ),
        (request("GET", "/v1/events", json, ""), 405, "method-not-allowed"),
        (request("POST", "/v2/events", json, "{}"), 404, "not-found"),
        (request("GET", "/v1/events/first", json, ""), 404, "unknown-event"),
        (request("POST", "/v1/events", json, "[]"), 400, "no-events"),
        (
            request("POST", "/v1/events", json, vec![b' '; 4 * 1024 * 1024 + 1]),
            413,
            "body-too-large",
        ),
        (
            request(
                "POST",
                "/v1/events",
                json,
                Value::from(vec![json!({}); 1_001]).to_string(),
            ),
            413,
            "too-many-events",
        ),
    ];
    for (request, status, code) in cases {
        let said = format!("{} {}", request.method(), request.uri());
        let answer = house.send(request).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{said}");
        assert_eq!(answer.headers["content-type"], json);
        if status == 405 {
            assert_eq!(answer.headers["allow"], "POST");
        }
    }
    assert!(house.inbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_is_an_error_with_a_code_wherever_it_is_used() {
    let house = House::new(Plan::default()).await;
    for target in ["/healthz", "/readyz", "/metrics", "/v1/events/1"] {
        let answer = house.post(target, &json!({})).await;
        assert_eq!(answer.error(), (405, "method-not-allowed".to_owned()), "{target}");
        assert_eq!(answer.headers["allow"], "GET,HEAD");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_is_told_with_line_and_column() {
    let house = House::new(Plan::default()).await;
    let bad = "{\n  \"id\": visit-1\n}";
    let answer = house
        .send(request("POST", "/v1/events", "application/json; charset=utf-8", bad))
        .await;
    assert_eq!(answer.error(), (400, "no-json".to_owned()));
    let error = &answer.json()["error"];
    assert_eq!((&error["line"], &error["column"]), (&json!(2), &json!(9)));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_knows_the_token_may_call() {
    let token = SecretValue::new("open-sesame".to_owned()).unwrap();
    let api = ApiOptions {
        token: Some(token),
        ..ApiOptions::default()
    };
    let house = House::new(Plan { api, ..Plan::default() }).await;
    let event = visit("visit-1", 10);
    let answer = house.post("/v1/events", &event).await;
    assert_eq!(answer.error(), (401, "unauthorized".to_owned()));
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    for target in ["/v1/events/1", "/v1/nothing"] {
        assert_eq!(house.get(target).await.status, 401, "{target}");
    }
    for target in ["/healthz", "/readyz"] {
        assert_eq!(house.get(target).await.status, 200, "{target}");
    }
    let mut right = request("POST", "/v1/events", "application/json", event.to_string());
    right
        .headers_mut()
        .insert("authorization", "Bearer open-sesame".parse().unwrap());
    assert_eq!(house.send(right).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stops_finishes_what_has_begun_and_takes_no_more() {
    let house = House::new(Plan::default()).await;
    let body = visit("visit-1", 10).to_string();
    let mut begun = TcpStream::connect(house.address).await.unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    begun.write_all(head.as_bytes()).await.unwrap();
    let mut idle = TcpStream::connect(house.address).await.unwrap();
    idle.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut ready = [0; 15];
    idle.read_exact(&mut ready).await.unwrap();
    assert_eq!(&ready, b"HTTP/1.1 200 OK");

    house.tell_to_stop();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    begun.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert_eq!(house.inbox().len(), 1);
    let address = house.address;
    house.stopped().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_to_anybody() {
    let house = House::new(Plan::default()).await;
    for (target, status) in [("/healthz", "alive"), ("/readyz", "ready")] {
        let answer = house.get(target).await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (StatusCode::OK, &json!(status))
        );
    }
}
