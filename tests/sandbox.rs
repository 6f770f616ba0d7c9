//! The real component in the real engine, with simulated clocks, against the emulator on loopback.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use host_harness::contract::{Event, Failure, Receipt};
use host_harness::egress::{Exchange, Tap};
use host_harness::emulator::{Fault, Seed};
use host_harness::engine::{self, Engine, EngineOptions, Limits, Plugin};
pub(crate) use host_harness::rehearsal::BUDGET;
use host_harness::rehearsal::{Rehearsal, Stage};
use serde_json::{Value, json};

/// Monday, 3 June 2030, 8:00 in Chicago.
pub(crate) const MORNING_MS: u64 = 1_906_722_000_000;

/// The built-in component, compiled once.
pub(crate) fn plugin() -> Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN
        .get_or_init(|| {
            let options = EngineOptions {
                cache_directory: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled")),
                ..EngineOptions::default()
            };
            // A cache that others can write to is not used.
            let without = EngineOptions::default();
            let engine = Engine::new(&options).or_else(|_| Engine::new(&without)).unwrap();
            engine.load(engine::component()).unwrap()
        })
        .clone()
}

/// A rehearsal with the built-in component that begins on that morning.
pub(crate) struct Sandbox(Rehearsal);

impl Deref for Sandbox {
    type Target = Rehearsal;

    fn deref(&self) -> &Rehearsal {
        &self.0
    }
}

impl Sandbox {
    pub(crate) async fn new(seed: Seed, faults: &[Fault], configuration: Value) -> Self {
        Self::with_limits(seed, faults, configuration, Limits::default()).await
    }

    pub(crate) async fn with_limits(seed: Seed, faults: &[Fault], configuration: Value, limits: Limits) -> Self {
        let stage = Stage {
            faults: faults.to_vec(),
            limits,
            ..Stage::new(seed, MORNING_MS)
        };
        Self(Rehearsal::new(plugin(), configuration, stage).await.unwrap())
    }

    /// One in which somebody sees what is sent.
    pub(crate) async fn watched(seed: Seed, faults: &[Fault], configuration: Value, tap: Arc<dyn Tap>) -> Self {
        let stage = Stage {
            faults: faults.to_vec(),
            tap: Some(tap),
            ..Stage::new(seed, MORNING_MS)
        };
        Self(Rehearsal::new(plugin(), configuration, stage).await.unwrap())
    }

    /// Calls again whenever that can help.
    pub(crate) async fn until_done(&self, event: &Event) -> Result<Receipt, Failure> {
        self.0.until_done(event).await.unwrap()
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
