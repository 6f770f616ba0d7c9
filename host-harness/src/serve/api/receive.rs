//! Reads what callers send.

use super::Desk;
use super::body::{BODY_LIMIT, head_of, too_large};
use super::callers::Caller;
use super::error::ApiError;
use crate::contract::{Event, Problem};
use crate::envelope::{DEFAULT_TRIGGER, Envelope, Layout};
use crate::payload::{self, Payload};
use crate::serve::intake::Place;
use crate::text;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use chrono::Utc;
use serde_json::Value;

/// The most events in one body.
const EVENTS_LIMIT: usize = 1_000;

impl Desk {
    /// Reads the events that a caller sends for a connection, as far as there is room for them.
    pub(super) async fn receive(&self, connection: Option<&str>, request: Request) -> Result<Received, ApiError> {
        if self.is_stopping() {
            return Err(ApiError::stopping());
        }
        let length = announced(request.headers());
        let served = match self.served(connection) {
            Ok(_) if length.is_some_and(|length| length > BODY_LIMIT) => Err(too_large()),
            served => served,
        };
        let served = match served {
            Ok(served) => served,
            Err(error) => return Err(error.about(&head_of(request.into_body()).await)),
        };
        let caller = Caller::of(&request)?;
        let content_type = content_type(request.headers());
        let mut place = self.api.intake.admit(served, 0).await?;
        let reading = self.read(request.into_body(), &mut place);
        let body = caller.wait(reading).await.ok_or_else(ApiError::crowded)??;
        let body = Bytes::from(body);
        let read = payload::read(content_type.as_deref(), body.clone()).await;
        let written = read.map_err(ApiError::unreadable).and_then(|Payload { value, notes }| {
            if !notes.is_empty() {
                let notes: Vec<_> = notes
                    .iter()
                    .map(|note| text::line(&note.to_string()).into_owned())
                    .collect();
                tracing::debug!(
                    connection = served.name,
                    ?content_type,
                    ?notes,
                    "a body was not plain JSON"
                );
            }
            Written::read(value)
        });
        let written = written.map_err(|error| error.about(&body))?;
        Ok(Received { place, written, body })
    }
}

/// What a caller sent, before it is taken in.
pub(super) struct Received {
    pub(super) place: Place,
    pub(super) written: Written,
    /// The body as it came.
    pub(super) body: Bytes,
}

/// The content type that a caller says; one that is no text says nothing.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(header::CONTENT_TYPE)?;
    said.to_str().ok().map(str::to_owned)
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
    fn read(body: Value) -> Result<Self, ApiError> {
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
