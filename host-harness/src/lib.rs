//! The host of Knockcal: lends powers to a component that has none of its own.
//!
//! The component knows calendars. This crate knows none of that: it runs whatever exports the world of `wit/`, and
//! learns from the component's manifest which servers it calls, which secret goes where, and how fast. The operator
//! grants; what happens is the smaller of the two.
//!
//! # The rooms
//!
//! - [`engine`] runs the component. Every call has an instance, a time and a memory of its own; the worst that a
//!   component can do is to fail one call.
//! - [`egress`] is the only way out: policy, secrets in their place, nothing sent after its time.
//! - [`pace`] keeps the requests of an account within what the provider allows, for all processes of the machine.
//! - [`secrets`] gives the component placeholders, and the egress what stands behind them.
//! - [`state`] remembers what was done: compare-and-set over several keys, on a clock that does not follow the wall clock.
//! - [`emulator`] is a GHL in memory, for tests and for trying things without an account. Nothing else needs it.
//! - [`rehearsal`] tries a configuration on situations, against an emulator and with clocks of its own.
//! - [`torture`] proves the promises: real processes, killed and stopped under random faults, and a judge.
//! - [`bulk`] reads files of many events, line by line.
//! - [`proposal`] proposes which fields of events stand where in a payload.
//! - [`text`] makes what others wrote fit to be shown to people.
//! - [`json`] reads JSON from outside strictly: no key twice, nothing nested too deep.
//! - [`contract`] holds what crosses the line between host and component, as plain values.
//!
//! Imports run one way: `engine` uses `egress`, `egress` uses `pace`, they use `secrets` and `state`, and
//! `contract` lies below them all.
//!
//! # A call from end to end
//!
//! ```no_run
//! use host_harness::contract::Event;
//! use host_harness::egress::{Client, ClientOptions, Grants, Reach};
//! use host_harness::engine::{self, Connection, Engine, EngineOptions, Limits, Powers};
//! use host_harness::pace::{PaceFile, Pacers, Terms};
//! use host_harness::secrets::EnvironmentSecrets;
//! use host_harness::state::SqliteStore;
//! use host_harness::storage::StateFile;
//! use std::{error::Error, path::Path, sync::Arc, time::Duration};
//!
//! # async fn book(configuration: &str, event: &Event) -> Result<(), Box<dyn Error>> {
//! let engine = Engine::new(&EngineOptions::default())?;
//! let plugin = engine.load(engine::component())?;
//! let manifest = plugin.manifest(configuration).await?;
//!
//! let file = Arc::new(StateFile::open(Path::new("knock/state.sqlite"))?);
//! let pacers = Pacers::new(Arc::new(PaceFile::beside(file.clone())));
//! let roles = manifest.secrets.iter().map(|secret| secret.role.clone());
//! let powers = Powers {
//!     grants: Grants::new()
//!         .allow("https://services.leadconnectorhq.com".parse()?, Reach::Public)
//!         .allow_secrets_of(&manifest),
//!     secrets: Arc::new(EnvironmentSecrets::new(roles)),
//!     store: Arc::new(SqliteStore::of_account(file, &manifest.account)?),
//!     client: Arc::new(Client::new(ClientOptions::default())?),
//!     pace: Some(pacers.of_account(&manifest.account, Terms::of(&manifest))),
//!     tap: None,
//! };
//! let connection = Connection::new(plugin, configuration, manifest, powers, Limits::default())?;
//! match connection.handle(event, Duration::from_secs(25)).await? {
//!     Ok(receipt) => println!("booked: {receipt:?}"),
//!     Err(failure) => println!("not booked: {failure:?}"),
//! }
//! # Ok(())
//! # }
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::unwrap_used
    )
)]
#![deny(unsafe_code)]

pub mod bulk;
pub mod contract;
pub mod egress;
pub mod emulator;
pub mod engine;
pub mod envelope;
pub mod inbox;
pub mod json;
pub mod pace;
mod panic;
pub mod payload;
pub mod proposal;
pub mod rehearsal;
pub mod secrets;
pub mod serve;
pub mod state;
pub mod storage;
pub mod text;
pub mod torture;
pub mod verification;
