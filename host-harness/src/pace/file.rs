//! Budgets in a file beside the state file, which all processes of the machine share.
//!
//! Nothing in it is worth waiting for a disk, and it may be lost: one that cannot be read is begun anew, and while it
//! cannot be used a process paces its own requests by itself, with the replies' headers to tell it of the others.

use super::budget::Budget;
use super::errand::{Errand, Priority};
use super::store::{Change, MemoryPace, PaceStore};
use super::usage::{Account, Usage};
use crate::state::Clock;
use crate::storage::{StateFile, StorageError, beside, create_private, patiently, signed, unsigned};
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What this version writes. A file of another one is begun anew.
const SCHEMA: i64 = 1;

/// How long a call waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Budgets in a file.
pub struct PaceFile {
    path: PathBuf,
    state: Arc<StateFile>,
    connection: Mutex<Connection>,
    swept_ms: AtomicU64,
    /// In place of the file, while it cannot be used.
    alone: MemoryPace,
}

/// The state file's clock: the same for all processes of a boot.
struct ClockOf(Arc<StateFile>);

impl Clock for ClockOf {
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }
}

impl PaceFile {
    /// The file beside this state file. It is made where it does not exist, and begun anew where it cannot be read.
    pub fn beside(state: Arc<StateFile>) -> Result<Self, StorageError> {
        let path = beside(state.path(), ".pace");
        let connection = open(&path).or_else(|error| {
            if !is_of_no_use(error.as_ref()) {
                return Err(error);
            }
            tracing::warn!(path = %path.display(), %error, "the pace file is begun anew");
            for suffix in ["", "-wal", "-shm"] {
                // One that is not there, or cannot be removed: the next line says what is wrong.
                let _ = std::fs::remove_file(beside(&path, suffix));
            }
            open(&path)
        });
        Ok(Self {
            connection: Mutex::new(connection.map_err(|error| StorageError::File {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?),
            path,
            alone: MemoryPace::with_clock(Arc::new(ClockOf(state.clone()))),
            state,
            swept_ms: AtomicU64::new(0),
        })
    }

    /// All budgets, and who uses them, by account.
    pub fn accounts(&self) -> Result<Vec<Account>, StorageError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = self.now_ms();
        accounts(&connection, now_ms).map_err(|error| StorageError::File {
            path: self.path.display().to_string(),
            reason: error.to_string(),
        })
    }

    fn try_change(&self, account: &str, change: &mut Change<'_>) -> rusqlite::Result<()> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now_ms = self.now_ms();
        let mut budget = read(&transaction, account)?;
        let errand = change(&mut budget, now_ms);
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
        if let Err(error) = self.try_change(account, change) {
            tracing::error!(path = %self.path.display(), %error, "cannot use the pace file; pacing without it");
            self.alone.change(account, change);
        }
    }
}

/// Whether a file cannot be used by anybody: others who have it open would otherwise go on without this process.
fn is_of_no_use(error: &(dyn std::error::Error + 'static)) -> bool {
    match error.downcast_ref::<rusqlite::Error>() {
        Some(error) => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
        ),
        // A schema of another version.
        None => !error.is::<std::io::Error>(),
    }
}

fn open(path: &Path) -> Result<Connection, Box<dyn std::error::Error>> {
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
    let text: Option<String> = connection
        .prepare_cached("SELECT budget FROM budgets WHERE account = ?1")?
        .query_row([account], |row| row.get(0))
        .optional()?;
    // What another version wrote, or nobody, is learned again.
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
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
