//! Budgets in a file beside the state file, which all processes of the machine share.
//!
//! Nothing in it is worth waiting for a disk, and it may be lost: one that cannot be read is begun anew, at the start and
//! while it is in use. While it cannot be used, a process paces its own requests by itself, with the replies' headers to
//! tell it of the others, and tries the file again after a while.

use super::budget::Budget;
use super::errand::{Errand, Priority};
use super::store::{Change, MemoryPace, PaceStore};
use super::usage::{Account, Usage};
use crate::state::Clock;
use crate::storage::{StateFile, StorageError, beside, create_private, patiently, signed, unsigned, wall_ms};
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What this version writes. A file of another one is begun anew.
const SCHEMA: i64 = 1;

/// How long a call waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How long to do without the file before it is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// How often the file is begun anew at most. Where that is of no use, nobody is told of it with every request.
const ANEW_EVERY: Duration = Duration::from_secs(60);

/// Budgets in a file.
pub struct PaceFile {
    path: PathBuf,
    state: Arc<StateFile>,
    open: Mutex<Open>,
    swept_ms: AtomicU64,
    /// In place of the file, while it cannot be used.
    alone: MemoryPace,
}

/// The file, as far as it can be used.
#[derive(Default)]
struct Open {
    connection: Option<(Connection, Identity)>,
    /// When it could not be used, and why: it was said, and it is tried again after a while.
    failed: Option<(Instant, String)>,
    /// When it was last begun anew.
    begun_anew: Option<Instant>,
}

/// Which file it is that a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(Option<(u64, u64)>);

/// Why the file is not used.
type Reason = Box<dyn std::error::Error>;

/// The state file's clock: the same for all processes of a boot.
struct ClockOf(Arc<StateFile>);

impl Clock for ClockOf {
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }
}

impl PaceFile {
    /// The file beside this state file. It is made where it does not exist, and begun anew where it cannot be used.
    pub fn beside(state: Arc<StateFile>) -> Self {
        let file = Self {
            path: beside(state.path(), ".pace"),
            alone: MemoryPace::with_clock(Arc::new(ClockOf(state.clone()))),
            state,
            open: Mutex::default(),
            swept_ms: AtomicU64::new(0),
        };
        // Others see it from now on. What cannot be done now is tried again with the first request, and said.
        let _ = file.using(|_| Ok(()));
        file
    }

    /// All budgets, and who uses them, by account.
    pub fn accounts(&self) -> Result<Vec<Account>, StorageError> {
        let now_ms = self.now_ms();
        self.using(|connection| accounts(connection, now_ms))
            .map_err(|reason| StorageError::File {
                path: self.path.display().to_string(),
                reason: reason.to_string(),
            })
    }

    fn try_change(&self, connection: &mut Connection, account: &str, change: &mut Change<'_>) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now_ms = self.now_ms();
        let mut budget = read(&transaction, account)?;
        self.release_gone(&mut budget, now_ms);
        let errand = change(&mut budget, now_ms);
        // Without a place in the state file others cannot know when this process ends, and wait as long as a request takes.
        if let Ok(owner) = self.state.owner() {
            budget.note_owner(owner);
        }
        transaction
            .prepare_cached(
                "INSERT INTO budgets (account, budget) VALUES (?1, ?2)
                 ON CONFLICT (account) DO UPDATE SET budget = excluded.budget",
            )?
            .execute(params![account, written(&budget)?])?;
        if let Some(errand) = errand {
            note(&transaction, account, &errand, now_ms)?;
            self.sweep(&transaction, now_ms)?;
        }
        transaction.commit()
    }

    /// Does something with the file, if it can be used. It is opened where it is not, and begun anew where it is
    /// damaged; where that does not help either, nothing is done with it for a while.
    fn using<T>(&self, mut work: impl FnMut(&mut Connection) -> rusqlite::Result<T>) -> Result<T, Reason> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, reason)) = &open.failed
            && at.elapsed() < TRY_AGAIN_AFTER
        {
            return Err(reason.clone().into());
        }
        let outcome = self.attempt(&mut open, &mut work).or_else(|reason| {
            if !is_of_no_use(reason.as_ref()) {
                return Err(reason);
            }
            // Somebody else may have begun it anew.
            open.connection = None;
            self.attempt(&mut open, &mut work).or_else(|reason| {
                self.clear(&mut open, reason)?;
                self.attempt(&mut open, &mut work)
            })
        });
        match &outcome {
            Ok(_) if open.failed.take().is_some() => {
                tracing::info!(path = %self.path.display(), "the pace file is used again");
            }
            Ok(_) => {}
            Err(error) => {
                if open.failed.is_none() {
                    tracing::error!(path = %self.path.display(), %error, "cannot use the pace file; pacing without it");
                }
                open.failed = Some((Instant::now(), error.to_string()));
            }
        }
        outcome
    }

    fn attempt<T>(
        &self,
        open: &mut Open,
        work: &mut impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Reason> {
        // One that was taken away is still open, and nobody else looks into it.
        let is_there = |identity: &Identity| Identity::of(&self.path).is_some_and(|there| there == *identity);
        open.connection = open.connection.take().filter(|(_, identity)| is_there(identity));
        let connection = match &mut open.connection {
            Some((connection, _)) => connection,
            none => {
                let connection = connect(&self.path)?;
                let identity = Identity::of(&self.path).ok_or("it was taken away")?;
                &mut none.insert((connection, identity)).0
            }
        };
        Ok(work(connection)?)
    }

    /// Takes away a file that is of no use, so that it is begun anew. Nothing in it is worth keeping; a folder in its
    /// place is somebody's, and is moved aside.
    fn clear(&self, open: &mut Open, reason: Reason) -> Result<(), Reason> {
        let was_lately = open.begun_anew.is_some_and(|at| at.elapsed() < ANEW_EVERY);
        if was_lately || !is_of_no_use(reason.as_ref()) {
            return Err(reason);
        }
        tracing::warn!(path = %self.path.display(), error = %reason, "the pace file is begun anew");
        open.connection = None;
        open.begun_anew = Some(Instant::now());
        if self.path.is_dir() {
            std::fs::rename(&self.path, beside(&self.path, &format!(".aside-{}", wall_ms())))?;
        }
        for suffix in ["", "-wal", "-shm"] {
            // One that is not there, or cannot be removed: who opens it next says what is wrong.
            let _ = std::fs::remove_file(beside(&self.path, suffix));
        }
        Ok(())
    }

    /// Gives back the places of processes that are gone, so that nobody waits for their requests.
    fn release_gone(&self, budget: &mut Budget, now_ms: u64) {
        for owner in budget.owners() {
            if matches!(self.state.release_if_gone(owner), Ok(true)) {
                budget.release(owner, now_ms);
            }
        }
    }

    /// Forgets now and then who has made requests more than a day ago.
    fn sweep(&self, connection: &Connection, now_ms: u64) -> rusqlite::Result<()> {
        if now_ms.saturating_sub(self.swept_ms.load(Ordering::Relaxed)) < HOUR_MS {
            return Ok(());
        }
        self.swept_ms.store(now_ms, Ordering::Relaxed);
        connection
            .prepare_cached("DELETE FROM usage WHERE minute_ms <= ?1")?
            .execute([signed(now_ms.saturating_sub(DAY_MS))])
            .map(|_| ())
    }
}

impl PaceStore for PaceFile {
    fn now_ms(&self) -> u64 {
        self.state.now_ms()
    }

    fn change(&self, account: &str, change: &mut Change<'_>) {
        let changed = self.using(|connection| self.try_change(connection, account, change));
        if changed.is_err() {
            self.alone.change(account, change);
        }
    }
}

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        // One that was emptied holds nothing that a connection to it could go on with.
        let metadata = std::fs::metadata(path).ok().filter(|metadata| metadata.len() > 0)?;
        Some(Self(Some((metadata.dev(), metadata.ino()))))
    }

    /// Elsewhere a file that is open cannot be taken away.
    #[cfg(not(unix))]
    fn of(path: &Path) -> Option<Self> {
        path.exists().then_some(Self(None))
    }
}

/// Whether a file cannot be used by anybody who is like this process: others who have it open would otherwise go on
/// without it. A disk that is full and a file that is busy are no reason to begin anew.
fn is_of_no_use(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::IsADirectory);
    }
    match error.downcast_ref::<rusqlite::Error>() {
        // Tables are missing, or are others.
        Some(rusqlite::Error::SqlInputError { .. }) => true,
        Some(error) => matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::NotADatabase
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::CannotOpen
                    | ErrorCode::PermissionDenied
                    | ErrorCode::ReadOnly
                    | ErrorCode::SchemaChanged
                    | ErrorCode::TypeMismatch
                    | ErrorCode::Unknown
            )
        ),
        // A schema of another version.
        None => true,
    }
}

fn connect(path: &Path) -> Result<Connection, Reason> {
    create_private(path)?;
    let mut connection = patiently(|| {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Ok(connection)
    })?;
    let found = patiently(|| prepare(&mut connection))?;
    match found {
        SCHEMA => Ok(connection),
        other => Err(format!("it has schema {other}").into()),
    }
}

/// Makes the tables of a new file. Says which schema there is.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found != 0 {
        return Ok(found);
    }
    transaction.execute_batch(
        "CREATE TABLE budgets (
             account TEXT PRIMARY KEY,
             budget  TEXT NOT NULL
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE usage (
             minute_ms INTEGER NOT NULL,
             account   TEXT NOT NULL,
             purpose   TEXT NOT NULL,
             bulk      INTEGER NOT NULL,
             process   INTEGER NOT NULL,
             requests  INTEGER NOT NULL,
             PRIMARY KEY (minute_ms, account, purpose, bulk, process)
         ) STRICT, WITHOUT ROWID;",
    )?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    Ok(SCHEMA)
}

fn read(connection: &Connection, account: &str) -> rusqlite::Result<Budget> {
    let budget = connection
        .prepare_cached("SELECT budget FROM budgets WHERE account = ?1")?
        .query_row([account], |row| {
            let bytes = row.get_ref(0)?.as_bytes().unwrap_or_default();
            Ok(serde_json::from_slice(bytes).ok())
        })
        .optional()?;
    // What another version wrote, or nobody, or what is damaged is learned again.
    Ok(budget.flatten().unwrap_or_default())
}

fn written(budget: &Budget) -> rusqlite::Result<String> {
    serde_json::to_string(budget).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Counts a request.
fn note(connection: &Connection, account: &str, errand: &Errand, now_ms: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO usage (minute_ms, account, purpose, bulk, process, requests) VALUES (?1, ?2, ?3, ?4, ?5, 1)
             ON CONFLICT DO UPDATE SET requests = requests + 1",
        )?
        .execute(params![
            signed(now_ms - now_ms % MINUTE_MS),
            account,
            errand.purpose.as_ref(),
            errand.priority == Priority::Bulk,
            std::process::id(),
        ])
        .map(|_| ())
}

fn accounts(connection: &Connection, now_ms: u64) -> rusqlite::Result<Vec<Account>> {
    let mut select = connection.prepare_cached("SELECT account FROM budgets ORDER BY account")?;
    let names = select.query_map([], |row| row.get(0))?;
    names
        .map(|name| {
            let name: String = name?;
            let budget = read(connection, &name)?;
            let usage = usage(connection, &name, now_ms)?;
            Ok(Account::new(name, &budget, usage, now_ms))
        })
        .collect()
}

/// Who has made requests, those who made the most first.
fn usage(connection: &Connection, account: &str, now_ms: u64) -> rusqlite::Result<Vec<Usage>> {
    let since = |ms: u64| signed(now_ms.saturating_sub(ms));
    let mut select = connection.prepare_cached(
        "SELECT purpose, bulk, process, sum(requests) FILTER (WHERE minute_ms > ?2),
                sum(requests) FILTER (WHERE minute_ms > ?3), sum(requests)
         FROM usage WHERE account = ?1 AND minute_ms > ?4
         GROUP BY purpose, bulk, process ORDER BY 6 DESC, 1, 2, 3",
    )?;
    let count = |count: Option<i64>| unsigned(count.unwrap_or(0));
    let rows = select.query_map(
        params![account, since(MINUTE_MS), since(HOUR_MS), since(DAY_MS)],
        |row| {
            Ok(Usage {
                purpose: row.get(0)?,
                priority: if row.get(1)? {
                    Priority::Bulk
                } else {
                    Priority::Interactive
                },
                process: row.get(2)?,
                minute: count(row.get(3)?),
                hour: count(row.get(4)?),
                day: count(row.get(5)?),
            })
        },
    )?;
    rows.collect()
}
