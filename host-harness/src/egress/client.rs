//! Sends checked requests.

use super::connect::connect;
use super::endpoint::Endpoint;
use super::error::EgressError;
use super::exchange::{Cause, Ended, exchange};
use super::grants::Reach;
use super::limit::{Limit, Passed};
use super::origin::Origin;
use super::pool::Pool;
use super::tap::Reply;
use crate::state::MemoryStore;
use bytes::Bytes;
use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Uri};
use http_body_util::Full;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// What the host calls itself where a request does not say who sends it.
const AGENT: &str = concat!("knock/", env!("CARGO_PKG_VERSION"));

/// Connections to providers, shared by all connections (accounts) of a host.
pub struct Client {
    tls: TlsConnector,
    pool: Arc<Pool>,
    options: ClientOptions,
}

/// Why there is no client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot set up TLS: {0}")]
pub struct ClientError(String);

/// How a [`Client`] works.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// How long a connection may rest between two requests. Short: a server that closes it meanwhile makes the next
    /// request one of unknown fate. Zero: every request has a connection of its own.
    pub idle_time: Duration,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// Largest body of a reply, in bytes.
    pub reply_limit: usize,
    /// Largest body of a request, in bytes.
    pub request_limit: usize,
    /// Certificates (DER) trusted besides those of the web.
    pub extra_roots: Vec<Vec<u8>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            idle_time: Duration::from_secs(4),
            connect_timeout: Duration::from_secs(5),
            reply_limit: 4 * 1024 * 1024,
            request_limit: 1024 * 1024,
            extra_roots: Vec::new(),
        }
    }
}

/// A request that has been let out.
pub(super) struct Outgoing {
    pub(super) origin: Origin,
    pub(super) reach: Reach,
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) connect_timeout: Duration,
}

impl Client {
    /// A client without a connection yet.
    pub fn new(options: ClientOptions) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let (_, ignored) = roots.add_parsable_certificates(
            options
                .extra_roots
                .iter()
                .map(|root| CertificateDer::from(root.clone())),
        );
        if ignored > 0 {
            tracing::warn!(ignored, "certificates that cannot be read are not trusted");
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| ClientError(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            pool: Pool::new(options.idle_time),
            options,
        })
    }

    /// Its options.
    pub fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// Posts something of the host's own, in which no component has a part, once.
    pub(crate) async fn post(
        &self,
        to: &Endpoint,
        mut headers: HeaderMap,
        body: Bytes,
        longest: Duration,
    ) -> Result<Reply, EgressError> {
        if let Ok(host) = HeaderValue::from_str(&to.origin.authority()) {
            headers.insert(HOST, host);
        }
        let outgoing = Outgoing {
            origin: to.origin.clone(),
            reach: Reach::Private,
            method: Method::POST,
            target: to.target.clone(),
            headers,
            body,
            connect_timeout: self.options.connect_timeout,
        };
        // Its time is the longest alone: it names no instant of a store.
        let limit = Limit::new(Arc::new(MemoryStore::new()), None, longest);
        self.send(&outgoing, &limit).await
    }

    /// Sends a request, once.
    pub(super) async fn send(&self, outgoing: &Outgoing, limit: &Limit) -> Result<Reply, EgressError> {
        if let Some(passed) = limit.passed() {
            return Err(late(outgoing, passed));
        }
        if let Some(mut link) = self.pool.take(&outgoing.origin, outgoing.reach).await {
            let ended = exchange(&mut link, outgoing.request(), limit, self.options.reply_limit).await;
            match ended {
                Ok(reply) => {
                    self.pool.put(&outgoing.origin, outgoing.reach, link).await;
                    return Ok(reply);
                }
                Err(Ended::Sent(error)) => return Err(error),
                Err(Ended::Unsent(Cause::Passed(passed))) => return Err(late(outgoing, passed)),
                // The server had closed it in the meantime, and nothing of the request was written.
                Err(Ended::Unsent(Cause::Closed(_))) => {}
            }
        }
        let time = outgoing.connect_timeout.min(limit.remaining());
        let connected = connect(&self.tls, &outgoing.origin, outgoing.reach, time).await;
        if let Some(passed) = limit.passed() {
            return Err(late(outgoing, passed));
        }
        let mut link = connected?;
        let ended = exchange(&mut link, outgoing.request(), limit, self.options.reply_limit).await;
        match ended {
            Ok(reply) => {
                self.pool.put(&outgoing.origin, outgoing.reach, link).await;
                Ok(reply)
            }
            Err(Ended::Sent(error)) => Err(error),
            Err(Ended::Unsent(Cause::Passed(passed))) => Err(late(outgoing, passed)),
            Err(Ended::Unsent(Cause::Closed(reason))) => Err(EgressError::Unconnected {
                origin: outgoing.origin.clone(),
                reason,
            }),
        }
    }
}

impl Outgoing {
    fn request(&self) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        let agent = HeaderValue::from_static(AGENT);
        request.headers_mut().entry(USER_AGENT).or_insert(agent);
        request
    }
}

/// A limit came before a byte was written.
fn late(outgoing: &Outgoing, passed: Passed) -> EgressError {
    match passed {
        Passed::SendBefore => EgressError::Late,
        Passed::Deadline => EgressError::ConnectTimeout {
            origin: outgoing.origin.clone(),
        },
    }
}
