//! Bounds and surface, with components of a few lines each.

mod files;
mod uses;

use super::component as component_of_this_version;
use super::*;
use crate::contract::{Event, Failure, Manifest, RateLimit, RateLimitHeaders, Receipt};
use crate::egress::{Client, ClientOptions, Grants};
use crate::secrets::EnvironmentSecrets;
use crate::state::MemoryStore;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const WIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");

const CONNECTOR: &str = "
    package test:guest;
    world guest {
        include knockcal:connector/connector@0.1.0;
        import wasi:clocks/monotonic-clock@0.2.6;
    }";

/// A component of the world in `wit`, whose core module is `core`.
fn component(wit: &str, core: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_dir(WIT).unwrap();
    for package in [
        "package wasi:io@0.2.6;
         interface poll { resource pollable { block: func(); } }",
        "package wasi:clocks@0.2.6;
         interface monotonic-clock {
             use wasi:io/poll@0.2.6.{pollable};
             type duration = u64;
             now: func() -> u64;
             subscribe-duration: func(when: u64) -> pollable;
         }",
        "package wasi:filesystem@0.2.6;
         interface preopens { count: func() -> u32; }",
        uses::HTTP,
    ] {
        resolve.push_str("wasi.wit", package).unwrap();
    }
    let package = resolve.push_str("guest.wit", wit).unwrap();
    encode(&resolve, package, core)
}

fn encode(resolve: &Resolve, package: wit_parser::PackageId, core: &str) -> Vec<u8> {
    let world = resolve.select_world(&[package], None).unwrap();
    let mut module = wat::parse_str(core).unwrap();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// A core module whose `handle` does this, and then answers with an empty receipt: a result is zero where it is ok,
/// a string or a list where it is empty.
fn core(handle: &str) -> String {
    format!(
        r#"(module
            (import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))
            (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration"
                (func $subscribe (param i64) (result i32)))
            (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))
            (memory (export "memory") 2)
            (global $free (mut i32) (i32.const 4096))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $free (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
                (global.get $free)
                (global.set $free (i32.add (global.get $free) (local.get 3))))
            (func (export "knockcal:connector/manifest@0.1.0#get") (param i32 i32) (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/automation@0.1.0#identify") (param i32) (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/automation@0.1.0#plan") (param i32) (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/automation@0.1.0#handle") (param i32) (result i32)
                {handle}
                i32.const 1024)
            (func (export "knockcal:connector/automation@0.1.0#preview")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/automation@0.1.0#invoke")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/catalog@0.1.0#actions") (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/catalog@0.1.0#triggers") (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/catalog@0.1.0#recipes") (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/check@0.1.0#configuration") (param i32 i32) (result i32)
                i32.const 1024)
            (func (export "knockcal:connector/check@0.1.0#read-event") (param i32) (result i32)
                i32.const 1024)
        )"#
    )
}

fn engine() -> Engine {
    Engine::new(&EngineOptions {
        max_instances: 4,
        ..EngineOptions::default()
    })
    .unwrap()
}

fn limits() -> Limits {
    Limits {
        cpu: Duration::from_millis(100),
        memory_bytes: 1024 * 1024,
        margin: Duration::ZERO,
        ..Limits::default()
    }
}

fn connection(handle: &str, limits: Limits) -> Connection {
    let plugin = engine().load(&component(CONNECTOR, &core(handle))).unwrap();
    let powers = Powers {
        grants: Grants::new(),
        secrets: Arc::new(EnvironmentSecrets::given([])),
        store: Arc::new(MemoryStore::new()),
        client: Arc::new(Client::new(ClientOptions::default()).unwrap()),
        pace: None,
        tap: None,
    };
    Connection::new(plugin, "{}", manifest(), powers, limits).unwrap()
}

fn manifest() -> Manifest {
    let header = || "x".to_owned();
    Manifest {
        name: "test".to_owned(),
        version: "0".to_owned(),
        account: "account".to_owned(),
        actions: Vec::new(),
        scopes: Vec::new(),
        endpoints: Vec::new(),
        secrets: Vec::new(),
        oauth2: None,
        rate_limit: RateLimit {
            requests: 1,
            interval_ms: 1,
            daily: 1,
            headers: RateLimitHeaders {
                limit: header(),
                remaining: header(),
                interval_ms: header(),
                daily_limit: header(),
                daily_remaining: header(),
                daily_reset_ms: header(),
            },
        },
        send_before_header: "x-send-before".to_owned(),
        request_timeout_ms: 0,
        trace_id_field: "traceId".to_owned(),
    }
}

fn event() -> Event {
    Event {
        id: Some("1".to_owned()),
        trigger: "knocker.lead_booked".to_owned(),
        subject: None,
        occurred_at: "2026-01-01T00:00:00Z".to_owned(),
        expires_at: None,
        notify: true,
        data: json!({}),
    }
}

async fn handle(connection: &Connection, budget: Duration) -> Result<Result<Receipt, Failure>, RunError> {
    connection.handle(&event(), budget).await
}

fn trap(outcome: Result<Result<Receipt, Failure>, RunError>) -> Trap {
    match outcome {
        Err(RunError::Trapped { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_component_is_called_and_answers() {
    let connection = connection("", limits());
    let receipt = handle(&connection, LONG).await.unwrap().unwrap();
    assert_eq!(receipt.requests, 0);
    let plan = connection.plan(&event()).await.unwrap().unwrap();
    assert!(plan.steps.is_empty());
}

#[tokio::test]
async fn an_endless_loop_uses_up_its_processor_time() {
    let connection = connection("(loop (br 0))", limits());
    let started = Instant::now();
    assert_eq!(trap(handle(&connection, LONG).await), Trap::CpuTime);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_endless_loop_of_host_calls_uses_up_its_time() {
    let connection = connection("(loop (drop (call $now)) (br 0))", limits());
    let started = Instant::now();
    let budget = Duration::from_millis(400);
    assert_eq!(trap(handle(&connection, budget).await), Trap::WallTime);
    assert!(started.elapsed() >= budget);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn waiting_longer_than_the_processor_time_is_no_offence() {
    let connection = connection("(call $block (call $subscribe (i64.const 400_000_000)))", limits());
    let started = Instant::now();
    handle(&connection, LONG).await.unwrap().unwrap();
    assert!(started.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn waiting_longer_than_the_budget_is_ended() {
    let connection = connection("(call $block (call $subscribe (i64.const 60_000_000_000)))", limits());
    let started = Instant::now();
    let budget = Duration::from_millis(200);
    assert_eq!(trap(handle(&connection, budget).await), Trap::WallTime);
    assert!(started.elapsed() < Duration::from_secs(30), "the wait went to its end");
}

#[tokio::test]
async fn memory_ends_where_the_limit_is() {
    let grow = "(loop
        (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
        unreachable)";
    let connection = connection(grow, limits());
    assert_eq!(trap(handle(&connection, LONG).await), Trap::Memory);
}

#[tokio::test]
async fn memory_of_a_call_ends_below_that_of_the_engine() {
    let grow = "(if (i32.eq (memory.grow (i32.const 32)) (i32.const -1)) (then unreachable))";
    let roomy = Limits {
        memory_bytes: 4 * 1024 * 1024,
        ..limits()
    };
    handle(&connection(grow, roomy), LONG).await.unwrap().unwrap();
    assert_eq!(trap(handle(&connection(grow, limits()), LONG).await), Trap::Memory);
}

#[tokio::test]
async fn a_panic_is_one_failed_call_and_the_next_one_works() {
    let panics = connection("unreachable", limits());
    for _ in 0..20 {
        let reason = trap(handle(&panics, LONG).await);
        assert!(
            matches!(&reason, Trap::Other(text) if text.contains("unreachable")),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn a_spinning_component_does_not_hold_up_the_executor() {
    let connection = connection(
        "(loop (br 0))",
        Limits {
            cpu: Duration::from_secs(2),
            ..limits()
        },
    );
    let spinning = tokio::spawn(async move { handle(&connection, LONG).await });
    let started = Instant::now();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(!spinning.is_finished());
    assert_eq!(trap(spinning.await.unwrap()), Trap::CpuTime);
}

#[tokio::test]
async fn more_calls_than_there_is_room_for_wait_their_turn() {
    let connection = connection("(call $block (call $subscribe (i64.const 20_000_000)))", limits());
    let calls: Vec<_> = (0..24)
        .map(|_| {
            let connection = connection.clone();
            tokio::spawn(async move { handle(&connection, LONG).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_engine_ends_with_its_last_user() {
    let engine = engine();
    let weak = engine.weak();
    drop(engine);
    let started = Instant::now();
    while weak.upgrade().is_some() && started.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(weak.upgrade().is_none(), "the ticking thread keeps the engine");
}

#[test]
fn a_power_that_connectors_are_not_lent_is_refused_by_name() {
    let wit = "
        package test:guest;
        world guest {
            include knockcal:connector/connector@0.1.0;
            import wasi:clocks/monotonic-clock@0.2.6;
            import wasi:filesystem/preopens@0.2.6;
        }";
    let core = core("(drop (call $count))").replace(
        "(module",
        r#"(module (import "wasi:filesystem/preopens@0.2.6" "count" (func $count (result i32)))"#,
    );
    let error = engine().load(&component(wit, &core)).map(|_| ()).unwrap_err();
    assert_eq!(
        error,
        LoadError::ForeignImport {
            name: "wasi:filesystem/preopens@0.2.6".to_owned()
        }
    );
}

#[test]
fn an_export_that_is_no_part_of_a_connector_is_refused_by_name() {
    let wit = CONNECTOR.replace("import wasi:clocks", "export extra: func(); import wasi:clocks");
    let core = core("").replace("(memory", r#"(func (export "extra")) (memory"#);
    let error = engine().load(&component(&wit, &core)).map(|_| ()).unwrap_err();
    assert_eq!(
        error,
        LoadError::ForeignExport {
            name: "extra".to_owned()
        }
    );
}

#[test]
fn a_component_without_the_exports_of_a_connector_is_refused() {
    let empty = wat::parse_str("(component)").unwrap();
    let error = engine().load(&empty).map(|_| ()).unwrap_err();
    assert!(matches!(error, LoadError::MissingExport { .. }), "{error}");
}

#[tokio::test]
async fn another_version_of_the_contract_is_refused_before_anything_runs() {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str(
            "other.wit",
            "package knockcal:connector@0.1.0;
             interface automation {
                 identify: func(); plan: func(); handle: func(); preview: func(); invoke: func();
             }
             interface catalog { actions: func(); triggers: func(); recipes: func(); }
             interface check { configuration: func(); read-event: func(); }
             interface manifest { get: func(); }
             world connector { export automation; export catalog; export check; export manifest; }",
        )
        .unwrap();
    let core = r#"(module
        (func (export "knockcal:connector/manifest@0.1.0#get") unreachable)
        (func (export "knockcal:connector/automation@0.1.0#identify"))
        (func (export "knockcal:connector/automation@0.1.0#plan"))
        (func (export "knockcal:connector/automation@0.1.0#handle"))
        (func (export "knockcal:connector/automation@0.1.0#preview"))
        (func (export "knockcal:connector/automation@0.1.0#invoke"))
        (func (export "knockcal:connector/catalog@0.1.0#actions"))
        (func (export "knockcal:connector/catalog@0.1.0#triggers"))
        (func (export "knockcal:connector/catalog@0.1.0#recipes"))
        (func (export "knockcal:connector/check@0.1.0#configuration"))
        (func (export "knockcal:connector/check@0.1.0#read-event")))"#;
    let plugin = engine().load(&encode(&resolve, package, core)).unwrap();
    let error = plugin.manifest("{}").await.unwrap_err();
    assert!(matches!(error, ManifestError::Run(RunError::Host(_))), "{error}");
}

#[test]
fn what_is_no_component_is_refused() {
    let module = wat::parse_str("(module)").unwrap();
    for bytes in [b"nonsense".as_slice(), &module] {
        let error = engine().load(bytes).map(|_| ()).unwrap_err();
        assert!(matches!(error, LoadError::NotAComponent(_)), "{error}");
    }
}

#[tokio::test]
async fn the_component_of_this_version_is_a_connector() {
    let plugin = engine().load(component_of_this_version()).unwrap();
    let error = plugin.manifest("not json").await.unwrap_err();
    assert!(matches!(error, ManifestError::Invalid(_)), "{error}");
}

#[cfg(unix)]
#[test]
fn compiled_components_are_kept_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("compiled");
    let options = EngineOptions {
        cache_directory: Some(cache.clone()),
        max_instances: 1,
        ..EngineOptions::default()
    };
    let component = component(CONNECTOR, &core(""));
    for hits in 0..2 {
        let engine = Engine::new(&options).unwrap();
        engine.load(&component).unwrap();
        assert_eq!(engine.cache_hits(), hits);
    }
    let mode = std::fs::metadata(&cache).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
