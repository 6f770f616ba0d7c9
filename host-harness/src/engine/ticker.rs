//! The thread that advances an engine's epoch.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;
use wasmtime::Engine;

/// How often running components are looked at.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// Ticks until it is dropped.
pub(super) struct Ticker {
    // Its end tells the thread to stop.
    _stop: Sender<()>,
}

impl Ticker {
    pub(super) fn start(engine: &Engine) -> std::io::Result<Self> {
        let engine = engine.weak();
        let (stop, stopped) = channel();
        thread::Builder::new().name("knock-epoch".to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
        Ok(Self { _stop: stop })
    }
}
