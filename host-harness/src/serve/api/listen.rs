//! The interface on a socket.

use super::{Api, Desk, router};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

/// How long to wait when no connection can be accepted: mostly the files that may be open have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a caller may go on sending after its connection was closed for writing.
const LINGER: Duration = Duration::from_secs(1);

/// The most that is read of a head.
const HEAD_LIMIT: usize = 16 * 1024;

impl Api {
    /// Answers callers until `stop` is ready. Then nobody else is accepted, nothing more is taken in, and what has
    /// begun may end, for a while.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let options = self.options.clone();
        let router = router(Arc::new(Desk {
            api: self,
            stopping: stopped.clone(),
        }));
        let room = Arc::new(Semaphore::new(options.connections.clamp(1, Semaphore::MAX_PERMITS)));
        let mut callers = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let caller = tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = callers.join_next() => continue,
                caller = accept(&listener, &room) => caller,
            };
            if let Some((stream, place)) = caller {
                callers.spawn(answer(
                    stream,
                    place,
                    router.clone(),
                    options.head_time,
                    stopped.clone(),
                ));
            }
        }
        drop(listener);
        let _ = stopping.send(true);
        let rest = async { while callers.join_next().await.is_some() {} };
        if tokio::time::timeout(options.grace, rest).await.is_err() {
            tracing::warn!("some callers did not get their answers in time; they will send again");
        }
    }
}

/// The next caller, when there is room for one.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn answer(
    mut stream: TcpStream,
    _place: OwnedSemaphorePermit,
    router: Router,
    head_time: Duration,
    stopping: watch::Receiver<bool>,
) {
    // Small answers should not wait for one another.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot send without delay");
    }
    {
        // Who does not read the answers gives the place to others.
        let mut patient = TimeoutStream::new(&mut stream);
        patient.set_write_timeout(Some(head_time));
        let patient = Box::pin(patient);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_time)
            .max_buf_size(HEAD_LIMIT)
            .serve_connection(TokioIo::new(patient), TowerToHyperService::new(router));
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = told(stopping) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a caller's connection has ended early");
        }
    }
    // Who is turned away early may still be sending. Closing now would throw away the answer before it is read.
    let _ = tokio::time::timeout(LINGER, hear_out(&stream)).await;
}

/// Reads what nobody wants, until the caller has seen that the connection is closed.
async fn hear_out(stream: &TcpStream) {
    let mut unwanted = [0; 4_096];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut unwanted) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::WouldBlock => return,
            Ok(_) | Err(_) => {}
        }
    }
}

/// Waits until the host is told to stop.
pub(super) async fn told(mut stopping: watch::Receiver<bool>) {
    // Whoever tells has gone: that is telling, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
