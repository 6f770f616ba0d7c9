//! An event as it comes in, and as it is after checking.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::{BookingChanged, LeadBooked, Settings, Warning, fingerprint};
use crate::document::{Document, Object, Problem, Problems, nearest};

/// The largest data of an event, in bytes. What is remembered of it must fit into the store.
const DATA_LIMIT: usize = 16 * 1024;

/// The longest id or subject, in bytes.
pub const NAME_LIMIT: usize = 200;

/// How many warnings an event keeps.
const WARNINGS_KEPT: usize = 20;

/// An event as the host passes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The same happening always carries the same id.
    pub id: Option<String>,
    /// Key of the trigger.
    pub trigger: String,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened, RFC 3339.
    pub occurred_at: String,
    /// When it is not worth doing any more, RFC 3339.
    pub expires_at: Option<String>,
    /// Whether people may be told of what it does.
    pub notify: bool,
    /// Its fields, a JSON object.
    pub data_json: String,
}

/// An event that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id, given or derived.
    pub id: String,
    /// What it is about, given or derived.
    pub subject: String,
    /// When it happened, in milliseconds since the Unix epoch.
    pub occurred_ms: i64,
    /// When it is not worth doing any more.
    pub expires_at: Option<DateTime<FixedOffset>>,
    /// Whether people may be told of what it does. No part of its content.
    pub notify: bool,
    /// Name of its content: trigger and fields.
    pub fingerprint: String,
    /// What happened.
    pub happening: Happening,
    /// What is worth knowing about it.
    pub warnings: Vec<Warning>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// `knocker.lead_booked`.
    LeadBooked(Box<LeadBooked>),
    /// `knocker.booking_changed`.
    BookingChanged(BookingChanged),
    /// Nothing in Active Knocker: somebody asked for an action by itself.
    Invoked,
}

impl Happening {
    /// The triggers there are.
    pub const TRIGGERS: [&'static str; 2] = ["knocker.lead_booked", "knocker.booking_changed"];

    /// Key of the trigger; empty of an action that was asked for by itself.
    pub fn trigger(&self) -> &'static str {
        match self {
            Self::LeadBooked(_) => "knocker.lead_booked",
            Self::BookingChanged(_) => "knocker.booking_changed",
            Self::Invoked => "",
        }
    }
}

impl Event {
    /// Checks an event.
    ///
    /// # Errors
    /// Every problem it has, each with its place. Pointers into the data start with `/data`.
    pub fn read(incoming: &Incoming, settings: &Settings) -> Result<Self, Vec<Problem>> {
        let problems = Problems::new(Document::Event);
        let event = read(incoming, settings, &problems);
        problems.or(event)
    }
}

fn read(incoming: &Incoming, settings: &Settings, problems: &Problems) -> Option<Event> {
    let occurred = time(&incoming.occurred_at, "/occurred_at", problems);
    let expires_at = incoming
        .expires_at
        .as_deref()
        .and_then(|text| time(text, "/expires_at", problems));
    if incoming.data_json.len() > DATA_LIMIT {
        let message = format!(
            "the data has {} bytes, more than the {DATA_LIMIT} that an event may have",
            incoming.data_json.len()
        );
        problems.add("/data", "too-large", message);
        return None;
    }
    let data: Value = match serde_json::from_str(&incoming.data_json) {
        Ok(data) => data,
        Err(error) => {
            problems.add("/data", "no-json", format!("the data is no JSON: {error}"));
            return None;
        }
    };
    let fields = Object::at(&data, "/data".to_owned(), problems)?;
    let mut warnings = Vec::new();
    let (id, subject) = identity(incoming, data.as_object()?, settings, &fields, &mut warnings);
    for (name, pointer) in [(&id, "/id"), (&subject, "/subject")] {
        if name.len() > NAME_LIMIT {
            let message = format!("has {} bytes, more than the {NAME_LIMIT} that it may have", name.len());
            problems.add(pointer, "too-long", message);
        }
    }
    let happening = match incoming.trigger.as_str() {
        "knocker.lead_booked" => LeadBooked::read(&fields, settings, problems, &mut warnings)
            .map(|booked| Happening::LeadBooked(Box::new(booked))),
        "knocker.booking_changed" => {
            BookingChanged::read(&fields, settings, &mut warnings).map(Happening::BookingChanged)
        }
        other => {
            let hint = match nearest(other, Happening::TRIGGERS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: `{}`", Happening::TRIGGERS.join("`, `")),
            };
            problems.add(
                "/trigger",
                "unknown-trigger",
                format!("`{other}` is no trigger; {hint}"),
            );
            None
        }
    };
    if warnings.len() > WARNINGS_KEPT {
        let more = warnings.len() - WARNINGS_KEPT;
        warnings.truncate(WARNINGS_KEPT);
        warnings.push(Warning::new(
            "more-warnings",
            format!("and {more} more warnings like these"),
        ));
    }
    Some(Event {
        id,
        subject,
        occurred_ms: occurred?.timestamp_millis(),
        expires_at,
        notify: incoming.notify,
        fingerprint: content(&incoming.trigger, &data),
        happening: happening?,
        warnings,
    })
}

/// Id and subject: the event's own, else from the data where the configuration says, else derived.
fn identity(
    incoming: &Incoming,
    data: &Map<String, Value>,
    settings: &Settings,
    fields: &Object<'_>,
    warnings: &mut Vec<Warning>,
) -> (String, String) {
    let given = |own: &Option<String>, path: &Option<String>| {
        own.clone()
            .map(|own| own.trim().to_owned())
            .filter(|own| !own.is_empty())
            .or_else(|| at_path(data, path.as_deref()?))
    };
    // A field that only carries the identity is used, whatever the trigger makes of it.
    for path in [&settings.source.id, &settings.source.subject].into_iter().flatten() {
        fields.note_known(path.split('.').next().unwrap_or_default());
    }
    let id = given(&incoming.id, &settings.source.id).unwrap_or_else(|| {
        let message = "the event has no id: its content is its id, so the same booking made twice counts once";
        warnings.push(Warning::new("id-derived", message));
        content(&incoming.trigger, &Value::Object(data.clone()))
    });
    let subject = given(&incoming.subject, &settings.source.subject).unwrap_or_else(|| {
        let message = "the event has no subject: its id is its subject, so a changed event is a new booking";
        warnings.push(Warning::new("subject-derived", message));
        id.clone()
    });
    (id, subject)
}

/// The text or number at a dotted path.
fn at_path(data: &Map<String, Value>, path: &str) -> Option<String> {
    let mut names = path.split('.');
    let mut value = data.get(names.next()?)?;
    for name in names {
        value = value.get(name)?;
    }
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The name of the content. Objects are kept sorted by key, so the order of fields does not matter.
fn content(trigger: &str, data: &Value) -> String {
    fingerprint(&[trigger, &data.to_string()])
}

fn time(text: &str, pointer: &str, problems: &Problems) -> Option<DateTime<FixedOffset>> {
    let time = DateTime::parse_from_rfc3339(text.trim()).ok();
    if time.is_none() {
        let message = format!("`{text}` is no time; write it like `2030-06-03T10:00:00-05:00`");
        problems.add(pointer, "no-time", message);
    }
    time
}
