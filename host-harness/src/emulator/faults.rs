//! The faults that are to come, and whom each strikes.

use std::time::Duration;

use super::announcement::Mishap;
use super::fault::{Effect, Fault, Target, millis};
use super::shows::Shows;
use super::table::HISTORY_MS;

/// The faults to come, each with its count.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Waiting>,
    lags: Vec<Lag>,
    /// The forms that a fault brought, the latest.
    shows: Option<Shows>,
}

#[derive(Clone, Debug)]
struct Waiting {
    fault: Fault,
    seen: u32,
}

#[derive(Clone, Copy, Debug)]
struct Lag {
    ms: i64,
    until_ms: i64,
}

/// What befalls one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Strike {
    pub(super) latency: Duration,
    pub(super) trickle: Duration,
    pub(super) ending: Option<Effect>,
}

impl Strike {
    /// Adds what an effect does to the request itself.
    pub(super) fn add(&mut self, effect: &Effect) {
        match effect {
            Effect::Latency { ms } => self.latency += Duration::from_millis(*ms),
            Effect::Trickle { ms } => self.trickle += Duration::from_millis(*ms),
            Effect::Lag { .. } | Effect::Shows(_) => {}
            Effect::Duplicate | Effect::Reorder | Effect::Drop | Effect::BadSignature => {}
            ending => self.ending = self.ending.take().or_else(|| Some(ending.clone())),
        }
    }
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) {
        self.waiting.push(Waiting { fault, seen: 0 });
    }

    /// Those that have not struck as often as they are to, in the order they were injected.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Fault> {
        self.waiting.iter().map(|waiting| &waiting.fault)
    }

    /// Counts a request, and says what befalls it.
    pub(super) fn strike(&mut self, operation: Option<&str>, now_ms: i64) -> Strike {
        let mut strike = Strike::default();
        self.lags.retain(|lag| now_ms < lag.until_ms);
        for effect in self.hit(|on| matches(on, operation)) {
            strike.add(&effect);
            match effect {
                Effect::Lag { ms, for_ms } => self.lags.push(Lag {
                    ms: millis(ms),
                    until_ms: for_ms.map_or(i64::MAX, |ms| now_ms.saturating_add(millis(ms))),
                }),
                Effect::Shows(shows) => self.shows = Some(shows),
                _ => {}
            }
        }
        strike
    }

    /// Counts a webhook, and says what befalls it.
    pub(super) fn befall(&mut self, of_type: &str) -> Mishap {
        let mut mishap = Mishap::default();
        let is_meant = |on| matches!(on, Target::Webhook(wanted) if wanted.is_none_or(|wanted| wanted == of_type));
        for effect in self.hit(is_meant) {
            mishap.add(&effect);
        }
        mishap
    }

    /// Counts something, and gives the effects of what strikes it.
    fn hit(&mut self, is_meant: impl Fn(Target) -> bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        for waiting in &mut self.waiting {
            if !is_meant(waiting.fault.on) {
                continue;
            }
            waiting.seen = waiting.seen.saturating_add(1);
            if waiting.seen >= waiting.fault.nth {
                effects.push(waiting.fault.effect.clone());
            }
        }
        self.waiting.retain(|waiting| !waiting.is_spent());
        effects
    }

    /// The forms in which values are shown, when a fault said so.
    pub(super) fn shows(&self) -> Option<&Shows> {
        self.shows.as_ref()
    }

    /// The instant whose state reads show now; nothing when they show the latest.
    pub(super) fn reads_as_of(&self, now_ms: i64) -> Option<i64> {
        let in_force = self.lags.iter().filter(|lag| now_ms < lag.until_ms);
        let longest = in_force.map(|lag| lag.ms).max()?;
        Some(now_ms.saturating_sub(longest.min(HISTORY_MS)))
    }
}

impl Waiting {
    fn is_spent(&self) -> bool {
        let first = self.fault.nth.max(1);
        self.seen.saturating_add(1) >= first.saturating_add(self.fault.times.max(1))
    }
}

fn matches(on: Target, operation: Option<&str>) -> bool {
    match on {
        Target::Any => true,
        Target::Operation(key) => operation == Some(key),
        Target::Webhook(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(faults: &mut Faults, operation: &str) -> bool {
        faults.strike(Some(operation), 0).ending.is_some()
    }

    #[test]
    fn a_fault_strikes_the_nth_request_and_those_after_it() {
        let mut faults = Faults::default();
        let fault = Fault::on("appointment.create", Effect::ResetAfterCommit).unwrap();
        faults.inject(fault.nth(2).times(2));
        assert!(!struck(&mut faults, "appointment.create"));
        assert!(!struck(&mut faults, "contact.upsert"));
        assert!(struck(&mut faults, "appointment.create"));
        assert!(struck(&mut faults, "appointment.create"));
        assert!(!struck(&mut faults, "appointment.create"));
        assert!(faults.waiting.is_empty());
    }

    #[test]
    fn latency_joins_with_an_ending_and_the_first_ending_wins() {
        let mut faults = Faults::default();
        faults.inject(Fault::on("*", Effect::Latency { ms: 300 }).unwrap());
        faults.inject(Fault::on("*", Effect::Truncate).unwrap());
        faults.inject(Fault::on("*", Effect::ResetBeforeCommit).unwrap());
        let strike = faults.strike(None, 0);
        assert_eq!(strike.latency, Duration::from_millis(300));
        assert_eq!(strike.ending, Some(Effect::Truncate));
    }

    #[test]
    fn webhooks_and_requests_have_faults_of_their_own() {
        let mut faults = Faults::default();
        let inject = |faults: &mut Faults, on, effect| faults.inject(Fault::on(on, effect).unwrap());
        inject(&mut faults, "*", Effect::Truncate);
        inject(&mut faults, "webhook.ContactCreate", Effect::Duplicate);
        inject(&mut faults, "webhook", Effect::BadSignature);
        let mishap = faults.befall("AppointmentCreate");
        assert!(mishap.bad_signature && !mishap.duplicate);
        assert!(faults.befall("ContactCreate").duplicate);
        assert_eq!(faults.befall("ContactCreate"), Mishap::default());
        assert!(struck(&mut faults, "contact.get"));
    }

    #[test]
    fn a_lag_lasts_as_long_as_it_says() {
        let mut faults = Faults::default();
        let lag = Effect::Lag {
            ms: 20,
            for_ms: Some(100),
        };
        faults.inject(Fault::on("*", lag).unwrap());
        assert_eq!(faults.reads_as_of(1_000), None);
        faults.strike(None, 1_000);
        assert_eq!(faults.reads_as_of(1_000), Some(980));
        assert_eq!(faults.reads_as_of(1_099), Some(1_079));
        assert_eq!(faults.reads_as_of(1_100), None);
    }
}
