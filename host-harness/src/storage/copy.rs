//! Copies of the file, and putting one back.

use super::boot::Uptime;
use super::clock::Clock;
use super::encryption::{carry_key, keep_key};
use super::error::StorageError;
use super::lock::{Lock, beside};
use super::open::{connect, create_private, patiently};
use super::schema::{SCHEMA, prepare};
use super::state_file::StateFile;
use super::wall::wall_ms;
use super::{signed, unsigned};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// By how much the counter of versions is put ahead in a copy that is put back: versions given out after the copy was
/// made are not given out again.
const VERSIONS_SKIPPED: u64 = 1 << 32;

/// A file that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the file is kept that was there before, if there was one.
    pub replaced: Option<PathBuf>,
    /// The file's clock when that was done. What the file lacks since may have been there before.
    pub restored_ms: u64,
    /// Events in its inbox that are not finished.
    pub unfinished: u64,
}

impl StateFile {
    /// Writes a copy that is whole and of one instant, while the file is in use. The copy must not exist yet.
    pub fn backup(&self, copy: &Path) -> Result<(), StorageError> {
        let failed = |reason: &dyn ToString| StorageError::copy(copy, reason.to_string());
        if copy.exists() {
            return Err(failed(&"it exists already; give another name"));
        }
        // Under another name until it is whole and on the disk: half a copy is worse than none.
        let unfinished = beside(copy, ".unfinished");
        let _ = fs::remove_file(&unfinished);
        create_private(&unfinished).map_err(|error| failed(&error))?;
        let source = connect(self.path()).map_err(|error| StorageError::file(self.path(), error))?;
        let name = unfinished
            .to_str()
            .ok_or_else(|| failed(&"its name is not Unicode; give another one"))?;
        carry_key(&source, self.path(), copy)?;
        let copied = source
            .execute("VACUUM INTO ?1", [name])
            .map_err(|error| error.to_string())
            .and_then(|_| {
                File::open(&unfinished)
                    .and_then(|file| file.sync_all())
                    .and_then(|()| fs::rename(&unfinished, copy))
                    .map_err(|error| error.to_string())
            });
        copied.map_err(|error| {
            let _ = fs::remove_file(&unfinished);
            failed(&error)
        })
    }
}

/// Puts a copy in the place of the file at `path`, which nobody may be using. The file that was there is kept beside
/// it, with `.before-restore` after its name, and a number when there is such a file already. At every instant there is
/// a whole file at `path`.
///
/// From then on the file says that it was restored: what it lacks may have existed. Its clock goes on from where
/// that of the file before it was, if that can be read.
pub fn restore(copy: &Path, path: &Path) -> Result<Restored, StorageError> {
    let _lock = Lock::alone(path)?;
    let horizon_ms = match path.exists() {
        true => horizon(path).unwrap_or(0),
        false => 0,
    };
    let next = beside(path, ".restoring");
    for leftover in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(&next, leftover));
    }
    check(copy)?;
    fs::copy(copy, &next)
        .and_then(|_| create_private(&next))
        .map_err(|error| StorageError::copy(copy, error))?;
    let restored = mark(&next, horizon_ms).map_err(|error| StorageError::copy(copy, error))?;
    // Before the file itself: the key file may have the keys of both.
    let marked = Connection::open(&next).map_err(|error| StorageError::copy(copy, error))?;
    carry_key(&marked, copy, path)?;
    drop(marked);
    let put = || {
        File::open(&next)?.sync_all()?;
        let replaced = if path.exists() { Some(keep(path)?) } else { None };
        if let Some(replaced) = &replaced {
            keep_key(path, replaced)?;
        }
        // They belong to the file that is replaced. It was closed well, or `horizon` has brought in what they held, or
        // it cannot be read, and what they hold is kept with it.
        for side in ["-wal", "-shm"] {
            let side = beside(path, side);
            if side.exists() {
                fs::remove_file(side)?;
            }
        }
        fs::rename(&next, path)?;
        sync_directory(path)?;
        Ok(replaced)
    };
    let replaced = put().map_err(|error: io::Error| StorageError::file(path, error))?;
    Ok(Restored { replaced, ..restored })
}

/// Gives a file, and what is beside it, a second name, which nothing else has.
fn keep(path: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    let kept = loop {
        let suffix = match number {
            1 => ".before-restore".to_owned(),
            _ => format!(".before-restore-{number}"),
        };
        let kept = beside(path, &suffix);
        match fs::hard_link(path, &kept) {
            Ok(()) => break kept,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    };
    let log = beside(path, "-wal");
    if log.exists() {
        fs::hard_link(log, beside(&kept, "-wal"))?;
    }
    sync_directory(path)?;
    Ok(kept)
}

/// Makes names durable that were given or taken.
fn sync_directory(file: &Path) -> io::Result<()> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether it is a whole copy of a state file that this version knows.
fn check(copy: &Path) -> Result<(), StorageError> {
    let failed = |reason: &dyn ToString| StorageError::copy(copy, reason.to_string());
    if !copy.exists() {
        return Err(failed(&"it does not exist"));
    }
    let read = || -> rusqlite::Result<(String, i64, i64)> {
        let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let whole: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        let schema: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('clock', 'counter', 'entries')";
        let tables: i64 = connection.query_row(tables, [], |row| row.get(0))?;
        Ok((whole, schema, tables))
    };
    let (whole, schema, tables) = read().map_err(|error| failed(&error))?;
    if whole != "ok" {
        return Err(failed(&format!("it is damaged: {whole}")));
    }
    if schema == 0 || tables != 3 {
        return Err(failed(&"it is no state file"));
    }
    if schema > SCHEMA {
        return Err(StorageError::NewerSchema {
            path: copy.display().to_string(),
            found: schema,
            supported: SCHEMA,
        });
    }
    Ok(())
}

/// How far the clock of the file that is replaced may have gone. Reading it also brings in what stands in its
/// write-ahead log.
fn horizon(path: &Path) -> rusqlite::Result<u64> {
    let connection = patiently(|| connect(path))?;
    connection.query_row_and_then("SELECT horizon_ms FROM clock", [], |row| row.get(0).map(unsigned))
}

/// Notes in a copy that it was put back.
fn mark(file: &Path, horizon_ms: u64) -> rusqlite::Result<Restored> {
    let mut connection = connect(file)?;
    prepare(&mut connection)?;
    connection.execute(
        "UPDATE clock SET horizon_ms = max(horizon_ms, ?1), boot_id = 'restored'",
        [signed(horizon_ms)],
    )?;
    let clock = Clock::open(&mut connection, &Uptime::now(), wall_ms())?;
    let restored_ms = clock.now_ms();
    connection.execute("UPDATE clock SET restored_ms = ?1", [signed(restored_ms)])?;
    connection.execute("UPDATE counter SET version = version + ?1", [signed(VERSIONS_SKIPPED)])?;
    // Nobody works on anything now.
    connection.execute(
        "UPDATE events SET status = 'waiting', lease = NULL WHERE status = 'running'",
        [],
    )?;
    let unfinished = connection
        .query_row("SELECT count(*) FROM events WHERE status = 'waiting'", [], |row| {
            row.get(0)
        })
        .optional()?
        .map_or(0, unsigned);
    // All of it in the one file, so that it can be renamed.
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(Restored {
        replaced: None,
        restored_ms,
        unfinished,
    })
}
