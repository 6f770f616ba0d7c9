//! `knock run`: carries an event out, or the events of a file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use host_harness::contract::Failure;
use host_harness::envelope::DEFAULT_TRIGGER;

use super::connect::{Need, connect};
use super::exit::Exit;
use super::input::{Inputs, duration};
use super::many::{EventFile, Many};
use super::sent::Sent;
use super::{Options, print};

/// How long one call may begin requests.
const BUDGET: Duration = Duration::from_secs(25);

/// Carry an event out, and call again until it is done; or all events of a file.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The configuration, TOML or JSON; `-` reads standard input, for one event.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The event, JSON; `-` reads standard input. Either its data alone, or an object with `data` and beside it
    /// `id`, `subject`, `trigger`, `occurred_at`, `expires_at`, `notify`.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "events",
        conflicts_with = "events"
    )]
    event: Option<PathBuf>,
    /// Many events: a `.jsonl` file with one in each line, or a table: `.csv`, `.tsv`, `.txt`. All are checked before the
    /// first is carried out, and the same command again goes on where it stopped.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// What the columns of the table mean, TOML: `[columns]` with `lead.phone = "Phone"` and the like, and `[constants]`;
    /// `knock plan --events` proposes one. [default: columns are named like the fields that they hold]
    #[arg(long, value_name = "FILE", requires = "events", conflicts_with = "event")]
    map: Option<PathBuf>,
    /// Carry the events of the file out although some of its lines cannot be used.
    #[arg(long, requires = "events", conflicts_with = "event")]
    skip_invalid: bool,
    /// Let GHL tell people of the events of the file, where they do not say otherwise.
    #[arg(long, requires = "events", conflicts_with = "event")]
    notify: bool,
    /// What happened, when an event does not say.
    #[arg(long, value_name = "KEY", default_value = DEFAULT_TRIGGER)]
    trigger: String,
    /// How long to call again before giving up for now; of many events, how long to go on while none comes to an end.
    #[arg(long = "for", value_name = "DURATION", default_value = "10m", value_parser = duration)]
    patience: Duration,
}

impl Run {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let (inputs, patience) = match (self.event, self.events) {
            (_, Some(events)) => {
                let many = Many {
                    config: self.config,
                    file: EventFile {
                        events,
                        map: self.map,
                        trigger: self.trigger,
                    },
                    skip_invalid: self.skip_invalid,
                    notify: self.notify,
                    patience: self.patience,
                };
                return many.run(options).await;
            }
            (Some(event), None) => (Inputs::new(self.config, event, self.trigger), self.patience),
            (None, None) => return Err(Exit::misused("give an event with `--event`, or many with `--events`")),
        };
        let (configuration, event) = inputs.read()?;
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
                    if started.elapsed() + wait > patience {
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
