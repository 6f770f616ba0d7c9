//! `knock map`: proposes where the fields of events stand in a payload.

use std::path::{Path, PathBuf};

use clap::Args;
use host_harness::bulk::{Table, is_table};
use host_harness::envelope::{DEFAULT_TRIGGER, Envelope};
use host_harness::payload::{self, Note};
use host_harness::proposal::{Draft, draft};
use serde::Serialize;
use serde_json::{Value, json};

use super::exit::Exit;
use super::print::{BOLD, DIM, ODD};
use super::written::Written;
use super::{Options, print};
use crate::command::terminal::println;

/// Propose where the fields of events stand in what an app posts, as a part of a configuration. Nothing is sent.
#[derive(Debug, Args)]
pub(super) struct MapPayload {
    /// What the app posts: JSON, of a list the first entry, or a form (`a=1&b=2`); or a table, `.csv` or `.tsv`, for `--map`
    /// of an import; `-` reads standard input.
    #[arg(value_name = "PAYLOAD")]
    payload: PathBuf,
}

/// A proposal, and what is worth knowing about the payload.
#[derive(Debug, Serialize)]
struct Mapped {
    #[serde(flatten)]
    draft: Draft,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl MapPayload {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        if is_table(&self.payload) {
            return map_table(&self.payload, options);
        }
        let written = Written::read_json(&self.payload)?;
        let read = payload::read(None, written.text.clone().into()).await;
        let read =
            read.map_err(|error| Exit::misused(format!("`{}` is neither JSON nor a form: {error}", written.name)))?;
        let of_form =
            |note: &Note| matches!(note, Note::Form).then(|| "it is a form: each of its fields is text".to_owned());
        let mut notes: Vec<_> = read.notes.iter().filter_map(of_form).collect();
        let payload = event_of(read.value, &written.name, &mut notes)?;
        let draft = draft(&payload);
        let found_nothing = draft.fields.is_empty();
        let mapped = Mapped { draft, notes };
        if options.json {
            print::document(&mapped);
        } else {
            show(&mapped);
        }
        match found_nothing {
            true => Err(Exit::said()),
            false => Ok(()),
        }
    }
}

/// The map of an import for the columns of a table.
fn map_table(path: &Path, options: &Options) -> Result<(), Exit> {
    let map = Table::find(path, None)?.proposed_map();
    if options.json {
        print::document(&json!({ "map": map }));
    } else if let Some(map) = &map {
        show_toml(map);
    } else {
        println!("{ODD}# no column looks like a field of an event{ODD:#}");
    }
    match map {
        Some(_) => Ok(()),
        None => Err(Exit::said()),
    }
}

/// The data of the event that a payload is: of a list the first entry, of an envelope what stands in it.
fn event_of(payload: Value, name: &str, notes: &mut Vec<String>) -> Result<Value, Exit> {
    let first = match payload {
        Value::Array(entries) => {
            let count = entries.len();
            if count > 1 {
                notes.push(format!(
                    "it is a list of {count}: this is for its first entry; post one at a time"
                ));
            }
            entries.into_iter().next().unwrap_or_default()
        }
        other => other,
    };
    if !first.is_object() {
        return Err(Exit::misused(format!(
            "`{name}` holds no JSON object, and a payload is one"
        )));
    }
    if first.get("data").is_none() {
        return Ok(first);
    }
    match Envelope::read(first.clone(), DEFAULT_TRIGGER, chrono::Utc::now()) {
        Ok(envelope) => {
            if envelope.event.data != first {
                notes.push("`data` is the data of an event, and what stands beside it is the event's own".to_owned());
            }
            Ok(envelope.event.data)
        }
        Err(problems) => {
            let lines = problems.iter().map(|problem| problem.message.clone());
            Err(Exit::misused(format!("`{name}` is no event")).with(lines))
        }
    }
}

fn show(mapped: &Mapped) {
    for note in &mapped.notes {
        println!("{DIM}# {note}{DIM:#}");
    }
    if mapped.draft.fields.is_empty() {
        println!("{ODD}# nothing in it looks like a field of an event{ODD:#}");
    }
    show_toml(&mapped.draft.toml);
}

fn show_toml(toml: &str) {
    for line in toml.lines() {
        match line {
            line if line.starts_with('[') => println!("{BOLD}{line}{BOLD:#}"),
            line => println!("{line}"),
        }
    }
}
