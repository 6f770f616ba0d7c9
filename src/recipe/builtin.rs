//! The recipes that are built in, as the files that they are.

use serde_json::Value;

use super::Recipe;
use crate::document::{Document, Problems};

include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

/// A recipe that is built in. Its file in `src/recipe/builtin/` is a part of a configuration.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// Key of its trigger.
    pub trigger: &'static str,
    /// The file.
    pub text: &'static str,
    /// What the file says under its name, JSON.
    json: &'static str,
}

/// Every recipe that is built in.
pub fn built_in() -> &'static [BuiltIn] {
    BUILT_IN
}

impl BuiltIn {
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
