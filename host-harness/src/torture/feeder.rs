//! Feeds the events to the processes, as impatient clients do: in disorder, more than once, until they are taken in.

use super::client;
use super::error::TortureError;
use super::hosts::Hosts;
use super::lead::Lead;
use super::town;
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// How many clients there are.
const CLIENTS: u64 = 12;

/// How many events wait at most before the clients pause, so that trouble meets work that is under way.
const WAITING: u64 = 400;

/// The most events in one request.
const BATCH: usize = 5;

/// How far an event is put off at random, in leads.
const DISORDER: f64 = 6.0;

/// How likely an event is to be sent again later.
const SENT_AGAIN: f64 = 0.2;

/// What is counted while events are fed.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Events acknowledged, those sent again included.
    pub(super) acknowledged: AtomicU64,
    /// Those that were answered as known before.
    pub(super) duplicates: AtomicU64,
    /// Requests without an answer, or turned away.
    pub(super) unanswered: AtomicU64,
    /// Events that the processes have not finished, as last seen.
    pub(super) unfinished: AtomicU64,
}

/// Events to be sent, by location.
pub(super) struct Feed {
    queues: Mutex<Vec<VecDeque<Value>>>,
    pub(super) total: u64,
}

impl Feed {
    /// All events of all leads, in a random order that mostly keeps to that of the leads.
    pub(super) fn of(leads: &[Lead], random: &mut fastrand::Rng) -> Self {
        let locations = leads.iter().map(|lead| lead.location + 1).max().unwrap_or_default();
        let mut sent: Vec<(f64, usize, &Value)> = Vec::new();
        for (turn, lead) in (0_u32..).zip(leads) {
            for (nth, event) in (0_u32..).zip(&lead.events) {
                let begin = f64::from(turn) + f64::from(nth) * DISORDER / 2.0;
                let mut at = begin + random.f64() * DISORDER;
                sent.push((at, lead.location, &event.envelope));
                while random.f64() < SENT_AGAIN {
                    at += random.f64() * DISORDER * 4.0;
                    sent.push((at, lead.location, &event.envelope));
                }
            }
        }
        sent.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
        let total = u64::try_from(sent.len()).unwrap_or(u64::MAX);
        let mut queues = vec![VecDeque::new(); locations];
        for (_, location, event) in sent {
            if let Some(queue) = queues.get_mut(location) {
                queue.push_back(event.clone());
            }
        }
        Self {
            queues: Mutex::new(queues),
            total,
        }
    }

    /// Some events of one location; nothing when all have been sent.
    fn take(&self, random: &mut fastrand::Rng) -> Option<(usize, Vec<Value>)> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left: Vec<_> = queues
            .iter_mut()
            .enumerate()
            .filter(|(_, queue)| !queue.is_empty())
            .collect();
        let chosen = random.usize(..left.len().max(1));
        let (location, queue) = left.get_mut(chosen)?;
        let count = random.usize(1..=BATCH).min(queue.len());
        Some((*location, queue.drain(..count).collect()))
    }
}

/// Sends everything, and ends when all of it is acknowledged.
pub(super) async fn feed(
    feed: Arc<Feed>,
    hosts: Arc<Hosts>,
    counts: Arc<Counts>,
    seed: u64,
) -> Result<(), TortureError> {
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let client = Client {
            feed: feed.clone(),
            hosts: hosts.clone(),
            counts: counts.clone(),
            random: fastrand::Rng::with_seed(seed.wrapping_add(number)),
        };
        clients.spawn(client.run());
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(())
}

struct Client {
    feed: Arc<Feed>,
    hosts: Arc<Hosts>,
    counts: Arc<Counts>,
    random: fastrand::Rng,
}

impl Client {
    async fn run(mut self) -> Result<(), TortureError> {
        while let Some((location, events)) = self.feed.take(&mut self.random) {
            while self.counts.unfinished.load(Ordering::Relaxed) > WAITING {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let target = format!("/v1/events?connection={}", town::connection(location));
            let count = u64::try_from(events.len()).unwrap_or_default();
            let body = Bytes::from(Value::from(events).to_string());
            let acknowledged = self.until_taken(&target, &body).await?;
            let known = acknowledged
                .iter()
                .filter(|event| event.get("duplicate") == Some(&Value::Bool(true)));
            let known = u64::try_from(known.count()).unwrap_or_default();
            self.counts.duplicates.fetch_add(known, Ordering::Relaxed);
            self.counts.acknowledged.fetch_add(count, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sends to one process after the other until one of them answers for the events.
    async fn until_taken(&mut self, target: &str, body: &Bytes) -> Result<Vec<Value>, TortureError> {
        loop {
            let number = self.random.usize(..self.hosts.count().max(1));
            if let Some(address) = self.hosts.address(number) {
                match client::post(address, target, body.clone()).await {
                    Ok((StatusCode::ACCEPTED, answer)) => {
                        return serde_json::from_slice(&answer)
                            .map_err(|error| TortureError::NotTaken(format!("the answer cannot be read: {error}")));
                    }
                    Ok((status, answer)) if !(status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS) => {
                        let words = String::from_utf8_lossy(&answer);
                        return Err(TortureError::NotTaken(format!("{status}: {words}")));
                    }
                    Ok(_) | Err(_) => {}
                }
            }
            self.counts.unanswered.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(self.random.u64(20..300))).await;
        }
    }
}
