use super::*;
use crate::emulator::trial::{MONDAY, Trial, tuesday};
use crate::emulator::{Effect, Seed, Server, WEBHOOK_PUBLIC_KEY};
use std::io::{Read, Write};
use std::net::TcpStream;

/// What a server answers to a request that comes over a socket: its status, and its body.
fn ask(server: &Server, method: &str, target: &str, headers: &str, body: &Value) -> (u16, Value) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}");
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head[9..12].parse().unwrap(),
        serde_json::from_str(body).unwrap_or_default(),
    )
}

fn control(server: &Server, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = ask(server, method, &format!("/__emulator{path}"), "", &body);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn book(server: &Server, time: &str) -> u16 {
    let token = Seed::DEMO_TOKEN;
    let headers = format!("authorization: Bearer {token}\r\nversion: v3\r\ncontent-type: application/json\r\n");
    let body = Trial::booking(Seed::OPEN_HOUSE, tuesday(time));
    ask(server, "POST", "/calendars/events/appointments", &headers, &body).0
}

async fn serving() -> Server {
    let mut ghl = Ghl::new(Seed::demo()).unwrap();
    ghl.inject(Fault::on("contact.get", Effect::Truncate).unwrap());
    Server::bind("127.0.0.1:0", ghl, Clock::manual(MONDAY)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_there_is() {
    let server = serving().await;
    let overview = control(&server, "GET", "", Value::Null);
    assert_eq!(overview["location"]["id"], Seed::DEMO_LOCATION);
    assert_eq!(
        (&overview["holds"]["calendars"], &overview["now"]),
        (&json!(5), &json!("2026-03-02T14:00:00.000Z"))
    );
    assert!(
        overview["operations"]
            .as_array()
            .unwrap()
            .contains(&json!("appointment.create"))
    );
    for name in overview["control"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| name.starts_with("GET"))
    {
        let path = name.strip_prefix("GET /__emulator").unwrap();
        assert!(control(&server, "GET", path, Value::Null).is_object(), "{name}");
    }
    assert_eq!(server.with(|ghl| ghl.received().len()), 0, "nobody asked GHL");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_saved_gives_the_same_world() {
    let server = serving().await;
    assert_eq!(book(&server, "10:00"), 200);
    let state = control(&server, "GET", "/state", Value::Null);
    assert_eq!(state["appointments"][0]["contact_id"], Seed::PAT);
    let again = Ghl::new(serde_json::from_value(state.clone()).unwrap()).unwrap();
    let again = Server::bind("127.0.0.1:0", again, Clock::manual(MONDAY)).await.unwrap();
    assert_eq!(control(&again, "GET", "/state", Value::Null), state);
    assert_eq!((book(&again, "10:00"), book(&again, "11:00")), (400, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_leads_back_to_the_start() {
    let server = serving().await;
    let start = control(&server, "GET", "/state", Value::Null);
    assert_eq!(book(&server, "10:00"), 200);
    control(&server, "DELETE", "/faults", Value::Null);
    control(&server, "POST", "/reset", Value::Null);
    assert_eq!(control(&server, "GET", "/state", Value::Null), start);
    assert_eq!(
        control(&server, "GET", "/received", Value::Null),
        json!({ "received": [] })
    );
    assert_eq!(
        control(&server, "GET", "/faults", Value::Null)["faults"][0]["do"],
        "truncate"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_come_and_go() {
    let server = serving().await;
    let lost =
        json!({ "on": "appointment.create", "nth": 1, "times": 2, "do": { "status_after_commit": { "code": 504 } } });
    let listed = control(&server, "POST", "/faults", lost.clone());
    assert_eq!(listed["faults"][1], lost);
    assert_eq!(
        (book(&server, "10:00"), server.with(|ghl| ghl.appointments().count())),
        (504, 1)
    );
    assert_eq!(
        control(&server, "DELETE", "/faults", Value::Null),
        json!({ "faults": [] })
    );
    assert_eq!(book(&server, "11:00"), 200);
    control(
        &server,
        "POST",
        "/faults",
        json!([{ "on": "*", "do": { "status": 503 } }, lost]),
    );
    assert_eq!(book(&server, "12:00"), 503);
    let received = control(&server, "GET", "/received", Value::Null);
    assert_eq!(received["received"][0]["status"], 504);
    assert_eq!(received["received"][0]["body"]["contactId"], Seed::PAT);
    assert_eq!(received["received"][0]["operation"], "appointment.create");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_brings_what_is_late() {
    let server = serving().await;
    control(
        &server,
        "POST",
        "/faults",
        json!({ "on": "*", "do": { "commit_late": { "ms": 45_000 } } }),
    );
    assert_eq!(book(&server, "10:00"), 504);
    assert_eq!(
        control(&server, "GET", "/state", Value::Null)["appointments"],
        json!([])
    );
    let now = control(&server, "POST", "/clock", json!({ "advance_ms": 45_000 }));
    assert_eq!(now["now"], "2026-03-02T14:00:45.000Z");
    assert_eq!(control(&server, "GET", "", Value::Null)["holds"]["appointments"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_where_they_are_sent_and_a_reset_leaves_that() {
    let server = serving().await;
    let app = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", app.local_addr().unwrap());
    assert_eq!(control(&server, "GET", "/webhooks", Value::Null)["url"], Value::Null);
    let report = control(&server, "PUT", "/webhooks", json!({ "url": url }));
    assert_eq!(
        (&report["url"], &report["public_key"]),
        (&json!(url), &json!(WEBHOOK_PUBLIC_KEY))
    );
    control(&server, "POST", "/reset", Value::Null);
    assert_eq!(book(&server, "10:00"), 200);
    let (mut came, _) = app.accept().unwrap();
    let mut begin = [0; 18];
    came.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"POST /hooks HTTP/1");
    assert_eq!(
        control(&server, "PUT", "/webhooks", json!({ "url": null }))["url"],
        Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn workflow_posts_its_contact_and_visit_unsigned_with_the_headers_it_was_given() {
    let server = serving().await;
    assert_eq!(book(&server, "10:00"), 200);
    let appointment = server.with(|ghl| ghl.appointments().next().unwrap().id.clone());
    let app = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let webhook = json!({
        "url": format!("http://{}/v1/events", app.local_addr().unwrap()),
        "headers": { "authorization": "Bearer token" },
        "contact": Seed::PAT,
        "appointment": appointment,
        "data": { "Roof age": 12 },
    });
    let posted = control(&server, "POST", "/workflow-webhooks", webhook)["posted"].take();
    assert_eq!(posted["contact_id"], Seed::PAT);
    assert_eq!(posted["calendar"]["startTime"], "2026-03-03T10:00:00");
    assert_eq!(posted["customData"], json!({ "Roof age": 12 }));
    let (mut came, _) = app.accept().unwrap();
    came.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut message = Vec::new();
    while !message.ends_with(posted.to_string().as_bytes()) {
        let mut more = [0; 4096];
        let read = came.read(&mut more).unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&message));
        message.extend_from_slice(&more[..read]);
    }
    let message = String::from_utf8(message).unwrap().to_lowercase();
    assert!(
        message.contains("authorization: bearer token") && !message.contains("signature"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said() {
    let server = serving().await;
    for (method, path, headers, body, status, words) in [
        (
            "GET",
            "/world",
            "",
            Value::Null,
            404,
            "`GET /__emulator` lists what there is",
        ),
        (
            "PUT",
            "/faults",
            "",
            json!({}),
            405,
            "`/__emulator/faults` takes GET and POST and DELETE, not PUT",
        ),
        ("POST", "/clock", "", json!({ "by": 1 }), 400, "unknown field `by`"),
        (
            "POST",
            "/clock",
            "",
            json!({ "advance_ms": -1 }),
            400,
            "the body cannot be used: invalid value",
        ),
        (
            "POST",
            "/faults",
            "",
            json!([{ "on": "x", "do": "truncate" }]),
            400,
            "unknown operation `x`",
        ),
        ("POST", "/faults", "", json!("truncate"), 400, "a list of them"),
        ("PUT", "/webhooks", "", json!({}), 400, "missing field `url`"),
        (
            "PUT",
            "/webhooks",
            "",
            json!({ "url": "http://example.com" }),
            400,
            "plain HTTP is for this machine only",
        ),
        (
            "POST",
            "/workflow-webhooks",
            "",
            json!({ "url": "http://127.0.0.1:1/", "contact": "none" }),
            400,
            "there is no contact `none`",
        ),
        (
            "POST",
            "/workflow-webhooks",
            "",
            json!({ "url": "http://127.0.0.1:1/", "contact": Seed::PAT, "headers": { "a b": "c" } }),
            400,
            "`a b` is not a header",
        ),
        (
            "POST",
            "/reset",
            "origin: https://example.com\r\n",
            Value::Null,
            403,
            "browser",
        ),
    ] {
        let (code, answer) = ask(&server, method, &format!("/__emulator{path}"), headers, &body);
        assert_eq!(code, status, "{method} {path}");
        let said = answer["error"]["message"].as_str().unwrap();
        assert!(said.contains(words), "{said}");
    }
    let token = Seed::DEMO_TOKEN;
    let headers = format!("authorization: Bearer {token}\r\nversion: v3\r\n");
    let (_, other) = ask(&server, "GET", "/__emulators", &headers, &Value::Null);
    assert!(other["traceId"].is_string(), "{other}");
}
