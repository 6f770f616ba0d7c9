//! One HTTP/1.1 connection, idle or at work.
//!
//! Nothing drives a connection in the background. Whoever has a request on it polls it, in one task together with
//! the limits; an idle one rests, and is looked at before it is used again.

use super::gate::Gate;
use super::transport::Transport;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Largest head of a reply, in bytes, and what is read ahead besides. It stays in memory for as long as the component
/// keeps the reply.
const HEAD_LIMIT: usize = 64 * 1024;

pub(super) struct Link {
    sender: SendRequest<Full<Bytes>>,
    driver: Connection<TokioIo<Transport>, Full<Bytes>>,
    driver_ended: bool,
    socket: Arc<TcpStream>,
    gate: Arc<Gate>,
    in_flight: bool,
    idle_since: Instant,
}

impl Link {
    pub(super) async fn new(transport: Transport, socket: Arc<TcpStream>, gate: Arc<Gate>) -> hyper::Result<Self> {
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(HEAD_LIMIT)
            .handshake(TokioIo::new(transport))
            .await?;
        Ok(Self {
            sender,
            driver,
            driver_ended: false,
            socket,
            gate,
            in_flight: false,
            idle_since: Instant::now(),
        })
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// A request begins. From here until [`Link::finish`], dropping the connection resets it.
    pub(super) fn begin(
        &mut self,
        request: http::Request<Full<Bytes>>,
    ) -> impl Future<Output = hyper::Result<http::Response<hyper::body::Incoming>>> + use<> {
        self.in_flight = true;
        self.sender.send_request(request)
    }

    /// The reply is there, whole.
    pub(super) fn finish(&mut self) {
        self.in_flight = false;
        self.gate.end();
        self.idle_since = Instant::now();
    }

    /// Lets the connection work. Ready once it has ended.
    pub(super) fn poll_driver(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.driver_ended {
            return Poll::Ready(());
        }
        // How it ended reaches the request through its own future, or concerns nobody.
        match Pin::new(&mut self.driver).poll(cx) {
            Poll::Ready(_) => {
                self.driver_ended = true;
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Whether it can take a request: still open on both sides, and silent.
    pub(super) async fn is_usable(&mut self) -> bool {
        let ended = poll_fn(|cx| Poll::Ready(self.poll_driver(cx).is_ready())).await;
        !ended && self.sender.is_ready() && self.is_silent()
    }

    /// How long it has been idle.
    pub(super) fn idle_for(&self) -> std::time::Duration {
        self.idle_since.elapsed()
    }

    /// Asks the kernel itself: the runtime may not have heard yet that the server has hung up, and a request written
    /// to a dead connection is one of which nobody knows what became of it. Bytes that nobody asked for are no
    /// better news than the end.
    fn is_silent(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        match socket2::SockRef::from(&*self.socket).peek(&mut byte) {
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
            Ok(_) => false,
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Whatever the kernel still holds of the request is discarded, and the server learns at once that nobody
        // waits for its reply.
        if self.in_flight
            && let Err(error) = self.socket.set_zero_linger()
        {
            tracing::warn!(%error, "cannot reset a connection");
        }
    }
}
