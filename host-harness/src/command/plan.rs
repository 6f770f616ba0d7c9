//! `knock plan`: shows what an event would do, or how the events of a file are understood.

use std::path::PathBuf;

use clap::Args;
use host_harness::envelope::DEFAULT_TRIGGER;

use super::connect::{Need, connect};
use super::exit::Exit;
use super::input::Inputs;
use super::many::{EventFile, Preview};
use super::{Options, print};

/// Show what an event would do, or how the events of a file are understood. Nothing is sent.
#[derive(Debug, Args)]
pub(super) struct Plan {
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
    /// Many events: a `.jsonl` file with one in each line, or a table: `.csv`, `.tsv`, `.txt`. Shows the columns, how the
    /// first lines are understood, and which lines cannot be used. Needs no network.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// What the columns of the table mean, TOML, as `knock run` takes it. Without one, one is proposed where the columns
    /// are not named like the fields that they hold.
    #[arg(long, value_name = "FILE", requires = "events", conflicts_with = "event")]
    map: Option<PathBuf>,
    /// What happened, when an event does not say.
    #[arg(long, value_name = "KEY", default_value = DEFAULT_TRIGGER)]
    trigger: String,
}

impl Plan {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let inputs = match (self.event, self.events) {
            (_, Some(events)) => {
                let file = EventFile {
                    events,
                    map: self.map,
                    trigger: self.trigger,
                };
                let config = self.config;
                return Preview { config, file }.run(options).await;
            }
            (Some(event), None) => Inputs::new(self.config, event, self.trigger),
            (None, None) => return Err(Exit::misused("give an event with `--event`, or many with `--events`")),
        };
        let (configuration, event) = inputs.read()?;
        let connection = connect(options, &configuration, Need::Nothing, None).await?;
        let planned = connection.plan(event.event()).await;
        match planned.map_err(|error| Exit::failed(error.to_string()))? {
            Ok(plan) => {
                print::plan(&plan, options.json);
                Ok(())
            }
            Err(failure) => {
                print::failure(&failure, |problem| event.problem(problem), options.json);
                Err(Exit::said())
            }
        }
    }
}
