//! The places of one account: who holds one, and when the next one is free.
//!
//! Nothing here waits, reads a clock or a file. Time is passed in, in milliseconds of one clock that everybody who
//! shares the budget reads.

use super::errand::Priority;
use super::terms::{Terms, Told};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much longer than an interval a place is held: our clock counts whole milliseconds, and the provider's is
/// another one.
const SLACK_MS: u64 = 10;

/// Into how many parts an interval is divided to say when places become free. Finer parts make a larger budget to
/// write down; coarser ones hold places longer than needed.
const GRAINS: u64 = 200;

/// Of how many places bulk leaves one free.
const RESERVE: u32 = 20;

/// How many replies without a word about the budget are waited for before what the manifest says is taken for true.
const SILENT_REPLIES: u32 = 5;

/// Into how many parts the limit is divided to say how much is set aside for others after a refusal, and how much of
/// that is taken back with each interval.
const STEP_ASIDE: u32 = 10;
const STEP_BACK: u32 = 100;

/// How often to look whether the only request that may be on its way has come back.
const LOOK_MS: u64 = 50;

/// How much longer than until its next chance somebody who waits keeps bulk back.
const GRACE_MS: u64 = 250;

/// How far back a clock may seem to go between two processes. One that goes back further is another clock.
const CLOCK_STEP_MS: u64 = 1_000;

/// The budget of one account at the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    limit: u32,
    interval_ms: u64,
    learned: bool,
    silent_replies: u32,
    in_flight: Vec<InFlight>,
    /// How many of our own requests that have ended hold their place until when.
    ended: BTreeMap<u64, u32>,
    /// How many places are held for others who use the account, until when.
    foreign: BTreeMap<u64, u32>,
    day: Option<Day>,
    /// How many places are left to others since the provider refused, because what they use cannot be seen in time.
    set_aside: u32,
    /// When some of them were last taken back.
    stepped_back_ms: u64,
    /// Until when there is no place at all, because the provider said that there were too many.
    stopped_until_ms: u64,
    /// Until when bulk stands back, because somebody waits.
    waited_for_until_ms: u64,
    seen_ms: u64,
}

/// A request on its way. It may be counted until it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct InFlight {
    id: u64,
    since_ms: u64,
    /// If nobody ever hears of it again.
    until_ms: u64,
}

/// The budget of a day, as the last reply told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Requests in a day.
    pub limit: u32,
    /// Requests left.
    pub left: u32,
    /// When it is new.
    pub reset_ms: u64,
}

/// There is no place now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Before this instant there will be none, unless one is given back unused.
    pub until_ms: u64,
}

impl Budget {
    /// Takes a place for a request of this id, if there is one.
    pub fn take(&mut self, terms: &Terms, priority: Priority, id: u64, now_ms: u64) -> Result<(), Wait> {
        self.bring_up_to(terms, now_ms);
        let until_ms = self.ready_ms(priority, now_ms);
        if until_ms > now_ms {
            if priority == Priority::Interactive {
                self.waited_for_until_ms = until_ms.saturating_add(GRACE_MS);
            }
            return Err(Wait { until_ms });
        }
        if priority == Priority::Interactive {
            self.waited_for_until_ms = 0;
        }
        self.in_flight.push(InFlight {
            id,
            since_ms: now_ms,
            until_ms: self.free_ms(now_ms.saturating_add(terms.longest_request_ms)),
        });
        Ok(())
    }

    /// The request was answered. Its place is free again one interval later.
    pub fn end(&mut self, terms: &Terms, id: u64, told: &Told, now_ms: u64) {
        self.bring_up_to(terms, now_ms);
        // Held too long, or the budget was lost meanwhile.
        let Some(request) = self.remove(id) else {
            return;
        };
        self.learn_limit(told);
        let free_ms = self.free_ms(now_ms);
        *self.ended.entry(free_ms).or_default() += 1;
        if let Some(remaining) = told.remaining {
            // All that the provider may have counted of ours before it counted this one.
            let explained = self.held_after(request.since_ms);
            let used = self.limit.saturating_sub(remaining);
            let others = used.saturating_sub(explained);
            if others > 0 {
                *self.foreign.entry(free_ms).or_default() += others;
            }
        }
        if told.too_many {
            // The end of a day says nothing about others.
            if self.stopped_until_ms <= now_ms && told.daily_remaining != Some(0) {
                let more = (self.limit / STEP_ASIDE).max(1);
                self.set_aside = self.set_aside.saturating_add(more).min(self.limit / 2);
                self.stepped_back_ms = now_ms;
            }
            let wait_ms = told.retry_after_ms.unwrap_or(self.interval_ms).max(self.interval_ms);
            let until_ms = now_ms.saturating_add(wait_ms).saturating_add(SLACK_MS);
            self.stopped_until_ms = self.stopped_until_ms.max(until_ms);
        }
        self.learn_day(told, now_ms);
    }

    /// The request was surely not sent. Its place is free at once.
    pub fn give_back(&mut self, id: u64) {
        self.remove(id);
    }

    /// Nobody waits for the answer any more. It may still be counted, so its place is held as long as a request may
    /// take at most, and an interval.
    pub fn abandon(&mut self, id: u64) {
        if let Some(request) = self.remove(id) {
            *self.ended.entry(request.until_ms).or_default() += 1;
        }
    }

    /// When a request has a place at the earliest: now, or later. It may turn out later than that, because what is on
    /// its way may take long; and earlier, when a place is given back unused.
    pub fn ready_ms(&self, priority: Priority, now_ms: u64) -> u64 {
        let bulk = priority == Priority::Bulk;
        let on_their_way = self.on_their_way(now_ms);
        let mut ready_ms = now_ms.max(self.stopped_until_ms);
        if let Some(day) = self.day.filter(|day| day.reset_ms > now_ms) {
            let reserve = if bulk { day.limit / RESERVE } else { 0 };
            if day.left.saturating_sub(on_their_way) <= reserve {
                ready_ms = ready_ms.max(day.reset_ms);
            }
        }
        if bulk {
            ready_ms = ready_ms.max(self.waited_for_until_ms);
        }
        if self.is_learning() && on_their_way > 0 {
            ready_ms = ready_ms.max(now_ms.saturating_add(LOOK_MS));
        }
        let reserve = if bulk { (self.limit / RESERVE).max(1) } else { 0 };
        let places = self.limit.saturating_sub(self.set_aside).saturating_sub(reserve).max(1);
        let wanted = self.held_after(now_ms).saturating_add(1);
        ready_ms.max(self.freed_ms(wanted.saturating_sub(places), now_ms))
    }

    /// Requests that may be made in one interval.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Length of the interval in milliseconds.
    pub fn interval_ms(&self) -> u64 {
        self.interval_ms
    }

    /// Whether the provider has said so. If not, the manifest has.
    pub fn learned(&self) -> bool {
        self.learned
    }

    /// The places that are held now by our own requests, and for others who use the account.
    pub fn held(&self, now_ms: u64) -> (u32, u32) {
        let foreign = count(&self.foreign, now_ms);
        (self.held_after(now_ms).saturating_sub(foreign), foreign)
    }

    /// What is known of the day.
    pub fn day(&self, now_ms: u64) -> Option<Day> {
        self.day.filter(|day| day.reset_ms > now_ms)
    }

    fn is_learning(&self) -> bool {
        !self.learned && self.silent_replies < SILENT_REPLIES
    }

    /// Forgets what is over.
    fn bring_up_to(&mut self, terms: &Terms, now_ms: u64) {
        if now_ms.saturating_add(CLOCK_STEP_MS) < self.seen_ms {
            *self = Self::default();
        }
        self.seen_ms = self.seen_ms.max(now_ms);
        if !self.learned {
            self.limit = terms.requests;
            self.interval_ms = terms.interval_ms;
        }
        self.step_back(now_ms);
        self.in_flight.retain(|request| request.until_ms > now_ms);
        // What ended while another request was on its way explains the number that its reply will bring.
        let oldest_ms = self.in_flight.iter().map(|request| request.since_ms).min();
        let from_ms = oldest_ms.unwrap_or(now_ms).min(now_ms);
        self.ended.retain(|until_ms, _| *until_ms > from_ms);
        self.foreign.retain(|until_ms, _| *until_ms > from_ms);
    }

    /// Takes back some of what was set aside, with each interval that has passed.
    fn step_back(&mut self, now_ms: u64) {
        let intervals = now_ms.saturating_sub(self.stepped_back_ms) / self.interval_ms.max(1);
        let step = (self.limit / STEP_BACK).max(1);
        let back = u32::try_from(intervals).unwrap_or(u32::MAX).saturating_mul(step);
        self.set_aside = self.set_aside.saturating_sub(back);
        self.stepped_back_ms = self
            .stepped_back_ms
            .saturating_add(intervals.saturating_mul(self.interval_ms));
    }

    fn remove(&mut self, id: u64) -> Option<InFlight> {
        let index = self.in_flight.iter().position(|request| request.id == id)?;
        Some(self.in_flight.swap_remove(index))
    }

    /// How many requests may still be counted after this instant, because nobody has heard of their end.
    fn on_their_way(&self, instant_ms: u64) -> u32 {
        let open = self.in_flight.iter().filter(|request| request.until_ms > instant_ms);
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }

    /// How many places are held beyond this instant.
    fn held_after(&self, instant_ms: u64) -> u32 {
        self.on_their_way(instant_ms)
            .saturating_add(count(&self.ended, instant_ms))
            .saturating_add(count(&self.foreign, instant_ms))
    }

    /// When so many places more than now are free, at the earliest.
    fn freed_ms(&self, places: u32, now_ms: u64) -> u64 {
        if places == 0 {
            return now_ms;
        }
        // What is on its way may end at once.
        let mut frees = vec![(self.free_ms(now_ms), self.on_their_way(now_ms))];
        let held = self.ended.iter().chain(&self.foreign);
        frees.extend(held.map(|(until_ms, places)| (*until_ms, *places)));
        frees.sort_unstable();
        let mut freed = 0_u32;
        let mut later = frees.into_iter().filter(|(until_ms, _)| *until_ms > now_ms);
        let enough = later.find(|(_, count)| {
            freed = freed.saturating_add(*count);
            freed >= places
        });
        enough.map_or(now_ms, |(until_ms, _)| until_ms)
    }

    /// When the place of a request that ends at this instant is free.
    fn free_ms(&self, ended_ms: u64) -> u64 {
        self.round_up(ended_ms.saturating_add(self.interval_ms).saturating_add(SLACK_MS))
    }

    fn round_up(&self, instant_ms: u64) -> u64 {
        let grain = (self.interval_ms / GRAINS).max(1);
        instant_ms.div_ceil(grain).saturating_mul(grain)
    }

    fn learn_limit(&mut self, told: &Told) {
        match told.limit {
            Some(limit) => {
                self.learned = true;
                self.limit = limit;
                self.interval_ms = told.interval_ms.unwrap_or(self.interval_ms);
            }
            None => self.silent_replies = self.silent_replies.saturating_add(1),
        }
    }

    fn learn_day(&mut self, told: &Told, now_ms: u64) {
        let (Some(limit), Some(left), Some(reset_ms)) = (told.daily_limit, told.daily_remaining, told.daily_reset_ms)
        else {
            return;
        };
        // Replies overtake one another. Within a day it only becomes less.
        let known = self.day(now_ms).filter(|day| day.limit == limit);
        self.day = Some(Day {
            limit,
            left: known.map_or(left, |day| day.left.min(left)),
            reset_ms: now_ms.saturating_add(reset_ms),
        });
    }
}

fn count(places: &BTreeMap<u64, u32>, instant_ms: u64) -> u32 {
    let after = instant_ms.saturating_add(1);
    places
        .range(after..)
        .fold(0, |sum, (_, count)| sum.saturating_add(*count))
}
