//! What can go wrong with the file.

use rusqlite::ErrorCode;
use std::path::Path;
use thiserror::Error;

/// Why the file cannot be used, or not for this.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StorageError {
    /// The file was written by a newer version of this program.
    #[error(
        "state file `{path}` has schema {found}, newer than the {supported} that this version knows; \
         update `knock` or use another file"
    )]
    NewerSchema {
        /// The file.
        path: String,
        /// Its schema.
        found: i64,
        /// The newest known.
        supported: i64,
    },
    /// The file cannot be opened, read or written.
    #[error("state file `{path}`: {reason}")]
    File {
        /// The file.
        path: String,
        /// What the system or SQLite says.
        reason: String,
    },
    /// The file is damaged, at least somewhere. What stands elsewhere may still be read.
    #[error("state file `{path}` is damaged: {reason}; stop `knock`, keep the file, and restore a backup")]
    Damaged {
        /// The file.
        path: String,
        /// What SQLite says.
        reason: String,
    },
    /// More is waiting to be written than the disk takes. Nothing was written.
    #[error("state file `{path}`: more is waiting to be written than the disk takes; try again in a moment")]
    Overrun {
        /// The file.
        path: String,
    },
    /// Somebody has the file open, and what was asked for needs it alone.
    #[error("state file `{path}` is in use; stop every `knock` that uses it first")]
    InUse {
        /// The file.
        path: String,
    },
    /// The key file cannot be used.
    #[error("key file `{path}`: {reason}")]
    Key {
        /// The key file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key that the file is encrypted under is not beside it.
    #[error(
        "the key of `{path}` is not in `{key_file}`: without it the ledger in that file cannot be read, and what was done \
         would be done again; put the key file back (`knock backup COPY` keeps it as `COPY-key`)"
    )]
    LostKey {
        /// The state file, or the copy of one.
        path: String,
        /// Where its key should be.
        key_file: String,
    },
    /// A copy cannot be used, or not be made there.
    #[error("copy `{path}`: {reason}")]
    Copy {
        /// The copy.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl StorageError {
    pub(super) fn file(path: &Path, reason: impl ToString) -> Self {
        Self::File {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }

    /// What SQLite says of the file.
    pub(super) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path: path.display().to_string(),
                reason: error.to_string(),
            },
            _ => Self::file(path, error),
        }
    }

    pub(super) fn key(path: &Path, reason: impl ToString) -> Self {
        Self::Key {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn lost_key(path: &Path) -> Self {
        Self::LostKey {
            path: path.display().to_string(),
            key_file: super::key_file::path_of(path).display().to_string(),
        }
    }

    pub(super) fn copy(path: &Path, reason: impl ToString) -> Self {
        Self::Copy {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}
