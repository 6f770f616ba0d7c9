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
                if findings.iter().all(|finding| finding.severity != Severity::Error) {
                    findings.extend(configuration.without_source_id());
                }
                findings
            }
            Err(problems) => problems.into_iter().map(Finding::of_problem).collect(),
        }
    }

    /// That events may have no id. Where fields stand elsewhere in what is posted, the sender knows nothing of ids of events.
    fn without_source_id(&self) -> Option<Finding> {
        if self.settings.source.id.is_some() {
            return None;
        }
        Some(Finding {
            severity: match self.source_fields.is_empty() {
                true => Severity::Note,
                false => Severity::Warning,
            },
            code: "missing-source-id",
            pointer: match self.source_fields.is_empty() {
                true => String::new(),
                false => "/source".to_owned(),
            },
            within: None,
            message: "no `id` in `[source]`: an event that carries no id of its own is known by what it says, so the same \
                      said twice counts once; where the data has an id of its own for each event, write its place, like \
                      `id = \"event_id\"`"
                .to_owned(),
        })
    }
}
