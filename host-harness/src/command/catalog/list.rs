//! The catalog as a list, in groups.

use host_harness::contract::{Action, Catalog, Effect, Trigger};

use crate::command::exit::Exit;
use crate::command::print::{self, BOLD, DIM};
use crate::command::terminal::println;

/// What is shown of the catalog.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) words: Vec<String>,
    pub(super) effect: Option<Effect>,
    pub(super) scope: Option<String>,
}

impl Filter {
    pub(super) fn apply(&self, catalog: Catalog) -> Catalog {
        let actions = catalog.actions.into_iter().filter(|action| self.shows_action(action));
        let triggers = catalog
            .triggers
            .into_iter()
            .filter(|trigger| self.shows_trigger(trigger));
        Catalog {
            actions: actions.collect(),
            triggers: triggers.collect(),
        }
    }

    fn shows_action(&self, action: &Action) -> bool {
        self.has_words(&[&action.key, &action.title, &action.about])
            && self.effect.is_none_or(|effect| effect == action.effect)
            && self.has_scope(action.scopes.first())
    }

    fn shows_trigger(&self, trigger: &Trigger) -> bool {
        // A trigger has no effect.
        self.effect.is_none()
            && self.has_words(&[&trigger.key, &trigger.title, &trigger.about])
            && self.has_scope(trigger.scope.as_ref())
    }

    fn has_words(&self, texts: &[&str]) -> bool {
        let text = texts.join(" ").to_lowercase();
        self.words.iter().all(|word| text.contains(&word.to_lowercase()))
    }

    fn has_scope(&self, scope: Option<&String>) -> bool {
        let Some(wanted) = &self.scope else {
            return true;
        };
        scope.is_some_and(|scope| scope.starts_with(wanted.as_str()))
    }
}

pub(super) fn list(catalog: Catalog, json: bool) -> Result<(), Exit> {
    if json {
        print::document(&catalog);
        return Ok(());
    }
    if catalog.actions.is_empty() && catalog.triggers.is_empty() {
        return Err(Exit::failed(
            "nothing in the catalog is like that; `knock catalog` shows all of it",
        ));
    }
    actions(&catalog.actions);
    triggers(&catalog.triggers);
    let (actions, triggers) = (catalog.actions.len(), catalog.triggers.len());
    println!();
    println!("{actions} actions, {triggers} triggers");
    Ok(())
}

fn actions(actions: &[Action]) {
    let width = actions.iter().map(|action| action.key.len()).max().unwrap_or(0);
    for group in actions.chunk_by(|one, next| one.group() == next.group()) {
        println!();
        println!("{BOLD}{}{BOLD:#}", group.first().map_or("", Action::group));
        for action in group {
            let waits = if action.ready { "" } else { "  waits for recipes" };
            println!(
                "  {:width$}  {:6}  {}{DIM}{waits}{DIM:#}",
                action.key,
                action.effect.word(),
                action.title
            );
        }
    }
}

fn triggers(triggers: &[Trigger]) {
    let width = triggers.iter().map(|trigger| trigger.key.len()).max().unwrap_or(0);
    if !triggers.is_empty() {
        println!();
        println!("{BOLD}triggers{BOLD:#}");
    }
    for trigger in triggers {
        let waits = if trigger.ready { "" } else { "  not yet handled" };
        println!("  {:width$}  {}{DIM}{waits}{DIM:#}", trigger.key, trigger.title);
    }
}
