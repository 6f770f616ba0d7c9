//! Sends requests through `wasi:http`, several at a time.
//!
//! waki's own client waits for each answer before the next request can leave, so this stands on the bindings that waki
//! brings.

use std::fmt;
use std::time::Duration;

use http::header::{HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode};
use waki::bindings::wasi::http::outgoing_handler;
use waki::bindings::wasi::http::types::{
    FutureIncomingResponse, Headers, IncomingBody, IncomingResponse, OutgoingBody, OutgoingRequest, RequestOptions,
};
use waki::bindings::wasi::io::poll;
use waki::bindings::wasi::io::streams::StreamError;
use waki::{ErrorCode, Method};

use crate::ghl::provider::READ_HEADERS;
use crate::run::SendError;

/// How long connecting may take. Everything else is bounded by the host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How much is read of a body at once, in bytes.
const READ_AT_ONCE: u64 = 64 * 1024;

/// How much `wasi:io` takes in one blocking write, in bytes.
const PIECE: usize = 4096;

/// Sends requests at the same time, and reads the whole answer to each.
pub(super) fn send_all(requests: Vec<Request<Vec<u8>>>) -> Vec<Result<Response<Vec<u8>>, SendError>> {
    let under_way: Vec<_> = requests.into_iter().map(begin).collect();
    wait_for_all(&under_way);
    under_way
        .into_iter()
        .map(|begun| begun.and_then(|response| finish(&response)))
        .collect()
}

/// Waits until every request that is under way has the head of an answer, or failed.
fn wait_for_all(under_way: &[Result<FutureIncomingResponse, SendError>]) {
    let pollables: Vec<_> = under_way
        .iter()
        .flatten()
        .map(FutureIncomingResponse::subscribe)
        .collect();
    let mut waiting: Vec<_> = pollables.iter().collect();
    while !waiting.is_empty() {
        let ready = poll::poll(&waiting);
        let mut place = 0;
        waiting.retain(|_| {
            let still = !ready.contains(&place);
            place += 1;
            still
        });
    }
}

fn begin(request: Request<Vec<u8>>) -> Result<FutureIncomingResponse, SendError> {
    let (parts, bytes) = request.into_parts();
    let unsendable = |what: &str| SendError::NotSent(format!("the request has no usable {what}"));
    let headers = Headers::try_from(parts.headers).map_err(|_| unsendable("header"))?;
    let outgoing = OutgoingRequest::new(headers);
    let method = match parts.method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::DELETE => Method::Delete,
        other => Method::Other(other.to_string()),
    };
    outgoing.set_method(&method).map_err(|()| unsendable("method"))?;
    let scheme = parts.uri.scheme_str().map(Into::into);
    outgoing
        .set_scheme(scheme.as_ref())
        .map_err(|()| unsendable("scheme"))?;
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    outgoing
        .set_authority(authority)
        .map_err(|()| unsendable("authority"))?;
    let target = parts.uri.path_and_query().map(|target| target.as_str());
    outgoing.set_path_with_query(target).map_err(|()| unsendable("path"))?;
    let options = RequestOptions::new();
    let timeout = u64::try_from(CONNECT_TIMEOUT.as_nanos()).ok();
    // A host that knows no such bound has its own.
    let _ = options.set_connect_timeout(timeout);

    let body = outgoing.body().map_err(|()| unsendable("body"))?;
    let response = outgoing_handler::handle(outgoing, Some(options)).map_err(|code| ending(Some(&code), &code))?;
    match write(body, &bytes) {
        Ok(()) => Ok(response),
        // The host took the request and not its body: if it has already said why, that counts.
        Err(error) => match response.get() {
            Some(Ok(Err(code))) => Err(ending(Some(&code), &code)),
            _ => Err(SendError::Unknown(format!("the body was not taken ({error})"))),
        },
    }
}

/// Writes a body. It goes out in chunks and must not be given a length.
fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), String> {
    if !bytes.is_empty() {
        let stream = body.write().map_err(|()| "it cannot be written".to_owned())?;
        for piece in bytes.chunks(PIECE) {
            stream
                .blocking_write_and_flush(piece)
                .map_err(|error| error.to_string())?;
        }
    }
    OutgoingBody::finish(body, None).map_err(|error| error.to_string())
}

/// Reads the whole answer.
fn finish(response: &FutureIncomingResponse) -> Result<Response<Vec<u8>>, SendError> {
    let incoming = match response.get() {
        Some(Ok(Ok(incoming))) => incoming,
        Some(Ok(Err(code))) => return Err(ending(Some(&code), &code)),
        Some(Err(())) | None => return Err(SendError::Unknown("no answer is to be had".to_owned())),
    };
    let status = StatusCode::from_u16(incoming.status())
        .map_err(|_| SendError::Unknown(format!("the status {} is none", incoming.status())))?;
    let headers = read_headers(&incoming);
    let body = incoming
        .consume()
        .map_err(|()| SendError::Unknown("the body is gone".to_owned()))?;
    drop(incoming);
    let mut whole = Response::new(read(&body)?);
    *whole.status_mut() = status;
    *whole.headers_mut() = headers;
    Ok(whole)
}

/// The headers that somebody reads.
fn read_headers(incoming: &IncomingResponse) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in incoming.headers().entries() {
        let known = READ_HEADERS.iter().find(|known| known.as_str() == name);
        if let (Some(known), Ok(value)) = (known, HeaderValue::from_bytes(&value)) {
            headers.insert(known, value);
        }
    }
    headers
}

/// Reads a body to its end.
fn read(body: &IncomingBody) -> Result<Vec<u8>, SendError> {
    let broken = |why: String| SendError::Unknown(format!("no whole answer came ({why})"));
    let stream = body
        .stream()
        .map_err(|()| broken("its body cannot be read".to_owned()))?;
    let mut whole = Vec::new();
    loop {
        match stream.blocking_read(READ_AT_ONCE) {
            Ok(mut piece) => whole.append(&mut piece),
            Err(StreamError::Closed) => return Ok(whole),
            Err(StreamError::LastOperationFailed(error)) => return Err(broken(error.to_debug_string())),
        }
    }
}

/// Whether a request surely did not leave. In doubt it may have.
fn ending(code: Option<&ErrorCode>, error: &dyn fmt::Display) -> SendError {
    let Some(code) = code else {
        return SendError::Unknown(error.to_string());
    };
    let message = format!("{code:?}");
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => SendError::Denied(format!(
            "the host does not let the request out, or the time to send it is over ({message})"
        )),
        ErrorCode::ConnectionLimitReached => SendError::NoPlace(format!(
            "the host keeps to the provider's limit and has no place for the request now ({message})"
        )),
        ErrorCode::DnsTimeout
        | ErrorCode::DnsError(_)
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTimeout
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError => SendError::NotSent(format!("the server cannot be reached ({message})")),
        _ => SendError::Unknown(format!("no whole answer came ({message})")),
    }
}
