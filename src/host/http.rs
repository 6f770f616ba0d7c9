//! Sends requests through `wasi:http`.

use std::fmt;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use waki::{Client, ErrorCode, Method};

use crate::run::SendError;

/// How long connecting may take. Everything else is bounded by the host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends a request and reads the whole answer.
pub(super) fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, SendError> {
    let (parts, body) = request.into_parts();
    let url = parts.uri.to_string();
    let mut headers = Vec::with_capacity(parts.headers.len());
    for (name, value) in &parts.headers {
        headers.push((name, value));
    }
    let method = match parts.method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::DELETE => Method::Delete,
        other => Method::Other(other.to_string()),
    };
    let mut builder = Client::new()
        .request(method, &url)
        .connect_timeout(CONNECT_TIMEOUT)
        .headers(headers);
    // waki sends bodies in chunks and must not be given a length; without a body there is nothing to send.
    if !body.is_empty() {
        builder = builder.body(body);
    }
    let response = builder.send().map_err(|error| ending(error.downcast_ref(), &error))?;
    let status = StatusCode::from_u16(response.status_code())
        .map_err(|_| SendError::Unknown(format!("the status {} is none", response.status_code())))?;
    let mut whole = Response::new(Vec::new());
    *whole.status_mut() = status;
    *whole.headers_mut() = response.headers().clone();
    *whole.body_mut() = response.body().map_err(|error| ending(error.downcast_ref(), &error))?;
    Ok(whole)
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
