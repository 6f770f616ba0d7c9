//! `knock run`: carries an event out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use host_harness::contract::Failure;
use host_harness::egress::{Exchange, Tap};

use super::connect::{Need, connect};
use super::exit::Exit;
use super::input::{Inputs, duration};
use super::{Options, print};

/// How long one call may begin requests.
const BUDGET: Duration = Duration::from_secs(25);

/// Carry an event out, and call again until it is done.
#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    inputs: Inputs,
    /// How long to call again before giving up for now.
    #[arg(long = "for", value_name = "DURATION", default_value = "10m", value_parser = duration)]
    patience: Duration,
}

impl Run {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let (configuration, event) = self.inputs.read()?;
        let sent = Arc::new(Sent::default());
        let connection = connect(options, &configuration, Need::Secrets, Some(sent.clone())).await?;
        let started = Instant::now();
        let failure = loop {
            let outcome = connection.handle(event.event(), BUDGET).await;
            match outcome.map_err(|error| Exit::failed(format!("{error}; nothing is lost, run the event again")))? {
                Ok(receipt) => {
                    print::receipt(&receipt, sent.count(), options.json);
                    return Ok(());
                }
                Err(Failure::Deferred(deferred)) => {
                    let wait = Duration::from_millis(deferred.after_ms);
                    if started.elapsed() + wait > self.patience {
                        break Failure::Deferred(deferred);
                    }
                    print::waiting(&deferred);
                    tokio::time::sleep(wait).await;
                }
                Err(failure) => break failure,
            }
        };
        print::failure(&failure, |problem| event.problem(problem), options.json);
        Err(Exit::said())
    }
}

/// Counts what leaves.
#[derive(Debug, Default)]
struct Sent(AtomicU32);

impl Sent {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Tap for Sent {
    fn exchange(&self, exchange: &Exchange) {
        if exchange.reply.is_ok() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
