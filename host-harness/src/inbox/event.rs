//! What is kept of an event.

use crate::contract::{Event, Failure, Plan, Receipt};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The event that a column keeps.
pub(super) fn event_in(row: &Row<'_>, column: usize) -> rusqlite::Result<Event> {
    let text = row.get_ref(column)?.as_str()?;
    let unreadable =
        |error: serde_json::Error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into());
    serde_json::from_str(text).map_err(unreadable)
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It will be run.
    Waiting,
    /// It is being run.
    Running,
    /// It was carried out.
    Done,
    /// It was set aside: a person has to look.
    Failed,
    /// What is kept of it cannot be read: the file is damaged there, or another version wrote it. A person has to look.
    Unreadable,
    /// A person decided that it is not to be carried out.
    Discarded,
}

impl Status {
    /// All of them, in the order of an event's life.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Unreadable,
        Self::Discarded,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
            Self::Discarded => "discarded",
        }
    }

    /// Whether the host has done with it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Unreadable | Self::Discarded)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|status| status.name() == text);
        found.ok_or_else(|| "write `waiting`, `running`, `done`, `failed`, `unreadable` or `discarded`".to_owned())
    }
}

impl ToSql for Status {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for Status {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(|_| FromSqlError::InvalidType)
    }
}

/// How the last run of an event ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was carried out.
    Receipt(Receipt),
    /// It was planned, in shadow mode, and nothing was sent.
    Planned(Plan),
    /// It was not; see there whether it waits.
    Failure(Failure),
    /// The component did not come to an end.
    Stopped(Stopped),
}

/// A run without an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Why, for people.
    pub message: String,
    /// The beginning of what the component printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// How many runs in a row have ended like this, this one included.
    #[serde(default)]
    pub in_a_row: u32,
}

impl FromSql for Ending {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

impl ToSql for Ending {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text =
            serde_json::to_string(self).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(text.into())
    }
}
