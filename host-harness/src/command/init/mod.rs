//! `knock init`: writes a configuration to begin with, after asking GHL what there is.

mod starter;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use host_harness::contract::{Failure, Invocation};
use host_harness::engine::Connection;
use serde_json::{Value, json};

use super::Options;
use super::connect::{Need, connect};
use super::exit::Exit;
use super::input::Configuration;
use super::invoke::{carry_out, place};
use super::print::{self as say, BOLD, ODD};
use super::written::Written;
use crate::command::terminal::{self, eprintln, println};
use starter::Found;

/// How long to ask GHL again before doing without an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Write a configuration to begin with, after asking GHL for calendars, groups, users and the time zone.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The GHL location (sub-account).
    #[arg(long, value_name = "ID")]
    location: String,
    /// Where to write it. [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long, requires = "out")]
    force: bool,
}

/// What is asked for, and the member of the answer that is wanted.
const QUESTIONS: [(&str, &str); 4] = [
    ("calendar.list", "calendars"),
    ("user.list", "users"),
    ("group.list", "groups"),
    ("location.get", "location"),
];

/// The action that finds the next free slot of a calendar.
const FIND_SLOT: &str = "slot.find_next";

/// How many calendars are asked for a free slot.
const CALENDARS_ASKED: usize = 10;

impl Init {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let mut configuration = configuration(&self.location);
        for (action, _) in QUESTIONS {
            configuration.allow(action);
        }
        configuration.allow(FIND_SLOT);
        let connection = connect(options, &configuration, Need::Secrets, None).await?;
        let mut found = Found {
            location_id: self.location.clone(),
            base_url: options.base_url.clone(),
            ..Found::default()
        };
        for (action, member) in QUESTIONS {
            match ask(&connection, action, json!({})).await? {
                Ok(answer) => {
                    let answer = answer.get(member).cloned().unwrap_or_default();
                    let list = || answer.as_array().cloned().unwrap_or_default();
                    match member {
                        "calendars" => found.calendars = list(),
                        "users" => found.users = list(),
                        "groups" => found.groups = list(),
                        _ => {
                            found.time_zone = answer.get("timezone").and_then(Value::as_str).map(str::to_owned);
                            found.allows_duplicates =
                                answer.pointer("/settings/allowDuplicateContact") == Some(&Value::Bool(true));
                        }
                    }
                }
                // Without calendars there is nothing to begin with.
                Err(failure) if member == "calendars" => {
                    say::failure(&failure, place, options.json);
                    return Err(Exit::said());
                }
                Err(failure) => {
                    let why = failure.sentence();
                    eprintln!("{ODD}not found out{ODD:#}  {why}");
                    found.missing.push(why);
                }
            }
        }
        found.with_slots = find_free(&connection, &found).await?;
        self.write(&found.starter(), options.json)
    }

    fn write(&self, text: &str, json: bool) -> Result<(), Exit> {
        let Some(path) = &self.out else {
            match json {
                true => say::document(&json!({ "configuration": text })),
                false => terminal::block(text),
            }
            return Ok(());
        };
        let name = path.display();
        let mut file = OpenOptions::new();
        file.write(true).create(true).truncate(true);
        if !self.force {
            file.create_new(true);
        }
        let written = file.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Exit::misused(format!(
                "`{name}` is there already; `--force` writes over it, `--out` elsewhere"
            )),
            _ => Exit::failed(format!("cannot write `{name}`: {error}")),
        })?;
        match json {
            true => say::document(&json!({ "file": path })),
            false => println!(
                "wrote {BOLD}{name}{BOLD:#}; `knock check --config {name}` says whether it can work, `knock verify` tries it"
            ),
        }
        Ok(())
    }
}

/// The least that a connection needs.
fn configuration(location: &str) -> Configuration {
    let value = json!({ "location_id": location });
    let written = Written {
        name: "--location".to_owned(),
        text: value.to_string(),
        is_toml: false,
    };
    Configuration::new(written, value)
}

/// The first calendar with a free slot, of those that are asked at all.
async fn find_free(connection: &Connection, found: &Found) -> Result<Option<String>, Exit> {
    for calendar in found.in_question().into_iter().take(CALENDARS_ASKED) {
        let answer = ask(connection, FIND_SLOT, json!({ "calendarId": calendar })).await?;
        let answer = answer.unwrap_or_default();
        let slots = answer.get("slots").and_then(Value::as_array);
        if slots.is_some_and(|slots| !slots.is_empty()) {
            return Ok(Some(calendar.to_owned()));
        }
    }
    Ok(None)
}

async fn ask(connection: &Connection, action: &str, input: Value) -> Result<Result<Value, Failure>, Exit> {
    let invocation = Invocation {
        action: action.to_owned(),
        input,
        subject: None,
        key: None,
    };
    let ended = carry_out(connection, &invocation, PATIENCE).await?;
    Ok(ended.map(|invoked| invoked.output.unwrap_or_default()))
}
