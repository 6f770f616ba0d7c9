//! A server of few words. It reads whole requests and does with each what its script says.

use super::super::Origin;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) enum Act {
    Reply(String),
    ReplyAndClose(String),
    Close,
    /// Keeps the connection and says nothing.
    Hang,
}

impl Act {
    pub(crate) fn reply(status: u16, body: &str) -> Self {
        let length = body.len();
        Self::Reply(format!(
            "HTTP/1.1 {status} Words\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }
}

pub(crate) struct Server {
    pub(crate) origin: Origin,
    seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct Seen {
    connections: Mutex<usize>,
    bytes: Mutex<usize>,
    requests: Mutex<Vec<String>>,
    endings: Mutex<Vec<ErrorKind>>,
}

impl Server {
    pub(crate) fn start(script: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Origin::new("http", &listener.local_addr().unwrap().to_string()).unwrap();
        let seen = Arc::new(Seen::default());
        let stop = Arc::new(AtomicBool::new(false));
        let script = Arc::new(script);
        thread::spawn({
            let (seen, stop) = (seen.clone(), stop.clone());
            move || {
                for connection in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    *seen.connections.lock().unwrap() += 1;
                    let (seen, script) = (seen.clone(), script.clone());
                    thread::spawn(move || {
                        if let Err(error) = talk(connection.unwrap(), &seen, &*script) {
                            seen.endings.lock().unwrap().push(error.kind());
                        }
                    });
                }
            }
        });
        Self { origin, seen, stop }
    }

    /// Stops listening; the address is then nobody's.
    pub(crate) fn stop(self) -> Origin {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.origin.authority()));
        let origin = self.origin.clone();
        until(|| TcpStream::connect(origin.authority()).is_err().then_some(()));
        origin
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("{}{target}", self.origin)
    }

    pub(crate) fn connections(&self) -> usize {
        *self.seen.connections.lock().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// How many bytes have come.
    pub(crate) fn bytes_received(&self) -> usize {
        *self.seen.bytes.lock().unwrap()
    }

    /// How the first connection ended that did not end by this server's doing.
    pub(crate) fn ending(&self) -> Option<ErrorKind> {
        until(|| self.seen.endings.lock().unwrap().first().copied())
    }
}

impl Server {
    /// How many connections have ended that did not end by this server's doing, once they are so many.
    pub(crate) fn endings_after(&self, count: usize) -> usize {
        let ended = || self.seen.endings.lock().unwrap().len();
        until(|| (ended() >= count).then_some(()));
        ended()
    }
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        let found = look();
        if found.is_some() || start.elapsed() > Duration::from_secs(5) {
            return found;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn talk(mut connection: TcpStream, seen: &Seen, script: &dyn Fn(&str) -> Act) -> io::Result<()> {
    loop {
        let request = read_request(&mut connection, seen)?;
        let act = script(&request);
        seen.requests.lock().unwrap().push(request);
        match act {
            Act::Reply(reply) => connection.write_all(reply.as_bytes())?,
            Act::ReplyAndClose(reply) => return connection.write_all(reply.as_bytes()),
            Act::Close => return Ok(()),
            Act::Hang => {
                connection.read_exact(&mut [0])?;
            }
        }
    }
}

fn read_request(connection: &mut TcpStream, seen: &Seen) -> io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0];
        connection.read_exact(&mut byte)?;
        *seen.bytes.lock().unwrap() += 1;
        bytes.push(byte[0]);
        if bytes.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok(head + &String::from_utf8(body).unwrap())
}
