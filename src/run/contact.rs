//! The contact: shared by every subject that books for the same person, so it has a ledger row of its own under
//! each of its natural keys.
//!
//! A contact that nobody knows is made. Where GHL says that it is there already, what it has stays: its gaps are filled,
//! and what the lead says otherwise is passed on to later steps and warned of.

use serde_json::{Map, Value};

use super::call::Call;
use super::deliver::Delivery;
use super::existing_contact::FoundContact;
use super::keys;
use super::ledger::{LONGEST_CLAIM_MS, Ledger};
use super::lookalike::{Upsert, kept_name};
use super::outcome::{Outcome, Reason};
use super::pin;
use super::row::{ContactRow, Doubt};
use super::saved_contact::{Known, Road, SavedContact, as_given, field_of, mark};
use super::stop::Stop;
use super::unsaved::Unsaved;
use super::wait::Wait;
use crate::api::{Operation, Repeat};
use crate::document::{keep_fields, object};
use crate::ghl::{Words, contact};
use crate::knock::fingerprint;
use crate::recipe::{ExistingContacts, Step};

/// What is remembered of the contact that an upsert is about.
pub(super) struct Remembered {
    /// Keys of its rows.
    pub(super) keys: Vec<String>,
    /// What the upsert writes.
    pub(super) fingerprint: String,
    pub(super) rows: Vec<ContactRow>,
}

impl Remembered {
    pub(super) fn read(ledger: &Ledger, location_id: &str, input: &Map<String, Value>) -> Self {
        let keys = keys::contacts(location_id, input);
        let mut rows = Vec::new();
        for key in &keys {
            let mut row: ContactRow = ledger.get(key).unwrap_or_default();
            // What others wrote since the copy was made, a store that was put back does not know.
            row.fingerprint = row.fingerprint.filter(|_| Some(row.written_ms) > ledger.restored_ms());
            rows.push(row);
        }
        Self {
            keys,
            fingerprint: written(input),
            rows,
        }
    }

    /// The contact's id, if GHL surely has just this content already.
    pub(super) fn unchanged_id(&self) -> Option<String> {
        let id = self.rows.first()?.id.clone()?;
        let same =
            |row: &ContactRow| row.id.as_ref() == Some(&id) && row.fingerprint.as_ref() == Some(&self.fingerprint);
        self.rows.iter().all(same).then_some(id)
    }

    /// What the contact is known to lack of this content.
    fn lacks(&self) -> Vec<String> {
        self.rows.first().map(|row| row.lacks.clone()).unwrap_or_default()
    }

    /// How the contact is written. A subject overwrites the contact that was made for it; what others made, or found, is
    /// an existing one.
    pub(super) fn road(&self, existing: ExistingContacts, subject: &str) -> Road {
        if existing == ExistingContacts::Overwrite {
            return Road::Overwrite;
        }
        let known: Vec<&ContactRow> = self.rows.iter().filter(|row| row.id.is_some()).collect();
        let Some(id) = known.first().and_then(|row| row.id.clone()) else {
            return Road::Create;
        };
        let is_ours = |row: &&ContactRow| !row.found && row.subject.as_deref() == Some(subject);
        if known.iter().any(|row| row.id.as_ref() != Some(&id)) {
            // Which of them it is, GHL says.
            Road::Create
        } else if !known.iter().all(is_ours) {
            Road::Fill(id)
        } else if known.len() == self.rows.len() {
            Road::Overwrite
        } else {
            Road::Update(id)
        }
    }

    /// Whether an earlier call may have sent just this without learning what became of it.
    fn may_be_written(&self) -> bool {
        let is_doubted = |doubt: &Doubt| doubt.fingerprint.as_ref() == Some(&self.fingerprint);
        self.rows.iter().any(|row| row.doubt.as_ref().is_some_and(is_doubted))
    }

    /// The marks of the fields that were written, and when the last ones were.
    fn wrote(&self) -> (Vec<String>, u64) {
        let (mut fields, mut written_ms) = (Vec::new(), 0);
        for row in &self.rows {
            fields.extend_from_slice(&row.wrote);
            written_ms = row.written_ms.max(written_ms);
        }
        (fields, written_ms)
    }

    /// Until when an earlier upsert may still write something else.
    fn contested_until(&self, ledger: &Ledger, settle_ms: u64, now_ms: u64) -> Option<u64> {
        // It was noted when the claim began, and counts from when that was to end.
        let wait_ms = settle_ms + LONGEST_CLAIM_MS;
        let mut contested = None;
        for doubt in self.rows.iter().filter_map(|row| row.doubt.as_ref()) {
            let until_ms = ledger.until_ms(doubt.until_ms, wait_ms, now_ms).min(doubt.until_ms);
            if until_ms > now_ms && doubt.fingerprint.as_ref() != Some(&self.fingerprint) {
                contested = contested.max(Some(until_ms));
            }
        }
        contested
    }
}

/// The marks of what was written, and of other fields those from before.
fn marks(location_id: &str, wrote: &Map<String, Value>, before: &[String]) -> Vec<String> {
    let before = before.iter().filter(|before| !wrote.contains_key(field_of(before)));
    let now = wrote.iter().map(|(name, value)| mark(location_id, name, value));
    before.cloned().chain(now).collect()
}

/// Name of what is written.
fn written(input: &Map<String, Value>) -> String {
    fingerprint(&[&Value::Object(input.clone()).to_string()])
}

impl Call<'_> {
    /// Makes the contact, or finds it and fills its gaps. GHL finds the same one again, so this may be repeated.
    pub(super) fn upsert_contact(&mut self, step: &Step, operation: &'static Operation) -> Result<(), Stop> {
        let lead = self.input(step)?;
        if let Some(field) = pin::field_of(self.task, &self.row, step, &lead) {
            return self.keep_pin(step, lead, field);
        }
        self.request(operation, &lead)?;
        let location = &self.task.configuration.location_id;
        let wanted = keys::with_claims(keys::contacts(location, &lead));
        self.ledger.ensure(self.host, &wanted)?;
        let own = Remembered::read(&self.ledger, location, &lead).unchanged_id();
        let mut overwrites = false;
        let (input, found) = match self.whose(lead.clone(), own.is_some())? {
            Upsert::Send(input) => (input, None),
            Upsert::Found { input, found } => (input, Some(found)),
            Upsert::Overwrite(input) => {
                overwrites = true;
                (input, None)
            }
            Upsert::Take { id, shared } => {
                let mut sent = lead.clone();
                keep_fields(&mut sent, &|name, _| shared.iter().any(|shared| shared == name));
                return self.keep_contact(step, &lead, &sent, id, &[]);
            }
        };
        self.request(operation, &input)?;
        let remembered = Remembered::read(&self.ledger, location, &input);
        if let Some(id) = remembered.unchanged_id() {
            return self.keep_contact(step, &lead, &input, id, &remembered.lacks());
        }
        let contested = self.claim_contact(&remembered)?;
        let saved = match overwrites {
            true => self.overwrite_contact(input, false),
            false => self.save_contact(input, found, &remembered),
        };
        for key in &remembered.keys {
            self.ledger.release_shared(key);
        }
        let saved = saved?;
        if saved.is_written() {
            self.unsaved = Some(Unsaved::repeatable(
                &self.task.event.id,
                step,
                &saved.sent,
                Some(saved.id.clone()),
            ));
        }
        self.remember_contact(&remembered, &saved, contested);
        self.note_contact(step, contact::UPSERT.key, &lead, saved);
        Ok(())
    }

    /// The contact has this already, as far as it takes it.
    fn keep_contact(
        &mut self,
        step: &Step,
        lead: &Map<String, Value>,
        sent: &Map<String, Value>,
        id: String,
        lacks: &[String],
    ) -> Result<(), Stop> {
        self.warn_of_differences(&id, lead, lacks, None);
        let saved = SavedContact {
            lacks: lacks.to_vec(),
            sent: sent.clone(),
            ..SavedContact::of(id)
        };
        self.note_contact(step, contact::UPSERT.key, lead, saved);
        Ok(())
    }

    /// Notes what became of a contact, and lets later steps see what it lacks of the lead.
    pub(super) fn note_contact(&mut self, step: &Step, action: &str, lead: &Map<String, Value>, saved: SavedContact) {
        let lacks = saved.lacks_of(lead);
        let outcome = match (saved.is_written(), saved.is_overwritten) {
            (true, _) => Outcome::Done,
            (false, true) => Outcome::Found,
            (false, false) => Outcome::Unchanged,
        };
        let mut reply = saved.reply;
        if !reply.is_object() {
            reply = object([]);
        }
        if let Value::Object(fields) = &mut reply {
            let given = as_given(lead, &lacks).map(Value::from);
            fields.extend(given.map(|given| (contact::AS_GIVEN.to_owned(), given)));
        }
        self.note_applied(&step.label, action, Some(saved.id), outcome);
        self.keep_answer(&step.label, &reply);
        self.answer(&step.label);
        self.output = Some(reply);
    }

    /// Writes the contact, on the road that is open for it.
    fn save_contact(
        &mut self,
        input: Map<String, Value>,
        found: Option<FoundContact>,
        remembered: &Remembered,
    ) -> Result<SavedContact, Stop> {
        let configuration = &self.task.configuration;
        let subject = self.task.subject_key();
        let mut road = match self.task.is_invocation() {
            true => Road::Overwrite,
            false => remembered.road(configuration.existing_contacts, &subject),
        };
        let (wrote, wrote_ms) = remembered.wrote();
        let known = Known {
            may_be_ours: remembered.may_be_written() || self.ledger.restored_ms().is_some(),
            wrote,
            wrote_ms,
        };
        if let Some(found) = found.filter(|_| matches!(road, Road::Create | Road::Fill(_))) {
            return self.fill_found(found, input, &known);
        }
        if let Road::Fill(id) = &road {
            match self.fill_known(id, &input, &known)? {
                Some(saved) => return Ok(saved),
                None => road = Road::Create,
            }
        }
        match road {
            // A second contact would be made, if the answer to the first request is lost.
            Road::Create if configuration.allows_duplicates => self.overwrite_contact(input, !known.may_be_ours),
            Road::Create | Road::Fill(_) => self.create_contact(input, &known),
            Road::Update(id) => match self.update_own(id, &input)? {
                Some(saved) => Ok(saved),
                None => self.create_contact(input, &known),
            },
            Road::Overwrite => self.overwrite_contact(input, !known.may_be_ours),
        }
    }

    /// Makes the contact, or replaces what the one has that GHL finds. That may be one that was there before, or it becomes
    /// the lead's.
    pub(super) fn overwrite_contact(
        &mut self,
        input: Map<String, Value>,
        may_be_found: bool,
    ) -> Result<SavedContact, Stop> {
        let request = self.request(&contact::UPSERT, &input)?;
        match self.deliver(&request, Repeat::Safe)? {
            Delivery::Done(reply) => {
                let id = self.id_of_contact(&contact::UPSERT, &reply)?;
                self.refuse_stranger(&input, &id, &reply)?;
                let was_there = reply.get("new") == Some(&Value::Bool(false));
                Ok(self.compared(SavedContact {
                    found: was_there && may_be_found,
                    ..SavedContact::written(id, reply, input)
                }))
            }
            Delivery::Refused(refusal) => Err(self.refused(&contact::UPSERT, &refusal)),
            Delivery::Unknown(why) => Err(Stop::deferred(Reason::Unavailable, why, 10_000)),
        }
    }

    /// The id of a contact that was written.
    pub(super) fn id_of_contact(&self, operation: &Operation, reply: &Value) -> Result<String, Stop> {
        contact::id(reply).ok_or_else(|| {
            let words = Words::of_reply(reply).traced();
            let message = format!("GHL's answer to `{}` names no contact: {words}", operation.key);
            Stop::deferred(Reason::Unavailable, message, 10_000)
        })
    }

    /// Remembers the contact under each key that it has now. What belongs to another contact stays as it was.
    fn remember_contact(&mut self, remembered: &Remembered, saved: &SavedContact, contested: Option<u64>) {
        let location = &self.task.configuration.location_id;
        let own = Remembered::read(&self.ledger, location, &saved.sent);
        let subject = self.task.subject_key();
        let now = self.ledger.now_ms(self.host);
        for (key, row) in remembered.keys.iter().zip(&remembered.rows) {
            let doubt = row.doubt.clone().filter(|_| contested.is_some());
            let row = match own.keys.contains(key) {
                true => {
                    let was_known = row.id.as_ref() == Some(&saved.id) && row.subject.is_some();
                    let overwrites = saved.is_overwritten || !was_known;
                    ContactRow {
                        id: Some(saved.id.clone()),
                        fingerprint: (contested.is_none() && saved.is_sure).then(|| own.fingerprint.clone()),
                        doubt,
                        written_ms: now,
                        name_words: kept_name(location, &saved.name()).unwrap_or_else(|| row.words(location)),
                        name: None,
                        subject: match overwrites {
                            true => Some(subject.clone()),
                            false => row.subject.clone(),
                        },
                        found: match was_known {
                            true => row.found,
                            false => saved.found,
                        },
                        lacks: saved.lacks.clone(),
                        wrote: marks(location, &saved.wrote, if was_known { &row.wrote } else { &[] }),
                    }
                }
                false => ContactRow { doubt, ..row.clone() },
            };
            self.ledger.put(key, &row, None);
        }
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
                fingerprint: None,
                doubt: Some(doubt),
                name_words: row.words(&self.task.configuration.location_id),
                name: None,
                ..row.clone()
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
        let mut claims = Vec::new();
        for key in keys {
            claims.push(keys::claim(key));
        }
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
