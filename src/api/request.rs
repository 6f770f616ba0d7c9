//! A request as a value. Sending it is somebody else's job.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{Body, Operation};
use crate::document::{Document, Problem, Problems, object_of, pointer_to};
use crate::shape::{Field, Kind, check, instant_ms, meant, present};

/// Everything but these is encoded, in paths and in queries alike (RFC 3986, unreserved characters).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request as a value: the operation, and what is said to it.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is called.
    pub operation: &'static Operation,
    /// Path and query.
    pub target: String,
    /// JSON body.
    pub body: Option<Value>,
}

impl Operation {
    /// The request with this input.
    ///
    /// # Errors
    /// A problem for each field that is unknown, missing or not as described. Nothing else leaves the sandbox.
    pub fn request(&'static self, input: &Map<String, Value>) -> Result<Request, Vec<Problem>> {
        let problems = Problems::new(Document::Input);
        let fields = self.fields();
        check(&fields, self.rules, input, "", &problems);
        // What the connection knows is no part of what people write, but of what is sent.
        for field in fields.iter().filter(|field| field.required && field.of_connection) {
            if present(input, field.name).is_none() {
                let message = format!("`{}` is missing", field.name);
                problems.add(pointer_to("", field.name), "missing", message);
            }
        }
        let input = &*with_defaults(&fields, input);
        let mut target = self.path.to_owned();
        for field in self.path_fields() {
            let Some(segment) = present(input, field.name).map(encoded) else {
                continue;
            };
            // Dot segments would climb to another path, whatever their encoding.
            if matches!(segment.as_str(), "." | "..") {
                let message = format!("`{}` cannot be `{segment}`", field.name);
                problems.add(pointer_to("", field.name), "no-id", message);
            }
            target = target.replace(&format!("{{{}}}", field.name), &segment);
        }
        problems.or(Some(()))?;
        target.push_str(&query(self.query, input));
        let body = match self.body {
            Body::None => None,
            Body::Object(fields) => Some(object(fields, input)),
            Body::Value(field) => present(input, field.name).map(|value| sent(field.kind, value)),
        };
        Ok(Request {
            operation: self,
            target,
            body,
        })
    }
}

/// The input with what is sent for required fields that it leaves out.
fn with_defaults<'a>(fields: &[Field], input: &'a Map<String, Value>) -> Cow<'a, Map<String, Value>> {
    let left_out = |field: &Field| field.required && field.default.is_some() && present(input, field.name).is_none();
    if !fields.iter().any(left_out) {
        return Cow::Borrowed(input);
    }
    let mut whole = input.clone();
    add_defaults(fields, &mut whole);
    Cow::Owned(whole)
}

/// Adds to an input what is sent for required fields that it leaves out.
pub(super) fn add_defaults(fields: &[Field], input: &mut Map<String, Value>) {
    for field in fields.iter().filter(|field| field.required) {
        if present(input, field.name).is_none()
            && let Some(default) = field.default_value()
        {
            input.insert(field.name.to_owned(), default);
        }
    }
}

fn query(fields: &[Field], input: &Map<String, Value>) -> String {
    let mut query = String::new();
    for field in fields {
        let Some(value) = present(input, field.name).map(|value| sent(field.kind, value)) else {
            continue;
        };
        let values = match &value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            query.push(if query.is_empty() { '?' } else { '&' });
            query.push_str(field.name);
            query.push('=');
            query.push_str(&encoded(value));
        }
    }
    query
}

fn object(fields: &[Field], input: &Map<String, Value>) -> Value {
    let mut there = fields.iter().filter_map(|field| {
        let value = present(input, field.name)?;
        Some((field.name.to_owned(), sent(field.kind, value)))
    });
    Value::Object(object_of(&mut there))
}

/// A value as it is sent: instants as numbers, and nothing in an object that is `null`.
fn sent(kind: Kind, value: &Value) -> Value {
    let kind = meant(kind, value);
    match (kind, value) {
        (Kind::Milliseconds, value) => instant_ms(kind, value).into(),
        (Kind::Seconds, value) => instant_ms(kind, value).map(|instant| instant.div_euclid(1000)).into(),
        (Kind::List(of) | Kind::SomeOf(of), Value::Array(entries)) => {
            entries.iter().map(|entry| sent(*of, entry)).collect()
        }
        (Kind::Object(fields), Value::Object(input)) => object(fields, input),
        (_, value) => value.clone(),
    }
}

fn encoded(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    utf8_percent_encode(&text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ghl::{appointment, appointment_note, event, slot};
    use crate::shape::field;

    fn input(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn path_fields_cannot_leave_their_segment() {
        let request = appointment::GET
            .request(&input(json!({"eventId": "a/b?c=d é"})))
            .unwrap();
        assert_eq!(request.target, "/calendars/events/appointments/a%2Fb%3Fc%3Dd%20%C3%A9");
        for dots in ["", ".", ".."] {
            assert!(appointment::GET.request(&input(json!({"eventId": dots}))).is_err());
        }
    }

    #[test]
    fn query_fields_follow_their_description() {
        let request = slot::LIST_FREE
            .request(&input(json!({
                "calendarId": "cal", "startDate": 1_906_729_200_000u64, "endDate": "2030-06-04T15:00:00.5Z",
                "timezone": "America/Chicago", "userIds": ["a", "b c"], "userId": null

            })))
            .unwrap();
        assert_eq!(
            request.target,
            "/calendars/cal/free-slots?startDate=1906729200000&endDate=1906815600500&timezone=America%2FChicago&userIds=a\
             &userIds=b%20c"
        );
        assert!(request.body.is_none());
    }

    #[test]
    fn what_is_unknown_or_missing_never_becomes_part_of_a_request() {
        let wrong = event::LIST
            .request(&input(
                json!({ "calendarId": "c", "startTime": 0, "endTime": 1_906_729_200_000u64, "colour": 1 }),
            ))
            .unwrap_err();
        let wrong: Vec<_> = wrong
            .iter()
            .map(|problem| (problem.pointer.as_str(), problem.code))
            .collect();
        assert_eq!(wrong, [("/colour", "unknown-field"), ("/locationId", "missing")]);
    }

    #[test]
    fn a_page_that_ghl_insists_on_is_the_default_one_unless_another_is_asked_for() {
        let target = |value| appointment_note::LIST.request(&input(value)).unwrap().target;
        assert_eq!(
            target(json!({ "appointmentId": "a" })),
            "/calendars/appointments/a/notes?limit=20&offset=0"
        );
        assert_eq!(
            target(json!({ "appointmentId": "a", "limit": 5, "offset": 20 })),
            "/calendars/appointments/a/notes?limit=5&offset=20"
        );
    }

    #[test]
    fn a_body_is_sent_even_when_there_is_nothing_in_it_and_instants_are_numbers() {
        let body = |fields, value| object(fields, &input(value));
        const WITHIN: &[Field] = &[field("at").of(Kind::Seconds), field("gone")];
        const FIELDS: &[Field] = &[field("list").of(Kind::List(&Kind::Object(WITHIN)))];
        let sent = body(
            FIELDS,
            json!({ "list": [{ "at": "2030-06-03T15:00:00Z", "gone": null }] }),
        );
        assert_eq!(sent, json!({ "list": [{ "at": 1_906_729_200 }] }));
        let delete = event::DELETE.request(&input(json!({ "eventId": "e" }))).unwrap();
        assert_eq!(
            (delete.target.as_str(), delete.body),
            ("/calendars/events/e", Some(json!({})))
        );
    }
}
