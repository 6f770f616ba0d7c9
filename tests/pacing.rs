//! The provider's rate limit, kept by the real component in the real engine.

use crate::sandbox::plugin;
use chrono::{TimeDelta, Utc};
use host_harness::contract::{Event, Failure, Reason};
use host_harness::egress::{Client, ClientOptions, Grants, Reach};
use host_harness::emulator::{self, Ghl, RateLimit, Seed, Server};
use host_harness::engine::{Connection, Limits, Powers};
use host_harness::pace::{PaceFile, Pacers, Terms};
use host_harness::secrets::EnvironmentSecrets;
use host_harness::state::MemoryStore;
use host_harness::storage::StateFile;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinSet;

fn visit(number: u32) -> Event {
    serde_json::from_value(json!({
        "id": format!("visit-{number}"),
        "subject": format!("pin-{number}"),
        "trigger": "knocker.lead_booked",
        "occurred_at": "2030-06-03T09:00:00-05:00",
        "data": {
            "startTime": format!("2030-06-{:02}T10:00:00", 4 + number),
            "lead": { "name": "Ann Lee", "phone": format!("(512) 555-01{:02}", 10 + number) },
        },
    }))
    .unwrap()
}

/// An emulator with this rate limit, and a connection to it under the pace that is kept in a file.
struct Paced {
    connection: Connection,
    pace: Arc<PaceFile>,
    _server: Server,
    _folder: TempDir,
}

async fn paced(limit: impl FnOnce(&mut RateLimit)) -> Paced {
    let mut seed = Seed::demo();
    limit(&mut seed.rate_limit);
    // The provider's clock runs, and its calendar is where the visits are.
    let server = Server::bind(
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        Ghl::new(seed).unwrap(),
        emulator::Clock::system(),
    )
    .await
    .unwrap();
    let base_url = format!("http://{}", server.address());
    let configuration = json!({
        "location_id": Seed::DEMO_LOCATION,
        "base_url": base_url,
        "time_zone": "America/Chicago",
        "calendar_id": Seed::DANA_CLOSER,
    })
    .to_string();
    let manifest = plugin().manifest(&configuration).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = StateFile::open(&folder.path().join("state.sqlite")).unwrap();
    let pace = Arc::new(PaceFile::beside(Arc::new(state)));
    let terms = Terms::of(&manifest);
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
        pace: Some(Pacers::new(pace.clone()).of_account("location", terms)),
        tap: None,
    };
    Paced {
        connection: Connection::new(plugin(), configuration, manifest, powers, Limits::default()).unwrap(),
        pace,
        _server: server,
        _folder: folder,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_visits_at_once_are_booked_without_a_refusal_under_a_limit_that_nobody_told() {
    let paced = paced(|limit| {
        limit.max = 3;
        limit.interval_ms = 300;
    })
    .await;
    let mut calls = JoinSet::new();
    for number in 0..4 {
        let connection = paced.connection.clone();
        calls.spawn(async move { connection.handle(&visit(number), Duration::from_secs(25)).await });
    }
    for outcome in calls.join_all().await {
        let receipt = outcome.unwrap().unwrap();
        assert_eq!(receipt.requests, 2, "a refusal would have cost a third one");
    }
    let account = paced.pace.accounts().unwrap().remove(0);
    assert_eq!((account.limit, account.interval_ms, account.learned), (3, 300, true));
    assert_eq!(account.usage[0].purpose, "knocker.lead_booked");
    assert_eq!(account.usage[0].day, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn visit_that_waits_for_the_next_day_says_until_when() {
    let paced = paced(|limit| limit.daily = 2).await;
    let handle = |number| {
        let connection = paced.connection.clone();
        async move { connection.handle(&visit(number), Duration::from_secs(5)).await.unwrap() }
    };
    assert!(handle(0).await.is_ok());
    // By GHL's refusal, and by what is known after it.
    for _ in 0..2 {
        let Err(Failure::Deferred(deferred)) = handle(1).await else {
            panic!("nothing of the day is left");
        };
        assert_eq!(deferred.reason, Reason::RateLimited);
        let midnight = (Utc::now() + TimeDelta::days(1)).format("%Y-%m-%dT00:00:0").to_string();
        let said = format!("all 2 requests of the day are used up, and new ones are free at {midnight}");
        assert!(deferred.message.contains(&said), "{}", deferred.message);
    }
}
