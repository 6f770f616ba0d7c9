//! What people are told.

use crate::inbox::Alert;
use crate::text;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message about an event that failed, ready to be posted. Of the event it says no more than who it is, and which
/// visit it is about: when, in which town, and who was to come.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The body. Receivers of chats show `text`.
#[derive(Serialize)]
struct Body<'a> {
    text: String,
    id: &'a str,
    connection: &'a str,
    event: Failed,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<Visit>,
    failure: Cause,
}

/// What is read of the data of an `event.failed`.
#[derive(Deserialize)]
struct Said {
    failed: Failed,
    visit: Option<Visit>,
    failure: Cause,
}

/// Which visit it is about, without who is visited.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Visit {
    summary: String,
    #[serde(skip_serializing)]
    place: Option<String>,
    start_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Failed {
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    id: String,
    subject: String,
    trigger: String,
}

#[derive(Serialize, Deserialize)]
struct Cause {
    code: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<String>,
}

impl Visit {
    /// A town is no secret; where somebody lives is.
    fn without_address(mut self) -> Self {
        let address = self
            .place
            .as_deref()
            .filter(|place| place.contains(|letter: char| letter.is_ascii_digit()));
        if let Some(address) = address {
            self.summary = self.summary.replace(&format!(" at {address}"), "");
        }
        self
    }
}

impl Message {
    /// The message of an alert, unless that says nothing of an event that failed.
    pub(super) fn new(connection: &str, alert: &Alert) -> Result<Self, serde_json::Error> {
        let Said {
            mut failed,
            visit,
            failure,
        } = Said::deserialize(&alert.event.data)?;
        let visit = visit.map(Visit::without_address);
        failed.number = alert.failed;
        let which = match &visit {
            Some(visit) => format!("{} ({} {})", visit.summary, failed.trigger, failed.id),
            None => format!("{} {}", failed.trigger, failed.id),
        };
        let text = format!(
            "Set aside at {connection}: {which}, {}: {}. See `knock events show {}`",
            failure.code,
            failure.message.trim_end_matches('.'),
            alert.failed.unwrap_or(alert.number),
        );
        let body = Body {
            text: text::line(&text).chars().map(plain).collect(),
            id: &alert.id,
            connection,
            event: failed,
            visit,
            failure,
        };
        // An id that cannot stand in a header stands in the body all the same.
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json").into()),
            (
                HeaderName::from_static("idempotency-key"),
                HeaderValue::from_str(&alert.id).ok(),
            ),
        ];
        Ok(Self {
            headers: headers
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            body: serde_json::to_vec(&body)?.into(),
        })
    }
}

/// A letter of a line for people: chats take what stands in angle brackets for a link, or for a call to everybody.
fn plain(letter: char) -> char {
    match letter {
        '<' => '‹',
        '>' => '›',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Inbox;
    use crate::storage::StateFile;
    use serde_json::json;
    use std::sync::Arc;

    fn alert(id: &str, data: Value) -> Alert {
        let directory = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(Arc::new(
            StateFile::open(&directory.path().join("state.sqlite")).unwrap(),
        ));
        Alert {
            connection: inbox.register("austin", "ghl/austin", "{}").unwrap().connection,
            number: 8,
            id: id.to_owned(),
            event: serde_json::from_value(json!({ "trigger": "event.failed", "occurred_at": "", "data": data }))
                .unwrap(),
            failed: Some(7),
            tries: 0,
        }
    }

    fn data(message: &str) -> Value {
        json!({
            "failed": {
                "id": "visit-1", "subject": "pin-1", "trigger": "knocker.lead_booked",
                "data": { "lead": { "phone": "(512) 555-0142" } },
            },
            "failure": { "code": "slot-taken", "message": message, "reply": { "status": 400, "message": "no" } },
            "applied": [{ "name": "contact" }],
        })
    }

    #[test]
    fn a_message_says_what_failed_and_why_and_nothing_of_the_lead() {
        let message = Message::new(
            "austin",
            &alert("failed/visit-1/slot-taken", data("the slot is taken.")),
        )
        .unwrap();
        let body: Value = serde_json::from_slice(&message.body).unwrap();
        let expected = json!({
            "text": "Set aside at austin: knocker.lead_booked visit-1, slot-taken: the slot is taken. \
                     See `knock events show 7`",
            "id": "failed/visit-1/slot-taken",
            "connection": "austin",
            "event": { "number": 7, "id": "visit-1", "subject": "pin-1", "trigger": "knocker.lead_booked" },
            "failure": { "code": "slot-taken", "message": "the slot is taken.", "reply": { "status": 400, "message": "no" } },
        });
        assert_eq!(body, expected);
        assert_eq!(message.headers["idempotency-key"], "failed/visit-1/slot-taken");
    }

    #[test]
    fn message_names_the_visit_but_not_where_somebody_lives() {
        let text = |place: &str, at: &str| {
            let mut data = data("the slot is taken");
            data["visit"] = json!({
                "summary": format!("Tuesday, June 4, 10:00 AM {at} (America/Chicago), Roof Inspections"),
                "startTime": "2030-06-04T10:00:00-05:00", "place": place, "lead": "Pat Homeowner",
            });
            let message = Message::new("austin", &alert("failed/visit-1/slot-taken", data)).unwrap();
            let body: Value = serde_json::from_slice(&message.body).unwrap();
            assert!(!body.to_string().contains("Pat"), "{body}");
            assert_eq!(body["visit"]["startTime"], "2030-06-04T10:00:00-05:00");
            body["text"].as_str().unwrap().to_owned()
        };
        assert!(text("Austin", "in Austin").starts_with(
            "Set aside at austin: Tuesday, June 4, 10:00 AM in Austin (America/Chicago), Roof Inspections \
             (knocker.lead_booked visit-1), slot-taken: the slot is taken."
        ));
        let hidden = text("12 Oak St", "at 12 Oak St");
        assert!(
            !hidden.contains("Oak") && hidden.contains("10:00 AM (America/Chicago)"),
            "{hidden}"
        );
    }

    #[test]
    fn whatever_an_event_holds_its_message_is_one_plain_line() {
        let message = Message::new(
            "austin",
            &alert("failed/günther\n", data("<!channel>\nall\u{7}\u{202e}")),
        )
        .unwrap();
        let body: Value = serde_json::from_slice(&message.body).unwrap();
        let text = body["text"].as_str().unwrap();
        assert!(
            text.contains(r"‹!channel›\nall\u{7}\u{202e}") && crate::text::is_printable(text),
            "{text}"
        );
        assert_eq!(body["failure"]["message"], "<!channel>\nall\u{7}\u{202e}");
        assert_eq!(message.headers.get("idempotency-key"), None);
        assert!(Message::new("austin", &alert("own", json!({ "failed": "nothing" }))).is_err());
    }
}
