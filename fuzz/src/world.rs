//! The host of a call: a store, a clock, and GHL behind a script.

mod ghl;
mod once;
mod store;

use std::collections::VecDeque;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use knockcal::api::{Message, Response as Answered};
use knockcal::knock::Incoming;
use knockcal::run::{
    Cause, Check, CommitError, Committed, Failure, Host, Reason, Receipt, SEND_BEFORE_HEADER, SecretError, SendError,
    Snapshot, StateUnavailable, Timeouts, Write, handle,
};

use self::ghl::Ghl;
use self::once::Once;
use self::store::Store;
use crate::judge;
use crate::script::Turn;

/// Monday, 3 June 2030, 8:00 in Chicago.
const MORNING_MS: u64 = 1_906_722_000_000;

/// How long one call may go on.
const BUDGET_MS: u32 = 20_000;

/// What a step takes, in milliseconds.
const STEP_MS: u64 = 3;

/// The most that a call asks of its host.
const STEPS_LIMIT: u32 = 4_000;

/// The most requests of one call.
const REQUESTS_LIMIT: u32 = 300;

/// How often an event is handled at most until it has come to its end.
const PATIENCE: u32 = 80;

/// A store, a clock, and GHL behind a script.
#[derive(Debug)]
pub struct World {
    /// How requests end, before GHL answers all of them as it should.
    script: VecDeque<Turn>,
    ghl: Ghl,
    once: Once,
    store: Store,
    now_ms: u64,
    steps: u32,
    /// Requests that left.
    pub sent: u32,
    random: u64,
}

impl World {
    /// A world whose GHL follows the script first.
    pub fn new(script: Vec<Turn>) -> Self {
        Self {
            script: script.into(),
            ghl: Ghl::default(),
            once: Once::default(),
            store: Store::default(),
            now_ms: MORNING_MS,
            steps: 0,
            sent: 0,
            random: 7,
        }
    }

    /// One call.
    pub fn call(&mut self, configuration: &str, event: &Incoming) -> Result<Receipt, Failure> {
        self.steps = 0;
        let sent = self.sent;
        let ended = handle(self, configuration, event, BUDGET_MS);
        assert!(
            self.sent - sent <= REQUESTS_LIMIT,
            "{} requests in a call",
            self.sent - sent
        );
        judge::ending(&ended);
        ended
    }

    /// Calls until the event has come to its end: a receipt, a failure for good, or waiting for what never comes.
    ///
    /// # Panics
    /// When it never does, although GHL answers as it should in the long run.
    pub fn until_ended(&mut self, configuration: &str, event: &Incoming) -> Result<Receipt, Failure> {
        // Each reply of the script may cost one call more.
        let patience = PATIENCE.saturating_add(u32::try_from(self.script.len()).unwrap_or(u32::MAX));
        for _ in 0..patience {
            match self.call(configuration, event) {
                Err(Failure::Stopped {
                    cause: Cause::Deferred { after_ms, reason, .. },
                    ..
                }) if reason != Reason::NoBooking => self.now_ms += after_ms,
                ended => return ended,
            }
        }
        let last = self.call(configuration, event);
        panic!("the event never comes to its end: {last:?}");
    }

    /// The appointments that stand.
    pub fn standing(&self) -> usize {
        self.ghl.standing()
    }

    fn step(&mut self) {
        self.steps += 1;
        assert!(self.steps <= STEPS_LIMIT, "the call never ends");
        self.now_ms += STEP_MS;
    }

    fn end(&mut self, turn: &Turn, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, SendError> {
        if !matches!(turn.kind(), "unsent" | "denied") {
            self.sent += 1;
        }
        let unknown = || Err(SendError::Unknown("no whole answer came".to_owned()));
        match turn.kind() {
            "unsent" => return Err(SendError::NotSent("connection refused".to_owned())),
            "denied" => return Err(SendError::Denied("not granted".to_owned())),
            "honest" => return Ok(self.ghl.answer(request, None)),
            "lost" => {
                if turn.done() {
                    self.ghl.answer(request, None);
                }
                return unknown();
            }
            _ => {}
        }
        let mut reply = Response::new(turn.body.clone());
        let status = turn.kind().parse::<u16>().ok();
        let Some(status) = status.and_then(|status| http::StatusCode::from_u16(status).ok()) else {
            return unknown();
        };
        *reply.status_mut() = status;
        *reply.headers_mut() = headers(&turn.headers);
        if turn.done() || status.is_success() {
            self.ghl
                .answer(request, serde_json::from_slice(&turn.body).ok().as_ref());
        }
        Ok(reply)
    }
}

fn headers(lines: &[String]) -> HeaderMap {
    let lines = lines.iter().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.trim().as_bytes()).ok()?))
    });
    lines.collect()
}

/// A request as GHL takes it here.
fn request_of(message: Message) -> Request<Vec<u8>> {
    let target = format!("{}://{}{}", message.scheme, message.authority, message.target);
    let mut request = Request::builder().method(message.method).uri(target);
    for (name, value) in message.headers {
        request = request.header(name, value);
    }
    request.body(message.body).expect("every request can be sent")
}

/// An answer as a call takes it.
fn answered(reply: Response<Vec<u8>>) -> Answered {
    let (parts, body) = reply.into_parts();
    let headers = parts.headers.iter();
    let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    Answered {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body,
    }
}

impl Host for World {
    fn secret(&mut self, _role: &str) -> Result<String, SecretError> {
        Ok("placeholder".to_owned())
    }

    fn renew(&mut self, _role: &str, refused: &str) -> Result<String, SecretError> {
        Ok(format!("{refused}-renewed"))
    }

    fn get_many(&mut self, keys: &[String]) -> Result<Snapshot, StateUnavailable> {
        self.step();
        Ok(self.store.get_many(keys, self.now_ms))
    }

    fn commit(&mut self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        self.step();
        self.store.commit(checks, writes, self.now_ms)
    }

    fn send(&mut self, message: Message, timeouts: Timeouts) -> Result<Answered, SendError> {
        let request = request_of(message);
        let called_ms = self.now_ms;
        self.step();
        let before = request
            .headers()
            .get(SEND_BEFORE_HEADER)
            .and_then(|value| value.to_str().ok());
        let before: u64 = before
            .and_then(|text| text.parse().ok())
            .expect("every request says when it is too late");
        assert!(self.now_ms < before, "a request after its claim has ended");
        assert!(
            timeouts.part_ms <= timeouts.whole_ms && called_ms + timeouts.whole_ms <= before,
            "a request may outlive its claim"
        );
        self.once.before(&request, self.now_ms);
        let turn = self.script.pop_front().unwrap_or_else(Turn::honest);
        let ended = self.end(&turn, &request);
        self.step();
        self.once.after(&request, &ended, self.now_ms);
        ended.map(answered)
    }

    fn monotonic_ms(&mut self) -> u64 {
        self.now_ms
    }

    fn sleep_ms(&mut self, milliseconds: u64) {
        self.step();
        self.now_ms += milliseconds;
    }

    fn random(&mut self) -> u64 {
        // Any numbers will do, as long as they are the same in every run (a 64-bit linear congruence).
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.random >> 33
    }
}
