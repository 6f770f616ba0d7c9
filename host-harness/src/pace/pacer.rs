//! Waiting for a place.

use super::budget::{Budget, Day, Wait};
use super::errand::{Errand, Priority};
use super::store::PaceStore;
use super::terms::Terms;
use crate::storage::whole_ms;
use http::{HeaderMap, StatusCode};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify};

/// How long to wait when the budget could not be looked at. Only at the end of a process is that so.
const LOOK_AGAIN_MS: u64 = 1_000;

/// Lets the requests of one account out, no faster than the provider allows.
pub struct Pacer {
    account: String,
    terms: Terms,
    store: Arc<dyn PaceStore>,
    interactive: Queue,
    bulk: Queue,
    given_back: Notify,
}

/// Those of one priority in this process. They get their places in the order in which they came.
#[derive(Default)]
struct Queue {
    /// Held by whoever is first.
    head: Mutex<()>,
    /// When the first one has a place, as far as this process has seen.
    ready_ms: AtomicU64,
}

/// There is no place in time. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the provider's rate limit leaves no place in time; the next one is {} ms away", .after.as_millis())]
pub struct NoPlace {
    /// How long it is until there may be one.
    pub after: Duration,
}

impl Pacer {
    /// The pacer of an account, by its name in the state file. A process has one for each account: see
    /// [`Pacers`](super::Pacers).
    pub fn new(account: impl Into<String>, terms: Terms, store: Arc<dyn PaceStore>) -> Arc<Self> {
        Arc::new(Self {
            account: account.into(),
            terms,
            store,
            interactive: Queue::default(),
            bulk: Queue::default(),
            given_back: Notify::new(),
        })
    }

    /// Waits for a place, no longer than `patience`; not at all when there will surely be none by then.
    pub async fn acquire(self: &Arc<Self>, errand: &Errand, patience: Duration) -> Result<Place, NoPlace> {
        let deadline_ms = self.store.now_ms().saturating_add(whole_ms(patience));
        let queue = self.queue(errand.priority);
        let ready_ms = || queue.ready_ms.load(Ordering::Relaxed);
        let _head = match queue.head.try_lock() {
            Ok(head) => head,
            Err(_) if ready_ms() > deadline_ms => return Err(self.no_place(ready_ms())),
            Err(_) => match tokio::time::timeout(patience, queue.head.lock()).await {
                Ok(head) => head,
                Err(_) => return Err(self.no_place(ready_ms())),
            },
        };
        loop {
            let mut given_back = pin!(self.given_back.notified());
            given_back.as_mut().enable();
            let until_ms = match self.take(errand).await {
                Ok(place) => return Ok(place),
                Err(wait) => wait.until_ms,
            };
            if until_ms > deadline_ms {
                return Err(self.no_place(until_ms));
            }
            let pause = Duration::from_millis(until_ms.saturating_sub(self.store.now_ms()));
            tokio::select! {
                () = given_back => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// How long it is until a request may have a place, as far as this process has seen.
    pub fn ready_in(&self, priority: Priority) -> Duration {
        let ready_ms = self.queue(priority).ready_ms.load(Ordering::Relaxed);
        Duration::from_millis(ready_ms.saturating_sub(self.store.now_ms()))
    }

    /// The day whose requests are used up, and how long it lasts; `None` while some are left for this priority.
    pub async fn used_up_day(self: &Arc<Self>, priority: Priority) -> Option<(Day, Duration)> {
        let pacer = self.clone();
        let look = move |budget: &mut Budget, now_ms: u64| {
            let day = budget.used_up_day(priority, now_ms)?;
            Some((day, Duration::from_millis(day.reset_ms.saturating_sub(now_ms))))
        };
        let looked = tokio::task::spawn_blocking(move || pacer.change(|budget, now_ms| (look(budget, now_ms), None)));
        looked.await.ok().flatten().flatten()
    }

    fn queue(&self, priority: Priority) -> &Queue {
        match priority {
            Priority::Interactive => &self.interactive,
            Priority::Bulk => &self.bulk,
        }
    }

    fn no_place(&self, ready_ms: u64) -> NoPlace {
        let after_ms = ready_ms.saturating_sub(self.store.now_ms());
        NoPlace {
            after: Duration::from_millis(after_ms.max(1)),
        }
    }

    async fn take(self: &Arc<Self>, errand: &Errand) -> Result<Place, Wait> {
        let (pacer, errand, id) = (self.clone(), errand.clone(), fastrand::u64(..));
        let taken = tokio::task::spawn_blocking(move || {
            let taken = pacer.change(|budget, now_ms| {
                let taken = budget.take(&pacer.terms, errand.priority, id, now_ms);
                (taken, taken.is_ok().then(|| errand.clone()))
            });
            // From here on it is left by whoever drops it, also when nobody waits for it any more.
            taken.map(|taken| taken.map(|()| Place { pacer, id, open: true }))
        });
        let look_again = Wait {
            until_ms: self.store.now_ms().saturating_add(LOOK_AGAIN_MS),
        };
        taken.await.ok().flatten().unwrap_or(Err(look_again))
    }

    /// Changes the budget, and notes when the next places are free.
    fn change<T>(&self, change: impl Fn(&mut Budget, u64) -> (T, Option<Errand>)) -> Option<T> {
        let mut outcome = None;
        self.store.change(&self.account, &mut |budget, now_ms| {
            let (value, errand) = change(budget, now_ms);
            outcome = Some(value);
            for priority in [Priority::Interactive, Priority::Bulk] {
                let ready_ms = budget.ready_ms(priority, now_ms);
                self.queue(priority).ready_ms.store(ready_ms, Ordering::Relaxed);
            }
            errand
        });
        outcome
    }
}

/// The right to send one request now. One that is dropped counts as a request that nobody waits for any more.
#[must_use]
pub struct Place {
    pacer: Arc<Pacer>,
    id: u64,
    open: bool,
}

impl Place {
    /// The request was answered.
    pub async fn end(self, status: StatusCode, headers: &HeaderMap) {
        let told = self.pacer.terms.read(status, headers);
        self.close(move |pacer, id, budget, now_ms| budget.end(&pacer.terms, id, &told, now_ms))
            .await;
    }

    /// The request was surely not sent.
    pub async fn give_back(self) {
        self.close(|_, id, budget, _| budget.give_back(id)).await;
    }

    async fn close(mut self, change: impl Fn(&Pacer, u64, &mut Budget, u64) + Send + 'static) {
        self.open = false;
        let (pacer, id) = (self.pacer.clone(), self.id);
        // It goes on when nobody waits for it any more.
        let closed = tokio::task::spawn_blocking(move || {
            pacer.change(|budget, now_ms| (change(&pacer, id, budget, now_ms), None));
            pacer.given_back.notify_waiters();
        });
        // Nothing to be done where the process ends: the place is held as long as a request may take, at most.
        let _ = closed.await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(runtime) = self.open.then(Handle::try_current).and_then(Result::ok) else {
            return;
        };
        let (pacer, id) = (self.pacer.clone(), self.id);
        drop(runtime.spawn_blocking(move || {
            pacer.change(|budget, _| (budget.abandon(id), None));
            pacer.given_back.notify_waiters();
        }));
    }
}
