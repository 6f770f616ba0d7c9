//! Wiping what was forgotten from the write-ahead log.
//!
//! `secure_delete` overwrites what is deleted in the pages of the file. The log holds these pages as they were before,
//! until others take their place there, which may be never.

use super::error::StorageError;
use super::open::connect;
use super::state_file::StateFile;
use rusqlite::Connection;
use std::time::Duration;

/// How long to wait for those who read what was there before.
const PATIENCE: Duration = Duration::from_secs(2);

impl StateFile {
    /// Brings what stands in the write-ahead log into the file, and empties it. `false`: somebody is reading from it,
    /// and it has to be tried again.
    pub(crate) fn wipe_log(&self) -> Result<bool, StorageError> {
        let wipe = || {
            let connection = connect(self.path())?;
            connection.busy_timeout(PATIENCE)?;
            truncate_log(&connection)
        };
        wipe().map_err(|error| StorageError::file(self.path(), error))
    }
}

/// Empties the write-ahead log, unless somebody is using it.
pub(super) fn truncate_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0).map(|busy| busy == 0)
    })
}
