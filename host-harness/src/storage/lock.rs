//! Who has the file open.
//!
//! Whoever uses the file holds a shared lock on a small file beside it, for as long as it uses it; the system takes
//! the lock away when the process ends, however it ends. Putting a copy in the file's place wants that lock alone.

use super::error::StorageError;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The lock on a file, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// One of many who use the file. Waits while somebody has it alone.
    pub(super) fn shared(path: &Path) -> Result<Self, StorageError> {
        let file = open(path)?;
        file.lock_shared().map_err(|error| StorageError::file(path, error))?;
        Ok(Self { _file: file })
    }

    /// The only one who uses the file.
    pub(super) fn alone(path: &Path) -> Result<Self, StorageError> {
        let file = open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StorageError::InUse {
                path: path.display().to_string(),
            },
            TryLockError::Error(error) => StorageError::file(path, error),
        })?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> Result<File, StorageError> {
    let lock = beside(&real(path), "-lock");
    super::open::create_private(&lock).map_err(|error| StorageError::file(path, error))?;
    OpenOptions::new()
        .read(true)
        .append(true)
        .open(&lock)
        .map_err(|error| StorageError::file(path, error))
}

/// The file itself, where the path is a link to it: all who use it have to mean the same lock.
pub(super) fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The path of a file that belongs to another one: its name and something after it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
