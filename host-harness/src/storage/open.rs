//! Opening a file of SQLite: its permissions, and others who open it at the same time.

use super::durable;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long a call waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to pause before trying again where SQLite does not wait by itself.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// A connection to a file in use, whose commits survive the machine.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(connection)
}

/// A connection to a file that exists, in the mode in which it is. One that was deleted is not made anew.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // In WAL mode, anything less than FULL may lose the last commits when the machine stops.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is forgotten is overwritten, instead of staying in pages that are free.
    connection.pragma_update(None, "secure_delete", "ON")?;
    // macOS keeps in the disk's own memory what is only asked to be written; elsewhere these change nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(connection)
}

/// Tries again while others hold the file. SQLite waits by itself where that cannot end in a deadlock; changing the
/// journal mode is not such a place, nor is the moment in which the last one to leave tidies up.
pub(crate) fn patiently<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let until = Instant::now() + BUSY_TIMEOUT;
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && Instant::now() < until => thread::sleep(BUSY_PAUSE),
            outcome => return outcome,
        }
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Makes the file before SQLite does, so that it never exists with wider permissions. SQLite gives the files beside
/// it (`-wal`, `-shm`) the same ones. One that exists is not opened: closing it again would give up the locks that
/// SQLite may hold on it in this process.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        durable::create_folder(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create_new(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}
