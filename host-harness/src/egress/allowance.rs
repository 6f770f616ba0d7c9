//! What the requests of one call may use together, whatever the component does.

use super::error::EgressError;
use bytes::Bytes;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::unconstrained;
use tokio::time::timeout;

/// Bounds for all requests of one call together.
#[derive(Clone, Copy, Debug)]
pub struct RequestBounds {
    /// Most requests that are under way at the same time; more of them wait.
    pub in_flight: usize,
    /// Most bytes of requests and replies in memory at the same time: what is under way counts with the largest that
    /// it may become, and a reply counts until the component has read or dropped it.
    pub held_bytes: usize,
}

/// How finely bytes are counted.
const GRAIN: usize = 1024;

/// What is left of the bounds of one call.
#[derive(Clone)]
pub(super) struct Allowance {
    in_flight: Arc<Semaphore>,
    held: Arc<Semaphore>,
    all_grains: u32,
}

/// The place of one request in the queue for its part.
pub(super) struct Turn {
    held: Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>,
    taken: Option<Result<OwnedSemaphorePermit, AcquireError>>,
    in_flight: Arc<Semaphore>,
}

/// The part of one request. Dropping it gives it back.
pub(super) struct Share {
    _in_flight: OwnedSemaphorePermit,
    held: OwnedSemaphorePermit,
}

impl Allowance {
    pub(super) fn new(bounds: RequestBounds) -> Self {
        let all_grains = grains(bounds.held_bytes).max(1);
        Self {
            in_flight: Arc::new(Semaphore::new(bounds.in_flight.max(1))),
            held: Arc::new(Semaphore::new(
                usize::try_from(all_grains).unwrap_or(Semaphore::MAX_PERMITS),
            )),
            all_grains,
        }
    }

    /// Begins to wait for the part of a request that may come to `largest` bytes with its reply. One that may become
    /// larger than all there is goes alone.
    ///
    /// They get their parts in the order of these calls, whichever of them is driven first: a component reads replies in
    /// the order of its requests, and would wait for the first while the room is taken by replies to later ones.
    pub(super) fn queue(&self, largest: usize) -> Turn {
        let wanted = grains(largest).min(self.all_grains);
        let mut held = Box::pin(unconstrained(self.held.clone().acquire_many_owned(wanted)));
        // It is in the queue once it has been polled.
        let taken = match held.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(taken) => Some(taken),
            Poll::Pending => None,
        };
        Turn {
            held,
            taken,
            in_flight: self.in_flight.clone(),
        }
    }
}

impl Turn {
    /// Waits for the part.
    pub(super) async fn take(self, patience: Duration) -> Result<Share, EgressError> {
        let taken = timeout(patience, async {
            Ok(Share {
                held: match self.taken {
                    Some(taken) => taken?,
                    None => self.held.await?,
                },
                // After the room, which may only come free when the component reads; this always does.
                _in_flight: self.in_flight.acquire_owned().await?,
            })
        });
        match taken.await {
            Ok(Ok(share)) => Ok(share),
            Ok(Err(AcquireError { .. })) | Err(_) => Err(EgressError::Crowded),
        }
    }
}

impl Share {
    /// The request has ended with a reply of so many bytes besides its body. The body keeps as much as the reply is
    /// large until nobody holds it any more; the rest is given back.
    pub(super) fn hold(self, head_bytes: usize, body: Bytes) -> Bytes {
        let Self { mut held, _in_flight } = self;
        let wanted = usize::try_from(grains(head_bytes.saturating_add(body.len()))).unwrap_or(usize::MAX);
        let kept = held.split(wanted.min(held.num_permits()));
        Bytes::from_owner(Held { body, _kept: kept })
    }
}

struct Held {
    body: Bytes,
    _kept: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

fn grains(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(GRAIN)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn allowance(in_flight: usize, held_bytes: usize) -> Allowance {
        Allowance::new(RequestBounds { in_flight, held_bytes })
    }

    #[tokio::test]
    async fn requests_beyond_the_most_wait_for_one_that_ends() {
        let allowance = allowance(2, 1 << 20);
        let first = allowance.queue(GRAIN).take(NOW).await.unwrap_or_else(|_| panic!());
        let _second = allowance.queue(GRAIN).take(NOW).await.unwrap_or_else(|_| panic!());
        assert!(matches!(
            allowance.queue(GRAIN).take(NOW).await,
            Err(EgressError::Crowded)
        ));
        drop(first);
        assert!(allowance.queue(GRAIN).take(NOW).await.is_ok());
    }

    #[tokio::test]
    async fn reply_counts_until_nobody_holds_it() {
        let allowance = allowance(8, 4 * GRAIN);
        let share = allowance.queue(4 * GRAIN).take(NOW).await.unwrap_or_else(|_| panic!());
        assert!(allowance.queue(1).take(NOW).await.is_err());
        let reply = share.hold(GRAIN, Bytes::from(vec![7; 2 * GRAIN]));
        assert_eq!(reply.len(), 2 * GRAIN);
        // What it did not become is free, and what it is is not.
        assert!(allowance.queue(GRAIN).take(NOW).await.is_ok());
        assert!(allowance.queue(2 * GRAIN).take(NOW).await.is_err());
        let read = reply.slice(1..2);
        drop(reply);
        assert!(allowance.queue(2 * GRAIN).take(NOW).await.is_err());
        drop(read);
        assert!(allowance.queue(4 * GRAIN).take(NOW).await.is_ok());
    }

    #[tokio::test]
    async fn request_larger_than_all_goes_alone() {
        let allowance = allowance(8, GRAIN);
        let share = allowance.queue(100 * GRAIN).take(NOW).await;
        assert!(share.is_ok());
        assert!(allowance.queue(1).take(NOW).await.is_err());
    }

    #[tokio::test]
    async fn parts_are_given_in_the_order_of_the_requests() {
        let allowance = allowance(8, 4 * GRAIN);
        let all = allowance.queue(4 * GRAIN).take(NOW).await;
        let (first, second) = (allowance.queue(4 * GRAIN), allowance.queue(GRAIN));
        drop(all);
        // The second is driven before the first, and smaller.
        assert!(second.take(NOW).await.is_err());
        assert!(first.take(NOW).await.is_ok());
    }
}
