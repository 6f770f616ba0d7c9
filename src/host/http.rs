//! Sends requests through `wasi:http`, several at a time.
//!
//! waki's own client waits for each answer before the next request can leave, so this stands on the bindings that waki
//! brings.

use waki::Method;
use waki::bindings::wasi::clocks::monotonic_clock;
use waki::bindings::wasi::http::outgoing_handler;
use waki::bindings::wasi::http::types::{
    FutureIncomingResponse, Headers, IncomingBody, IncomingResponse, OutgoingBody, OutgoingRequest, RequestOptions,
    http_error_code,
};
use waki::bindings::wasi::io::poll::{self, Pollable};
use waki::bindings::wasi::io::streams::StreamError;

use super::ending::{ending, not_begun, sentence};
use crate::api::{Message, Response};
use crate::ghl::provider::READ_HEADERS;
use crate::run::{SendError, Timeouts, USER_AGENT};

/// How much is read of a body at once, in bytes.
const READ_AT_ONCE: u64 = 64 * 1024;

/// How much `wasi:io` takes in one blocking write, in bytes.
const PIECE: usize = 4096;

/// A request that the host has begun.
struct Begun {
    response: FutureIncomingResponse,
    /// Why the host did not take the whole request, if it did not.
    untaken: Option<String>,
    server: String,
}

/// Sends requests at the same time, and reads the whole answer to each.
pub(super) fn send_all(messages: Vec<Message>, timeouts: Timeouts) -> Vec<Result<Response, SendError>> {
    let over = monotonic_clock::subscribe_duration(nanoseconds(timeouts.whole_ms));
    let mut under_way = Vec::new();
    for message in messages {
        under_way.push(begin(message, timeouts.part_ms));
    }
    wait_for_all(&under_way, &over);
    let mut ended = Vec::new();
    for begun in under_way {
        ended.push(begun.and_then(|begun| finish(&begun, &over)));
    }
    ended
}

fn nanoseconds(milliseconds: u64) -> u64 {
    milliseconds.saturating_mul(1_000_000)
}

/// Waits until every request that is under way has the head of an answer, or failed, or the time for them is over.
fn wait_for_all(under_way: &[Result<Begun, SendError>], over: &Pollable) {
    let mut pollables = Vec::new();
    for begun in under_way.iter().flatten() {
        pollables.push(begun.response.subscribe());
    }
    let mut waiting: Vec<_> = pollables.iter().collect();
    while !waiting.is_empty() {
        waiting.push(over);
        let ready = poll::poll(&waiting);
        waiting.pop();
        if ready.iter().any(|place| usize::try_from(*place) == Ok(waiting.len())) {
            return;
        }
        let mut place = 0;
        waiting.retain(|_| {
            let still = !ready.contains(&place);
            place += 1;
            still
        });
    }
}

fn begin(message: Message, timeout_ms: u64) -> Result<Begun, SendError> {
    let unsendable = |what: &str| SendError::NotSent(format!("the request has no usable {what}"));
    let headers = headers(message.headers).ok_or_else(|| unsendable("header"))?;
    let outgoing = OutgoingRequest::new(headers);
    let method = match message.method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        other => Method::Other(other.to_owned()),
    };
    outgoing.set_method(&method).map_err(|()| unsendable("method"))?;
    let scheme = message.scheme.as_str().into();
    outgoing.set_scheme(Some(&scheme)).map_err(|()| unsendable("scheme"))?;
    let server = message.authority;
    outgoing
        .set_authority(Some(&server))
        .map_err(|()| unsendable("authority"))?;
    outgoing
        .set_path_with_query(Some(&message.target))
        .map_err(|()| unsendable("path"))?;

    let body = outgoing.body().map_err(|()| unsendable("body"))?;
    let response =
        outgoing_handler::handle(outgoing, Some(options(timeout_ms))).map_err(|code| not_begun(&code, &server))?;
    Ok(Begun {
        response,
        untaken: write(body, &message.body).err(),
        server,
    })
}

/// The headers of a request. Some hosts do not let a component say what it is called.
fn headers(headers: Vec<(&'static str, String)>) -> Option<Headers> {
    let mut entries = Vec::new();
    for (name, value) in headers {
        entries.push((name.to_owned(), value.into_bytes()));
    }
    Headers::from_list(&entries).ok().or_else(|| {
        entries.retain(|(name, _)| name != USER_AGENT);
        Headers::from_list(&entries).ok()
    })
}

/// Every timeout there is. Each bounds a part of the exchange, and hosts differ in which they keep: jco takes the one
/// for connecting as one for the answer.
fn options(timeout_ms: u64) -> RequestOptions {
    let timeout = Some(nanoseconds(timeout_ms));
    let options = RequestOptions::new();
    // A host that knows no such bound has its own, and the wait for the whole answer ends all the same.
    let _ = options.set_connect_timeout(timeout);
    let _ = options.set_first_byte_timeout(timeout);
    let _ = options.set_between_bytes_timeout(timeout);
    options
}

/// Writes a body. It goes out in chunks and must not be given a length.
fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), String> {
    if !bytes.is_empty() {
        let stream = body.write().map_err(|()| "it cannot be written".to_owned())?;
        for piece in bytes.chunks(PIECE) {
            stream.blocking_write_and_flush(piece).map_err(|error| match error {
                StreamError::Closed => "its stream was closed".to_owned(),
                StreamError::LastOperationFailed(error) => error.to_debug_string(),
            })?;
        }
    }
    OutgoingBody::finish(body, None).map_err(|code| sentence(&code))
}

/// Reads the whole answer.
fn finish(begun: &Begun, over: &Pollable) -> Result<Response, SendError> {
    let server = &begun.server;
    let unknown = |why: &str| SendError::Unknown(format!("no complete answer came from `{server}`: {why}"));
    let incoming = match (begun.response.get(), &begun.untaken) {
        // The host took the request and not its body: what it says of the request counts.
        (Some(Ok(Err(code))), _) => return Err(ending(&code, server)),
        (_, Some(why)) => return Err(unknown(&format!("the body of the request was not taken ({why})"))),
        (Some(Ok(Ok(incoming))), None) => incoming,
        (Some(Err(())) | None, None) => return Err(unknown("the time for it was over")),
    };
    let status = incoming.status();
    if !(100..1000).contains(&status) {
        return Err(unknown(&format!("{status} is not a status of HTTP")));
    }
    let headers = read_headers(&incoming);
    let body = incoming.consume().map_err(|()| unknown("its body is gone"))?;
    drop(incoming);
    Ok(Response {
        status,
        headers,
        body: read(&body, over).map_err(|why| unknown(&why))?,
    })
}

/// The headers that somebody reads.
fn read_headers(incoming: &IncomingResponse) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (name, value) in incoming.headers().entries() {
        if let (true, Ok(value)) = (READ_HEADERS.contains(&name.as_str()), String::from_utf8(value)) {
            headers.push((name, value));
        }
    }
    headers
}

/// Reads a body to its end, or until the time for it is over.
fn read(body: &IncomingBody, over: &Pollable) -> Result<Vec<u8>, String> {
    let stream = body.stream().map_err(|()| "its body cannot be read".to_owned())?;
    let more = stream.subscribe();
    let mut whole = Vec::new();
    loop {
        if !poll::poll(&[&more, over]).contains(&0) {
            return Err("it was not complete when the time for it was over".to_owned());
        }
        match stream.read(READ_AT_ONCE) {
            Ok(mut piece) => whole.append(&mut piece),
            Err(StreamError::Closed) => return Ok(whole),
            Err(StreamError::LastOperationFailed(error)) => {
                let code = http_error_code(&error);
                return Err(code.map_or_else(|| error.to_debug_string(), |code| sentence(&code)));
            }
        }
    }
}
