//! An event as it comes in, and as it is after checking.

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::identity::{Given, derived_id, derived_subject};
use super::written_time::{Flaw, Written};
use super::{
    BookingChanged, LeadBooked, Settings, Warning, availability_updated, fingerprint, group_updated, placeholder,
};
use crate::document::{Document, Object, Problem, Problems};
use crate::zone::{LocalTime, Zone};

/// The largest data of an event, in bytes. What is remembered of it must fit into the store.
const DATA_LIMIT: usize = 16 * 1024;

/// The longest id or subject, in bytes.
pub const NAME_LIMIT: usize = 200;

/// What is said of a change without an id and a subject: it does not say when the visit was, so nothing tells which one it
/// is.
const NO_SUBJECT_OF_CHANGE: &str = "the change does not say which booking it is about: write the `subject` that the \
                                    booking has, or in the configuration where that stands in the data, like \
                                    `subject = \"pin.id\"` in `[source]`";

const LEAD_BOOKED: &str = "knocker.lead_booked";
const BOOKING_CHANGED: &str = "knocker.booking_changed";
const AVAILABILITY_UPDATED: &str = "knocker.availability_updated";
const GROUP_UPDATED: &str = "knocker.group_updated";

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

impl Incoming {
    /// When something occurred of which that is not known: nothing counts from it.
    pub const SOMETIME: &str = "2000-01-01T00:00:00Z";
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
    /// Its fields as they were posted.
    pub data: Value,
    /// What is worth knowing about it.
    pub warnings: Vec<Warning>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// `knocker.lead_booked`.
    LeadBooked(Box<LeadBooked>),
    /// `knocker.booking_changed`.
    BookingChanged(Box<BookingChanged>),
    /// Anything else: the key of its trigger, and its fields as they are.
    Other(String, Map<String, Value>),
    /// Nothing in Active Knocker: somebody asked for an action by itself.
    Invoked,
}

impl Happening {
    /// Key of the trigger; empty of an action that was asked for by itself.
    pub fn trigger(&self) -> &str {
        match self {
            Self::LeadBooked(_) => LEAD_BOOKED,
            Self::BookingChanged(_) => BOOKING_CHANGED,
            Self::Other(trigger, _) => trigger,
            Self::Invoked => "",
        }
    }
}

impl Event {
    /// When something occurred that occurs when it is first seen.
    pub const NOW_MS: i64 = i64::MAX;

    /// Checks an event. What was posted is brought into the event's shape by `shape`; id, subject and fingerprint come
    /// from what was posted.
    ///
    /// # Errors
    /// Every problem it has, each with its place. Pointers into the data start with `/data`.
    pub fn read(
        incoming: &Incoming,
        settings: &Settings,
        shape: &dyn Fn(&Value) -> Value,
    ) -> Result<Self, Vec<Problem>> {
        let problems = Problems::new(Document::Event);
        let event = read(incoming, settings, shape, &problems);
        problems.or(event)
    }

    /// The zone of its local times, when it names one.
    pub fn zone(&self) -> Option<Zone> {
        let name = match &self.happening {
            Happening::LeadBooked(booked) => booked.time_zone.as_deref(),
            Happening::BookingChanged(changed) => changed.time_zone.as_deref(),
            Happening::Other(_, fields) => fields.get("timeZone").and_then(Value::as_str),
            Happening::Invoked => None,
        };
        Zone::named(name?)
    }
}

fn read(
    incoming: &Incoming,
    settings: &Settings,
    shape: &dyn Fn(&Value) -> Value,
    problems: &Problems,
) -> Option<Event> {
    let occurred = time(&incoming.occurred_at, "/occurred_at", settings, problems);
    let expires_at = incoming
        .expires_at
        .as_deref()
        .and_then(|text| time(text, "/expires_at", settings, problems));
    let mut settings = settings.clone();
    settings.times.occurred = occurred.filter(|_| incoming.occurred_at != Incoming::SOMETIME);
    let settings = &settings;
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
    let mut warnings = Vec::new();
    let mut shaped = shape(&data);
    if [LEAD_BOOKED, BOOKING_CHANGED, AVAILABILITY_UPDATED].contains(&incoming.trigger.as_str()) {
        shaped = with_plain_times(placeholder::without_nothing(shaped, "/data", &mut warnings));
    }
    let fields = Object::at(&shaped, "/data".to_owned(), problems)?;
    let given = Given::read(incoming, &data, settings, &fields, &mut warnings);
    for (name, pointer) in [(&given.id, "/id"), (&given.subject, "/subject")] {
        if let Some(name) = name
            && name.len() > NAME_LIMIT
        {
            let message = format!("has {} bytes, more than the {NAME_LIMIT} that it may have", name.len());
            problems.add(pointer, "too-long", message);
        }
    }
    let happening = match incoming.trigger.as_str() {
        LEAD_BOOKED => LeadBooked::read(&fields, settings, problems, &mut warnings)
            .map(|booked| Happening::LeadBooked(Box::new(booked))),
        BOOKING_CHANGED => BookingChanged::read(&fields, settings, problems, &mut warnings)
            .map(|changed| Happening::BookingChanged(Box::new(changed))),
        trigger => {
            let fields = match trigger {
                AVAILABILITY_UPDATED => availability_updated::read(&fields, settings, problems, &mut warnings),
                GROUP_UPDATED => group_updated::read(&fields, &mut warnings),
                _ => shaped.as_object().cloned().unwrap_or_default(),
            };
            Some(Happening::Other(trigger.to_owned(), fields))
        }
    };
    if happening.is_none() {
        // What is missing may be what stood in a template.
        for warning in warnings.iter().filter(|warning| warning.code == "template-not-filled") {
            let pointer = warning.pointer.clone().unwrap_or_default();
            problems.add(pointer, "template-not-filled", warning.message.clone());
        }
    }
    let warnings = without_used(warnings, &settings.used);
    let happening = happening?;
    let id = given
        .id
        .clone()
        .unwrap_or_else(|| derived_id(&happening, &data, settings));
    let subject = match (given, &happening) {
        (
            Given {
                subject: Some(subject), ..
            },
            _,
        ) => subject,
        (Given { id: None, .. }, Happening::LeadBooked(booked)) => {
            derived_subject(booked, settings).unwrap_or_else(|| id.clone())
        }
        (Given { id: None, .. }, Happening::BookingChanged(_)) => {
            problems.add("/subject", "missing-subject", NO_SUBJECT_OF_CHANGE);
            return None;
        }
        _ => id.clone(),
    };
    Some(Event {
        id,
        subject,
        occurred_ms: occurred?.timestamp_millis(),
        expires_at,
        notify: incoming.notify,
        fingerprint: content(&incoming.trigger, &data),
        happening,
        data,
        warnings,
    })
}

/// Each time that a calendar writes as an object of a time and its zone, as the two fields that these are here.
fn with_plain_times(mut data: Value) -> Value {
    let Some(fields) = data.as_object_mut() else {
        return data;
    };
    for name in ["startTime", "endTime"] {
        let Some(Value::Object(written)) = fields.get(name) else {
            continue;
        };
        let (time, zone) = (written.get("dateTime").cloned(), written.get("timeZone").cloned());
        let differs = zone.is_some() && fields.get("timeZone").is_some_and(|other| Some(other) != zone.as_ref());
        let Some(time) = time.filter(|_| !differs) else {
            continue;
        };
        fields.extend(zone.map(|zone| ("timeZone".to_owned(), zone)));
        fields.insert(name.to_owned(), time);
    }
    data
}

/// The warnings without those about fields that are used by their own names.
fn without_used(warnings: Vec<Warning>, used: &[String]) -> Vec<Warning> {
    let mut kept = Vec::new();
    for warning in warnings {
        if warning.code != "field-not-used" || !is_used(&warning, used) {
            kept.push(warning);
        }
    }
    kept
}

/// Whether what a warning points at, or something in it, is used by its own name.
fn is_used(warning: &Warning, used: &[String]) -> bool {
    let within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let pointer = warning.pointer.as_deref().unwrap_or_default();
    used.iter().any(|used| within(used, pointer) || within(pointer, used))
}

/// The name of the content. Objects are kept sorted by key, so the order of fields does not matter.
fn content(trigger: &str, data: &Value) -> String {
    fingerprint(&[trigger, &data.to_string()])
}

/// The instant beside the data, by the connection's zone where it has no offset.
fn time(text: &str, pointer: &str, settings: &Settings, problems: &Problems) -> Option<DateTime<FixedOffset>> {
    let (code, message) = match settings.times.read(&text.into()) {
        Ok((Written::Instant { time, .. }, _)) => return Some(time),
        Ok((Written::Local(local), _)) => match settings.time_zone.as_ref().map(|zone| zone.local(local)) {
            // Nobody is visited then: of two times, the first will do.
            Some(Some(LocalTime::Once(time) | LocalTime::Twice(time, _) | LocalTime::Never { after: time, .. })) => {
                return Some(time);
            }
            Some(None) => (Flaw::OutOfRange.code(), Flaw::OutOfRange.message(text)),
            None => {
                let message = format!("`{text}` has no offset, and the configuration no `time_zone`; add an offset");
                ("no-zone", message)
            }
        },
        Ok(_) => (Flaw::Invalid.code(), Flaw::Invalid.message(text)),
        Err(flaw) => (flaw.code(), flaw.message(text)),
    };
    problems.add(pointer, code, message);
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::recipe::Configuration;

    /// When an event occurred and its visit begins, or the codes of its problems.
    fn read(occurred_at: &str, start: &str) -> String {
        let configuration = json!({ "location_id": "here", "calendar_id": "c", "time_zone": "America/Chicago" });
        let configuration = Configuration::read(&configuration.to_string()).unwrap();
        let incoming = Incoming {
            id: Some("visit-1".to_owned()),
            trigger: LEAD_BOOKED.to_owned(),
            subject: Some("pin-1".to_owned()),
            occurred_at: occurred_at.to_owned(),
            expires_at: None,
            notify: true,
            data_json: json!({ "startTime": start, "attendees": ["ann@example.com"] }).to_string(),
        };
        match configuration.event(&incoming, &[]) {
            Ok(event) => {
                let Happening::LeadBooked(booked) = event.happening else {
                    panic!("it is a booking");
                };
                let occurred = DateTime::from_timestamp_millis(event.occurred_ms).unwrap();
                format!("{} {}", occurred.to_rfc3339(), booked.slot.start.to_rfc3339())
            }
            Err(problems) => {
                let codes = problems
                    .iter()
                    .map(|problem| format!("{}{}", problem.code, problem.pointer));
                codes.collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn when_an_event_occurred_is_read_like_any_time_and_tomorrow_counts_from_it() {
        let visit = "2030-06-04T14:00:00-05:00";
        assert_eq!(
            read("June 3, 2030 7:55 AM", visit),
            format!("2030-06-03T12:55:00+00:00 {visit}")
        );
        assert_eq!(read("1906721700", visit), format!("2030-06-03T12:55:00+00:00 {visit}"));
        assert_eq!(
            read("2030-06-04T04:30:00Z", "tomorrow 2pm"),
            format!("2030-06-04T04:30:00+00:00 {visit}")
        );
        assert_eq!(read("2030-06-03", visit), "no-time/occurred_at");
        assert_eq!(read("soon", visit), "no-time/occurred_at");
        assert_eq!(read("1970-01-01T00:00:00Z", visit), "out-of-range/occurred_at");
        assert_eq!(read(Incoming::SOMETIME, "tomorrow 2pm"), "missing-date/data/startTime");
    }
}
