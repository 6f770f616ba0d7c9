//! `knock events`: what is in the inbox, and what a person does with it.

mod list;
mod mend;
mod show;

use clap::{Args, Subcommand};
use host_harness::contract::Failure;
use host_harness::inbox::Ending;

use super::Options;
use super::exit::Exit;

/// Look at the events that were taken in, and settle those that were set aside.
#[derive(Debug, Args)]
pub(super) struct Events {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List events, the newest first.
    List(list::List),
    /// Show all that is known of one event.
    Show(show::Show),
    /// Run events again that were set aside or discarded, under the configuration that their connection has now.
    Retry(mend::Retry),
    /// Decide that events are not carried out. They stay in the inbox, as discarded.
    Discard(mend::Discard),
}

impl Events {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        match self.command {
            Command::List(list) => list.run(options),
            Command::Show(show) => show.run(options),
            Command::Retry(retry) => retry.run(options),
            Command::Discard(discard) => discard.run(options),
        }
    }
}

/// How a run has ended, in a word or two without personal data.
pub(super) fn brief(ending: &Ending) -> String {
    match ending {
        Ending::Receipt(receipt) => {
            let mut ids = receipt.applied.iter().filter_map(|step| step.id.as_deref());
            ids.next_back().unwrap_or("nothing to do").to_owned()
        }
        Ending::Planned(_) => "planned only".to_owned(),
        Ending::Stopped(_) => "stopped".to_owned(),
        Ending::Failure(failure) => match failure {
            Failure::PermanentInvalid(_) => "invalid".to_owned(),
            Failure::PermanentRefused(refused) => refused.code.clone(),
            Failure::PermanentUndecided(undecided) => undecided.code.clone(),
            Failure::PermanentExpired(_) => "expired".to_owned(),
            Failure::Deferred(deferred) => deferred.reason.to_string(),
        },
    }
}
