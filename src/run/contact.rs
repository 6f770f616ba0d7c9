//! The contact: shared by every subject that books for the same person, so it has a ledger row of its own under
//! each of its natural keys.

use serde_json::{Map, Value};

use super::call::Call;
use super::deliver::Delivery;
use super::keys;
use super::ledger::{LONGEST_CLAIM_MS, Ledger};
use super::lookalike::{Upsert, kept_words, name_of, resolve};
use super::outcome::{Cause, Outcome, Reason};
use super::pin;
use super::row::{ContactRow, Doubt};
use super::stop::Stop;
use super::unsaved::Unsaved;
use super::wait::Wait;
use crate::api::{Operation, Repeat};
use crate::ghl::{ContactMatch, Words, contact, masked};
use crate::knock::{Warning, fingerprint};
use crate::recipe::{OnConflict, Step};

/// What is remembered of the contact that an upsert is about.
pub(super) struct Remembered {
    /// Keys of its rows.
    pub(super) keys: Vec<String>,
    /// What the upsert writes.
    fingerprint: String,
    rows: Vec<ContactRow>,
}

impl Remembered {
    pub(super) fn read(ledger: &Ledger, location_id: &str, input: &Map<String, Value>) -> Self {
        let keys: Vec<String> = contact::natural_keys(input)
            .iter()
            .map(|natural| keys::contact(location_id, natural))
            .collect();
        let row = |key: &String| {
            let mut row: ContactRow = ledger.get(key).unwrap_or_default();
            // What others wrote since the copy was made, a store that was put back does not know.
            row.fingerprint = row.fingerprint.filter(|_| Some(row.written_ms) > ledger.restored_ms());
            row
        };
        Self {
            rows: keys.iter().map(row).collect(),
            fingerprint: fingerprint(&[&Value::Object(input.clone()).to_string()]),
            keys,
        }
    }

    /// The contact's id, if GHL surely has just this content already.
    pub(super) fn unchanged_id(&self) -> Option<String> {
        let id = self.rows.first()?.id.clone()?;
        let same =
            |row: &ContactRow| row.id.as_ref() == Some(&id) && row.fingerprint.as_ref() == Some(&self.fingerprint);
        self.rows.iter().all(same).then_some(id)
    }

    /// Until when an earlier upsert may still write something else.
    fn contested_until(&self, ledger: &Ledger, settle_ms: u64, now_ms: u64) -> Option<u64> {
        let doubts = self.rows.iter().filter_map(|row| row.doubt.as_ref());
        let others = doubts.filter(|doubt| doubt.fingerprint.as_ref() != Some(&self.fingerprint));
        // It was noted when the claim began, and counts from when that was to end.
        let wait_ms = settle_ms + LONGEST_CLAIM_MS;
        others
            .map(|doubt| ledger.until_ms(doubt.until_ms, wait_ms, now_ms).min(doubt.until_ms))
            .filter(|until_ms| *until_ms > now_ms)
            .max()
    }
}

impl Call<'_> {
    /// Makes or updates the contact. GHL finds the same one again, so this may be repeated.
    pub(super) fn upsert_contact(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        let input = self.input(step)?;
        if let Some(field) = pin::field_of(self.task, &self.row, step, &input) {
            return self.keep_pin(step, input, field);
        }
        self.request(operation, &input)?;
        let location = &self.task.configuration.location_id;
        let wanted = Remembered::read(&self.ledger, location, &input).keys;
        let claims = wanted.iter().map(|key| keys::claim(key));
        let wanted: Vec<String> = wanted.iter().cloned().chain(claims).collect();
        self.ledger.ensure(self.host, &wanted)?;
        let own = Remembered::read(&self.ledger, location, &input).unchanged_id();
        let input = match self.whose(input, own.is_some())? {
            Upsert::Send(input) => input,
            Upsert::Take(id) => {
                self.note_applied(&step.label, operation.key, Some(id), Outcome::Unchanged);
                self.answer(&step.label);
                return Ok(());
            }
        };
        let request = self.request(operation, &input)?;
        let remembered = Remembered::read(&self.ledger, location, &input);
        if let Some(id) = remembered.unchanged_id() {
            self.note_applied(&step.label, operation.key, Some(id), Outcome::Unchanged);
            self.answer(&step.label);
            return Ok(());
        }
        let contested = self.claim_contact(&remembered)?;
        let answered = match self.deliver(&request, Repeat::Safe) {
            Ok(Delivery::Done(reply)) => match contact::id(&reply) {
                Some(id) => self.refuse_stranger(&input, &id, &reply).map(|()| (id, reply)),
                None => {
                    let words = Words::of_reply(&reply).traced();
                    let message = format!("GHL's answer to `contact.upsert` names no contact: {words}");
                    Err(Stop::deferred(Reason::Unavailable, message, 10_000))
                }
            },
            Ok(Delivery::Refused(refusal)) => Err(self.refused(operation, &refusal)),
            Ok(Delivery::Unknown(why)) => Err(Stop::deferred(Reason::Unavailable, why, 10_000)),
            Err(stop) => Err(stop),
        };
        for key in &remembered.keys {
            self.ledger.release_shared(key);
        }
        let (id, reply) = answered?;
        self.unsaved = Some(Unsaved::repeatable(&self.task.event.id, step, &input, Some(id.clone())));
        let now = self.ledger.now_ms(self.host);
        for (key, row) in remembered.keys.iter().zip(&remembered.rows) {
            let row = ContactRow {
                id: Some(id.clone()),
                fingerprint: contested.is_none().then(|| remembered.fingerprint.clone()),
                doubt: row.doubt.clone().filter(|_| contested.is_some()),
                written_ms: now,
                name_words: match name_of(&input).as_slice() {
                    [] => row.words(location),
                    words => kept_words(location, words),
                },
                name: None,
                subject: Some(self.task.subject_key()),
            };
            self.ledger.put(key, &row, None);
        }
        self.note_applied(&step.label, operation.key, Some(id), Outcome::Done);
        self.keep_answer(&step.label, &reply);
        self.answer(&step.label);
        self.output = Some(reply);
        Ok(())
    }

    /// GHL may answer a contact that was there before and has neither the phone number nor the e-mail address that were asked
    /// for. Nothing proves that this is the lead.
    fn refuse_stranger(&mut self, input: &Map<String, Value>, id: &str, reply: &Value) -> Result<(), Stop> {
        let (others, is_other) = match ContactMatch::of(input, reply) {
            ContactMatch::Same(others) => (others, false),
            ContactMatch::Other(others) => (others, true),
        };
        if others.is_empty() {
            return Ok(());
        }
        let shown = reply.get("contact").unwrap_or(&Value::Null);
        let text = |value: Option<&Value>| masked(value.and_then(Value::as_str).unwrap_or_default());
        let differences = others.iter().map(|name| {
            let (shown, asked) = (text(shown.get(*name)), text(input.get(*name)));
            format!("`{name}` `{shown}` instead of the lead's `{asked}`")
        });
        let differences = differences.collect::<Vec<_>>().join(" and ");
        if is_other && self.task.configuration.on_conflict != OnConflict::Overwrite {
            return Err(Stop::Failed(Cause::Undecided {
                code: "contact-mismatch",
                message: format!(
                    "GHL answered contact `{id}`, which was there before and has {differences}: it may be another person, \
                     so nothing else was done for it; compare the two in GHL, correct the contact or the lead, and run the \
                     event again"
                ),
            }));
        }
        let message = format!("contact `{id}` has {differences}; the lead counts as this contact");
        self.warn(Warning::new("contact-differs", message));
        Ok(())
    }

    /// What is written to whom, when others have the same number or address. What we surely wrote ourselves is no question.
    fn whose(&mut self, input: Map<String, Value>, is_known: bool) -> Result<Upsert, Stop> {
        if is_known || self.task.is_invocation() {
            return Ok(Upsert::Send(input));
        }
        let (upsert, warning) = match resolve(self.task, &self.ledger, input)? {
            (Upsert::Send(input), None) => self.look_for_lookalike(input)?,
            decided => decided,
        };
        if let Some(warning) = warning {
            self.warn(warning);
        }
        Ok(upsert)
    }

    /// Claims the contact's rows and notes in them what is about to be written. Says until when an earlier upsert may
    /// still write something else: then nobody can rely on what stands there.
    fn claim_contact(&mut self, remembered: &Remembered) -> Result<Option<u64>, Stop> {
        if !self.ledger.claim_shared(&remembered.keys) {
            return Err(self.wait_for_contact(&remembered.keys));
        }
        let now = self.ledger.now_ms(self.host);
        let contested = remembered
            .contested_until(&self.ledger, self.task.configuration.settle_ms, now)
            .max(self.restless_until(now));
        let own_until = self.ledger.will_be_claimed_until(self.host) + self.task.configuration.settle_ms;
        for (key, row) in remembered.keys.iter().zip(&remembered.rows) {
            let doubt = Doubt {
                fingerprint: contested.is_none().then(|| remembered.fingerprint.clone()),
                until_ms: contested.map_or(own_until, |until| until.max(own_until)),
            };
            let row = ContactRow {
                id: row.id.clone(),
                fingerprint: None,
                doubt: Some(doubt),
                written_ms: now,
                name_words: row.words(&self.task.configuration.location_id),
                name: None,
                subject: row.subject.clone(),
            };
            self.ledger.put(key, &row, None);
        }
        if let Err(stop) = self.save() {
            // Not claimed after all, and not to be claimed by whatever is written next.
            self.ledger.unstage();
            return Err(stop);
        }
        Ok(contested)
    }

    /// Another subject writes the same contact: that takes a moment. What it wrote is read when it is done.
    fn wait_for_contact(&mut self, keys: &[String]) -> Stop {
        let claims: Vec<String> = keys.iter().map(|key| keys::claim(key)).collect();
        let mut wait = Wait::default();
        loop {
            if let Err(stop) = self.wait_a_moment(&mut wait, "another call writes the same contact") {
                return stop;
            }
            if let Err(stop) = self.ledger.read(self.host, claims.clone()) {
                return stop;
            }
            if !self.ledger.others_claim(keys) {
                return Stop::Again;
            }
        }
    }

    /// Forgets a contact that is gone from GHL, so that it is made anew.
    pub(super) fn forget_contact(&mut self) {
        for key in self.task.contact_keys() {
            self.ledger.forget(&key);
        }
        let of_pin = self.row.pin_contact.take();
        if let Some(seen) = self.row.seen_mut(&self.task.event.id) {
            let is_gone = |id: &Option<String>| id.is_some() && *id == of_pin.as_ref().map(|known| known.id.clone());
            seen.applied
                .retain(|applied| applied.action != contact::UPSERT.key && !is_gone(&applied.id));
        }
    }
}
