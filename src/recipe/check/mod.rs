//! Whether recipes can work, before an event comes: what they name is there, and what they make fits.
//!
//! Every path is held against what the recipe sees. Then the steps are worked out for events that have every field, and
//! for events that lack one, and the input of each action is held against its description.

mod finding;
mod place;
mod recipe;
mod sample;
mod sight;

pub use finding::{Finding, Severity};

use super::Configuration;

impl Configuration {
    /// Everything that is worth saying about a configuration, from what stands there alone.
    pub fn findings(json: &str) -> Vec<Finding> {
        match Self::read(json) {
            Ok(configuration) => {
                let mut findings = recipe::findings(&configuration);
                findings.extend(place::findings(&configuration));
                findings
            }
            Err(problems) => problems.into_iter().map(Finding::of_problem).collect(),
        }
    }
}
