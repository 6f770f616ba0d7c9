//! Walks `tests/cases/`: each folder is a situation, with what goes in and what must come out.
//!
//! | file | what it is |
//! |---|---|
//! | `events.json` | the events, one after the other, each run until it is done |
//! | `configuration.toml` | what differs from `tests/cases/configuration.toml`, key by key |
//! | `seed.json` | what GHL holds at the start, instead of the emulator's demo |
//! | `faults.json` | what goes wrong |
//! | `expected.json` | for each event: the plan's price, the requests that GHL received, how it ended; at last the appointments and the new contacts |
//!
//! `UPDATE_CASES=1 cargo test --workspace cases` writes `expected.json` anew: read the difference before you believe
//! it.

use std::fs;
use std::path::{Path, PathBuf};

use host_harness::contract::{Event, Failure};
use host_harness::emulator::{Appointment, Contact, Fault, Received, Seed};
use host_harness::engine::{Limits, ManifestError};
use serde_json::{Value, json};

use crate::sandbox::Sandbox;

#[test]
fn every_case_ends_as_expected() {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 30, "only {} cases", folders.len());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let walks: Vec<_> = folders
        .into_iter()
        .map(|folder| (runtime.spawn(walk(cases.clone(), folder.clone())), folder))
        .collect();
    let mut wrong = Vec::new();
    for (walk, folder) in walks {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        match runtime.block_on(walk) {
            Ok(found) => wrong.extend(compare(&folder, &found).map(|difference| format!("{name}\n{difference}"))),
            Err(error) => wrong.push(format!("{name}\n{error}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases end otherwise:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

/// What comes of a case.
async fn walk(cases: PathBuf, folder: PathBuf) -> Value {
    let mut configuration = read_toml(&cases.join("configuration.toml")).unwrap();
    if let Some(Value::Object(changes)) = read_toml(&folder.join("configuration.toml")) {
        let keys = configuration.as_object_mut().unwrap();
        for (key, value) in changes {
            // Naming a calendar replaces the one that was named.
            if key == "calendar_name" {
                keys.remove("calendar_id");
            }
            keys.insert(key, value);
        }
    }
    let seed: Seed = read_json(&folder.join("seed.json")).unwrap_or_else(Seed::demo);
    let faults: Vec<Fault> = read_json(&folder.join("faults.json")).unwrap_or_default();
    let events: Vec<Event> = read_json(&folder.join("events.json")).expect("events.json is missing");
    let sandbox = match Sandbox::with_limits(seed, &faults, configuration, Limits::default()).await {
        Ok(sandbox) => sandbox,
        Err(ManifestError::Invalid(problems)) => return json!({ "configuration": problems }),
        Err(error) => panic!("{error}"),
    };
    let there_before = sandbox.server.with(|ghl| ghl.contacts().count());
    let mut ended = Vec::new();
    for event in &events {
        let planned = match sandbox.connection.plan(event).await.unwrap() {
            Ok(plan) => json!(plan.requests),
            Err(_) => Value::Null,
        };
        let before = sandbox.received().len();
        let outcome = match sandbox.until_done(event).await {
            Ok(receipt) => json!(receipt),
            Err(failure) => without_chance(&failure),
        };
        let requests: Vec<Value> = sandbox.received().iter().skip(before).map(request).collect();
        ended.push(json!({ "planned_requests": planned, "requests": requests, "outcome": outcome }));
    }
    sandbox.pass(std::time::Duration::from_secs(3600));
    let appointments = sandbox
        .server
        .with(|ghl| ghl.appointments().map(appointment).collect::<Vec<_>>());
    let contacts = sandbox
        .server
        .with(|ghl| ghl.contacts().skip(there_before).map(contact).collect::<Vec<_>>());
    json!({ "events": ended, "appointments": appointments, "contacts": contacts })
}

fn request(received: &Received) -> Value {
    json!({
        "request": format!("{} {}", received.method, received.target),
        "body": received.body,
        "status": received.status.map(|status| status.as_u16()),
    })
}

fn appointment(appointment: &Appointment) -> Value {
    json!({
        "id": appointment.id,
        "calendar": appointment.calendar_id,
        "contact": appointment.contact_id,
        "assigned": appointment.assigned_user_id,
        "title": appointment.title,
        "status": appointment.status,
        "start": appointment.start,
        "end": appointment.end,
        "address": appointment.address,
        "description": appointment.description,
        "told": appointment.notices.len(),
    })
}

fn contact(contact: &Contact) -> Value {
    json!({
        "id": contact.id,
        "name": [&contact.first_name, &contact.last_name],
        "email": contact.email,
        "phone": contact.phone,
    })
}

/// A failure without what differs from run to run.
fn without_chance(failure: &Failure) -> Value {
    let mut failure = json!(failure);
    if let Some(after_ms) = failure.get_mut("after_ms") {
        *after_ms = "some time".into();
    }
    failure
}

/// What differs from `expected.json`.
fn compare(folder: &Path, found: &Value) -> Option<String> {
    let file = folder.join("expected.json");
    let found = format!("{}\n", serde_json::to_string_pretty(found).unwrap());
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(&file, &found).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    (expected != found)
        .then(|| similar_asserts::SimpleDiff::from_str(&expected, &found, "expected", "found").to_string())
}

fn read_json<T: serde::de::DeserializeOwned>(file: &Path) -> Option<T> {
    let text = fs::read_to_string(file).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn read_toml(file: &Path) -> Option<Value> {
    let text = fs::read_to_string(file).ok()?;
    Some(toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}
