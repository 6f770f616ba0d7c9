//! The recipes that are built in, as the files that they are.

use std::sync::LazyLock;

use serde_json::Value;

use super::Recipe;
use crate::document::{Document, Problems, unpacked};

include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

/// The JSON and the file of each recipe, with a zero byte after each. As they are they take four times the space.
static TEXTS: LazyLock<String> =
    LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/recipes.packed"))));

/// A recipe that is built in. Its file in `src/recipe/builtin/` is a part of a configuration.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// Key of its trigger.
    pub trigger: &'static str,
    /// Its place among them.
    place: usize,
}

/// Every recipe that is built in.
pub fn built_in() -> &'static [BuiltIn] {
    BUILT_IN
}

impl BuiltIn {
    /// The file.
    pub fn text(&self) -> &'static str {
        text(2 * self.place + 1)
    }

    /// What the file says under its name, JSON.
    fn json(&self) -> &'static str {
        text(2 * self.place)
    }

    /// The recipe.
    ///
    /// # Errors
    /// Never, for the tests read all of them: a sentence.
    pub fn recipe(&self) -> Result<Recipe, String> {
        let value: Value = serde_json::from_str(self.json()).map_err(|error| error.to_string())?;
        let problems = Problems::new(Document::Configuration);
        let recipe = Recipe::read(self.name, &value, String::new(), true, &problems);
        problems.or(recipe).map_err(|problems| {
            let sentences = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.pointer, problem.message));
            sentences.collect::<Vec<_>>().join("; ")
        })
    }
}

fn text(index: usize) -> &'static str {
    TEXTS.split('\0').nth(index).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_the_files() {
        for known in built_in() {
            let file = format!("{}/src/recipe/builtin/{}.toml", env!("CARGO_MANIFEST_DIR"), known.name);
            assert_eq!(known.text(), std::fs::read_to_string(file).unwrap(), "{}", known.name);
            assert!(known.recipe().is_ok(), "{}", known.name);
        }
    }
}
