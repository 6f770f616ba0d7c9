//! `knock recipes`: the recipes that are built in.

use clap::{Args, Subcommand};
use host_harness::engine::EngineOptions;

use super::connect::load;
use super::exit::Exit;
use super::print::{BOLD, DIM};
use super::{Options, print};
use crate::command::terminal::{self, println};

/// Show the recipes that are built in, to change or copy them.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Recipes {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print a recipe as the part of a configuration that it is.
    Show {
        /// Its name, like `knocker.lead_booked`.
        name: String,
    },
}

impl Recipes {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let plugin = load(options, EngineOptions::default())?;
        let recipes = plugin
            .recipes()
            .await
            .map_err(|error| Exit::failed(error.to_string()))?;
        let Some(What::Show { name }) = self.what else {
            if options.json {
                print::document(&recipes);
                return Ok(());
            }
            let width = recipes.iter().map(|recipe| recipe.name.len()).max().unwrap_or(0);
            for recipe in &recipes {
                println!("  {BOLD}{:width$}{BOLD:#}  {}", recipe.name, recipe.title);
            }
            println!();
            println!(
                "{DIM}`knock recipes show NAME` prints one, to paste into a configuration and change it there{DIM:#}"
            );
            return Ok(());
        };
        let Some(recipe) = recipes.iter().find(|recipe| recipe.name == name) else {
            let names: Vec<_> = recipes.iter().map(|recipe| recipe.name.as_str()).collect();
            return Err(Exit::misused(format!(
                "`{name}` is no recipe that is built in; there are `{}`",
                names.join("`, `")
            )));
        };
        match options.json {
            true => print::document(recipe),
            false => terminal::block(&recipe.text),
        }
        Ok(())
    }
}
