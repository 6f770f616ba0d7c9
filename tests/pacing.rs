//! The provider's rate limit, kept by the real component in the real engine.

use crate::sandbox::plugin;
use host_harness::contract::Event;
use host_harness::egress::{Client, ClientOptions, Grants, Reach};
use host_harness::emulator::{self, Ghl, Seed, Server};
use host_harness::engine::{Connection, Limits, Powers};
use host_harness::pace::{PaceFile, Pacers, Terms};
use host_harness::secrets::EnvironmentSecrets;
use host_harness::state::MemoryStore;
use host_harness::storage::StateFile;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
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

#[tokio::test(flavor = "multi_thread")]
async fn many_visits_at_once_are_booked_without_a_refusal_under_a_limit_that_nobody_told() {
    let mut seed = Seed::demo();
    seed.rate_limit.max = 3;
    seed.rate_limit.interval_ms = 300;
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
    let connection = Connection::new(plugin(), configuration, manifest, powers, Limits::default()).unwrap();
    let mut calls = JoinSet::new();
    for number in 0..4 {
        let connection = connection.clone();
        calls.spawn(async move { connection.handle(&visit(number), Duration::from_secs(25)).await });
    }
    for outcome in calls.join_all().await {
        let receipt = outcome.unwrap().unwrap();
        assert_eq!(receipt.requests, 2, "a refusal would have cost a third one");
    }
    let account = pace.accounts().unwrap().remove(0);
    assert_eq!((account.limit, account.interval_ms, account.learned), (3, 300, true));
    assert_eq!(account.usage[0].purpose, "knocker.lead_booked");
    assert_eq!(account.usage[0].day, 8);
}
