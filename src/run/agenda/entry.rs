//! One entry of an agenda.

use std::cmp::Ordering;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde_json::{Map, Value};

use super::Known;
use crate::document::texts_in;
use crate::ghl::appointment::Appointment;
use crate::zone::Zone;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EntryKind {
    Appointment,
    Blocked,
    Free,
}

/// One entry of an agenda.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    pub(super) id: Option<String>,
    pub(super) start: DateTime<FixedOffset>,
    pub(super) end: DateTime<FixedOffset>,
    pub(super) calendar_id: Option<String>,
    /// Who is taken by it.
    pub(super) user_ids: Vec<String>,
    /// Whether it is cancelled, invalid or deleted.
    pub(super) is_off: bool,
    pub(super) conflicts: Vec<String>,
    told: Map<String, Value>,
}

impl Entry {
    /// Reads an appointment or a block; nothing when it cannot be understood.
    pub(super) fn read(kind: EntryKind, event: &Value, zone: &Zone) -> Option<Self> {
        let told = Appointment::read(event)?;
        let start = told.instant("startTime", Some(zone))?;
        let mut user_ids = Vec::new();
        user_ids.extend(told.text("assignedUserId"));
        for user in texts_in(event.get("users")) {
            if !user_ids.contains(&user) {
                user_ids.push(user);
            }
        }
        Some(Self {
            kind,
            start,
            end: told.instant("endTime", Some(zone)).unwrap_or(start).max(start),
            calendar_id: told.text("calendarId"),
            user_ids,
            is_off: told.off(),
            conflicts: Vec::new(),
            told: event.as_object()?.clone(),
            id: Some(told.id),
        })
    }

    /// A free slot.
    pub(super) fn free(calendar_id: &str, user: Option<&str>, start: DateTime<FixedOffset>, minutes: i64) -> Self {
        Self {
            kind: EntryKind::Free,
            id: None,
            start,
            end: start + TimeDelta::minutes(minutes),
            calendar_id: Some(calendar_id.to_owned()),
            user_ids: user.map(str::to_owned).into_iter().collect(),
            is_off: false,
            conflicts: Vec::new(),
            told: Map::new(),
        }
    }

    /// Whether any of it lies between two instants.
    pub(super) fn meets(&self, from: i64, to: i64) -> bool {
        self.start.timestamp_millis() < to
            && (self.end.timestamp_millis() > from || self.start.timestamp_millis() >= from)
    }

    /// By time, and what begins together in an order that is always the same. Equal ones are one entry.
    pub(super) fn order(one: &Self, other: &Self) -> Ordering {
        let key = |entry: &Self| (entry.start, entry.end, entry.kind);
        let names = |entry: &Self| (entry.calendar_id.clone(), entry.user_ids.clone(), entry.id.clone());
        key(one).cmp(&key(other)).then_with(|| names(one).cmp(&names(other)))
    }

    /// The entry for the answer, its times in a zone.
    pub(super) fn shown(&self, known: &Known, zone: &Zone) -> Value {
        let mut shown = Map::new();
        let kind = match self.kind {
            EntryKind::Appointment => "appointment",
            EntryKind::Blocked => "blocked",
            EntryKind::Free => "free",
        };
        shown.insert("kind".to_owned(), kind.into());
        shown.insert("startTime".to_owned(), zone.at(self.start).to_rfc3339().into());
        shown.insert("endTime".to_owned(), zone.at(self.end).to_rfc3339().into());
        if let Some(id) = &self.id {
            shown.insert("id".to_owned(), id.clone().into());
        }
        if let Some(id) = &self.calendar_id {
            shown.insert("calendarId".to_owned(), id.clone().into());
            if let Some(calendar) = known.calendar(id) {
                shown.insert("calendar".to_owned(), calendar.name.clone().into());
            }
        }
        for (name, from) in [
            ("title", "title"),
            ("contactId", "contactId"),
            ("status", "appointmentStatus"),
            ("address", "address"),
        ] {
            let text = self
                .told
                .get(from)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty());
            if let Some(text) = text {
                shown.insert(name.to_owned(), text.into());
            }
        }
        if !self.user_ids.is_empty() {
            let mut names: Vec<Value> = Vec::new();
            for user in &self.user_ids {
                names.push(known.user_name(user).into());
            }
            shown.insert("users".to_owned(), names.into());
            shown.insert("userIds".to_owned(), self.user_ids.clone().into());
        }
        if !self.conflicts.is_empty() {
            shown.insert("conflictsWith".to_owned(), self.conflicts.clone().into());
        }
        Value::Object(shown)
    }
}
