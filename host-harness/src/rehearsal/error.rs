//! Why a rehearsal cannot take place.

use std::path::{Path, PathBuf};

use crate::contract::Problem;
use crate::emulator::SeedError;
use crate::engine::{ManifestError, RunError};

/// Why a rehearsal cannot take place.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The configuration cannot be worked with.
    #[error(transparent)]
    Configuration(#[from] ManifestError),
    /// What GHL is to hold cannot be.
    #[error("the seed cannot be used: {0}")]
    Seed(#[from] SeedError),
    /// A file of a case cannot be used.
    #[error("`{}`: {message}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A call did not come to an end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// This machine does not let it.
    #[error("{0}")]
    Failed(String),
}

impl RehearsalError {
    pub(super) fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }

    pub(super) fn file(file: &Path, error: impl std::fmt::Display) -> Self {
        Self::File {
            file: file.to_owned(),
            message: error.to_string(),
        }
    }

    pub(super) fn event(file: &Path, index: usize, problems: &[Problem]) -> Self {
        let sentences: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        Self::file(file, format!("event {}: {}", index + 1, sentences.join("; ")))
    }
}

impl From<std::io::Error> for RehearsalError {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
