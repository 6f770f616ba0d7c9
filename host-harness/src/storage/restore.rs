//! Puts a copy in the place of the file.

use super::boot::Uptime;
use super::clock::Clock;
use super::close::leave_wal_mode;
use super::contents::Contents;
use super::copied::{Copied, LogPolicy, remove};
use super::durable::sync_folder_of;
use super::encryption::{carry_key, keep_key};
use super::error::StorageError;
use super::lock::{Lock, beside, real};
use super::log::{Log, Used};
use super::open::{connect, is_busy, open, patiently};
use super::presence::{Elsewhere, Machine, Presence};
use super::schema::{SCHEMA, prepare};
use super::step;
use super::wall::wall_ms;
use super::{signed, unsigned};
use rusqlite::Connection;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// By how much the counter of versions is put ahead in a copy that is put back: versions given out after the copy was
/// made are not given out again.
const VERSIONS_SKIPPED: u64 = 1 << 32;

/// What lies beside a file of SQLite.
const SIDES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What of that holds something which is not in the file.
const KEPT_SIDES: [&str; 2] = ["-wal", "-journal"];

/// A file that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the file is kept that was there before, if there was one.
    pub replaced: Option<PathBuf>,
    /// The file's clock when that was done. What the file lacks since may have been there before.
    pub restored_ms: u64,
    /// Events in its inbox that are not finished.
    pub unfinished: u64,
    /// What the copy held.
    pub contents: Contents,
    /// What the file held that was replaced; nothing where there was none, or it cannot be read.
    pub replaced_contents: Option<Contents>,
    /// Pages that came from the log beside the copy.
    pub log_pages: u64,
    /// Whether that log ends in the middle of a change: what it would have gone on with is missing.
    pub log_is_cut: bool,
}

/// Puts a copy in the place of the file at `path`, which nobody may be using. The file that was there is kept beside
/// it, with `.before-restore` after its name, and a number when there is such a file already. At every instant there is
/// a whole file at `path`. The copy stays as it is; one that was made of a file in use is read with the log (`-wal`)
/// that was copied with it.
///
/// From then on the file says that it was restored: what it lacks may have existed. Its clock goes on from where
/// that of the file before it was, if that can be read.
pub fn restore(copy: &Path, path: &Path, policy: LogPolicy) -> Result<Restored, StorageError> {
    let path = &real(path);
    let copied = Copied::find(copy, path, policy)?;
    let _lock = Lock::alone(path)?;
    let uptime = Uptime::now();
    let machine = Machine::here(&uptime.boot_id);
    let presence = uptime
        .shared
        .then(|| Presence::announce(path, machine, Elsewhere::default()));
    let _presence = presence.transpose()?;
    let staged = copied.stage(path)?;
    let broken = |error: rusqlite::Error| StorageError::copy(copy, error);
    let log = Log::open(&copied, &staged.path)?;
    let connection = open(&staged.path).map_err(broken)?;
    let log = log.map(|log| log.used(&copied, &connection)).transpose()?;
    check(copy, &connection)?;
    let contents = Contents::of(&connection).map_err(broken)?;
    drop(connection);
    let failed = |error: io::Error| StorageError::file(path, error);
    let kept = Kept::of(path).map_err(failed)?;
    let before = close_off(path, &kept)?;
    let (restored_ms, unfinished) = mark(&staged.path, before.horizon_ms).map_err(broken)?;
    // Before the file itself: the key file may have the keys of both.
    let connection = open(&staged.path).map_err(broken)?;
    carry_key(&connection, copy, path)?;
    drop(connection);
    if let Some(name) = &kept.name {
        keep_key(path, name).map_err(failed)?;
    }
    put(&staged.path, path).map_err(failed)?;
    Ok(Restored {
        replaced: kept.name,
        restored_ms,
        unfinished,
        contents,
        replaced_contents: before.contents,
        log_pages: log.map_or(0, |Used { pages, .. }| pages),
        log_is_cut: log.is_some_and(|Used { is_cut, .. }| is_cut),
    })
}

/// Whether it is a whole copy of a state file that this version knows.
fn check(copy: &Path, connection: &Connection) -> Result<(), StorageError> {
    let failed = |reason: &dyn ToString| StorageError::copy(copy, reason.to_string());
    let read = || -> rusqlite::Result<(String, i64, i64)> {
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
        return Err(failed(&"it is not a state file of `knock`"));
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

/// What is known of the file that is replaced.
#[derive(Debug, Default)]
struct Before {
    /// How far its clock may have gone.
    horizon_ms: u64,
    contents: Option<Contents>,
}

/// Reads the file that is replaced, and brings in what stands beside it, so that it is whole by itself. Of one that cannot
/// be read, SQLite may throw away what is beside it; that is kept with it.
fn close_off(path: &Path, kept: &Kept) -> Result<Before, StorageError> {
    if !path.exists() {
        return Ok(Before::default());
    }
    let read = || -> rusqlite::Result<Before> {
        let connection = patiently(|| connect(path))?;
        let horizon_ms = connection.query_row("SELECT horizon_ms FROM clock", [], |row| row.get(0).map(unsigned));
        let before = Before {
            horizon_ms: horizon_ms.unwrap_or(0),
            contents: Contents::of(&connection).ok(),
        };
        patiently(|| leave_wal_mode(&connection))?;
        Ok(before)
    };
    match read() {
        Ok(before) => {
            kept.drop_sides().map_err(|error| StorageError::file(path, error))?;
            Ok(before)
        }
        // Another program than `knock` has it open.
        Err(error) if is_busy(&error) => {
            kept.discard();
            Err(StorageError::InUse {
                path: path.display().to_string(),
            })
        }
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the file that is replaced cannot be read; it is kept as it is");
            Ok(Before::default())
        }
    }
}

/// Notes in a copy that it was put back. Returns its clock, and how many events are not finished.
fn mark(file: &Path, horizon_ms: u64) -> rusqlite::Result<(u64, u64)> {
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
    connection.execute_batch(
        "UPDATE events SET status = 'waiting', lease = NULL, owner = NULL WHERE status = 'running';
         UPDATE alerts SET due_ms = 0, owner = NULL WHERE owner IS NOT NULL;
         DELETE FROM entries WHERE owner IS NOT NULL;
         DELETE FROM owners;",
    )?;
    let unfinished = connection.query_row("SELECT count(*) FROM events WHERE status = 'waiting'", [], |row| {
        row.get(0).map(unsigned)
    })?;
    // All of it in the one file, so that it can be renamed.
    leave_wal_mode(&connection)?;
    Ok((restored_ms, unfinished))
}

/// Puts one file in the place of another.
pub(super) fn put(next: &Path, path: &Path) -> io::Result<()> {
    File::open(next)?.sync_all()?;
    step::done()?;
    // They belong to the file that is replaced, and SQLite would read them into the one that takes its place. That file
    // needs them no more, or cannot be read, and is kept with them.
    for side in SIDES {
        remove(&beside(path, side))?;
        step::done()?;
    }
    fs::rename(next, path)?;
    step::done()?;
    sync_folder_of(path)
}

/// The file that is replaced, under a second name, with what is beside it.
#[derive(Debug)]
struct Kept {
    name: Option<PathBuf>,
}

impl Kept {
    /// Gives the file, if there is one, a name that nothing else has.
    fn of(path: &Path) -> io::Result<Self> {
        if !path.exists() {
            return Ok(Self { name: None });
        }
        let mut number = 1;
        let name = loop {
            let suffix = match number {
                1 => ".before-restore".to_owned(),
                _ => format!(".before-restore-{number}"),
            };
            let name = beside(path, &suffix);
            match fs::hard_link(path, &name) {
                Ok(()) => break name,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        };
        let kept = Self { name: Some(name) };
        step::done()?;
        for side in KEPT_SIDES {
            let (there, name) = (beside(path, side), kept.side(side));
            if let Some(name) = name
                && there.exists()
            {
                remove(&name)?;
                fs::hard_link(there, name)?;
            }
        }
        step::done()?;
        sync_folder_of(path)?;
        Ok(kept)
    }

    fn side(&self, side: &str) -> Option<PathBuf> {
        self.name.as_deref().map(|name| beside(name, side))
    }

    /// What is beside the file was brought in: it needs that no more.
    fn drop_sides(&self) -> io::Result<()> {
        KEPT_SIDES
            .into_iter()
            .filter_map(|side| self.side(side))
            .try_for_each(|side| remove(&side))
    }

    /// Takes the name back, where the file was not touched.
    fn discard(&self) {
        let _ = self.drop_sides();
        if let Some(name) = &self.name {
            let _ = remove(name);
        }
    }
}
