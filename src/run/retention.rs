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
use super::outcome::AppliedStep;
use super::row::{Booking, Intent, Row, Watch, shown_fingerprint};
use super::seen::Seen;
use crate::document::object_of;
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
        let booking = self.booking.as_ref().map(|booking| &booking.written);
        let intents = [&self.intent, &self.unconfirmed].into_iter().flatten();
        let intents = intents.map(|intent| &intent.input);
        let watch = self.watch.as_ref().map(|watch| &watch.input);
        let inputs = [booking, watch].into_iter().flatten().chain(intents);
        let of_inputs = inputs.flat_map(|input| ["startTime", "endTime"].map(|name| input.get(name)));
        let times = of_inputs.filter_map(|time| time?.as_str());
        let wanted = self
            .wanted
            .iter()
            .flat_map(|wanted| [Some(&wanted.start), wanted.end.as_ref()]);
        let attached = self.attached.iter().map(|attached| attached.start.as_ref());
        let times = times.chain(wanted.chain(attached).flatten().map(String::as_str));
        let messages = self.scheduled.iter().map(|message| message.at_ms);
        let all = times.filter_map(instant_ms).chain(messages).chain([now_ms]);
        all.max().unwrap_or(now_ms)
    }

    /// The row without what tells of people, beyond ids.
    fn without_people(&self) -> Self {
        Self {
            events: self.events.iter().map(Seen::without_people).collect(),
            booking: self.booking.as_ref().map(Booking::without_people),
            consent: None,
            visit: None,
            lead: None,
            intent: self.intent.as_ref().map(Intent::without_people),
            unconfirmed: self.unconfirmed.as_ref().map(Intent::without_people),
            watch: self.watch.as_ref().map(Watch::without_people),
            ..self.clone()
        }
    }
}

impl Seen {
    fn without_people(&self) -> Self {
        Self {
            applied: self.applied.iter().map(AppliedStep::without_people).collect(),
            before: self.before.iter().map(AppliedStep::without_people).collect(),
            warnings: Vec::new(),
            visit: None,
            output: None,
            ..self.clone()
        }
    }
}

impl AppliedStep {
    fn without_people(&self) -> Self {
        Self {
            answer: Map::new(),
            ..self.clone()
        }
    }
}

impl Booking {
    fn without_people(&self) -> Self {
        Self {
            written: without_texts(&self.written),
            ..self.clone()
        }
    }
}

impl Intent {
    pub(super) fn without_people(&self) -> Self {
        Self {
            input: without_texts(&self.input),
            forgotten: true,
            ..self.clone()
        }
    }
}

impl Watch {
    fn without_people(&self) -> Self {
        Self {
            input: without_texts(&self.input),
            ..self.clone()
        }
    }
}

/// Fields with fingerprints in place of texts.
fn without_texts(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = fields.iter().map(|(name, value)| match is_plain(name, value) {
        true => (name.clone(), value.clone()),
        false => (name.clone(), shown_fingerprint(name, value)),
    });
    object_of(&mut kept)
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
