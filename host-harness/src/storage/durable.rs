//! Names that survive the machine.
//!
//! A file whose bytes are on the disk can still be lost with its name: that stands in the folder, which has to be
//! written, too.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Makes names durable that were given or taken in the folder of `file`.
pub(super) fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_folder(folder.unwrap_or(Path::new(".")))
}

/// Makes a folder and those around it where they do not exist, for their owner alone, with names that are durable.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        create_folder(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Ok(()) => sync_folder_of(folder),
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(test)]
    seen::note(folder);
    File::open(folder)?.sync_all()
}

/// The folders that this thread has made durable, for tests: nothing else shows that it was done.
#[cfg(test)]
pub(super) mod seen {
    use std::cell::RefCell;
    use std::path::{Path, PathBuf};

    thread_local! {
        static SYNCED: RefCell<Vec<PathBuf>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn note(folder: &Path) {
        SYNCED.with_borrow_mut(|synced| synced.push(folder.to_owned()));
    }

    /// Takes those since the last time.
    pub(in super::super) fn take() -> Vec<PathBuf> {
        SYNCED.take()
    }
}
