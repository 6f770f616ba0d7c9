//! `knock plan`: shows what an event would do.

use clap::Args;

use super::connect::{Need, connect};
use super::exit::Exit;
use super::input::Inputs;
use super::{Options, print};

/// Show what an event would do. Nothing is sent.
#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    inputs: Inputs,
}

impl Plan {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let (configuration, event) = self.inputs.read()?;
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
