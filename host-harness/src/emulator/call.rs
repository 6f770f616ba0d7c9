//! What an operation is given.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::contact::Contact;
use super::reply::Refusal;
use super::seed::Calendar;
use super::store::{Store, View};
use super::target::Query;

/// A request that got past the gate, and what it is about.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) store: &'a mut Store,
    /// When it takes effect.
    pub(super) now: DateTime<Utc>,
    /// The instant whose state reads show, when they lag.
    pub(super) reads_as_of: Option<i64>,
    /// What stands in the place of the path's placeholders.
    pub(super) path: &'a [String],
    pub(super) query: &'a Query,
    pub(super) body: &'a Map<String, Value>,
}

impl Call<'_> {
    /// What a read sees.
    pub(super) fn seen(&self) -> View<'_> {
        self.store.view(self.reads_as_of)
    }

    /// The id in the path.
    pub(super) fn id(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// A text of the body.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// A flag of the body.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.body.get(name)?.as_bool()
    }

    pub(super) fn calendar(&self, id: &str) -> Result<&Calendar, Refusal> {
        let calendar = self.store.calendar(id);
        calendar.ok_or_else(|| Refusal::missing("Calendar", id))
    }

    /// The contact as a read sees it.
    pub(super) fn seen_contact(&self, id: &str) -> Result<&Contact, Refusal> {
        let contact = self.seen().contact(id);
        contact
            .map(AsRef::as_ref)
            .ok_or_else(|| Refusal::missing("Contact", id))
    }

    /// The group of a calendar.
    pub(super) fn group_of(&self, calendar_id: &str) -> Option<&str> {
        self.store.calendar(calendar_id)?.group_id.as_deref()
    }

    /// Numbers in a query, in milliseconds. Refuses all that are absent or no numbers.
    pub(super) fn query_millis<const N: usize>(&self, names: [&str; N]) -> Result<[i64; N], Refusal> {
        let read = |name: &str| self.query.get(name)?.parse::<i64>().ok();
        let values = names.map(|name| (name, read(name)));
        let wrong = values.iter().filter(|(_, value)| value.is_none());
        let wrong: Vec<String> = wrong
            .map(|(name, _)| format!("{name} must be a number conforming to the specified constraints"))
            .collect();
        if !wrong.is_empty() {
            return Err(Refusal::invalid_fields(wrong));
        }
        Ok(values.map(|(_, value)| value.unwrap_or_default()))
    }
}

/// An instant given in milliseconds; the nearest in the years 1 to 9999 when it is far out of
/// bounds, so that there is room to reckon with it.
pub(super) fn instant(ms: i64) -> DateTime<Utc> {
    const FIRST_MS: i64 = -62_135_596_800_000;
    const LAST_MS: i64 = 253_402_300_799_999;
    DateTime::from_timestamp_millis(ms.clamp(FIRST_MS, LAST_MS)).unwrap_or_default()
}
