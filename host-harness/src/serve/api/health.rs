//! Whether the host lives, takes events in, and how much it does.

use super::Desk;
use super::error::ApiError;
use crate::serve::metrics::CONTENT_TYPE;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long writing may take.
const WRITING: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process lives.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`: events are taken in, the disk keeps them, and they are taken out again.
pub(super) async fn ready(State(desk): State<Arc<Desk>>) -> Result<Json<Value>, ApiError> {
    if desk.is_stopping() {
        return Err(ApiError::stopping());
    }
    let inbox = desk.api.inbox.clone();
    let written = tokio::time::timeout(WRITING, tokio::task::spawn_blocking(move || inbox.trouble())).await;
    match written {
        Ok(Ok(None)) => Ok(Json(json!({ "status": "ready" }))),
        Ok(Ok(Some(why))) => {
            // Whoever asks need not know of files; the log is for those who do.
            tracing::error!(why, "not ready");
            Err(ApiError::storage())
        }
        Ok(Err(error)) => Err(ApiError::internal(&error)),
        Err(_) => Err(ApiError::unavailable(
            "storage",
            "the disk does not answer",
            Duration::from_secs(5),
        )),
    }
}

/// `GET /metrics`.
pub(super) async fn metrics(State(desk): State<Arc<Desk>>) -> impl IntoResponse {
    let text = desk.api.metrics.text(&desk.api.inbox, &desk.api.connections).await;
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text)
}
