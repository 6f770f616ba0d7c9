//! What can be wrong with a file of events.

use std::fmt;
use std::path::Path;
use thiserror::Error;

/// Why a file, or what is left of it, cannot be read.
#[derive(Debug, Error)]
pub enum BulkError {
    /// Its name does not say what it is.
    #[error("`{path}` is neither JSON lines nor CSV: its name ends in `.jsonl`, `.csv`, `.tsv` or `.txt`")]
    Kind {
        /// The file.
        path: String,
    },
    /// It is something else than its name says.
    #[error("`{path}` {reason}")]
    Content {
        /// The file.
        path: String,
        /// What it is, and what to do.
        reason: String,
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
    /// The map is not TOML, or says what no map says.
    #[error("the map cannot be used: {}", .0.message())]
    NoMap(Box<toml::de::Error>),
    /// The columns cannot be told, or are not those of the map.
    #[error("`{path}`{}: {reason}", .line.map(|line| format!(", columns in line {line}")).unwrap_or_default())]
    Header {
        /// The file.
        path: String,
        /// The line with the names of the columns, where one was found.
        line: Option<u64>,
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

    pub(super) fn content(path: &Path, reason: impl Into<String>) -> Self {
        Self::Content {
            path: path.display().to_string(),
            reason: reason.into(),
        }
    }

    pub(super) fn open(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::Read {
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    }

    pub(super) fn header(path: &Path, line: Option<u64>, reason: impl Into<String>) -> Self {
        Self::Header {
            path: path.display().to_string(),
            line,
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
    pub flaws: Vec<Flaw>,
}

/// Something that is wrong with a line, or worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Its kind, for programs: `invalid-time`.
    pub code: String,
    /// The column, or the field where no column holds it.
    pub place: Option<String>,
    /// For people.
    pub message: String,
}

impl Flaw {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            place: None,
            message: message.into(),
        }
    }

    pub(super) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
