//! The store as one call sees it: what was read, what is to be written, and the claim that fences both.

use super::host::{Check, CommitError, Entry, Host, Write};
use super::keyed::Keyed;
use super::keys;
use super::outcome::Reason;
use super::stop::Stop;
use crate::record::{Record, of_text, to_text};

/// The largest value, in bytes, well below what a store takes.
pub(super) const VALUE_LIMIT: usize = 48 * 1024;

/// How long a claim lives at most: longer than any budget that a host gives.
pub(super) const LONGEST_CLAIM_MS: u64 = 2 * 3_600_000;

/// The store as one call sees it.
#[derive(Debug)]
pub(super) struct Ledger {
    row_key: String,
    claim_key: String,
    claim_life_ms: u64,
    /// Version of the claim, once the subject is ours.
    fence: Option<u64>,
    claimed_until_ms: u64,
    /// Whether the call only reads.
    without_claim: bool,
    /// The claims on shared things that this call has, each with its version.
    shared: Vec<(String, u64)>,
    known: Keyed<Option<Entry>>,
    staged: Keyed<Staged>,
    /// The store's clock at an instant of the monotonic one.
    clock: (u64, u64),
    /// When the store's clock was last set.
    anchored_ms: u64,
    restored_ms: Option<u64>,
    /// Whether the host ends requests at the instant that they name.
    honours_send_before: bool,
}

#[derive(Clone, Debug)]
struct Staged {
    value: Option<String>,
    ttl_ms: Option<u64>,
    /// Whether the key must be as it was read. What is only cached need not.
    checked: bool,
    /// Whether it goes with the process.
    lease: bool,
}

impl Ledger {
    /// A ledger for the subject under `row_key`; a claim lives for `claim_life_ms`.
    pub(super) fn new(row_key: String, claim_life_ms: u64) -> Self {
        Self {
            claim_key: keys::claim(&row_key),
            row_key,
            claim_life_ms,
            fence: None,
            claimed_until_ms: 0,
            without_claim: false,
            shared: Vec::new(),
            known: Keyed::default(),
            staged: Keyed::default(),
            clock: (0, 0),
            anchored_ms: 0,
            restored_ms: None,
            honours_send_before: false,
        }
    }

    /// Reads the row, the claim and more keys anew. What was staged is dropped.
    pub(super) fn load(&mut self, host: &mut dyn Host, more: Vec<String>) -> Result<(), Stop> {
        let mut wanted = vec![self.row_key.clone(), keys::whole(&self.row_key), self.claim_key.clone()];
        wanted.extend(more);
        self.staged.clear();
        self.known.clear();
        self.read(host, wanted)?;
        match (self.fence, self.known.get(&self.claim_key).cloned().flatten()) {
            (None, None) => Ok(()),
            (Some(fence), Some(claim)) if claim.version == fence => Ok(()),
            (Some(_), _) => Err(Stop::Lost),
            (None, Some(claim)) => Err(self.busy(host, &claim.value, "another call works on this subject")),
        }
    }

    /// Reads keys anew, whatever was read of them before.
    pub(super) fn read(&mut self, host: &mut dyn Host, wanted: Vec<String>) -> Result<(), Stop> {
        let snapshot = host.get_many(&wanted).map_err(|error| unavailable(&error.0))?;
        self.set_clock(host, snapshot.now_ms);
        self.anchored_ms = snapshot.anchored_ms;
        self.restored_ms = snapshot.restored_ms;
        self.honours_send_before = snapshot.honours_send_before;
        for (key, entry) in wanted.into_iter().zip(snapshot.entries) {
            self.known.insert(key, entry);
        }
        Ok(())
    }

    /// Reads keys that were not read yet.
    pub(super) fn ensure(&mut self, host: &mut dyn Host, keys: &[String]) -> Result<(), Stop> {
        let mut missing = Vec::new();
        for key in keys {
            if self.known.get(key).is_none() {
                missing.push(key.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        self.read(host, missing)
    }

    /// The store's clock, exactly.
    pub(super) fn read_clock(&mut self, host: &mut dyn Host) -> Result<u64, Stop> {
        self.read(host, Vec::new())?;
        Ok(self.clock.0)
    }

    /// The store's clock, as far as it has gone since the last answer.
    pub(super) fn now_ms(&self, host: &mut dyn Host) -> u64 {
        let (store, monotonic) = self.clock;
        store + host.monotonic_ms().saturating_sub(monotonic)
    }

    /// When the store was last put back from a copy. What was done since the copy was made, it does not know.
    pub(super) fn restored_ms(&self) -> Option<u64> {
        self.restored_ms
    }

    /// Since when something is waited for that was noted at an instant of the store's clock. What was noted before the
    /// clock was set, or in what would be the future of it now, counts as noted when it was set.
    pub(super) fn since_ms(&self, noted_ms: u64, now_ms: u64) -> u64 {
        if noted_ms > now_ms {
            self.anchored_ms
        } else {
            noted_ms.max(self.anchored_ms)
        }
    }

    /// Until when something is waited for that was to end at an instant, `wait_ms` after it was noted.
    pub(super) fn until_ms(&self, until_ms: u64, wait_ms: u64, now_ms: u64) -> u64 {
        self.since_ms(until_ms.saturating_sub(wait_ms), now_ms)
            .saturating_add(wait_ms)
    }

    fn set_clock(&mut self, host: &mut dyn Host, store_ms: u64) {
        self.clock = (store_ms, host.monotonic_ms());
    }

    /// The value of a key that was read, or staged since; nothing also when it cannot be understood.
    pub(super) fn get<T: Record + Default>(&self, key: &str) -> Option<T> {
        of_text(self.text(key)?)
    }

    /// The text of a key that was read, or staged since.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.staged.get(key) {
            Some(staged) => staged.value.as_deref(),
            None => self.known.get(key)?.as_ref().map(|entry| entry.value.as_str()),
        }
    }

    /// The version of a key as it was read.
    pub(super) fn version(&self, key: &str) -> Option<u64> {
        self.known.get(key)?.as_ref().map(|entry| entry.version)
    }

    /// Will write a key, if it is still as it was read.
    pub(super) fn put(&mut self, key: &str, value: &dyn Record, ttl_ms: Option<u64>) {
        let value = to_text(value);
        if ttl_ms.is_none() && self.text(key) == Some(value.as_str()) {
            return;
        }
        self.stage(key, Some(value), ttl_ms, true);
    }

    /// Will write two keys with one version, if both are still as they were read.
    pub(super) fn put_both(&mut self, one: (&str, String), other: (&str, String), ttl_ms_of_other: u64) {
        self.stage(one.0, Some(one.1), None, true);
        self.stage(other.0, Some(other.1), Some(ttl_ms_of_other), true);
    }

    /// Will write a key, whatever stands there, if a store takes the value: what is only cached can be read again.
    pub(super) fn cache(&mut self, key: &str, value: &dyn Record, ttl_ms: u64) {
        let value = to_text(value);
        if value.len() <= VALUE_LIMIT {
            self.stage(key, Some(value), Some(ttl_ms), false);
        }
    }

    /// Will give a key another version, whatever stands there.
    pub(super) fn touch(&mut self, key: &str) {
        self.stage(key, Some("{}".to_owned()), None, false);
    }

    /// Will delete a key, whatever stands there.
    pub(super) fn forget(&mut self, key: &str) {
        if self.text(key).is_some() {
            self.stage(key, None, None, false);
        }
    }

    fn stage(&mut self, key: &str, value: Option<String>, ttl_ms: Option<u64>, checked: bool) {
        let staged = Staged {
            value,
            ttl_ms,
            checked,
            lease: false,
        };
        self.staged.insert(key.to_owned(), staged);
    }

    /// Will claim shared things for as long as the subject is claimed. `false`, and nothing is claimed, when another call
    /// has one of them.
    pub(super) fn claim_shared(&mut self, keys: &[String]) -> bool {
        if self.others_claim(keys) {
            return false;
        }
        for key in keys {
            let claim = keys::claim(key);
            if self.text(&claim).is_some() {
                continue;
            }
            let staged = Staged {
                value: Some("{}".to_owned()),
                ttl_ms: Some(self.claim_life_ms),
                checked: true,
                lease: true,
            };
            self.staged.insert(claim, staged);
        }
        true
    }

    /// Whether another call has one of these shared things, as far as was read.
    pub(super) fn others_claim(&self, keys: &[String]) -> bool {
        let mut claims = keys.iter().map(|key| keys::claim(key));
        claims.any(|claim| self.text(&claim).is_some() && !self.has_claimed(&claim))
    }

    /// Whether a claim on something shared is that of this call.
    fn has_claimed(&self, claim: &str) -> bool {
        let version = self.version(claim);
        let is_this = |(own, of_own): &(String, u64)| own == claim && version == Some(*of_own);
        self.shared.iter().any(is_this)
    }

    /// Claims something at once, and writes nothing else. `false` when somebody else has it.
    pub(super) fn claim_alone(&mut self, host: &mut dyn Host, claim: &str, life_ms: u64) -> Result<bool, Stop> {
        if self.text(claim).is_some() {
            return Ok(false);
        }
        let check = |key: &str, version| Check {
            key: key.to_owned(),
            version,
        };
        let checks = [check(&self.claim_key, self.fence), check(claim, None)];
        let write = Write {
            key: claim.to_owned(),
            value: Some("{}".to_owned()),
            ttl_ms: Some(life_ms),
            lease: true,
        };
        match host.commit(&checks, std::slice::from_ref(&write)) {
            Ok(committed) => {
                self.set_clock(host, committed.now_ms);
                self.note_shared(&write, committed.version);
                self.know(write, committed.version);
                Ok(true)
            }
            Err(CommitError::Conflict { now_ms, key }) => {
                self.set_clock(host, now_ms);
                if key == self.claim_key {
                    Err(Stop::Lost)
                } else {
                    Ok(false)
                }
            }
            Err(CommitError::Unavailable(why)) => Err(unavailable(&why)),
        }
    }

    /// Notes which claims on shared things this call has.
    fn note_shared(&mut self, write: &Write, version: u64) {
        self.shared.retain(|(claim, _)| *claim != write.key);
        if write.lease && write.value.is_some() {
            self.shared.push((write.key.clone(), version));
        }
    }

    /// Notes what was written.
    fn know(&mut self, write: Write, version: u64) {
        let entry = write.value.map(|value| Entry { value, version });
        self.known.insert(write.key, entry);
    }

    /// Forgets a claim that has ended, so that the subject can be taken anew.
    pub(super) fn forget_claim(&mut self) {
        self.fence = None;
        self.claimed_until_ms = 0;
    }

    /// Forgets what was to be written.
    pub(super) fn unstage(&mut self) {
        self.staged.clear();
    }

    /// Forgets what was to be written to these keys.
    pub(super) fn unstage_keys(&mut self, keys: &[String]) {
        self.staged.retain(|key| !keys.iter().any(|unstaged| unstaged == key));
    }

    /// Gives back the subject and what is shared, and writes nothing else. That it fails only makes others wait for the
    /// claims to end.
    pub(super) fn release(&mut self, host: &mut dyn Host) {
        let subject = self.fence.take().map(|fence| (self.claim_key.clone(), fence));
        let shared = std::mem::take(&mut self.shared);
        for (key, version) in shared.into_iter().chain(subject) {
            let check = Check {
                key: key.clone(),
                version: Some(version),
            };
            let write = Write {
                key,
                value: None,
                ttl_ms: None,
                lease: false,
            };
            let _ = host.commit(&[check], &[write]);
        }
    }

    /// Whether this call has claims on anything that others share.
    pub(super) fn holds_shared(&self) -> bool {
        !self.shared.is_empty()
    }

    /// Will give something shared back.
    pub(super) fn release_shared(&mut self, key: &str) {
        let claim = keys::claim(key);
        if self.has_claimed(&claim) {
            self.stage(&claim, None, None, true);
        }
    }

    /// Whether the subject is ours.
    pub(super) fn has_subject(&self) -> bool {
        self.fence.is_some()
    }

    /// Whether requests may leave: the subject is ours, or nothing is written.
    pub(super) fn claimed(&self) -> bool {
        self.fence.is_some() || self.without_claim
    }

    /// Goes on without a claim, for a call that only reads. Its requests end with the time that a claim would have.
    pub(super) fn go_without_claim(&mut self, host: &mut dyn Host) -> Result<(), Stop> {
        self.claimed_until_ms = self.read_clock(host)? + self.claim_life_ms;
        self.without_claim = true;
        Ok(())
    }

    /// How long from now something may be sent.
    pub(super) fn claimed_for_ms(&self, host: &mut dyn Host) -> u64 {
        self.claimed_until_ms.saturating_sub(self.now_ms(host))
    }

    /// The instant of the store's clock after which nothing may be sent any more, for a host that sees to it.
    pub(super) fn send_before_ms(&self) -> Option<u64> {
        self.honours_send_before.then_some(self.claimed_until_ms)
    }

    /// Claims the subject with the next [`flush`](Self::flush), and says until when.
    pub(super) fn will_be_claimed_until(&mut self, host: &mut dyn Host) -> u64 {
        if self.fence.is_none() {
            // Reckoned from before the commit, so the claim never ends before this instant.
            self.claimed_until_ms = self.now_ms(host) + self.claim_life_ms;
        }
        self.claimed_until_ms
    }

    /// Writes everything that is staged, if the subject is ours and its row as it was read. Claims it if need be.
    pub(super) fn flush(&mut self, host: &mut dyn Host) -> Result<(), Stop> {
        let mut writes = Vec::new();
        if self.fence.is_none() {
            let until = self.will_be_claimed_until(host);
            writes.push(Write {
                key: self.claim_key.clone(),
                value: Some(until.to_string()),
                ttl_ms: Some(self.claim_life_ms),
                lease: true,
            });
        }
        self.commit(host, writes)
    }

    /// Like [`flush`](Self::flush), and gives the subject back.
    pub(super) fn flush_and_release(&mut self, host: &mut dyn Host) -> Result<(), Stop> {
        let claim = Write {
            key: self.claim_key.clone(),
            value: None,
            ttl_ms: None,
            lease: false,
        };
        let writes = if self.fence.is_some() { vec![claim] } else { Vec::new() };
        self.commit(host, writes)?;
        self.fence = None;
        Ok(())
    }

    fn commit(&mut self, host: &mut dyn Host, mut writes: Vec<Write>) -> Result<(), Stop> {
        let mut checks = vec![Check {
            key: self.claim_key.clone(),
            version: self.fence,
        }];
        let unwritten = self.staged.get(&self.row_key).is_none().then_some(&self.row_key);
        let checked = self
            .staged
            .iter()
            .filter(|(_, staged)| staged.checked)
            .map(|(key, _)| key);
        for key in checked.chain(unwritten) {
            checks.push(Check {
                key: key.clone(),
                version: self
                    .known
                    .get(key)
                    .and_then(|entry| entry.as_ref().map(|entry| entry.version)),
            });
        }
        writes.extend(self.staged.iter().map(|(key, staged)| Write {
            key: key.clone(),
            value: staged.value.clone(),
            ttl_ms: staged.ttl_ms,
            lease: staged.lease,
        }));
        if writes.is_empty() {
            return Ok(());
        }
        match host.commit(&checks, &writes) {
            Ok(committed) => {
                self.set_clock(host, committed.now_ms);
                for write in writes {
                    if write.key == self.claim_key {
                        self.fence = write.value.as_ref().map(|_| committed.version);
                    } else {
                        self.note_shared(&write, committed.version);
                    }
                    self.know(write, committed.version);
                }
                self.staged.clear();
                Ok(())
            }
            Err(CommitError::Conflict { now_ms, key }) => {
                self.set_clock(host, now_ms);
                Err(if key == self.claim_key && self.fence.is_some() {
                    Stop::Lost
                } else {
                    Stop::Again
                })
            }
            Err(CommitError::Unavailable(why)) => Err(unavailable(&why)),
        }
    }

    /// Somebody else has a claim: wait for them, but look again soon, for they may be done long before it ends.
    fn busy(&self, host: &mut dyn Host, until: &str, message: &str) -> Stop {
        let left = until
            .parse::<u64>()
            .map_or(u64::MAX, |until| until.saturating_sub(self.now_ms(host)));
        Stop::deferred(Reason::Busy, message, left.clamp(100, 500))
    }
}

fn unavailable(why: &str) -> Stop {
    let message = format!("the state store cannot be used: {why}");
    Stop::deferred(Reason::Host, message, 5_000)
}
