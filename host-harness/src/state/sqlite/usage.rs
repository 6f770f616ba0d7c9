//! How much the account of a store keeps, without counting it at every commit.

use super::super::quota::{AccountQuota, Usage};
use super::super::store::{StoreError, Write};
use crate::storage::{StateFile, StorageError, unsigned};
use rusqlite::params;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After how many bytes it is counted again, because other processes write as well. So many may an account have beyond
/// its quota, for each process.
const COUNT_AFTER_BYTES: u64 = 16 * 1024 * 1024;

/// How long an account that is full stays so without being counted again.
const FULL_FOR: Duration = Duration::from_secs(1);

/// An estimate that is never too low, as far as this process knows: what was counted, and all that was written since.
#[derive(Default)]
pub(super) struct Estimate {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counted: Option<Usage>,
    since: Usage,
    full: Option<(Instant, StoreError)>,
}

impl Estimate {
    /// Lets writes pass, or says that the account is full.
    pub(super) fn admit(
        &self,
        writes: &[Write],
        quota: AccountQuota,
        file: &StateFile,
        account: i64,
    ) -> Result<(), StoreError> {
        let added = Usage::added_by(writes);
        // What only deletes makes room.
        if added.entries == 0 {
            return Ok(());
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.counted.filter(|_| state.since.bytes <= COUNT_AFTER_BYTES);
        let estimate = known.map(|counted| counted.plus(state.since).plus(added));
        if estimate.is_some_and(|used| quota.check(used).is_ok()) {
            state.since = state.since.plus(added);
            return Ok(());
        }
        if let Some((since, error)) = &state.full
            && since.elapsed() < FULL_FOR
        {
            return Err(error.clone());
        }
        let (counted, replaced) = count(file, account, writes)?;
        let added = added.minus(replaced);
        if quota.is_near(counted) {
            tracing::warn!(account, ?counted, ?quota, "the state of an account is nearly full");
        }
        state.counted = Some(counted);
        state.since = Usage::default();
        state.full = None;
        if let Err(error) = quota.check(counted.plus(added)) {
            state.full = Some((Instant::now(), error.clone()));
            return Err(error);
        }
        state.since = added;
        Ok(())
    }
}

/// What the account has, and what of it the writes replace. Reads the sizes, not the values.
fn count(file: &StateFile, account: i64, writes: &[Write]) -> Result<(Usage, Usage), StorageError> {
    let (usages, _) = file.read(|transaction| {
        let counted = transaction
            .prepare_cached(
                "SELECT count(*), coalesce(sum(octet_length(key) + octet_length(value)), 0)
                 FROM entries WHERE account = ?1",
            )?
            .query_row([account], read_usage)?;
        let mut select = transaction.prepare_cached(
            "SELECT count(*), coalesce(sum(octet_length(key) + octet_length(value)), 0)
             FROM entries WHERE account = ?1 AND key = ?2",
        )?;
        let mut replaced = Usage::default();
        for write in writes {
            replaced = replaced
                .plus(select.query_row(params![account, file.cipher().name(&write.key).as_slice()], read_usage)?);
        }
        Ok((counted, replaced))
    })?;
    Ok(usages)
}

fn read_usage(row: &rusqlite::Row<'_>) -> rusqlite::Result<Usage> {
    Ok(Usage {
        entries: unsigned(row.get(0)?),
        bytes: unsigned(row.get(1)?),
    })
}
