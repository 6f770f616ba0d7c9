//! How a request can end without a reply.

use super::origin::Origin;
use crate::pace::NoPlace;
use http::Method;
use std::net::IpAddr;
use thiserror::Error;
use wasmtime_wasi_http::Error as WasiError;

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EgressError {
    /// The host does not let the request out.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The instant before which it had to be sent had come before a byte was written.
    #[error("the request was not sent: the time to send it was over")]
    Late,
    /// The provider's rate limit left no place for it in time.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// The requests of the call that are under way, and the replies that it has not read, left no room in time.
    #[error("the call has as many requests in progress, or as much of them in memory, as one call may have")]
    Crowded,
    /// The server's name has no address.
    #[error("the name `{host}` cannot be resolved: {reason}")]
    Unresolved {
        /// The name.
        host: String,
        /// What the resolver says.
        reason: String,
    },
    /// No connection came about, or it ended before a byte of the request was written.
    #[error("cannot connect to `{origin}`: {reason}")]
    Unconnected {
        /// The server.
        origin: Origin,
        /// What the system says.
        reason: String,
    },
    /// No connection came about in time.
    #[error("cannot connect to `{origin}` in time")]
    ConnectTimeout {
        /// The server.
        origin: Origin,
    },
    /// The server's certificate is not trusted.
    #[error("the certificate of `{origin}` is not trusted: {reason}")]
    Certificate {
        /// The server.
        origin: Origin,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS could not be agreed on.
    #[error("the TLS handshake with `{origin}` failed: {reason}")]
    Tls {
        /// The server.
        origin: Origin,
        /// What went wrong.
        reason: String,
    },
    /// The send-before instant came while the request was on its way; the connection was reset.
    #[error("the connection was reset: the time to send the request was over before it was answered")]
    CutOff,
    /// No whole reply came in time; the connection was reset.
    #[error("no complete answer in time")]
    ReplyTimeout,
    /// The connection ended before the reply was whole.
    #[error("the connection was closed before the answer was complete: {reason}")]
    Terminated {
        /// What the system says.
        reason: String,
    },
    /// What came is not HTTP.
    #[error("the answer is not HTTP: {reason}")]
    Protocol {
        /// What is wrong with it.
        reason: String,
    },
    /// The reply is larger than the host takes.
    #[error("the answer is larger than {limit} bytes")]
    ReplyTooLarge {
        /// The most it takes.
        limit: usize,
    },
    /// The component stopped, or was stopped, before the reply was there; the connection was reset.
    #[error("the component did not wait for the answer")]
    Abandoned,
}

impl EgressError {
    /// Whether it is certain that the server saw nothing of the request.
    pub fn surely_not_sent(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::Late
            | Self::NoPlace(_)
            | Self::Crowded
            | Self::Unresolved { .. }
            | Self::Unconnected { .. }
            | Self::ConnectTimeout { .. }
            | Self::Certificate { .. }
            | Self::Tls { .. } => true,
            Self::CutOff
            | Self::ReplyTimeout
            | Self::Terminated { .. }
            | Self::Protocol { .. }
            | Self::ReplyTooLarge { .. }
            | Self::Abandoned => false,
        }
    }

    /// As the component is told. What was surely not sent has codes that prove it on any host: so neither
    /// `connection-refused` nor `connection-timeout`, nor `TLS-protocol-error`, which others use for requests that have
    /// left. The log says which it was.
    pub(super) fn to_wasi(&self) -> WasiError {
        match self {
            Self::Refused(Refusal::PrivateAddress { .. }) => WasiError::DestinationIpProhibited,
            Self::Refused(_) | Self::Late => WasiError::HttpRequestDenied,
            Self::NoPlace(_) | Self::Crowded => WasiError::ConnectionLimitReached,
            Self::Unresolved { reason, .. } => WasiError::DnsError {
                rcode: Some(reason.clone()),
                info_code: None,
            },
            Self::Certificate { .. } => WasiError::TlsCertificateError,
            Self::Unconnected { .. } | Self::ConnectTimeout { .. } | Self::Tls { .. } => {
                WasiError::DestinationUnavailable
            }
            Self::CutOff | Self::Terminated { .. } | Self::Abandoned => WasiError::ConnectionTerminated,
            Self::ReplyTimeout => WasiError::HttpResponseTimeout,
            Self::Protocol { .. } => WasiError::HttpProtocolError,
            Self::ReplyTooLarge { limit } => WasiError::HttpResponseBodySize(u64::try_from(*limit).ok()),
        }
    }
}

/// Why the host does not let a request out, and who could change that.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Calls of this kind have no way out.
    #[error("this call has no network")]
    NoNetwork,
    /// The address of the request is none that could be checked.
    #[error("the address is not one of a request: {reason}")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// The component does not declare the server.
    #[error("`{origin}` is not declared in the component's manifest")]
    OriginNotDeclared {
        /// The server.
        origin: Origin,
    },
    /// The component declares the server; the operator does not allow it.
    #[error("`{origin}` is declared in the component's manifest but not granted by the operator")]
    OriginNotGranted {
        /// The server.
        origin: Origin,
    },
    /// The component does not declare this kind of request.
    #[error("`{method} {path}` on `{origin}` is not declared in the component's manifest")]
    RouteNotDeclared {
        /// The server.
        origin: Origin,
        /// The method.
        method: Method,
        /// The path.
        path: String,
    },
    /// The server's address is one of a private network or of this machine.
    #[error("`{origin}` is at `{address}`, which is not on the public internet, and the operator has not granted that")]
    PrivateAddress {
        /// The server.
        origin: Origin,
        /// The address.
        address: IpAddr,
    },
    /// Plain HTTP towards another machine.
    #[error("`{origin}` is at `{address}`: plain HTTP is for this machine alone, use `https`")]
    PlainHttp {
        /// The server.
        origin: Origin,
        /// The address.
        address: IpAddr,
    },
    /// The header with the send-before instant holds something else.
    #[error("header `{header}` does not hold one instant in milliseconds")]
    SendBefore {
        /// The header.
        header: String,
    },
    /// The request is larger than the host takes.
    #[error("the request's body is larger than {limit} bytes")]
    BodyTooLarge {
        /// The most it takes.
        limit: usize,
    },
    /// The component gave up its body half-way.
    #[error("the request's body was not finished")]
    BodyUnfinished,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        "https://a.example".parse().unwrap()
    }

    fn reason() -> String {
        "it is so".to_owned()
    }

    /// Every way a request can end without an answer.
    fn all() -> Vec<EgressError> {
        let address = IpAddr::from([127, 0, 0, 1]);
        vec![
            Refusal::NoNetwork.into(),
            Refusal::Address { reason: reason() }.into(),
            Refusal::OriginNotDeclared { origin: origin() }.into(),
            Refusal::OriginNotGranted { origin: origin() }.into(),
            Refusal::RouteNotDeclared {
                origin: origin(),
                method: Method::GET,
                path: "/".to_owned(),
            }
            .into(),
            Refusal::PrivateAddress {
                origin: origin(),
                address,
            }
            .into(),
            Refusal::PlainHttp {
                origin: origin(),
                address,
            }
            .into(),
            Refusal::SendBefore { header: reason() }.into(),
            Refusal::BodyTooLarge { limit: 1 }.into(),
            Refusal::BodyUnfinished.into(),
            EgressError::Late,
            EgressError::Crowded,
            EgressError::Unresolved {
                host: "a.example".to_owned(),
                reason: reason(),
            },
            EgressError::Unconnected {
                origin: origin(),
                reason: reason(),
            },
            EgressError::ConnectTimeout { origin: origin() },
            EgressError::Certificate {
                origin: origin(),
                reason: reason(),
            },
            EgressError::Tls {
                origin: origin(),
                reason: reason(),
            },
            EgressError::CutOff,
            EgressError::ReplyTimeout,
            EgressError::Terminated { reason: reason() },
            EgressError::Protocol { reason: reason() },
            EgressError::ReplyTooLarge { limit: 1 },
            EgressError::Abandoned,
        ]
    }

    #[test]
    fn what_was_surely_not_sent_has_a_code_that_proves_it_on_any_host() {
        for error in all() {
            let proves = matches!(
                error.to_wasi(),
                WasiError::DnsError { .. }
                    | WasiError::DestinationUnavailable
                    | WasiError::DestinationIpProhibited
                    | WasiError::ConnectionLimitReached
                    | WasiError::TlsCertificateError
                    | WasiError::HttpRequestDenied
            );
            assert_eq!(error.surely_not_sent(), proves, "{error}");
        }
    }
}
