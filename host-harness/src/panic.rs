//! Panics, where they must not end more than what has panicked.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Runs a future to its end, or to its panic: then its message.
pub(crate) async fn contain<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    // After a panic it is not polled again, so that nobody sees what it may have left half done.
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        polled.map_or_else(|panic| Poll::Ready(Err(message(&*panic))), |poll| poll.map(Ok))
    })
    .await
}

/// The message of a panic, from what was caught of it.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn panic_of_a_future_is_its_message() {
        assert_eq!(contain(async { 1 }).await, Ok(1));
        let panics = contain(async {
            tokio::task::yield_now().await;
            assert_eq!(1, 2, "one is not two");
        });
        assert!(panics.await.unwrap_err().contains("one is not two"));
        assert_eq!(
            contain(async { panic!("short") }).await,
            Err::<(), _>("short".to_owned())
        );
    }
}
