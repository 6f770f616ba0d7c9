//! An agenda as the component answers it.

use chrono::{DateTime, FixedOffset};
use serde::Deserialize;

/// An agenda.
#[derive(Debug, Deserialize)]
pub(super) struct Agenda {
    pub(super) timezone: String,
    pub(super) entries: Vec<Entry>,
    pub(super) incomplete: Vec<Missing>,
}

impl Agenda {
    /// Whether everything could be read.
    pub(super) fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }
}

/// One entry, its times in the agenda's zone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) id: Option<String>,
    pub(super) start_time: DateTime<FixedOffset>,
    pub(super) end_time: DateTime<FixedOffset>,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) calendar: String,
    #[serde(default)]
    pub(super) users: Vec<String>,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) address: String,
    #[serde(default)]
    pub(super) conflicts_with: Vec<String>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Appointment,
    Blocked,
    Free,
}

/// What could not be read.
#[derive(Debug, Deserialize)]
pub(super) struct Missing {
    pub(super) of: String,
    pub(super) message: String,
}
