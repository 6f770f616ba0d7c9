//! A GHL to try things on, for the tests of this room.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Delivery, Effect, End, Fault, Ghl, Seed};

/// Monday, 2026-03-02 08:00 in Chicago.
pub(super) const MONDAY: i64 = 1_772_460_000_000;

/// A time on the Tuesday after, in Chicago.
pub(super) fn tuesday(time: &str) -> String {
    format!("2026-03-03T{time}:00-06:00")
}

/// A GHL, and what time it is there.
pub(super) struct Trial {
    pub(super) ghl: Ghl,
    pub(super) now_ms: i64,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: http::HeaderMap,
    pub(super) body: Value,
}

impl Trial {
    pub(super) fn of(seed: Seed) -> Self {
        Self {
            ghl: Ghl::new(seed).unwrap(),
            now_ms: MONDAY,
        }
    }

    /// The demo location, without a limit that would get in the way.
    pub(super) fn demo() -> Self {
        let mut seed = Seed::demo();
        seed.rate_limit.max = 1_000_000;
        Self::of(seed)
    }

    pub(super) fn fault(&mut self, on: &str, effect: Effect) {
        self.ghl.inject(Fault::on(on, effect).unwrap());
    }

    pub(super) fn get(&mut self, target: &str) -> Answer {
        self.send(request(Method::GET, target, None))
    }

    pub(super) fn post(&mut self, target: &str, body: Value) -> Answer {
        self.send(request(Method::POST, target, Some(body)))
    }

    pub(super) fn put(&mut self, target: &str, body: Value) -> Answer {
        self.send(request(Method::PUT, target, Some(body)))
    }

    pub(super) fn delete(&mut self, target: &str) -> Answer {
        self.send(request(Method::DELETE, target, Some(json!({}))))
    }

    /// Any request.
    pub(super) fn ask(&mut self, method: &str, target: &str, body: Option<Value>) -> Answer {
        self.send(request(method.parse().unwrap(), target, body))
    }

    /// Any request in the words of `v3`.
    pub(super) fn v3(&mut self, method: &str, target: &str, body: Option<Value>) -> Answer {
        let mut request = request(method.parse().unwrap(), target, body);
        request.headers_mut().insert("version", "v3".parse().unwrap());
        self.send(request)
    }

    pub(super) fn deliver(&mut self, request: &Request<Bytes>) -> Delivery {
        self.ghl.answer(self.now_ms, request)
    }

    pub(super) fn send(&mut self, request: Request<Bytes>) -> Answer {
        match self.deliver(&request).end {
            End::Reply(reply) => Answer {
                status: reply.status().as_u16(),
                headers: reply.headers().clone(),
                body: serde_json::from_slice(reply.body()).unwrap_or_default(),
            },
            other => panic!("no whole answer, but {other:?}"),
        }
    }

    /// The body of a booking for Pat.
    pub(super) fn booking(calendar: &str, start: impl Into<String>) -> Value {
        json!({
            "locationId": Seed::DEMO_LOCATION,
            "calendarId": calendar,
            "contactId": Seed::PAT,
            "startTime": start.into(),
        })
    }

    pub(super) fn book(&mut self, calendar: &str, start: impl Into<String>) -> Answer {
        let body = Self::booking(calendar, start);
        self.post("/calendars/events/appointments", body)
    }

    /// The free slots of a calendar on some days from a date (Chicago midnight) on.
    pub(super) fn free(&mut self, calendar: &str, from: &str, days: i64) -> Value {
        let from = chrono::DateTime::parse_from_rfc3339(from).unwrap();
        let from = from.timestamp_millis();
        let to = from + days * 24 * 60 * 60 * 1000;
        let target = format!("/calendars/{calendar}/free-slots?startDate={from}&endDate={to}");
        let answer = self.get(&target);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }
}

/// A request with the demo token.
pub(super) fn request(method: Method, target: &str, body: Option<Value>) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(target)
        .header("version", "2021-04-15")
        .header("authorization", format!("Bearer {}", Seed::DEMO_TOKEN))
        .header("content-type", "application/json")
        .body(body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string())))
        .unwrap()
}
