//! What a row keeps of people, and for how long.
//!
//! A row is written twice, in one commit: whole, under a key that ends some time after the visit, and for ever without
//! what only the days around the visit need. So the store forgets by itself, also where no event comes any more. What is
//! kept for ever are ids, fingerprints, versions and instants: enough to do nothing twice, to let the newest change win,
//! and to see what the office has edited.

use serde_json::{Map, Value};

use super::call::Call;
use super::keys;
use super::ledger::Ledger;
use super::row::{Intent, Row, shown_fingerprint};
use super::seen::Seen;
use crate::record::{of_text, to_text};

/// What can be read of a row.
pub(super) enum Kept {
    /// There is none.
    Nothing,
    /// It cannot be understood.
    Unreadable,
    /// The row.
    Row(Box<Row>),
}

impl Kept {
    /// The row, if it can be read.
    pub(super) fn row(self) -> Option<Row> {
        match self {
            Self::Row(row) => Some(*row),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

impl Ledger {
    /// The row under a key that was read together with its [`whole`](keys::whole).
    pub(super) fn row(&self, key: &str) -> Kept {
        let Some(text) = self.text(key) else {
            return Kept::Nothing;
        };
        let whole = keys::whole(key);
        // What was written at another time, by an earlier version for instance, is of another row.
        let is_of_it = self.version(&whole).is_some() && self.version(&whole) == self.version(key);
        let text = self.text(&whole).filter(|_| is_of_it).unwrap_or(text);
        match of_text(text) {
            Some(row) => Kept::Row(Box::new(row)),
            None => Kept::Unreadable,
        }
    }
}

impl Call<'_> {
    /// Will write the row with whatever is written next.
    pub(super) fn keep_row(&mut self) {
        let key = self.task.row_key();
        let whole_key = keys::whole(&key);
        let (kept, whole) = (to_text(&self.row.without_people()), to_text(&self.row));
        let is_written = self.ledger.text(&whole_key) == Some(whole.as_str())
            && self.ledger.version(&whole_key) == self.ledger.version(&key);
        if is_written {
            return;
        }
        let now = self.ledger.now_ms(self.host);
        let until = self.row.needed_until(now);
        let ttl_ms = until.saturating_sub(now) + self.task.configuration.forget_after_ms;
        self.ledger.put_both((&key, kept), (&whole_key, whole), ttl_ms);
    }
}

impl Row {
    /// Until when there is something to come: the visit, a look, a message.
    fn needed_until(&self, now_ms: u64) -> u64 {
        let mut until = now_ms;
        for message in &self.scheduled {
            until = until.max(message.at_ms);
        }
        let mut note = |time: Option<&str>| until = until.max(time.and_then(instant_ms).unwrap_or_default());
        let inputs = [
            self.booking.as_ref().map(|booking| &booking.written),
            self.watch.as_ref().map(|watch| &watch.input),
            self.intent.as_ref().map(|intent| &intent.input),
            self.unconfirmed.as_ref().map(|intent| &intent.input),
        ];
        for input in inputs.into_iter().flatten() {
            note(input.get("startTime").and_then(Value::as_str));
            note(input.get("endTime").and_then(Value::as_str));
        }
        if let Some(wanted) = &self.wanted {
            note(Some(&wanted.start));
            note(wanted.end.as_deref());
        }
        note(self.attached.as_ref().and_then(|attached| attached.start.as_deref()));
        until
    }

    /// The row without what tells of people, beyond ids.
    fn without_people(&self) -> Self {
        let mut kept = self.clone();
        for seen in &mut kept.events {
            seen.forget_people();
        }
        if let Some(booking) = &mut kept.booking {
            forget_texts(&mut booking.written);
            booking.left_out = None;
        }
        for intent in [&mut kept.intent, &mut kept.unconfirmed].into_iter().flatten() {
            intent.forget_people();
        }
        if let Some(watch) = &mut kept.watch {
            forget_texts(&mut watch.input);
        }
        kept.consent = None;
        kept.visit = None;
        kept.lead = None;
        kept
    }
}

impl Seen {
    fn forget_people(&mut self) {
        for step in self.applied.iter_mut().chain(&mut self.before) {
            step.answer.clear();
        }
        self.warnings.clear();
        self.visit = None;
        self.output = None;
    }
}

impl Intent {
    pub(super) fn forget_people(&mut self) {
        forget_texts(&mut self.input);
        self.forgotten = true;
    }
}

/// Puts fingerprints in the place of texts.
fn forget_texts(fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        if !is_plain(name, value) {
            *value = shown_fingerprint(name, value);
        }
    }
}

/// Whether a field tells nothing of people: ids, times, switches, and how far a visit has come.
fn is_plain(name: &str, value: &Value) -> bool {
    let says_when = matches!(name, "startTime" | "endTime" | "scheduledTimestamp");
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(_) => says_when || name.ends_with("Id") || name == "appointmentStatus",
        Value::Number(_) => says_when,
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn instant_ms(text: &str) -> Option<u64> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    u64::try_from(instant.timestamp_millis()).ok()
}
