//! Tries things without an account: the component in its engine, against an emulator of its own, on clocks that stand
//! until somebody lets time pass.
//!
//! [`Rehearsal`] is one connection to one emulator. A [`Case`] is a situation in a folder: what goes in, and what came
//! out; walking it shows what comes out now. Tests are made of both, and so is `knock test`.

mod case;
mod error;
mod stage;

pub use case::{Case, Edit, Ended, Happening, Walk};
pub use error::RehearsalError;
pub use stage::{Stage, seed_for};

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::contract::{Deferred, Event, Failure, Receipt};
use crate::egress::{Client, ClientOptions, Grants, Reach};
use crate::emulator::{self, Ghl, Received, Server};
use crate::engine::{Connection, Plugin, Powers, RunError};
use crate::secrets::EnvironmentSecrets;
use crate::state::{Clock, ManualClock, MemoryStore};

/// How long one call may begin requests. Shorter than GHL's rate window, so that nothing waits for one.
pub const BUDGET: Duration = Duration::from_secs(5);

/// How long an event that has to wait is waited for, on the clock of the rehearsal.
const PATIENCE_MS: u64 = 3_600_000;

/// A connection to an emulator of its own.
pub struct Rehearsal {
    /// The emulator.
    pub server: Server,
    /// The connection to it.
    pub connection: Connection,
    /// What the connection remembers.
    pub store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    ghl_clock: emulator::Clock,
}

impl Rehearsal {
    /// Sets up an emulator, and a connection to it: the configuration gets its address.
    pub async fn new(plugin: Plugin, mut configuration: Value, stage: Stage) -> Result<Self, RehearsalError> {
        let tokens = &stage.seed.tokens;
        let token = tokens.iter().find(|token| token.is_good()).or(tokens.first());
        let token = token.map(|token| token.token.clone()).unwrap_or_default();
        let knocker_key = stage.seed.knocker_keys.first().cloned().unwrap_or_default();
        let mut ghl = Ghl::new(stage.seed)?;
        for fault in stage.faults {
            ghl.inject(fault);
        }
        let ghl_clock = emulator::Clock::manual(i64::try_from(stage.now_ms).unwrap_or(i64::MAX));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(address, ghl, ghl_clock.clone()).await?;
        let base_url = format!("http://{}", server.address());
        if let Some(keys) = configuration.as_object_mut() {
            keys.insert("base_url".to_owned(), base_url.clone().into());
            // The emulator answers Active Knocker's calls as well.
            if let Some(Value::Object(knocker)) = keys.get_mut("knocker") {
                knocker.insert("base_url".to_owned(), base_url.clone().into());
            }
        }
        let configuration = configuration.to_string();
        let manifest = plugin.manifest(&configuration).await?;
        let clock = Arc::new(ManualClock::new(stage.now_ms));
        let store = Arc::new(MemoryStore::with_clock(clock.clone()));
        let server_url = base_url.parse().map_err(RehearsalError::failed)?;
        let powers = Powers {
            // Its secrets are the emulator's, and the emulator is all that it reaches.
            grants: Grants::new()
                .allow(server_url, Reach::Private)
                .allow_secrets_of(&manifest),
            secrets: Arc::new(EnvironmentSecrets::given([
                ("ghl_token".to_owned(), token),
                ("knocker_api_key".to_owned(), knocker_key),
            ])),
            store: store.clone(),
            client: Arc::new(Client::new(ClientOptions::default()).map_err(RehearsalError::failed)?),
            pace: None,
            tap: stage.tap,
        };
        let connection = Connection::new(plugin, configuration, manifest, powers, stage.limits);
        Ok(Self {
            server,
            connection: connection.map_err(RehearsalError::failed)?,
            store,
            clock,
            ghl_clock,
        })
    }

    /// Lets time pass, for both sides.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.ghl_clock.advance(time);
    }

    /// What time it is, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Calls again whenever that can help, as a patient host does, for at most an hour of its own time.
    pub async fn until_done(&self, event: &Event) -> Result<Result<Receipt, Failure>, RunError> {
        let patience = self.now_ms() + PATIENCE_MS;
        loop {
            let started = Instant::now();
            let ended = self.connection.handle(event, BUDGET).await?;
            // The clocks here stand still while a call lasts, and a call counts its real time. How busy the machine
            // is must not count: it would decide what is looked for, and when.
            self.pass(started.elapsed().min(Duration::from_secs(1)));
            match ended {
                Err(Failure::Deferred(Deferred { after_ms, .. })) if self.now_ms() + after_ms < patience => {
                    self.pass(Duration::from_secs(after_ms / 1000 + 1));
                }
                outcome => return Ok(outcome),
            }
        }
    }

    /// What GHL received.
    pub fn received(&self) -> Vec<Received> {
        self.server.with(|ghl| ghl.received().to_vec())
    }
}
