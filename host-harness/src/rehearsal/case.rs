//! A situation in a folder, and what comes of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Rehearsal, RehearsalError, Stage};
use crate::contract::{Event, Failure};
use crate::emulator::{Appointment, Contact, Fault, Received, Seed};
use crate::engine::Plugin;
use crate::envelope::{DEFAULT_TRIGGER, Envelope};

/// How long is waited after the last event for all that is late.
const AFTERWARDS: Duration = Duration::from_secs(3600);

/// A situation in a folder.
#[derive(Clone, Debug)]
pub struct Case {
    /// `configuration.toml` on top of the configuration that all have.
    pub configuration: Value,
    /// `seed.json` or `seed.toml`: what GHL holds at the start.
    pub seed: Option<Seed>,
    /// `faults.json`: what goes wrong.
    pub faults: Vec<Fault>,
    /// `events.json`: the events, one after the other.
    pub events: Vec<Event>,
}

/// What comes of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Walk {
    /// What each event did.
    pub events: Vec<Ended>,
    /// The appointments at the end.
    pub appointments: Vec<Value>,
    /// The contacts that are new.
    pub contacts: Vec<Value>,
}

/// What an event did.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    /// How many requests its plan has; nothing when it cannot be planned.
    pub planned_requests: Option<u32>,
    /// The requests that GHL received, with their bodies, and what it answered.
    pub requests: Vec<Value>,
    /// The receipt, or the failure.
    pub outcome: Value,
}

impl Case {
    /// Reads the files of a folder. What its configuration says replaces, key by key, what all have.
    pub fn read(folder: &Path, configuration: &Value) -> Result<Self, RehearsalError> {
        let mut configuration = configuration.clone();
        if let Some(Value::Object(changes)) = toml_file(&folder.join("configuration.toml"))?
            && let Some(keys) = configuration.as_object_mut()
        {
            for (key, value) in changes {
                // Naming a calendar replaces the one that was named.
                match key.as_str() {
                    "calendar_name" => keys.remove("calendar_id"),
                    "calendar_id" => keys.remove("calendar_name"),
                    _ => None,
                };
                keys.insert(key, value);
            }
        }
        let seed = match json_file(&folder.join("seed.json"))? {
            Some(seed) => Some(seed),
            None => toml_file(&folder.join("seed.toml"))?,
        };
        Ok(Self {
            configuration,
            seed,
            faults: json_file(&folder.join("faults.json"))?.unwrap_or_default(),
            events: events(&folder.join("events.json"))?,
        })
    }

    /// Runs the events, one after the other, each until it is done.
    ///
    /// The clock begins at `now_ms` (since the Unix epoch). Without it, it begins when the first event occurred, and each
    /// event comes when it occurred, or at once if that is over.
    pub async fn walk(&self, plugin: Plugin, seed: Seed, now_ms: Option<u64>) -> Result<Walk, RehearsalError> {
        let began_ms = now_ms.or(self.events.first().and_then(occurred_ms));
        let stage = Stage {
            faults: self.faults.clone(),
            ..Stage::new(seed, began_ms.unwrap_or_default())
        };
        let rehearsal = Rehearsal::new(plugin, self.configuration.clone(), stage).await?;
        let there_before = rehearsal.server.with(|ghl| ghl.contacts().count());
        let mut events = Vec::new();
        for event in &self.events {
            if let (None, Some(occurred_ms)) = (now_ms, occurred_ms(event)) {
                rehearsal.pass(Duration::from_millis(occurred_ms.saturating_sub(rehearsal.now_ms())));
            }
            let planned = rehearsal.connection.plan(event).await?;
            let before = rehearsal.received().len();
            let outcome = match rehearsal.until_done(event).await? {
                Ok(receipt) => json!(receipt),
                Err(failure) => without_chance(&failure),
            };
            events.push(Ended {
                planned_requests: planned.ok().map(|plan| plan.requests),
                requests: rehearsal.received().iter().skip(before).map(request).collect(),
                outcome,
            });
        }
        rehearsal.pass(AFTERWARDS);
        let (appointments, contacts) = rehearsal.server.with(|ghl| {
            let contacts = ghl.contacts().skip(there_before).map(contact);
            (ghl.appointments().map(appointment).collect(), contacts.collect())
        });
        Ok(Walk {
            events,
            appointments,
            contacts,
        })
    }
}

/// When an event occurred, in milliseconds since the Unix epoch.
fn occurred_ms(event: &Event) -> Option<u64> {
    let occurred = DateTime::parse_from_rfc3339(&event.occurred_at).ok()?;
    u64::try_from(occurred.timestamp_millis()).ok()
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

/// The events of a file, one or a list of them.
fn events(file: &Path) -> Result<Vec<Event>, RehearsalError> {
    let written = match json_file(file)? {
        Some(Value::Array(events)) => events,
        Some(event) => vec![event],
        None => {
            return Err(RehearsalError::file(
                file,
                "it is missing; it says what happens, as a list of events",
            ));
        }
    };
    let events = written.into_iter().enumerate().map(|(index, event)| {
        let envelope = Envelope::read(event, DEFAULT_TRIGGER, Utc::now());
        envelope
            .map(|envelope| envelope.event)
            .map_err(|problems| RehearsalError::event(file, index, &problems))
    });
    events.collect()
}

/// What a file says; nothing when it is not there.
fn json_file<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, RehearsalError> {
    let Some(text) = text(file)? else { return Ok(None) };
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|error| RehearsalError::file(file, error))
}

fn toml_file<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, RehearsalError> {
    let Some(text) = text(file)? else { return Ok(None) };
    toml::from_str(&text)
        .map(Some)
        .map_err(|error| RehearsalError::file(file, error))
}

fn text(file: &Path) -> Result<Option<String>, RehearsalError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RehearsalError::file(file, error)),
    }
}
