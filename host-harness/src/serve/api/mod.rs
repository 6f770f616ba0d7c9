//! The HTTP interface: how programs hand events in.
//!
//! | request | what it does |
//! |---|---|
//! | `POST /v1/events?connection=&bulk=` | takes one event in, or a list of them, all or none; answers when they are on the disk |
//! | `POST /v1/book?connection=&wait=` | takes one event in and waits for how it ends |
//! | `GET /v1/events/{number}` | how an event stands |
//! | `GET /v1/refused` | what was refused within the last hour, with the beginnings of the bodies |
//! | `GET /metrics` | numbers for those who watch |
//! | `GET /healthz`, `/readyz` | whether the process lives, and whether it takes events in |
//!
//! Bodies are JSON or forms, in whatever way programs [write them](crate::payload). Every answer is JSON; an error is `{ "error": { "code", "message", … } }`. (What is no HTTP at all, and heads that
//! are too large, are answered with a bare status.) With a token, everything but health asks for it.
//!
//! What it holds in memory is bounded: there are so many connections, a head has so much time and room, and a body is
//! read as far as there is [room for it](super::Place::grow_to), while it comes at a [pace](BodyPace). Who is turned away
//! gets 503 with `retry-after` at once. However many callers are silent or slow, a newcomer gets the place of the one that
//! has been idle for longest, and health has places of its own.

mod body;
mod book;
mod callers;
mod error;
mod events;
mod health;
mod listen;
mod receive;
mod refused;
mod tls;
mod token;

pub use body::BodyPace;
pub use tls::{Tls, TlsError};

use super::connections::{Connections, Served};
use super::intake::Intake;
use super::metrics::Metrics;
use super::notifier::Notifier;
use crate::inbox::{Inbox, Stored};
use crate::secrets::SecretValue;
use crate::storage::StorageError;
use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use error::ApiError;
use refused::Refusals;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How the interface behaves.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// What callers say in `authorization: Bearer …`. Nothing: anybody who reaches the socket may call.
    pub token: Option<SecretValue>,
    /// What callers are spoken with over. Nothing: plain HTTP, which anybody on the way can read.
    pub tls: Option<Tls>,
    /// Connections that may be open at the same time. With more of them those that have been idle for longest are closed.
    pub connections: usize,
    /// How long a caller may take to send the head of a request, a TLS handshake before it included, and may keep quiet
    /// between two.
    pub head_time: Duration,
    /// How long a caller may take to send a body.
    pub body_time: Duration,
    /// How fast a body has to come.
    pub body_pace: BodyPace,
    /// How long a caller may wait for an outcome.
    pub longest_wait: Duration,
    /// How long what has begun may go on when the host is told to stop.
    pub grace: Duration,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            token: None,
            tls: None,
            connections: 1_024,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(20),
            body_pace: BodyPace::default(),
            longest_wait: Duration::from_secs(60),
            grace: Duration::from_secs(15),
        }
    }
}

/// The HTTP interface of a host.
pub struct Api {
    /// The connections that events are taken in for.
    pub connections: Connections,
    /// Where they are kept.
    pub inbox: Inbox,
    /// Takes them in.
    pub intake: Intake,
    /// Says when they have ended.
    pub notifier: Arc<Notifier>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How it behaves.
    pub options: ApiOptions,
}

/// What the handlers work with.
struct Desk {
    api: Api,
    /// Whether the host has been told to stop.
    stopping: watch::Receiver<bool>,
    /// What was refused of late.
    refusals: Arc<Refusals>,
}

fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/v1/events", post(events::post))
        .route("/v1/events/{number}", get(events::get))
        .route("/v1/book", post(book::post))
        .route("/v1/refused", get(refused::get))
        .route("/metrics", get(health::metrics))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(desk.clone(), token::check))
        .layer(from_fn_with_state(desk.clone(), refused::note))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        // Once more: it counts for the routes above it.
        .method_not_allowed_fallback(wrong_method)
        .with_state(desk)
}

async fn nothing_here(request: Request) -> ApiError {
    ApiError::not_found("there is nothing here").about(&body::head_of(request.into_body()).await)
}

async fn wrong_method() -> ApiError {
    ApiError::method_not_allowed()
}

impl Desk {
    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// The connection of that name; without one, the only one there is.
    fn served(&self, name: Option<&str>) -> Result<&Arc<Served>, ApiError> {
        match name {
            Some(name) => self.api.connections.get(name).ok_or_else(|| {
                ApiError::not_found(format!("connection `{name}` is not served here")).code("unknown-connection")
            }),
            None => self.api.connections.only().ok_or_else(|| {
                ApiError::bad_request(
                    "connection-missing",
                    "several connections are served here; name one with `?connection=`",
                )
            }),
        }
    }

    /// What is kept of an event.
    async fn look(&self, number: u64) -> Result<Option<Stored>, ApiError> {
        let inbox = self.api.inbox.clone();
        let looked = tokio::task::spawn_blocking(move || inbox.get(number)).await;
        looked
            .map_err(|error| ApiError::internal(&error))?
            .map_err(|error| self.storage(&error))
    }

    fn storage(&self, error: &StorageError) -> ApiError {
        tracing::error!(%error, "cannot use the state file");
        ApiError::storage()
    }
}
