//! `knock restore`: puts a copy of the state file back.

use std::path::PathBuf;

use clap::Args;
use host_harness::storage::restore;
use serde_json::json;

use super::exit::Exit;
use super::{Options, moment, print};
use crate::command::terminal::println;

/// Put a copy of the state file back, while no `knock` uses the file. What it replaces is kept beside it.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The copy, as `knock backup` makes it, with its key beside it
    #[arg(value_name = "FILE")]
    copy: PathBuf,
}

impl Restore {
    pub(super) fn run(self, options: &Options) -> Result<(), Exit> {
        let path = options.state_path()?;
        let restored = restore(&self.copy, &path)?;
        let (copy, state) = (self.copy.display(), path.display());
        if options.json {
            print::document(&json!({
                "copy": copy.to_string(),
                "state": state.to_string(),
                "replaced": restored.replaced.as_ref().map(|path| path.display().to_string()),
                "restored_at": moment::at(restored.restored_ms),
                "unfinished": restored.unfinished,
            }));
            return Ok(());
        }
        println!("`{state}` is what `{copy}` was");
        if let Some(replaced) = &restored.replaced {
            println!("what it replaces is kept as `{}`", replaced.display());
        }
        println!(
            "events not finished: {}. What was done after the copy was made is looked for before it is done again; \
             send events again that came in since",
            restored.unfinished
        );
        Ok(())
    }
}
