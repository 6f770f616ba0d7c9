//! The places of one account: who holds one, and when the next one is free.
//!
//! Nothing here waits, reads a clock or a file. Time is passed in, in milliseconds of one clock that everybody who
//! shares the budget reads.

use super::errand::Priority;
use super::terms::{DAY_MS, LONGEST_INTERVAL_MS, Terms, Told};
use crate::storage::OwnerId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// How far back a clock may seem to go between two processes. One that goes back further was set anew.
const CLOCK_STEP_MS: u64 = 1_000;

/// How often a request tries whether there is a place, while by what the provider said there is none for longer. So a
/// header that is wrong costs a minute, and one that is right a request in a minute.
const TRY_EVERY_MS: u64 = 60_000;

/// How long the headers about the day are not believed, once a request was let in although by them none was left.
const DOUBT_MS: u64 = 60 * 60 * 1_000;

/// How many times as much as the manifest says a provider is believed to allow.
const LARGEST_RAISE: u32 = 10;

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
    /// The last refusal, until a request was let in that was sent after it.
    refusal: Option<Refusal>,
    /// When a request last had a place, and when one last had it for which nobody waits.
    asked_ms: u64,
    bulk_asked_ms: u64,
    /// Until when the headers about the day are not believed, unless they explain a refusal.
    day_doubted_until_ms: u64,
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
    /// The process that sends it, where several share the budget.
    #[serde(default)]
    owner: Option<OwnerId>,
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
    /// When the reply came.
    #[serde(default)]
    told_ms: u64,
}

/// The provider refused a request, because there were too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refusal {
    at_ms: u64,
    /// Until when it wants to be left alone, where that is longer than it is believed without trying.
    until_ms: u64,
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
        self.asked_ms = now_ms;
        match priority {
            Priority::Interactive => self.waited_for_until_ms = 0,
            Priority::Bulk => self.bulk_asked_ms = now_ms,
        }
        self.in_flight.push(InFlight {
            id,
            since_ms: now_ms,
            until_ms: self.free_ms(now_ms.saturating_add(terms.longest_request_ms)),
            owner: None,
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
        self.learn_limit(terms, told);
        let free_ms = self.free_ms(now_ms);
        hold(&mut self.ended, free_ms, 1);
        if let Some(remaining) = told.remaining {
            // All that the provider may have counted of ours before it counted this one.
            let explained = self.held_after(request.since_ms);
            let used = self.limit.saturating_sub(remaining);
            let others = used.saturating_sub(explained);
            if others > 0 {
                hold(&mut self.foreign, free_ms, others);
            }
        }
        if told.too_many {
            // The end of a day says nothing about others.
            if self.stopped_until_ms <= now_ms && told.daily_remaining != Some(0) {
                let more = (self.limit / STEP_ASIDE).max(1);
                self.set_aside = self.set_aside.saturating_add(more).min(self.limit / 2);
                self.stepped_back_ms = now_ms;
            }
            self.stop(told, now_ms);
        } else if self.refusal.is_some_and(|refusal| request.since_ms >= refusal.at_ms) {
            self.refusal = None;
        }
        let was_over = self.day_is_over(Priority::Bulk, now_ms);
        self.learn_day(&request, told, now_ms);
        if !was_over && self.day_is_over(Priority::Bulk, now_ms) {
            // This reply says so; there is nothing to be tried yet.
            self.bulk_asked_ms = now_ms;
        }
    }

    /// The request was surely not sent. Its place is free at once.
    pub fn give_back(&mut self, id: u64) {
        self.remove(id);
    }

    /// Nobody waits for the answer any more. It may still be counted, so its place is held as long as a request may
    /// take at most, and an interval.
    pub fn abandon(&mut self, id: u64) {
        if let Some(request) = self.remove(id) {
            hold(&mut self.ended, request.until_ms, 1);
        }
    }

    /// Notes whose the places are that were taken since this was last said.
    pub(super) fn note_owner(&mut self, owner: OwnerId) {
        for request in self.in_flight.iter_mut().filter(|request| request.owner.is_none()) {
            request.owner = Some(owner);
        }
    }

    /// The processes that hold places.
    pub(super) fn owners(&self) -> BTreeSet<OwnerId> {
        self.in_flight.iter().filter_map(|request| request.owner).collect()
    }

    /// A process has ended: its requests have, too. They may have been counted until now.
    pub(super) fn release(&mut self, owner: OwnerId, now_ms: u64) {
        let free_ms = self.free_ms(now_ms);
        let before = self.in_flight.len();
        self.in_flight.retain(|request| request.owner != Some(owner));
        let released = u32::try_from(before - self.in_flight.len()).unwrap_or(u32::MAX);
        if released > 0 {
            let ended = self.ended.entry(free_ms).or_default();
            *ended = ended.saturating_add(released);
        }
    }

    /// When a request has a place at the earliest: now, or later. It may turn out later than that, because what is on
    /// its way may take long; and earlier, when a place is given back unused.
    ///
    /// Whatever a provider has said, this is never further away than a minute, or than the longest request and an
    /// interval of a minute at most: then a request tries.
    pub fn ready_ms(&self, priority: Priority, now_ms: u64) -> u64 {
        let bulk = priority == Priority::Bulk;
        let on_their_way = self.on_their_way(now_ms);
        let mut ready_ms = now_ms.max(self.stopped_until_ms);
        let look_ms = now_ms.saturating_add(LOOK_MS);
        if let Some(refusal) = self.refusal {
            // One finds out for all whether it is over.
            if self.in_flight.iter().any(|request| request.since_ms >= refusal.at_ms) {
                ready_ms = ready_ms.max(look_ms);
            }
            if refusal.until_ms > now_ms {
                ready_ms = ready_ms.max(self.asked_ms.saturating_add(TRY_EVERY_MS).min(refusal.until_ms));
            }
        }
        if let Some(day) = self.used_up_day(priority, now_ms) {
            // One is enough to find out for all.
            let asked_ms = match bulk && !self.day_is_over(Priority::Interactive, now_ms) {
                true => self.bulk_asked_ms,
                false => self.asked_ms,
            };
            ready_ms = ready_ms.max(asked_ms.saturating_add(TRY_EVERY_MS).min(day.reset_ms));
        }
        if bulk {
            ready_ms = ready_ms.max(self.waited_for_until_ms);
        }
        if self.is_learning() && on_their_way > 0 {
            ready_ms = ready_ms.max(look_ms);
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

    /// The day whose requests are used up, for what has this priority; `None` while some are left.
    pub fn used_up_day(&self, priority: Priority, now_ms: u64) -> Option<Day> {
        self.day(now_ms).filter(|_| self.day_is_over(priority, now_ms))
    }

    /// What is known of the day.
    pub fn day(&self, now_ms: u64) -> Option<Day> {
        self.day.filter(|day| day.reset_ms > now_ms)
    }

    fn is_learning(&self) -> bool {
        !self.learned && self.silent_replies < SILENT_REPLIES
    }

    /// Whether nothing of the day is left for a request, as far as is known.
    fn day_is_over(&self, priority: Priority, now_ms: u64) -> bool {
        self.day(now_ms).is_some_and(|day| {
            let reserve = match priority {
                Priority::Interactive => 0,
                Priority::Bulk => day.limit / RESERVE,
            };
            day.left.saturating_sub(self.on_their_way(now_ms)) <= reserve
        })
    }

    /// The provider refused: nothing leaves for an interval, or as long as it wants and is believed.
    fn stop(&mut self, told: &Told, now_ms: u64) {
        let wait_ms = told.retry_after_ms.unwrap_or_default().max(self.interval_ms);
        let believed_ms = wait_ms.min(TRY_EVERY_MS.max(self.interval_ms));
        let until_ms = now_ms.saturating_add(believed_ms).saturating_add(SLACK_MS);
        self.stopped_until_ms = self.stopped_until_ms.max(until_ms);
        self.refusal = Some(Refusal {
            at_ms: now_ms,
            until_ms: match wait_ms > believed_ms {
                true => now_ms.saturating_add(wait_ms),
                false => 0,
            },
        });
    }

    /// Forgets what is over.
    fn bring_up_to(&mut self, terms: &Terms, now_ms: u64) {
        if now_ms.saturating_add(CLOCK_STEP_MS) < self.seen_ms {
            self.set_clock_back(self.seen_ms - now_ms);
        }
        self.seen_ms = now_ms.max(self.seen_ms);
        if !self.learned || self.interval_ms == 0 {
            self.limit = terms.requests;
            self.interval_ms = terms.interval_ms;
        }
        self.keep_to_what_can_be(terms, now_ms);
        self.step_back(now_ms);
        self.in_flight.retain(|request| request.until_ms > now_ms);
        // What ended while another request was on its way explains the number that its reply will bring.
        let oldest_ms = self.in_flight.iter().map(|request| request.since_ms).min();
        let from_ms = oldest_ms.unwrap_or(now_ms).min(now_ms);
        self.ended.retain(|until_ms, _| *until_ms > from_ms);
        self.foreign.retain(|until_ms, _| *until_ms > from_ms);
    }

    /// The clock was set anew: what lay ahead is as far away as it was.
    fn set_clock_back(&mut self, by_ms: u64) {
        let instants = [
            &mut self.stepped_back_ms,
            &mut self.stopped_until_ms,
            &mut self.waited_for_until_ms,
            &mut self.asked_ms,
            &mut self.bulk_asked_ms,
            &mut self.day_doubted_until_ms,
            &mut self.seen_ms,
        ];
        let of_day = self
            .day
            .iter_mut()
            .flat_map(|day| [&mut day.reset_ms, &mut day.told_ms]);
        let of_refusal = self.refusal.iter_mut();
        let of_refusal = of_refusal.flat_map(|refusal| [&mut refusal.at_ms, &mut refusal.until_ms]);
        let requests = self.in_flight.iter_mut();
        let of_requests = requests.flat_map(|request| [&mut request.since_ms, &mut request.until_ms]);
        for instant_ms in instants.into_iter().chain(of_day).chain(of_refusal).chain(of_requests) {
            *instant_ms = instant_ms.saturating_sub(by_ms);
        }
        for places in [&mut self.ended, &mut self.foreign] {
            for (until_ms, count) in std::mem::take(places) {
                hold(places, until_ms.saturating_sub(by_ms), count);
            }
        }
    }

    /// Brings nearer what lies further ahead than anything can, whoever wrote it down, and under whatever clock.
    fn keep_to_what_can_be(&mut self, terms: &Terms, now_ms: u64) {
        self.limit = self.limit.min(largest_limit(terms));
        self.interval_ms = self.interval_ms.min(longest_interval_ms(terms));
        let free_ms = self.free_ms(now_ms.saturating_add(terms.longest_request_ms));
        for request in &mut self.in_flight {
            request.since_ms = request.since_ms.min(now_ms);
            request.until_ms = request.until_ms.min(free_ms);
        }
        for places in [&mut self.ended, &mut self.foreign] {
            for (_, count) in places.split_off(&free_ms.saturating_add(1)) {
                hold(places, free_ms, count);
            }
        }
        let try_ms = now_ms
            .saturating_add(TRY_EVERY_MS.max(self.interval_ms))
            .saturating_add(SLACK_MS);
        self.stopped_until_ms = self.stopped_until_ms.min(try_ms);
        self.waited_for_until_ms = self
            .waited_for_until_ms
            .min(try_ms.max(free_ms).saturating_add(GRACE_MS));
        let past = [&mut self.asked_ms, &mut self.bulk_asked_ms, &mut self.stepped_back_ms];
        let of_refusal = self.refusal.iter_mut().map(|refusal| &mut refusal.at_ms);
        let of_day = self.day.iter_mut().map(|day| &mut day.told_ms);
        for instant_ms in past.into_iter().chain(of_refusal).chain(of_day) {
            *instant_ms = now_ms.min(*instant_ms);
        }
        self.day_doubted_until_ms = self.day_doubted_until_ms.min(now_ms.saturating_add(DOUBT_MS));
        let day_ms = now_ms.saturating_add(DAY_MS);
        let of_refusal = self.refusal.iter_mut().map(|refusal| &mut refusal.until_ms);
        let of_day = self.day.iter_mut().map(|day| &mut day.reset_ms);
        for instant_ms in of_refusal.chain(of_day) {
            *instant_ms = day_ms.min(*instant_ms);
        }
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
        let ends_now_ms = self.free_ms(now_ms);
        let requests = self.in_flight.iter();
        let mut frees: Vec<_> = requests.map(|request| (request.until_ms.min(ends_now_ms), 1)).collect();
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

    fn learn_limit(&mut self, terms: &Terms, told: &Told) {
        match told.limit {
            Some(limit) => {
                self.learned = true;
                self.limit = limit.min(largest_limit(terms));
                self.interval_ms = told.interval_ms.unwrap_or(self.interval_ms);
            }
            None => self.silent_replies = self.silent_replies.saturating_add(1),
        }
    }

    fn learn_day(&mut self, request: &InFlight, told: &Told, now_ms: u64) {
        let known = self.day(now_ms);
        let none_was_left = known.is_some_and(|day| day.left == 0 && day.told_ms <= request.since_ms);
        if none_was_left && !told.too_many && told.daily_remaining.unwrap_or_default() == 0 {
            // What was let in says more than what is said of it.
            self.day = None;
            self.day_doubted_until_ms = now_ms.saturating_add(DOUBT_MS);
        }
        if self.day_doubted_until_ms > now_ms && !told.too_many {
            return;
        }
        let (Some(limit), Some(left), Some(reset_ms)) = (told.daily_limit, told.daily_remaining, told.daily_reset_ms)
        else {
            return;
        };
        // Replies overtake one another, and within a day it only becomes less. One to a request that was sent after
        // the last reply had come is surely newer than that.
        let known = known.filter(|day| day.limit == limit && day.told_ms > request.since_ms);
        self.day = Some(Day {
            limit,
            left: known.map_or(left, |day| day.left.min(left)),
            reset_ms: now_ms.saturating_add(reset_ms),
            told_ms: now_ms,
        });
    }
}

/// Holds so many places more until then.
fn hold(places: &mut BTreeMap<u64, u32>, until_ms: u64, count: u32) {
    let held = places.entry(until_ms).or_default();
    *held = held.saturating_add(count);
}

/// The most requests in an interval that a provider is believed to allow.
fn largest_limit(terms: &Terms) -> u32 {
    terms.requests.saturating_mul(LARGEST_RAISE)
}

/// The longest interval there can be: what the manifest says, or what headers are believed.
fn longest_interval_ms(terms: &Terms) -> u64 {
    terms.interval_ms.max(LONGEST_INTERVAL_MS)
}

fn count(places: &BTreeMap<u64, u32>, instant_ms: u64) -> u32 {
    let after = instant_ms.saturating_add(1);
    places
        .range(after..)
        .fold(0, |sum, (_, count)| sum.saturating_add(*count))
}
