//! What of a booking, a rep or a group a change is about. Of each aspect the newest change counts, in whatever order they arrive.

use serde_json::{Map, Value};

use crate::knock::BookingChanged;
use crate::record::{Record, Word, keep, of_word};

/// What of a booking, a rep or a group a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// Start and end.
    Time,
    /// What became of it.
    Status,
    /// Who goes.
    Assignee,
    /// Its title.
    Title,
    /// Its description.
    Description,
    /// Where it is.
    Address,
    /// Of a rep: when they are busy.
    Busy,
    /// Of a rep: their hours.
    OpenHours,
    /// Of a group: all of it.
    Group,
}

impl Word for Aspect {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Time, "time"),
        (Self::Status, "status"),
        (Self::Assignee, "assignee"),
        (Self::Title, "title"),
        (Self::Description, "description"),
        (Self::Address, "address"),
        (Self::Busy, "busy"),
        (Self::OpenHours, "open_hours"),
        (Self::Group, "group"),
    ];
}

impl Aspect {
    /// What an input field of an appointment is about; nothing for those that no change is about.
    pub(super) fn of_field(name: &str) -> Option<Self> {
        Some(match name {
            "startTime" | "endTime" => Self::Time,
            "appointmentStatus" => Self::Status,
            "assignedUserId" => Self::Assignee,
            "title" => Self::Title,
            "description" => Self::Description,
            "address" => Self::Address,
            _ => return None,
        })
    }

    /// What an event is about that is for recipes alone, as far as newer ones make it obsolete.
    pub(super) fn of_fields(trigger: &str, fields: &Map<String, Value>) -> Vec<Self> {
        let aspects: &[(Self, bool)] = match trigger {
            "knocker.availability_updated" => &[
                (Self::Busy, fields.contains_key("busy")),
                (Self::OpenHours, fields.contains_key("openHours")),
            ],
            "knocker.group_updated" => &[(Self::Group, true)],
            _ => &[],
        };
        there(aspects)
    }

    /// What a change is about.
    pub(super) fn of_change(changed: &BookingChanged) -> Vec<Self> {
        let aspects = [
            (Self::Time, changed.slot.is_some()),
            (Self::Status, changed.status.is_some()),
            (Self::Assignee, changed.rep.is_some()),
            (Self::Title, changed.title.is_some()),
            (
                Self::Description,
                changed.description.is_some() || changed.notes.is_some(),
            ),
            (Self::Address, changed.address.is_some()),
        ];
        there(&aspects)
    }
}

/// The aspects that are there.
fn there(aspects: &[(Aspect, bool)]) -> Vec<Aspect> {
    let mut found = Vec::new();
    for (aspect, is_there) in aspects {
        if *is_there {
            found.push(*aspect);
        }
    }
    found
}

/// When the newest change of each aspect occurred.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Newest([Option<i64>; Aspect::WORDS.len()]);

impl Newest {
    /// When the newest change of an aspect occurred, if there was any.
    pub(super) fn of(&self, aspect: Aspect) -> Option<i64> {
        self.0.get(aspect as usize).copied().flatten()
    }

    /// Notes a change of an aspect.
    pub(super) fn note(&mut self, aspect: Aspect, occurred_ms: i64) {
        if let Some(newest) = self.0.get_mut(aspect as usize) {
            *newest = (*newest).max(Some(occurred_ms));
        }
    }
}

impl Record for Newest {
    fn kept(&self) -> Option<Value> {
        let mut newest = Map::new();
        for (aspect, word) in Aspect::WORDS {
            keep(&mut newest, word, &self.of(*aspect));
        }
        newest.kept()
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        let kept = match value {
            None => return true,
            Some(Value::Object(kept)) => kept,
            Some(_) => return false,
        };
        for (word, occurred_ms) in kept {
            let (Some(aspect), Some(occurred_ms)) = (of_word(word), occurred_ms.as_i64()) else {
                return false;
            };
            self.note(aspect, occurred_ms);
        }
        true
    }
}
