//! What an answer means: the one match from status to case.

use chrono::{DateTime, FixedOffset};
use http::Response;
use serde_json::Value;

use super::provider::{DAILY_REMAINING_HEADER, DAILY_RESET_HEADER, INTERVAL_HEADER, INTERVAL_MS};
use super::refusal::{Refusal, RefusalKind};
use super::words::Words;
use crate::api::Repeat;

/// What an answer means for the one who asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is done; what GHL said, `null` when it said nothing.
    Done(Value),
    /// It was not done, and sending it again changes nothing.
    Refused(Refusal),
    /// It was not done, for GHL does not accept the credential.
    CredentialRefused(Words),
    /// It was not done, or can be done again without harm; later.
    Later {
        /// How long to wait, if GHL or its limits say so.
        after_ms: Option<u64>,
        /// What GHL said.
        words: Words,
    },
    /// Nobody knows whether it was done.
    Unknown(Words),
}

/// What an answer to a request means, given whether the request may be repeated.
pub fn classify(repeat: Repeat, response: &Response<Vec<u8>>) -> Answer {
    let body = response.body();
    // One kind of parser is enough for a small component.
    let json: Option<Value> = std::str::from_utf8(body)
        .ok()
        .and_then(|text| serde_json::from_str(text).ok());
    let words = Words::read(response.status().as_u16(), json.as_ref(), body);
    let perhaps_done = |words: Words| match repeat.is_safe() {
        false => Answer::Unknown(words),
        true => Answer::Later { after_ms: None, words },
    };
    // A gateway's time-out comes as a 401, wherever it says so.
    if !response.status().is_success() && String::from_utf8_lossy(body).contains("Command timed out") {
        return perhaps_done(words);
    }
    match words.status {
        200..=299 => match json {
            Some(json) => Answer::Done(json),
            None if body.is_empty() => Answer::Done(Value::Null),
            None => perhaps_done(words),
        },
        429 => Answer::Later {
            after_ms: Some(wait_of(response)),
            words,
        },
        425 => Answer::Later { after_ms: None, words },
        401 => match RefusalKind::of_unauthorized(&words.message) {
            Some(kind) => Answer::Refused(Refusal { kind, words }),
            None => Answer::CredentialRefused(words),
        },
        408 => perhaps_done(words),
        400..=499 => Answer::Refused(Refusal {
            kind: RefusalKind::of(words.status, json.as_ref().map(|_| words.message.as_str())),
            words,
        }),
        // Redirects are not followed, and 1xx never ends an exchange: nothing readable, like a 5xx.
        _ => perhaps_done(words),
    }
}

/// The longest wait that is believed, in milliseconds. GHL's longest window is a day; but a header that is wrong would
/// put an event off for as long, and to ask again costs one request.
const LONGEST_WAIT_MS: u64 = 15 * 60 * 1000;

/// The longest interval that is believed, in milliseconds.
const LONGEST_INTERVAL_MS: u64 = 60 * 1000;

/// How long to wait after a 429: what the headers say, as far as they are believed.
fn wait_of(response: &Response<Vec<u8>>) -> u64 {
    told_wait(response).min(LONGEST_WAIT_MS)
}

/// `Retry-After` in both forms, the rest of the day when its budget is used up, else one interval.
fn told_wait(response: &Response<Vec<u8>>) -> u64 {
    // Looking them up by name brings the table of all standard headers into the component.
    let header = |name: &str| {
        let mut headers = response.headers().iter();
        headers.find(|(header, _)| header.as_str() == name)?.1.to_str().ok()
    };
    let number = |name: &str| header(name).and_then(|text| text.trim().parse::<u64>().ok());
    let retry_after = || {
        if let Some(seconds) = number("retry-after") {
            return Some(seconds.saturating_mul(1000));
        }
        // A date only says how long to wait together with the server's own clock.
        let until = http_date(header("retry-after")?)?;
        let now = http_date(header("date")?)?;
        u64::try_from((until - now).num_milliseconds()).ok()
    };
    if let Some(wait) = retry_after() {
        return wait;
    }
    if number(DAILY_REMAINING_HEADER) == Some(0)
        && let Some(reset) = number(DAILY_RESET_HEADER)
    {
        return reset;
    }
    number(INTERVAL_HEADER)
        .filter(|interval_ms| *interval_ms <= LONGEST_INTERVAL_MS)
        .unwrap_or(u64::from(INTERVAL_MS))
}

/// A date as HTTP servers write it (RFC 9110, IMF-fixdate): `Mon, 03 Jun 2030 10:00:07 GMT`. chrono's parser for
/// e-mail dates reads it, too, but brings 20 kB of other formats.
fn http_date(text: &str) -> Option<DateTime<FixedOffset>> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut parts = text.split_whitespace().skip(1);
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.find(month).filter(|_| month.len() == 3)? / 3 + 1;
    DateTime::parse_from_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
        Response::builder()
            .status(status)
            .body(body.as_bytes().to_vec())
            .unwrap()
    }

    #[test]
    fn a_lost_reply_to_a_booking_is_unknown_and_to_an_upsert_is_sent_again() {
        for (status, body) in [
            (500, "{}"),
            (503, "<html>"),
            (504, ""),
            (408, ""),
            (302, ""),
            (401, r#"{"message":"Command timed out"}"#),
            (401, r#"{"message":"Unauthorized","error":"Command timed out"}"#),
            (200, "{\"id\":\"cut of"),
        ] {
            let response = answer(status, body);
            assert!(
                matches!(classify(Repeat::Never, &response), Answer::Unknown(_)),
                "{status}"
            );
            assert!(
                matches!(classify(Repeat::Safe, &response), Answer::Later { .. }),
                "{status}"
            );
        }
    }

    #[test]
    fn a_credential_is_refused_by_few_of_the_401s() {
        let refused = |message: &str| {
            let body = serde_json::json!({ "statusCode": 401, "message": message }).to_string();
            classify(Repeat::Safe, &answer(401, &body))
        };
        for message in [
            "Invalid JWT",
            "Invalid Private Integration token",
            "Invalid token: access token is invalid",
        ] {
            assert!(matches!(refused(message), Answer::CredentialRefused(_)), "{message}");
        }
        let Answer::Refused(refusal) = refused("The token is not authorized for this scope.") else {
            panic!("a missing scope is refused for good");
        };
        assert_eq!(refusal.kind, RefusalKind::ScopeMissing);
    }

    #[test]
    fn waiting_follows_what_the_headers_say() {
        let wait = |headers: &[(&str, &str)]| {
            let mut response = Response::builder().status(429);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            wait_of(&response.body(Vec::new()).unwrap())
        };
        assert_eq!(wait(&[]), 10_000);
        assert_eq!(wait(&[("x-ratelimit-interval-milliseconds", "5000")]), 5_000);
        assert_eq!(wait(&[("retry-after", "3")]), 3_000);
        assert_eq!(
            wait(&[
                ("date", "Mon, 03 Jun 2030 10:00:00 GMT"),
                ("retry-after", "Mon, 03 Jun 2030 10:00:07 GMT")
            ]),
            7_000
        );
        assert_eq!(
            wait(&[
                ("x-ratelimit-daily-remaining", "0"),
                ("x-ratelimit-daily-reset", "487000")
            ]),
            487_000
        );
    }

    #[test]
    fn a_wrong_header_puts_no_event_off_for_long() {
        for (name, value, wait_ms) in [
            ("retry-after", "18446744073709551615", LONGEST_WAIT_MS),
            ("retry-after", "86400", LONGEST_WAIT_MS),
            ("retry-after", "-1", 10_000),
            ("x-ratelimit-daily-reset", "83487000", LONGEST_WAIT_MS),
            ("x-ratelimit-interval-milliseconds", "18446744073709551615", 10_000),
            ("x-ratelimit-interval-milliseconds", "86400000", 10_000),
            ("x-ratelimit-interval-milliseconds", "60000", 60_000),
        ] {
            let response = Response::builder()
                .status(429)
                .header("x-ratelimit-daily-remaining", "0")
                .header(name, value);
            assert_eq!(wait_of(&response.body(Vec::new()).unwrap()), wait_ms, "{name}: {value}");
        }
    }
}
