//! Events as people and programs write them.
//!
//! An event is its data alone, or an object with `data` and beside it `id`, `subject`, `trigger`, `occurred_at`,
//! `expires_at` and `notify`. In a file, in a line of many, in the body of a request: it reads the same.
//!
//! Apps have payloads of their own with a `data`, too. Such a payload is the data as a whole: `[source.fields]` says where
//! its fields are.

use crate::contract::{Document, Event, Problem};
use chrono::{DateTime, SecondsFormat, Utc};
use knockcal::document::nearest;
use serde_json::{Map, Value};

/// What happened, when an event does not say.
pub const DEFAULT_TRIGGER: &str = "knocker.lead_booked";

/// What may stand beside `data`.
const BESIDE: [&str; 6] = ["id", "subject", "trigger", "occurred_at", "expires_at", "notify"];

/// Those of them that no payload of an app has by chance.
const OF_EVENTS: [&str; 4] = ["trigger", "occurred_at", "expires_at", "notify"];

/// An event as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// The event.
    pub event: Event,
    /// How it was laid out.
    pub layout: Layout,
}

/// How an event was written: its data alone, or with something beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    is_bare: bool,
}

impl Envelope {
    /// Reads an event. It is of `trigger` when it does not say of which, and has occurred at `received`.
    ///
    /// # Errors
    /// Every problem that it has, each with its place in what was written. Of the data itself nothing is said: that
    /// is the component's to judge.
    pub fn read(written: Value, trigger: &str, received: DateTime<Utc>) -> Result<Self, Vec<Problem>> {
        let received = || received.to_rfc3339_opts(SecondsFormat::Millis, true);
        let (data, beside) = match written {
            Value::Object(fields) if is_payload_of_an_app(&fields) => (Value::Object(fields), None),
            Value::Object(mut fields) => match fields.remove("data") {
                Some(data) => (data, Some(fields)),
                None => (Value::Object(fields), None),
            },
            other => (other, None),
        };
        let layout = Layout {
            is_bare: beside.is_none(),
        };
        let mut fields = Fields::new(beside.unwrap_or_default());
        let event = Event {
            id: fields.text("id"),
            trigger: fields.text("trigger").unwrap_or_else(|| trigger.to_owned()),
            subject: fields.text("subject"),
            occurred_at: fields.text("occurred_at").unwrap_or_else(received),
            expires_at: fields.text("expires_at"),
            notify: fields.switch("notify").unwrap_or(true),
            data,
        };
        match fields.problems() {
            problems if problems.is_empty() => Ok(Self { event, layout }),
            problems => Err(problems),
        }
    }
}

/// Whether what stands beside `data` is an app's own: no key that only events have, and one at least that is not a
/// misspelt key of an event either.
fn is_payload_of_an_app(fields: &Map<String, Value>) -> bool {
    let beside = || fields.keys().map(String::as_str).filter(|name| *name != "data");
    let foreign = |name: &str| !BESIDE.contains(&name) && nearest(name, BESIDE).is_none();
    let is_event = beside().any(|name| OF_EVENTS.contains(&name) || nearest(name, OF_EVENTS).is_some());
    !is_event && beside().any(foreign)
}

impl Layout {
    /// Where a problem of the event is in what was written. A problem of the configuration is where it says.
    pub fn place(self, problem: &Problem) -> &str {
        match problem.document {
            Document::Event => self.pointer(&problem.pointer),
            Document::Configuration | Document::Input => &problem.pointer,
        }
    }

    /// Where in what was written a pointer into the event leads.
    pub fn pointer(self, pointer: &str) -> &str {
        match self.is_bare {
            true => pointer.strip_prefix("/data").unwrap_or(pointer),
            false => pointer,
        }
    }
}

/// What stands beside `data`, and what is wrong with it.
struct Fields {
    rest: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Fields {
    fn new(rest: Map<String, Value>) -> Self {
        Self {
            rest,
            problems: Vec::new(),
        }
    }

    /// Text. A number is taken as it is written: ids often are numbers.
    fn text(&mut self, name: &str) -> Option<String> {
        match self.rest.remove(name)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => self.problem(name, "wrong-type", format!("`{name}` is not text")),
        }
    }

    fn switch(&mut self, name: &str) -> Option<bool> {
        match self.rest.remove(name)? {
            Value::Null => None,
            Value::Bool(value) => Some(value),
            // All that a form says is text.
            Value::String(text) if text == "true" => Some(true),
            Value::String(text) if text == "false" => Some(false),
            _ => self.problem(name, "wrong-type", format!("`{name}` is neither `true` nor `false`")),
        }
    }

    fn problem<T>(&mut self, name: &str, code: &str, message: String) -> Option<T> {
        self.problems.push(Problem {
            document: Document::Event,
            pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            code: code.to_owned(),
            message,
        });
        None
    }

    /// All of them, those with fields that nobody knows included.
    fn problems(mut self) -> Vec<Problem> {
        for (name, _) in std::mem::take(&mut self.rest) {
            let known = BESIDE.join("`, `");
            let message = format!("`{name}` is not known; beside `data` there may be `{known}`");
            let _: Option<()> = self.problem(&name, "unknown-field", message);
        }
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(written: Value) -> Result<Envelope, Vec<Problem>> {
        let received = DateTime::from_timestamp_millis(1_906_722_000_000).unwrap();
        Envelope::read(written, DEFAULT_TRIGGER, received)
    }

    fn at(pointer: &str) -> Problem {
        Problem {
            document: Document::Event,
            pointer: pointer.to_owned(),
            code: String::new(),
            message: String::new(),
        }
    }

    #[test]
    fn data_alone_is_an_event_and_its_problems_are_where_they_were_written() {
        let envelope = read(json!({ "startTime": "2030-06-04T10:00:00" })).unwrap();
        assert_eq!(envelope.event.trigger, DEFAULT_TRIGGER);
        assert_eq!(envelope.event.occurred_at, "2030-06-03T13:00:00.000Z");
        assert!(envelope.event.notify);
        assert_eq!(envelope.layout.place(&at("/data/lead/phone")), "/lead/phone");
    }

    #[test]
    fn what_stands_beside_the_data_is_read() {
        let written = json!({
            "id": 4711, "subject": "pin-1", "trigger": "knocker.booking_changed", "expires_at": null,
            "occurred_at": "2030-06-03T07:55:00-05:00", "notify": false, "data": { "status": "cancelled" },
        });
        let envelope = read(written).unwrap();
        let event = &envelope.event;
        assert_eq!(
            (event.id.as_deref(), event.subject.as_deref()),
            (Some("4711"), Some("pin-1"))
        );
        assert_eq!(event.trigger, "knocker.booking_changed");
        assert_eq!(
            (&*event.occurred_at, event.notify),
            ("2030-06-03T07:55:00-05:00", false)
        );
        assert_eq!(event.data, json!({ "status": "cancelled" }));
        assert_eq!(envelope.layout.place(&at("/data/status")), "/data/status");
    }

    #[test]
    fn a_payload_of_an_app_that_has_a_data_of_its_own_is_the_data_as_a_whole() {
        for payload in [
            json!({ "type": "form.submitted", "data": { "when": "2030-06-04" } }),
            json!({ "id": "evt_1", "created_at": "2030-06-03T13:00:00Z", "data": { "object": {} } }),
            json!({ "event": "lead", "version": 2, "subject": "Roof", "data": [] }),
        ] {
            let envelope = read(payload.clone()).unwrap();
            assert_eq!((&envelope.event.data, &envelope.event.id), (&payload, &None));
            assert_eq!(envelope.layout.pointer("/data/data/when"), "/data/when");
        }
    }

    #[test]
    fn an_event_with_a_misspelt_key_is_no_payload_of_an_app() {
        for (key, event) in [
            (
                "/occured_at",
                json!({ "data": {}, "occured_at": "2030-06-03T13:00:00Z" }),
            ),
            (
                "/triger",
                json!({ "data": {}, "id": "visit-1", "triger": "knocker.booking_changed" }),
            ),
            (
                "/source",
                json!({ "data": {}, "trigger": "knocker.booking_changed", "source": "app" }),
            ),
        ] {
            let problems = read(event).unwrap_err();
            assert_eq!((&*problems[0].pointer, &*problems[0].code), (key, "unknown-field"));
        }
    }

    proptest! {
        #[test]
        fn every_event_that_is_written_is_read_back(
            (id, subject, expires_at) in any::<(Option<String>, Option<String>, Option<String>)>(),
            (trigger, occurred_at, notify, note) in any::<(String, String, bool, String)>(),
        ) {
            let event = Event { id, trigger, subject, occurred_at, expires_at, notify, data: json!({ "note": note }) };
            prop_assert_eq!(read(json!(event)).unwrap().event, event);
        }
    }

    #[test]
    fn every_problem_is_told_with_its_place() {
        let problems = read(json!({ "data": {}, "id": [], "notify": "no", "occured/at": "x" })).unwrap_err();
        let told: Vec<_> = problems
            .iter()
            .map(|problem| (&*problem.pointer, &*problem.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/id", "wrong-type"),
                ("/notify", "wrong-type"),
                ("/occured~1at", "unknown-field")
            ]
        );
    }
}
