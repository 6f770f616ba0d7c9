//! What was refused, for whoever has to find out why.
//!
//! A program that sends what cannot be read mostly sends it from where nobody sees the answer. So whatever is refused
//! leaves a line in the log and a count, and the beginning of its body is kept for an hour, in memory. Headers are not
//! kept, and of callers without the token there is nothing but the line and the count.

use super::Desk;
use super::listen::Peer;
use crate::serve::metrics::Metrics;
use crate::storage::rfc3339;
use crate::text;
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a refused request is kept.
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);

/// How many of them, and how many bytes of all their bodies.
const MOST_KEPT: usize = 200;
const MOST_BYTES: usize = 256 * 1024;

/// How many bytes of a body.
pub(super) const HEAD_BYTES: usize = 2 * 1024;

/// The longest text that is kept or logged of what a caller says, in letters.
const LONGEST: usize = 200;

/// How many lines the log gets in a minute. What is more is counted in the next one.
const LINES: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// Why a request was refused. An error leaves it in its response.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
    /// The beginning of the body, as far as it was read.
    pub(super) head: Option<Vec<u8>>,
}

/// The requests that were refused within the last hour.
#[derive(Debug)]
pub(super) struct Refusals {
    kept: Mutex<Kept>,
    metrics: Arc<Metrics>,
    /// What callers know must not be shown to others who know it.
    token: Option<String>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<(Instant, RefusedRequest)>,
    bytes: usize,
    /// When the minute began for which lines are counted.
    minute: Option<Instant>,
    lines: u32,
    suppressed: u64,
}

/// A request that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct RefusedRequest {
    at: String,
    status: u16,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    #[serde(flatten)]
    head: Head,
    /// The beginning of the body, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

/// What the head of a request says, as far as it helps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Head {
    method: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    /// How many bytes the caller announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_length: Option<u64>,
}

/// A request, while it is not known yet whether it is refused.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    peer: Option<Peer>,
}

/// Notes whatever is refused behind it.
pub(super) async fn note(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let asked = Asked {
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: told(request.headers()),
        peer: request.extensions().get().copied(),
    };
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let only = desk.api.connections.only().map(|served| served.name.clone());
        let connection = asked.connection().or(only);
        desk.refusals.note(&asked, connection, response.status(), refusal);
    }
    response
}

/// `GET /v1/refused`.
pub(super) async fn get(State(desk): State<Arc<Desk>>) -> Json<Value> {
    Json(json!({ "kept_for_seconds": KEPT_FOR.as_secs(), "refused": desk.refusals.list() }))
}

/// The headers that are looked at later. All others, those with secrets among them, are not.
fn told(headers: &HeaderMap) -> HeaderMap {
    let names = [header::USER_AGENT, header::CONTENT_TYPE, header::CONTENT_LENGTH];
    let told = names
        .into_iter()
        .filter_map(|name| Some((name.clone(), headers.get(&name)?.clone())));
    told.collect()
}

impl Asked {
    fn head(&self) -> Head {
        let said = |name: &header::HeaderName| {
            let value = self.headers.get(name)?;
            Some(shortened(&String::from_utf8_lossy(value.as_bytes())))
        };
        Head {
            method: shortened(self.method.as_str()),
            path: shortened(self.uri.path()),
            caller: self.peer.map(|peer| peer.0.to_string()),
            user_agent: said(&header::USER_AGENT),
            content_type: said(&header::CONTENT_TYPE),
            content_length: said(&header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        }
    }

    /// The connection that the query names.
    fn connection(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Named {
            connection: Option<String>,
        }
        let Query(named) = Query::<Named>::try_from_uri(&self.uri).ok()?;
        named.connection.as_deref().map(shortened)
    }
}

impl Refusals {
    pub(super) fn new(metrics: Arc<Metrics>, token: Option<&str>) -> Self {
        Self {
            kept: Mutex::default(),
            metrics,
            token: token.map(str::to_owned),
        }
    }

    /// Notes what never came as far as to be a request of somebody known: nothing is kept of it.
    pub(super) fn note_unspoken(&self, peer: Option<Peer>, status: StatusCode, code: &'static str, message: &str) {
        let head = Head {
            caller: peer.map(|peer| peer.0.to_string()),
            ..Head::default()
        };
        let refusal = Refusal {
            code,
            message: message.to_owned(),
            head: None,
        };
        self.say(&self.refused(head, None, status, refusal));
    }

    fn note(&self, asked: &Asked, connection: Option<String>, status: StatusCode, refusal: Refusal) {
        let refused = self.refused(asked.head(), connection, status, refusal);
        self.say(&refused);
        let is_stranger = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !is_stranger {
            lock(&self.kept).push(refused);
        }
    }

    fn refused(&self, head: Head, connection: Option<String>, status: StatusCode, refusal: Refusal) -> RefusedRequest {
        RefusedRequest {
            at: now(),
            status: status.as_u16(),
            code: refusal.code,
            message: shortened(&refusal.message),
            connection,
            head,
            body: refusal.head.map(|body| self.shown(&body)),
        }
    }

    /// Counts a request, and gives it a line in the log.
    fn say(&self, refused: &RefusedRequest) {
        self.metrics.note_refused_request(refused.code);
        let may_say = lock(&self.kept).may_say();
        if let Some(suppressed) = may_say {
            refused.say(suppressed);
        }
    }

    /// The beginning of a body as text, without the token.
    fn shown(&self, body: &[u8]) -> String {
        let body = body.get(..HEAD_BYTES).unwrap_or(body);
        let text = String::from_utf8_lossy(body);
        match &self.token {
            Some(token) => text.replace(token, "…"),
            None => text.into_owned(),
        }
    }

    /// What was refused within the last hour, the latest first.
    fn list(&self) -> Vec<RefusedRequest> {
        let mut kept = lock(&self.kept);
        kept.forget();
        kept.requests.iter().rev().map(|(_, refused)| refused.clone()).collect()
    }
}

/// The code of what is no HTTP.
pub(super) const NOT_HTTP: &str = "invalid-http";

impl RefusedRequest {
    fn say(&self, suppressed: u64) {
        let Head {
            method,
            path,
            caller,
            user_agent,
            content_type,
            content_length,
        } = &self.head;
        tracing::warn!(
            status = self.status,
            code = self.code,
            method,
            path,
            connection = self.connection,
            caller,
            user_agent,
            content_type,
            content_length,
            suppressed,
            "refused a request: {}",
            self.message
        );
    }

    fn bytes(&self) -> usize {
        self.body.as_ref().map_or(0, String::len)
    }
}

impl Kept {
    fn push(&mut self, refused: RefusedRequest) {
        self.forget();
        self.bytes += refused.bytes();
        self.requests.push_back((Instant::now(), refused));
        while self.requests.len() > MOST_KEPT || self.bytes > MOST_BYTES {
            self.pop();
        }
    }

    fn forget(&mut self) {
        while self.requests.front().is_some_and(|(at, _)| at.elapsed() >= KEPT_FOR) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        if let Some((_, refused)) = self.requests.pop_front() {
            self.bytes -= refused.bytes();
        }
    }

    /// Whether the log may have another line, and how many it was spared since the last one.
    fn may_say(&mut self) -> Option<u64> {
        if self.minute.is_none_or(|minute| minute.elapsed() >= MINUTE) {
            (self.minute, self.lines) = (Some(Instant::now()), 0);
        }
        if self.lines >= LINES {
            self.suppressed += 1;
            return None;
        }
        self.lines += 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The beginning of what a caller says, in one line that can be shown.
fn shortened(said: &str) -> String {
    let beginning: String = said.chars().take(LONGEST).collect();
    text::line(&beginning).into_owned()
}

fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals() -> Refusals {
        Refusals::new(Arc::default(), Some("open-sesame"))
    }

    fn refuse(refusals: &Refusals, status: u16, body: &str) {
        let refusal = Refusal {
            code: "no-json",
            message: "the body is no JSON".to_owned(),
            head: Some(body.as_bytes().to_vec()),
        };
        let asked = Asked {
            method: Method::POST,
            uri: Uri::from_static("/v1/events?connection=austin&secret=x"),
            headers: HeaderMap::new(),
            peer: None,
        };
        let status = StatusCode::from_u16(status).unwrap();
        refusals.note(&asked, asked.connection(), status, refusal);
    }

    #[test]
    fn latest_refusals_are_kept_up_to_a_number_and_a_size() {
        let refusals = refusals();
        for number in 0..MOST_KEPT + 10 {
            refuse(&refusals, 400, &number.to_string());
        }
        let kept = refusals.list();
        assert_eq!(kept.len(), MOST_KEPT);
        assert_eq!(kept[0].body.as_deref(), Some("209"));
        for _ in 0..MOST_KEPT {
            refuse(&refusals, 400, &"x".repeat(10 * HEAD_BYTES));
        }
        let kept = refusals.list();
        assert_eq!(kept.len(), MOST_BYTES / HEAD_BYTES);
        assert!(kept.iter().all(|refused| refused.bytes() == HEAD_BYTES));
    }

    #[test]
    fn nothing_is_kept_of_strangers_and_no_token_of_anybody() {
        let refusals = refusals();
        refuse(&refusals, 401, "secret");
        refuse(&refusals, 403, "secret");
        assert!(refusals.list().is_empty());
        refuse(&refusals, 400, "token=open-sesame&x");
        let kept = refusals.list().remove(0);
        assert_eq!(kept.body.as_deref(), Some("token=…&x"));
        assert_eq!(
            (kept.connection.as_deref(), &*kept.head.path),
            (Some("austin"), "/v1/events")
        );
    }

    #[test]
    fn log_gets_so_many_lines_a_minute_and_counts_the_rest() {
        let mut kept = Kept::default();
        let said = (0..LINES + 5).filter_map(|_| kept.may_say()).count();
        assert_eq!(said, 60);
        kept.minute = Instant::now().checked_sub(MINUTE);
        assert_eq!(kept.may_say(), Some(5));
        assert_eq!(kept.may_say(), Some(0));
    }

    #[test]
    fn only_headers_without_secrets_are_looked_at() {
        let headers = [
            (header::AUTHORIZATION, "Bearer x"),
            (header::COOKIE, "a=b"),
            (header::USER_AGENT, "curl\u{7f}"),
        ];
        let headers = headers.map(|(name, value)| {
            (
                name,
                header::HeaderValue::from_bytes(value.as_bytes()).unwrap_or(header::HeaderValue::from_static("curl")),
            )
        });
        assert_eq!(told(&HeaderMap::from_iter(headers)).len(), 1);
    }
}
