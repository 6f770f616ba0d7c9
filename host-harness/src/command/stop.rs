//! Being told to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether somebody wants it to end: the service manager, or a person at the terminal.
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// From now on it is known when that is.
    pub(super) fn when_told() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (tell, told) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("told to stop");
            tell.send_replace(true);
        });
        Ok(Self(told))
    }

    /// Ready when it is to end.
    pub(super) fn told(&self) -> impl Future<Output = ()> + use<> {
        let mut told = self.0.clone();
        async move {
            // Nobody is left who could tell: that is telling, too.
            let _ = told.wait_for(|told| *told).await;
        }
    }
}
