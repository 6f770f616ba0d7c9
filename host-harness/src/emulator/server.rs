//! The model on a socket.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

use super::answer::{Answer, Cut};
use super::clock::Clock;
use super::control::{self, Desk};
use super::ghl::{Delivery, End, Ghl};
use super::herald::{Herald, WebhookUrl};
use super::locations::Locations;

/// How often it is seen to what is late while nobody asks.
const TURN: Duration = Duration::from_millis(200);

/// One or many [`Ghl`]s that listen on a socket, for as long as it is kept.
///
/// Latency passes in real time even under a manual [`Clock`].
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Shared,
    accepting: JoinHandle<()>,
}

#[derive(Clone, Debug)]
struct Shared {
    locations: Arc<Locations>,
    clock: Clock,
    herald: Arc<Herald>,
}

impl Server {
    /// One location on an address; port 0 takes one that is free.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn bind(address: impl ToSocketAddrs, ghl: Ghl, clock: Clock) -> io::Result<Self> {
        Self::bind_many(address, [ghl], clock).await
    }

    /// Many locations on an address. The token, or the key, of a request says which of them it is for; one that nobody
    /// knows is refused by the first.
    ///
    /// # Errors
    ///
    /// When the address cannot be had, or there is no location.
    pub async fn bind_many(
        address: impl ToSocketAddrs,
        locations: impl IntoIterator<Item = Ghl>,
        clock: Clock,
    ) -> io::Result<Self> {
        let mut locations = locations.into_iter();
        let first = locations
            .next()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a server needs a location"))?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Shared {
            locations: Arc::new(Locations::new(first, locations)),
            clock,
            herald: Arc::new(Herald::new()),
        };
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many locations there are.
    pub fn locations(&self) -> usize {
        self.shared.locations.count()
    }

    /// From now on posts what GHL tells apps by webhook, of all locations, signed with a key whose other half is
    /// [`WEBHOOK_PUBLIC_KEY`](super::WEBHOOK_PUBLIC_KEY); or nothing any more.
    ///
    /// Nobody waits for it. What is not taken with a 2xx is tried again, eight times in all, with longer and longer
    /// pauses.
    pub fn post_webhooks_to(&self, url: Option<WebhookUrl>) {
        self.shared.herald.set_url(url);
    }

    /// Where webhooks are posted to, with which key they are signed, and how it went so far.
    pub fn webhooks(&self) -> serde_json::Value {
        self.shared.herald.report()
    }

    /// Looks into the first location, or changes it, as of now.
    pub fn with<T>(&self, look: impl FnOnce(&mut Ghl) -> T) -> T {
        self.shared.look(self.shared.locations.first(), look)
    }

    /// Looks into a location, or changes it, as of now. They are counted from zero; without such a one there is nothing
    /// to look into.
    pub fn with_location<T>(&self, index: usize, look: impl FnOnce(&mut Ghl) -> T) -> Option<T> {
        let ghl = self.shared.locations.at(index)?;
        Some(self.shared.look(ghl, look))
    }
}

impl Shared {
    /// Looks into a location, or changes it, as of now, and has told what there is to tell.
    ///
    /// The time is read under the lock, so that requests are served in its order.
    fn look<T>(&self, mut ghl: MutexGuard<'_, Ghl>, look: impl FnOnce(&mut Ghl) -> T) -> T {
        ghl.announce(self.herald.is_heard());
        ghl.advance(self.clock.now_ms());
        let seen = look(&mut ghl);
        self.herald.tell(ghl.take_announcements());
        seen
    }

    /// Lets what is late take effect while nobody asks, so that webhooks tell of it in time.
    fn catch_up(&self) {
        if self.herald.is_heard() {
            let all = (0..self.locations.count()).filter_map(|index| self.locations.at(index));
            all.for_each(|ghl| self.look(ghl, |_| ()));
        }
    }

    fn answer(&self, request: &Request<Bytes>) -> Delivery {
        let place = self.locations.asked_for(request.headers());
        self.look(place.ghl(), |ghl| ghl.answer(self.clock.now_ms(), request))
    }

    /// Does what a request to the control path says, to the location of its token, else to the first.
    fn control(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let place = self.locations.asked_for(request.headers());
        self.look(place.ghl(), |ghl| {
            let desk = Desk {
                ghl,
                start: &place.start,
                clock: &self.clock,
                herald: &self.herald,
            };
            control::answer(request, desk)
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The connections belong to this task and end with it.
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Shared) {
    let mut connections = JoinSet::new();
    let mut turns = tokio::time::interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = turns.tick() => {
                shared.catch_up();
                continue;
            }
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, shared.clone()));
            }
            Err(error) => {
                // Mostly out of file descriptors; some may be free in a moment.
                tracing::warn!(%error, "failed to accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, shared: Shared) {
    // Small answers should not wait for one another.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to send without delay");
    }
    let cut = Arc::new(AtomicBool::new(false));
    let line = Line {
        stream,
        cut: Arc::clone(&cut),
    };
    let service = service_fn(move |request| respond(request, shared.clone(), Arc::clone(&cut)));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(line), service);
    if let Err(error) = connection.await {
        // A connection that a fault cut ends up here as well.
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn respond(request: Request<Incoming>, shared: Shared, cut: Arc<AtomicBool>) -> Result<Response<Answer>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let request = Request::from_parts(head, body);
    if control::is_meant(&request) {
        let reply = shared.control(&request);
        return Ok(reply.map(|bytes| Answer::whole(bytes, Duration::ZERO)));
    }
    let Delivery { after, over, end } = shared.answer(&request);
    if !after.is_zero() {
        tokio::time::sleep(after).await;
    }
    match end {
        End::Reply(reply) => Ok(reply.map(|bytes| Answer::whole(bytes, over))),
        End::Truncated(mut reply) => {
            let promised = reply.body().len().into();
            reply.headers_mut().insert(CONTENT_LENGTH, promised);
            Ok(reply.map(|bytes| Answer::half(&bytes, over)))
        }
        End::Reset => {
            cut.store(true, Ordering::SeqCst);
            Err(Cut)
        }
    }
}

/// A connection that is reset in place of being closed once it is marked as cut.
///
/// Only then: a reset throws away what the other side has not read yet.
#[derive(Debug)]
struct Line {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.cut.load(Ordering::SeqCst)
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::warn!(%error, "failed to have a connection reset");
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{MONDAY, Trial, request, tuesday};
    use crate::emulator::{Effect, Fault, Seed, Token};
    use http::Method;
    use std::io::{Read, Write};
    use std::net::TcpStream as Client;

    async fn serving(seed: Seed) -> (Server, Clock) {
        let clock = Clock::manual(MONDAY);
        let ghl = Ghl::new(seed).unwrap();
        let server = Server::bind("127.0.0.1:0", ghl, clock.clone()).await;
        (server.unwrap(), clock)
    }

    /// The bytes of a booking of the open house at ten.
    fn booking() -> Vec<u8> {
        let body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
        bytes_of(&request(Method::POST, "/calendars/events/appointments", Some(body)))
    }

    fn bytes_of(request: &Request<Bytes>) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: ghl\r\n", request.method(), request.uri());
        for (name, value) in request.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        head += &format!("content-length: {}\r\n\r\n", request.body().len());
        [head.as_bytes(), request.body()].concat()
    }

    /// Sends, and reads until the other side ends the connection or has answered whole.
    fn exchange(stream: &mut Client, bytes: &[u8]) -> (String, io::Result<()>) {
        stream.write_all(bytes).unwrap();
        read(stream)
    }

    fn read(stream: &mut Client) -> (String, io::Result<()>) {
        let mut answer = Vec::new();
        loop {
            let mut part = [0; 4096];
            match stream.read(&mut part) {
                Ok(0) => return (text(answer), Ok(())),
                Err(error) => return (text(answer), Err(error)),
                Ok(count) => answer.extend_from_slice(&part[..count]),
            }
            if is_whole(&answer) {
                return (text(answer), Ok(()));
            }
        }
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    fn promised(answer: &str) -> Option<(usize, usize)> {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        Some((length.parse().ok()?, body.len()))
    }

    fn is_whole(answer: &[u8]) -> bool {
        let answer = String::from_utf8_lossy(answer);
        promised(&answer).is_some_and(|(promised, there)| promised == there)
    }

    fn inject(server: &Server, effect: Effect) {
        server.with(|ghl| ghl.inject(Fault::on("*", effect).unwrap()));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_connection_serves_many_requests() {
        let (server, _) = serving(Seed::demo()).await;
        let mut stream = Client::connect(server.address()).unwrap();
        for expected in ["HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request"] {
            let (answer, _) = exchange(&mut stream, &booking());
            assert!(answer.starts_with(expected), "{answer}");
            assert!(answer.contains("\r\nx-ratelimit-max: 100\r\n"));
        }
        assert_eq!(server.with(|ghl| ghl.appointments().count()), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reset_is_a_reset_on_the_wire() {
        let (server, _) = serving(Seed::demo()).await;
        inject(&server, Effect::ResetAfterCommit);
        let mut stream = Client::connect(server.address()).unwrap();
        let (answer, end) = exchange(&mut stream, &booking());
        assert_eq!(answer, "");
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(server.with(|ghl| ghl.appointments().count()), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_truncated_answer_promises_more_than_it_holds() {
        let (server, _) = serving(Seed::demo()).await;
        inject(&server, Effect::Truncate);
        let mut stream = Client::connect(server.address()).unwrap();
        let (answer, end) = exchange(&mut stream, &booking());
        assert!(end.is_ok(), "{end:?}");
        assert!(answer.starts_with("HTTP/1.1 200 OK"));
        let (promised, there) = promised(&answer).unwrap();
        assert_eq!(there, promised / 2);
        assert_eq!(server.with(|ghl| ghl.appointments().count()), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn latency_is_felt() {
        let (server, _) = serving(Seed::demo()).await;
        inject(&server, Effect::Latency { ms: 80 });
        let begin = std::time::Instant::now();
        let mut stream = Client::connect(server.address()).unwrap();
        let (answer, _) = exchange(&mut stream, &booking());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(begin.elapsed() >= Duration::from_millis(80));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_that_trickles_comes_whole() {
        let (server, _) = serving(Seed::demo()).await;
        inject(&server, Effect::Trickle { ms: 80 });
        let begin = std::time::Instant::now();
        let mut stream = Client::connect(server.address()).unwrap();
        let (answer, end) = exchange(&mut stream, &booking());
        assert!(end.is_ok() && answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(begin.elapsed() >= Duration::from_millis(70));
        let (promised, there) = promised(&answer).unwrap();
        assert_eq!(promised, there);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_locations_share_a_server_and_nothing_else() {
        let location = |number: usize| {
            let mut seed = Seed::demo();
            seed.tokens = vec![Token::of_location(&format!("pit-{number}"))];
            seed.rate_limit.max = 1;
            Ghl::new(seed).unwrap()
        };
        let server = Server::bind_many("127.0.0.1:0", (0..3).map(location), Clock::manual(MONDAY));
        let server = server.await.unwrap();
        let ask = |token: &str| {
            let bytes = String::from_utf8(booking()).unwrap().replace(Seed::DEMO_TOKEN, token);
            let mut stream = Client::connect(server.address()).unwrap();
            exchange(&mut stream, bytes.as_bytes()).0[..12].to_owned()
        };
        let answers = ["pit-2", "pit-2", "pit-1", "pit-9"].map(ask);
        assert_eq!(
            answers,
            ["HTTP/1.1 200", "HTTP/1.1 429", "HTTP/1.1 200", "HTTP/1.1 401"]
        );
        let booked = (0..4).map(|index| server.with_location(index, |ghl| ghl.appointments().count()));
        assert_eq!(booked.collect::<Vec<_>>(), [Some(0), Some(1), Some(1), None]);
        assert_eq!(server.locations(), 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_manual_clock_brings_late_commits() {
        let (server, clock) = serving(Seed::demo()).await;
        inject(&server, Effect::CommitLate { ms: 45_000 });
        let mut stream = Client::connect(server.address()).unwrap();
        let (answer, _) = exchange(&mut stream, &booking());
        assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
        assert_eq!(server.with(|ghl| ghl.appointments().count()), 0);
        clock.advance(Duration::from_secs(45));
        assert_eq!(server.with(|ghl| ghl.appointments().count()), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_hundreds_of_bookings_at_once_one_wins() {
        let mut seed = Seed::demo();
        seed.rate_limit.max = 1_000;
        let (server, _) = serving(seed).await;
        let connect = |_| Client::connect(server.address()).unwrap();
        let mut clients: Vec<Client> = (0..400).map(connect).collect();
        for client in &mut clients {
            client.write_all(&booking()).unwrap();
        }
        let answers: Vec<String> = clients.iter_mut().map(|client| read(client).0).collect();
        let won = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 200"));
        assert_eq!(won.count(), 1);
        let lost = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 400"));
        assert_eq!(lost.count(), 399);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_ends_when_it_is_dropped() {
        let (server, _) = serving(Seed::demo()).await;
        let address = server.address();
        let mut open = Client::connect(address).unwrap();
        let (answer, _) = exchange(&mut open, &booking());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        drop(server);
        assert!(matches!(open.read(&mut [0; 1]), Ok(0) | Err(_)));
        // The task that listened ends at its next turn.
        for _ in 0..100 {
            if Client::connect(address).is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("somebody still listens");
    }
}
