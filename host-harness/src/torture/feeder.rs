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

/// The most parcels in one request.
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

/// Whether events of one lead overtake one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As it comes, so that a new time may arrive before the booking.
    Any,
    /// All events of a lead travel together, in the order in which they occur.
    Kept,
}

/// Events that travel together.
type Parcel = Vec<Value>;

/// Parcels to be sent, by location.
pub(super) struct Feed {
    queues: Mutex<Vec<VecDeque<Parcel>>>,
    /// How many events that are.
    pub(super) total: u64,
}

impl Feed {
    /// All events of all leads, some of them more than once, in an order that is random from near and the leads' from
    /// afar.
    pub(super) fn of(leads: &[Lead], order: Order, random: &mut fastrand::Rng) -> Self {
        let locations = leads.iter().map(|lead| lead.location + 1).max().unwrap_or_default();
        let mut sent: Vec<(f64, usize, Parcel)> = Vec::new();
        for (turn, lead) in (0_u32..).zip(leads) {
            for (nth, parcel) in (0_u32..).zip(parcels(lead, order)) {
                let begin = f64::from(turn) + f64::from(nth) * DISORDER / 2.0;
                let mut at = begin + random.f64() * DISORDER;
                sent.push((at, lead.location, parcel.clone()));
                while random.f64() < SENT_AGAIN {
                    at += random.f64() * DISORDER * 4.0;
                    sent.push((at, lead.location, parcel.clone()));
                }
            }
        }
        sent.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
        let total: usize = sent.iter().map(|(.., parcel)| parcel.len()).sum();
        let mut queues = vec![VecDeque::new(); locations];
        for (_, location, parcel) in sent {
            if let Some(queue) = queues.get_mut(location) {
                queue.push_back(parcel);
            }
        }
        Self {
            queues: Mutex::new(queues),
            total: u64::try_from(total).unwrap_or(u64::MAX),
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
        Some((*location, queue.drain(..count).flatten().collect()))
    }
}

fn parcels(lead: &Lead, order: Order) -> Vec<Parcel> {
    let events = lead.events.iter().map(|event| event.envelope.clone());
    match order {
        Order::Any => events.map(|event| vec![event]).collect(),
        Order::Kept => vec![events.collect()],
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// The ids of the events in the order in which they are sent, by location.
    fn sent(order: Order) -> HashMap<usize, Vec<String>> {
        let mut random = fastrand::Rng::with_seed(7);
        let first = Lead::first_visit(chrono::DateTime::UNIX_EPOCH);
        let leads: Vec<_> = (0..300)
            .map(|number| Lead::draw(number, 3, first, &mut random))
            .collect();
        let feed = Feed::of(&leads, order, &mut random);
        let mut sent: HashMap<usize, Vec<String>> = HashMap::new();
        while let Some((location, events)) = feed.take(&mut random) {
            let ids = events.iter().map(|event| event["id"].as_str().unwrap().to_owned());
            sent.entry(location).or_default().extend(ids);
        }
        let count: usize = sent.values().map(Vec::len).sum();
        assert_eq!(u64::try_from(count).unwrap(), feed.total);
        for event in leads.iter().flat_map(|lead| &lead.events) {
            assert!(sent.values().any(|ids| ids.contains(&event.id)), "{}", event.id);
        }
        sent
    }

    /// Where something is first sent that something older follows.
    fn is_out_of_order(ids: &[String]) -> bool {
        let first = |id: &str| ids.iter().position(|other| other == id);
        ids.iter().any(|id| {
            let (lead, nth) = id.rsplit_once('-').unwrap();
            let older = (0..nth.parse::<usize>().unwrap()).map(|older| format!("{lead}-{older}"));
            older.into_iter().any(|older| first(&older) > first(id))
        })
    }

    #[test]
    fn everything_is_sent_and_some_of_it_twice_and_out_of_order() {
        let sent = sent(Order::Any);
        assert!(sent.values().any(|ids| is_out_of_order(ids)));
        assert!(
            sent.values()
                .any(|ids| ids.iter().any(|id| ids.iter().filter(|other| *other == id).count() > 1))
        );
    }

    #[test]
    fn where_order_is_kept_nothing_overtakes() {
        assert!(!sent(Order::Kept).values().any(|ids| is_out_of_order(ids)));
    }
}
