//! Posts webhooks, in the background.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::announcement::{Announcement, Mishap};
use super::seal::{WEBHOOK_PUBLIC_KEY, seal};
use crate::egress::{Client, ClientOptions, Endpoint, EndpointError};

/// How many webhooks may wait for their first try. What is more is given up.
const WAITING: usize = 10_000;

/// How often a webhook is tried.
const TRIES: u32 = 8;

/// How long the first pause between two tries may be; each one may be twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long one try may take.
const LONGEST_TRY: Duration = Duration::from_secs(5);

/// How long a webhook that is to come after the next one waits for it.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Where webhooks are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(Endpoint);

impl FromStr for WebhookUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |error: EndpointError| format!("`{text}` {error}");
        text.parse().map(Self).map_err(wrong)
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.expose())
    }
}

/// Posts what is announced, one after the other; what is to be tried again, beside that.
#[derive(Debug)]
pub(super) struct Herald {
    url: RwLock<Option<WebhookUrl>>,
    queue: mpsc::Sender<Letter>,
    tally: Arc<Tally>,
    work: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Tally {
    waiting: AtomicU64,
    sent: AtomicU64,
    given_up: AtomicU64,
}

impl Herald {
    /// One that has nowhere to post to yet.
    pub(super) fn new() -> Self {
        let (queue, letters) = mpsc::channel(WAITING);
        let tally = Arc::<Tally>::default();
        let work = tokio::spawn(work(letters, Arc::clone(&tally)));
        let url = RwLock::default();
        Self {
            url,
            queue,
            tally,
            work,
        }
    }

    /// From now on posts to somewhere else, or nothing. What waits still goes where it was to go.
    pub(super) fn set_url(&self, url: Option<WebhookUrl>) {
        *self.url.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    /// Whether anybody is told.
    pub(super) fn is_heard(&self) -> bool {
        self.url.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(super) fn url(&self) -> Option<WebhookUrl> {
        self.url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes announcements to be posted. Never waits.
    pub(super) fn tell(&self, announcements: Vec<Announcement>) {
        if announcements.is_empty() {
            return;
        }
        let Some(url) = self.url() else { return };
        for announcement in announcements {
            if announcement.mishap.drop {
                continue;
            }
            self.queue(Letter::new(&url, &announcement));
        }
    }

    /// Takes a message to be posted as it is. Never waits.
    pub(super) fn post(&self, url: &WebhookUrl, headers: HeaderMap, body: &Value) {
        self.queue(Letter {
            url: url.clone(),
            headers,
            body: Bytes::from(body.to_string()),
            mishap: Mishap::default(),
        });
    }

    fn queue(&self, letter: Letter) {
        self.tally.waiting.fetch_add(1, Ordering::Relaxed);
        if self.queue.try_send(letter).is_err() {
            tracing::warn!("too many webhooks wait; one is given up");
            self.tally.end(false);
        }
    }

    /// Where it posts to, with which key it signs, and how it went so far.
    pub(super) fn report(&self) -> Value {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        json!({
            "url": self.url().map(|url| url.to_string()),
            "public_key": WEBHOOK_PUBLIC_KEY,
            "waiting": count(&self.tally.waiting),
            "sent": count(&self.tally.sent),
            "given_up": count(&self.tally.given_up),
        })
    }
}

impl Drop for Herald {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl Tally {
    fn end(&self, was_sent: bool) {
        let ended = match was_sent {
            true => &self.sent,
            false => &self.given_up,
        };
        ended.fetch_add(1, Ordering::Relaxed);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A webhook, ready to be posted.
#[derive(Clone, Debug)]
struct Letter {
    url: WebhookUrl,
    headers: HeaderMap,
    body: Bytes,
    mishap: Mishap,
}

impl Letter {
    fn new(url: &WebhookUrl, announcement: &Announcement) -> Self {
        let body = Bytes::from(announcement.body.to_string());
        let signature = match announcement.mishap.bad_signature {
            true => seal(b"something else"),
            false => seal(&body),
        };
        let header = |text: &str| HeaderValue::from_str(text).ok();
        let headers = [
            (CONTENT_TYPE, header("application/json")),
            (HeaderName::from_static("x-ghl-signature"), header(&signature)),
            (HeaderName::from_static("x-wh-signature"), header("N/A")),
        ];
        Self {
            url: url.clone(),
            headers: headers
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            body,
            mishap: announcement.mishap,
        }
    }
}

async fn work(mut letters: mpsc::Receiver<Letter>, tally: Arc<Tally>) {
    let client = match Client::new(ClientOptions::default()) {
        Ok(client) => Arc::new(client),
        Err(error) => return tracing::error!(%error, "webhooks cannot be posted"),
    };
    let post = Post { client, tally };
    let mut later = JoinSet::new();
    let mut held: Option<Letter> = None;
    loop {
        let letter = tokio::select! {
            letter = letters.recv() => letter,
            () = tokio::time::sleep(LONGEST_WAIT), if held.is_some() => held.take(),
            Some(_) = later.join_next() => continue,
        };
        let Some(letter) = letter else { return };
        if letter.mishap.reorder && held.is_none() {
            let mishap = Mishap {
                reorder: false,
                ..letter.mishap
            };
            held = Some(Letter { mishap, ..letter });
            continue;
        }
        for letter in [Some(letter), held.take()].into_iter().flatten() {
            let tried = match letter.mishap.latency.is_zero() {
                true if post.try_once(&letter).await => continue,
                true => 1,
                false => 0,
            };
            later.spawn(post.clone().go_on(letter, tried));
        }
    }
}

/// How long to wait before a try, counted from zero.
fn pause(letter: &Letter, number: u32) -> Duration {
    match number.checked_sub(1) {
        None => letter.mishap.latency,
        Some(number) => (FIRST_PAUSE * 2_u32.saturating_pow(number)).mul_f64(0.5 + fastrand::f64() / 2.0),
    }
}

#[derive(Clone)]
struct Post {
    client: Arc<Client>,
    tally: Arc<Tally>,
}

impl Post {
    /// Tries a letter that was tried so many times, until it has come or was tried enough.
    async fn go_on(self, letter: Letter, tried: u32) {
        for number in tried..TRIES {
            tokio::time::sleep(pause(&letter, number)).await;
            if self.try_once(&letter).await {
                return;
            }
        }
        tracing::warn!(url = %letter.url, "a webhook is given up");
        self.tally.end(false);
    }

    /// Whether a letter has come.
    async fn try_once(&self, letter: &Letter) -> bool {
        let has_come = self.send(letter).await;
        if has_come && letter.mishap.duplicate {
            self.send(letter).await;
        }
        if has_come {
            self.tally.end(true);
        }
        has_come
    }

    async fn send(&self, letter: &Letter) -> bool {
        let Letter { url, headers, body, .. } = letter;
        let answer = self.client.post(&url.0, headers.clone(), body.clone(), LONGEST_TRY);
        match answer.await {
            Ok(reply) => reply.status.is_success(),
            Err(error) => {
                tracing::debug!(%error, %url, "a webhook has not come");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
