//! Leaves a file whole by itself when it is closed.
//!
//! While it is in use, what was written last stands in a log beside the file, and the file says so in its header
//! (SQLite's WAL mode). The last one to close it brings the log in and takes that mark away. So a copy of the file alone
//! tells whether something is missing in it, also a copy that was made with the tools of the system.

use super::identity::Identity;
use super::open::open;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Marks the file as whole when this is dropped, which has to be after its connections are closed.
#[derive(Debug)]
pub(super) struct Closing(pub(super) Identity);

impl Drop for Closing {
    fn drop(&mut self) {
        // Another file may have taken its place.
        if self.0.check_file().is_err() {
            return;
        }
        // Others have it open, or the disk is full: then its log stays, and the mark with it.
        if let Err(error) = mark(self.0.path()) {
            tracing::debug!(path = %self.0.path().display(), %error, "the state file keeps its log");
        }
    }
}

fn mark(path: &Path) -> rusqlite::Result<()> {
    let connection = open(path)?;
    connection.busy_timeout(Duration::ZERO)?;
    leave_wal_mode(&connection)
}

/// Brings the log in and goes without one from then on. Nobody else may have the file open.
pub(super) fn leave_wal_mode(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "DELETE")
}
