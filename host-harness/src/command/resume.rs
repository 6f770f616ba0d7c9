//! `knock resume`: lets a halted connection go on.

use clap::Args;
use serde_json::json;

use super::exit::Exit;
use super::{Options, print};
use crate::command::terminal::println;

/// Let a halted connection go on, once its credential is good again: all that waits is due.
#[derive(Debug, Args)]
pub(super) struct Resume {
    /// Its name: that of its configuration file.
    connection: String,
}

impl Resume {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let inbox = options.inbox()?;
        let name = &self.connection;
        let Some(connection) = inbox.connection(name)? else {
            let (totals, _) = inbox.totals()?;
            let known = totals.into_keys().collect::<Vec<_>>().join("`, `");
            return Err(Exit::misused(match known.as_str() {
                "" => format!("there is no connection `{name}`: no event of any has been taken in"),
                known => format!("there is no connection `{name}`; there are `{known}`"),
            }));
        };
        let was_halted = inbox.resume(connection)?;
        let unfinished = inbox.backlog(connection, usize::MAX)?;
        if options.json {
            print::document(&json!({ "connection": name, "was_halted": was_halted, "unfinished": unfinished }));
        } else if was_halted {
            println!("`{name}` goes on; events not finished: {unfinished}");
        } else {
            println!("`{name}` was not halted; events not finished: {unfinished}");
        }
        Ok(())
    }
}
