//! What leaves for GHL, byte by byte, and what the component makes of a server that it cannot reach.

use std::net::Ipv4Addr;
use std::sync::Arc;

use host_harness::contract::{Deferred, Failure, Invocation, Reason};
use host_harness::egress::{Client, ClientOptions, EgressError, Grants, Reach};
use host_harness::emulator::Seed;
use host_harness::engine::{Connection, Limits, Powers};
use host_harness::secrets::EnvironmentSecrets;
use host_harness::state::MemoryStore;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::sandbox::{BUDGET, Recorder, plugin};

const SEND_BEFORE: &str = "knockcal-send-before";

/// A connection to whatever listens there.
async fn connect(base_url: &str, wire: Arc<Recorder>) -> Connection {
    let configuration = json!({
        "location_id": Seed::DEMO_LOCATION,
        "time_zone": "America/Chicago",
        "base_url": base_url,
        "actions": ["contact.create_task"],
        "request_timeout_seconds": 2,
    })
    .to_string();
    let mut manifest = plugin().manifest(&configuration).await.unwrap();
    // The host would wait for longer than the configuration says.
    manifest.request_timeout_ms = 60_000;
    let powers = Powers {
        grants: Grants::new()
            .allow(base_url.parse().unwrap(), Reach::Private)
            .allow_secrets_of(&manifest),
        secrets: Arc::new(EnvironmentSecrets::given([(
            "ghl_token".to_owned(),
            Seed::DEMO_TOKEN.to_owned(),
        )])),
        store: Arc::new(MemoryStore::new()),
        client: Arc::new(Client::new(ClientOptions::default()).unwrap()),
        pace: None,
        tap: Some(wire),
    };
    Connection::new(plugin(), configuration, manifest, powers, Limits::default()).unwrap()
}

fn task() -> Invocation {
    Invocation {
        action: "contact.create_task".to_owned(),
        input: json!({
            "contactId": Seed::PAT,
            "title": "Call back",
            "dueDate": "2030-06-05T10:00:00-05:00",
            "completed": false,
        }),
        subject: Some("pin-1".to_owned()),
        key: Some("once".to_owned()),
    }
}

async fn deferred(connection: &Connection, budget: std::time::Duration) -> Deferred {
    match connection.invoke(&task(), budget).await.unwrap() {
        Err(Failure::Deferred(deferred)) => deferred,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_request_says_who_sends_it_and_the_instant_of_its_claim_stays_with_the_host() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.windows(4).any(|four| four == b"\r\n\r\n") {
            socket.read_buf(&mut heard).await.unwrap();
        }
        let answer = r#"{"message":"no","statusCode":400}"#;
        let head = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close";
        let whole = format!("{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        socket.write_all(whole.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&heard).to_lowercase()
    });
    let wire = Arc::new(Recorder::default());
    let connection = connect(&base_url, wire.clone()).await;
    connection.invoke(&task(), BUDGET).await.unwrap().unwrap_err();
    let heard = heard.await.unwrap();
    let agent = concat!("\r\nuser-agent: knockcal/", env!("CARGO_PKG_VERSION"), "\r\n");
    assert!(heard.contains(agent), "{heard}");
    assert!(!heard.contains(SEND_BEFORE), "{heard}");
    for exchange in wire.exchanges() {
        assert!(exchange.headers.contains_key(SEND_BEFORE), "{exchange:?}");
    }
    assert_eq!(wire.exchanges().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_has_got_nothing_and_people_read_a_sentence() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let wire = Arc::new(Recorder::default());
    let connection = connect(&format!("http://{address}"), wire.clone()).await;
    let deferred = deferred(&connection, std::time::Duration::from_millis(400)).await;
    assert_eq!(deferred.reason, Reason::Unavailable);
    let expected =
        format!("`contact.create_task`: the request to `{address}` was not sent: no connection to it could be made");
    assert_eq!(deferred.message, expected);
    assert_eq!(deferred.requests, 0);
    // What was not sent is sent again, and not looked for.
    for exchange in wire.exchanges() {
        assert_eq!(exchange.method, http::Method::POST);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_leaves_it_open_what_became_of_the_request() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let listening = tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            open.push(listener.accept().await.unwrap());
        }
    });
    let wire = Arc::new(Recorder::default());
    let connection = connect(&base_url, wire.clone()).await;
    deferred(&connection, std::time::Duration::from_millis(2_500)).await;
    listening.abort();
    let first = wire.exchanges().remove(0).reply;
    assert_eq!(
        first.unwrap_err(),
        EgressError::ReplyTimeout,
        "the component says how long"
    );
    let methods: Vec<_> = wire.exchanges().into_iter().map(|exchange| exchange.method).collect();
    assert_eq!(methods[0], http::Method::POST);
    assert!(
        methods[1..].iter().all(|method| *method == http::Method::GET),
        "it is read back, and not sent again: {methods:?}"
    );
    assert!(methods.len() > 1);
}
