//! What is posted, brought into the shape that events have.

use std::cell::RefCell;

use serde_json::Value;

use super::expression::Path;
use super::mapping::{MappingError, misspelt};
use super::posted::{Made, Posted};
use super::target::target;
use super::{Configuration, Context, Input, Mapping, Recipe};
use crate::catalog;
use crate::document::{Key, Object, Problem, Problems, pointer_to, set_at};
use crate::knock::{Event, Incoming, Person, Warning, gathered, lead_of};

/// How the triggers begin of which everything is read and checked.
const OWN_TRIGGERS: &str = "knocker.";

const LEAD_BOOKED: &str = "knocker.lead_booked";

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
        let mut all = Vec::new();
        if let Some(fields) = source.object("fields") {
            Self::read_within("", &fields, problems, &mut all);
        }
        all
    }

    /// Reads the fields of a table. A name without quotes makes a table of what stands before its dot.
    fn read_within(within: &str, fields: &Object<'_>, problems: &Problems, all: &mut Vec<Self>) {
        for (name, value) in fields.fields() {
            let (field, pointer) = (format!("{within}{name}"), fields.pointer(name));
            let is_table = value
                .as_object()
                .is_some_and(|of| !Mapping::is_one(of) && misspelt(of).is_none());
            match value {
                Value::Object(_) if is_table => {
                    if let Some(table) = Object::at(value, pointer, problems) {
                        Self::read_within(&format!("{field}."), &table, problems, all);
                    }
                }
                value => {
                    if let Err(message) = target(&field) {
                        fields.problem(name, "unknown-field", message);
                    }
                    let mapping = Self::mapping(value, pointer.clone(), problems);
                    all.extend(mapping.map(|mapping| Self {
                        field,
                        mapping,
                        pointer,
                    }));
                }
            }
        }
    }

    /// A path alone says enough here, and so do several, of which the first that is there counts.
    fn mapping(value: &Value, pointer: String, problems: &Problems) -> Option<Mapping> {
        let places = match value {
            Value::String(_) => vec![(value, pointer.clone())],
            Value::Array(entries) if !entries.is_empty() && entries.iter().all(Value::is_string) => {
                let entries = entries.iter().enumerate();
                entries
                    .map(|(index, entry)| (entry, format!("{pointer}/{index}")))
                    .collect()
            }
            value => return Mapping::read(value, pointer, problems),
        };
        Mapping::of_places(places, problems)
    }
}

impl Configuration {
    /// Reads an event, as what is posted says it and the recipes for it want it.
    ///
    /// # Errors
    /// Every problem, each with its place in what was posted, or in the configuration where that is wrong.
    pub fn event(&self, incoming: &Incoming, recipes: &[Recipe]) -> Result<Event, Vec<Problem>> {
        let mut settings = self.settings.clone();
        settings.named = self.named(recipes);
        settings.used = self.used(&settings.named);
        let trigger = Some(incoming.trigger.as_str());
        let kept = RefCell::new(Value::Null);
        let shape = |data: &Value| {
            *kept.borrow_mut() = data.clone();
            let posted = self.posted(data);
            posted.map_or_else(
                || data.clone(),
                |posted| self.shaped(&posted, &self.made(&posted, trigger)),
            )
        };
        let event = Event::read(incoming, &settings, &shape);
        let data = kept.into_inner();
        let Some(posted) = self.posted(&data) else {
            return event;
        };
        let made = self.made(&posted, trigger);
        match event {
            Ok(mut event) => {
                for Warning { pointer, .. } in &mut event.warnings {
                    if let Some(pointer) = pointer {
                        posted.as_posted(&made, pointer);
                    }
                }
                event.warnings.extend(self.empty_names(&posted, incoming));
                event.warnings.extend(posted.warnings(&made));
                if incoming.trigger.starts_with(OWN_TRIGGERS) {
                    let mut used = settings.used;
                    for path in [&settings.source.id, &settings.source.subject].into_iter().flatten() {
                        used.push(path.pointer_in_posted(&data));
                    }
                    let fields = catalog::trigger(&incoming.trigger).map_or(&[][..], |trigger| trigger.fields);
                    posted.add_as_posted(&made, fields, &mut event.warnings);
                    posted.add_unused(&used, fields, &mut event.warnings);
                    posted.add_unused_zones(&used, fields, &event.happening, &mut event.warnings);
                }
                if incoming.trigger == LEAD_BOOKED {
                    event.warnings.extend(posted.of_cancelled(&self.source_fields));
                }
                let doubtful = self.doubtful(&event, recipes, &posted);
                event.warnings.extend(doubtful);
                event.warnings = gathered(event.warnings);
                Ok(event)
            }
            Err(problems) => Err(posted.explained(&made, problems)),
        }
    }

    /// The fields of an event that have a value, as they were posted, and where they come from.
    pub fn fields_of(&self, incoming: &Incoming) -> Vec<Input> {
        let data = serde_json::from_str(&incoming.data_json).unwrap_or_default();
        let trigger = catalog::trigger(&incoming.trigger);
        let (Some(posted), Some(trigger)) = (self.posted(&data), trigger) else {
            return Vec::new();
        };
        let made = self.made(&posted, Some(trigger.key));
        let shaped = self.shaped(&posted, &made);
        let mut fields = Vec::new();
        for field in trigger.fields {
            if let Some(value) = shaped.get(field.name) {
                leaves(field.name, value, &mut fields);
            }
        }
        for field in &mut fields {
            let is_it = |made: &&Made<'_>| {
                let rest = field.name.strip_prefix(&made.source.field);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if let Some(Ok(Some((_, origin)))) = made.iter().find(is_it).map(|made| &made.value) {
                field.origin.clone_from(origin);
            }
        }
        fields
    }

    /// Who was to be visited, as far as what was posted tells.
    pub fn lead_of(&self, posted: &Value) -> Option<Person> {
        let data = self.posted(posted)?;
        lead_of(&self.shaped(&data, &self.made(&data, None)), &self.settings)
    }

    /// What was posted, where it is an object.
    pub(super) fn posted<'a>(&'a self, data: &'a Value) -> Option<Posted<'a>> {
        let mut values = data.as_object()?.clone();
        let is_data = !values.contains_key("data") && !self.source_fields.is_empty();
        if is_data {
            values.insert("data".to_owned(), data.clone());
        }
        let mut used = Vec::new();
        for source in &self.source_fields {
            source.mapping.paths("", &mut |path, _| {
                let second = path.names().get(1).map(|name| (*name).to_owned());
                used.extend(
                    second
                        .filter(|_| path.root == "data")
                        .into_iter()
                        .chain([path.root.clone()]),
                );
            });
        }
        Some(Posted {
            used,
            data,
            values,
            is_data,
            calling_code: &self.settings.calling_code,
            zone: self.settings.time_zone.as_ref(),
            times: &self.settings.times,
        })
    }

    /// What becomes of each field that stands elsewhere, as far as events of the trigger have it.
    pub(super) fn made(&self, posted: &Posted<'_>, trigger: Option<&str>) -> Vec<Made<'_>> {
        let known = trigger.and_then(catalog::trigger);
        let is_wanted = |source: &&FieldSource| {
            let root = source.field.split('.').next().unwrap_or_default();
            known.is_none_or(|trigger| trigger.fields.iter().any(|field| field.name == root))
        };
        let mut all: Vec<Made<'_>> = Vec::new();
        for source in self.source_fields.iter().filter(is_wanted) {
            let mut value = source.mapping.evaluate(posted.scope());
            if let Ok(Some((value, _))) = &mut value
                && ["lead.phone", "lead.email"].contains(&source.field.as_str())
            {
                self.take_usable(&source.field, value, source.mapping.candidates(posted.scope()));
            }
            let around = all.iter().find(|made| made.is_around(&source.field));
            if let (Some((of, kind)), Ok(Some(_))) = (around.and_then(Made::text), &value) {
                value = Err(MappingError::whole(format!(
                    "`{of}` is {kind} here, so it has no fields"
                )));
            }
            all.push(Made { source, value });
        }
        all
    }

    /// Puts in place of a number or an address by which nobody is reached the list of all candidates up to the first one
    /// that is usable: whoever reads people names those that are left out.
    fn take_usable(&self, field: &str, value: &mut Value, mut candidates: Vec<Value>) {
        let is_usable = |candidate: &Value| {
            let mut alone = Value::Null;
            set_at(&mut alone, field, candidate.clone());
            lead_of(&alone, &self.settings).is_some_and(|lead| lead.reachable())
        };
        match candidates.iter().position(is_usable) {
            None | Some(0) => {}
            Some(first) => {
                candidates.truncate(first + 1);
                *value = Value::Array(candidates);
            }
        }
    }

    /// What was posted, with the fields of events where they belong. A field that cannot be worked out is absent.
    fn shaped(&self, posted: &Posted<'_>, made: &[Made<'_>]) -> Value {
        let mut shaped = posted.data.clone();
        for made in made {
            if let Ok(Some((value, _))) = &made.value {
                set_at(&mut shaped, &made.source.field, value.clone());
            }
        }
        shaped
    }

    /// Id and subject that do not stand where the configuration says.
    fn empty_names(&self, posted: &Posted<'_>, incoming: &Incoming) -> Option<Warning> {
        let source = &self.settings.source;
        let names = [
            ("id", &incoming.id, &source.id),
            ("subject", &incoming.subject, &source.subject),
        ];
        names.into_iter().find_map(|(name, own, path)| {
            let path = path
                .as_ref()
                .filter(|path| own.is_none() && path.find_posted(posted.data).is_none())?;
            let path = Path::of_keys(path, (0, 0))?;
            let (pointer, hint) = posted.hint(&path)?;
            let message = format!("`{name}` of `[source]`: nothing stands at `{}`; {hint}", path.dotted());
            Some(Warning::at(pointer, "mapping-empty", message))
        })
    }

    /// Words for no that stand for themselves in a condition, where every word counts as true.
    fn doubtful(&self, event: &Event, recipes: &[Recipe], posted: &Posted<'_>) -> Vec<Warning> {
        let context = Context::new(event, self);
        let mut warnings = Vec::new();
        let mut see = |path: &Path, word: &str| {
            let path = path.dotted();
            let message = format!(
                "`{path}` is the text `{word}`, which counts as true in a condition; write `{path} == 'yes'`, or whatever \
                 stands there when it is meant"
            );
            let warning = Warning::new("condition-doubtful", message);
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        };
        let routing = self.routing_conditions();
        for recipe in recipes.iter().chain([&routing]) {
            let conditions = recipe.steps.iter().map(|step| &step.when).chain([&recipe.when]);
            for when in conditions.flatten() {
                when.tree.doubtful(context.scope(), true, &mut see);
            }
        }
        for source in &self.source_fields {
            source.mapping.doubtful(posted.scope(), &mut see);
        }
        warnings
    }

    /// Pointers to everything in what is posted that is used by its own name.
    fn used(&self, named: &[Vec<String>]) -> Vec<String> {
        let mut used = Vec::new();
        for names in named {
            if names.first().is_some_and(|root| root == "data") {
                used.push(format!("/{}", names.join("/")));
            }
        }
        for source in &self.source_fields {
            source.mapping.paths("", &mut |path, _| {
                let pointer = pointer_of(path);
                // What was posted may itself be called `data`.
                if path.root == "data" {
                    used.push(pointer.clone());
                }
                used.push(format!("/data{pointer}"));
            });
        }
        used
    }

    /// What these recipes and the routing table name, sorted.
    fn named(&self, recipes: &[Recipe]) -> Vec<Vec<String>> {
        let mut named: Vec<Vec<String>> = Vec::new();
        let mut see = |path: &Path| {
            let names = path.owned_names();
            if let Err(place) = named.binary_search(&names) {
                named.insert(place, names);
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
        named
    }
}

/// What stands in a value that is no object, by dotted names.
fn leaves(name: &str, value: &Value, fields: &mut Vec<Input>) {
    match value {
        Value::Null => {}
        Value::Object(within) => {
            for (key, value) in within {
                leaves(&format!("{name}.{key}"), value, fields);
            }
        }
        value => fields.push(Input {
            name: name.to_owned(),
            value: value.clone(),
            origin: name.to_owned(),
        }),
    }
}

/// The pointer that a path is, up to the first step that is a value.
fn pointer_of(path: &Path) -> String {
    let mut pointer = pointer_to("", &path.root);
    for step in &path.steps {
        match step.literal() {
            Some(Key::Name(name)) => pointer = pointer_to(&pointer, &name),
            Some(Key::Index(index)) if index >= 0 => pointer = format!("{pointer}/{index}"),
            _ => break,
        }
    }
    pointer
}

#[cfg(test)]
mod tests;
