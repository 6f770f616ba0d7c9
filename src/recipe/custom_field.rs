//! Custom fields that recipes name by their keys.

use super::definition::Step;

/// Under this name a recipe sees the ids of the custom fields that it names: `customFieldIds.contact.roof_age`.
pub const CUSTOM_FIELD_IDS: &str = "customFieldIds";

impl Step {
    /// The keys of the custom fields whose ids it wants, as GHL writes them (`contact.roof_age`), each with its place in
    /// the configuration.
    pub fn custom_field_keys(&self) -> Vec<(String, String)> {
        let mut keys = Vec::new();
        self.paths(&mut |path, place| {
            if let [CUSTOM_FIELD_IDS, model, name, ..] = path.names()[..] {
                keys.push((format!("{model}.{name}"), place));
            }
        });
        keys
    }
}
