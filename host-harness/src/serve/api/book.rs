//! Takes an event in and waits for how it ends.

use super::Desk;
use super::callers::Caller;
use super::error::ApiError;
use super::events::only;
use super::listen::told;
use super::receive::{Received, Written};
use crate::contract::{Failure, Problem};
use crate::inbox::{Ending, Status, Stored};
use crate::serve::Acknowledgement;
use crate::storage::rfc3339;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

/// How long callers wait who do not say.
const WAIT: Duration = Duration::from_secs(8);

/// How often to look whether another process has carried it out.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wishes {
    connection: Option<String>,
    wait: Option<String>,
}

/// `POST /v1/book`.
pub(super) async fn post(
    State(desk): State<Arc<Desk>>,
    wishes: Result<Query<Wishes>, QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let Query(wishes) = wishes?;
    let wait = wait(wishes.wait.as_deref())?.min(desk.api.options.longest_wait);
    let caller = Caller::of(&request)?;
    let Received { place, written, body } = desk.receive(wishes.connection.as_deref(), request).await?;
    let Written { events, layout } = written;
    if layout.is_list {
        let error = ApiError::bad_request("one-event", "send one event; lists go to `/v1/events`");
        return Err(error.about(&body));
    }
    drop(body);
    let until = Instant::now() + wait;
    // From before it is there, so that its end is not missed.
    let endings = desk.api.notifier.endings();
    let acknowledged = only(place.take(events, false).await?)?;
    // Whoever is displaced meanwhile is told what is known: it is taken in.
    let ended = caller.wait(desk.ended(acknowledged.number, endings, until)).await;
    let stored = match ended.unwrap_or(Ok(None))? {
        Some(stored) => Some(stored),
        None => desk.look(acknowledged.number).await?,
    };
    Ok(answer(acknowledged, stored, |problems| layout.locate(0, problems)))
}

fn wait(said: Option<&str>) -> Result<Duration, ApiError> {
    let Some(said) = said else {
        return Ok(WAIT);
    };
    humantime::parse_duration(said)
        .map_err(|_| ApiError::bad_request("wrong-query", "write `wait` like `8s` or `1500ms`"))
}

impl Desk {
    /// Waits until an event has ended, within this process or another. Nothing: it has not in time.
    async fn ended(&self, number: u64, mut endings: Receiver<u64>, until: Instant) -> Result<Option<Stored>, ApiError> {
        loop {
            let stored = self.look(number).await?;
            if let Some(stored) = stored.filter(|stored| stored.listed.status.is_final()) {
                return Ok(Some(stored));
            }
            tokio::select! {
                () = tokio::time::sleep_until(until) => return Ok(None),
                () = told(self.stopping.clone()) => return Ok(None),
                () = heard_of(number, &mut endings) => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}

/// Waits until an event has ended here, or may have.
async fn heard_of(number: u64, endings: &mut Receiver<u64>) {
    loop {
        match endings.recv().await {
            Ok(ended) if ended == number => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn answer(event: Acknowledgement, stored: Option<Stored>, locate: impl FnOnce(&mut [Problem])) -> Response {
    let Some(stored) = stored.as_ref().filter(|stored| stored.listed.status.is_final()) else {
        let location = [(header::LOCATION, format!("/v1/events/{}", event.number))];
        let mut body = json!(event);
        if let (Some(deferred), Some(fields)) = (stored.as_ref().and_then(deferral), body.as_object_mut()) {
            fields.insert("deferred".to_owned(), deferred);
        }
        return (StatusCode::ACCEPTED, location, Json(body)).into_response();
    };
    let status = stored.listed.status;
    let mut body = json!(Acknowledgement {
        status,
        // They stand in the failure.
        problems: Vec::new(),
        ..event
    });
    let (code, key, value) = match (status, stored.listed.ending.clone()) {
        (Status::Done, Some(Ending::Receipt(receipt))) => (StatusCode::OK, "receipt", json!(receipt)),
        (Status::Done, Some(Ending::Planned(plan))) => (StatusCode::OK, "plan", json!(plan)),
        // It is so long ago that the receipt is forgotten.
        (Status::Done, _) => (StatusCode::OK, "receipt", Value::Null),
        (_, Some(Ending::Failure(mut failure))) => {
            if let Failure::PermanentInvalid(invalid) = &mut failure {
                locate(&mut invalid.problems);
            }
            (StatusCode::UNPROCESSABLE_ENTITY, "error", error(&failure))
        }
        (_, Some(Ending::Stopped(stopped))) => {
            let error = json!({ "code": "stopped", "message": stopped.message });
            (StatusCode::UNPROCESSABLE_ENTITY, "error", error)
        }
        (status, _) => {
            let error = json!({ "code": status, "message": format!("the event is {status}") });
            (StatusCode::UNPROCESSABLE_ENTITY, "error", error)
        }
    };
    if let Some(fields) = body.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
    (code, Json(body)).into_response()
}

/// What an event waits for, and until when.
fn deferral(stored: &Stored) -> Option<Value> {
    let listed = &stored.listed;
    let Some(Ending::Failure(Failure::Deferred(deferred))) = listed.ending.as_ref() else {
        return None;
    };
    let until = listed.due_ms.filter(|_| listed.status == Status::Waiting).map(rfc3339);
    Some(json!({ "reason": deferred.reason, "message": deferred.message, "until": until }))
}

/// A failure as an error: its case, a sentence, and all that it says.
fn error(failure: &Failure) -> Value {
    let message = match failure {
        Failure::PermanentInvalid(_) => "the event cannot be worked with; see `failure.problems`",
        Failure::PermanentRefused(refused) => &refused.message,
        Failure::PermanentUndecided(undecided) => &undecided.message,
        Failure::PermanentExpired(_) => "its time was over before it could be done",
        Failure::Deferred(deferred) => &deferred.message,
    };
    let said = json!(failure);
    json!({ "code": said.get("failure"), "message": message, "failure": said })
}
