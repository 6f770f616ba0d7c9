//! `knock map`: proposes where the fields of events stand in a payload.

use std::path::PathBuf;

use clap::Args;
use host_harness::envelope::{DEFAULT_TRIGGER, Envelope};
use host_harness::proposal::{Draft, draft};
use serde::Serialize;
use serde_json::{Map, Value};

use super::exit::Exit;
use super::print::{BOLD, DIM, ODD};
use super::written::Written;
use super::{Options, print};
use crate::command::terminal::println;

/// Propose where the fields of events stand in what an app posts, as a part of a configuration. Nothing is sent.
#[derive(Debug, Args)]
pub(super) struct MapPayload {
    /// What the app posts: JSON, of a list the first entry, or a form (`a=1&b=2`); `-` reads standard input.
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
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let written = Written::read_json(&self.payload)?;
        let mut notes = Vec::new();
        let payload = match form(&written.text) {
            Some(fields) => {
                notes.push("it is a form: each of its fields is text".to_owned());
                fields
            }
            None => written.json_value()?,
        };
        let payload = event_of(payload, &written.name, &mut notes)?;
        let draft = draft(&payload);
        let found_nothing = draft.fields.is_empty();
        let mapped = Mapped { draft, notes };
        match options.json {
            true => print::document(&mapped),
            false => show(&mapped),
        }
        match found_nothing {
            true => Err(Exit::said()),
            false => Ok(()),
        }
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
        Ok(envelope) if envelope.event.data.is_object() => {
            notes.push("`data` is the data of an event, and what stands beside it is the event's own".to_owned());
            Ok(envelope.event.data)
        }
        _ => {
            notes.push(
                "it has a key `data` and others beside it, which is not how an event is posted: wrap it, as \
                 `{\"data\": …}`, with all of it inside"
                    .to_owned(),
            );
            Ok(first)
        }
    }
}

/// The fields of a form, as a browser or a webhook posts it.
fn form(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.starts_with(['{', '[', '"']) || !text.contains('=') || text.contains(char::is_whitespace) {
        return None;
    }
    let mut fields = Map::new();
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=')?;
        fields.insert(decoded(name), decoded(value).into());
    }
    Some(Value::Object(fields))
}

/// A name or a value of a form: a plus is a space, and `%41` is a byte.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hexadecimal = |rest: &std::str::Bytes<'_>| {
            let two: Vec<u8> = rest.clone().take(2).collect();
            u8::from_str_radix(std::str::from_utf8(&two).ok()?, 16)
                .ok()
                .filter(|_| two.len() == 2)
        };
        match (byte, hexadecimal(&rest)) {
            (b'+', _) => bytes.push(b' '),
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest.nth(1);
            }
            (byte, _) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn show(mapped: &Mapped) {
    for note in &mapped.notes {
        println!("{DIM}# {note}{DIM:#}");
    }
    if mapped.draft.fields.is_empty() {
        println!("{ODD}# nothing in it looks like a field of an event{ODD:#}");
    }
    for line in mapped.draft.toml.lines() {
        match line {
            line if line.starts_with('[') => println!("{BOLD}{line}{BOLD:#}"),
            line => println!("{line}"),
        }
    }
}
