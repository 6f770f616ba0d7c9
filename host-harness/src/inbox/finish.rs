//! What becomes of an event that was run.

use super::Inbox;
use super::accept::{Arrival, accept_follow_up};
use super::connection::{Registered, resume};
use super::event::{Ending, Status};
use super::take::Taken;
use crate::storage::{StorageError, signed};
use rusqlite::params;

/// Lets the changes run that wait for the booking of their subject, for it may be there now.
pub(super) const LET_FOLLOW: &str = "UPDATE events SET due_ms = ?3
     WHERE connection = ?1 AND subject = ?2 AND status IN ('waiting', 'running') AND lease IS NULL AND due_ms > ?3
         AND CASE WHEN json_valid(outcome) THEN json_extract(outcome, '$.failure.reason') END = 'no-booking'";

/// What becomes of an event that was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done.
    Done,
    /// It is set aside for a person.
    SetAside,
    /// It is run again.
    Wait {
        /// After so many milliseconds.
        after_ms: u64,
        /// Whether newer events of its subject wait for it. They need not when it waits for its own effect to show.
        holds_place: bool,
    },
}

impl Inbox {
    /// Notes how a run has ended. `welcome`: the provider has taken the connection's requests, which ends a halt.
    ///
    /// `false`: the lease was over, and the event is somebody else's now. Nothing is noted then.
    pub fn finish(&self, taken: &Taken, ending: Ending, next: Next, welcome: bool) -> Result<bool, StorageError> {
        self.finish_with(taken, ending, next, welcome, None)
    }

    /// Like [`finish`](Self::finish), and takes in the event that follows from it, in the same write and under the
    /// configuration that is named.
    pub fn finish_with(
        &self,
        taken: &Taken,
        ending: Ending,
        next: Next,
        welcome: bool,
        follow_up: Option<(Registered, Arrival)>,
    ) -> Result<bool, StorageError> {
        let (number, lease, connection) = (taken.number, taken.lease, taken.connection);
        let subject = taken.subject.clone();
        let let_follow = LET_FOLLOW.to_owned() + &self.damaged.left_out("number");
        let cipher = self.file.cipher().clone();
        self.file.write(move |database, now_ms| {
            if welcome {
                resume(database, connection, now_ms)?;
            }
            let (status, after_ms, holds_place) = match next {
                Next::Done => (Status::Done, 0, true),
                Next::SetAside => (Status::Failed, 0, true),
                Next::Wait { after_ms, holds_place } => (Status::Waiting, after_ms, holds_place),
            };
            let changed = database
                .prepare_cached(
                    "UPDATE events SET status = ?3, due_ms = ?4, holds_place = ?5, outcome = ?6, changed_ms = ?7,
                         lease = NULL, owner = NULL, lost_runs = 0
                     WHERE number = ?1 AND lease = ?2",
                )?
                .execute(params![
                    signed(number),
                    lease,
                    status,
                    signed(now_ms.saturating_add(after_ms)),
                    holds_place,
                    ending,
                    signed(now_ms),
                ])?;
            if changed > 0 && next == Next::Done {
                database
                    .prepare_cached(&let_follow)?
                    .execute(params![connection.0, subject, signed(now_ms)])?;
            }
            if let Some((under, follow_up)) = follow_up.as_ref().filter(|_| changed > 0) {
                accept_follow_up(database, &cipher, *under, follow_up, now_ms)?;
            }
            Ok(changed > 0)
        })
    }

    /// Gives events back that were taken and not run.
    pub fn give_back(&self, taken: &[Taken]) -> Result<(), StorageError> {
        let leases: Vec<_> = taken.iter().map(|taken| (taken.number, taken.lease)).collect();
        self.file.write(move |database, now_ms| {
            let mut give_back = database.prepare_cached(
                "UPDATE events SET status = 'waiting', due_ms = ?3, lease = NULL, owner = NULL, attempts = attempts - 1
                 WHERE number = ?1 AND lease = ?2",
            )?;
            for (number, lease) in leases {
                give_back.execute(params![signed(number), lease, signed(now_ms)])?;
            }
            Ok(())
        })
    }
}
