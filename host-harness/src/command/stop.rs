//! Being told to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How often somebody said that it is to end: the service manager, or a person at the terminal.
pub(super) struct Stop(watch::Receiver<u32>);

impl Stop {
    /// From now on it is known when that is.
    pub(super) fn when_told() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (tell, told) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                let signal = tokio::select! {
                    signal = terminate.recv() => signal,
                    signal = interrupt.recv() => signal,
                };
                tracing::info!("told to stop");
                tell.send_modify(|times| *times += 1);
                if signal.is_none() {
                    return;
                }
            }
        });
        Ok(Self(told))
    }

    /// Ready when it is to end.
    pub(super) fn told(&self) -> impl Future<Output = ()> + use<> {
        self.told_times(1)
    }

    /// Ready when it is to end at once: it was told a second time.
    pub(super) fn told_again(&self) -> impl Future<Output = ()> + use<> {
        self.told_times(2)
    }

    fn told_times(&self, times: u32) -> impl Future<Output = ()> + use<> {
        let mut told = self.0.clone();
        async move {
            // Nobody is left who could tell: that is telling, too.
            let _ = told.wait_for(|told| *told >= times).await;
        }
    }
}
