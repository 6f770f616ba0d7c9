//! From a server's name to a connection that speaks HTTP.

use super::address::resolve;
use super::error::EgressError;
use super::gate::{Gate, GatedSocket};
use super::grants::Reach;
use super::link::Link;
use super::origin::{Origin, Scheme};
use super::transport::Transport;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{self, pki_types::ServerName};

/// Makes a connection, in the time given.
pub(super) async fn connect(
    tls: &TlsConnector,
    origin: &Origin,
    reach: Reach,
    time: Duration,
) -> Result<Link, EgressError> {
    let deadline = Instant::now() + time;
    timeout_at(deadline, connect_until(tls, origin, reach, deadline))
        .await
        .unwrap_or_else(|_| Err(EgressError::ConnectTimeout { origin: origin.clone() }))
}

async fn connect_until(
    tls: &TlsConnector,
    origin: &Origin,
    reach: Reach,
    deadline: Instant,
) -> Result<Link, EgressError> {
    let addresses = resolve(origin, reach).await?;
    let socket = Arc::new(dial(origin, &addresses, deadline).await?);
    let gate = Arc::new(Gate::default());
    let gated = GatedSocket {
        socket: socket.clone(),
        gate: gate.clone(),
    };
    let transport = match origin.scheme() {
        Scheme::Http => Transport::Plain(gated),
        Scheme::Https => {
            let name = server_name(origin)?;
            let stream = tls
                .connect(name, gated)
                .await
                .map_err(|error| tls_error(origin, &error))?;
            Transport::Tls(Box::new(stream))
        }
    };
    Link::new(transport, socket, gate)
        .await
        .map_err(|error| EgressError::Unconnected {
            origin: origin.clone(),
            reason: error.to_string(),
        })
}

/// Tries the addresses in turn, each with its share of the time that is left, so that one that never answers does
/// not use up the time of the others.
async fn dial(origin: &Origin, addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, EgressError> {
    let mut last = EgressError::ConnectTimeout { origin: origin.clone() };
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for address in addresses {
        let share = deadline.saturating_duration_since(Instant::now()) / left.max(1);
        left = left.saturating_sub(1);
        match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => {
                // Requests are small and somebody waits for each.
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(%error, "cannot switch off delayed sending");
                }
                return Ok(socket);
            }
            Ok(Err(error)) => {
                last = EgressError::Unconnected {
                    origin: origin.clone(),
                    reason: error.to_string(),
                };
            }
            Err(_) => {}
        }
    }
    Err(last)
}

fn server_name(origin: &Origin) -> Result<ServerName<'static>, EgressError> {
    let host = origin
        .host()
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(origin.host());
    ServerName::try_from(host.to_owned()).map_err(|error| EgressError::Tls {
        origin: origin.clone(),
        reason: error.to_string(),
    })
}

fn tls_error(origin: &Origin, error: &io::Error) -> EgressError {
    let origin = origin.clone();
    let reason = error.to_string();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            EgressError::Certificate { origin, reason }
        }
        _ => EgressError::Tls { origin, reason },
    }
}
