//! Whether the file at a path is still the one that was opened, and this machine's alone.
//!
//! Whoever has a file open can go on writing to it after somebody has deleted it or put another one in its place: what
//! is acknowledged then vanishes with the process. So each group of writes looks first, at the file and at those beside
//! it in which SQLite keeps what was written last.

use super::error::StorageError;
use super::lock::beside;
use super::presence::Elsewhere;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// The files that were opened.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    path: PathBuf,
    /// The file, its log, and the index of the log.
    opened: Vec<(PathBuf, FileId)>,
    elsewhere: Elsewhere,
}

/// What tells a file from another one that takes its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
}

impl Identity {
    /// The files that stand there now, which the caller has open.
    pub(super) fn of(path: &Path, elsewhere: Elsewhere) -> Result<Self, StorageError> {
        let own = file_id(path).map_err(|error| told(path, path, &error))?;
        let mut opened = vec![(path.to_owned(), own)];
        for side in ["-wal", "-shm"] {
            let side = beside(path, side);
            if let Ok(id) = file_id(&side) {
                opened.push((side, id));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            opened,
            elsewhere,
        })
    }

    /// Says when one of the files was deleted or replaced, or another machine uses them.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        if let Some(machine) = self.elsewhere.get() {
            return Err(StorageError::used_elsewhere(&self.path, machine));
        }
        self.opened.iter().try_for_each(|opened| self.check_one(opened))
    }

    /// The same, of the file alone: those beside it go when it is closed.
    pub(super) fn check_file(&self) -> Result<(), StorageError> {
        self.opened.first().map_or(Ok(()), |opened| self.check_one(opened))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn check_one(&self, (file, opened): &(PathBuf, FileId)) -> Result<(), StorageError> {
        match file_id(file) {
            Ok(found) if found == *opened => Ok(()),
            Ok(_) => Err(StorageError::Replaced {
                path: self.path.display().to_string(),
                file: file.display().to_string(),
            }),
            Err(error) => Err(told(&self.path, file, &error)),
        }
    }
}

/// Whether two paths lead to one file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    matches!((file_id(one), file_id(other)), (Ok(one), Ok(other)) if one == other)
}

fn told(path: &Path, file: &Path, error: &io::Error) -> StorageError {
    if error.kind() == io::ErrorKind::NotFound {
        return StorageError::Deleted {
            path: path.display().to_string(),
            file: file.display().to_string(),
        };
    }
    StorageError::file(path, error)
}

/// Asks the system by name. Opening and closing the file would give up the locks that SQLite holds on it.
fn file_id(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).and_then(|metadata| id_of(path, &metadata))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn id_of(_: &Path, metadata: &Metadata) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    Ok(FileId {
        device: metadata.dev(),
        inode: metadata.ino(),
    })
}

/// Without inodes, the real path and the time when the file was made are the next best thing.
#[cfg(not(unix))]
fn id_of(path: &Path, metadata: &Metadata) -> io::Result<FileId> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    fs::canonicalize(path)?.hash(&mut hasher);
    metadata.created()?.hash(&mut hasher);
    Ok(FileId {
        device: 0,
        inode: hasher.finish(),
    })
}
