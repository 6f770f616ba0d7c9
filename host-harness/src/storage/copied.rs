//! A copy that is to be put back: what it is, and all that belongs to it.
//!
//! A copy is never changed and never opened where it lies, which may be a medium that cannot be written: it is staged,
//! with its log, in a private place beside the state file, and SQLite reads it there.

use super::error::StorageError;
use super::identity::is_same;
use super::lock::beside;
use super::open::create_private;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The first bytes of every file of SQLite.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The first bytes of a file of SQLite that say what it is.
const HEADER: usize = 72;

/// What to do about the log of a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogPolicy {
    /// A copy that needs its log is read with it, and refused where the log is missing or not its own.
    #[default]
    Required,
    /// The log is left out: what was written last, and stands in it alone, is lost.
    Ignored,
}

/// A copy, where it lies.
#[derive(Debug)]
pub(super) struct Copied {
    /// As it was named.
    given: PathBuf,
    /// The file itself.
    path: PathBuf,
    /// Bytes in a page, as the copy says.
    pub(super) page_size: u64,
    /// What tells it from other state files, as the copy says.
    pub(super) file_id: i32,
    /// What lies beside it and belongs to it: the ends of their names.
    sides: Vec<&'static str>,
}

/// A copy with all that belongs to it, in a private place. It is removed again when this is dropped.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: PathBuf,
}

impl Copied {
    /// Looks at the copy from outside: whether it can be one, and whether what belongs to it is there.
    pub(super) fn find(given: &Path, state: &Path, policy: LogPolicy) -> Result<Self, StorageError> {
        let failed = |reason: &dyn ToString| StorageError::copy(given, reason.to_string());
        let metadata = fs::metadata(given).map_err(|error| failed(&why_not_found(given, &error)))?;
        if metadata.is_dir() {
            return Err(failed(&"it is a folder; give the file in it"));
        }
        if !metadata.is_file() {
            return Err(failed(&"it is not a regular file"));
        }
        if is_same(given, state) {
            return Err(failed(&"it is the state file itself; give a copy of it"));
        }
        if metadata.len() == 0 {
            return Err(failed(&"it is empty"));
        }
        let path = fs::canonicalize(given).map_err(|error| failed(&unreadable(&error)))?;
        if is_same(&path, &staging(state)) {
            return Err(failed(&"a restore uses this name itself; give the copy another one"));
        }
        if is_in_use(&path) {
            return Err(failed(
                &"it is a state file that is in use; make a copy of it with `knock backup`",
            ));
        }
        let header = header(&path).map_err(|error| failed(&unreadable(&error)))?;
        let header = header.ok_or_else(|| failed(&"it is not a database of SQLite"))?;
        let mut sides = Vec::new();
        if policy == LogPolicy::Required && header.needs_log(given, &path)? {
            sides.push("-wal");
        }
        // One that is there was needed to take back what was not finished; SQLite sees by itself whether it still is.
        if size(&beside(&path, "-journal")).is_some_and(|size| size > 0) {
            sides.push("-journal");
        }
        Ok(Self {
            given: given.to_owned(),
            path,
            page_size: header.page_size,
            file_id: header.file_id,
            sides,
        })
    }

    /// Whether it is read with its log.
    pub(super) fn has_log(&self) -> bool {
        self.sides.contains(&"-wal")
    }

    /// What is wrong with its log.
    pub(super) fn unusable_log(&self, reason: impl ToString) -> StorageError {
        unusable_log(&self.given, &self.path, reason)
    }

    /// Brings the copy, with all that belongs to it, to where it can be opened. Nobody else may be restoring.
    pub(super) fn stage(&self, state: &Path) -> Result<Staged, StorageError> {
        let staged = Staged { path: staging(state) };
        staged
            .clear()
            .map_err(|error| StorageError::file(&staged.path, error))?;
        for side in [""].iter().chain(&self.sides) {
            let (from, to) = (beside(&self.path, side), beside(&staged.path, side));
            bring(&from, &to).map_err(|error| {
                let name = from.display();
                StorageError::copy(&self.given, format!("`{name}` cannot be copied: {error}"))
            })?;
        }
        Ok(staged)
    }
}

impl Staged {
    fn clear(&self) -> io::Result<()> {
        for side in ["", "-wal", "-shm", "-journal"] {
            remove(&beside(&self.path, side))?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove what was staged for a restore");
        }
    }
}

/// What the first bytes of a file of SQLite say.
#[derive(Clone, Copy, Debug)]
struct Header {
    page_size: u64,
    file_id: i32,
    /// Whether what was written last is in a log beside the file, or may be.
    is_in_wal_mode: bool,
}

impl Header {
    /// Whether the copy has to be read with a log, which is then there.
    fn needs_log(self, given: &Path, copy: &Path) -> Result<bool, StorageError> {
        let log = beside(copy, "-wal");
        match (self.is_in_wal_mode, size(&log)) {
            (true, Some(_)) => Ok(true),
            (true, None) => Err(StorageError::LogMissing {
                copy: given.display().to_string(),
                log: log.display().to_string(),
            }),
            (false, None | Some(0)) => Ok(false),
            // SQLite would read it all the same, and mix two files.
            (false, Some(_)) => Err(unusable_log(
                given,
                copy,
                "the copy is whole without a log, so this one belongs to another file or another time",
            )),
        }
    }
}

fn unusable_log(given: &Path, copy: &Path, reason: impl ToString) -> StorageError {
    StorageError::LogUnusable {
        copy: given.display().to_string(),
        log: beside(copy, "-wal").display().to_string(),
        reason: reason.to_string(),
    }
}

/// Reads the header. Nothing: it is not one of SQLite.
fn header(path: &Path) -> io::Result<Option<Header>> {
    let mut bytes = Vec::with_capacity(HEADER);
    let limit = u64::try_from(HEADER).unwrap_or(u64::MAX);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    let header = bytes.strip_prefix(MAGIC).and_then(|rest| rest.first_chunk::<56>());
    let Some([high, low, write_version, read_version, .., i0, i1, i2, i3]) = header else {
        return Ok(None);
    };
    let page_size = match u64::from(u16::from_be_bytes([*high, *low])) {
        1 => 65_536,
        size => size,
    };
    Ok(Some(Header {
        page_size,
        file_id: i32::from_be_bytes([*i0, *i1, *i2, *i3]),
        is_in_wal_mode: *write_version == 2 || *read_version == 2,
    }))
}

/// Where a copy is brought before it takes the place of the file.
fn staging(state: &Path) -> PathBuf {
    beside(state, ".restoring")
}

/// Whether somebody has the copy open as a state file. Its lock is only looked at, and not made.
fn is_in_use(copy: &Path) -> bool {
    let lock = File::open(beside(copy, "-lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(Metadata::is_file).map(|file| file.len())
}

fn bring(from: &Path, to: &Path) -> io::Result<()> {
    create_private(to)?;
    let mut to = OpenOptions::new().write(true).truncate(true).open(to)?;
    io::copy(&mut File::open(from)?, &mut to).map(|_| ())
}

/// Removes a file, where there is one.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn why_not_found(given: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound if fs::symlink_metadata(given).is_ok() => "it is a link that leads nowhere".to_owned(),
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => unreadable(error),
    }
}

fn unreadable(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}
