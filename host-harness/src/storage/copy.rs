//! Copies of the file, made while it is in use.

use super::durable::sync_folder_of;
use super::encryption::carry_key;
use super::error::StorageError;
use super::lock::beside;
use super::open::{connect, create_private};
use super::state_file::StateFile;
use super::step;
use std::fs::{self, File};
use std::io;
use std::path::Path;

impl StateFile {
    /// Writes a copy that is whole and of one instant, while the file is in use. The copy must not exist yet. It needs
    /// no log beside it, and says so in its header.
    pub fn backup(&self, copy: &Path) -> Result<(), StorageError> {
        let failed = |reason: &dyn ToString| StorageError::copy(copy, reason.to_string());
        if fs::symlink_metadata(copy).is_ok() {
            return Err(failed(&"it exists already; give another name"));
        }
        // Under another name until it is whole and on the disk: half a copy is worse than none.
        let unfinished = beside(copy, ".unfinished");
        let _ = fs::remove_file(&unfinished);
        create_private(&unfinished).map_err(|error| failed(&error))?;
        let source = connect(self.path()).map_err(|error| StorageError::file(self.path(), error))?;
        carry_key(&source, self.path(), copy)?;
        let name = unfinished
            .to_str()
            .ok_or_else(|| failed(&"its name is not Unicode; give another one"))?;
        let copied = source
            .execute("VACUUM INTO ?1", [name])
            .map_err(|error| error.to_string())
            .and_then(|_| finish(&unfinished, copy).map_err(|error| error.to_string()));
        copied.map_err(|error| {
            let _ = fs::remove_file(&unfinished);
            failed(&error)
        })
    }
}

/// Gives a copy its name once it is on the disk, and makes the name durable.
fn finish(unfinished: &Path, copy: &Path) -> io::Result<()> {
    File::open(unfinished)?.sync_all()?;
    step::done()?;
    fs::rename(unfinished, copy)?;
    step::done()?;
    sync_folder_of(copy)
}
