//! How much the account of a store keeps, without counting it at every commit.

use super::super::quota::{AccountQuota, Usage};
use super::super::store::StoreError;
use crate::storage::{StateFile, StorageError, unsigned};
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
    /// Lets writes pass that add so much, or says that the account is full.
    pub(super) fn admit(
        &self,
        quota: AccountQuota,
        added: Usage,
        file: &StateFile,
        account: i64,
    ) -> Result<(), StoreError> {
        // What only deletes makes room.
        if added.entries == 0 {
            return Ok(());
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, error)) = &state.full
            && since.elapsed() < FULL_FOR
        {
            return Err(error.clone());
        }
        state.full = None;
        let after = |state: &State| state.counted.map(|counted| counted.plus(state.since).plus(added));
        let is_surely_within = |used| quota.check(used).is_ok();
        if state.since.bytes > COUNT_AFTER_BYTES || !after(&state).is_some_and(is_surely_within) {
            let counted = count(file, account)?;
            if quota.is_near(counted) {
                tracing::warn!(account, ?counted, ?quota, "the state of an account is nearly full");
            }
            state.counted = Some(counted);
            state.since = Usage::default();
        }
        if let Some(error) = after(&state).and_then(|used| quota.check(used).err()) {
            state.full = Some((Instant::now(), error.clone()));
            return Err(error);
        }
        state.since = state.since.plus(added);
        Ok(())
    }
}

/// Reads the sizes, not the values.
fn count(file: &StateFile, account: i64) -> Result<Usage, StorageError> {
    let (usage, _) = file.read(|transaction| {
        transaction
            .prepare_cached(
                "SELECT count(*), coalesce(sum(octet_length(key) + octet_length(value)), 0)
                 FROM entries WHERE account = ?1",
            )?
            .query_row([account], |row| {
                Ok(Usage {
                    entries: unsigned(row.get(0)?),
                    bytes: unsigned(row.get(1)?),
                })
            })
    })?;
    Ok(usage)
}
