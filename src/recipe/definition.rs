//! Recipes: the steps that follow from a trigger.

use serde_json::{Map, Value};

use super::expression::{Expression, Path};
use super::known;
use super::mapping::{Mapping, read_expression};
use crate::document::{Object, Problems, Unknown, kind_of, pointer_to};

/// The most steps of a recipe.
const MOST_STEPS: usize = 50;

/// The steps that follow from a trigger.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Its name.
    pub name: String,
    /// What it is for, in a few words.
    pub title: String,
    /// Key of the trigger.
    pub trigger: String,
    /// Only when this counts as true; it holds for each step.
    pub when: Option<Condition>,
    /// What can be chosen about it, as it is chosen.
    pub options: Map<String, Value>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// The names of steps that its options leave out: they answer nothing.
    pub left_out: Vec<String>,
    /// Where it stands in the configuration; empty of one that is built in.
    pub pointer: String,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name within the recipe; later steps find its answer there.
    pub name: String,
    /// What it is called in the ledger and in receipts: unlike all other steps for the same event.
    pub label: String,
    /// Key of the catalog action; empty of a step that sends nothing.
    pub action: String,
    /// What a step does that sends nothing: `with` has one field then, of its word.
    pub says: Option<Statement>,
    /// The code of the warning that it adds; absent: that of all recipes.
    pub code: Option<String>,
    /// Only when this counts as true.
    pub when: Option<Condition>,
    /// Once for each entry of this list, which then is `item`.
    pub for_each: Option<Condition>,
    /// Each input field of the action and where its value comes from.
    pub with: Vec<Given>,
    /// What comes of a refusal.
    pub on_refusal: OnRefusal,
    /// Where it stands in the configuration, or in the file of the recipe.
    pub pointer: String,
}

/// What a step does that sends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// It works a value out, which later steps find under its name.
    Value,
    /// It adds a warning to the receipt.
    Warn,
    /// It ends the event, refused.
    Refuse,
}

impl Statement {
    const ALL: [Self; 3] = [Self::Value, Self::Warn, Self::Refuse];

    /// The key that makes a step one.
    pub fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

/// An input field of an action, and where its value comes from.
#[derive(Clone, Debug)]
pub struct Given {
    /// The provider's name of the field.
    pub field: String,
    /// Where its value comes from.
    pub mapping: Mapping,
    /// Where that stands in the configuration.
    pub pointer: String,
}

/// An expression, as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What was read.
    pub tree: Expression,
    /// What was written.
    pub written: String,
}

/// What comes of a refusal of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnRefusal {
    /// The event ends there, refused.
    #[default]
    Stop,
    /// It is a warning, and the next step comes.
    Continue,
}

impl Recipe {
    /// Reads a recipe. Its steps carry its name in the ledger, unless it has `plain_labels`: only what is built in does.
    pub(super) fn read(
        name: &str,
        value: &Value,
        pointer: String,
        plain_labels: bool,
        problems: &Problems,
    ) -> Option<Self> {
        let fields = Object::at(value, pointer.clone(), problems)?;
        let entries = fields.list("steps");
        if entries.is_empty() {
            fields.problem(
                "steps",
                "missing",
                "`steps` says what to do, and there is nothing in it",
            );
        }
        if entries.len() > MOST_STEPS {
            let message = format!(
                "has {} steps, more than the {MOST_STEPS} that a recipe may have",
                entries.len()
            );
            fields.problem("steps", "too-many", message);
        }
        let mut steps = Vec::new();
        for (step, pointer) in entries {
            let Some(mut step) = Step::read(step, pointer, problems) else {
                continue;
            };
            if !plain_labels {
                step.label = format!("{name}/{}", step.name);
            }
            steps.push(step);
        }
        let options = match fields.value("options") {
            Some(Value::Object(options)) => options.clone(),
            _ => Map::new(),
        };
        fields.note_known("enabled");
        let recipe = Self {
            name: name.to_owned(),
            title: fields.text("title").unwrap_or_default(),
            when: condition(&fields, "when", problems),
            trigger: fields.required_text("trigger").unwrap_or_default(),
            options,
            steps,
            left_out: Vec::new(),
            pointer,
        };
        fields.unknown(Unknown::Refuse);
        Some(recipe)
    }

    /// Reads what a configuration changes about a recipe that is built in: its options, and fields of its steps.
    pub(super) fn change(&mut self, change: &Object<'_>, problems: &Problems) {
        if let Some(options) = change.object("options") {
            for (name, value) in options.fields() {
                self.choose(name, value, &options);
            }
        }
        if let Some(with) = change.object("with") {
            for (name, fields) in with.fields() {
                self.add_fields(name, fields, &with, problems);
            }
        }
    }

    fn choose(&mut self, name: &str, value: &Value, options: &Object<'_>) {
        let Some(usual) = self.options.get(name) else {
            let hint = known::hint_of_all(name, "it", &mut self.options.keys().map(String::as_str));
            let message = format!("`{name}` is no option of `{}`; {hint}", self.name);
            options.problem(name, "unknown-option", message);
            return;
        };
        if kind_of(usual) != kind_of(value) {
            let message = format!("`{name}` is {}, not {}", kind_of(value), kind_of(usual));
            options.problem(name, "wrong-type", message);
            return;
        }
        self.options.insert(name.to_owned(), value.clone());
    }

    fn add_fields(&mut self, name: &str, fields: &Value, with: &Object<'_>, problems: &Problems) {
        let mut names = self.steps.iter().map(|step| step.name.as_str());
        if !self.steps.iter().any(|step| step.name == name) {
            let hint = known::hint_of_all(name, "it", &mut names);
            let message = format!("`{}` has no step `{name}`; {hint}", self.name);
            with.problem(name, "unknown-step", message);
            return;
        }
        let Some(mappings) = read_with(fields, with.pointer(name), problems) else {
            return;
        };
        for step in self.steps.iter_mut().filter(|step| step.name == name) {
            for given in &mappings {
                step.with.retain(|known| known.field != given.field);
                step.with.push(given.clone());
            }
        }
    }

    /// Whether it is the connection's own, and not one that is built in.
    pub fn is_own(&self) -> bool {
        !self.steps.iter().any(|step| step.label == step.name)
    }

    /// A recipe of one step, whose input is all there.
    pub fn of_one(name: &str, action: &str, input: Map<String, Value>) -> Self {
        Self {
            name: String::new(),
            title: String::new(),
            trigger: String::new(),
            when: None,
            options: Map::new(),
            steps: vec![Step {
                name: name.to_owned(),
                label: name.to_owned(),
                action: action.to_owned(),
                says: None,
                code: None,
                when: None,
                for_each: None,
                with: input
                    .into_iter()
                    .map(|(field, value)| Given {
                        field,
                        mapping: Mapping::Constant(value),
                        pointer: String::new(),
                    })
                    .collect(),
                on_refusal: OnRefusal::Stop,
                pointer: String::new(),
            }],
            left_out: Vec::new(),
            pointer: String::new(),
        }
    }
}

impl Step {
    fn read(value: &Value, pointer: String, problems: &Problems) -> Option<Self> {
        let fields = Object::at(value, pointer.clone(), problems)?;
        let when = condition(&fields, "when", problems);
        let for_each = condition(&fields, "for_each", problems);
        let words = [("stop", OnRefusal::Stop), ("continue", OnRefusal::Continue)];
        let wrong = "`{}` is not what can come of a refusal: `stop` or `continue`";
        let on_refusal = fields.word("on_refusal", &words, wrong).unwrap_or_default();
        let says = says(&fields);
        let with = match (fields.value("with"), says) {
            (Some(with), _) => read_with(with, fields.pointer("with"), problems),
            (None, Some(says)) => statement(&fields, says, problems),
            (None, None) => Some(Vec::new()),
        };
        let (name, action) = (fields.required_text("name"), fields.text("action"));
        let code = fields.text("code");
        if code.is_some() && says != Some(Statement::Warn) {
            fields.problem("code", "contradiction", "only a step that has `warn` has a `code`");
        }
        fields.unknown(Unknown::Refuse);
        let name = name?;
        if !is_name(&name) {
            let message = format!("`{name}` is no name for a step; write letters, digits and `_`, like `send_message`");
            fields.problem("name", "no-name", message);
        }
        Some(Self {
            label: name.clone(),
            name,
            action: action.unwrap_or_default(),
            says,
            code,
            when,
            for_each,
            with: with.unwrap_or_default(),
            on_refusal,
            pointer,
        })
    }

    /// Calls `see` for every path in it, with its place in the configuration.
    pub fn paths<'a>(&'a self, see: &mut dyn FnMut(&'a Path, String)) {
        for (condition, name) in [(&self.when, "when"), (&self.for_each, "for_each")] {
            if let Some(condition) = condition {
                condition
                    .tree
                    .paths(&mut |path| see(path, pointer_to(&self.pointer, name)));
            }
        }
        for given in &self.with {
            given.mapping.paths(&given.pointer, see);
        }
    }

    /// Whether what stands under `name` decides whether, or how often, the step is done.
    pub fn is_decided_by(&self, name: &str) -> bool {
        let mut decides = false;
        for condition in [&self.when, &self.for_each].into_iter().flatten() {
            condition.tree.paths(&mut |path| decides |= path.root == name);
        }
        decides
    }

    /// Whether anything of the step comes from what stands under `name`.
    pub fn uses(&self, name: &str) -> bool {
        let mut uses = false;
        self.paths(&mut |path, _| uses |= path.root == name);
        uses
    }
}

/// What a step does that has no action. It does one thing.
fn says(fields: &Object<'_>) -> Option<Statement> {
    let there = |word: &'static str| fields.value(word).is_some();
    let mut said = Statement::ALL.into_iter().filter(|says| there(says.word()));
    let (says, more) = (said.next(), said.next());
    match says {
        None if !there("action") => {
            let message = "`action` says what to do; a step without one has `value`, `warn` or `refuse`";
            fields.problem("action", "missing", message);
        }
        Some(says) if more.is_some() || there("action") || there("with") => {
            let message = "a step has an `action` and its fields, or one of `value`, `warn` and `refuse`";
            fields.problem(says.word(), "contradiction", message);
        }
        _ => {}
    }
    says
}

/// What such a step says.
fn statement(fields: &Object<'_>, says: Statement, problems: &Problems) -> Option<Vec<Given>> {
    let pointer = fields.pointer(says.word());
    let mapping = Mapping::read(fields.value(says.word())?, pointer.clone(), problems)?;
    Some(vec![Given {
        field: says.word().to_owned(),
        mapping,
        pointer,
    }])
}

pub(super) fn condition(fields: &Object<'_>, name: &'static str, problems: &Problems) -> Option<Condition> {
    let (tree, written) = read_expression(fields.value(name)?, fields.pointer(name), problems)?;
    Some(Condition { tree, written })
}

fn read_with(value: &Value, pointer: String, problems: &Problems) -> Option<Vec<Given>> {
    let Some(fields) = value.as_object() else {
        problems.add(pointer, "wrong-type", format!("is {}, not an object", kind_of(value)));
        return None;
    };
    let mut with = Vec::new();
    for (name, mapping) in fields {
        let pointer = pointer_to(&pointer, name);
        if let Some(mapping) = Mapping::read(mapping, pointer.clone(), problems) {
            with.push(Given {
                field: name.clone(),
                mapping,
                pointer,
            });
        }
    }
    Some(with)
}

/// Whether expressions can say it.
fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || letter == '_';
    name.chars().all(fits) && !name.starts_with(|letter: char| letter.is_ascii_digit())
}
