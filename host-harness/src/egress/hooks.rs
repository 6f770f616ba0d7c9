//! Where `wasi:http` of the sandbox meets the egress.

use super::allowance::{Allowance, RequestBounds, Turn};
use super::error::{EgressError, Refusal};
use super::gatekeeper::{Egress, Patience};
use crate::pace::Errand;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// Serves the outgoing requests of one instance.
pub struct Hooks {
    way: Option<Way>,
}

#[derive(Clone)]
struct Way {
    egress: Arc<Egress>,
    errand: Errand,
    begin_before: Instant,
    allowance: Allowance,
}

impl Way {
    fn queue(&self) -> Turn {
        let largest = self.egress.request_limit().saturating_add(self.egress.reply_limit());
        self.allowance.queue(largest)
    }

    fn patience(&self) -> Duration {
        self.begin_before.saturating_duration_since(Instant::now())
    }
}

/// How much of a body the component can have written before it is taken, in bytes. It may have as many bodies as it has
/// requests.
const BODY_CHUNK: usize = 64 * 1024;

type Sent = Result<
    (
        http::Response<WasiBody>,
        Box<dyn Future<Output = Result<(), Error>> + Send>,
    ),
    Error,
>;

impl Hooks {
    /// Requests leave through this egress, and all of them for this. One that finds no place before the instant does
    /// not leave. Together they keep to the bounds.
    pub fn new(egress: Arc<Egress>, errand: Errand, begin_before: Instant, bounds: RequestBounds) -> Self {
        let way = Way {
            egress,
            errand,
            begin_before,
            allowance: Allowance::new(bounds),
        };
        Self { way: Some(way) }
    }

    /// No request leaves.
    pub fn closed() -> Self {
        Self { way: None }
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let way = self.way.clone();
        let turn = way.as_ref().map(Way::queue);
        // It may be driven from elsewhere, and is about the same event all the same.
        let span = tracing::Span::current();
        let sending = async move {
            let (parts, body) = request.into_parts();
            let Some((way, turn)) = way.zip(turn) else {
                // Taken all the same, so that the component sees the refusal.
                drop(collect(body, 0).await);
                return Err(EgressError::from(Refusal::NoNetwork).to_wasi());
            };
            let share = turn.take(way.patience()).await.map_err(|error| {
                tracing::warn!("request held back: {error}");
                error.to_wasi()
            })?;
            let body = collect(body, way.egress.request_limit()).await;
            let patience = Patience {
                begin: Some(way.patience()),
                connect: options.as_ref().and_then(|options| options.connect_timeout),
                first_byte: options.as_ref().and_then(|options| options.first_byte_timeout),
            };
            let request = http::Request::from_parts(parts, body);
            let reply = way.egress.send(request, patience, &way.errand).await;
            let reply = reply.map_err(|error| error.to_wasi())?;
            let body = share.hold(head_bytes(&reply.headers), reply.body);
            let mut response = http::Response::new(Full::new(body).map_err(|never| match never {}).boxed_unsync());
            *response.status_mut() = reply.status;
            *response.headers_mut() = reply.headers;
            let nothing_left: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(async { Ok(()) });
            Ok((response, nothing_left))
        };
        Box::new(sending.instrument(span))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK
    }
}

fn head_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len().saturating_add(value.len()))
        .sum()
}

/// Takes the whole body from the component. One that is too large is taken as well, and forgotten: the component
/// would see a broken stream otherwise, instead of the refusal.
async fn collect(mut body: WasiBody, limit: usize) -> Result<Bytes, Refusal> {
    let mut collected = BytesMut::new();
    let mut too_large = false;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::BodyUnfinished)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        too_large |= collected.len().saturating_add(data.len()) > limit;
        if !too_large {
            collected.extend_from_slice(&data);
        }
    }
    if too_large {
        return Err(Refusal::BodyTooLarge { limit });
    }
    Ok(collected.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn component_writes_bodies_in_small_pieces() {
        assert_eq!(Hooks::closed().p2_outgoing_body_chunk_size(), 64 * 1024);
    }

    #[tokio::test]
    async fn body_beyond_the_limit_is_taken_and_refused() {
        let body = |bytes: usize| {
            let full = Full::new(Bytes::from(vec![b'x'; bytes]));
            full.map_err(|never| match never {}).boxed_unsync()
        };
        assert_eq!(collect(body(10), 10).await.map(|bytes| bytes.len()), Ok(10));
        assert_eq!(collect(body(11), 10).await, Err(Refusal::BodyTooLarge { limit: 10 }));
    }
}
