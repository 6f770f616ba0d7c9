//! How many requests GHL takes, and what its headers say about it.

use std::collections::VecDeque;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The limits of a location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Requests in one interval.
    pub max: u32,
    /// Length of the interval in milliseconds.
    pub interval_ms: u32,
    /// Requests in one day (UTC).
    pub daily: u32,
    /// How an interval begins and ends.
    pub window: Window,
    /// Where a fixed window begins, in milliseconds after a multiple of the interval.
    pub phase_ms: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            max: 100,
            interval_ms: 10_000,
            daily: 200_000,
            window: Window::Fixed,
            phase_ms: 0,
        }
    }
}

/// How an interval begins and ends. GHL does not say which of them it uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Intervals follow one another; each begins with nothing used.
    #[default]
    Fixed,
    /// The interval is always the one that ends now.
    Sliding,
}

/// Counts requests.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    limit: RateLimit,
    /// When the requests of the current interval came, oldest first.
    recent: VecDeque<i64>,
    day: i64,
    today: u32,
}

/// What a request found: whether it was let in, and what is left after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) allowed: bool,
    max: u32,
    remaining: u32,
    interval_ms: u32,
    daily: u32,
    daily_remaining: u32,
    daily_reset_ms: i64,
}

impl Rate {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            recent: VecDeque::new(),
            day: i64::MIN,
            today: 0,
        }
    }

    /// What it holds requests to.
    pub(super) fn limit(&self) -> &RateLimit {
        &self.limit
    }

    /// Counts a request. One that is refused uses nothing up.
    pub(super) fn take(&mut self, now_ms: i64) -> Quota {
        let interval = i64::from(self.limit.interval_ms.max(1));
        let begin = match self.limit.window {
            Window::Fixed => now_ms - (now_ms - i64::from(self.limit.phase_ms)).rem_euclid(interval),
            // A request leaves a sliding interval once it is a whole interval old.
            Window::Sliding => now_ms - interval + 1,
        };
        while self.recent.front().is_some_and(|&at| at < begin) {
            self.recent.pop_front();
        }
        let day = now_ms.div_euclid(DAY_MS);
        if day != self.day {
            self.day = day;
            self.today = 0;
        }
        let used = u32::try_from(self.recent.len()).unwrap_or(u32::MAX);
        let allowed = used < self.limit.max && self.today < self.limit.daily;
        if allowed {
            self.recent.push_back(now_ms);
            self.today += 1;
        }
        Quota {
            allowed,
            max: self.limit.max,
            remaining: self.limit.max.saturating_sub(used + u32::from(allowed)),
            interval_ms: self.limit.interval_ms,
            daily: self.limit.daily,
            daily_remaining: self.limit.daily.saturating_sub(self.today),
            daily_reset_ms: DAY_MS - now_ms.rem_euclid(DAY_MS),
        }
    }
}

impl Quota {
    /// Writes GHL's headers. The reset is a duration in milliseconds, not a date.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let values = [
            ("x-ratelimit-limit-daily", i64::from(self.daily)),
            ("x-ratelimit-daily-remaining", i64::from(self.daily_remaining)),
            ("x-ratelimit-daily-reset", self.daily_reset_ms),
            ("x-ratelimit-interval-milliseconds", i64::from(self.interval_ms)),
            ("x-ratelimit-max", i64::from(self.max)),
            ("x-ratelimit-remaining", i64::from(self.remaining)),
        ];
        for (name, value) in values {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(window: Window, phase_ms: u32) -> Rate {
        Rate::new(RateLimit {
            max: 2,
            interval_ms: 1_000,
            daily: 5,
            window,
            phase_ms,
        })
    }

    #[test]
    fn a_fixed_window_begins_anew() {
        let mut rate = rate(Window::Fixed, 0);
        assert_eq!(rate.take(900).remaining, 1);
        assert_eq!(rate.take(950).remaining, 0);
        assert!(!rate.take(999).allowed);
        assert!(rate.take(1_000).allowed);
    }

    #[test]
    fn a_fixed_window_may_have_a_phase() {
        let mut rate = rate(Window::Fixed, 300);
        assert!(rate.take(900).allowed);
        assert!(rate.take(1_000).allowed);
        assert!(!rate.take(1_299).allowed);
        assert!(rate.take(1_300).allowed);
    }

    #[test]
    fn a_sliding_window_forgets_one_request_at_a_time() {
        let mut rate = rate(Window::Sliding, 0);
        assert!(rate.take(0).allowed);
        assert!(rate.take(600).allowed);
        assert!(!rate.take(999).allowed);
        assert!(rate.take(1_000).allowed);
        assert!(!rate.take(1_001).allowed);
        assert!(rate.take(1_600).allowed);
    }

    #[test]
    fn the_day_has_a_limit_of_its_own() {
        let mut rate = rate(Window::Fixed, 0);
        for second in 0..5 {
            assert!(rate.take(second * 1_000).allowed);
        }
        let refused = rate.take(6_000);
        assert!(!refused.allowed);
        assert_eq!(refused.daily_remaining, 0);
        assert_eq!(refused.daily_reset_ms, DAY_MS - 6_000);
        assert!(rate.take(DAY_MS).allowed);
    }
}
