//! The interface on a socket.

use super::callers::{Caller, Callers};
use super::error::ApiError;
use super::refused::{NOT_HTTP, Refusals};
use super::{Api, ApiOptions, Desk, router};
use crate::secrets::SecretValue;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_io_timeout::TimeoutStream;

/// How long to wait when no connection can be accepted: mostly the files that may be open have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a caller may go on sending after its connection was closed for writing, and how many bytes. It is more than
/// a body may have: who sends one that is too large should read why.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 8 * 1024 * 1024;

/// How many callers may go on sending like that at the same time. The others lose their answers.
const LINGERING: usize = 256;

/// How long a displaced caller has to take its answer.
const FAREWELL: Duration = Duration::from_secs(1);

/// The most that is read of a head.
const HEAD_LIMIT: usize = 16 * 1024;

/// Places for callers that come while all others are being worked for, and how long they have for a head. They are
/// told about health, and turned away with everything else.
const RESERVE: usize = 64;
const RESERVE_HEAD_TIME: Duration = Duration::from_secs(2);

/// How often the log says at most that places are short.
const SAY_EVERY: Duration = Duration::from_secs(60);

impl Api {
    /// Answers callers until `stop` is ready. Then nobody else is accepted, nothing more is taken in, and what has
    /// begun may end, for a while.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let options = self.options.clone();
        let callers = Callers::new(options.connections);
        let reserve = Callers::new(RESERVE);
        let token = options.token.as_ref().map(SecretValue::expose);
        let refusals = Arc::new(Refusals::new(self.metrics.clone(), token));
        let reception = Arc::new(Reception {
            router: router(Arc::new(Desk {
                api: self,
                stopping: stopped.clone(),
                refusals: refusals.clone(),
            })),
            refusals,
            options: options.clone(),
            lingering: Semaphore::new(LINGERING),
            stopping: stopped,
        });
        let mut said = None;
        let mut conversations = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let stream = tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = conversations.join_next() => continue,
                stream = accept(&listener, &callers) => stream,
            };
            let Some(stream) = stream else { continue };
            if callers.are_full() {
                say_that_places_are_short(&mut said, options.connections);
            }
            let guest = callers.enter().map(Guest::usual);
            if let Some(guest) = guest.or_else(|| reserve.enter().map(Guest::of_reserve)) {
                conversations.spawn(reception.clone().receive(stream, guest));
            }
        }
        drop(listener);
        let _ = stopping.send(true);
        let rest = async { while conversations.join_next().await.is_some() {} };
        if timeout(options.grace, rest).await.is_err() {
            tracing::warn!("some callers did not get their answers in time; they will send again");
        }
    }
}

/// The next caller. Nobody waits for a place here: who comes gets one, or is turned away in so many words.
async fn accept(listener: &TcpListener, callers: &Callers) -> Option<TcpStream> {
    match listener.accept().await {
        Ok((stream, _)) => Some(stream),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            callers.displace();
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn say_that_places_are_short(said: &mut Option<Instant>, places: usize) {
    if said.is_none_or(|said: Instant| said.elapsed() >= SAY_EVERY) {
        tracing::warn!(
            places,
            "all places for callers are taken; newcomers get those of callers that are idle"
        );
        *said = Some(Instant::now());
    }
}

/// A caller, and what it is answered.
#[derive(Clone)]
struct Guest {
    caller: Arc<Caller>,
    /// Whether it is told about health alone, once.
    health_only: bool,
    peer: Option<Peer>,
}

/// Where a caller calls from: the proxy, where there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

impl Guest {
    fn usual(caller: Caller) -> Self {
        Self {
            caller: Arc::new(caller),
            health_only: false,
            peer: None,
        }
    }

    fn of_reserve(caller: Caller) -> Self {
        Self {
            caller: Arc::new(caller),
            health_only: true,
            peer: None,
        }
    }
}

/// Where callers are spoken with.
struct Reception {
    router: Router,
    options: ApiOptions,
    lingering: Semaphore,
    refusals: Arc<Refusals>,
    /// Whether the host has been told to stop.
    stopping: watch::Receiver<bool>,
}

impl Reception {
    async fn receive(self: Arc<Self>, mut stream: TcpStream, mut guest: Guest) {
        guest.peer = stream.peer_addr().ok().map(Peer);
        // Small answers should not wait for one another.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot send without delay");
        }
        let head_time = match guest.health_only {
            true => self.options.head_time.min(RESERVE_HEAD_TIME),
            false => self.options.head_time,
        };
        // Until then the first head has to be there, with all that comes before it.
        let deadline = Instant::now() + head_time;
        let heard = match &self.options.tls {
            None => self.converse(&mut stream, guest, head_time, deadline).await,
            Some(tls) => {
                let accepted = tokio::select! {
                    accepted = timeout_at(deadline, tls.accept(&mut stream)) => accepted,
                    () = guest.caller.dismissed(FAREWELL) => return,
                    () = told(self.stopping.clone()) => return,
                };
                match accepted {
                    Ok(Ok(stream)) => self.converse(stream, guest, head_time, deadline).await,
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "a caller does not speak TLS as it should");
                        return;
                    }
                    Err(_) => return,
                }
            }
        };
        // Who is turned away early may still be sending. Closing now would throw away the answer before it is read.
        if heard && let Ok(_place) = self.lingering.try_acquire() {
            let _ = timeout(LINGER, hear_out(&stream)).await;
        }
    }

    /// Answers requests until the end of the connection. False: it was idle, and closed for others.
    async fn converse(&self, stream: impl Stream, guest: Guest, head_time: Duration, deadline: Instant) -> bool {
        // Who does not read the answers gives the place to others.
        let mut patient = TimeoutStream::new(stream);
        patient.set_write_timeout(Some(self.options.head_time));
        let (begun, has_begun) = watch::channel(false);
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(|request| {
            begun.send_replace(true);
            answer(router.clone(), self.refusals.clone(), guest.clone(), request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_time)
            .max_buf_size(HEAD_LIMIT)
            .serve_connection(TokioIo::new(Box::pin(patient)), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            biased;
            ended = &mut connection => ended,
            () = guest.caller.dismissed(FAREWELL) => return false,
            () = silent_until(deadline, has_begun) => return false,
            () = told(self.stopping.clone()) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            if error.is_parse() || error.is_parse_too_large() {
                let status = StatusCode::BAD_REQUEST;
                self.refusals
                    .note_unspoken(guest.peer, status, NOT_HTTP, &error.to_string());
            }
            tracing::debug!(%error, "a caller's connection has ended early");
        }
        true
    }
}

/// What HTTP is spoken over.
trait Stream: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Stream for S {}

/// Waits until a caller has let all the time for its first head pass, which began before the connection spoke HTTP.
async fn silent_until(deadline: Instant, has_begun: watch::Receiver<bool>) {
    sleep_until(deadline).await;
    if *has_begun.borrow() {
        std::future::pending().await
    }
}

async fn answer(
    router: TowerToHyperService<Router>,
    refusals: Arc<Refusals>,
    guest: Guest,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let _work = guest.caller.work();
    let mut response = if guest.health_only && !is_health(request.uri()) {
        let refused = "all places for callers are taken by requests that are worked on";
        refusals.note_unspoken(guest.peer, StatusCode::SERVICE_UNAVAILABLE, "crowded", refused);
        ApiError::crowded().into_response()
    } else {
        request.extensions_mut().insert(guest.caller.clone());
        if let Some(peer) = guest.peer {
            request.extensions_mut().insert(peer);
        }
        router.call(request).await?
    };
    if guest.health_only || guest.caller.is_displaced() {
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

fn is_health(uri: &Uri) -> bool {
    ["/healthz", "/readyz"].contains(&uri.path())
}

/// Reads what nobody wants, until the caller has seen that the connection is closed.
async fn hear_out(stream: &TcpStream) {
    let (mut unwanted, mut left) = ([0; 4_096], LINGER_BYTES);
    while left > 0 && stream.readable().await.is_ok() {
        match stream.try_read(&mut unwanted) {
            Ok(0) => return,
            Ok(read) => left = left.saturating_sub(read),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Waits until the host is told to stop.
pub(super) async fn told(mut stopping: watch::Receiver<bool>) {
    // Whoever tells has gone: that is telling, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
