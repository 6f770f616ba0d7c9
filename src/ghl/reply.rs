//! What an answer means: the one match from status to case.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::appointment;
use super::provider::{DAILY_REMAINING_HEADER, DAILY_RESET_HEADER, INTERVAL_HEADER, INTERVAL_MS};
use super::refusal::{DuplicateContact, Refusal, RefusalKind};
use super::words::{Words, excerpt};
use crate::api::{Effect, Operation, Repeat, Response, Server};

/// What an answer means for the one who asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is done; what GHL said, `null` when it said nothing.
    Done(Value),
    /// It was not done, and sending it again changes nothing.
    Refused(Box<Refusal>),
    /// It was not done, for GHL does not accept the credential.
    CredentialRefused(Words),
    /// It was not done, or can be done again without harm; later.
    Later {
        /// How long to wait, where GHL limits how much is asked of it.
        after_ms: Option<u64>,
        /// What was answered, for people.
        why: String,
    },
    /// Nobody knows whether it was done. What was answered, for people.
    Unknown(String),
}

/// What an answer to a request means, given whether the request may be repeated.
///
/// A refusal is only what the provider says in its own envelope. Whatever else comes with a 4xx, such as the page of a
/// proxy, tells nothing of the request.
pub fn classify(operation: &Operation, repeat: Repeat, response: &Response) -> Answer {
    let (body, status) = (&response.body, response.status);
    // One kind of parser is enough for a small component.
    let json: Option<Value> = std::str::from_utf8(body)
        .ok()
        .and_then(|text| serde_json::from_str(text).ok());
    let perhaps_done = |why: String| match repeat.is_safe() {
        false => Answer::Unknown(why),
        true => Answer::Later { after_ms: None, why },
    };
    if response.is_success() {
        return match json {
            None if body.is_empty() && operation.effect != Effect::Read => Answer::Done(Value::Null),
            None => perhaps_done(in_words(operation.server, response, None)),
            Some(json) => match operation.flaw_of(&json) {
                None => Answer::Done(json),
                Some(flaw) => perhaps_done(not_understood(operation, &json, &flaw)),
            },
        };
    }
    let words = Words::read(status, json.as_ref());
    let why = in_words(operation.server, response, words.as_ref());
    let duplicate = json.as_ref().and_then(DuplicateContact::read);
    let refused = |kind, words, duplicate| Answer::Refused(Box::new(Refusal { kind, words, duplicate }));
    match (status, words) {
        // A gateway's time-out comes as a 401, or as something else, wherever it says so.
        _ if String::from_utf8_lossy(body).contains("Command timed out") => perhaps_done(why),
        (429, _) => Answer::Later {
            after_ms: Some(wait_of(response)),
            why,
        },
        (425, _) => Answer::Later { after_ms: None, why },
        // A proxy wants a credential, takes too long, or something is locked: that says nothing of the request.
        (407 | 408 | 423, _) => perhaps_done(why),
        (401, Some(words)) => match RefusalKind::of_unauthorized(&words.message) {
            Some(kind) => refused(kind, words, None),
            None => Answer::CredentialRefused(words),
        },
        (400 | 409 | 422, Some(words)) if duplicate.is_some() => {
            refused(RefusalKind::DuplicateContact, words, duplicate)
        }
        // Something else is being done to the same thing. What refuses a visit is that its slot is taken.
        (409, Some(_)) if ![appointment::CREATE.key, appointment::UPDATE.key].contains(&operation.key) => {
            perhaps_done(why)
        }
        (400..=499, Some(words)) => refused(RefusalKind::of(status, &words.message), words, None),
        // Redirects are not followed, and 1xx never ends an exchange: nothing readable, like a 5xx.
        _ => perhaps_done(why),
    }
}

/// What was answered, and by whom, for people.
fn in_words(server: Server, response: &Response, words: Option<&Words>) -> String {
    let (name, status) = (server.name(), response.status);
    if let Some(words) = words {
        return format!("{name} answered {words}");
    }
    let excerpt = match excerpt(&response.body) {
        excerpt if excerpt.is_empty() => ", an empty answer".to_owned(),
        excerpt => format!(": {excerpt}"),
    };
    format!("something between here and {name} answered {status}{excerpt}")
}

/// That an answer is not what it should be, for people.
fn not_understood(operation: &Operation, reply: &Value, flaw: &str) -> String {
    let name = operation.server.name();
    let said = match Words::read(200, Some(reply)) {
        Some(words) => format!(" (`{}`)", words.message),
        None => String::new(),
    };
    format!("{name}'s answer cannot be understood: {flaw}{said}")
}

/// The longest wait that is believed, in milliseconds. GHL's longest window is a day; but a header that is wrong would
/// put an event off for as long, and to ask again costs one request.
const LONGEST_WAIT_MS: u64 = 15 * 60 * 1000;

/// The longest interval that is believed, in milliseconds.
const LONGEST_INTERVAL_MS: u64 = 60 * 1000;

/// How long to wait after a 429: what the headers say, as far as they are believed.
fn wait_of(response: &Response) -> u64 {
    told_wait(response).min(LONGEST_WAIT_MS)
}

/// `Retry-After` in both forms, the rest of the day when its budget is used up, else one interval.
fn told_wait(response: &Response) -> u64 {
    let number = |name: &str| response.header(name).and_then(|text| text.trim().parse::<u64>().ok());
    let retry_after = || {
        if let Some(seconds) = number("retry-after") {
            return Some(seconds.saturating_mul(1000));
        }
        // A date only says how long to wait together with the server's own clock.
        let until = http_date(response.header("retry-after")?)?;
        let now = http_date(response.header("date")?)?;
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
    use crate::ghl::event;

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn classify(repeat: Repeat, response: &Response) -> Answer {
        super::classify(&appointment::UPDATE, repeat, response)
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
            (429, r#"{"message":"Command timed out"}"#),
            (401, r#"{"message":"Unauthorized","error":"Command timed out"}"#),
            (200, "{\"id\":\"cut of"),
            (200, r#"{"statusCode":500,"message":"Internal server error"}"#),
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
    fn what_a_provider_does_not_say_in_its_own_envelope_is_no_refusal() {
        for status in [
            400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 413, 414, 415, 422, 423, 426, 451,
        ] {
            for body in [
                "<html>Forbidden</html>",
                "Forbidden",
                "",
                "null",
                "[]",
                "{}",
                r#"{"statusCode":403}"#,
            ] {
                let response = answer(status, body);
                let Answer::Unknown(why) = classify(Repeat::Never, &response) else {
                    panic!("{status} {body} of a request that must not be repeated");
                };
                assert!(why.starts_with("something between here and GHL answered"), "{why}");
                let safe = classify(Repeat::Safe, &response);
                assert!(
                    matches!(safe, Answer::Later { after_ms: None, .. }),
                    "{status} {body}: {safe:?}"
                );
            }
        }
        for status in [407, 423] {
            let said = answer(status, r#"{"message":"Locked"}"#);
            assert!(matches!(classify(Repeat::Never, &said), Answer::Unknown(_)), "{status}");
        }
        for status in [400, 403, 404, 405, 410, 422] {
            let said = answer(status, r#"{"message":"No"}"#);
            assert!(matches!(classify(Repeat::Safe, &said), Answer::Refused(_)), "{status}");
        }
    }

    #[test]
    fn a_conflict_refuses_a_booking_or_a_move_and_nothing_else() {
        let conflict = answer(409, r#"{"statusCode":409,"message":"Conflict"}"#);
        let of = |operation: &Operation| super::classify(operation, operation.repeat, &conflict);
        assert!(matches!(of(&appointment::CREATE), Answer::Refused(_)));
        assert!(matches!(of(&appointment::UPDATE), Answer::Refused(_)));
        let block = crate::catalog::operation("blocked_slot.create").unwrap();
        assert!(matches!(of(block), Answer::Unknown(_)));
        assert!(matches!(of(&appointment::GET), Answer::Later { .. }));
    }

    #[test]
    fn a_read_that_answers_something_else_is_read_again() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"message":"Forbidden"}"#,
            "<html>Please log in</html>",
        ] {
            let read = super::classify(&appointment::GET, Repeat::Safe, &answer(200, body));
            assert!(matches!(read, Answer::Later { .. }), "{body}: {read:?}");
        }
        let read = super::classify(
            &appointment::GET,
            Repeat::Safe,
            &answer(200, r#"{"message":"Forbidden"}"#),
        );
        let Answer::Later { why, .. } = read else {
            panic!("{read:?}");
        };
        assert!(why.ends_with("`appointment` is missing (`Forbidden`)"), "{why}");
        let deleted = super::classify(&event::DELETE, Repeat::Safe, &answer(204, ""));
        assert_eq!(deleted, Answer::Done(Value::Null));
    }

    #[test]
    fn a_page_is_named_for_what_it_is() {
        let page = answer(
            403,
            "<html><title>Blocked</title><body><p>Your request</p></body></html>",
        );
        let words = Answer::Unknown("something between here and GHL answered 403: Blocked".to_owned());
        assert_eq!(classify(Repeat::Never, &page), words);
        let words = Answer::Unknown("something between here and GHL answered 404, an empty answer".to_owned());
        assert_eq!(classify(Repeat::Never, &answer(404, "")), words);
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
            let mut response = answer(429, "");
            for (name, value) in headers {
                response.headers.push(((*name).to_owned(), (*value).to_owned()));
            }
            wait_of(&response)
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
            let mut response = answer(429, "");
            for (name, value) in [("x-ratelimit-daily-remaining", "0"), (name, value)] {
                response.headers.push((name.to_owned(), value.to_owned()));
            }
            assert_eq!(wait_of(&response), wait_ms, "{name}: {value}");
        }
    }
}
