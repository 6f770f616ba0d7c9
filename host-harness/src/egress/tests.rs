//! The way out, against servers on this machine that do one thing each.

mod hops;
pub(crate) mod server;
mod tls;

use super::gatekeeper::Patience;
use super::*;
use crate::contract::{Endpoint, Manifest, RateLimit, RateLimitHeaders, Route, Secret};
use crate::pace::{Errand, MemoryPace, Pacer, Priority, Terms};
use crate::secrets::{EnvironmentSecrets, Secrets};
use crate::state::{Check, CommitError, Committed, MemoryStore, Snapshot, Store, StoreError, Write};
use bytes::Bytes;
use server::{Act, Server};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SECRET: &str = "pit-0123456789";

const OTHER_SECRET: &str = "key-9876543210";

/// A manifest that declares these servers, and the secret towards the first.
fn manifest(origins: &[&Origin]) -> Manifest {
    let endpoints = origins
        .iter()
        .map(|origin| Endpoint {
            scheme: origin.to_string().split(':').next().unwrap().to_owned(),
            authority: origin.authority(),
            routes: vec![route("GET", "/things/{id}"), route("POST", "/things")],
        })
        .collect::<Vec<_>>();
    Manifest {
        name: "test".to_owned(),
        version: "0".to_owned(),
        account: "account".to_owned(),
        actions: Vec::new(),
        scopes: Vec::new(),
        secrets: vec![Secret {
            role: "token".to_owned(),
            description: "a token".to_owned(),
            scheme: endpoints[0].scheme.clone(),
            authority: endpoints[0].authority.clone(),
            header: "authorization".to_owned(),
            prefix: "Bearer ".to_owned(),
        }],
        endpoints,
        oauth2: None,
        rate_limit: RateLimit {
            requests: 100,
            interval_ms: 10_000,
            daily: 200_000,
            headers: RateLimitHeaders {
                limit: String::new(),
                remaining: String::new(),
                interval_ms: String::new(),
                daily_limit: String::new(),
                daily_remaining: String::new(),
                daily_reset_ms: String::new(),
            },
        },
        send_before_header: "x-send-before".to_owned(),
        request_timeout_ms: 2_000,
        trace_id_field: "traceId".to_owned(),
    }
}

fn route(method: &str, path: &str) -> Route {
    Route {
        method: method.to_owned(),
        path: path.to_owned(),
    }
}

/// Keeps what passes.
#[derive(Default)]
struct Kept(Mutex<Vec<Exchange>>);

impl Tap for Kept {
    fn exchange(&self, exchange: &Exchange) {
        self.0.lock().unwrap().push(exchange.clone());
    }
}

/// A way out, and what surrounds it.
struct Way {
    egress: Egress,
    placeholder: String,
    /// Of a secret that has no place in the manifest.
    other_placeholder: String,
    store: Arc<dyn Store>,
    tap: Arc<Kept>,
}

struct Setting {
    manifest: Manifest,
    grants: Grants,
    options: ClientOptions,
    store: Arc<dyn Store>,
    pace: Option<Arc<Pacer>>,
    /// Whether the secrets go where the manifest says.
    trusted: bool,
}

fn setting(origins: &[&Origin]) -> Setting {
    Setting {
        manifest: manifest(origins),
        grants: origins.iter().fold(Grants::new(), |grants, origin| {
            grants.allow((*origin).clone(), Reach::Private)
        }),
        options: ClientOptions::default(),
        store: Arc::new(MemoryStore::new()),
        pace: None,
        trusted: true,
    }
}

impl Setting {
    fn way(self) -> Way {
        let given = [("token", SECRET), ("other", OTHER_SECRET)];
        let given = given.map(|(role, value)| (role.to_owned(), value.to_owned()));
        let secrets = EnvironmentSecrets::given(given);
        let placeholder = secrets.get("token").unwrap();
        let other_placeholder = secrets.get("other").unwrap();
        let tap = Arc::new(Kept::default());
        let grants = match self.trusted {
            true => self.grants.allow_secrets_of(&self.manifest),
            false => self.grants,
        };
        let egress = Egress::new(
            Arc::new(Client::new(self.options).unwrap()),
            Policy::new(&self.manifest, &grants).unwrap(),
            Arc::new(secrets),
            self.store.clone(),
            self.pace,
            Some(tap.clone()),
        );
        Way {
            egress,
            placeholder,
            other_placeholder,
            store: self.store,
            tap,
        }
    }
}

fn way(server: &Server) -> Way {
    setting(&[&server.origin]).way()
}

fn errand() -> Errand {
    Errand {
        priority: Priority::Interactive,
        purpose: "test".into(),
    }
}

impl Way {
    async fn send(&self, request: http::request::Builder, body: &str) -> Result<Reply, EgressError> {
        let request = request.body(Ok(Bytes::from(body.to_owned()))).unwrap();
        self.egress.send(request, Patience::default(), &errand()).await
    }

    async fn get(&self, server: &Server) -> Result<Reply, EgressError> {
        self.send(http::Request::get(server.url("/things/1")), "").await
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.placeholder)
    }
}

#[tokio::test]
async fn a_declared_and_granted_request_goes_out_and_its_reply_comes_back() {
    let server = Server::start(|_| Act::reply(201, "{\"id\":7}"));
    let way = way(&server);
    let reply = way
        .send(http::Request::post(server.url("/things?a=b")), "{}")
        .await
        .unwrap();
    assert_eq!(reply.status, 201);
    assert_eq!(reply.body, "{\"id\":7}");
    assert_eq!(reply.headers["content-length"], "8");
    let seen = server.requests().remove(0);
    assert!(seen.starts_with("POST /things?a=b HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("content-length: 2\r\n"), "{seen}");
    assert!(!seen.contains("transfer-encoding"), "{seen}");
    assert!(
        seen.contains(concat!("user-agent: knock/", env!("CARGO_PKG_VERSION"))),
        "{seen}"
    );
    assert!(
        seen.contains(&format!("host: {}\r\n", server.origin.authority())),
        "{seen}"
    );
}

#[tokio::test]
async fn what_is_not_declared_or_not_granted_stays_inside() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let foreign = Server::start(|_| Act::reply(200, "{}"));
    let ungranted = Server::start(|_| Act::reply(200, "{}"));
    let mut setting = setting(&[&server.origin, &ungranted.origin]);
    setting.grants = Grants::new().allow(server.origin.clone(), Reach::Private);
    let way = setting.way();
    let cases = [
        (http::Request::get(foreign.url("/things/1")), "not declared"),
        (
            http::Request::get(ungranted.url("/things/1")),
            "not granted by the operator",
        ),
        (http::Request::delete(server.url("/things/1")), "`DELETE /things/1`"),
        (http::Request::get(server.url("/things")), "`GET /things`"),
        (http::Request::get(server.url("/things/1/2")), "not declared"),
        (http::Request::get(server.url("/things/..")), "not declared"),
        (http::Request::get(server.url("/things/%2e%2e%2fadmin")), "not declared"),
        (http::Request::get(server.url("//things/1")), "not declared"),
        (
            http::Request::get(server.url("/things/1").replace("http://", "http://user@")),
            "user name",
        ),
        (
            http::Request::get(server.url("/things/1").replace("http://", "https://")),
            "not declared",
        ),
        (http::Request::get("/things/1"), "names no server"),
    ];
    for (request, reason) in cases {
        let error = way.send(request, "").await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.surely_not_sent());
        assert!(matches!(error.to_wasi(), wasmtime_wasi_http::Error::HttpRequestDenied));
    }
    for server in [&server, &foreign, &ungranted] {
        assert_eq!(server.connections(), 0);
    }
}

#[tokio::test]
async fn a_private_address_is_refused_unless_granted() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let mut setting = setting(&[&server.origin]);
    setting.grants = Grants::new().allow(server.origin.clone(), Reach::Public);
    let error = setting.way().get(&server).await.unwrap_err();
    assert!(
        matches!(error, EgressError::Refused(Refusal::PrivateAddress { .. })),
        "{error}"
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_secret_goes_into_its_header_towards_its_server_and_nowhere_else() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let other = Server::start(|_| Act::reply(200, "{}"));
    let way = setting(&[&server.origin, &other.origin]).way();
    let placeholder = way.placeholder.clone();
    way.send(
        http::Request::post(server.url(&format!("/things?t={placeholder}")))
            .header("authorization", way.bearer())
            .header("x-other", way.bearer())
            .header("x-bare", &placeholder),
        &format!("{{\"token\":\"Bearer {placeholder}\"}}"),
    )
    .await
    .unwrap();
    let seen = server.requests().remove(0);
    assert!(seen.contains(&format!("authorization: Bearer {SECRET}\r\n")), "{seen}");
    assert_eq!(seen.matches(SECRET).count(), 1, "{seen}");
    assert_eq!(seen.matches(&placeholder).count(), 4, "{seen}");

    // Without the prefix, with something behind it, or towards another server, it is only text.
    for value in [
        placeholder.clone(),
        format!("Bearer {placeholder}x"),
        format!("bearer {placeholder}"),
    ] {
        way.send(
            http::Request::get(server.url("/things/1")).header("authorization", value),
            "",
        )
        .await
        .unwrap();
    }
    way.send(
        http::Request::get(other.url("/things/1")).header("authorization", way.bearer()),
        "",
    )
    .await
    .unwrap();
    let later = [server.requests().split_off(1), other.requests()].concat();
    assert_eq!(later.len(), 4);
    assert!(later.iter().all(|seen| !seen.contains(SECRET)));
}

#[tokio::test]
async fn a_server_that_echoes_the_secret_does_not_tell_it_to_the_component() {
    let server = Server::start(|request| {
        let line = request.lines().find(|line| line.starts_with("authorization")).unwrap();
        Act::Reply(format!(
            "HTTP/1.1 401 Unauthorized\r\nx-echo: {line}\r\ncontent-length: {}\r\n\r\n{line} {line}",
            2 * line.len() + 1
        ))
    });
    let way = way(&server);
    let reply = way
        .send(
            http::Request::get(server.url("/things/1")).header("authorization", way.bearer()),
            "",
        )
        .await
        .unwrap();
    let line = format!("authorization: {}", way.bearer());
    assert_eq!(reply.body, format!("{line} {line}"));
    assert_eq!(reply.headers["x-echo"], line);
    assert_eq!(reply.headers["content-length"], reply.body.len().to_string());
    let exchange = way.tap.0.lock().unwrap().remove(0);
    assert!(!format!("{exchange:?}").contains(SECRET));
    assert_eq!(exchange.headers["authorization"], way.bearer());
}

#[tokio::test]
async fn a_late_request_leaves_no_byte() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let way = way(&server);
    let now = way.store.now_ms();
    for instant in [0, now.saturating_sub(1), now] {
        let error = way
            .send(
                http::Request::post(server.url("/things")).header("x-send-before", instant),
                "{}",
            )
            .await
            .unwrap_err();
        assert_eq!(error, EgressError::Late);
        assert!(error.surely_not_sent());
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_send_before_header_is_not_sent_and_has_to_be_one_number() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let way = way(&server);
    let later = way.store.now_ms() + 60_000;
    way.send(
        http::Request::post(server.url("/things")).header("X-Send-Before", later),
        "{}",
    )
    .await
    .unwrap();
    assert!(!server.requests()[0].contains("send-before"));
    let later = later.to_string();
    for wrong in [
        vec![""],
        vec!["soon"],
        vec!["-1"],
        vec!["+5"],
        vec!["99999999999999999999999"],
        vec![&later, &later],
    ] {
        let mut request = http::Request::post(server.url("/things"));
        for value in &wrong {
            request = request.header("x-send-before", *value);
        }
        let error = way.send(request, "{}").await.unwrap_err();
        assert!(
            matches!(error, EgressError::Refused(Refusal::SendBefore { .. })),
            "{wrong:?}: {error}"
        );
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn when_the_instant_comes_in_flight_the_connection_is_reset() {
    let server = Server::start(|_| Act::Hang);
    let way = way(&server);
    let started = Instant::now();
    let instant = way.store.now_ms() + 150;
    let error = way
        .send(
            http::Request::post(server.url("/things")).header("x-send-before", instant),
            "{}",
        )
        .await
        .unwrap_err();
    assert_eq!(error, EgressError::CutOff);
    assert!(!error.surely_not_sent());
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(server.ending(), Some(std::io::ErrorKind::ConnectionReset));
}

/// A store whose clock stands still for some questions and then jumps.
struct Jumping {
    calm: u64,
    asked: AtomicU64,
}

impl Store for Jumping {
    fn now_ms(&self) -> u64 {
        if self.asked.fetch_add(1, Ordering::SeqCst) < self.calm {
            1_000
        } else {
            1_000_000
        }
    }

    fn get_many(&self, _: &[String]) -> Result<Snapshot, StoreError> {
        unreachable!("the egress reads no state")
    }

    fn commit(&self, _: &[Check], _: &[Write]) -> Result<Committed, CommitError> {
        unreachable!("the egress writes no state")
    }
}

#[tokio::test]
async fn wherever_the_process_stops_a_late_request_leaves_no_byte() {
    let mut late = 0;
    let mut sent = 0;
    for calm in 0..16 {
        let server = Server::start(|_| {
            std::thread::sleep(Duration::from_millis(20));
            Act::reply(200, "{}")
        });
        let mut setting = setting(&[&server.origin]);
        setting.store = Arc::new(Jumping {
            calm,
            asked: AtomicU64::new(0),
        });
        let way = setting.way();
        let outcome = way
            .send(
                http::Request::post(server.url("/things")).header("x-send-before", 2_000),
                "{}",
            )
            .await;
        match outcome {
            Err(EgressError::Late) => {
                drop(way);
                tokio::time::sleep(Duration::from_millis(10)).await;
                assert_eq!(server.bytes_received(), 0, "calm for {calm} questions");
                late += 1;
            }
            // Not cut off: that would be a request which began to leave after its instant.
            Ok(_) => sent += 1,
            Err(error) => panic!("calm for {calm} questions: {error}"),
        }
    }
    // The first four questions are asked before there is a connection, or before the request is handed to it.
    assert!(late > 4, "the gate at the socket was never the one that stopped it");
    assert!(sent > 0);
}

#[tokio::test]
async fn a_request_that_finds_no_place_in_time_is_not_sent() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let mut setting = setting(&[&server.origin]);
    setting.manifest.rate_limit.requests = 1;
    let terms = Terms::of(&setting.manifest);
    setting.pace = Some(Pacer::new("account", terms, Arc::new(MemoryPace::new())));
    let way = setting.way();
    way.get(&server).await.unwrap();
    let soon = way.store.now_ms() + 5_000;
    let request = http::Request::post(server.url("/things")).header("x-send-before", soon);
    let error = way.send(request, "{}").await.unwrap_err();
    assert!(matches!(error, EgressError::NoPlace(_)), "{error}");
    assert!(error.surely_not_sent());
    assert!(matches!(
        error.to_wasi(),
        wasmtime_wasi_http::Error::ConnectionLimitReached
    ));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let way = way(&server);
    for _ in 0..5 {
        way.get(&server).await.unwrap();
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 5));
}

#[tokio::test]
async fn connections_that_rest_are_bounded() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_millis(300));
        Act::reply(200, "{}")
    });
    let mut setting = setting(&[&server.origin]);
    setting.options.idle_time = Duration::from_secs(60);
    let way = Arc::new(setting.way());
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (way, url) = (way.clone(), server.url("/things/1"));
        requests.spawn(async move { way.send(http::Request::get(url), "").await.unwrap() });
    }
    requests.join_all().await;
    assert_eq!(server.connections(), 40);
    assert_eq!(server.endings_after(8), 8);
}

#[tokio::test]
async fn a_connection_that_rested_too_long_is_closed() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let mut setting = setting(&[&server.origin]);
    setting.options.idle_time = Duration::from_millis(50);
    let way = setting.way();
    way.get(&server).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    // Closed properly, and by the client, although nobody asked for it.
    assert_eq!(server.ending(), Some(std::io::ErrorKind::UnexpectedEof));
    way.get(&server).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_replaced() {
    let server = Server::start(|_| Act::ReplyAndClose("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned()));
    let way = way(&server);
    for _ in 0..20 {
        way.get(&server).await.unwrap();
        // Not a moment for the runtime to hear of the end: only the kernel knows.
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!((server.connections(), server.requests().len()), (20, 20));
}

#[tokio::test]
async fn a_request_that_was_read_and_not_answered_is_not_sent_again() {
    let answered = AtomicU64::new(0);
    let server = Server::start(move |_| match answered.fetch_add(1, Ordering::SeqCst) {
        0 => Act::reply(200, "{}"),
        _ => Act::Close,
    });
    let way = way(&server);
    way.get(&server).await.unwrap();
    let error = way.get(&server).await.unwrap_err();
    assert!(matches!(error, EgressError::Terminated { .. }), "{error}");
    assert!(!error.surely_not_sent());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_reply_that_ends_early_is_not_taken_for_a_whole_one() {
    let server =
        Server::start(|_| Act::ReplyAndClose("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".to_owned()));
    let error = way(&server).get(&server).await.unwrap_err();
    assert!(matches!(error, EgressError::Terminated { .. }), "{error}");
}

#[tokio::test]
async fn a_reply_that_is_no_http_is_called_so() {
    let server = Server::start(|_| Act::ReplyAndClose("SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned()));
    let error = way(&server).get(&server).await.unwrap_err();
    assert!(matches!(error, EgressError::Protocol { .. }), "{error}");
    assert!(!error.surely_not_sent());
}

#[tokio::test]
async fn a_reply_that_is_too_large_is_refused() {
    let server = Server::start(|_| Act::reply(200, &"x".repeat(2_000)));
    let mut setting = setting(&[&server.origin]);
    setting.options.reply_limit = 1_000;
    let error = setting.way().get(&server).await.unwrap_err();
    assert_eq!(error, EgressError::ReplyTooLarge { limit: 1_000 });
}

#[tokio::test]
async fn a_reply_that_does_not_come_in_time_ends_the_request() {
    let server = Server::start(|_| Act::Hang);
    let mut setting = setting(&[&server.origin]);
    setting.manifest.request_timeout_ms = 100;
    let error = setting.way().get(&server).await.unwrap_err();
    assert_eq!(error, EgressError::ReplyTimeout);
    assert_eq!(server.ending(), Some(std::io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_| Act::reply(200, "{}"));
    let target = elsewhere.url("/things/1");
    let server = Server::start(move |_| {
        Act::Reply(format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
        ))
    });
    let way = setting(&[&server.origin, &elsewhere.origin]).way();
    let reply = way.get(&server).await.unwrap();
    assert_eq!(reply.status, 307);
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_server_that_is_not_there_was_surely_not_reached() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let gone = server.stop();
    let setting = setting(&[&gone]);
    let url = format!("{gone}/things/1");
    let error = setting.way().send(http::Request::get(url), "").await.unwrap_err();
    assert!(matches!(error, EgressError::Unconnected { .. }), "{error}");
    assert!(error.surely_not_sent());
}

#[tokio::test]
async fn a_name_without_an_address_was_surely_not_reached() {
    let origin: Origin = "https://no-such-host.invalid".parse().unwrap();
    let way = setting(&[&origin]).way();
    let error = way
        .send(http::Request::get("https://no-such-host.invalid/things/1"), "")
        .await
        .unwrap_err();
    assert!(matches!(error, EgressError::Unresolved { .. }), "{error}");
    assert!(error.surely_not_sent());
}

#[tokio::test]
async fn an_exchange_that_is_given_up_is_reset_and_reported() {
    let server = Server::start(|_| Act::Hang);
    let way = way(&server);
    let given_up = tokio::time::timeout(Duration::from_millis(100), way.get(&server)).await;
    assert!(given_up.is_err());
    assert_eq!(server.ending(), Some(std::io::ErrorKind::ConnectionReset));
    let exchange = way.tap.0.lock().unwrap().remove(0);
    assert_eq!(exchange.reply.unwrap_err(), EgressError::Abandoned);
}

#[tokio::test]
async fn a_manifest_that_sends_a_secret_astray_is_refused() {
    let here: Origin = "https://here.example".parse().unwrap();
    let mut astray = manifest(&[&here]);
    astray.secrets[0].authority = "there.example".to_owned();
    let error = Policy::new(&astray, &Grants::new()).unwrap_err();
    assert!(matches!(error, PolicyError::SecretAstray { .. }), "{error}");
}
