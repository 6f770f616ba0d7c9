//! A situation in a folder, and what comes of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Rehearsal, RehearsalError, Stage};
use crate::contract::Event;
use crate::emulator::{Appointment, Contact, Delivery, End, Fault, Received, Seed};
use crate::engine::Plugin;
use crate::envelope::{DEFAULT_TRIGGER, Envelope};
use crate::json as strict;

/// A version of GHL's API that all of it knows.
const GHL_VERSION: &str = "2021-07-28";

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
    /// `events.json`: what happens, one after the other.
    pub happenings: Vec<Happening>,
}

/// Something that happens in a case.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An event comes in.
    Event(Box<Event>),
    /// Somebody else does something in GHL.
    InGhl(Edit),
}

/// What somebody else does in GHL, or looks at: one of its API's requests. Of a look the answer is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Method and path: `PUT /calendars/events/appointments/…`.
    in_ghl: String,
    /// What is sent.
    #[serde(default)]
    body: Value,
    /// When, RFC 3339; at once, if it is left out.
    at: Option<String>,
}

/// What comes of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Walk {
    /// What each event did.
    pub events: Vec<Ended>,
    /// The appointments at the end.
    pub appointments: Vec<Value>,
    /// The contacts that are new, or other than before.
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
            happenings: happenings(&folder.join("events.json"))?,
        })
    }

    /// Lets all of it happen, one after the other, each event until it is done.
    ///
    /// The clock begins at `now_ms` (since the Unix epoch). Without it, it begins when the first event occurred, and each
    /// comes when it occurred, or at once if that is over.
    pub async fn walk(&self, plugin: Plugin, seed: Seed, now_ms: Option<u64>) -> Result<Walk, RehearsalError> {
        let began_ms = now_ms.or(self.happenings.first().and_then(Happening::at_ms));
        let stage = Stage {
            faults: self.faults.clone(),
            ..Stage::new(seed, began_ms.unwrap_or_default())
        };
        let rehearsal = Rehearsal::new(plugin, self.configuration.clone(), stage).await?;
        let before: Vec<Contact> = rehearsal.server.with(|ghl| ghl.contacts().cloned().collect());
        let mut events = Vec::new();
        for happening in &self.happenings {
            if let (None, Some(at_ms)) = (now_ms, happening.at_ms()) {
                rehearsal.pass(Duration::from_millis(at_ms.saturating_sub(rehearsal.now_ms())));
            }
            let event = match happening {
                Happening::Event(event) => event,
                Happening::InGhl(edit) => {
                    events.push(edit.make(&rehearsal)?);
                    continue;
                }
            };
            let planned = rehearsal.connection.plan(event).await?;
            let before = rehearsal.received().len();
            let outcome = match rehearsal.until_done(event).await? {
                Ok(receipt) => json!(receipt),
                Err(failure) => json!(failure),
            };
            let outcome = without_chance(outcome, &rehearsal.server.address().to_string());
            events.push(Ended {
                planned_requests: planned.ok().map(|plan| plan.requests),
                requests: rehearsal.received().iter().skip(before).map(request_made).collect(),
                outcome,
            });
        }
        rehearsal.pass(AFTERWARDS);
        let (appointments, contacts) = rehearsal.server.with(|ghl| {
            let is_other = |contact: &&Contact| !before.contains(contact);
            let contacts = ghl.contacts().filter(is_other).map(contact);
            (ghl.appointments().map(appointment).collect(), contacts.collect())
        });
        Ok(Walk {
            events,
            appointments,
            contacts,
        })
    }
}

impl Happening {
    /// When it happens, in milliseconds since the Unix epoch.
    fn at_ms(&self) -> Option<u64> {
        let at = match self {
            Self::Event(event) => &event.occurred_at,
            Self::InGhl(edit) => edit.at.as_ref()?,
        };
        u64::try_from(DateTime::parse_from_rfc3339(at).ok()?.timestamp_millis()).ok()
    }
}

impl Edit {
    /// Does it in the emulator of a rehearsal, with its token.
    fn make(&self, rehearsal: &Rehearsal) -> Result<Ended, RehearsalError> {
        let (method, target) = self.in_ghl.split_once(' ').unwrap_or(("", &self.in_ghl));
        let body = match &self.body {
            Value::Null => Bytes::new(),
            body => body.to_string().into(),
        };
        let (requests, answer) = rehearsal.server.with(|ghl| {
            let tokens = ghl.seed().tokens;
            let token = tokens.iter().find(|token| token.is_good()).map(|token| &token.token);
            let request = Request::builder()
                .method(method)
                .uri(target)
                .header(AUTHORIZATION, format!("Bearer {}", token.map_or("", String::as_str)))
                .header("version", GHL_VERSION)
                .header(CONTENT_TYPE, "application/json")
                .body(body)
                .map_err(RehearsalError::failed)?;
            let before = ghl.received().len();
            let delivery = ghl.answer(i64::try_from(rehearsal.now_ms()).unwrap_or(i64::MAX), &request);
            let requests = ghl.received().iter().skip(before).map(request_made).collect();
            Ok::<_, RehearsalError>((requests, answer_of(delivery)))
        })?;
        let outcome = match method {
            "GET" => json!({ "event_id": "in GHL", "answer": answer }),
            _ => json!({ "event_id": "in GHL" }),
        };
        Ok(Ended {
            planned_requests: None,
            requests,
            outcome,
        })
    }
}

/// What GHL answered, without what differs from request to request.
fn answer_of(delivery: Delivery) -> Value {
    let End::Reply(reply) = delivery.end else {
        return Value::Null;
    };
    let mut answer = serde_json::from_slice(reply.body()).unwrap_or_default();
    if let Value::Object(fields) = &mut answer {
        fields.remove("traceId");
    }
    answer
}

fn request_made(received: &Received) -> Value {
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
    let mut shown = json!({
        "id": contact.id,
        "name": [&contact.first_name, &contact.last_name],
        "email": contact.email,
        "phone": contact.phone,
    });
    // What a booking does not touch is shown where there is some.
    for (name, value) in [
        ("tags", json!(contact.tags)),
        ("assigned", json!(contact.assigned_to)),
        ("dnd", json!(contact.dnd)),
    ] {
        if ![json!([]), Value::Null, json!(false)].contains(&value)
            && let Some(shown) = shown.as_object_mut()
        {
            shown.insert(name.to_owned(), value);
        }
    }
    shown
}

/// An outcome without what differs from run to run.
fn without_chance(mut outcome: Value, emulator: &str) -> Value {
    if let Some(after_ms) = outcome.get_mut("after_ms") {
        *after_ms = "some time".into();
    }
    without_address(outcome, emulator)
}

/// A value whose texts name the emulator instead of its address.
fn without_address(value: Value, emulator: &str) -> Value {
    match value {
        Value::String(text) => text.replace(emulator, "the emulator").into(),
        Value::Array(values) => {
            let values = values.into_iter().map(|value| without_address(value, emulator));
            values.collect()
        }
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let fields = fields.map(|(name, value)| (name, without_address(value, emulator)));
            Value::Object(fields.collect())
        }
        other => other,
    }
}

/// What a file says that happens, one thing or a list.
fn happenings(file: &Path) -> Result<Vec<Happening>, RehearsalError> {
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
    let happenings = written.into_iter().enumerate().map(|(index, event)| {
        if event.get("in_ghl").is_some() {
            let edit = serde_json::from_value(event);
            return edit
                .map(Happening::InGhl)
                .map_err(|error| RehearsalError::file(file, error));
        }
        let envelope = Envelope::read(event, DEFAULT_TRIGGER, Utc::now());
        envelope
            .map(|envelope| Happening::Event(Box::new(envelope.event)))
            .map_err(|problems| RehearsalError::event(file, index, &problems))
    });
    happenings.collect()
}

/// What a file says; nothing when it is not there.
fn json_file<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, RehearsalError> {
    let Some(text) = text(file)? else { return Ok(None) };
    // The last of several values under one key would be taken without a word.
    strict::read(text.as_bytes(), strict::MAX_DEPTH + strict::AROUND_DATA)
        .map_err(|error| RehearsalError::file(file, error))?;
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|error| RehearsalError::file(file, error))
}

fn toml_file<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, RehearsalError> {
    let Some(text) = text(file)? else { return Ok(None) };
    toml::from_str(&text).map(Some).map_err(|error: toml::de::Error| {
        let whole = error.to_string();
        let place = whole.lines().next().unwrap_or_default();
        RehearsalError::file(file, format!("{place}: {}", error.message()))
    })
}

fn text(file: &Path) -> Result<Option<String>, RehearsalError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RehearsalError::file(file, error)),
    }
}
