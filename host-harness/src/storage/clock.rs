//! The clock of the file.
//!
//! One row anchors the file's time to the machine's uptime: on the boot `boot_id`, at `anchor_uptime_ms`, it was
//! `anchor_ms`. Every process of that boot reads the same row once and counts on from there, so they agree to the
//! millisecond, need no query to know the time, and none of them sees a step of the wall clock. After a reboot the
//! first process anchors anew, at the wall clock or at `horizon_ms`, whichever is later. `horizon_ms` is never behind
//! a time that a read or a write has told anybody.

use super::boot::{self, Uptime};
use super::{signed, unsigned};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::sync::atomic::{AtomicU64, Ordering};

/// How far ahead of the time told the persisted horizon is moved, so that it is moved seldom.
const LEAD_MS: u64 = 5_000;

/// The clock of an open file.
#[derive(Debug)]
pub(super) struct Clock {
    anchor: Anchor,
    horizon_ms: AtomicU64,
    lead_ms: u64,
}

/// What the file's time was at one uptime of this boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Anchor {
    uptime_ms: u64,
    file_ms: u64,
}

impl Clock {
    /// The clock of this boot; this process anchors it where it is the first one.
    pub(super) fn open(connection: &mut Connection, uptime: &Uptime, wall_ms: u64) -> rusqlite::Result<Self> {
        let (anchor, horizon_ms) = anchor(connection, uptime, wall_ms)?;
        Ok(Self {
            anchor,
            horizon_ms: AtomicU64::new(horizon_ms),
            // Where every process anchors anew, a lead would carry the clock ahead with each of them.
            lead_ms: if uptime.shared { LEAD_MS } else { 0 },
        })
    }

    /// Now.
    pub(super) fn now_ms(&self) -> u64 {
        let elapsed = boot::elapsed_ms().saturating_sub(self.anchor.uptime_ms);
        self.anchor.file_ms.saturating_add(elapsed)
    }

    /// Whether this time may be told as it is. If not, the horizon has to be moved first.
    pub(super) fn may_tell(&self, now_ms: u64) -> bool {
        now_ms <= self.horizon_ms.load(Ordering::SeqCst)
    }

    /// Makes sure that after a reboot no time before this one is told. Counts once the transaction is committed:
    /// [`Clock::moved`].
    pub(super) fn move_horizon(&self, connection: &Connection, now_ms: u64) -> rusqlite::Result<Option<u64>> {
        // With time in hand, so that the row is not written with every commit.
        if now_ms.saturating_add(self.lead_ms / 2) <= self.horizon_ms.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let horizon_ms = now_ms.saturating_add(self.lead_ms);
        connection
            .prepare_cached("UPDATE clock SET horizon_ms = max(horizon_ms, ?1) RETURNING horizon_ms")?
            .query_row([signed(horizon_ms)], |row| row.get::<_, i64>(0).map(unsigned))
            .map(Some)
    }

    /// The horizon was moved, durably.
    pub(super) fn moved(&self, horizon_ms: u64) {
        self.horizon_ms.fetch_max(horizon_ms, Ordering::SeqCst);
    }

    #[cfg(test)]
    pub(super) fn anchored_ms(&self) -> u64 {
        self.anchor.file_ms
    }
}

/// The anchor of this boot, made where this is the first process of it, and the horizon.
fn anchor(connection: &mut Connection, uptime: &Uptime, wall_ms: u64) -> rusqlite::Result<(Anchor, u64)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let row = transaction
        .query_row(
            "SELECT boot_id, anchor_uptime_ms, anchor_ms, horizon_ms FROM clock",
            [],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    unsigned(row.get(1)?),
                    unsigned(row.get(2)?),
                    unsigned(row.get(3)?),
                ))
            },
        )
        .optional()?;
    if let Some((boot_id, uptime_ms, file_ms, horizon_ms)) = &row
        && *boot_id == uptime.boot_id
        && *uptime_ms <= uptime.elapsed_ms
    {
        let anchor = Anchor {
            uptime_ms: *uptime_ms,
            file_ms: *file_ms,
        };
        return Ok((anchor, *horizon_ms));
    }
    let horizon_ms = row.map_or(0, |(_, _, _, horizon_ms)| horizon_ms);
    let anchor = Anchor {
        uptime_ms: uptime.elapsed_ms,
        file_ms: wall_ms.max(horizon_ms),
    };
    let horizon_ms = anchor.file_ms;
    transaction.execute(
        "INSERT INTO clock (only, boot_id, anchor_uptime_ms, anchor_ms, horizon_ms) VALUES (1, ?1, ?2, ?3, ?4)
         ON CONFLICT (only) DO UPDATE SET boot_id = excluded.boot_id, anchor_uptime_ms = excluded.anchor_uptime_ms,
             anchor_ms = excluded.anchor_ms, horizon_ms = excluded.horizon_ms",
        params![
            uptime.boot_id,
            signed(anchor.uptime_ms),
            signed(anchor.file_ms),
            signed(horizon_ms)
        ],
    )?;
    transaction.commit()?;
    Ok((anchor, horizon_ms))
}
