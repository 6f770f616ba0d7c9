//! What GHL answers, in its own words.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value, json};

/// What an operation ends with: the body of its success, or a refusal.
pub(super) type Outcome = Result<Value, Refusal>;

/// A request refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Refusal {
    fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body }
    }

    /// 400 with a sentence.
    pub(super) fn bad_request(message: &str) -> Self {
        let body = json!({ "statusCode": 400, "message": message, "error": "Bad Request" });
        Self::new(StatusCode::BAD_REQUEST, body)
    }

    /// 400: the slot is taken, or there is none at that time, or the time has no offset.
    pub(super) fn slot_taken() -> Self {
        Self::slot_taken_in(None, None)
    }

    /// The same in other words, or with another status.
    pub(super) fn slot_taken_in(words: Option<&str>, status: Option<StatusCode>) -> Self {
        let words = words.unwrap_or("The slot you have selected is no longer available.");
        let status = status.unwrap_or(StatusCode::BAD_REQUEST);
        let reason = status.canonical_reason().unwrap_or("Unknown");
        let body = json!({ "statusCode": status.as_u16(), "message": words, "error": reason });
        Self::new(status, body)
    }

    /// 400: only a calendar without a team can have that.
    pub(super) fn no_event_calendar() -> Self {
        Self::bad_request("The calendar is not an event calendar.")
    }

    /// 400: there is nothing with that id. GHL does not say 404 here.
    pub(super) fn missing(what: &str, id: &str) -> Self {
        let body = json!({ "error": format!("{what} with id {id} not found"), "status": 400 });
        Self::new(StatusCode::BAD_REQUEST, body)
    }

    /// 400: another contact has the same e-mail address or phone number.
    pub(super) fn duplicate_contact(id: &str, name: &str, matching_field: &str) -> Self {
        let meta = json!({ "contactId": id, "contactName": name, "matchingField": matching_field });
        let message = "This location does not allow duplicated contacts.";
        let body = json!({ "statusCode": 400, "message": message, "meta": meta });
        Self::new(StatusCode::BAD_REQUEST, body)
    }

    /// 401 with a sentence.
    pub(super) fn unauthorized(message: &str) -> Self {
        let body = json!({ "statusCode": 401, "message": message });
        Self::new(StatusCode::UNAUTHORIZED, body)
    }

    /// 401 in which the gateway dresses up trouble of its own.
    pub(super) fn command_timed_out() -> Self {
        Self::unauthorized("Command timed out")
    }

    /// 401 of Active Knocker: it does not know the key.
    pub(super) fn wrong_key() -> Self {
        // The words are ours: Active Knocker's were not recorded.
        let body = json!({ "status": false, "msg": "Unauthorized" });
        Self::new(StatusCode::UNAUTHORIZED, body)
    }

    /// 401: the token may not do that.
    pub(super) fn out_of_scope() -> Self {
        Self::unauthorized("The token is not authorized for this scope.")
    }

    /// 403: the request names no location, or one that is not the token's.
    pub(super) fn foreign_location() -> Self {
        let message = "The token does not have access to this location.";
        let body = json!({ "statusCode": 403, "message": message, "error": "Forbidden" });
        Self::new(StatusCode::FORBIDDEN, body)
    }

    /// 404: no such path, or not with that method or version.
    pub(super) fn unknown_path(method: &Method, path: &str) -> Self {
        Self::not_found(&format!("Cannot {method} {path}"))
    }

    /// 404 with a sentence.
    pub(super) fn not_found(message: &str) -> Self {
        let body = json!({ "statusCode": 404, "message": message, "error": "Not Found" });
        Self::new(StatusCode::NOT_FOUND, body)
    }

    /// 404: a message is not one that still waits for its time.
    pub(super) fn not_scheduled() -> Self {
        // The body is the specification's example; that its status is that of the answer is ours.
        let body = json!({ "status": 404, "message": "Failed cancel the scheduled message" });
        Self::new(StatusCode::NOT_FOUND, body)
    }

    /// 422 with a list of what is wrong with the fields.
    pub(super) fn invalid_fields(messages: Vec<String>) -> Self {
        Self::unprocessable(json!(messages))
    }

    /// 422 because a calendar with a team was booked without saying who of it.
    pub(super) fn member_missing() -> Self {
        Self::unprocessable(json!("A team member needs to be selected. assignedUserId is missing"))
    }

    /// 422 because somebody was chosen who is not of the calendar's team.
    pub(super) fn not_a_member() -> Self {
        // The words are ours: GHL's were not recorded.
        Self::unprocessable(json!("assignedUserId is not a team member of the calendar"))
    }

    /// 422 because a message says nothing.
    pub(super) fn empty_message() -> Self {
        Self::unprocessable(json!(
            "There is no message or attachments for this message. Skip sending."
        ))
    }

    fn unprocessable(message: Value) -> Self {
        let body = json!({ "statusCode": 422, "message": message, "error": "Unprocessable Entity" });
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, body)
    }

    /// What a fault answers when it does not say with which body.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        match status {
            StatusCode::TOO_MANY_REQUESTS => {
                Self::new(status, json!({ "statusCode": 429, "message": "Too Many Requests" }))
            }
            StatusCode::UNAUTHORIZED => Self::unauthorized("Invalid JWT"),
            // A gateway in front of GHL answers these, in HTML.
            _ if status.is_server_error() => Self::new(status, Value::String(page(status))),
            _ => Self::new(status, json!({ "statusCode": status.as_u16(), "message": reason })),
        }
    }
}

/// The page of a gateway or a proxy that answers with a status.
pub(super) fn page(status: StatusCode) -> String {
    let code = status.as_u16();
    let reason = status.canonical_reason().unwrap_or("Unknown");
    format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n\
         <center><h1>{code} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n\
         </body>\r\n</html>\r\n"
    )
}

/// An answer with nothing in it.
pub(super) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// An answer that is exactly this JSON.
pub(super) fn verbatim(status: StatusCode, json: &Value) -> Response<Bytes> {
    let mut response = Response::new(bytes_of(json));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Puts an answer on paper: an object as JSON with its trace id, if it has one, a string as a page of HTML.
pub(super) fn write(status: StatusCode, body: Value, trace_id: Option<&str>) -> Response<Bytes> {
    let (kind, bytes) = match body {
        Value::String(page) => ("text/html", Bytes::from(page)),
        Value::Object(fields) => (
            "application/json; charset=utf-8",
            bytes_of(&Value::Object(traced(fields, trace_id))),
        ),
        other => ("application/json; charset=utf-8", bytes_of(&other)),
    };
    let mut response = Response::new(bytes);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn traced(mut fields: Map<String, Value>, trace_id: Option<&str>) -> Map<String, Value> {
    if let Some(trace_id) = trace_id {
        fields.entry("traceId").or_insert_with(|| Value::from(trace_id));
    }
    fields
}

fn bytes_of(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_answers_in_html_and_ghl_in_json() {
        let gateway = Refusal::of_status(StatusCode::BAD_GATEWAY);
        let page = write(gateway.status, gateway.body, Some("t"));
        assert_eq!(page.headers()[CONTENT_TYPE], "text/html");
        assert!(page.body().starts_with(b"<html>"));

        let limit = Refusal::of_status(StatusCode::TOO_MANY_REQUESTS);
        let page = write(limit.status, limit.body, Some("t"));
        let body: Value = serde_json::from_slice(page.body()).unwrap();
        let expected = json!({ "statusCode": 429, "message": "Too Many Requests", "traceId": "t" });
        assert_eq!(body, expected);
    }
}
