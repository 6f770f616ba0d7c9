//! What is remembered of an event.

use super::outcome::{AppliedStep, Cost, Progress};
use super::visit::Visit;
use crate::knock::{Event, Warning};
use crate::record;

/// How many warnings one event keeps.
const WARNINGS_KEPT: usize = 40;

/// By how much a clock may be ahead without a word.
const CLOCK_TOLERANCE_MS: i64 = 60_000;

record! {
    /// An event that was seen.
    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Seen {
        pub(super) id: String,
        pub(super) fingerprint: String,
        /// When it occurred; never later than when it was first seen, for clocks of phones run ahead.
        pub(super) occurred_ms: i64,
        pub(super) applied: Vec<AppliedStep>,
        /// When the last of them was noted, by the store's clock.
        pub(super) applied_ms: u64,
        pub(super) requests: u32,
        pub(super) cache_hits: u32,
        pub(super) cache_misses: u32,
        pub(super) warnings: Vec<Warning>,
        /// The visit as it was booked when it was done.
        pub(super) visit: Option<Visit>,
        /// Only done is final.
        pub(super) done: bool,
        /// What an action that was asked for by itself answered, JSON, unless that is long.
        pub(super) output: Option<String>,
        /// Whether something was sent of which nothing shows what became of it.
        pub(super) given_up: bool,
        /// The steps that were: they are never sent again.
        pub(super) given_up_steps: Vec<String>,
        /// What was sent for the event before it was corrected, where the same again would be a second one.
        pub(super) before: Vec<AppliedStep>,
    }
}

impl Seen {
    pub(super) fn new(event: &Event, now_ms: u64) -> Self {
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let mut warnings = event.warnings.clone();
        let ahead_ms = event.occurred_ms.saturating_sub(now_ms);
        if ahead_ms > CLOCK_TOLERANCE_MS && event.occurred_ms != Event::NOW_MS {
            let message = "the event says that it occurred in the future; it counts as having occurred now";
            warnings.push(Warning::new("occurred-in-the-future", message));
        }
        let occurred_ms = event.occurred_ms.min(now_ms);
        Self {
            id: event.id.clone(),
            fingerprint: event.fingerprint.clone(),
            occurred_ms,
            applied: Vec::new(),
            applied_ms: 0,
            requests: 0,
            cache_hits: 0,
            cache_misses: 0,
            warnings,
            visit: None,
            done: false,
            output: None,
            given_up: false,
            given_up_steps: Vec::new(),
            before: Vec::new(),
        }
    }

    /// What was sent for it, of each step the latest, where the same again would be a second one.
    pub(super) fn sent(&self) -> Vec<AppliedStep> {
        let mut sent = self.applied.clone();
        for before in &self.before {
            if self.applied(&before.name).is_none() {
                sent.push(before.clone());
            }
        }
        sent.retain(|step| step.sent.is_some());
        sent
    }

    /// What was sent before the event became this one.
    pub(super) fn before(&self, event: &Event) -> Vec<AppliedStep> {
        match self.fingerprint == event.fingerprint {
            true => self.before.clone(),
            false => self.sent(),
        }
    }

    /// Whether a step sent anything before the event became this one.
    pub(super) fn has_sent_before(&self, event: &Event, step: &str) -> bool {
        self.before(event).iter().any(|before| before.name == step)
    }

    /// The step of this name, if it took effect.
    pub(super) fn applied(&self, step: &str) -> Option<&AppliedStep> {
        self.applied.iter().find(|applied| applied.name == step)
    }

    /// Whether a step was sent and nothing shows what became of it. Of an event of before it is not known which one.
    pub(super) fn has_given_up(&self, step: &str) -> bool {
        self.given_up && (self.given_up_steps.is_empty() || self.given_up_steps.iter().any(|given_up| given_up == step))
    }

    /// Notes that a step took effect, in place of what was noted for it before.
    pub(super) fn apply(&mut self, step: AppliedStep, now_ms: u64) {
        self.applied_ms = now_ms;
        self.applied.retain(|applied| applied.name != step.name);
        self.applied.push(step);
    }

    /// Notes a warning, once; the first ones say enough.
    pub(super) fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < WARNINGS_KEPT && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Counts what was taken for it since.
    pub(super) fn charge(&mut self, since: Cost) {
        let mut cost = self.cost();
        cost.add(since);
        (self.requests, self.cache_hits, self.cache_misses) = (cost.requests, cost.cache_hits, cost.cache_misses);
    }

    fn cost(&self) -> Cost {
        Cost {
            requests: self.requests,
            cache_hits: self.cache_hits,
            cache_misses: self.cache_misses,
        }
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            applied: self.applied.clone(),
            cost: self.cost(),
            warnings: self.warnings.clone(),
            visit: self.visit.clone().map(Box::new),
        }
    }
}
