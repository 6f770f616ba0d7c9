//! One request and its reply on one connection, within its limits.

use super::error::EgressError;
use super::limit::{Limit, Passed};
use super::link::Link;
use super::tap::Reply;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// How a request on a connection ended without a reply.
pub(super) enum Ended {
    /// Before one of its bytes was written: it was surely not sent.
    Unsent(Cause),
    /// After.
    Sent(EgressError),
}

/// Why nothing was written.
pub(super) enum Cause {
    /// A limit had come.
    Passed(Passed),
    /// The connection had ended.
    Closed(String),
}

/// Sends the request and collects the reply. On an error the connection must not be used again; dropping it then
/// resets it.
pub(super) async fn exchange(
    link: &mut Link,
    request: http::Request<Full<Bytes>>,
    limit: &Limit,
    reply_limit: usize,
) -> Result<Reply, Ended> {
    link.gate().begin(limit.clone());
    let response = link.begin(request);
    let mut reply = pin!(collect(response, reply_limit));
    let mut timer = Box::pin(tokio::time::sleep(limit.remaining()));
    let outcome = poll_fn(|cx| {
        let ended = link.poll_driver(cx).is_ready();
        if let Poll::Ready(outcome) = reply.as_mut().poll(cx) {
            return Poll::Ready(outcome.map_err(Stop::Failed));
        }
        if ended {
            let reason = "the connection was closed".to_owned();
            return Poll::Ready(Err(Stop::Failed(EgressError::Terminated { reason })));
        }
        // A reply that is there is taken, however late it is noticed: it is the better knowledge. Without one, the
        // connection is reset as soon as a limit has come.
        while timer.as_mut().poll(cx).is_ready() {
            if let Some(passed) = limit.passed() {
                return Poll::Ready(Err(Stop::Passed(passed)));
            }
            let rest = limit.remaining().max(Duration::from_millis(1));
            timer = Box::pin(tokio::time::sleep(rest));
        }
        Poll::Pending
    })
    .await;
    match outcome {
        Ok(reply) => {
            link.finish();
            Ok(reply)
        }
        Err(stop) => Err(ended(link, stop)),
    }
}

enum Stop {
    Passed(Passed),
    Failed(EgressError),
}

fn ended(link: &Link, stop: Stop) -> Ended {
    let stop = match link.gate().stopped() {
        Some(passed) => Stop::Passed(passed),
        None => stop,
    };
    let sent = link.gate().has_written();
    match stop {
        Stop::Passed(passed) if !sent => Ended::Unsent(Cause::Passed(passed)),
        Stop::Passed(Passed::SendBefore) => Ended::Sent(EgressError::CutOff),
        Stop::Passed(Passed::Deadline) => Ended::Sent(EgressError::ReplyTimeout),
        Stop::Failed(error) if !sent => Ended::Unsent(Cause::Closed(error.to_string())),
        Stop::Failed(error) => Ended::Sent(error),
    }
}

async fn collect(
    response: impl Future<Output = hyper::Result<http::Response<Incoming>>>,
    limit: usize,
) -> Result<Reply, EgressError> {
    let (parts, mut body) = response.await.map_err(|error| hyper_error(&error))?.into_parts();
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| hyper_error(&error))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if collected.len().saturating_add(data.len()) > limit {
            return Err(EgressError::ReplyTooLarge { limit });
        }
        collected.extend_from_slice(&data);
    }
    Ok(Reply {
        status: parts.status,
        headers: parts.headers,
        body: collected.freeze(),
    })
}

fn hyper_error(error: &hyper::Error) -> EgressError {
    let reason = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if error.is_parse() {
        EgressError::Protocol { reason }
    } else {
        EgressError::Terminated { reason }
    }
}
