//! Runs one event, and notes how that ended.

use super::connections::{ServeError, Served};
use super::failed::Failed;
use super::isolation::{Isolated, Isolation};
use super::metrics::Metrics;
use super::notifier::Notifier;
use super::verdict::{Standing, Verdict, judge};
use crate::contract::{Failure, Invalid, Plan, Receipt};
use crate::engine::{ManifestError, RunError};
use crate::inbox::{Arrival, ConnectionId, Ending, Inbox, Next, Registered, Taken};
use crate::pace::Priority;
use crate::panic;
use crate::storage::StorageError;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

/// How soon a connection whose credential was refused is tried again, in milliseconds.
const PROBE_AFTER_MS: u64 = 10_000;

/// How often noting an ending is tried, and the pause between.
const NOTING_TRIES: u32 = 5;
const NOTING_PAUSE: Duration = Duration::from_secs(1);

/// Runs events.
pub(super) struct Runner {
    inbox: Inbox,
    notifier: Arc<Notifier>,
    budget: Duration,
    metrics: Option<Arc<Metrics>>,
}

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) connection: ConnectionId,
    pub(super) bulk: bool,
    pub(super) standing: Standing,
}

impl Runner {
    pub(super) fn new(inbox: Inbox, notifier: Arc<Notifier>, budget: Duration, metrics: Option<Arc<Metrics>>) -> Self {
        Self {
            inbox,
            notifier,
            budget,
            metrics,
        }
    }

    /// Runs an event.
    pub(super) async fn run(self: Arc<Self>, served: Arc<Served>, taken: Taken) -> Run {
        let span = tracing::info_span!(
            "event",
            number = taken.number,
            connection = served.name,
            trigger = taken.event.trigger,
            id = taken.id,
            subject = taken.subject,
        );
        async move {
            let started = Instant::now();
            let outcome = panic::contain(self.run_once(&served, &taken)).await;
            let outcome = outcome.unwrap_or_else(|message| Ran::Handled(Err(RunError::Panicked(message))));
            let (attempt, stops) = (taken.attempts + 1, taken.stops);
            let verdict = match outcome {
                Ran::Handled(outcome) => judge(outcome, attempt, stops),
                Ran::Planned(Ok(Ok(plan))) => Verdict::planned(plan, taken.attempts > 0),
                Ran::Planned(Ok(Err(failure))) => judge(Ok(Err(failure)), attempt, stops),
                Ran::Planned(Err(error)) => judge(Err(error), attempt, stops),
            };
            self.end(served, taken, verdict, started.elapsed()).await
        }
        .instrument(span)
        .await
    }

    /// Runs an event in a process of its own, for others have ended while they ran it. If that one ends, too, it is the
    /// event's doing, and the event is set aside.
    pub(super) async fn run_isolated(
        self: Arc<Self>,
        isolation: Arc<Isolation>,
        served: Arc<Served>,
        taken: Taken,
    ) -> Run {
        let span = tracing::info_span!(
            "isolated",
            number = taken.number,
            connection = served.name,
            id = taken.id
        );
        async move {
            tracing::warn!(
                lost_runs = taken.lost_runs,
                "processes have ended while they ran this event; it is run in one of its own"
            );
            let started = Instant::now();
            match isolation.run(&taken).await {
                Isolated::Ended => {
                    // It has noted itself how that ended.
                    self.notifier.finished(taken.number);
                    Run {
                        connection: taken.connection,
                        bulk: taken.bulk,
                        standing: Standing::Unknown,
                    }
                }
                Isolated::Killed(how) => self.end(served, taken, Verdict::killed(&how), started.elapsed()).await,
                Isolated::Failed(why) => {
                    let verdict = judge(Err(RunError::Host(why)), taken.attempts + 1, taken.stops);
                    self.end(served, taken, verdict, started.elapsed()).await
                }
            }
        }
        .instrument(span)
        .await
    }

    async fn run_once(&self, served: &Served, taken: &Taken) -> Ran {
        match served.under(taken.configuration, &self.inbox).await {
            Ok(connection) => {
                let priority = if taken.bulk {
                    Priority::Bulk
                } else {
                    Priority::Interactive
                };
                match served.in_shadow {
                    true => Ran::Planned(connection.plan(&taken.event).await),
                    false => Ran::Handled(connection.handle_as(&taken.event, self.budget, priority).await),
                }
            }
            // The configuration that it came under is one of before: `retry` runs it under the present one.
            Err(ServeError::Manifest(ManifestError::Invalid(problems))) => {
                Ran::Handled(Ok(Err(Failure::PermanentInvalid(Invalid { problems }))))
            }
            Err(error) => Ran::Handled(Err(RunError::Host(error.to_string()))),
        }
    }

    /// Says and notes how a run has ended.
    async fn end(&self, served: Arc<Served>, taken: Taken, verdict: Verdict, duration: Duration) -> Run {
        log(&verdict, duration);
        if let Some(metrics) = &self.metrics {
            metrics.observe(&taken.event.trigger, &verdict.ending, duration);
        }
        let run = Run {
            connection: taken.connection,
            bulk: taken.bulk,
            standing: verdict.standing.clone(),
        };
        let follow_up = follow_up(&served, &taken, &verdict).await;
        self.note(taken, verdict, follow_up).await;
        run
    }

    /// Writes down how a run has ended. When that cannot be done for long, the lease ends and the event is run again:
    /// the ledger then gives the same receipt.
    async fn note(&self, taken: Taken, verdict: Verdict, follow_up: Option<(Registered, Arrival)>) {
        let number = taken.number;
        let is_final = !matches!(verdict.next, Next::Wait { .. });
        let (taken, verdict) = (Arc::new(taken), Arc::new(verdict));
        for attempt in 1..=NOTING_TRIES {
            let (inbox, taken, verdict) = (self.inbox.clone(), taken.clone(), verdict.clone());
            let (span, follows) = (tracing::Span::current(), follow_up.clone());
            let noted =
                tokio::task::spawn_blocking(move || span.in_scope(|| write_down(&inbox, &taken, &verdict, follows)))
                    .await;
            match noted {
                Ok(Ok(true)) => {
                    if follow_up.is_some() {
                        self.notifier.accepted();
                    }
                    if is_final {
                        self.notifier.finished(number);
                    }
                    return;
                }
                Ok(Ok(false)) => {
                    tracing::warn!("the run took longer than its lease; whoever has the event now goes on with it");
                    return;
                }
                Ok(Err(error)) => tracing::error!(%error, attempt, "cannot note how the run has ended"),
                Err(error) => tracing::error!(%error, attempt, "cannot note how the run has ended"),
            }
            tokio::time::sleep(NOTING_PAUSE).await;
        }
    }
}

/// What a run came to.
enum Ran {
    Handled(Result<Result<Receipt, Failure>, RunError>),
    /// In shadow mode.
    Planned(Result<Result<Plan, Failure>, RunError>),
}

/// The event that says that this one is set aside. It runs under the configuration of now, whatever that one came under.
async fn follow_up(served: &Served, taken: &Taken, verdict: &Verdict) -> Option<(Registered, Arrival)> {
    if verdict.next != Next::SetAside || served.in_shadow {
        return None;
    }
    let failed = Failed {
        id: &taken.id,
        subject: &taken.subject,
        event: &taken.event,
        bulk: taken.bulk,
    };
    let arrival = failed.follow_up(served, &verdict.ending).await?;
    Some((served.registered, arrival))
}

fn write_down(
    inbox: &Inbox,
    taken: &Taken,
    verdict: &Verdict,
    follow_up: Option<(Registered, Arrival)>,
) -> Result<bool, StorageError> {
    if let Standing::Refused(why) = &verdict.standing
        && inbox.halt(taken.connection, why, PROBE_AFTER_MS)?
    {
        tracing::warn!(why, "the connection is halted until its credential is accepted");
    }
    let welcome = verdict.standing == Standing::Welcome;
    inbox.finish_with(taken, verdict.ending.clone(), verdict.next, welcome, follow_up)
}

fn log(verdict: &Verdict, duration: Duration) {
    match &verdict.ending {
        Ending::Receipt(Receipt { requests, .. }) => tracing::info!(requests, ?duration, "done"),
        Ending::Planned(Plan { requests, .. }) => tracing::info!(requests, ?duration, "planned; nothing was sent"),
        Ending::Failure(Failure::Deferred(deferred)) => {
            tracing::info!(reason = %deferred.reason, after_ms = deferred.after_ms, ?duration, "deferred");
        }
        Ending::Failure(Failure::PermanentRefused(refused)) => {
            let reply = refused.reply.as_ref();
            let trace_id = reply.and_then(|reply| reply.trace_id.as_deref());
            tracing::warn!(
                code = refused.code,
                trace_id,
                ?duration,
                "set aside: {}",
                refused.message
            );
        }
        Ending::Failure(Failure::PermanentUndecided(undecided)) => {
            tracing::warn!(code = undecided.code, ?duration, "set aside: {}", undecided.message);
        }
        Ending::Failure(Failure::PermanentInvalid(invalid)) => {
            tracing::warn!(
                problems = invalid.problems.len(),
                ?duration,
                "set aside: the event cannot be used"
            );
        }
        Ending::Failure(Failure::PermanentExpired(_)) => tracing::warn!(?duration, "set aside: its time was over"),
        Ending::Stopped(stopped) => tracing::error!(?duration, "{}", stopped.message),
    }
}
