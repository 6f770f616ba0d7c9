//! The recipes of a connection: those that are built in, as the configuration changes them, and its own.

use serde_json::{Map, Value};

use super::builtin::{BuiltIn, built_in};
use super::expression::Scope;
use super::{CURRENT_CALENDARS, CUSTOM_FIELD_IDS, Condition, KNOWN_CALENDARS, Recipe, Step, known};
use crate::catalog;
use crate::document::{Object, Problems, Unknown, pointer_to};
use crate::ghl::{calendar, custom_field};
use crate::knock::USUAL_TIMES;

/// The recipes of a connection.
#[derive(Clone, Debug, Default)]
pub struct Recipes {
    /// The connection's own, and those that it changes.
    written: Vec<Recipe>,
    /// Names of those that it does not want.
    off: Vec<String>,
}

/// What stands beside the fields of an event, whatever it is.
const TAKEN: [&str; 12] = [
    "event",
    "data",
    "connection",
    "tables",
    "options",
    "calendar",
    "assignee",
    "booking",
    CUSTOM_FIELD_IDS,
    KNOWN_CALENDARS,
    CURRENT_CALENDARS,
    "item",
];

/// The most recipes that a configuration may have.
const MOST: usize = 100;

impl Recipes {
    /// Reads `recipes` of a configuration.
    pub(super) fn read(root: &Object<'_>, problems: &Problems) -> Self {
        let mut recipes = Self::default();
        let Some(object) = root.object("recipes") else {
            return recipes;
        };
        let has_knocker = root.value("knocker").is_some();
        let entries: Vec<_> = object.fields().collect();
        if entries.len() > MOST {
            let message = format!("has {} recipes, more than the {MOST} that it may have", entries.len());
            root.problem("recipes", "too-many", message);
            return recipes;
        }
        for (name, value) in entries {
            let Some(fields) = Object::at(value, object.pointer(name), problems) else {
                continue;
            };
            if fields.boolean("enabled") == Some(false) {
                recipes.off.push(name.to_owned());
            }
            let known = built_in().iter().find(|built_in| built_in.name == name);
            if known.is_none() && ["trigger", "steps"].iter().all(|key| fields.value(key).is_none()) {
                object.problem(name, "unknown-recipe", no_recipe(name, value));
                continue;
            }
            let recipe = match known {
                Some(known) if fields.value("steps").is_none() => changed(known, &fields, problems),
                _ => Recipe::read(name, value, object.pointer(name), known.is_some(), problems),
            };
            if let Some(recipe) = recipe {
                refuse_unknown(&recipe, &fields, has_knocker, problems);
                recipes.written.push(recipe);
            }
        }
        recipes
    }

    /// The recipes that follow from a trigger, in the order in which they are carried out: those that are built in, then
    /// the connection's own by name. Steps that its options leave out are not there.
    ///
    /// # Errors
    /// A sentence, when one that is built in cannot be read.
    pub fn of_trigger(&self, trigger: &str) -> Result<Vec<Recipe>, String> {
        self.wanted(Some(trigger))
    }

    /// Whether the configuration says anything about recipes of this trigger.
    pub fn is_written(&self, trigger: &str) -> bool {
        self.written.iter().any(|recipe| recipe.trigger == trigger)
    }

    /// Every recipe that is in use.
    ///
    /// # Errors
    /// A sentence, when one that is built in cannot be read.
    pub fn all(&self) -> Result<Vec<Recipe>, String> {
        self.wanted(None)
    }

    /// Whether there are recipes that follow from a trigger, and all of them are switched off.
    pub fn are_off(&self, trigger: &str) -> bool {
        let is_off = |name: &str| self.off.iter().any(|off| off == name);
        let built_in = built_in().iter().map(|known| (known.name, known.trigger));
        let written = self
            .written
            .iter()
            .map(|recipe| (recipe.name.as_str(), recipe.trigger.as_str()));
        let mut names = built_in.chain(written).filter(|(_, of)| *of == trigger).peekable();
        names.peek().is_some() && names.all(|(name, _)| is_off(name))
    }

    /// Those of one trigger, or all.
    fn wanted(&self, trigger: Option<&str>) -> Result<Vec<Recipe>, String> {
        let wanted = |of: &str| trigger.is_none_or(|trigger| of == trigger);
        let mut recipes = Vec::new();
        let is_on = |name: &str| !self.off.iter().any(|off| off == name);
        for known in built_in().iter().filter(|known| is_on(known.name)) {
            match self.written.iter().find(|written| written.name == known.name) {
                Some(written) if wanted(&written.trigger) => recipes.push(written.clone()),
                Some(_) => {}
                None if wanted(known.trigger) => recipes.push(known.recipe()?),
                None => {}
            }
        }
        for recipe in &self.written {
            let is_own = !built_in().iter().any(|known| known.name == recipe.name);
            if is_own && is_on(&recipe.name) && wanted(&recipe.trigger) {
                recipes.push(recipe.clone());
            }
        }
        for recipe in &mut recipes {
            recipe.leave_out();
        }
        Ok(recipes)
    }

    /// The actions that the recipes in use name, each once, in the order of the catalog.
    pub fn actions(&self) -> Vec<String> {
        let recipes = self.all().unwrap_or_default();
        let steps = || recipes.iter().flat_map(|recipe| &recipe.steps);
        // What is only known by name is looked up before it is needed.
        let looked_up = [
            ("calendar", calendar::LIST.key),
            (KNOWN_CALENDARS, calendar::LIST.key),
            (CURRENT_CALENDARS, calendar::LIST.key),
            (CUSTOM_FIELD_IDS, custom_field::LIST.key),
        ];
        let looks_up = |key: &str| {
            let mut names = looked_up.iter().filter(|(_, list)| *list == key);
            names.any(|(name, _)| steps().any(|step| step.uses(name)))
        };
        let mut used = Vec::new();
        for key in catalog::action_keys() {
            if looks_up(key) || steps().any(|step| step.action == key) {
                used.push(key.to_owned());
            }
        }
        used
    }
}

impl Recipe {
    /// Leaves out the steps that its options decide against.
    fn leave_out(&mut self) {
        let mut values = Map::new();
        values.insert("options".to_owned(), Value::Object(self.options.clone()));
        let known = Scope {
            values: &values,
            calling_code: "",
            zone: None,
            times: &USUAL_TIMES,
        };
        let is_against = |when: &Option<Condition>| {
            let when = when.as_ref();
            when.is_some_and(|when| when.tree.settled(known) == Some(false))
        };
        for step in std::mem::take(&mut self.steps) {
            match is_against(&self.when) || is_against(&step.when) {
                true => self.left_out.push(step.name),
                false => self.steps.push(step),
            }
        }
    }
}

fn changed(known: &BuiltIn, fields: &Object<'_>, problems: &Problems) -> Option<Recipe> {
    let mut recipe = known.recipe().ok()?;
    recipe.pointer = fields.place().to_owned();
    recipe.change(fields, problems);
    fields.unknown(Unknown::Refuse);
    Some(recipe)
}

/// What to say of something that is neither built in nor a recipe by itself.
fn no_recipe(name: &str, value: &Value) -> String {
    let names = || built_in().iter().map(|known| known.name);
    // A dot in a name that is not quoted makes a table of it.
    let is_within = |known: &&str| {
        let part = known.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        part.is_some_and(|part| value.get(part).is_some())
    };
    if let Some(dotted) = names().find(is_within) {
        return format!("a name with dots stands in quotes: `[recipes.\"{dotted}\"]`");
    }
    let hint = known::hint(name, &mut names(), "a recipe of one's own has `trigger` and `steps`");
    format!("`{name}` is no recipe that is built in; {hint}")
}

/// What a recipe names must be there: the trigger, the actions, their fields, and each step before its answer is used.
/// Actions that call Active Knocker need to know where it is.
fn refuse_unknown(recipe: &Recipe, fields: &Object<'_>, has_knocker: bool, problems: &Problems) {
    if !recipe.trigger.is_empty() && catalog::trigger(&recipe.trigger).is_none() {
        let mut keys = catalog::triggers().map(|trigger| trigger.key);
        let hint = known::hint(&recipe.trigger, &mut keys, "`knock catalog` shows them all");
        let message = format!("`{}` is no trigger; {hint}", recipe.trigger);
        fields.problem("trigger", "unknown-trigger", message);
    }
    for (index, step) in recipe.steps.iter().enumerate() {
        refuse_name(recipe, index, problems);
        refuse_later_answers(recipe, index, problems);
        if step.says.is_some() || step.action.is_empty() {
            continue;
        }
        let action = match known::action(&step.action, has_knocker) {
            Ok(action) if action.is_step() => action,
            Ok(_) => {
                let message = format!("`{}` cannot be a step: it stands for recipes itself", step.action);
                problems.add(pointer_to(&step.pointer, "action"), "no-step", message);
                continue;
            }
            Err((code, message)) => {
                problems.add(pointer_to(&step.pointer, "action"), code, message);
                continue;
            }
        };
        let fields = action.fields();
        for given in &step.with {
            if fields.iter().any(|field| field.name == given.field) {
                continue;
            }
            let mut names = fields.iter().map(|field| field.name);
            let hint = known::hint_of_all(&given.field, "it", &mut names);
            let message = format!("`{}` is no field of `{}`; {hint}", given.field, step.action);
            problems.add(given.pointer.clone(), "unknown-field", message);
        }
    }
}

/// The answer of a step stands under its name, so nothing else does. Of steps with one name the first that applies is
/// done, so only the last is without a condition.
fn refuse_name(recipe: &Recipe, index: usize, problems: &Problems) {
    let (before, rest) = recipe.steps.split_at(index);
    let Some(step) = rest.first() else { return };
    let place = pointer_to(&step.pointer, "name");
    if TAKEN.contains(&step.name.as_str()) {
        let message = format!(
            "`{0}` is what recipes see under this name; call the step otherwise",
            step.name
        );
        problems.add(place, "name-taken", message);
    } else if before
        .iter()
        .any(|other| other.name == step.name && other.when.is_none())
    {
        let message = format!(
            "another step `{}` comes before and is always done, so this one never is; call it otherwise, or say `when` \
             in the first",
            step.name
        );
        problems.add(place, "never-done", message);
    }
}

/// A step sees the answers of those before it. One that is named like it is another way to do the same.
fn refuse_later_answers(recipe: &Recipe, index: usize, problems: &Problems) {
    let (before, rest) = recipe.steps.split_at(index);
    let Some((step, after)) = rest.split_first() else {
        return;
    };
    step.paths(&mut |path, place| {
        let is_it = |other: &Step| other.name == path.root;
        if is_it(step) || (after.iter().any(is_it) && !before.iter().any(is_it)) {
            let message = format!("`{}` answers only after this step; use it in a later one", path.root);
            problems.add_within(place, path.span, "later-answer", message);
        }
    });
}
