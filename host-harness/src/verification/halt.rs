//! Being told to stop.

use tokio::sync::watch;

/// Whether it was told to stop.
#[derive(Clone, Debug)]
pub(super) struct Halt(Option<watch::Receiver<bool>>);

impl Halt {
    /// One that is told by `true`.
    pub(super) fn when(told: watch::Receiver<bool>) -> Self {
        Self(Some(told))
    }

    /// One that is never told.
    pub(super) fn never() -> Self {
        Self(None)
    }

    pub(super) fn is_told(&self) -> bool {
        self.0.as_ref().is_some_and(|told| *told.borrow())
    }

    /// Ready when it is told.
    pub(super) async fn told(&self) {
        if let Some(mut told) = self.0.clone()
            && told.wait_for(|told| *told).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}
