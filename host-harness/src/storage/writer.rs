//! Writes, one after the other, made durable together.
//!
//! A commit waits for the disk. One thread of the process does all its writing: what has come while it waited is
//! carried out in the next transaction, each piece in a savepoint of its own, and nobody is answered before that
//! transaction is durable. So a hundred threads wait for the disk once instead of a hundred times.

use super::clock::Clock;
use super::error::StorageError;
use super::identity::Identity;
use rusqlite::{Connection, TransactionBehavior};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

/// How many pieces of work may wait.
const QUEUE: usize = 1_024;

/// How many are made durable together.
const GROUP: usize = 256;

/// Does a piece of work in a savepoint, and says how to answer once it is known whether it is durable. Without a
/// transaction nothing is done, and only the answer is made.
type Work = Box<dyn FnOnce(Option<(&Connection, u64)>) -> (rusqlite::Result<()>, Answer) + Send>;

type Answer = Box<dyn FnOnce(Result<(), StorageError>) + Send>;

pub(super) struct Writer {
    path: PathBuf,
    queue: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, clock: Arc<Clock>, identity: Identity) -> io::Result<Self> {
        let (queue, work) = sync_channel(QUEUE);
        let path = identity.path().to_owned();
        let desk = Desk {
            connection,
            clock,
            identity,
        };
        let thread = thread::Builder::new()
            .name("state-file".to_owned())
            .spawn(move || desk.run(&work))?;
        Ok(Self {
            path,
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Carries out a piece of work, and waits until it is durable. It is passed the file's time, read under the lock.
    /// `patient`: waits also for a place in the queue.
    pub(super) fn write<T: Send + 'static>(
        &self,
        patient: bool,
        work: impl FnOnce(&Connection, u64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        let stopped = || StorageError::file(&self.path, "the thread that writes it has stopped");
        let (sender, answer) = sync_channel(1);
        let path = self.path.clone();
        let work: Work = Box::new(move |transaction| {
            let ended = match transaction {
                Some((connection, now_ms)) => {
                    in_savepoint(connection, |connection| contained(|| work(connection, now_ms)))
                }
                None => Err(rusqlite::Error::InvalidQuery),
            };
            let (ended, outcome) = match ended {
                Ok(value) => (Ok(()), Ok(value)),
                Err(error) => {
                    let told = StorageError::sqlite(&path, &error);
                    (Err(error), Err(told))
                }
            };
            let answer: Answer = Box::new(move |durable: Result<(), StorageError>| {
                // Whoever asked has gone: nobody needs the answer.
                let _ = sender.send(durable.and(outcome));
            });
            (ended, answer)
        });
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        if patient {
            queue.send(work).map_err(|_| stopped())?;
        } else {
            queue.try_send(work).map_err(|error| match error {
                TrySendError::Full(_) => StorageError::Overrun {
                    path: self.path.display().to_string(),
                },
                TrySendError::Disconnected(_) => stopped(),
            })?;
        }
        answer.recv().map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes the state file has panicked");
        }
    }
}

/// What the writing thread works with.
struct Desk {
    connection: Connection,
    clock: Arc<Clock>,
    identity: Identity,
}

impl Desk {
    fn run(mut self, work: &Receiver<Work>) {
        while let Ok(first) = work.recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(next) = work.try_recv()
            {
                group.push(next);
            }
            let mut group = group.into_iter();
            while group.len() > 0 {
                self.commit(&mut group);
            }
        }
    }

    /// Carries out a group in one transaction. Where SQLite gives the whole transaction up, as it may when the disk
    /// is full, what was in it is answered so, and the rest of the group stays for the next one.
    fn commit(&mut self, group: &mut impl Iterator<Item = Work>) {
        let mut answers = Vec::new();
        let durable = self.identity.check().and_then(|()| {
            let ended = self.transaction(group, &mut answers);
            ended.map_err(|error| StorageError::sqlite(self.identity.path(), &error))
        });
        if durable.is_err() && answers.is_empty() {
            // It did not even begin, and would not for the others.
            answers.extend(group.map(|work| work(None).1));
        }
        for answer in answers {
            answer(durable.clone());
        }
    }

    fn transaction(
        &mut self,
        group: &mut impl Iterator<Item = Work>,
        answers: &mut Vec<Answer>,
    ) -> rusqlite::Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.clock.follow(&transaction)?;
        for work in group {
            // Asked for anew each time: the work before may have set the clock.
            let (ended, answer) = work(Some((&transaction, self.clock.now_ms())));
            answers.push(answer);
            if let Err(error) = ended
                && transaction.is_autocommit()
            {
                return Err(error);
            }
        }
        let horizon_ms = self.clock.move_horizon(&transaction, self.clock.now_ms())?;
        transaction.commit()?;
        if let Some(horizon_ms) = horizon_ms {
            self.clock.moved(horizon_ms);
        }
        Ok(())
    }
}

/// Makes an error of a panic: one piece of work must not end the thread that does the work of all.
fn contained<T>(work: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    // What the work may have left half done is taken back with its savepoint, or was its own.
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = format!("a write has panicked: {}", crate::panic::message(&*panic));
        tracing::error!("{message}");
        Err(rusqlite::Error::ToSqlConversionFailure(message.into()))
    })
}

/// Takes back what a piece of work has written when it ends in an error.
fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]).map(|_| ());
    run("SAVEPOINT work")?;
    let outcome = work(connection);
    if outcome.is_err() && !connection.is_autocommit() {
        run("ROLLBACK TO work")?;
    }
    if !connection.is_autocommit() {
        run("RELEASE work")?;
    }
    outcome
}
