//! `knock serve`: takes events in over HTTP, and runs them.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use host_harness::engine::EngineOptions;
use host_harness::inbox::Inbox;
use host_harness::secrets::Secrets;
use host_harness::serve::{Connections, Dispatcher, DispatcherOptions, Notifier, ServeError, Served};
use tokio::signal::unix::{SignalKind, signal};

use super::connect::{load, not_usable};
use super::exit::Exit;
use super::input::duration;
use super::recipient::{Keyring, recipient};
use super::{Options, configurations};

/// The variable with the token that clients have to present.
const TOKEN: &str = "KNOCK_SERVE_TOKEN";

/// Calls that take no event's time: who an event is, what a configuration asks for.
const INSTANCES_BESIDE: u32 = 8;

/// Take events in over HTTP and run them, until told to stop.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// A configuration, TOML or JSON, or a folder of them; each is a connection with the name of its file
    #[arg(long, value_name = "FILE|DIR", required = true)]
    config: Vec<PathBuf>,
    /// Where to listen; port 0 takes a free one. Beyond this machine only with a token in `KNOCK_SERVE_TOKEN`.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8585")]
    addr: SocketAddr,
    /// A folder with the secrets, `DIR/CONNECTION/ROLE`. [default: variables `KNOCK_SECRET_CONNECTION_ROLE`]
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
    /// Events that run at the same time.
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    concurrency: u32,
    /// Those of them of one connection.
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    per_connection: u32,
    /// How long one run of an event may begin requests.
    #[arg(long, value_name = "DURATION", default_value = "25s", value_parser = duration)]
    budget: Duration,
    /// How long a lead may be unresolved before the alarm is raised.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    alarm_after: Duration,
    /// How long what came in is kept once it is done.
    #[arg(long, value_name = "DURATION", default_value = "45d", value_parser = duration)]
    keep: Duration,
    /// How the log on standard error is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) log: Log,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Log {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Serve {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        self.token()?;
        let configurations = configurations::read(&self.config)?;
        let file = Arc::new(options.state_file()?);
        let inbox = Inbox::new(file.clone());
        let engine = EngineOptions {
            max_instances: self.concurrency + INSTANCES_BESIDE,
            ..EngineOptions::default()
        };
        let keyring = Keyring {
            directory: self.secrets.clone(),
            alone: configurations.len() == 1,
        };
        let recipient = recipient(load(options, engine)?, file, keyring.clone())?;
        let mut served = Vec::new();
        let mut unusable = Vec::new();
        for (name, configuration) in &configurations {
            match Served::new(name, &configuration.json(options), &recipient, &inbox).await {
                Ok(connection) => served.push(connection),
                Err(ServeError::Manifest(error)) => unusable.push(not_usable(options, configuration, &error)),
                Err(error) => return Err(Exit::failed(format!("connection `{name}`: {error}"))),
            }
        }
        if !unusable.is_empty() {
            return Err(Exit::all(unusable));
        }
        for connection in &served {
            halt_without_secrets(connection, &keyring, &inbox)?;
        }
        self.serve(inbox, Connections::new(served)).await
    }

    async fn serve(self, inbox: Inbox, connections: Connections) -> Result<(), Exit> {
        let notifier = Arc::new(Notifier::default());
        let options = DispatcherOptions {
            concurrency: count(self.concurrency),
            per_connection: count(self.per_connection),
            budget: self.budget,
            keep: self.keep,
            ..DispatcherOptions::default()
        };
        let dispatcher = Dispatcher::new(inbox, connections, notifier, options);
        dispatcher.run(async { told_to_stop().await.unwrap_or_default() }).await;
        Ok(())
    }

    /// The token that clients have to present, if any.
    fn token(&self) -> Result<Option<String>, Exit> {
        let token = match env::var(TOKEN) {
            Ok(token) if token.trim().is_empty() => return Err(Exit::misused(format!("`{TOKEN}` is empty"))),
            Ok(token) => Some(token),
            Err(env::VarError::NotPresent) => None,
            Err(env::VarError::NotUnicode(_)) => return Err(Exit::misused(format!("`{TOKEN}` is no text"))),
        };
        if token.is_none() && !self.addr.ip().is_loopback() {
            return Err(Exit::misused(format!(
                "`--addr {}` can be reached from other machines: set `{TOKEN}` to the token that they present, or \
                 listen on this machine only, like `127.0.0.1:8585`",
                self.addr
            )));
        }
        Ok(token)
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A connection without its secrets waits for them; the others need not.
fn halt_without_secrets(connection: &Served, keyring: &Keyring, inbox: &Inbox) -> Result<(), Exit> {
    let manifest = connection.connection.manifest();
    let secrets = keyring.of(&connection.name, manifest);
    let missing = manifest
        .secrets
        .iter()
        .find_map(|secret| secrets.get(&secret.role).err());
    let Some(missing) = missing else {
        return Ok(());
    };
    let why = missing.to_string();
    tracing::error!(target: "alarm", connection = connection.name, why, "the connection is halted until it has its secrets");
    inbox
        .halt(connection.registered.connection, &why, 0)
        .map_err(|error| Exit::failed(error.to_string()))?;
    Ok(())
}

/// Somebody wants it to end: the service manager, or a person at the terminal.
async fn told_to_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
