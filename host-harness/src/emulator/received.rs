//! What was asked, for tests.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A request that was received.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Received {
    /// When.
    pub at_ms: i64,
    /// Its method.
    #[serde(serialize_with = "as_text")]
    pub method: Method,
    /// Its path and query.
    pub target: String,
    /// Its body; null when there was none, a string when it was no JSON.
    pub body: Value,
    /// The key of the operation it asked for, such as `appointment.create`.
    pub operation: Option<&'static str>,
    /// The status that was answered; nothing when the connection was cut.
    #[serde(serialize_with = "as_number")]
    pub status: Option<StatusCode>,
}

fn as_text<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

fn as_number<S: Serializer>(status: &Option<StatusCode>, serializer: S) -> Result<S::Ok, S::Error> {
    status.map(|status| status.as_u16()).serialize(serializer)
}

impl Received {
    pub(super) fn of(
        request: &Request<Bytes>,
        at_ms: i64,
        operation: Option<&'static str>,
        status: Option<StatusCode>,
    ) -> Self {
        let target = request.uri().path_and_query();
        Self {
            at_ms,
            method: request.method().clone(),
            target: target.map_or_else(String::new, |target| target.as_str().to_owned()),
            body: body(request.body()),
            operation,
            status,
        }
    }
}

fn body(bytes: &Bytes) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

/// The latest requests.
#[derive(Clone, Debug)]
pub(super) struct Log {
    most: usize,
    /// Up to twice as many as are kept, so that the oldest are thrown away together.
    requests: Vec<Received>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            most: Self::KEPT,
            requests: Vec::new(),
        }
    }
}

impl Log {
    pub(super) const KEPT: usize = 10_000;

    pub(super) fn keep(&mut self, most: usize) {
        self.most = most;
        self.trim();
    }

    pub(super) fn push(&mut self, request: impl FnOnce() -> Received) {
        if self.most == 0 {
            return;
        }
        self.requests.push(request());
        if self.requests.len() >= self.most.saturating_mul(2) {
            self.trim();
        }
    }

    pub(super) fn latest(&self) -> &[Received] {
        self.requests.get(self.superfluous()..).unwrap_or_default()
    }

    fn trim(&mut self) {
        self.requests.drain(..self.superfluous());
    }

    fn superfluous(&self) -> usize {
        self.requests.len().saturating_sub(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_requests_are_kept() {
        let mut log = Log::default();
        log.keep(3);
        for number in 0..1_000 {
            log.push(|| Received::of(&Request::new(Bytes::new()), number, None, None));
            assert!(log.requests.len() <= 6);
        }
        let instants: Vec<_> = log.latest().iter().map(|request| request.at_ms).collect();
        assert_eq!(instants, [997, 998, 999]);
        log.keep(0);
        log.push(|| unreachable!("nothing is kept"));
        assert!(log.latest().is_empty());
    }
}
