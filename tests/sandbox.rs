//! The real component in the real engine, with simulated clocks, against the emulator on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use host_harness::contract::{Deferred, Event, Failure, Receipt};
use host_harness::egress::{Client, ClientOptions, Exchange, Grants, Reach, Tap};
use host_harness::emulator::{self, Fault, Ghl, Received, Seed, Server};
use host_harness::engine::{self, Connection, Engine, EngineOptions, Limits, ManifestError, Plugin, Powers};
use host_harness::secrets::EnvironmentSecrets;
use host_harness::state::{Clock, ManualClock, MemoryStore};
use serde_json::{Value, json};

/// Monday, 3 June 2030, 8:00 in Chicago.
pub(crate) const MORNING_MS: u64 = 1_906_722_000_000;

/// How long one call may begin requests. Shorter than GHL's rate window, so that no test waits for one.
pub(crate) const BUDGET: Duration = Duration::from_secs(5);

/// The built-in component, compiled once.
pub(crate) fn plugin() -> Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN
        .get_or_init(|| {
            let options = EngineOptions {
                cache_directory: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled")),
                ..EngineOptions::default()
            };
            Engine::new(&options).unwrap().load(engine::component()).unwrap()
        })
        .clone()
}

/// A connection to an emulator of its own.
pub(crate) struct Sandbox {
    pub(crate) server: Server,
    pub(crate) connection: Connection,
    pub(crate) store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    ghl_clock: emulator::Clock,
}

impl Sandbox {
    /// The configuration gets the emulator's address.
    pub(crate) async fn new(seed: Seed, faults: &[Fault], configuration: Value) -> Self {
        Self::with_limits(seed, faults, configuration, Limits::default())
            .await
            .unwrap()
    }

    pub(crate) async fn with_limits(
        seed: Seed,
        faults: &[Fault],
        mut configuration: Value,
        limits: Limits,
    ) -> Result<Self, ManifestError> {
        let mut ghl = Ghl::new(seed).unwrap();
        for fault in faults {
            ghl.inject(fault.clone());
        }
        let ghl_clock = emulator::Clock::manual(i64::try_from(MORNING_MS).unwrap());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(address, ghl, ghl_clock.clone()).await.unwrap();
        let base_url = format!("http://{}", server.address());
        configuration["base_url"] = base_url.clone().into();
        // The emulator answers Active Knocker's calls as well.
        if let Some(knocker) = configuration.get_mut("knocker") {
            knocker["base_url"] = base_url.clone().into();
        }
        let configuration = configuration.to_string();
        let manifest = plugin().manifest(&configuration).await?;
        let clock = Arc::new(ManualClock::new(MORNING_MS));
        let store = Arc::new(MemoryStore::with_clock(clock.clone()));
        let powers = Powers {
            grants: Grants::new().allow(base_url.parse().unwrap(), Reach::Private),
            secrets: Arc::new(EnvironmentSecrets::given([
                ("ghl_token".to_owned(), Seed::DEMO_TOKEN.to_owned()),
                ("knocker_api_key".to_owned(), Seed::DEMO_KNOCKER_KEY.to_owned()),
            ])),
            store: store.clone(),
            client: Arc::new(Client::new(ClientOptions::default()).unwrap()),
            pace: None,
            tap: None,
        };
        let connection = Connection::new(plugin(), configuration, manifest, powers, limits).unwrap();
        Ok(Self {
            server,
            connection,
            store,
            clock,
            ghl_clock,
        })
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.ghl_clock.advance(time);
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Calls again whenever that can help, as a patient host does, for at most an hour of simulated time.
    pub(crate) async fn until_done(&self, event: &Event) -> Result<Receipt, Failure> {
        let patience = self.now_ms() + 3_600_000;
        loop {
            let started = Instant::now();
            let ended = self.connection.handle(event, BUDGET).await.unwrap();
            // The clocks here stand still while a call lasts, and a call counts its real time. How busy the machine
            // is must not count: it would decide what is looked for, and when.
            self.pass(started.elapsed().min(Duration::from_secs(1)));
            match ended {
                Err(Failure::Deferred(Deferred { after_ms, .. })) if self.now_ms() + after_ms < patience => {
                    self.pass(Duration::from_secs(after_ms / 1000 + 1));
                }
                outcome => return outcome,
            }
        }
    }

    /// What GHL received.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.server.with(|ghl| ghl.received().to_vec())
    }
}

/// Remembers what crosses the border of the sandbox, as the guest sees it.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Exchange>>);

impl Recorder {
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap().clone()
    }
}

impl Tap for Recorder {
    fn exchange(&self, exchange: &Exchange) {
        self.0.lock().unwrap().push(exchange.clone());
    }
}

/// A connection to the demo location.
pub(crate) fn configuration() -> Value {
    json!({
        "location_id": Seed::DEMO_LOCATION,
        "time_zone": "America/Chicago",
        "calendar_id": Seed::ROOF_INSPECTIONS,
    })
}

/// A visit on Tuesday at ten.
pub(crate) fn visit() -> Event {
    serde_json::from_value(json!({
        "id": "visit-1",
        "subject": "pin-1",
        "trigger": "knocker.lead_booked",
        "occurred_at": "2030-06-03T07:55:00-05:00",
        "data": {
            "startTime": "2030-06-04T10:00:00",
            "endTime": "2030-06-04T11:00:00",
            "description": "Hail damage",
            "lead": { "name": "Ann Lee", "phone": "5125550142" },
        },
    }))
    .unwrap()
}
