//! `knock backup`: a copy of the state file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::exit::Exit;
use super::{Options, print};
use crate::command::terminal::println;

/// Copy the state file, whole and of one instant, also while it is in use.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The copy, which must not exist yet. The key of its ledger goes beside it, as `FILE-key`
    #[arg(value_name = "FILE")]
    copy: PathBuf,
}

impl Backup {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let file = options.existing_state_file()?;
        file.backup(&self.copy)?;
        let (state, copy) = (file.path().display(), self.copy.display());
        if options.json {
            print::document(&json!({ "state": state.to_string(), "copy": copy.to_string() }));
        } else {
            println!("`{copy}` is a copy of `{state}`, and needs `{copy}-key`; `knock restore {copy}` puts both back");
        }
        Ok(())
    }
}
