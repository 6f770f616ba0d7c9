//! `knock test`: tries a configuration on cases of its own, against an emulator.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use host_harness::engine::{EngineOptions, ManifestError, Plugin};
use host_harness::rehearsal::{Case, RehearsalError, Walk, seed_for};
use serde_json::{Value, json};

use super::connect::load;
use super::exit::{BAD, Exit};
use super::input::Configuration;
use super::print::{BOLD, DIM, GOOD, ODD};
use super::{Options, print};
use crate::command::terminal::println;

/// Try a configuration on cases of its own, against an emulator. Nothing reaches GHL.
///
/// A case is a folder with `events.json`, a list of events; each comes when it occurred. What somebody does in GHL
/// meanwhile stands among them: `{ "in_ghl": "PUT /calendars/…", "body": { … }, "at": "2030-06-03T10:00:00Z" }`. Beside it there may be
/// `configuration.toml` with keys that are other than in `--config`, `seed.toml` with what GHL holds at the start, and
/// `faults.json` with what goes wrong. What came of it stands in `expected.json`.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// A case, or a folder of cases.
    #[arg(value_name = "DIR", default_value = "cases")]
    folder: PathBuf,
    /// The configuration, TOML or JSON.
    #[arg(long, value_name = "FILE", default_value = "knock.toml")]
    config: PathBuf,
    /// Show what each event does.
    #[arg(long)]
    show: bool,
    /// Take what comes of the cases for right: write it to `expected.json`.
    #[arg(long)]
    update: bool,
}

/// How a case compares with what was expected.
enum Verdict {
    Same,
    Differs(String),
    /// Nothing was expected yet.
    New,
    Written,
}

impl Test {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        if options.base_url.is_some() || options.state.is_some() {
            return Err(Exit::misused(
                "`knock test` brings its own GHL for each case and forgets it; leave out `--base-url` and `--state`",
            ));
        }
        let configuration = Configuration::read(&self.config)?;
        let plugin = load(options, EngineOptions::default())?;
        let mut report = Vec::new();
        let mut wrong = 0;
        let folders = cases(&self.folder)?;
        for folder in &folders {
            let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
            let walk = Self::walk(&plugin, &configuration, folder).await?;
            let verdict = self.judge(folder, &walk)?;
            wrong += usize::from(matches!(verdict, Verdict::Differs(_) | Verdict::New));
            match options.json {
                true => report.push(json!({ "case": name, "verdict": verdict.word(), "came": walk })),
                false => verdict.print(&name),
            }
            if self.show && !options.json {
                show(&walk);
            }
        }
        match options.json {
            true => print::document(&report),
            false => println!(
                "{BOLD}{} of {} as expected{BOLD:#}",
                folders.len() - wrong,
                match folders.len() {
                    1 => "1 case".to_owned(),
                    count => format!("{count} cases"),
                }
            ),
        }
        match wrong {
            0 => Ok(()),
            _ => Err(Exit::said()),
        }
    }

    async fn walk(plugin: &Plugin, configuration: &Configuration, folder: &Path) -> Result<Walk, Exit> {
        let failed = |error: RehearsalError| match error {
            RehearsalError::Configuration(ManifestError::Invalid(problems)) => configuration.problems(&problems),
            RehearsalError::Configuration(_) | RehearsalError::Run(_) | RehearsalError::Failed(_) => {
                Exit::failed(error.to_string())
            }
            RehearsalError::Seed(_) | RehearsalError::File { .. } => Exit::misused(error.to_string()),
        };
        let case = Case::read(folder, configuration.value()).map_err(failed)?;
        let seed = case.seed.clone().unwrap_or_else(|| seed_for(&case.configuration));
        case.walk(plugin.clone(), seed, None).await.map_err(failed)
    }

    fn judge(&self, folder: &Path, walk: &Walk) -> Result<Verdict, Exit> {
        let file = folder.join("expected.json");
        let came = serde_json::to_string_pretty(walk).map_err(|error| Exit::failed(error.to_string()))? + "\n";
        let expected = fs::read_to_string(&file).ok();
        Ok(match expected {
            Some(expected) if expected == came => Verdict::Same,
            _ if self.update => {
                fs::write(&file, came)
                    .map_err(|error| Exit::failed(format!("cannot write `{}`: {error}", file.display())))?;
                Verdict::Written
            }
            Some(expected) => {
                let difference = similar::TextDiff::from_lines(&expected, &came);
                Verdict::Differs(difference.unified_diff().header("expected", "came").to_string())
            }
            None => Verdict::New,
        })
    }
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs(_) => "differs",
            Self::New => "new",
            Self::Written => "written",
        }
    }

    fn print(&self, name: &str) {
        match self {
            Self::Same => println!("{GOOD}same{GOOD:#}     {name}"),
            Self::Written => println!("{ODD}written{ODD:#}  {name}"),
            Self::New => {
                println!(
                    "{ODD}new{ODD:#}      {name}  {DIM}nothing is expected of it yet; `--update` writes what came{DIM:#}"
                );
            }
            Self::Differs(difference) => {
                println!("{BAD}differs{BAD:#}  {name}");
                for line in difference.lines() {
                    println!("  {line}");
                }
            }
        }
    }
}

/// The folder if it is a case, else those in it.
fn cases(folder: &Path) -> Result<Vec<PathBuf>, Exit> {
    let is_case = |folder: &Path| folder.join("events.json").is_file();
    if is_case(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let entries = fs::read_dir(folder)
        .map_err(|error| Exit::misused(format!("cannot read the folder `{}`: {error}", folder.display())))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut cases: Vec<_> = paths.filter(|path| is_case(path)).collect();
    cases.sort();
    if cases.is_empty() {
        return Err(Exit::misused(format!(
            "there is no case in `{}`: a case is a folder with `events.json`",
            folder.display()
        )));
    }
    Ok(cases)
}

/// What each event did.
fn show(walk: &Walk) {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for event in &walk.events {
        let outcome = &event.outcome;
        match outcome.get("failure") {
            None => println!("  {BOLD}{}{BOLD:#}", text(outcome, "event_id")),
            Some(failure) => println!(
                "  {BAD}{}{BAD:#}  {}",
                failure.as_str().unwrap_or_default(),
                text(outcome, "message")
            ),
        }
        for request in &event.requests {
            println!(
                "    {} {}",
                request.get("status").unwrap_or(&Value::Null),
                text(request, "request")
            );
            if let Some(body) = request.get("body").filter(|body| !body.is_null()) {
                println!("        {DIM}{body}{DIM:#}");
            }
        }
        let warnings = outcome.get("warnings").and_then(Value::as_array);
        for warning in warnings.into_iter().flatten() {
            println!("    {ODD}warning{ODD:#}  {}", text(warning, "message"));
        }
        let problems = outcome.get("problems").and_then(Value::as_array);
        for problem in problems.into_iter().flatten() {
            println!("    {BAD}problem{BAD:#}  {}", text(problem, "message"));
        }
    }
}
