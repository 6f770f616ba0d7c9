//! `knock serve`: takes events in over HTTP, and runs them.

use std::env;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use clap::{Args, ValueEnum};
use host_harness::engine::{EngineOptions, Limits};
use host_harness::inbox::Inbox;
use host_harness::secrets::Secrets;
use host_harness::serve::api::{Api, ApiOptions};
use host_harness::serve::{
    Alerts, Connections, Dispatcher, DispatcherOptions, Intake, IntakeOptions, Isolation, Metrics, Notifier,
    ServeError, Served, Watch,
};
use host_harness::storage::StateFile;
use tokio::net::TcpListener;

use super::connect::{Need, client, load, not_usable, refuse_unreachable};
use super::exit::Exit;
use super::input::{budget, duration};
use super::listening::Listening;
use super::recipient::{Keyring, recipient};
use super::stop::Stop;
use super::{Options, configurations, print};

/// Calls that take no event's time: who an event is, what a configuration asks for.
const INSTANCES_BESIDE: u32 = 8;

/// Take events in over HTTP and run them, until told to stop.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// A configuration, TOML or JSON, or a folder of them; each is a connection with the name of its file
    #[arg(long, value_name = "FILE|DIR", required = true)]
    config: Vec<PathBuf>,
    #[command(flatten)]
    listening: Listening,
    /// A folder with the secrets, `DIR/CONNECTION/ROLE`, which others may not read. [default: variables `KNOCK_SECRET_CONNECTION_ROLE`]
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
    /// Plan what comes in for this connection, and send nothing; may be said again, and without a name it is all.
    #[arg(long, value_name = "CONNECTION", num_args = 0..=1, default_missing_value = "*")]
    shadow: Vec<String>,
    /// Events that run at the same time.
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    concurrency: u32,
    /// Those of them of one connection.
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    per_connection: u32,
    /// How long one run of an event may begin requests.
    #[arg(long, value_name = "DURATION", default_value = "25s", value_parser = budget)]
    budget: Duration,
    /// How long a lead may be unresolved before the alarm is raised.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    alarm_after: Duration,
    /// How long what came in is kept once it is done.
    #[arg(long, value_name = "DURATION", default_value = "45d", value_parser = duration)]
    keep: Duration,
    /// How long what came in with an event that failed is kept while nobody retries or discards it; then it is discarded.
    #[arg(long, value_name = "DURATION", default_value = "180d", value_parser = duration)]
    keep_failed: Duration,
    /// For tests: how many seconds the wall clock is off when the state file is opened.
    #[arg(
        long,
        hide = true,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    wall_clock_off: i64,
    /// Of one process to another: the event that is run, and its lease.
    #[arg(long, hide = true, value_name = "NUMBER:LEASE", value_parser = only_event)]
    only_event: Option<(u64, i64)>,
    /// How the log on standard error is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) log: Log,
}

fn only_event(text: &str) -> Result<(u64, i64), String> {
    let parts = text
        .split_once(':')
        .and_then(|(number, lease)| Some((number.parse().ok()?, lease.parse().ok()?)));
    parts.ok_or_else(|| "write `NUMBER:LEASE`".to_owned())
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Log {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How long it may take to write down how a run has ended.
const TO_WRITE_DOWN: Duration = Duration::from_secs(5);

impl Serve {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let api = self.listening.api_options()?;
        let configurations = configurations::read(&self.config)?;
        let file = Arc::new(self.state_file(options)?);
        let inbox = Inbox::new(file.clone());
        let engine = EngineOptions {
            max_instances: self.concurrency + INSTANCES_BESIDE,
            ..EngineOptions::default()
        };
        let keyring = Keyring {
            directory: self.secrets.clone(),
            alone: configurations.len() == 1,
            connections: configurations.keys().cloned().collect(),
        };
        let recipient = recipient(load(options, engine)?, file, keyring.clone(), options.granting())?;
        self.refuse_unknown_shadow(configurations.keys().map(String::as_str))?;
        let mut served = Vec::new();
        let mut unusable = Vec::new();
        for (name, configuration) in &configurations {
            let in_connection = |error: &dyn Display| format!("connection `{name}`: {error}");
            let alert_url = keyring.alert_url(name);
            let alert_url = alert_url.map_err(|error| Exit::misused(in_connection(&error)))?;
            let json = configuration.json(options);
            let need = match self.is_in_shadow(name) {
                true => Need::Nothing,
                false => Need::Secrets,
            };
            if let Err(error) = refuse_unreachable(options, configuration, &json, need).await {
                unusable.push(error);
                continue;
            }
            match Served::new(name, &json, &recipient, &inbox).await {
                Ok(connection) if self.is_in_shadow(name) => served.push(connection.in_shadow()),
                Ok(connection) => served.push(connection.telling(alert_url)),
                Err(ServeError::Manifest(error)) => unusable.push(not_usable(options, configuration, &error)),
                Err(error) => return Err(Exit::failed(in_connection(&error))),
            }
        }
        if !unusable.is_empty() {
            return Err(Exit::all(unusable));
        }
        if let Some((number, lease)) = self.only_event {
            let dispatcher = Dispatcher::new(
                inbox,
                Connections::new(served),
                Arc::default(),
                self.dispatcher_options(),
            );
            // Where the lease is over, somebody else has the event.
            dispatcher.run_only(number, lease).await?;
            return Ok(());
        }
        for connection in &served {
            halt_or_resume(connection, &keyring, &inbox)?;
        }
        self.serve(inbox, Connections::new(served), api, options.json).await
    }

    async fn serve(self, inbox: Inbox, connections: Connections, options: ApiOptions, json: bool) -> Result<(), Exit> {
        let addr = self.listening.addr;
        let misplaced = |error| Exit::misused(format!("cannot listen on `{addr}`: {error}"));
        let listener = TcpListener::bind(addr).await.map_err(misplaced)?;
        let address = listener.local_addr().map_err(misplaced)?;
        let stop = Stop::when_told().map_err(|error| Exit::failed(format!("cannot wait for signals: {error}")))?;
        let url = self.listening.url(address);
        let warnings = self.listening.warnings(&options);
        let notifier = Arc::new(Notifier::default());
        let metrics = Arc::new(Metrics::default());
        let api = Api {
            connections: connections.clone(),
            inbox: inbox.clone(),
            intake: Intake::new(
                inbox.clone(),
                notifier.clone(),
                metrics.clone(),
                IntakeOptions::default(),
            ),
            notifier: notifier.clone(),
            metrics: metrics.clone(),
            options,
        };
        let options = DispatcherOptions {
            beyond_budget: beyond_budget(&connections),
            ..self.dispatcher_options()
        };
        let isolation = isolation(&options);
        let alerts = Alerts::new(inbox.clone(), connections.clone(), client()?, metrics.clone())?;
        let names = connections.iter().map(|served| served.name.clone());
        let in_shadow = connections.iter().filter(|served| served.in_shadow);
        let in_shadow = in_shadow.map(|served| served.name.clone()).collect();
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        print::serving(&url, names.collect(), in_shadow, &warnings, json);
        let watch = Watch::new(inbox.clone(), connections.clone(), metrics.clone(), self.alarm_after);
        let dispatcher = Dispatcher::new(inbox, connections, notifier, options).counted_by(metrics);
        let dispatcher = match isolation {
            Some(isolation) => dispatcher.isolating(isolation),
            None => dispatcher,
        };
        tokio::join!(
            api.serve(listener, stop.told()),
            dispatcher.run(stop.told()),
            watch.run(stop.told()),
            alerts.run(stop.told())
        );
        Ok(())
    }

    fn dispatcher_options(&self) -> DispatcherOptions {
        DispatcherOptions {
            concurrency: count(self.concurrency),
            per_connection: count(self.per_connection),
            budget: self.budget,
            keep: self.keep,
            ..DispatcherOptions::default()
        }
    }

    fn is_in_shadow(&self, name: &str) -> bool {
        self.shadow.iter().any(|shadow| shadow == "*" || shadow == name)
    }

    /// A connection that is misspelt would not be in shadow, and send.
    fn refuse_unknown_shadow<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<(), Exit> {
        let names: Vec<_> = names.collect();
        let is_unknown = |shadow: &&String| *shadow != "*" && !names.contains(&shadow.as_str());
        match self.shadow.iter().find(is_unknown) {
            Some(unknown) => Err(Exit::misused(format!(
                "`--shadow {unknown}` is no connection that is served; there are `{}`",
                names.join("`, `")
            ))),
            None => Ok(()),
        }
    }

    fn state_file(&self, options: &Options) -> Result<StateFile, Exit> {
        let off_ms = self.wall_clock_off.saturating_mul(1_000);
        let shown_ms = Utc::now().timestamp_millis().saturating_add(off_ms);
        let shown_ms = u64::try_from(shown_ms).unwrap_or_default();
        Ok(StateFile::open_with_wall_clock(&options.state_path()?, shown_ms)?)
    }
}

/// How a process is started that runs one event: like this one.
fn isolation(options: &DispatcherOptions) -> Option<Isolation> {
    let program = env::current_exe().inspect_err(|error| {
        tracing::warn!(%error, "this program cannot be found again, so events that end processes cannot be isolated");
    });
    Some(Isolation {
        program: program.ok()?,
        arguments: env::args_os().skip(1).collect(),
        time: options.budget + options.beyond_budget,
    })
}

/// How long a run may take once its budget is over: its last request, what the engine allows on top, and the time to
/// write down how it has ended.
fn beyond_budget(connections: &Connections) -> Duration {
    let requests = connections
        .iter()
        .map(|served| served.connection.manifest().request_timeout_ms);
    let longest = Duration::from_millis(requests.max().unwrap_or_default().into());
    longest + Limits::default().margin + TO_WRITE_DOWN
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A connection without its secrets waits for them; the others need not, and none does that sends nothing.
fn halt_or_resume(connection: &Served, keyring: &Keyring, inbox: &Inbox) -> Result<(), Exit> {
    let manifest = connection.connection.manifest();
    let secrets = keyring.of(&connection.name, manifest);
    let missing = manifest
        .secrets
        .iter()
        .filter(|_| !connection.in_shadow)
        .find_map(|secret| secrets.get(&secret.role).err());
    let Some(missing) = missing else {
        // Whoever starts it again may have put right what it was halted for. If not, the next event says so.
        inbox.resume(connection.registered.connection)?;
        return Ok(());
    };
    let why = missing.to_string();
    tracing::error!(
        connection = connection.name,
        why,
        "the connection is halted until it has its secrets"
    );
    inbox
        .halt(connection.registered.connection, &why, 0)
        .map_err(|error| Exit::failed(error.to_string()))?;
    Ok(())
}
