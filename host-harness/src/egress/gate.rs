//! The last thing that a byte passes before it is with the kernel.
//!
//! A check anywhere above it leaves a gap: a process that is stopped between check and write sends late. Timers do
//! not close it either, for after a long stop the runtime polls the work before the timer. Here the check and the
//! system call are neighbours. Under TLS the gate sits below the encryption, so that what is buffered there passes
//! it too.

use super::limit::{Limit, Passed};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Holds the limit of the request that a connection carries now, and counts its bytes.
#[derive(Default)]
pub(super) struct Gate {
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    limit: Option<Limit>,
    written: u64,
    stopped: Option<Passed>,
}

impl Gate {
    /// A request begins.
    pub(super) fn begin(&self, limit: Limit) {
        *self.current() = Current {
            limit: Some(limit),
            ..Current::default()
        };
    }

    /// It has ended well. Its clock is not held on to while the connection rests.
    pub(super) fn end(&self) {
        *self.current() = Current::default();
    }

    /// Whether a byte of the current request was given to the kernel.
    pub(super) fn has_written(&self) -> bool {
        self.current().written > 0
    }

    /// Which limit stopped a write of the current request.
    pub(super) fn stopped(&self) -> Option<Passed> {
        self.current().stopped
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
        let mut current = self.current();
        if let Some(passed) = current.limit.as_ref().and_then(Limit::passed) {
            current.stopped = Some(passed);
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the time to send has passed"));
        }
        let written = socket.try_write(bytes)?;
        current.written = current
            .written
            .saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }
}

/// A socket behind a gate. The socket is shared with whoever may have to reset it.
pub(super) struct GatedSocket {
    pub(super) socket: Arc<TcpStream>,
    pub(super) gate: Arc<Gate>,
}

impl AsyncRead for GatedSocket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.socket.poll_read_ready(cx))?;
            match self.socket.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for GatedSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_write_ready(cx))?;
            match self.gate.write(&self.socket, bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(socket2::SockRef::from(&*self.socket).shutdown(std::net::Shutdown::Write))
    }
}
