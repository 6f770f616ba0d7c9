//! The recipes that are built in, as the files that they are.

use std::sync::LazyLock;

use serde_json::Value;

use super::Recipe;
use crate::document::{Document, Problems};

include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

/// The file of each recipe, with a zero byte after it: compressed, for only people read them.
static FILES: LazyLock<String> = LazyLock::new(|| {
    let compressed = include_bytes!(concat!(env!("OUT_DIR"), "/recipes.lz4"));
    let files = lz4_flex::decompress_size_prepended(compressed).unwrap_or_default();
    String::from_utf8(files).unwrap_or_default()
});

/// A recipe that is built in. Its file in `src/recipe/builtin/` is a part of a configuration.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// Key of its trigger.
    pub trigger: &'static str,
    /// What its file says under its name, JSON.
    json: &'static str,
    /// Its place among all files.
    place: usize,
}

/// Every recipe that is built in.
pub fn built_in() -> &'static [BuiltIn] {
    BUILT_IN
}

impl BuiltIn {
    /// The file.
    pub fn text(&self) -> &'static str {
        FILES.split('\0').nth(self.place).unwrap_or_default()
    }

    /// The recipe.
    ///
    /// # Errors
    /// Never, for the tests read all of them: a sentence.
    pub fn recipe(&self) -> Result<Recipe, String> {
        let value: Value = serde_json::from_str(self.json).map_err(|error| error.to_string())?;
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
