//! What one call may use of the host, tried by components that ask for all they can get.

use super::*;
use crate::contract::{Endpoint, Route};
use crate::egress::tests::server::{Act, Server};
use crate::egress::{Reach, RequestBounds};
use crate::pace::{MemoryPace, Pacer, Terms};
use crate::state::{AccountQuota, Store};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) const HTTP: &str = concat!("package wasi:http@0.2.6;", include_str!("wasi_http.wit"));

const GUEST: &str = "
    package test:guest;
    world guest {
        include knockcal:connector/connector@0.1.0;
        import wasi:clocks/monotonic-clock@0.2.6;
        import wasi:io/poll@0.2.6;
        import wasi:http/types@0.2.6;
        import wasi:http/outgoing-handler@0.2.6;
    }";

/// Where the answer has its number of requests, and behind it two more: the guests count there.
const DONE: u32 = 1056;
const REFUSED: u32 = 1060;
const LAST: u32 = 1064;

/// A component that may send requests, and knows how: `$begin` begins one towards `authority` and returns its future,
/// `$end` waits for the reply to it and counts it, and returns it; `$refused` counts what was refused for want of room.
/// `$commit` writes 64,000 bytes under a key that is another one each time, and counts; `$read` reads such a value.
fn guest(authority: &str, pages: u32, before: &str, handle: &str) -> Vec<u8> {
    guest_of(authority, pages, before, &core(handle))
}

/// The same with another core module, made by [`core`].
fn guest_of(authority: &str, pages: u32, before: &str, core: &str) -> Vec<u8> {
    let length = authority.len();
    let imports = r#"(module
        (import "wasi:http/types@0.2.6" "[constructor]fields" (func $fields (result i32)))
        (import "wasi:http/types@0.2.6" "[method]fields.append"
            (func $append (param i32 i32 i32 i32 i32 i32)))
        (import "wasi:http/types@0.2.6" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
        (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-scheme"
            (func $set_scheme (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-authority"
            (func $set_authority (param i32 i32 i32 i32) (result i32)))
        (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-path-with-query"
            (func $set_path (param i32 i32 i32 i32) (result i32)))
        (import "wasi:http/outgoing-handler@0.2.6" "handle" (func $send (param i32 i32 i32 i32)))
        (import "wasi:http/types@0.2.6" "[method]future-incoming-response.subscribe"
            (func $subscribe_reply (param i32) (result i32)))
        (import "wasi:http/types@0.2.6" "[method]future-incoming-response.get" (func $get (param i32 i32)))
        (import "wasi:http/types@0.2.6" "[resource-drop]future-incoming-response" (func $drop_future (param i32)))
        (import "wasi:http/types@0.2.6" "[resource-drop]incoming-response" (func $drop_reply (param i32)))
        (import "wasi:io/poll@0.2.6" "[resource-drop]pollable" (func $drop_pollable (param i32)))
        (import "knockcal:connector/state@0.1.0" "commit" (func $commit_state (param i32 i32 i32 i32 i32)))
        (import "knockcal:connector/state@0.1.0" "get-many" (func $get_state (param i32 i32 i32)))"#;
    let functions = format!(
        r#"
        (data (i32.const 2048) "{authority}")
        (data (i32.const 2200) "/things")
        (data (i32.const 2300) "key-0")
        (func $add_one (param $at i32)
            (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.const 1))))
        (func $begin (result i32) (local $it i32)
            (local.set $it (call $request (call $fields)))
            (drop (call $set_scheme (local.get $it) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
            (drop (call $set_authority (local.get $it) (i32.const 1) (i32.const 2048) (i32.const {length})))
            (drop (call $set_path (local.get $it) (i32.const 1) (i32.const 2200) (i32.const 7)))
            (call $send (local.get $it) (i32.const 0) (i32.const 0) (i32.const 2400))
            (i32.load (i32.const 2408)))
        (func $end (param $future i32) (result i32) (local $ready i32)
            (local.set $ready (call $subscribe_reply (local.get $future)))
            (call $block (local.get $ready))
            (call $drop_pollable (local.get $ready))
            (call $get (local.get $future) (i32.const 2400))
            (call $drop_future (local.get $future))
            (if (i32.load8_u (i32.const 2416))
                (then
                    (i32.store (i32.const {LAST}) (i32.load8_u (i32.const 2424)))
                    (if (i32.eq (i32.load8_u (i32.const 2424)) (i32.const 11))
                        (then (call $add_one (i32.const {REFUSED})))))
                (else (call $add_one (i32.const {DONE}))))
            (i32.load (i32.const 2424)))
        (func $next_key
            (i32.store8 (i32.const 2304) (i32.add (i32.load8_u (i32.const 2304)) (i32.const 1))))
        (func $commit
            (call $next_key)
            (i32.store (i32.const 2496) (i32.const 2300)) (i32.store (i32.const 2500) (i32.const 5))
            (i32.store (i32.const 2504) (i32.const 1))
            (i32.store (i32.const 2508) (i32.const 1048576)) (i32.store (i32.const 2512) (i32.const 64000))
            (i32.store (i32.const 2520) (i32.const 0))
            (call $commit_state (i32.const 0) (i32.const 0) (i32.const 2496) (i32.const 1) (i32.const 2600))
            (call $add_one (select (i32.const {REFUSED}) (i32.const {DONE}) (i32.load8_u (i32.const 2600)))))
        (func $read
            (i32.store (i32.const 2500) (i32.const 2300)) (i32.store (i32.const 2504) (i32.const 5))
            (global.set $free (i32.const 4096))
            (call $get_state (i32.const 2500) (i32.const 1) (i32.const 2600))
            (call $add_one (select (i32.const {REFUSED}) (i32.const {DONE}) (i32.load8_u (i32.const 2600)))))
        {before}
        (global $free"#
    );
    let core = core
        .replacen("(module", imports, 1)
        .replacen(
            "(memory (export \"memory\") 2)",
            &format!("(memory (export \"memory\") {pages})"),
            1,
        )
        .replacen("(global $free", &functions, 1);
    component(GUEST, &core)
}

fn roomy() -> Limits {
    Limits {
        memory_bytes: 16 * 1024 * 1024,
        margin: Duration::from_secs(10),
        longest_request: Duration::from_secs(10),
        ..limits()
    }
}

struct Use {
    component: Vec<u8>,
    limits: Limits,
    manifest: Manifest,
    store: Arc<dyn Store>,
    client: ClientOptions,
    pace: Option<Arc<Pacer>>,
}

impl Use {
    fn of(component: Vec<u8>, limits: Limits) -> Self {
        Self {
            component,
            limits,
            manifest: manifest(),
            store: Arc::new(MemoryStore::new()),
            client: ClientOptions::default(),
            pace: None,
        }
    }

    fn of_server(server: &Server, before: &str, handle: &str, limits: Limits) -> Self {
        let component = guest(&server.origin.authority(), 32, before, handle);
        let mut this = Self::of(component, limits);
        this.manifest.request_timeout_ms = 10_000;
        this.manifest.endpoints = vec![Endpoint {
            scheme: "http".to_owned(),
            authority: server.origin.authority(),
            routes: vec![Route {
                method: "GET".to_owned(),
                path: "/things".to_owned(),
            }],
        }];
        this
    }

    async fn call(self, budget: Duration) -> Result<Receipt, Trap> {
        match handle(&self.connect(), budget).await {
            Ok(ended) => Ok(ended.unwrap()),
            Err(RunError::Trapped { reason, .. }) => Err(reason),
            Err(error) => panic!("{error}"),
        }
    }

    fn connect(self) -> Connection {
        let origins = self.manifest.endpoints.iter();
        let grants = origins.fold(Grants::new(), |grants, endpoint| {
            let origin = format!("{}://{}", endpoint.scheme, endpoint.authority);
            grants.allow(origin.parse().unwrap(), Reach::Private)
        });
        let powers = Powers {
            grants,
            secrets: Arc::new(EnvironmentSecrets::given([])),
            store: self.store,
            client: Arc::new(Client::new(self.client).unwrap()),
            pace: self.pace,
            tap: None,
        };
        let plugin = engine().load(&self.component).unwrap();
        Connection::new(plugin, "{}", self.manifest, powers, self.limits).unwrap()
    }
}

/// Begins `count` requests, and then does this with each future in `$future`.
fn begin_then(count: u32, each: &str) -> (String, String) {
    let before = format!(
        "(func $all (local $i i32) (local $future i32)
            (loop
                (i32.store (i32.add (i32.const 3000) (i32.mul (local.get $i) (i32.const 4))) (call $begin))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get $i) (i32.const {count}))))
            (local.set $i (i32.const 0))
            (loop
                (local.set $future (i32.load (i32.add (i32.const 3000) (i32.mul (local.get $i) (i32.const 4)))))
                {each}
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get $i) (i32.const {count})))))"
    );
    (before, "(call $all)".to_owned())
}

fn times(count: u32, what: &str) -> String {
    format!(
        "(global.set $turn (i32.const 0))
         (loop
            {what}
            (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
            (br_if 0 (i32.lt_u (global.get $turn) (i32.const {count}))))"
    )
}

const TURN: &str = "(global $turn (mut i32) (i32.const 0))";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_of_a_call_are_under_way_eight_at_a_time() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let server = Server::start(move |_| {
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(60));
        now.fetch_sub(1, Ordering::SeqCst);
        Act::reply(200, "{}")
    });
    let (before, handle) = begin_then(20, "(drop (call $end (local.get $future)))");
    let limits = Limits {
        requests: Limits::default().requests,
        ..roomy()
    };
    let receipt = Use::of_server(&server, &before, &handle, limits)
        .call(LONG)
        .await
        .unwrap();
    assert_eq!(receipt.requests, 20);
    assert_eq!(seen.load(Ordering::SeqCst), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_of_a_call_are_held_no_further_than_its_room() {
    let server = Server::start(|_| Act::reply(200, &"x".repeat(300 * 1024)));
    let narrow = || {
        let limits = Limits {
            requests: RequestBounds {
                in_flight: 8,
                held_bytes: 1024 * 1024,
            },
            ..roomy()
        };
        let client = ClientOptions {
            reply_limit: 310 * 1024,
            request_limit: 1024,
            ..ClientOptions::default()
        };
        (limits, client)
    };
    // A component that keeps every reply gets as many as there is room for.
    let (before, handle) = begin_then(20, "(drop (call $end (local.get $future)))");
    let (limits, client) = narrow();
    let mut hoards = Use::of_server(&server, &before, &handle, limits);
    hoards.client = client;
    let receipt = hoards.call(Duration::from_secs(2)).await.unwrap();
    assert_eq!((receipt.requests, receipt.cache_hits), (3, 17));
    assert_eq!(server.requests().len(), 3, "what was refused was not sent");

    // One that lets go of them gets all.
    let (before, handle) = begin_then(20, "(call $drop_reply (call $end (local.get $future)))");
    let (limits, client) = narrow();
    let mut reads = Use::of_server(&server, &before, &handle, limits);
    reads.client = client;
    let receipt = reads.call(LONG).await.unwrap();
    assert_eq!(receipt.requests, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_to_a_provider_without_a_declared_limit_keep_to_that_of_the_host() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let handle = times(140, "(call $drop_reply (call $end (call $begin)))");
    // What failed has no reply to let go of.
    let handle = handle.replace(
        "(call $drop_reply (call $end (call $begin)))",
        &format!(
            "(i32.store (i32.const {LAST}) (i32.const 0))
             (global.set $reply (call $end (call $begin)))
             (if (i32.eqz (i32.load (i32.const {LAST}))) (then (call $drop_reply (global.get $reply))))"
        ),
    );
    let before = format!("{TURN} (global $reply (mut i32) (i32.const 0))");
    let mut without = Use::of_server(&server, &before, &handle, roomy());
    without.manifest.rate_limit.requests = 0;
    let terms = Terms::of(&without.manifest);
    without.pace = Some(Pacer::new("account", terms, Arc::new(MemoryPace::new())));
    let receipt = without.call(Duration::from_secs(6)).await.unwrap();
    let sent = server.requests().len();
    assert!((50..=100).contains(&sent), "{sent} were sent at once");
    assert_eq!(usize::try_from(receipt.requests), Ok(sent));
    assert_eq!(receipt.requests + receipt.cache_hits, 140);
}

#[tokio::test]
async fn things_of_the_host_that_a_call_holds_are_bounded() {
    for (count, allowed) in [(100, true), (300, false)] {
        let handle = times(count, "(drop (call $fields))");
        let ended = Use::of(guest("x", 32, TURN, &handle), roomy()).call(LONG).await;
        assert_eq!(ended.is_ok(), allowed, "{count}: {ended:?}");
    }
}

#[tokio::test]
async fn state_that_a_call_writes_is_bounded_in_keys_and_in_bytes() {
    let handle = times(10, "(call $commit)");
    let bounds = [
        StateBounds {
            bytes_written: 4 * 64_100,
            ..StateBounds::default()
        },
        StateBounds {
            keys_written: 4,
            ..StateBounds::default()
        },
    ];
    for state in bounds {
        let writes = Use::of(guest("x", 32, TURN, &handle), Limits { state, ..roomy() });
        let receipt = writes.call(LONG).await.unwrap();
        assert_eq!((receipt.requests, receipt.cache_hits), (4, 6), "{state:?}");
    }
    let writes = Use::of(guest("x", 32, TURN, &handle), roomy());
    assert_eq!(writes.call(LONG).await.unwrap().requests, 10);
}

#[tokio::test]
async fn state_that_a_call_reads_is_bounded_in_keys_and_in_bytes() {
    let handle = format!("(call $commit) {}", times(10, "(call $read)"));
    let bounds = [
        StateBounds {
            bytes_read: 4 * 64_000,
            ..StateBounds::default()
        },
        StateBounds {
            keys_read: 4,
            ..StateBounds::default()
        },
    ];
    for state in bounds {
        let reads = Use::of(guest("x", 32, TURN, &handle), Limits { state, ..roomy() });
        let receipt = reads.call(LONG).await.unwrap();
        assert_eq!((receipt.requests, receipt.cache_hits), (1 + 4, 6), "{state:?}");
    }
    let reads = Use::of(guest("x", 32, TURN, &handle), roomy());
    assert_eq!(reads.call(LONG).await.unwrap().requests, 11);
}

#[tokio::test]
async fn state_of_an_account_is_bounded_over_all_its_calls() {
    let handle = times(3, "(call $commit)");
    let quota = AccountQuota {
        bytes: 4 * 64_100,
        ..AccountQuota::default()
    };
    let store = Arc::new(MemoryStore::new().within(quota));
    let mut kept = Vec::new();
    for first in ["key-0", "key-A", "key-a"] {
        let component = guest("x", 32, TURN, &handle);
        let at = component.windows(5).position(|bytes| bytes == b"key-0").unwrap();
        let mut component = component;
        component[at..at + 5].copy_from_slice(first.as_bytes());
        let mut writes = Use::of(component, roomy());
        writes.store = store.clone();
        let receipt = writes.call(LONG).await.unwrap();
        kept.push((receipt.requests, receipt.cache_hits));
    }
    assert_eq!(kept, [(3, 0), (1, 2), (0, 3)]);
}

#[tokio::test]
async fn what_a_call_passes_to_the_host_at_once_is_bounded() {
    // A hundred keys that are one text of 30,000 bytes.
    let before = "(func $ask (local $i i32)
        (loop
            (i32.store (i32.add (i32.const 3000) (i32.mul (local.get $i) (i32.const 8))) (i32.const 1048576))
            (i32.store (i32.add (i32.const 3004) (i32.mul (local.get $i) (i32.const 8))) (i32.const 30000))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get $i) (i32.const 100))))
        (call $get_state (i32.const 3000) (i32.const 100) (i32.const 2600)))";
    let ended = Use::of(guest("x", 32, before, "(call $ask)"), roomy()).call(LONG).await;
    assert!(
        matches!(&ended, Err(Trap::Other(text)) if text.contains("fuel")),
        "{ended:?}"
    );
    let limits = Limits {
        host_call_bytes: 8 * 1024 * 1024,
        ..roomy()
    };
    Use::of(guest("x", 32, before, "(call $ask)"), limits)
        .call(LONG)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_a_call_answers_is_bounded() {
    let answer = "(i32.store (i32.const 1032) (i32.const 1048576)) (i32.store (i32.const 1036) (i32.const 900000))";
    let limits = Limits {
        answer_bytes: 512 * 1024,
        ..roomy()
    };
    let ended = Use::of(guest("x", 32, "", answer), limits).call(LONG).await;
    assert!(
        matches!(&ended, Err(Trap::Other(text)) if text.contains("fuel")),
        "{ended:?}"
    );
    let receipt = Use::of(guest("x", 32, "", answer), roomy()).call(LONG).await.unwrap();
    assert_eq!(receipt.event_id.len(), 900_000);
}

#[tokio::test]
async fn table_of_a_call_is_bounded() {
    for (elements, expected) in [(30_000, (1, 0)), (30_001, (0, 1))] {
        let grow = format!(
            "(call $add_one (select (i32.const {REFUSED}) (i32.const {DONE})
                (i32.eq (table.grow $table (ref.null func) (i32.const {elements})) (i32.const -1))))"
        );
        let grows = guest("x", 32, "(table $table 0 funcref)", &grow);
        let receipt = Use::of(grows, roomy()).call(LONG).await.unwrap();
        assert_eq!((receipt.requests, receipt.cache_hits), expected, "{elements}");
    }
}

#[tokio::test]
async fn header_section_that_a_call_makes_is_bounded() {
    for (count, allowed) in [(30, true), (40, false)] {
        let append = "(call $append (global.get $fields_made) (i32.const 2300) (i32.const 5)
            (i32.const 1048576) (i32.const 1000) (i32.const 2600))
            (call $add_one (select (i32.const 1060) (i32.const 1056) (i32.load8_u (i32.const 2600))))";
        let handle = format!("(global.set $fields_made (call $fields)) {}", times(count, append));
        let before = format!(
            "{TURN} (global $fields_made (mut i32) (i32.const 0)) (func $blank
                (memory.fill (i32.const 1048576) (i32.const 120) (i32.const 1000)))"
        );
        let fills = guest("x", 32, &before, &format!("(call $blank) {handle}"));
        let ended = Use::of(fills, roomy()).call(LONG).await;
        let made = ended.as_ref().map_or(0, |receipt| receipt.requests);
        assert_eq!(made == count, allowed, "{count}: {ended:?}");
    }
}

#[tokio::test]
async fn request_takes_no_longer_than_the_host_allows_whatever_the_manifest_says() {
    let server = Server::start(|_| Act::Hang);
    let limits = Limits {
        longest_request: Duration::from_millis(200),
        ..roomy()
    };
    let mut waits = Use::of_server(&server, "", "(drop (call $end (call $begin)))", limits);
    waits.manifest.request_timeout_ms = u32::MAX;
    let ended = tokio::time::timeout(Duration::from_secs(60), waits.call(LONG)).await;
    let receipt = ended.expect("it waits as long as the manifest says").unwrap();
    // `HTTP-response-timeout`.
    assert_eq!((receipt.requests, receipt.cache_misses), (0, 33));
}

/// A component that does this wherever it is called.
fn everywhere(server: &Server, what: &str) -> Use {
    let mut this = Use::of_server(server, "", what, roomy());
    let text = format!("(result i32)\n                {what}\n                i32.const 1024)");
    let elsewhere = core(what).replace("(result i32)\n                i32.const 1024)", &text);
    this.component = guest_of(&server.origin.authority(), 32, "", &elsewhere);
    this
}

#[tokio::test]
async fn calls_that_are_lent_nothing_reach_neither_server_nor_state() {
    let server = Server::start(|_| Act::reply(200, "{}"));
    let store = Arc::new(MemoryStore::new());
    let written = || {
        let key = store.get_many(&["key-1".to_owned()]).unwrap().entries.remove(0);
        key.is_some()
    };
    let mut tries = everywhere(&server, "(drop (call $end (call $begin))) (call $commit)");
    tries.store = store.clone();
    let connection = tries.connect();
    // What they answer is of no account.
    drop(connection.identify(&event()).await);
    assert!(!written());
    drop(connection.plan(&event()).await);
    assert_eq!(server.connections(), 0);
    drop(handle(&connection, LONG).await);
    assert!(written());
    assert_eq!(server.connections(), 1);
}
