//! `knock catalog`: what can be done and what can happen.

mod fields;
mod list;
mod reference;
mod show;

use clap::{Args, Subcommand};
use host_harness::contract::{Catalog as Everything, Effect};
use host_harness::engine::EngineOptions;

use self::list::Filter;
use super::Options;
use super::connect::load;
use super::exit::Exit;

/// Show what can be done and what can happen: the actions and triggers.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Catalog {
    #[command(subcommand)]
    what: Option<What>,
    /// Only what has all of these words in its key, its title or its description.
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Only actions with this effect on the account.
    #[arg(long, value_name = "EFFECT", value_parser = effect)]
    effect: Option<Effect>,
    /// Only what needs this permission of GHL, or one that begins like this.
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show all that is known of one action or trigger.
    Show {
        /// Its key, like `appointment.create`.
        key: String,
    },
    /// Print the whole catalog as one Markdown document.
    Reference,
}

impl Catalog {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        let plugin = load(options, EngineOptions::default())?;
        let catalog = plugin
            .catalog()
            .await
            .map_err(|error| Exit::failed(error.to_string()))?;
        match self.what {
            Some(What::Show { key }) => show::show(&plugin, &catalog, &key, options.json).await,
            Some(What::Reference) => {
                reference::print(&catalog);
                Ok(())
            }
            None => {
                let filter = Filter {
                    words: self.words,
                    effect: self.effect,
                    scope: self.scope,
                };
                list::list(filter.apply(catalog), options.json)
            }
        }
    }
}

fn effect(word: &str) -> Result<Effect, String> {
    let effects = [
        Effect::Read,
        Effect::Create,
        Effect::Update,
        Effect::Delete,
        Effect::Send,
    ];
    let words = effects.map(Effect::word);
    let named = effects.into_iter().find(|effect| effect.word() == word);
    named.ok_or_else(|| format!("an effect is one of `{}`", words.join("`, `")))
}

/// The keys of a catalog.
pub(super) fn keys(catalog: &Everything) -> impl Iterator<Item = &str> {
    let actions = catalog.actions.iter().map(|action| action.key.as_str());
    actions.chain(catalog.triggers.iter().map(|trigger| trigger.key.as_str()))
}
