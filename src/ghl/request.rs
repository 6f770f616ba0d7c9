//! A request as a value. Sending it is somebody else's job.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{FieldKind, Operation, Place};

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
    /// A sentence for each field that is unknown, missing or of the wrong kind.
    pub fn request(&'static self, input: &Map<String, Value>) -> Result<Request, Vec<String>> {
        let mut wrong: Vec<String> = input
            .keys()
            .filter(|name| !self.fields.iter().any(|field| field.name == *name))
            .map(|name| format!("`{}` has no field `{name}`", self.key))
            .collect();
        let mut target = self.path.to_owned();
        let mut query = String::new();
        let mut body = Map::new();
        for field in self.fields {
            let Some(value) = input.get(field.name) else {
                if field.required {
                    wrong.push(format!("`{}` needs `{}`", self.key, field.name));
                }
                continue;
            };
            if !fits(field.kind, value) {
                wrong.push(format!("`{}` of `{}` cannot be {value}", field.name, self.key));
                continue;
            }
            match field.place {
                Place::Path => {
                    let place = format!("{{{}}}", field.name);
                    match segment(value) {
                        Some(segment) => target = target.replace(&place, &segment),
                        None => wrong.push(format!("`{}` of `{}` cannot be {value}", field.name, self.key)),
                    }
                }
                Place::Query => {
                    query.push(if query.is_empty() { '?' } else { '&' });
                    query.push_str(field.name);
                    query.push('=');
                    query.push_str(&encoded(value));
                }
                Place::Body => {
                    body.insert(field.name.to_owned(), value.clone());
                }
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        target.push_str(&query);
        let has_body = self.fields.iter().any(|field| field.place == Place::Body);
        Ok(Request {
            operation: self,
            target,
            body: has_body.then_some(Value::Object(body)),
        })
    }
}

fn fits(kind: FieldKind, value: &Value) -> bool {
    match kind {
        FieldKind::Text => value.is_string(),
        FieldKind::Integer => value.is_i64() || value.is_u64(),
        FieldKind::Boolean => value.is_boolean(),
    }
}

fn encoded(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    utf8_percent_encode(&text, ENCODED).to_string()
}

/// A path segment. Dot segments would climb to another path, whatever their encoding.
fn segment(value: &Value) -> Option<String> {
    let segment = encoded(value);
    (!matches!(segment.as_str(), "" | "." | "..")).then_some(segment)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ghl::{appointment, calendar, event, slot};

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
                "calendarId": "cal", "startDate": 1, "endDate": 2, "timezone": "America/Chicago"
            })))
            .unwrap();
        assert_eq!(
            request.target,
            "/calendars/cal/free-slots?startDate=1&endDate=2&timezone=America%2FChicago"
        );
        assert!(request.body.is_none());
    }

    #[test]
    fn an_unknown_field_never_becomes_part_of_a_request() {
        let wrong = event::LIST
            .request(&input(
                json!({"locationId": "l", "startTime": "1", "endTime": "2", "colour": "red"}),
            ))
            .unwrap_err();
        assert_eq!(wrong, ["`event.list` has no field `colour`"]);
    }

    #[test]
    fn a_missing_field_is_found_before_anything_is_sent() {
        let wrong = calendar::LIST.request(&Map::new()).unwrap_err();
        assert_eq!(wrong, ["`calendar.list` needs `locationId`"]);
    }
}
