//! The credential never enters the sandbox, and stands in no log and no output.

use std::sync::Arc;

use host_harness::egress::{Client, ClientOptions, Grants, Reach};
use host_harness::emulator::{self, Effect, Fault, Ghl, Seed, Server};
use host_harness::engine::{Connection, Limits, Powers};
use host_harness::secrets::{EnvironmentSecrets, Revealed, SecretError, Secrets};
use host_harness::state::{Check, CommitError, Committed, MemoryStore, Snapshot, Store, StoreError, Write};
use serde_json::json;

use crate::heard::Heard;
use crate::sandbox::{BUDGET, MORNING_MS, Recorder, configuration, plugin, visit};

struct Overheard<T>(T, Heard);

impl Secrets for Overheard<EnvironmentSecrets> {
    fn get(&self, role: &str) -> Result<String, SecretError> {
        let answer = self.0.get(role);
        self.1.note(&format!("{answer:?}"));
        answer
    }

    fn renew(&self, role: &str, refused: &str) -> Result<String, SecretError> {
        let answer = self.0.renew(role, refused);
        self.1.note(&format!("{answer:?}"));
        answer
    }

    fn reveal(&self, placeholder: &str) -> Option<Revealed> {
        // For the egress alone: no import of the guest leads here.
        self.0.reveal(placeholder)
    }
}

impl Store for Overheard<MemoryStore> {
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }

    fn get_many(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        let answer = self.0.get_many(keys);
        self.1.note(&format!("{answer:?}"));
        answer
    }

    fn commit(&self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        self.1.note(&format!("{writes:?}"));
        self.0.commit(checks, writes)
    }
}

#[test]
fn the_token_is_on_the_wire_and_nowhere_else() {
    let (given, logged) = (Heard::default(), Heard::default());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(logged.clone())
        .finish();
    let printed = tracing::subscriber::with_default(subscriber, || {
        // Other tests of the process, which do not listen, may have made up their minds about what is worth saying.
        tracing::callsite::rebuild_interest_cache();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(book(&given))
    });
    assert!(logged.text().len() > 100, "nothing was logged, so nothing was tried");
    for (what, text) in [
        ("given to the guest", given.text()),
        ("logged", logged.text()),
        ("printed", printed),
    ] {
        assert!(!text.contains(Seed::DEMO_TOKEN), "the token was {what}");
    }
    assert!(given.text().contains("knock-placeholder.ghl_token"));
}

/// Books with every kind of answer on the way. Returns all that could be printed of it.
async fn book(given: &Heard) -> String {
    let mut ghl = Ghl::new(Seed::demo()).unwrap();
    ghl.inject(Fault::on("contact.create", Effect::Status(http::StatusCode::UNAUTHORIZED.into())).unwrap());
    ghl.inject(Fault::on("appointment.create", Effect::ResetAfterCommit).unwrap());
    let now = i64::try_from(MORNING_MS).unwrap();
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(address, ghl, emulator::Clock::manual(now)).await.unwrap();
    let base_url = format!("http://{}", server.address());
    let mut configuration = configuration();
    configuration["base_url"] = base_url.clone().into();
    let configuration = configuration.to_string();
    let manifest = plugin().manifest(&configuration).await.unwrap();
    let secrets = EnvironmentSecrets::given([("ghl_token".to_owned(), Seed::DEMO_TOKEN.to_owned())]);
    let wire = Arc::new(Recorder::default());
    let powers = Powers {
        grants: Grants::new()
            .allow(base_url.parse().unwrap(), Reach::Private)
            .allow_secrets_of(&manifest),
        secrets: Arc::new(Overheard(secrets, given.clone())),
        store: Arc::new(Overheard(MemoryStore::new(), given.clone())),
        client: Arc::new(Client::new(ClientOptions::default()).unwrap()),
        pace: None,
        tap: Some(wire.clone()),
    };
    let connection = Connection::new(plugin(), configuration, manifest, powers, Limits::default()).unwrap();
    let event = visit();
    let refused = connection.handle(&event, BUDGET).await.unwrap();
    assert!(refused.is_err(), "the first request meets a 401");
    let booked = connection.handle(&event, BUDGET).await.unwrap();
    assert!(booked.is_ok(), "{booked:?}");
    for exchange in wire.exchanges() {
        given.note(&format!("{exchange:?}"));
        if let Ok(reply) = exchange.reply {
            given.note(&String::from_utf8_lossy(&reply.body));
        }
    }
    let authenticated = server.with(|ghl| {
        ghl.received()
            .iter()
            .any(|request| request.status == Some(http::StatusCode::OK))
    });
    assert!(authenticated, "the token reached GHL");
    format!(
        "{} {refused:?} {booked:?}",
        json!([refused.as_ref().err(), booked.as_ref().ok()])
    )
}
