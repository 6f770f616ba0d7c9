//! Reads what callers send.

use super::Desk;
use super::body::{BODY_LIMIT, too_large};
use super::callers::Caller;
use super::error::ApiError;
use crate::contract::{Event, Problem};
use crate::envelope::{DEFAULT_TRIGGER, Envelope, Layout};
use crate::json;
use crate::serve::intake::Place;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use chrono::Utc;
use serde_json::Value;

/// The most events in one body.
const EVENTS_LIMIT: usize = 1_000;

impl Desk {
    /// Reads the JSON that a caller sends for a connection, as far as there is room for it.
    pub(super) async fn receive(&self, connection: Option<&str>, request: Request) -> Result<(Place, Value), ApiError> {
        if self.is_stopping() {
            return Err(ApiError::stopping());
        }
        let served = self.served(connection)?;
        if !is_json(request.headers()) {
            let message = "send JSON, and say so with `content-type: application/json`";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-content-type", message).closing());
        }
        let length = announced(request.headers());
        if length.is_some_and(|length| length > BODY_LIMIT) {
            return Err(too_large());
        }
        let caller = Caller::of(&request)?;
        let mut place = self.api.intake.admit(served, 0).await?;
        let reading = self.read(request.into_body(), &mut place);
        let body = caller.wait(reading).await.ok_or_else(ApiError::crowded)??;
        let value = json::read(&body, json::MAX_DEPTH + json::AROUND_DATA).map_err(ApiError::unreadable)?;
        Ok((place, value))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = said.and_then(|said| said.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// How many bytes come, where the caller says so.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The events in a body.
pub(super) struct Written {
    pub(super) events: Vec<Event>,
    pub(super) layout: Layouts,
}

/// How the events in a body are laid out.
pub(super) struct Layouts {
    events: Vec<Layout>,
    /// Whether they stand in a list.
    pub(super) is_list: bool,
}

impl Written {
    /// Reads one event, or a list of them. With a problem in one of them there are none.
    pub(super) fn read(body: Value) -> Result<Self, ApiError> {
        let (values, is_list) = match body {
            Value::Array(values) => (values, true),
            value => (vec![value], false),
        };
        if values.is_empty() {
            return Err(ApiError::bad_request("no-events", "the list is empty"));
        }
        if values.len() > EVENTS_LIMIT {
            let message = format!(
                "there are {} events, more than the {EVENTS_LIMIT} that one request may bring",
                values.len()
            );
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-many-events", message));
        }
        let received = Utc::now();
        let (mut events, mut found) = (Vec::with_capacity(values.len()), Vec::new());
        let mut layout = Layouts {
            events: Vec::with_capacity(values.len()),
            is_list,
        };
        for (index, value) in values.into_iter().enumerate() {
            match Envelope::read(value, DEFAULT_TRIGGER, received) {
                Ok(envelope) => {
                    events.push(envelope.event);
                    layout.events.push(envelope.layout);
                }
                Err(problems) => found.extend(problems.into_iter().map(|problem| Problem {
                    pointer: layout.pointer(index, &problem.pointer),
                    ..problem
                })),
            }
        }
        if found.is_empty() {
            Ok(Self { events, layout })
        } else {
            Err(ApiError::no_event(found))
        }
    }
}

impl Layouts {
    /// Says of problems of an event where in the body they are.
    pub(super) fn locate(&self, index: usize, problems: &mut [Problem]) {
        let Some(layout) = self.events.get(index) else {
            return;
        };
        for problem in problems {
            problem.pointer = self.pointer(index, layout.place(problem));
        }
    }

    fn pointer(&self, index: usize, within: &str) -> String {
        if self.is_list {
            format!("/{index}{within}")
        } else {
            within.to_owned()
        }
    }
}
