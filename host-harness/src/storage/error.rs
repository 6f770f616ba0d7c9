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
    /// The file, or one beside it that belongs to it, was deleted while it was in use.
    #[error(
        "state file `{path}`: `{file}` was deleted while it was in use, so nothing more is written to it; stop every \
         `knock` that uses it, put the file back (`knock restore` takes a copy), and start them again"
    )]
    Deleted {
        /// The state file.
        path: String,
        /// What was deleted.
        file: String,
    },
    /// Another file was put in the place of the file, or of one beside it that belongs to it, while it was in use.
    #[error(
        "state file `{path}`: another file was put in the place of `{file}` while it was in use, so nothing more is \
         written; stop every `knock` that uses it, and start them again with the right file"
    )]
    Replaced {
        /// The state file.
        path: String,
        /// What was replaced.
        file: String,
    },
    /// Another machine uses the file as well.
    #[error(
        "state file `{path}` is used by another machine, `{machine}`, as well: SQLite cannot keep two machines apart, so \
         nothing is written to it here; stop every `knock` there first, or give each machine a file of its own"
    )]
    UsedElsewhere {
        /// The file.
        path: String,
        /// The machine.
        machine: String,
    },
    /// A copy was made of a file in use, and its log is missing.
    #[error(
        "copy `{copy}` was made of a state file in use, and its log `{log}` is missing, in which stands what was \
         written last; copy the log, too, or make the copy with `knock backup`. `--without-log` accepts the loss; \
         there is none where every `knock` had ended in order before the copy was made"
    )]
    LogMissing {
        /// The copy.
        copy: String,
        /// Where its log would be.
        log: String,
    },
    /// The log beside a copy cannot be the copy's, or cannot be used.
    #[error(
        "copy `{copy}`: its log `{log}` cannot be used: {reason}; make the copy again, with `knock backup` at best. \
         `--without-log` leaves the log out, and with it what was written last"
    )]
    LogUnusable {
        /// The copy.
        copy: String,
        /// The log.
        log: String,
        /// What is wrong with it.
        reason: String,
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

    pub(super) fn used_elsewhere(path: &Path, machine: &str) -> Self {
        Self::UsedElsewhere {
            path: path.display().to_string(),
            machine: machine.to_owned(),
        }
    }

    pub(super) fn copy(path: &Path, reason: impl ToString) -> Self {
        Self::Copy {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}
