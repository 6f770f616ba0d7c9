//! The callers whose connections are open, and which of them is displaced when there are too many.
//!
//! A flood of silent or slow callers must not keep the others out. So a newcomer always gets a place: from whoever has
//! been idle for longest. A request that is coming in, or waits for an outcome, can be displaced as well, and is
//! answered. Only requests that are being worked on keep their places; they end by themselves, and soon.

use super::error::ApiError;
use axum::extract::Request;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How much older than an idle caller one has to be that is displaced in the middle of a request. It gives bodies the
/// time to come in, and keeps a newcomer from being displaced before its head is there.
const REQUEST_BONUS: Duration = Duration::from_secs(2);

/// The callers whose connections are open, up to a number of them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Callers {
    open: Arc<Mutex<Open>>,
    limit: usize,
}

#[derive(Default)]
struct Open {
    places: HashMap<u64, Place>,
    next: u64,
}

/// What is known of a caller.
struct Place {
    activity: Activity,
    displaced: watch::Sender<Option<Displaced>>,
}

/// What a caller's connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    /// No request is under way since then: the caller is silent, or sends a head, or reads an answer.
    Idle(Instant),
    /// Since then a request waits for what comes from elsewhere, and can be answered early.
    Waiting(Instant),
    /// A request is being worked on.
    Working,
}

/// How a caller loses its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Displaced {
    /// Nobody waits for an answer: the connection is closed.
    Idle,
    /// The request under way is answered, and the connection is closed behind it.
    InRequest,
}

/// One caller. Its place is free again when this is dropped.
pub(super) struct Caller {
    number: u64,
    open: Arc<Mutex<Open>>,
    displaced: watch::Receiver<Option<Displaced>>,
}

/// A request that is being worked on, until it is dropped.
pub(super) struct Work<'c> {
    caller: &'c Caller,
}

impl Callers {
    /// No callers yet, and never more than `limit`.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            open: Arc::default(),
            limit: limit.max(1),
        }
    }

    /// Gives a newcomer a place, if need be that of another. Nothing: all are being worked for.
    pub(super) fn enter(&self) -> Option<Caller> {
        let mut open = lock(&self.open);
        if open.places.len() >= self.limit && !open.displace() {
            return None;
        }
        let (sender, displaced) = watch::channel(None);
        let number = open.next;
        open.next += 1;
        let place = Place {
            activity: Activity::Idle(Instant::now()),
            displaced: sender,
        };
        open.places.insert(number, place);
        Some(Caller {
            number,
            open: self.open.clone(),
            displaced,
        })
    }

    /// Displaces a caller for want of something other than places.
    pub(super) fn displace(&self) {
        lock(&self.open).displace();
    }

    /// Whether the next newcomer gets the place of another.
    pub(super) fn are_full(&self) -> bool {
        lock(&self.open).places.len() >= self.limit
    }
}

impl Open {
    /// Takes the place of the caller that has waited for longest. False: all are being worked for.
    fn displace(&mut self) -> bool {
        let places = self.places.iter();
        let displaceable = places.filter_map(|(number, place)| Some((place.activity.displaced_after()?, *number)));
        let Some((_, number)) = displaceable.min() else {
            return false;
        };
        if let Some(place) = self.places.remove(&number) {
            let how = match place.activity {
                Activity::Waiting(_) => Displaced::InRequest,
                Activity::Idle(_) | Activity::Working => Displaced::Idle,
            };
            place.displaced.send_replace(Some(how));
        }
        true
    }
}

impl Activity {
    /// What decides who is displaced first: the earliest.
    fn displaced_after(self) -> Option<Instant> {
        match self {
            Self::Idle(since) => Some(since),
            Self::Waiting(since) => Some(since + REQUEST_BONUS),
            Self::Working => None,
        }
    }
}

impl Caller {
    /// Whoever sends this request.
    pub(super) fn of(request: &Request) -> Result<Arc<Self>, ApiError> {
        let caller = request.extensions().get::<Arc<Self>>().cloned();
        caller.ok_or_else(|| ApiError::internal(&"a request came from no caller"))
    }

    /// A request has come, and is worked on until what is returned is dropped.
    pub(super) fn work(&self) -> Work<'_> {
        self.turn(Activity::Working);
        Work { caller: self }
    }

    /// Waits for what comes from elsewhere, in the middle of a request. Nothing: the caller was displaced meanwhile.
    pub(super) async fn wait<T>(&self, awaited: impl Future<Output = T>) -> Option<T> {
        self.turn(Activity::Waiting(Instant::now()));
        let ended = tokio::select! {
            biased;
            ended = awaited => Some(ended),
            () = self.displaced() => None,
        };
        self.turn(Activity::Working);
        ended
    }

    /// Whether the place went to somebody else.
    pub(super) fn is_displaced(&self) -> bool {
        self.displaced.borrow().is_some()
    }

    /// Waits until the place went to somebody else.
    async fn displaced(&self) {
        self.displaced_how().await;
    }

    /// Waits until the connection is to be closed: at once, or once the request under way had `time` to be answered.
    pub(super) async fn dismissed(&self, time: Duration) {
        if self.displaced_how().await == Displaced::InRequest {
            tokio::time::sleep(time).await;
        }
    }

    async fn displaced_how(&self) -> Displaced {
        let mut displaced = self.displaced.clone();
        // The sender goes with the place: it is taken by another, which was said before, or by the drop of this.
        let how = displaced.wait_for(Option::is_some).await.map(|how| *how);
        how.ok().flatten().unwrap_or(Displaced::Idle)
    }

    fn turn(&self, activity: Activity) {
        if let Some(place) = lock(&self.open).places.get_mut(&self.number) {
            place.activity = activity;
        }
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.caller.turn(Activity::Idle(Instant::now()));
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        lock(&self.open).places.remove(&self.number);
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[test]
    fn newcomer_gets_place_of_whoever_is_idle_for_longest() {
        let callers = Callers::new(2);
        let [first, second] = [(), ()].map(|()| callers.enter().unwrap());
        drop(first.work());
        let _newcomer = callers.enter().unwrap();
        assert!(second.is_displaced(), "the other one has had a request since");
        assert!(!first.is_displaced());
        let _newcomer = callers.enter().unwrap();
        assert!(first.is_displaced());
    }

    #[test]
    fn callers_that_are_worked_for_keep_their_places() {
        let callers = Callers::new(2);
        let [first, second] = [(), ()].map(|()| callers.enter().unwrap());
        let (work, _other) = (first.work(), second.work());
        assert!(callers.enter().is_none());
        drop(work);
        assert!(callers.enter().is_some());
        assert!(first.is_displaced() && !second.is_displaced());
    }

    #[test]
    fn place_is_free_once_its_caller_has_gone() {
        let callers = Callers::new(1);
        let caller = callers.enter().unwrap();
        assert!(callers.are_full());
        drop(caller);
        assert!(!callers.are_full());
    }

    #[tokio::test]
    async fn idle_newcomer_is_not_displaced_before_requests_that_have_waited_for_long() {
        let callers = Callers::new(2);
        let waits = callers.enter().unwrap();
        let mut waiting = Box::pin(waits.wait(pending::<()>()));
        assert!(tokio::time::timeout(Duration::ZERO, &mut waiting).await.is_err());
        waits.turn(Activity::Waiting(Instant::now() - REQUEST_BONUS));
        let newcomer = callers.enter().unwrap();
        let _next = callers.enter().unwrap();
        assert!(!newcomer.is_displaced());
        assert_eq!(waiting.await, None);
    }

    #[tokio::test]
    async fn request_that_comes_in_is_not_displaced_before_callers_that_are_silent() {
        let callers = Callers::new(2);
        let receives = callers.enter().unwrap();
        let mut receiving = Box::pin(receives.wait(pending::<()>()));
        assert!(tokio::time::timeout(Duration::ZERO, &mut receiving).await.is_err());
        let silent = callers.enter().unwrap();
        let _newcomer = callers.enter().unwrap();
        assert!(silent.is_displaced() && !receives.is_displaced());
    }
}
