//! What a manifest says about a provider's limit, and what a reply says.

use crate::contract::{Manifest, RateLimitHeaders};
use crate::storage::wall_ms;
use chrono::DateTime;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

/// The longest interval that a provider is believed.
pub(super) const LONGEST_INTERVAL_MS: u64 = 60_000;

/// The longest wait that is taken down. In the longer ones requests try now and then.
pub(super) const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What is assumed of a provider until its replies say more, and how they say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Requests in one interval.
    pub requests: u32,
    /// Length of the interval in milliseconds.
    pub interval_ms: u64,
    /// The longest that one request may take, in milliseconds.
    pub longest_request_ms: u64,
    /// The reply headers that tell the budget.
    pub headers: RateLimitHeaders,
}

/// What a provider is assumed to take where a manifest does not say: so many requests in so many milliseconds.
const UNDECLARED: (u32, u32) = (100, 10_000);

impl Terms {
    /// Those of a manifest, or the host's own where it declares no limit.
    pub fn of(manifest: &Manifest) -> Self {
        let limit = &manifest.rate_limit;
        let (requests, interval_ms) = match (limit.requests, limit.interval_ms) {
            (0, _) | (_, 0) => UNDECLARED,
            declared => declared,
        };
        Self {
            requests,
            interval_ms: interval_ms.into(),
            longest_request_ms: manifest.request_timeout_ms.into(),
            headers: limit.headers.clone(),
        }
    }

    /// What a reply says about the budget.
    pub fn read(&self, status: StatusCode, headers: &HeaderMap) -> Told {
        let number = |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let small = |name: &str| number(name).and_then(|value| u32::try_from(value).ok());
        let names = &self.headers;
        Told {
            limit: small(&names.limit).filter(|limit| *limit > 0),
            remaining: small(&names.remaining),
            interval_ms: number(&names.interval_ms).filter(|ms| (1..=LONGEST_INTERVAL_MS).contains(ms)),
            daily_limit: small(&names.daily_limit).filter(|limit| *limit > 0),
            daily_remaining: small(&names.daily_remaining),
            daily_reset_ms: number(&names.daily_reset_ms).filter(|ms| *ms <= DAY_MS),
            too_many: status == StatusCode::TOO_MANY_REQUESTS,
            retry_after_ms: retry_after_ms(headers),
        }
    }
}

/// What a reply says about the budget. Anything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Requests in one interval.
    pub limit: Option<u32>,
    /// Requests left in this interval.
    pub remaining: Option<u32>,
    /// Length of the interval in milliseconds.
    pub interval_ms: Option<u64>,
    /// Requests in a day.
    pub daily_limit: Option<u32>,
    /// Requests left today.
    pub daily_remaining: Option<u32>,
    /// Milliseconds until the day's budget is new.
    pub daily_reset_ms: Option<u64>,
    /// The provider refused: there were too many (429).
    pub too_many: bool,
    /// How long it wants to be left alone, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// `Retry-After`, which counts seconds or names a date.
pub(crate) fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait_ms = match text.parse::<u64>() {
        Ok(seconds) => seconds.saturating_mul(1_000),
        Err(_) => {
            let date = DateTime::parse_from_rfc2822(text).ok()?;
            u64::try_from(date.timestamp_millis()).ok()?.saturating_sub(wall_ms())
        }
    };
    Some(wait_ms.min(DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::super::simulation::terms;
    use super::*;
    use crate::contract::RateLimit;

    fn read(status: StatusCode, headers: &[(&'static str, &'static str)]) -> Told {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        terms().read(status, &headers)
    }

    #[test]
    fn a_reply_tells_what_its_headers_say_in_numbers_and_no_more() {
        let told = read(
            StatusCode::OK,
            &[
                ("x-limit", "25"),
                ("x-remaining", " 3 "),
                ("x-interval", "0"),
                ("x-daily-remaining", "many"),
            ],
        );
        let expected = Told {
            limit: Some(25),
            remaining: Some(3),
            ..Told::default()
        };
        assert_eq!(told, expected);
        assert_eq!(read(StatusCode::OK, &[("x-limit", "0")]), Told::default());
    }

    #[test]
    fn manifest_without_a_limit_gets_that_of_the_host() {
        let manifest = |requests, interval_ms| Manifest {
            name: "test".to_owned(),
            version: "0".to_owned(),
            account: "account".to_owned(),
            actions: Vec::new(),
            scopes: Vec::new(),
            endpoints: Vec::new(),
            secrets: Vec::new(),
            oauth2: None,
            rate_limit: RateLimit {
                requests,
                interval_ms,
                daily: 0,
                headers: terms().headers,
            },
            send_before_header: String::new(),
            request_timeout_ms: 1_000,
            trace_id_field: String::new(),
        };
        let read = |requests, interval_ms| {
            let terms = Terms::of(&manifest(requests, interval_ms));
            (terms.requests, terms.interval_ms)
        };
        assert_eq!(read(7, 900), (7, 900));
        assert_eq!(read(0, 900), (100, 10_000));
        assert_eq!(read(7, 0), (100, 10_000));
    }

    #[test]
    fn a_refusal_tells_how_long_to_wait_in_seconds_or_by_a_date() {
        let wait = |value| {
            let told = read(StatusCode::TOO_MANY_REQUESTS, &[("retry-after", value)]);
            assert!(told.too_many);
            told.retry_after_ms
        };
        assert_eq!(wait("3"), Some(3_000));
        assert_eq!(wait("Mon, 03 Jun 2019 10:00:07 GMT"), Some(0));
        assert_eq!(wait("Fri, 03 Jun 2185 10:00:07 GMT"), Some(DAY_MS));
        assert_eq!(wait("soon"), None);
    }
}
