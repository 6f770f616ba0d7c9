//! One request to a process.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a client waits for an answer: a process that stands still does not answer for longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends events to a process. `Err` says why there is no answer; the events may have been taken in all the same.
pub(super) async fn post(address: SocketAddr, target: &str, body: Bytes) -> Result<(StatusCode, Bytes), String> {
    tokio::time::timeout(PATIENCE, exchange(address, target, body))
        .await
        .unwrap_or_else(|_| Err("no answer in time".to_owned()))
}

async fn exchange(address: SocketAddr, target: &str, body: Bytes) -> Result<(StatusCode, Bytes), String> {
    let stream = TcpStream::connect(address).await.map_err(words)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(words)?;
    let request = Request::post(target)
        .header(HOST, address.to_string())
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(body))
        .map_err(words)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(words)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(words)?;
        Ok((status, body.to_bytes()))
    };
    tokio::select! {
        answer = answer => answer,
        Err(error) = connection => Err(error.to_string()),
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
