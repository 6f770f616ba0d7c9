//! The way out for one connection (account): its policy, its secrets, its clock.

use super::client::{Client, Outgoing};
use super::error::{EgressError, Refusal};
use super::hop::remove_hop_headers;
use super::limit::Limit;
use super::policy::Policy;
use super::swap::{put_secrets, take_secrets};
use super::tap::{Exchange, Reply, Tap};
use crate::pace::{Errand, Pacer, Place};
use crate::secrets::Secrets;
use crate::state::Store;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Headers of a request that the host decides about, besides `host`. `accept-encoding` is among them because a compressed
/// reply could carry an echoed secret past the check.
const OWN_HEADERS: [HeaderName; 2] = [ACCEPT_ENCODING, CONTENT_LENGTH];

/// The longest id of an exchange, in bytes.
const TRACE_ID_LIMIT: usize = 128;

/// Lets requests of one connection out.
pub struct Egress {
    client: Arc<Client>,
    policy: Policy,
    secrets: Arc<dyn Secrets>,
    store: Arc<dyn Store>,
    pace: Option<Arc<Pacer>>,
    tap: Option<Arc<dyn Tap>>,
}

/// How long the call and the component are ready to wait; the host's own limits hold besides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience {
    /// How long the request may wait before it begins to leave.
    pub(super) begin: Option<Duration>,
    pub(super) connect: Option<Duration>,
    /// The component sees the first byte when the whole reply is there, so this bounds the whole reply.
    pub(super) first_byte: Option<Duration>,
}

impl Egress {
    /// The way out under this policy.
    pub fn new(
        client: Arc<Client>,
        policy: Policy,
        secrets: Arc<dyn Secrets>,
        store: Arc<dyn Store>,
        pace: Option<Arc<Pacer>>,
        tap: Option<Arc<dyn Tap>>,
    ) -> Self {
        Self {
            client,
            policy,
            secrets,
            store,
            pace,
            tap,
        }
    }

    /// Largest body of a request, in bytes.
    pub(super) fn request_limit(&self) -> usize {
        self.client.options().request_limit
    }

    /// Largest body of a reply, in bytes.
    pub(super) fn reply_limit(&self) -> usize {
        self.client.options().reply_limit
    }

    /// Sends a request of the component, if it may leave.
    pub(super) async fn send(
        &self,
        request: http::Request<Result<Bytes, Refusal>>,
        patience: Patience,
        errand: &Errand,
    ) -> Result<Reply, EgressError> {
        let (parts, body) = request.into_parts();
        let mut record = Record {
            egress: self,
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
            body: body.clone().unwrap_or_default(),
            started_ms: self.store.now_ms(),
            started: Instant::now(),
            open: true,
        };
        let reply = match body {
            Ok(body) => self.let_out(parts, body, patience, errand).await,
            Err(refusal) => Err(refusal.into()),
        };
        record.close(reply.clone());
        reply
    }

    async fn let_out(
        &self,
        parts: http::request::Parts,
        body: Bytes,
        patience: Patience,
        errand: &Errand,
    ) -> Result<Reply, EgressError> {
        let permit = self.policy.check(&parts.method, &parts.uri)?;
        let mut headers = parts.headers;
        let send_before_ms = self.take_send_before(&mut headers)?;
        remove_hop_headers(&mut headers);
        for name in &OWN_HEADERS {
            headers.remove(name);
        }
        headers.insert(
            HOST,
            HeaderValue::from_str(&permit.origin.authority()).map_err(|_| Refusal::Address {
                reason: "the host cannot stand in a header".to_owned(),
            })?,
        );
        if !body.is_empty() || sends_a_body(&parts.method) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let longest = self
            .policy
            .request_timeout()
            .min(patience.first_byte.unwrap_or(Duration::MAX));
        let place = self
            .wait_for_place(errand, send_before_ms, longest, patience.begin)
            .await?;
        // After the waiting, so that it is the newest secret that is sent.
        let swapped = put_secrets(
            &mut headers,
            &permit.origin,
            self.policy.places(),
            self.secrets.as_ref(),
        );
        let target = parts
            .uri
            .path_and_query()
            .map(|target| Uri::from(target.clone()))
            .unwrap_or_default();
        let limit = Limit::new(self.store.clone(), send_before_ms, longest);
        let host_connect = self.client.options().connect_timeout;
        let outgoing = Outgoing {
            origin: permit.origin,
            reach: permit.reach,
            method: parts.method,
            target,
            headers,
            body,
            connect_timeout: host_connect.min(patience.connect.unwrap_or(Duration::MAX)),
        };
        let sent = self.client.send(&outgoing, &limit).await;
        if let Some(place) = place {
            leave(place, &sent).await;
        }
        let mut reply = sent?;
        take_secrets(&mut reply.headers, &mut reply.body, &swapped);
        // The body is handed on whole and may have changed its length.
        remove_hop_headers(&mut reply.headers);
        reply.headers.remove(CONTENT_LENGTH);
        if parts_have_body(&outgoing.method, reply.status) {
            reply
                .headers
                .insert(CONTENT_LENGTH, HeaderValue::from(reply.body.len()));
        }
        Ok(reply)
    }

    /// Waits until the provider's rate limit has a place for the request, but not so long that the request would lack
    /// time before its send-before instant, and not beyond `begin`.
    async fn wait_for_place(
        &self,
        errand: &Errand,
        send_before_ms: Option<u64>,
        longest: Duration,
        begin: Option<Duration>,
    ) -> Result<Option<Place>, EgressError> {
        let Some(pacer) = &self.pace else {
            return Ok(None);
        };
        let until_ms = send_before_ms.map(|instant_ms| instant_ms.saturating_sub(self.store.now_ms()));
        let patience = match until_ms {
            Some(0) => return Err(EgressError::Late),
            Some(until_ms) => Duration::from_millis(until_ms).saturating_sub(longest),
            None => longest,
        };
        let patience = patience.min(begin.unwrap_or(Duration::MAX));
        Ok(Some(pacer.acquire(errand, patience).await?))
    }

    /// Takes the send-before header away and reads it.
    fn take_send_before(&self, headers: &mut HeaderMap) -> Result<Option<u64>, Refusal> {
        let Some(name) = self.policy.send_before_header() else {
            return Ok(None);
        };
        let http::header::Entry::Occupied(entry) = headers.entry(name) else {
            return Ok(None);
        };
        let (_, mut values) = entry.remove_entry_mult();
        let only = match (values.next(), values.next()) {
            (Some(value), None) => value,
            _ => return Err(unreadable(name)),
        };
        only.to_str()
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .map(Some)
            .ok_or_else(|| unreadable(name))
    }
}

/// Leaves a place, by what became of the request. One that may still be counted keeps it.
async fn leave(place: Place, sent: &Result<Reply, EgressError>) {
    match sent {
        Ok(reply) => place.end(reply.status, &reply.headers).await,
        Err(error) if error.surely_not_sent() => place.give_back().await,
        Err(_) => drop(place),
    }
}

fn unreadable(header: &HeaderName) -> Refusal {
    Refusal::SendBefore {
        header: header.to_string(),
    }
}

fn sends_a_body(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

fn parts_have_body(method: &Method, status: http::StatusCode) -> bool {
    *method != Method::HEAD && status != http::StatusCode::NO_CONTENT
}

/// The provider's id of an exchange, for its support. Nothing too long is one.
fn trace_id(body: &[u8], field: &str) -> Option<String> {
    let reply: Value = serde_json::from_slice(body).ok()?;
    let id = reply.get(field)?.as_str()?;
    (id.len() <= TRACE_ID_LIMIT).then(|| id.to_owned())
}

/// An exchange on its way to the tap. One that is dropped open was abandoned, and is told as such.
struct Record<'a> {
    egress: &'a Egress,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    started_ms: u64,
    started: Instant,
    open: bool,
}

impl Record<'_> {
    fn close(&mut self, reply: Result<Reply, EgressError>) {
        self.open = false;
        let duration = self.started.elapsed();
        let method = &self.method;
        // Queries may carry phone numbers and names; paths carry ids alone.
        let target = format_args!(
            "{}://{}{}",
            self.uri.scheme_str().unwrap_or_default(),
            self.uri.authority().map_or("", |authority| authority.as_str()),
            self.uri.path()
        );
        match &reply {
            Ok(reply) => {
                let status = reply.status.as_u16();
                let trace_id = trace_id(&reply.body, self.egress.policy.trace_id_field());
                tracing::info!(%method, %target, status, trace_id, ?duration, "exchange");
            }
            Err(EgressError::Refused(refusal)) => {
                tracing::warn!(%method, %target, "request refused: {refusal}");
            }
            Err(error) => tracing::info!(%method, %target, ?duration, "no reply: {error}"),
        }
        if let Some(tap) = &self.egress.tap {
            tap.exchange(&Exchange {
                method: self.method.clone(),
                uri: self.uri.clone(),
                headers: std::mem::take(&mut self.headers),
                body: std::mem::take(&mut self.body),
                reply,
                started_ms: self.started_ms,
                duration,
            });
        }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if self.open {
            self.close(Err(EgressError::Abandoned));
        }
    }
}
