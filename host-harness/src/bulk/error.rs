//! What can be wrong with a file of events.

use std::fmt;
use std::path::Path;
use thiserror::Error;

/// Why a file, or what is left of it, cannot be read.
#[derive(Debug, Error)]
pub enum BulkError {
    /// Its name does not say what it is.
    #[error("`{path}` is neither JSON lines nor CSV: its name ends in `.jsonl` or `.csv`")]
    Kind {
        /// The file.
        path: String,
    },
    /// It cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// A map goes with CSV.
    #[error("a map is of the columns of a `.csv` file; the lines of a `.jsonl` file name their fields themselves")]
    MapOfJson,
    /// The map cannot be used.
    #[error("the map cannot be used: {0}")]
    Map(String),
    /// The map is no TOML, or says what no map says.
    #[error("the map cannot be used: {}", .0.message())]
    NoMap(Box<toml::de::Error>),
    /// The line with the names of the columns cannot be used, or not with this map.
    #[error("`{path}`, names of the columns: {reason}")]
    Header {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl BulkError {
    pub(super) fn kind(path: &Path) -> Self {
        Self::Kind {
            path: path.display().to_string(),
        }
    }

    pub(super) fn open(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::Read {
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    }

    pub(super) fn header(path: &Path, reason: impl Into<String>) -> Self {
        Self::Header {
            path: path.display().to_string(),
            reason: reason.into(),
        }
    }
}

/// A line that holds no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number in the file, from one: of the first line, where it has more.
    pub number: u64,
    /// What is wrong with it.
    pub problems: Vec<String>,
}
