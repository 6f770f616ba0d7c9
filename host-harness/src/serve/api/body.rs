//! Bodies, as they come in.

use super::Desk;
use super::error::ApiError;
use super::refused::HEAD_BYTES;
use crate::serve::intake::Place;
use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The largest body, in bytes.
pub(super) const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// How long the beginning of a body may take that is not wanted.
const HEAD_TIME: Duration = Duration::from_millis(500);

/// How fast a body has to come: so many bytes in so much time, or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyPace {
    /// The fewest bytes in a window.
    pub bytes: usize,
    /// How long a window is.
    pub window: Duration,
}

impl Default for BodyPace {
    /// 1 kB a second, over ten seconds. A phone on the edge of a network of the second generation sends twice as much,
    /// and ten seconds outlast three segments lost in a row. What is smaller than that comes in one window.
    fn default() -> Self {
        Self {
            bytes: 10 * 1024,
            window: Duration::from_secs(10),
        }
    }
}

/// What has come within the window that runs.
struct Window {
    pace: BodyPace,
    end: Instant,
    bytes: usize,
}

impl Window {
    fn new(pace: BodyPace) -> Self {
        Self {
            pace,
            end: Instant::now() + pace.window,
            bytes: 0,
        }
    }

    fn is_fast_enough(&self) -> bool {
        self.bytes >= self.pace.bytes
    }
}

impl Desk {
    /// Reads a body. It takes room as it comes, and gives it back when it does not come whole.
    pub(super) async fn read(&self, mut body: Body, place: &mut Place) -> Result<Vec<u8>, ApiError> {
        let end = Instant::now() + self.api.options.body_time;
        let mut window = Window::new(self.api.options.body_pace);
        let mut read = Vec::new();
        loop {
            let frame = match timeout_at(window.end.min(end), body.frame()).await {
                Ok(Some(frame)) => frame.map_err(|error| incomplete(&error).about(&read))?,
                Ok(None) => return Ok(read),
                Err(_) if Instant::now() < end && window.is_fast_enough() => {
                    window = Window::new(window.pace);
                    continue;
                }
                Err(_) => return Err(too_slow().about(&read)),
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let bytes = read.len().saturating_add(data.len());
            if bytes > BODY_LIMIT {
                return Err(too_large().about(&read));
            }
            place.grow_to(bytes)?;
            // Into one piece: small chunks keep the large buffers alive that they were read into.
            read.extend_from_slice(&data);
            window.bytes = window.bytes.saturating_add(data.len());
        }
    }
}

/// The beginning of a body that is not wanted, as far as it comes at once: for whoever has to find out why.
pub(super) async fn head_of(mut body: Body) -> Vec<u8> {
    let end = Instant::now() + HEAD_TIME;
    let mut read = Vec::new();
    while read.len() < HEAD_BYTES
        && let Ok(Some(Ok(frame))) = timeout_at(end, body.frame()).await
    {
        let data = frame.into_data().unwrap_or_default();
        read.extend(data.iter().take(HEAD_BYTES - read.len()));
    }
    read
}

fn incomplete(error: &axum::Error) -> ApiError {
    ApiError::bad_request("body-incomplete", format!("the body did not come whole: {error}"))
}

fn too_slow() -> ApiError {
    let message = "the body did not come in time; nothing was taken in, send it again";
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow-body", message).closing()
}

pub(super) fn too_large() -> ApiError {
    let message = format!("the body has more than {BODY_LIMIT} bytes; send the events in several requests");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message).closing()
}
