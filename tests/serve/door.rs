//! What programs send that do not send plain JSON, and what is left of whatever is refused.

use bytes::Bytes;
use host_harness::secrets::SecretValue;
use host_harness::serve::api::ApiOptions;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::house::{Answer, House, Plan, Whose, visit};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(house: &House, kind: &str, body: impl Into<Bytes>) -> Answer {
    let mut request = Request::post("/v1/events?connection=austin");
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    let request = request.header("user-agent", "FormTool/2");
    house.send(request.body(Full::from(body.into())).unwrap()).await
}

/// A form with the same event as [`visit`].
fn form(id: &str, hour: u32) -> String {
    let visit = visit(id, hour);
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, pointer) in [
        ("id", "/id"),
        ("subject", "/subject"),
        ("occurred_at", "/occurred_at"),
        ("data[startTime]", "/data/startTime"),
        ("data[lead][name]", "/data/lead/name"),
        ("data[lead][phone]", "/data/lead/phone"),
    ] {
        form.append_pair(name, visit.pointer(pointer).unwrap().as_str().unwrap());
    }
    form.append_pair("notify", "false");
    form.finish()
}

fn part(name: &str, text: &str) -> String {
    format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn event_is_the_same_however_it_is_written() {
    let house = House::new(Plan::default()).await;
    let event = visit("visit-1", 10);
    let plain = event.to_string();
    let encoded: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let data = event["data"].to_string();
    let parts = [
        part("id", "visit-1"),
        part("subject", "pin-visit-1"),
        part("occurred_at", "2026-01-01T00:00:00Z"),
        part("data", &data),
        "--b\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"roof.jpg\"\r\n\r\n\u{0}\r\n".to_owned(),
        "--b--\r\n".to_owned(),
    ]
    .concat();
    let first = house.post("/v1/events", &event).await;
    assert_eq!(first.status, 202, "{first:?}");
    let bodies = [
        ("", plain.clone()),
        ("text/plain", plain.clone()),
        (FORM, plain.clone()),
        ("application/problem+json", plain.clone()),
        ("application/json", format!("\u{feff}{plain}")),
        ("application/json", json!(plain).to_string()),
        (FORM, form("visit-1", 10)),
        ("text/plain", form("visit-1", 10)),
        (FORM, format!("payload={encoded}")),
        ("multipart/form-data; boundary=b", parts),
    ];
    for (kind, body) in bodies {
        let answer = post(&house, kind, body.clone()).await;
        assert_eq!(answer.status, 202, "{kind} {body}: {answer:?}");
        assert_eq!(answer.json()["duplicate"], true, "{kind} {body}: {answer:?}");
    }
    assert_eq!(house.inbox().len(), 1);
    assert_eq!(house.get("/v1/refused").await.json()["refused"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn form_books_a_visit_and_the_receipt_names_it_in_words() {
    let house = House::new(Plan {
        dispatcher: Whose::TheHouse,
        ..Plan::default()
    })
    .await;
    let request = Request::post("/v1/book?wait=20s").header("content-type", FORM);
    let answer = house.send(request.body(Full::from(form("visit-1", 10))).unwrap()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let visit = &answer.json()["receipt"]["visit"];
    let summary = visit["summary"].as_str().unwrap();
    assert!(
        summary.starts_with("Tuesday, ") && summary.contains(" 10:00 AM (America/Chicago), "),
        "{visit}"
    );
    assert_eq!(visit["lead"], "Ann Lee");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_breaks_in_hand_made_json_reach_the_event() {
    let house = House::new(Plan::default()).await;
    let mut event = visit("visit-1", 10);
    event["data"]["notes"] = json!("Dog in the yard|ring twice");
    let answer = post(&house, "application/json", event.to_string().replace('|', "\r\n")).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let number = answer.json()["number"].as_u64().unwrap();
    assert!(number > 0 && house.inbox().len() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_refused_leaves_a_trace() {
    let house = House::new(Plan::default()).await;
    let cases: [(&str, &str, &[u8], u16); 7] = [
        ("application/json", "no-json", b"{\"id\": visit-1}", 400),
        ("application/xml", "wrong-content-type", b"<visit/>", 415),
        (FORM, "invalid-form", b"a=1&a[b]=2", 400),
        ("multipart/form-data", "invalid-form", b"--b\r\n", 400),
        (
            "application/json",
            "invalid-encoding",
            b"{\"a\": \"Zo\xeb \xc3\xab\"}",
            400,
        ),
        (
            "application/json",
            "no-event",
            b"{\"data\": {}, \"occured_at\": 1}",
            422,
        ),
        ("application/json", "no-events", b"[]", 400),
    ];
    for (kind, code, body, status) in cases {
        let answer = post(&house, kind, body.to_vec()).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{kind}");
    }
    assert_eq!(house.post("/v1/nothing", &json!({ "id": "visit-1" })).await.status, 404);
    let kept = house.get("/v1/refused").await.json();
    let kept = kept["refused"].as_array().unwrap();
    assert_eq!(kept.len(), cases.len() + 1);
    assert_eq!(
        (&kept[0]["code"], &kept[0]["path"], &kept[0]["body"]),
        (
            &json!("not-found"),
            &json!("/v1/nothing"),
            &json!(r#"{"id":"visit-1"}"#)
        )
    );
    for (kept, (kind, code, body, status)) in kept[1..].iter().rev().zip(cases) {
        assert_eq!((&kept["code"], &kept["status"]), (&json!(code), &json!(status)));
        assert_eq!(kept["body"], json!(String::from_utf8_lossy(body)));
        assert_eq!(
            (&kept["content_type"], &kept["user_agent"]),
            (&json!(kind), &json!("FormTool/2"))
        );
        assert_eq!(
            (&kept["connection"], &kept["content_length"]),
            (&json!("austin"), &json!(body.len()))
        );
        assert!(kept["caller"].as_str().unwrap().starts_with("127.0.0.1:"), "{kept}");
    }
    let metrics = house.get("/metrics").await.text;
    for line in [
        r#"knock_requests_refused_total{code="no-json"} 1"#,
        r#"knock_requests_refused_total{code="invalid-form"} 2"#,
        r#"knock_requests_refused_total{code="not-found"} 1"#,
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} is not in\n{metrics}"
        );
    }
    assert!(house.inbox().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_strangers_there_is_a_count_and_nothing_else() {
    let api = ApiOptions {
        token: Some(SecretValue::new("open-sesame".to_owned()).unwrap()),
        ..ApiOptions::default()
    };
    let house = House::new(Plan { api, ..Plan::default() }).await;
    assert_eq!(post(&house, "application/json", "{ secret").await.status, 401);
    assert_eq!(house.get("/v1/refused").await.status, 401);
    let known = |target: &str, body: &'static str| {
        let request = Request::post(target).header("authorization", "Bearer open-sesame");
        request.body(Full::from(body)).unwrap()
    };
    let answer = house
        .send(known("/v1/events?connection=austin", "{ \"t\": open-sesame"))
        .await;
    assert_eq!(answer.error(), (400, "no-json".to_owned()));
    let mut look = known("/v1/refused", "");
    *look.method_mut() = http::Method::GET;
    let kept = house.send(look).await.json();
    let codes: Vec<&Value> = kept["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kept| &kept["code"])
        .collect();
    assert_eq!(codes, ["no-json"]);
    let all = kept.to_string();
    assert!(!all.contains("open-sesame") && !all.contains("secret"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_body_is_kept_up_to_its_beginning() {
    let house = House::new(Plan::default()).await;
    let body = format!("{{\"notes\": \"{}", "x".repeat(100_000));
    assert_eq!(post(&house, "application/json", body).await.status, 400);
    let kept = house.get("/v1/refused").await.json();
    let body = kept["refused"][0]["body"].as_str().unwrap();
    assert!(
        body.len() == 2_048 && body.starts_with("{\"notes\": \"xxx"),
        "{}",
        body.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn page_of_another_site_cannot_post_a_form() {
    let house = House::new(Plan::default()).await;
    for (header, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("origin", "http://localhost:3000", 202),
    ] {
        let request = Request::post("/v1/events")
            .header("content-type", FORM)
            .header(header, value);
        let answer = house.send(request.body(Full::from(form("visit-1", 10))).unwrap()).await;
        assert_eq!(answer.status, status, "{header}: {value}: {answer:?}");
    }
    assert_eq!(house.inbox().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_counted() {
    let house = House::new(Plan::default()).await;
    let mut socket = TcpStream::connect(house.address).await.unwrap();
    socket.write_all(b"\x16\x03\x01 hello\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    let metrics = house.get("/metrics").await.text;
    let line = r#"knock_requests_refused_total{code="invalid-http"} 1"#;
    assert!(metrics.lines().any(|found| found == line), "{metrics}");
}
