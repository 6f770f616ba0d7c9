//! Why nothing could be proved.

use crate::storage::StorageError;
use std::path::PathBuf;
use thiserror::Error;

/// Why nothing could be proved: neither that all is well, nor that it is not.
#[derive(Debug, Error)]
pub enum TortureError {
    /// The folder cannot be worked in.
    #[error("cannot write to `{}`: {source}", path.display())]
    Folder {
        /// What was to be written.
        path: PathBuf,
        /// Why it was not.
        source: std::io::Error,
    },
    /// The emulator does not start.
    #[error("the emulator does not start: {0}")]
    Emulator(String),
    /// A process does not start, or cannot be signalled.
    #[error("process {number}: {message}; see `{}`", log.display())]
    Process {
        /// Which one.
        number: usize,
        /// What went wrong.
        message: String,
        /// What it logged.
        log: PathBuf,
    },
    /// The processes do not take an event, and would not if it came again.
    #[error("an event is not taken: {0}")]
    NotTaken(String),
    /// The state file cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A part of this ended without being told to.
    #[error("{0}")]
    Lost(#[from] tokio::task::JoinError),
}
