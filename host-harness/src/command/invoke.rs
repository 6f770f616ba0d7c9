//! `knock invoke`: carries one action out by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use host_harness::contract::{Action, Failure, Invocation, Invoked, PlannedRequest, Problem};
use host_harness::engine::{Connection, EngineOptions, ManifestError};
use host_harness::json::{self, JsonError};
use serde_json::Value;

use super::Options;
use super::connect::{Need, connect, load, not_usable};
use super::exit::Exit;
use super::input::{Configuration, duration, sentence};
use super::print::{self, DIM};
use super::sent::Sent;
use super::written::Written;
use crate::command::terminal::println;

/// How long one call may begin requests.
const BUDGET: Duration = Duration::from_secs(25);

/// Carry one action of the catalog out by itself.
#[derive(Debug, Args)]
pub(super) struct Invoke {
    /// Key of the action: `knock catalog` shows them all.
    action: String,
    /// The configuration, TOML or JSON; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Its input, JSON; `@FILE` reads it from a file, `@-` from standard input.
    #[arg(long, value_name = "JSON|@FILE", default_value = "{}")]
    input: String,
    /// What it is about, such as the booking. [default: the key]
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Names this one happening: what changes something is done once for its subject and key, however often it is asked
    /// for. [default: action and input]
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
    /// Yes, delete it, or send it to people.
    #[arg(long)]
    yes: bool,
    /// Only show the request that it would make.
    #[arg(long)]
    plan: bool,
    /// How long to ask again before giving up for now.
    #[arg(long = "for", value_name = "DURATION", default_value = "10m", value_parser = duration)]
    patience: Duration,
}

impl Invoke {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let mut configuration = Configuration::read(&self.config)?;
        let invocation = Invocation {
            input: input(&self.input)?,
            action: self.action.clone(),
            subject: self.subject.clone(),
            key: self.key.clone(),
        };
        let action = find(options, &self.action).await?;
        configuration.allow(&action.key);
        if self.plan {
            return plan(options, &configuration, &invocation).await;
        }
        if action.effect.is_final() && !self.yes {
            return Err(Exit::misused(format!(
                "what `{}` does cannot be taken back; look at it with `--plan`, and add `--yes` to do it",
                action.key
            )));
        }
        let sent = Arc::new(Sent::default());
        let connection = connect(options, &configuration, Need::Secrets, Some(sent.clone())).await?;
        match carry_out(&connection, &invocation, self.patience).await? {
            Ok(invoked) => {
                show(&invoked, sent.count(), options.json);
                Ok(())
            }
            Err(failure) => {
                print::failure(&failure, place, options.json);
                Err(Exit::said())
            }
        }
    }
}

/// Asks until it is done, or until it cannot be done, or for as long as somebody has patience.
pub(super) async fn carry_out(
    connection: &Connection,
    invocation: &Invocation,
    patience: Duration,
) -> Result<Result<Invoked, Failure>, Exit> {
    let started = Instant::now();
    loop {
        let outcome = connection.invoke(invocation, BUDGET).await;
        match outcome.map_err(|error| Exit::failed(format!("{error}; nothing is lost, ask for it again")))? {
            Err(Failure::Deferred(deferred)) => {
                let wait = Duration::from_millis(deferred.after_ms);
                if started.elapsed() + wait > patience {
                    return Ok(Err(Failure::Deferred(deferred)));
                }
                print::waiting(&deferred);
                tokio::time::sleep(wait).await;
            }
            ended => return Ok(ended),
        }
    }
}

/// A problem with its place in what was given.
pub(super) fn place(problem: &Problem) -> String {
    sentence("input", &problem.pointer, problem)
}

/// The action of this key.
async fn find(options: &Options, key: &str) -> Result<Action, Exit> {
    let plugin = load(options, EngineOptions::default())?;
    let catalog = plugin
        .catalog()
        .await
        .map_err(|error| Exit::failed(error.to_string()))?;
    let keys = catalog.actions.iter().map(|action| action.key.as_str());
    let near = knockcal::document::nearest(key, keys).map(str::to_owned);
    catalog
        .actions
        .into_iter()
        .find(|action| action.key == key)
        .ok_or_else(|| {
            Exit::misused(match near {
                Some(near) => format!("`{key}` is no action; did you mean `{near}`?"),
                None => format!("`{key}` is no action; `knock catalog` shows them all"),
            })
        })
}

fn input(given: &str) -> Result<Value, Exit> {
    if let Some(file) = given.strip_prefix('@') {
        let written = Written::read(Path::new(file))?;
        return written.parse().map_err(Exit::misused);
    }
    json::read(given.as_bytes(), json::MAX_DEPTH).map_err(|error| match error {
        JsonError::Syntax(error) => Exit::misused(format!("`--input` is no JSON: {error}")),
        JsonError::Ambiguous(_) => Exit::misused(format!("`--input` {error}")),
    })
}

async fn plan(options: &Options, configuration: &Configuration, invocation: &Invocation) -> Result<(), Exit> {
    let plugin = load(options, EngineOptions::default())?;
    let json = configuration.json(options);
    let requests = plugin.preview(&json, invocation).await;
    match requests.map_err(|error| Exit::failed(error.to_string()))? {
        Ok(requests) if options.json => print::document(&requests),
        Ok(requests) => show_plan(&requests),
        Err(problems) => {
            let (of_input, of_configuration): (Vec<_>, Vec<_>) = problems
                .into_iter()
                .partition(|problem| problem.document == host_harness::contract::Document::Input);
            if !of_configuration.is_empty() {
                return Err(not_usable(
                    options,
                    configuration,
                    &ManifestError::Invalid(of_configuration),
                ));
            }
            let invalid = host_harness::contract::Invalid { problems: of_input };
            print::failure(&Failure::PermanentInvalid(invalid), place, options.json);
            return Err(Exit::said());
        }
    }
    Ok(())
}

fn show_plan(requests: &[PlannedRequest]) {
    if requests.is_empty() {
        println!("its requests follow from what the first ones answer; `knock catalog show` says how many they are");
    }
    for request in requests {
        println!("{} {}", request.method, request.target);
        if let Some(body) = &request.body {
            for line in format!("{body:#}").lines() {
                println!("{DIM}{line}{DIM:#}");
            }
        }
    }
    println!("nothing was sent");
}

fn show(invoked: &Invoked, sent: u32, json: bool) {
    if json {
        return print::document(invoked);
    }
    print::invoked(&invoked.receipt, sent);
    if let Some(output) = &invoked.output {
        print::document(output);
    }
}
