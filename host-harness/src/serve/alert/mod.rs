//! Tells people elsewhere of what is set aside: posts each `event.failed` to the URL that its connection has for that.
//!
//! How far that has come is in the state file. It goes on only after a 2xx, so that people are told at least once, in
//! order. The URL is a secret that the host alone knows; no log says it.

mod message;

use super::connections::{Connections, Served};
use super::metrics::Metrics;
use crate::egress::{Client, EgressError, Endpoint, Reply};
use crate::inbox::{Alert, ConnectionId, Inbox};
use crate::pace::retry_after_ms;
use crate::storage::{StorageError, whole_ms};
use http::StatusCode;
use message::Message;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tracing::Instrument;

/// How often to look for what is to be told.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long one try may take.
const LONGEST_TRY: Duration = Duration::from_secs(10);

/// How long a try may take with all that is written down about it. After that somebody else tries.
const LEASE: Duration = Duration::from_secs(30);

/// How long the first pause between two tries may be, and any. Each one may be twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Posts what is set aside. Connections do not wait for each other.
pub struct Alerts {
    desk: Arc<Desk>,
    connections: Connections,
    of: Vec<ConnectionId>,
    posts: JoinSet<()>,
}

/// What a post needs.
struct Desk {
    inbox: Inbox,
    client: Arc<Client>,
    metrics: Arc<Metrics>,
}

impl Alerts {
    /// For the connections that have a URL and are not in shadow. What they set aside from now on is posted, and what
    /// earlier ones in the same inbox did not come to.
    pub fn new(
        inbox: Inbox,
        connections: Connections,
        client: Arc<Client>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StorageError> {
        let mut of = Vec::new();
        for served in connections.iter() {
            if served.alert_url.is_some() && !served.in_shadow {
                inbox.begin_alerts(served.registered.connection)?;
                tracing::info!(connection = served.name, "people are told of what is set aside");
                of.push(served.registered.connection);
            }
        }
        Ok(Self {
            desk: Arc::new(Desk { inbox, client, metrics }),
            connections,
            of,
            posts: JoinSet::new(),
        })
    }

    /// Posts what is set aside until `stop` is ready, and then waits for what has begun.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        if self.of.is_empty() {
            return;
        }
        let mut stop = std::pin::pin!(stop);
        loop {
            self.look().await;
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = self.posts.join_next() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        while self.posts.join_next().await.is_some() {}
    }

    /// Begins to post what is due.
    async fn look(&mut self) {
        let (inbox, of) = (self.desk.inbox.clone(), self.of.clone());
        let taken = tokio::task::spawn_blocking(move || inbox.take_alerts(of, whole_ms(LEASE)));
        let taken = match taken.await {
            Ok(Ok(taken)) => taken,
            Ok(Err(error)) => return tracing::error!(%error, "cannot look for what people are to be told"),
            Err(error) => return tracing::error!(%error, "cannot look for what people are to be told"),
        };
        for alert in taken {
            let Some(served) = self.connections.by_id(alert.connection) else {
                continue;
            };
            let span = tracing::info_span!("alert", number = alert.number, connection = served.name, id = alert.id);
            self.posts
                .spawn(self.desk.clone().tell(served.clone(), alert).instrument(span));
        }
    }
}

impl Desk {
    /// Tries to tell people, and writes down what came of it.
    async fn tell(self: Arc<Self>, served: Arc<Served>, alert: Alert) {
        let answer = match (&served.alert_url, Message::new(&served.name, &alert)) {
            (Some(url), Ok(message)) => self.post(url, message).await,
            (_, Err(error)) => Answer::Never(format!("it does not say what failed: {error}")),
            (None, _) => return,
        };
        self.metrics.note_alert(&served.name, answer.name());
        let after = match &answer {
            Answer::Told => {
                tracing::info!("people were told that an event was set aside");
                None
            }
            Answer::Never(why) => {
                tracing::error!(why, "people cannot be told that an event was set aside");
                None
            }
            Answer::Later(why, asked) => {
                let after = pause(alert.tries, *asked);
                tracing::warn!(why, ?after, "people were not told yet that an event was set aside");
                Some(after)
            }
        };
        let written = tokio::task::spawn_blocking(move || match after {
            Some(after) => self.inbox.put_alert_off(&alert, whole_ms(after)),
            None => self.inbox.settle_alert(&alert),
        });
        // Its lease ends, and it is tried again.
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "cannot note what people were told"),
            Err(error) => tracing::error!(%error, "cannot note what people were told"),
        }
    }

    async fn post(&self, url: &Endpoint, message: Message) -> Answer {
        match self.client.post(url, message.headers, message.body, LONGEST_TRY).await {
            Ok(reply) => Answer::of(&reply),
            Err(error) => Answer::Later(reason(&error).to_owned(), Duration::ZERO),
        }
    }
}

/// What came of a try.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// People were told.
    Told,
    /// It is no use to try again.
    Never(String),
    /// It is to be tried again, and not before this has passed.
    Later(String, Duration),
}

impl Answer {
    fn of(reply: &Reply) -> Self {
        let said = format!("it was answered with {}", reply.status.as_u16());
        match reply.status {
            status if status.is_success() => Self::Told,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Self::Later(said, asked(reply)),
            status if status.is_server_error() => Self::Later(said, asked(reply)),
            _ => Self::Never(said),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Never(_) => "refused",
            Self::Later(..) => "put-off",
        }
    }
}

/// How long the server wants to be left alone.
fn asked(reply: &Reply) -> Duration {
    Duration::from_millis(retry_after_ms(&reply.headers).unwrap_or(0))
}

/// How long to wait after so many tries before this one.
fn pause(tries: u32, asked: Duration) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(tries))
        .min(LONGEST_PAUSE);
    longest
        .mul_f64(0.5 + fastrand::f64() / 2.0)
        .max(asked)
        .min(LONGEST_PAUSE)
}

/// Why there is no answer, without the server: its name may be part of what nobody is to know.
fn reason(error: &EgressError) -> &'static str {
    match error {
        EgressError::Unresolved { .. } => "the name of its server cannot be resolved",
        EgressError::Certificate { .. } => "the certificate of its server is not trusted",
        EgressError::Tls { .. } => "the TLS handshake with its server failed",
        EgressError::ConnectTimeout { .. } | EgressError::ReplyTimeout => "there was no answer in time",
        error if error.surely_not_sent() => "there is no connection to its server",
        _ => "the answer was incomplete",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::RETRY_AFTER;

    fn reply(status: u16) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: [(RETRY_AFTER, "7".parse().unwrap())].into_iter().collect(),
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, name) in [
            (200, "told"),
            (204, "told"),
            (302, "refused"),
            (400, "refused"),
            (404, "refused"),
            (410, "refused"),
            (408, "put-off"),
            (429, "put-off"),
            (500, "put-off"),
            (503, "put-off"),
        ] {
            assert_eq!(Answer::of(&reply(status)).name(), name, "{status}");
        }
        let Answer::Later(_, asked) = Answer::of(&reply(429)) else {
            panic!("it is tried again");
        };
        assert_eq!(asked, Duration::from_secs(7));
    }

    #[test]
    fn pauses_grow_and_are_never_longer_than_five_minutes() {
        for (tries, least_ms, most_ms) in [(0, 500, 1_000), (3, 4_000, 8_000), (30, 150_000, 300_000)] {
            let pause = whole_ms(pause(tries, Duration::ZERO));
            assert!((least_ms..=most_ms).contains(&pause), "{tries}: {pause}");
        }
        assert_eq!(pause(0, Duration::from_secs(7)), Duration::from_secs(7));
        assert_eq!(pause(0, Duration::from_secs(86_400)), LONGEST_PAUSE);
    }
}
