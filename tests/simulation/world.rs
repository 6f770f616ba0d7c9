//! A world of one store, one GHL and one clock, and calls that live in it one step at a time.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use host_harness::emulator::{Contact, End, Fault, Ghl, Received, Seed};
use host_harness::state::{self, Clock, ManualClock, MemoryCopy, MemoryStore, Store};
use http::Request;
use knockcal::api::{Message, Response};
use knockcal::knock::Incoming;
use knockcal::run::{
    Cause, Check, CommitError, Committed, Entry, Failure, Host, Invocation, Receipt, SEND_BEFORE_HEADER, SecretError,
    SendError, Snapshot, StateUnavailable, Timeouts, Write, handle, invoke,
};
use serde_json::Value;

use super::events::configuration;
use super::turns::Turns;

/// Monday, 3 June 2030, 8:00 in Chicago.
pub(super) const MORNING_MS: u64 = 1_906_722_000_000;

/// How long one call may go on.
pub(super) const BUDGET_MS: u32 = 20_000;

/// How many calls a while is.
const CALLS_OF_A_WHILE: usize = 6;

/// What a step takes.
const STEP: Duration = Duration::from_millis(3);

/// One store, one GHL, one clock.
pub(super) struct World {
    clock: Arc<ManualClock>,
    store: MemoryStore,
    ghl: Mutex<Ghl>,
}

/// What a call must do at which of its steps.
#[derive(Clone, Default)]
pub(super) struct Fate {
    /// It dies before this step, counted from one.
    pub(super) dies_before: Option<usize>,
    /// The store cannot be reached at this step, or the request does not leave.
    pub(super) fails_at: Option<usize>,
    /// The host has no place for the request at this step.
    pub(super) no_place_at: Option<usize>,
    /// It begins with a credential that GHL does not accept any more.
    pub(super) old_credential: bool,
    /// It stands still before this step, for so long.
    pub(super) stands_still: Option<(usize, Duration)>,
    /// It begins so long after the other call has stopped.
    pub(super) begins_after: Option<Duration>,
    /// It takes turns with another call.
    pub(super) turns: Option<(Arc<Turns>, usize)>,
    /// Its host knows no send-before header, and lets requests out however late they are.
    pub(super) lets_late_out: bool,
    /// What others do before this step.
    pub(super) meanwhile: Option<(usize, Meanwhile)>,
}

/// What others do while a call stands still.
pub(super) type Meanwhile = Arc<dyn Fn(&World) + Send + Sync>;

/// How a call ended.
#[derive(Debug)]
pub(super) enum Ended {
    Done(Receipt),
    Failed(Failure),
    Died,
}

impl World {
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self::of(Seed::demo(), faults)
    }

    pub(super) fn of(seed: Seed, faults: &[Fault]) -> Self {
        let mut ghl = Ghl::new(seed).unwrap();
        for fault in faults {
            ghl.inject(fault.clone());
        }
        let clock = Arc::new(ManualClock::new(MORNING_MS));
        Self {
            store: MemoryStore::with_clock(clock.clone()),
            clock,
            ghl: Mutex::new(ghl),
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    pub(super) fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.with(|_| ());
    }

    /// A copy of the store.
    pub(super) fn copy(&self) -> MemoryCopy {
        self.store.copy()
    }

    /// Puts a copy of the store back.
    pub(super) fn put_back(&self, copy: &MemoryCopy) {
        self.store.put_back(copy.clone());
    }

    /// The process that had leases is known to be gone.
    pub(super) fn release_leases(&self) {
        self.store.release_leases();
    }

    /// The store's clock was set to what it tells now.
    pub(super) fn set_clock(&self) {
        self.store.anchor();
    }

    /// All that the store holds now.
    pub(super) fn held(&self) -> Vec<(String, String)> {
        let held = self.store.entries().into_iter();
        held.map(|(key, entry)| (key, entry.value)).collect()
    }

    /// Rows as they were before they were written twice: whole, for ever.
    pub(super) fn as_an_earlier_version_wrote_it(&self) {
        let mut writes = Vec::new();
        for (whole, value) in self.held() {
            let Some(key) = whole.strip_prefix("whole/") else {
                continue;
            };
            let write = |key: &str, value| state::Write {
                key: key.to_owned(),
                value,
                ttl_ms: None,
                lease: false,
            };
            writes.extend([write(key, Some(value)), write(&whole, None)]);
        }
        self.store.commit(&[], &writes).unwrap();
    }

    /// Writes entries, for ever.
    pub(super) fn put(&self, entries: Vec<(String, String)>) {
        let writes = entries.into_iter().map(|(key, value)| state::Write {
            key,
            value: Some(value),
            ttl_ms: None,
            lease: false,
        });
        self.store.commit(&[], &writes.collect::<Vec<_>>()).unwrap();
    }

    /// Deletes entries.
    pub(super) fn delete(&self, keys: impl Iterator<Item = String>) {
        let writes = keys.map(|key| state::Write {
            key,
            value: None,
            ttl_ms: None,
            lease: false,
        });
        self.store.commit(&[], &writes.collect::<Vec<_>>()).unwrap();
    }

    /// Looks at GHL, or changes it, as it is now.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Ghl) -> T) -> T {
        let mut ghl = self.ghl.lock().unwrap();
        ghl.advance(i64::try_from(self.now_ms()).unwrap());
        look(&mut ghl)
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.with(|ghl| ghl.received().to_vec())
    }

    pub(super) fn contacts(&self) -> Vec<Contact> {
        self.with(|ghl| ghl.contacts().cloned().collect())
    }

    /// Requests that asked for an operation.
    pub(super) fn count(&self, operation: &str) -> usize {
        let received = self.received();
        received
            .iter()
            .filter(|request| request.operation == Some(operation))
            .count()
    }

    /// One call.
    pub(super) fn call(&self, event: &Incoming, fate: Fate) -> Ended {
        self.call_with(&configuration(), event, fate).0
    }

    /// One call, and how many steps it took.
    pub(super) fn call_with(&self, configuration: &Value, event: &Incoming, fate: Fate) -> (Ended, usize) {
        let configuration = configuration.to_string();
        self.run(fate, |host| handle(host, &configuration, event, BUDGET_MS))
    }

    /// One call that carries an action out by itself.
    pub(super) fn invoke(&self, configuration: &Value, invocation: &Invocation, fate: Fate) -> Ended {
        let configuration = configuration.to_string();
        let call = |host: &mut SimulatedHost<'_>| {
            let invoked = invoke(host, &configuration, invocation, BUDGET_MS)?;
            Ok(invoked.receipt)
        };
        self.run(fate, call).0
    }

    /// Asks for an action once, and gives what it answers.
    pub(super) fn ask(&self, configuration: &Value, invocation: &Invocation) -> Result<Option<Value>, Failure> {
        let configuration = configuration.to_string();
        let mut output = None;
        let call = |host: &mut SimulatedHost<'_>| {
            let invoked = invoke(host, &configuration, invocation, BUDGET_MS)?;
            output = invoked.output;
            Ok(invoked.receipt)
        };
        match self.run(Fate::default(), call).0 {
            Ended::Done(_) => Ok(output),
            Ended::Failed(failure) => Err(failure),
            Ended::Died => unreachable!("nobody told it to"),
        }
    }

    /// Calls again whenever that can help, but a few times only, and says how the last call ended.
    pub(super) fn for_a_while(&self, configuration: &Value, event: &Incoming) -> Result<Receipt, Failure> {
        for _ in 0..CALLS_OF_A_WHILE {
            match self.call_with(configuration, event, Fate::default()).0 {
                Ended::Failed(Failure::Stopped {
                    cause: Cause::Deferred { after_ms, .. },
                    ..
                }) => self.pass(Duration::from_millis(after_ms)),
                Ended::Failed(failure) => return Err(failure),
                Ended::Done(receipt) => return Ok(receipt),
                Ended::Died => unreachable!("nobody told it to"),
            }
        }
        match self.call_with(configuration, event, Fate::default()).0 {
            Ended::Failed(failure) => Err(failure),
            Ended::Done(receipt) => Ok(receipt),
            Ended::Died => unreachable!("nobody told it to"),
        }
    }

    fn run(&self, fate: Fate, call: impl FnOnce(&mut SimulatedHost<'_>) -> Result<Receipt, Failure>) -> (Ended, usize) {
        let turns = fate.turns.clone();
        if let (Some(time), Some((turns, me))) = (fate.begins_after, &turns) {
            turns.wait(*me);
            self.pass(time);
        }
        let mut host = SimulatedHost {
            world: self,
            fate,
            steps: 0,
            random: 7,
        };
        let ended = catch_unwind(AssertUnwindSafe(|| call(&mut host)));
        if let Some((turns, me)) = turns {
            turns.leave(me);
        }
        let ended = match ended {
            Ok(Ok(receipt)) => Ended::Done(receipt),
            Ok(Err(failure)) => Ended::Failed(failure),
            Err(payload) if payload.is::<Death>() => Ended::Died,
            Err(payload) => resume_unwind(payload),
        };
        (ended, host.steps)
    }

    /// Calls again whenever that can help, as a patient host does.
    pub(super) fn until_done(&self, event: &Incoming) -> Result<Receipt, Failure> {
        self.until_done_with(&configuration(), event)
    }

    pub(super) fn until_done_with(&self, configuration: &Value, event: &Incoming) -> Result<Receipt, Failure> {
        self.until_ended(|| self.call_with(configuration, event, Fate::default()).0)
    }

    /// Asks for an action again whenever that can help.
    pub(super) fn until_invoked(&self, configuration: &Value, invocation: &Invocation) -> Result<Receipt, Failure> {
        self.until_ended(|| self.invoke(configuration, invocation, Fate::default()))
    }

    fn until_ended(&self, mut call: impl FnMut() -> Ended) -> Result<Receipt, Failure> {
        for _ in 0..500 {
            match call() {
                Ended::Done(receipt) => return Ok(receipt),
                Ended::Failed(Failure::Stopped {
                    cause: Cause::Deferred { after_ms, .. },
                    ..
                }) => self.pass(Duration::from_millis(after_ms)),
                Ended::Failed(failure) => return Err(failure),
                Ended::Died => unreachable!("nobody told it to"),
            }
        }
        panic!("it never came to an end; requests: {:#?}", self.received());
    }
}

/// What a call dies of.
struct Death;

struct SimulatedHost<'a> {
    world: &'a World,
    fate: Fate,
    steps: usize,
    random: u64,
}

impl SimulatedHost<'_> {
    /// Whether the step works.
    fn step(&mut self) -> bool {
        if let Some((turns, me)) = &self.fate.turns {
            turns.step(*me);
        }
        self.steps += 1;
        if self.fate.dies_before == Some(self.steps) {
            // Without the panic's hook: nothing is wrong.
            resume_unwind(Box::new(Death));
        }
        if let Some((step, time)) = self.fate.stands_still
            && step == self.steps
        {
            self.world.pass(time);
        }
        if let Some((step, meanwhile)) = self.fate.meanwhile.clone()
            && step == self.steps
        {
            meanwhile(self.world);
        }
        self.world.clock.advance(STEP);
        self.fate.fails_at != Some(self.steps)
    }
}

/// A request as the emulator takes it.
fn request_of(message: Message) -> Request<Vec<u8>> {
    let target = format!("{}://{}{}", message.scheme, message.authority, message.target);
    let mut request = Request::builder().method(message.method).uri(target);
    for (name, value) in message.headers {
        request = request.header(name, value);
    }
    request.body(message.body).unwrap()
}

/// An answer of the emulator as a call takes it.
fn response_of(reply: &http::Response<Bytes>) -> Response {
    let mut response = Response {
        status: reply.status().as_u16(),
        headers: Vec::new(),
        body: reply.body().to_vec(),
    };
    for (name, value) in reply.headers() {
        let value = value.to_str().unwrap().to_owned();
        response.headers.push((name.to_string(), value));
    }
    response
}

impl Host for SimulatedHost<'_> {
    fn secret(&mut self, role: &str) -> Result<String, SecretError> {
        let token = if role == "knocker_api_key" {
            Seed::DEMO_KNOCKER_KEY
        } else if self.fate.old_credential {
            "pit-old"
        } else {
            Seed::DEMO_TOKEN
        };
        Ok(token.to_owned())
    }

    fn renew(&mut self, _role: &str, refused: &str) -> Result<String, SecretError> {
        if self.fate.old_credential {
            assert_eq!(refused, "pit-old");
            self.fate.old_credential = false;
            return Ok(Seed::DEMO_TOKEN.to_owned());
        }
        Ok(refused.to_owned())
    }

    fn get_many(&mut self, keys: &[String]) -> Result<Snapshot, StateUnavailable> {
        if !self.step() {
            return Err(StateUnavailable("the disk is full".to_owned()));
        }
        let snapshot = self.world.store.get_many(keys).unwrap();
        let entry = |entry: state::Entry| Entry {
            value: entry.value,
            version: entry.version,
        };
        Ok(Snapshot {
            now_ms: snapshot.now_ms,
            anchored_ms: snapshot.anchored_ms,
            restored_ms: snapshot.restored_ms,
            honours_send_before: !self.fate.lets_late_out,
            entries: snapshot.entries.into_iter().map(|read| read.map(entry)).collect(),
        })
    }

    fn commit(&mut self, checks: &[Check], writes: &[Write]) -> Result<Committed, CommitError> {
        if !self.step() {
            return Err(CommitError::Unavailable("the disk is full".to_owned()));
        }
        let checks: Vec<_> = checks
            .iter()
            .map(|check| state::Check {
                key: check.key.clone(),
                version: check.version,
            })
            .collect();
        let writes: Vec<_> = writes
            .iter()
            .map(|write| state::Write {
                key: write.key.clone(),
                value: write.value.clone(),
                ttl_ms: write.ttl_ms,
                lease: write.lease,
            })
            .collect();
        match self.world.store.commit(&checks, &writes) {
            Ok(committed) => Ok(Committed {
                now_ms: committed.now_ms,
                version: committed.version,
            }),
            Err(state::CommitError::Conflict { now_ms, key }) => Err(CommitError::Conflict { now_ms, key }),
            Err(state::CommitError::Unavailable(error)) => Err(CommitError::Unavailable(error.to_string())),
        }
    }

    fn send(&mut self, message: Message, timeouts: Timeouts) -> Result<Response, SendError> {
        let mut request = request_of(message);
        if !self.step() {
            return Err(SendError::NotSent("connection refused".to_owned()));
        }
        if self.fate.no_place_at == Some(self.steps) {
            return Err(SendError::NoPlace("the queue is full".to_owned()));
        }
        let before = request.headers_mut().remove(SEND_BEFORE_HEADER);
        assert_eq!(before.is_none(), self.fate.lets_late_out, "{before:?}");
        let before = before.map_or(u64::MAX, |instant| instant.to_str().unwrap().parse().unwrap());
        let now = self.world.now_ms();
        if now >= before {
            return Err(SendError::Denied("the claim has ended".to_owned()));
        }
        let delivery = self.world.with(|ghl| {
            let now = i64::try_from(now).unwrap();
            ghl.answer(now, &request.map(Bytes::from))
        });
        assert!(timeouts.part_ms <= timeouts.whole_ms);
        let patience = Duration::from_millis((before - now).min(timeouts.part_ms));
        if delivery.after >= patience {
            self.world.pass(patience);
            return Err(SendError::Unknown("no answer in time".to_owned()));
        }
        self.world.pass(delivery.after);
        match delivery.end {
            End::Reply(reply) => Ok(response_of(&reply)),
            End::Truncated(_) => Err(SendError::Unknown("half an answer".to_owned())),
            End::Reset => Err(SendError::Unknown("connection reset".to_owned())),
        }
    }

    fn monotonic_ms(&mut self) -> u64 {
        self.world.now_ms()
    }

    fn sleep_ms(&mut self, milliseconds: u64) {
        self.step();
        self.world.pass(Duration::from_millis(milliseconds));
    }

    fn random(&mut self) -> u64 {
        // Any numbers will do, as long as they are the same in every run (a 64-bit linear congruence).
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.random >> 33
    }
}
