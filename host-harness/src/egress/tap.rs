//! Watching what goes in and out.

use super::error::EgressError;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use std::time::Duration;

/// Sees every exchange of a connection as the component knows it: with placeholders, never with secrets.
///
/// Called from the executor, so it must not block.
pub trait Tap: Send + Sync {
    /// An exchange has ended.
    fn exchange(&self, exchange: &Exchange);
}

/// A request and how it ended.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// The address.
    pub uri: Uri,
    /// The headers that the component set.
    pub headers: HeaderMap,
    /// The request's body.
    pub body: Bytes,
    /// The reply, or why there is none.
    pub reply: Result<Reply, EgressError>,
    /// The store's clock when the component asked.
    pub started_ms: u64,
    /// From then until the end.
    pub duration: Duration,
}

/// A reply, whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}
