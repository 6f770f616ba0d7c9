//! Takes events in, and says how they stand.

use super::Desk;
use super::error::ApiError;
use super::receive::{Received, Written};
use crate::serve::Acknowledgement;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wishes {
    connection: Option<String>,
    #[serde(default)]
    bulk: bool,
}

/// `POST /v1/events`.
pub(super) async fn post(
    State(desk): State<Arc<Desk>>,
    wishes: Result<Query<Wishes>, QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let Query(wishes) = wishes?;
    let Received { place, written, .. } = desk.receive(wishes.connection.as_deref(), request).await?;
    let Written { events, layout } = written;
    let mut acknowledged = place.take(events, wishes.bulk).await?;
    for (index, event) in acknowledged.iter_mut().enumerate() {
        layout.locate(index, &mut event.problems);
    }
    Ok(match layout.is_list {
        true => (StatusCode::ACCEPTED, Json(acknowledged)).into_response(),
        false => (StatusCode::ACCEPTED, Json(only(acknowledged)?)).into_response(),
    })
}

/// `GET /v1/events/{number}`.
pub(super) async fn get(
    State(desk): State<Arc<Desk>>,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::not_found("there is no event of this number").code("unknown-event");
    let Path(number) = number.map_err(|_| unknown())?;
    let stored = desk.look(number).await?.ok_or_else(unknown)?;
    Ok(Json(stored.listed).into_response())
}

/// The acknowledgement of the one event that was taken in.
pub(super) fn only(acknowledged: Vec<Acknowledgement>) -> Result<Acknowledgement, ApiError> {
    let mut acknowledged = acknowledged.into_iter();
    acknowledged
        .next()
        .ok_or_else(|| ApiError::internal(&"an event was taken in without an answer"))
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request("wrong-query", rejection.body_text())
    }
}
