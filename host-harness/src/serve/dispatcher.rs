//! Runs what is due, for all connections, fairly.

use super::connections::Connections;
use super::forget::forget;
use super::isolation::{Isolation, LOST_RUNS};
use super::load::Load;
use super::metrics::Metrics;
use super::notifier::Notifier;
use super::runner::{Run, Runner};
use super::verdict::Standing;
use crate::inbox::{Appetite, ConnectionId, Inbox, Round};
use crate::pace::Priority;
use crate::storage::{StorageError, whole_ms};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::{self, JoinSet};

/// How often to look for what other processes have taken in, and for what the clock has made due.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long to wait when the inbox cannot be used.
const INBOX_PAUSE: Duration = Duration::from_secs(1);

/// How near a place within the provider's limit has to be for an event to begin.
const PLACE_IS_NEAR: Duration = Duration::from_millis(500);

/// How often to compare the state file's clock with the wall clock where they differed.
const CLOCK_EVERY: Duration = Duration::from_secs(60);

/// How often to forget what is old enough to be forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// How much a dispatcher does at a time.
#[derive(Clone, Debug)]
pub struct DispatcherOptions {
    /// Events that run at the same time.
    pub concurrency: usize,
    /// Those of them of one connection.
    pub per_connection: usize,
    /// How long one run may begin requests.
    pub budget: Duration,
    /// How long a run may take beyond its budget. After that it is taken for lost, and somebody else runs the event.
    pub beyond_budget: Duration,
    /// How long runs may go on when the host is told to stop.
    pub grace: Duration,
    /// How long what came in with a finished event is kept.
    pub keep: Duration,
    /// How long what came in with a failed event is kept that nobody handles.
    pub keep_failed: Duration,
}

impl Default for DispatcherOptions {
    fn default() -> Self {
        Self {
            concurrency: 64,
            per_connection: 8,
            budget: Duration::from_secs(25),
            beyond_budget: Duration::from_secs(75),
            grace: Duration::from_secs(20),
            keep: Duration::from_secs(45 * 24 * 3_600),
            keep_failed: Duration::from_secs(180 * 24 * 3_600),
        }
    }
}

/// Takes events out of the inbox and runs them.
pub struct Dispatcher {
    inbox: Inbox,
    connections: Connections,
    notifier: Arc<Notifier>,
    options: DispatcherOptions,
    runner: Arc<Runner>,
    isolation: Option<Arc<Isolation>>,
    metrics: Option<Arc<Metrics>>,
    loads: HashMap<ConnectionId, Load>,
    runs: JoinSet<Run>,
    /// Whose runs they are, for those that do not come to an end of their own.
    running: HashMap<task::Id, (ConnectionId, bool)>,
    last_served: Option<ConnectionId>,
    /// When the state file's clock was last found to be right, or could not be set.
    clock_seen: Option<Instant>,
}

impl Dispatcher {
    /// A dispatcher that runs nothing yet.
    pub fn new(inbox: Inbox, connections: Connections, notifier: Arc<Notifier>, options: DispatcherOptions) -> Self {
        let runner = Runner::new(inbox.clone(), notifier.clone(), options.budget, None);
        Self {
            runner: Arc::new(runner),
            metrics: None,
            inbox,
            connections,
            notifier,
            options,
            isolation: None,
            loads: HashMap::new(),
            runs: JoinSet::new(),
            running: HashMap::new(),
            clock_seen: None,
            last_served: None,
        }
    }

    /// Counts what it runs.
    pub fn counted_by(mut self, metrics: Arc<Metrics>) -> Self {
        let (inbox, notifier) = (self.inbox.clone(), self.notifier.clone());
        self.metrics = Some(metrics.clone());
        self.runner = Arc::new(Runner::new(inbox, notifier, self.options.budget, Some(metrics)));
        self
    }

    /// Runs events of which processes seem to die in processes of their own.
    pub fn isolating(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(Arc::new(isolation));
        self
    }

    /// Runs one event that another process has taken, under the lease that it has. `false`: that is over.
    pub async fn run_only(self, number: u64, lease: i64) -> Result<bool, StorageError> {
        let inbox = self.inbox.clone();
        let adopted = task::spawn_blocking(move || inbox.adopt(number, lease)).await;
        let Ok(adopted) = adopted else { return Ok(false) };
        let Some(taken) = adopted? else { return Ok(false) };
        let Some(served) = self.connections.by_id(taken.connection) else {
            return Ok(false);
        };
        self.runner.run(served.clone(), taken).await;
        Ok(true)
    }

    /// Runs what is due until `stop` is ready, and then waits for what has begun, for a while.
    ///
    /// What is still running then is taken for lost: its lease ends, and whoever serves the inbox then runs it again,
    /// with the ledger to say what was done.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut forgotten: Option<Instant> = None;
        loop {
            if forgotten.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
                self.forget().await;
                forgotten = Some(Instant::now());
            }
            let pause = self.round().await;
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(run) = self.runs.join_next_with_id() => self.note(run),
                () = self.notifier.wait_accepted() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        let running = self.runs.len();
        if running > 0 {
            tracing::info!(running, "stopping when what runs has ended");
        }
        let rest = async { while self.runs.join_next().await.is_some() {} };
        if tokio::time::timeout(self.options.grace, rest).await.is_err() {
            tracing::warn!("some runs did not end in time; their events are run again later");
        }
    }

    /// Runs until nothing is left that waits for these connections, or `stop` is ready.
    pub async fn drain(mut self, stop: impl Future<Output = ()>, mut progress: impl FnMut()) -> bool {
        let mut stop = std::pin::pin!(stop);
        loop {
            let pause = self.round().await;
            progress();
            if self.runs.is_empty() && self.nothing_waits().await {
                return true;
            }
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(run) = self.runs.join_next_with_id() => self.note(run),
                () = tokio::time::sleep(pause) => {}
            }
        }
        let rest = async { while self.runs.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(self.options.grace, rest).await;
        false
    }

    /// Begins what is due and has room. Says how long nothing else will be due.
    async fn round(&mut self) -> Duration {
        while let Some(run) = self.runs.try_join_next_with_id() {
            self.note(run);
        }
        if self.waits_to_set_clock().await {
            return LOOK_EVERY;
        }
        let room = self.options.concurrency.saturating_sub(self.runs.len());
        let (appetites, pause) = self.appetites();
        if room == 0 || appetites.is_empty() {
            return pause;
        }
        let (inbox, after) = (self.inbox.clone(), self.last_served);
        let lease_ms = whole_ms(self.options.budget + self.options.beyond_budget);
        let round = task::spawn_blocking(move || inbox.take(appetites, after, room, lease_ms));
        let Round { taken, next_due_ms } = match round.await {
            Ok(Ok(round)) => round,
            Ok(Err(error)) => {
                tracing::error!(%error, "cannot look into the inbox");
                return INBOX_PAUSE;
            }
            Err(error) => {
                tracing::error!(%error, "cannot look into the inbox");
                return INBOX_PAUSE;
            }
        };
        for taken in taken {
            let Some(served) = self.connections.by_id(taken.connection) else {
                continue;
            };
            self.last_served = Some(taken.connection);
            self.loads.entry(taken.connection).or_default().begin(taken.bulk);
            let (connection, bulk, served) = (taken.connection, taken.bulk, served.clone());
            let runner = self.runner.clone();
            let isolation = self.isolation.clone().filter(|_| taken.lost_runs >= LOST_RUNS);
            let task = match isolation {
                Some(isolation) => self.runs.spawn(runner.run_isolated(isolation, served, taken)),
                None => self.runs.spawn(runner.run(served, taken)),
            };
            self.running.insert(task.id(), (connection, bulk));
        }
        pause.min(next_due_ms.map_or(LOOK_EVERY, Duration::from_millis))
    }

    /// How much each connection may begin, and until when that stays so.
    fn appetites(&self) -> (HashMap<ConnectionId, Appetite>, Duration) {
        let now = Instant::now();
        let mut pause = LOOK_EVERY;
        // However many connections are in trouble, half of the room is for the others.
        let troubled: usize = self
            .loads
            .values()
            .filter(|load| load.troubled())
            .map(Load::running)
            .sum();
        let mut room_for_trouble = self.options.concurrency.div_ceil(2).saturating_sub(troubled);
        let (mut appetites, idle) = (HashMap::new(), Load::default());
        for served in self.connections.iter() {
            let id = served.registered.connection;
            let load = self.loads.get(&id).unwrap_or(&idle);
            if let Some(until) = load.paused_until().filter(|until| *until > now) {
                pause = pause.min(until - now);
            }
            let mut events = load.room(self.options.per_connection, now);
            if load.troubled() {
                events = events.min(room_for_trouble);
                room_for_trouble -= events;
            }
            let mut near = |priority| {
                let away = served.connection.ready_in(priority).saturating_sub(PLACE_IS_NEAR);
                if !away.is_zero() {
                    pause = pause.min(away);
                }
                away.is_zero()
            };
            if events == 0 || !near(Priority::Interactive) {
                continue;
            }
            let bulk = match near(Priority::Bulk) {
                true => load.room_for_bulk(self.options.per_connection),
                false => 0,
            };
            appetites.insert(id, Appetite { events, bulk });
        }
        (appetites, pause)
    }

    /// Whether the state file's clock is wrong and is to be set as soon as nothing runs. It is set here, unless another
    /// process works with the file.
    async fn waits_to_set_clock(&mut self) -> bool {
        let file = self.inbox.file().clone();
        let seen = self.clock_seen.is_some_and(|seen| seen.elapsed() < CLOCK_EVERY);
        if seen || !file.clock_is_off() {
            return false;
        }
        let idle = self.runs.is_empty();
        let set = task::spawn_blocking(move || match file.is_alone()? {
            true if idle => file.set_clock().map(Some),
            true => Ok(None),
            false => Ok(Some(false)),
        });
        match set.await {
            // What runs reckons with the clock as it is.
            Ok(Ok(None)) => return true,
            Ok(Ok(Some(true))) => tracing::warn!("the clock of the state file was wrong, and is set"),
            Ok(Ok(Some(false))) => {}
            Ok(Err(error)) => tracing::error!(%error, "cannot set the clock of the state file"),
            Err(error) => tracing::error!(%error, "cannot set the clock of the state file"),
        }
        self.clock_seen = Some(Instant::now());
        false
    }

    fn note(&mut self, run: Result<(task::Id, Run), task::JoinError>) {
        match run {
            Ok((id, run)) => {
                self.running.remove(&id);
                let load = self.loads.entry(run.connection).or_default();
                load.end(run.bulk, &run.standing, Instant::now());
            }
            // Its lease ends, and it is run again.
            Err(error) => {
                tracing::error!(%error, "a run has been lost");
                if let Some((connection, bulk)) = self.running.remove(&error.id()) {
                    let load = self.loads.entry(connection).or_default();
                    load.end(bulk, &Standing::Unknown, Instant::now());
                }
            }
        }
    }

    async fn nothing_waits(&self) -> bool {
        let inbox = self.inbox.clone();
        let ids: Vec<_> = self
            .connections
            .iter()
            .map(|served| served.registered.connection)
            .collect();
        let waiting = task::spawn_blocking(move || {
            ids.into_iter()
                .try_fold(0, |sum, id| Ok::<_, StorageError>(sum + inbox.backlog(id, 1)?))
        });
        matches!(waiting.await, Ok(Ok(0)))
    }

    async fn forget(&self) {
        let (inbox, metrics) = (self.inbox.clone(), self.metrics.clone());
        let (keep, keep_failed) = (self.options.keep, self.options.keep_failed);
        let forget = move || forget(&inbox, keep, keep_failed, metrics.as_deref());
        match tokio::task::spawn_blocking(forget).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "cannot forget what is old"),
            Err(error) => tracing::error!(%error, "cannot forget what is old"),
        }
    }
}
