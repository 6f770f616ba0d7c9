//! What callers are told when it does not go well.

use super::refused::{HEAD_BYTES, Refusal};
use crate::contract::{Document, Problem};
use crate::json::JsonError;
use crate::payload::PayloadError;
use crate::serve::IntakeError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::fmt::Display;
use std::time::Duration;

/// An error as callers see it.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    what: What,
    retry_after: Option<Duration>,
    closes: bool,
    /// The beginning of the body that it is about.
    head: Option<Vec<u8>>,
}

#[derive(Debug, Serialize)]
struct What {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Body {
    error: What,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            what: What {
                code,
                message: message.into(),
                line: None,
                column: None,
                problems: Vec::new(),
            },
            retry_after: None,
            closes: false,
            head: None,
        }
    }

    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message)
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "this method cannot be used here; see the header `allow`";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message)
    }

    /// The body cannot be read.
    pub(super) fn unreadable(error: PayloadError) -> Self {
        let error = match error {
            PayloadError::Form(message) => return Self::bad_request("invalid-form", message),
            PayloadError::Encoding(message) => return Self::bad_request("invalid-encoding", message),
            error @ PayloadError::ContentType(_) => {
                let (status, message) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, error.to_string());
                return Self::new(status, "wrong-content-type", message).closing();
            }
            PayloadError::Json(JsonError::Syntax(error)) => error,
            PayloadError::Json(JsonError::Ambiguous(problems)) => {
                let problems = problems.into_iter().map(|problem| problem.of(Document::Event));
                return Self::no_event(problems.collect());
            }
        };
        let mut told = Self::bad_request("no-json", format!("the body is no JSON: {error}"));
        told.what.line = Some(error.line());
        told.what.column = Some(error.column());
        told
    }

    /// What came is no event.
    pub(super) fn no_event(problems: Vec<Problem>) -> Self {
        let message = "nothing was taken in: what was sent is no event; see `problems`";
        let mut told = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no-event", message);
        told.what.problems = problems;
        told
    }

    /// Nothing is lost, and it is worth trying again.
    /// The state file cannot be read or written.
    pub(super) fn storage() -> Self {
        let message = "the host cannot use its state file; its log says why";
        Self::unavailable("storage", message, Duration::from_secs(5))
    }

    pub(super) fn unavailable(code: &'static str, message: impl Into<String>, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
        }
        .closing()
    }

    /// There is no place, or no room, for what the caller sends.
    pub(super) fn crowded() -> Self {
        IntakeError::Crowded.into()
    }

    pub(super) fn stopping() -> Self {
        Self::unavailable("stopping", "the host is stopping", Duration::from_secs(5))
    }

    /// A fault of the host's own.
    pub(super) fn internal(error: &dyn Display) -> Self {
        tracing::error!(%error, "cannot answer");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the host has a fault; its log says more",
        )
    }

    /// Under another code.
    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.what.code = code;
        self
    }

    /// Notes what body it is about, for whoever has to find out why.
    pub(super) fn about(mut self, body: &[u8]) -> Self {
        self.head = Some(body.get(..HEAD_BYTES).unwrap_or(body).to_vec());
        self
    }

    /// The connection is closed behind it: what else comes there is not read, and others get its place.
    pub(super) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        let message = match &error {
            IntakeError::Storage(reason) => {
                tracing::error!(error = %reason, "cannot take events in");
                "the host cannot write its state file".to_owned()
            }
            _ => error.to_string(),
        };
        Self::unavailable(
            error.code(),
            format!("{message}; nothing was taken in, send it again"),
            error.retry_after(),
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let refusal = Refusal {
            code: self.what.code,
            message: self.what.message.clone(),
            head: self.head,
        };
        let mut response = (self.status, Json(Body { error: self.what })).into_response();
        response.extensions_mut().insert(refusal);
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, after.as_secs().max(1).into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
