//! Whether an answer that says success is one: by what its operation describes.

use serde_json::Value;

use super::{Effect, Operation};
use crate::shape::Kind;

/// Fields that say what became of a request, where a provider answers an error with the status of a success.
const STATUS_FIELDS: [&str; 2] = ["statusCode", "status"];

/// The lowest status of an error.
const FIRST_ERROR: u64 = 400;

impl Operation {
    /// What is wrong with an answer whose status is a success; nothing when it can be believed.
    ///
    /// An error object never can. A read answers what it describes: a list, or an object with its envelope. Rules decide
    /// by that, and an answer without it does not say that there is nothing. Answers to writes are read leniently; but a
    /// list or `null` in place of an object does not say that anything was done.
    pub fn flaw_of(&self, reply: &Value) -> Option<String> {
        if is_error(reply) {
            return Some("it is an error object".to_owned());
        }
        match self.effect {
            Effect::Read => flaw(self.reply, reply),
            Effect::Create | Effect::Update | Effect::Delete | Effect::Send => {
                let is_other = matches!(self.reply, Kind::Object(_)) && (reply.is_array() || reply.is_null());
                is_other.then(|| format!("it is not {}", outline(self.reply)))
            }
        }
    }
}

/// Whether an object tells of an error, whatever the status of its answer is.
fn is_error(reply: &Value) -> bool {
    let has_error_status = |name: &&str| {
        let status = reply.get(*name).and_then(Value::as_u64);
        status.is_some_and(|status| status >= FIRST_ERROR)
    };
    let names_error = reply
        .get("error")
        .and_then(Value::as_str)
        .is_some_and(|error| !error.is_empty());
    names_error || STATUS_FIELDS.iter().any(has_error_status)
}

/// What is wrong with the answer to a read: it, or something in it that is always there, is of another kind.
fn flaw(kind: Kind, reply: &Value) -> Option<String> {
    if let Kind::Either(kinds) = kind {
        let flaws: Vec<_> = kinds.iter().map(|kind| flaw(*kind, reply)).collect();
        return flaws.into_iter().collect::<Option<Vec<_>>>()?.into_iter().next();
    }
    if !is_shaped(kind, reply) {
        return Some(format!("it is not {}", outline(kind)));
    }
    let Kind::Object(fields) = kind else {
        return None;
    };
    for field in fields.iter().filter(|field| field.required) {
        let Some(member) = reply.get(field.name) else {
            return Some(format!("`{}` is missing", field.name));
        };
        if let Some(flaw) = flaw(field.kind, member) {
            return Some(format!("`{}`: {flaw}", field.name));
        }
    }
    let is_strange = !fields.is_empty() && fields.iter().all(|field| reply.get(field.name).is_none());
    is_strange.then(|| "it has none of the fields that it should have".to_owned())
}

/// Whether a value has the outline of a kind. The content of objects and of texts does not count.
fn is_shaped(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Anything => true,
        Kind::Either(kinds) => kinds.iter().any(|kind| is_shaped(*kind, value)),
        Kind::List(of) | Kind::SomeOf(of) => {
            let members = value.as_array();
            members.is_some_and(|members| members.iter().all(|member| is_shaped(*of, member)))
        }
        Kind::Object(_) => value.is_object(),
        Kind::ByDay(of) => value.as_object().is_some_and(|members| {
            let mut days = members.iter().filter(|(name, _)| !is_metadata(name));
            days.all(|(name, day)| is_day(name) && is_shaped(*of, day))
        }),
        _ => value.is_string() || value.is_number() || value.is_boolean(),
    }
}

/// A kind in words that a person reads in a message about an answer.
fn outline(kind: Kind) -> String {
    match kind {
        Kind::List(of) | Kind::SomeOf(of) if matches!(of, Kind::Object(_)) => "a list of objects".to_owned(),
        kind => kind.words(),
    }
}

/// Whether a member of an answer stands beside its content.
fn is_metadata(name: &str) -> bool {
    name == "traceId" || name.starts_with('_')
}

/// Whether a key is a day, like `2030-06-04`.
pub fn is_day(key: &str) -> bool {
    key.len() == 10
        && key.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog;

    fn flaw_of(key: &str, reply: &Value) -> Option<String> {
        catalog::operation(key).expect(key).flaw_of(reply)
    }

    #[test]
    fn no_read_takes_what_is_not_its_answer_for_one() {
        let errors = [
            json!({ "statusCode": 500, "message": "Internal server error" }),
            json!({ "error": "Something went wrong", "status": 400 }),
            json!({ "message": "Forbidden" }),
            Value::Null,
            json!([{ "message": "Forbidden" }, 1]),
            json!("text"),
            json!(7),
        ];
        let reads = catalog::operations().filter(|operation| operation.effect == Effect::Read);
        for read in reads {
            for error in &errors {
                assert!(read.flaw_of(error).is_some(), "{}: {error}", read.key);
            }
            // A calendar without a free slot has no days.
            let empty_object = matches!(read.reply, Kind::ByDay(_));
            assert_eq!(read.flaw_of(&json!({})).is_none(), empty_object, "{}", read.key);
            let empty_list = matches!(read.reply, Kind::List(_));
            assert_eq!(read.flaw_of(&json!([])).is_none(), empty_list, "{}", read.key);
        }
    }

    #[test]
    fn an_envelope_has_what_belongs_into_it() {
        for (key, reply) in [
            ("event.list", json!({ "events": null })),
            ("event.list", json!({ "events": {} })),
            ("event.list", json!({ "events": ["a"] })),
            ("event.list", json!({ "data": { "events": [] } })),
            ("calendar.get", json!({ "calendar": [] })),
            ("calendar.get", json!({ "calendar": {} })),
            ("calendar.get", json!({ "calendar": { "name": "no id" } })),
            ("appointment.get", json!({ "appointment": null })),
            ("appointment.get", json!({ "appointments": { "id": "a" } })),
            ("group.validate_slug", json!({ "available": null })),
            ("slots.list_free", json!({ "2030-06-04": [] })),
            ("slots.list_free", json!({ "slots": [] })),
            ("notification.list", json!({ "notifications": [] })),
        ] {
            assert!(flaw_of(key, &reply).is_some(), "{key}: {reply}");
        }
        for (key, reply) in [
            ("event.list", json!({ "events": [], "traceId": "t" })),
            (
                "calendar.get",
                json!({ "calendar": { "id": "c", "slotDuration": "30" } }),
            ),
            ("appointment.get", json!({ "appointment": { "id": "a" } })),
            ("appointment.get", json!({ "event": { "id": "a" } })),
            ("contact.find_duplicate", json!({ "contact": null, "traceId": "t" })),
            (
                "slots.list_free",
                json!({ "2030-06-04": { "slots": [] }, "traceId": "t" }),
            ),
            ("slots.list_free", json!({ "2030-06-04": {}, "_dates_": [] })),
        ] {
            assert_eq!(flaw_of(key, &reply), None, "{key}: {reply}");
        }
    }

    #[test]
    fn a_write_is_not_done_when_its_answer_is_an_error_object() {
        for operation in catalog::operations().filter(|operation| operation.effect != Effect::Read) {
            for error in [
                json!({ "statusCode": 500, "message": "Internal server error" }),
                json!({ "status": 422, "message": ["a"] }),
                json!({ "error": "Something went wrong" }),
            ] {
                assert!(operation.flaw_of(&error).is_some(), "{}: {error}", operation.key);
            }
            for answer in [
                json!({}),
                json!({ "message": "Deleted", "error": null }),
                json!({ "status": 200, "statusCode": 201 }),
                json!({ "status": "confirmed" }),
            ] {
                assert_eq!(operation.flaw_of(&answer), None, "{}: {answer}", operation.key);
            }
            let is_object = matches!(operation.reply, Kind::Object(_));
            for answer in [Value::Null, json!([])] {
                assert_eq!(
                    operation.flaw_of(&answer).is_some(),
                    is_object,
                    "{}: {answer}",
                    operation.key
                );
            }
        }
    }
}
