//! Whether the host lives, and takes events in.

use super::Desk;
use super::error::ApiError;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long writing may take.
const WRITING: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process lives.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`: events are taken in, and the disk keeps them.
pub(super) async fn ready(State(desk): State<Arc<Desk>>) -> Result<Json<Value>, ApiError> {
    if desk.is_stopping() {
        return Err(ApiError::stopping());
    }
    let inbox = desk.api.inbox.clone();
    let written = tokio::time::timeout(WRITING, tokio::task::spawn_blocking(move || inbox.probe())).await;
    match written {
        Ok(Ok(Ok(()))) => Ok(Json(json!({ "status": "ready" }))),
        Ok(Ok(Err(error))) => Err(desk.storage(&error)),
        Ok(Err(error)) => Err(ApiError::internal(&error)),
        Err(_) => Err(ApiError::unavailable(
            "storage",
            "the disk does not answer",
            Duration::from_secs(5),
        )),
    }
}
