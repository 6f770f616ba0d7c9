//! What is posted, brought into the shape that events have.

use serde_json::{Value, json};

use super::expression::{Path, Scope};
use super::{Configuration, Mapping, Recipe};
use crate::document::{Object, Problem, Problems, set_at};
use crate::knock::{Event, Incoming, Person, Warning, lead_of};

/// A field of an event, and where it stands in what is posted.
#[derive(Clone, Debug)]
pub struct FieldSource {
    /// Dotted name of the event's field: `lead.phone`.
    pub field: String,
    /// Where its value comes from.
    pub mapping: Mapping,
    /// Where that stands in the configuration.
    pub pointer: String,
}

impl FieldSource {
    /// Reads `fields` of `source`.
    pub(super) fn read_all(source: &Object<'_>, problems: &Problems) -> Vec<Self> {
        let Some(fields) = source.object("fields") else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for (field, value) in fields.fields() {
            let pointer = fields.pointer(field);
            if field.split('.').any(|name| name.trim().is_empty()) {
                fields.problem(
                    field,
                    "unknown-field",
                    format!("`{field}` is no field; write one like `lead.phone`"),
                );
            }
            // A path alone says enough here.
            let path = json!({ "from": value });
            let mapping = match value {
                Value::String(_) => Mapping::read(&path, pointer.clone(), problems),
                value => Mapping::read(value, pointer.clone(), problems),
            };
            if let Some(mapping) = mapping {
                all.push(Self {
                    field: field.to_owned(),
                    mapping,
                    pointer,
                });
            }
        }
        all
    }
}

impl Configuration {
    /// Reads an event, as what is posted says it and the recipes for it want it.
    ///
    /// # Errors
    /// Every problem, each with its place in what was posted.
    pub fn event(&self, incoming: &Incoming, recipes: &[Recipe]) -> Result<Event, Vec<Problem>> {
        let mut settings = self.settings.clone();
        settings.used = self.used(recipes);
        let mut event = Event::read(incoming, &settings, &|data| self.shaped(data)).map_err(|mut problems| {
            for problem in &mut problems {
                self.as_posted(&mut problem.pointer);
            }
            problems
        })?;
        for Warning { pointer, .. } in &mut event.warnings {
            if let Some(pointer) = pointer {
                self.as_posted(pointer);
            }
        }
        Ok(event)
    }

    /// Who was to be visited, as far as what was posted tells.
    pub fn lead_of(&self, posted: &Value) -> Option<Person> {
        lead_of(&self.shaped(posted), &self.settings)
    }

    /// What is posted, with the fields of events where they belong. A field that cannot be worked out is absent.
    fn shaped(&self, data: &Value) -> Value {
        let (mut shaped, Some(posted)) = (data.clone(), data.as_object()) else {
            return data.clone();
        };
        if self.source_fields.is_empty() {
            return shaped;
        }
        let scope = Scope {
            values: posted,
            calling_code: &self.settings.calling_code,
            zone: self.settings.time_zone.as_ref(),
            times: &self.settings.times,
        };
        for source in &self.source_fields {
            if let Ok(Some((value, _))) = source.mapping.evaluate(scope) {
                set_at(&mut shaped, &source.field, value);
            }
        }
        shaped
    }

    /// Pointers to everything in what is posted that somebody uses by its own name.
    fn used(&self, recipes: &[Recipe]) -> Vec<String> {
        let mut used = Vec::new();
        for source in &self.source_fields {
            source.mapping.paths("", &mut |path, _| {
                used.push(format!("/data/{}", path.names().join("/")))
            });
        }
        let mut see = |path: &Path| {
            if path.root == "data" {
                used.push(format!("/{}", path.names().join("/")));
            }
        };
        let routing = self.routing_conditions();
        for recipe in recipes.iter().chain([&routing]) {
            if let Some(when) = &recipe.when {
                when.tree.paths(&mut see);
            }
            for step in &recipe.steps {
                step.paths(&mut |path, _| see(path));
            }
        }
        used
    }

    /// Points at what was posted, where the event's field came from there under another name.
    fn as_posted(&self, pointer: &mut String) {
        for source in &self.source_fields {
            let field = format!("/data/{}", source.field.replace('.', "/"));
            let rest = pointer
                .strip_prefix(&field)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'));
            if let (Some(rest), Mapping::From { paths, .. }) = (rest, &source.mapping)
                && let Some(path) = paths.first()
            {
                *pointer = format!("/data/{}{rest}", path.names().join("/"));
                return;
            }
        }
    }
}
