//! How callers are answered who hand events in.

use crate::contract::{Problem, Warning};
use crate::inbox::Status;
use crate::storage::StorageError;
use serde::Serialize;
use std::time::Duration;
use thiserror::Error;

/// Why events are not taken in. None of them is: whoever sends them sends them again, after
/// [`retry_after`](Self::retry_after).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IntakeError {
    /// More comes in for this connection, or for all, than is worked on at the same time.
    #[error("too much is coming in at the same time")]
    Crowded,
    /// So many events of this connection wait already.
    #[error("{0} events of this connection wait already")]
    Backlog(usize),
    /// The state file does not take them.
    #[error(transparent)]
    Storage(StorageError),
    /// The component cannot be run.
    #[error("cannot say who the events are: {0}")]
    Component(String),
}

impl IntakeError {
    /// For programs: `crowded`, `backlog`, `storage`, `component`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Crowded => "crowded",
            Self::Backlog(_) => "backlog",
            Self::Storage(_) => "storage",
            Self::Component(_) => "component",
        }
    }

    /// When it is worth trying again.
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Crowded | Self::Storage(StorageError::Overrun { .. }) => Duration::from_secs(1),
            Self::Component(_) => Duration::from_secs(5),
            Self::Backlog(_) | Self::Storage(_) => Duration::from_secs(30),
        }
    }
}

/// An event that was taken in, and is on the disk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Acknowledgement {
    /// Its number in the inbox.
    pub number: u64,
    /// Its id, given or derived.
    pub id: String,
    /// What it is about, given or derived.
    pub subject: String,
    /// Where it stands: `waiting`, or `failed` when it cannot be worked with; of a duplicate, wherever the first is.
    pub status: Status,
    /// Whether it was there before.
    pub duplicate: bool,
    /// Why it cannot be worked with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What was assumed about who it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}
