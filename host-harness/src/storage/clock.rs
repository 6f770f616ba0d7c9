//! The clock of the file.
//!
//! One row anchors the file's time to the machine's uptime: on the boot `boot_id`, at `anchor_uptime_ms`, it was
//! `anchor_ms`. Every process of that boot counts on from the same row, so they agree to the millisecond, need no query
//! to know the time, and none of them sees a step of the wall clock. After a reboot the first process anchors anew, at
//! the wall clock or at `horizon_ms`, whichever is later. `horizon_ms` is never behind a time that a read or a write has
//! told anybody.
//!
//! A wall clock that was wrong when the file was anchored would count for as long as the machine runs. So where the two
//! are further apart than [`TOLERANCE_MS`], the file's clock is [set](StateFile::set_clock) once nobody else works with
//! the file. What was written before says what the clock said then: whoever waits for time to pass counts from
//! [`anchored_ms`](Clock::anchored_ms) at the earliest.

use super::boot::{self, Uptime};
use super::error::StorageError;
use super::owner::nobody_else;
use super::state_file::StateFile;
use super::{signed, unsigned};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// How far ahead of the time told the persisted horizon is moved, so that it is moved seldom.
const LEAD_MS: u64 = 5_000;

/// How far the file's clock may be from the wall clock before that is an alarm, and the clock is set.
pub(crate) const TOLERANCE_MS: u64 = 60_000;

/// The clock of an open file.
#[derive(Debug)]
pub(super) struct Clock {
    boot_id: String,
    /// What has to be added to the uptime. One number, so that nobody reads half of a change.
    offset_ms: AtomicI64,
    anchored_ms: AtomicU64,
    horizon_ms: AtomicU64,
    lead_ms: u64,
}

/// What the file's time was at one uptime of this boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Anchor {
    uptime_ms: u64,
    file_ms: u64,
}

impl Anchor {
    fn offset_ms(self) -> i64 {
        signed(self.file_ms).saturating_sub(signed(self.uptime_ms))
    }
}

impl Clock {
    /// The clock of this boot; this process anchors it where it is the first one.
    pub(super) fn open(connection: &mut Connection, uptime: &Uptime, wall_ms: u64) -> rusqlite::Result<Self> {
        let (anchor, horizon_ms) = anchor(connection, uptime, wall_ms)?;
        Ok(Self {
            boot_id: uptime.boot_id.clone(),
            offset_ms: AtomicI64::new(anchor.offset_ms()),
            anchored_ms: AtomicU64::new(anchor.file_ms),
            horizon_ms: AtomicU64::new(horizon_ms),
            // Where every process anchors anew, a lead would carry the clock ahead with each of them.
            lead_ms: if uptime.shared { LEAD_MS } else { 0 },
        })
    }

    /// Now.
    pub(super) fn now_ms(&self) -> u64 {
        unsigned(signed(boot::elapsed_ms()).saturating_add(self.offset_ms.load(Ordering::SeqCst)))
    }

    /// When the clock was last anchored, by itself. How much time had passed before, it does not know.
    pub(super) fn anchored_ms(&self) -> u64 {
        self.anchored_ms.load(Ordering::SeqCst)
    }

    /// Follows the anchor that stands in the file: another process may have set the clock.
    pub(super) fn follow(&self, connection: &Connection) -> rusqlite::Result<()> {
        let (boot_id, anchor, horizon_ms) = connection
            .prepare_cached("SELECT boot_id, anchor_uptime_ms, anchor_ms, horizon_ms FROM clock")?
            .query_row([], |row| {
                let anchor = Anchor {
                    uptime_ms: unsigned(row.get(1)?),
                    file_ms: unsigned(row.get(2)?),
                };
                Ok((row.get::<_, String>(0)?, anchor, unsigned(row.get(3)?)))
            })?;
        // Where boots cannot be told apart, every process has an anchor of its own.
        if boot_id == self.boot_id && anchor.offset_ms() != self.offset_ms.load(Ordering::SeqCst) {
            self.adopt(anchor, horizon_ms);
        }
        Ok(())
    }

    fn adopt(&self, anchor: Anchor, horizon_ms: u64) {
        self.horizon_ms.store(horizon_ms, Ordering::SeqCst);
        self.anchored_ms.store(anchor.file_ms, Ordering::SeqCst);
        self.offset_ms.store(anchor.offset_ms(), Ordering::SeqCst);
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
}

impl StateFile {
    /// How far the file's clock is ahead of the wall clock, in milliseconds; behind it where that is negative.
    pub fn ahead_ms(&self) -> i64 {
        signed(self.now_ms()).saturating_sub(signed(self.wall_ms()))
    }

    /// Whether the file's clock is so far from the wall clock that one of them must be wrong.
    pub fn clock_is_off(&self) -> bool {
        self.ahead_ms().unsigned_abs() > TOLERANCE_MS
    }

    /// Sets the clock by the wall clock where it is [off](Self::clock_is_off), and says whether it did. It does not
    /// while another process works with the file, which reckons with the clock as it is; nor may anything of this
    /// process be at work.
    ///
    /// What is yet to come is moved along, so that it comes after as long as before.
    pub fn set_clock(&self) -> Result<bool, StorageError> {
        if !self.clock_is_off() {
            return Ok(false);
        }
        self.release_gone()?;
        let (wall_ms, own) = (self.wall_ms(), self.owner_if_any());
        let clock = self.clock().clone();
        self.write(move |connection, now_ms| {
            if !nobody_else(connection, own)? {
                return Ok(false);
            }
            let anchor = Anchor {
                uptime_ms: boot::elapsed_ms(),
                file_ms: wall_ms,
            };
            connection.execute(
                "UPDATE clock SET boot_id = ?1, anchor_uptime_ms = ?2, anchor_ms = ?3, horizon_ms = ?3,
                     restored_ms = min(restored_ms, ?3)",
                params![clock.boot_id, signed(anchor.uptime_ms), signed(anchor.file_ms)],
            )?;
            let by_ms = signed(anchor.file_ms).saturating_sub(signed(now_ms));
            move_along(connection, anchor.file_ms, by_ms)?;
            // Whoever asks before this is durable is told a time that holds if it is not, too: it is tried again.
            clock.adopt(anchor, anchor.file_ms);
            Ok(true)
        })
    }
}

/// Moves along with the clock what is yet to come, so that it comes after as long as before. Nobody is left who could
/// have a lease. What was noted of the past cannot lie ahead.
fn move_along(connection: &Connection, now_ms: u64, by_ms: i64) -> rusqlite::Result<()> {
    for sql in [
        "UPDATE entries SET expires_ms = max(0, expires_ms + ?1) WHERE expires_ms IS NOT NULL",
        "UPDATE events SET due_ms = max(0, due_ms + ?1) WHERE status IN ('waiting', 'running')",
        "UPDATE connections SET probe_ms = max(0, probe_ms + ?1) WHERE probe_ms > 0",
        "UPDATE alerts SET due_ms = max(0, due_ms + ?1) WHERE due_ms > 0",
    ] {
        connection.execute(sql, [by_ms])?;
    }
    connection.execute("DELETE FROM entries WHERE owner IS NOT NULL", [])?;
    for sql in [
        "UPDATE events SET received_ms = min(received_ms, ?1), changed_ms = ?1 WHERE changed_ms > ?1",
        "UPDATE connections SET halted_ms = min(halted_ms, ?1)",
    ] {
        connection.execute(sql, [signed(now_ms)])?;
    }
    Ok(())
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

#[cfg(test)]
mod tests;
