//! One action asked for by itself.

use serde_json::{Map, Value};

use super::task::{Task, recipes};
use crate::api::Effect;
use crate::catalog::{self, Action, Composite};
use crate::document::{Document, Problem, Problems, keep_fields, nearest};
use crate::ghl::appointment;
use crate::knock::{Event, Happening, Incoming, NAME_LIMIT, Warning, fingerprint};
use crate::recipe::{Configuration, Recipe};
use crate::shape::{Field, check};

/// The largest input, in bytes: it is remembered whole while its end is open.
const INPUT_LIMIT: usize = 32 * 1024;

/// The name of the one step of an invocation.
pub(super) const STEP: &str = "action";

/// One action asked for by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Key of the action.
    pub action: String,
    /// Its input, a JSON object.
    pub input_json: String,
    /// What it is about; the key when absent.
    pub subject: Option<String>,
    /// The same happening always carries the same key; a hash of action and input when absent.
    pub key: Option<String>,
}

/// An invocation that makes sense.
pub(super) enum Asked {
    /// A call of an API that changes nothing.
    Read(Reading),
    /// A call that changes something, exactly once.
    Change(Box<Task>),
    /// An event that was asked for: its recipes carry it out.
    Event(Box<Task>),
    /// An action that is made of several calls.
    Composite(&'static Composite, Reading),
}

/// What a reading works with. Nothing of it is remembered.
pub(super) struct Reading {
    pub(super) task: Task,
    pub(super) input: Map<String, Value>,
}

impl Invocation {
    /// Checks what was passed.
    pub(super) fn read(&self, configuration_json: &str) -> Result<Asked, Vec<Problem>> {
        let configuration = Configuration::read(configuration_json)?;
        let action = self.known_action()?;
        if !configuration.actions.contains(&self.action) {
            return Err(vec![not_granted(&self.action)]);
        }
        let problems = Problems::new(Document::Input);
        if self.input_json.len() > INPUT_LIMIT {
            let message = format!(
                "the input has {} bytes, more than the {INPUT_LIMIT} that it may have",
                self.input_json.len()
            );
            problems.add("", "too-large", message);
            return Err(problems.or(None::<()>).err().unwrap_or_default());
        }
        let input = self.input(action, &configuration, &problems);
        let (key, warnings) = self.key(action.effect());
        let subject = self.subject.clone().unwrap_or_else(|| key.clone());
        for (name, text) in [("key", &key), ("subject", &subject)] {
            if text.trim().is_empty() || text.len() > NAME_LIMIT {
                problems.add("", "no-name", format!("the {name} has 1 to {NAME_LIMIT} bytes"));
            }
        }
        let input = problems.or(input)?;
        if let Action::Composite(composite) = action
            && !composite.trigger.is_empty()
        {
            let event = self.event(composite, input, key);
            let task = event_task(configuration, &event, warnings).map_err(of_input)?;
            return Ok(Asked::Event(Box::new(task)));
        }
        let event = Event {
            fingerprint: fingerprint(&[&self.action, &Value::Object(input.clone()).to_string()]),
            id: key,
            subject,
            occurred_ms: Event::NOW_MS,
            expires_at: None,
            notify: true,
            happening: Happening::Invoked,
            data: Value::Null,
            warnings,
        };
        let recipe = Recipe::of_one(STEP, &self.action, input.clone());
        let task = Task::of_invocation(configuration, event, recipe);
        Ok(match action {
            Action::Composite(composite) => Asked::Composite(composite, Reading { task, input }),
            Action::Operation(operation) if operation.effect == Effect::Read => Asked::Read(Reading { task, input }),
            Action::Operation(_) => Asked::Change(Box::new(task)),
        })
    }

    fn known_action(&self) -> Result<Action, Vec<Problem>> {
        if let Some(action) = catalog::action(&self.action) {
            return Ok(action);
        }
        let message = match nearest(&self.action, catalog::action_keys()) {
            Some(near) => format!("`{}` is no action; did you mean `{near}`?", self.action),
            None => format!("`{}` is no action of the catalog", self.action),
        };
        Err(vec![Problem {
            document: Document::Input,
            pointer: String::new(),
            within: None,
            code: "unknown-action",
            message,
        }])
    }

    /// The input with what the connection knows, if it is as the action describes it.
    fn input(&self, action: Action, configuration: &Configuration, problems: &Problems) -> Option<Map<String, Value>> {
        let value: Value = match serde_json::from_str(&self.input_json) {
            Ok(value) => value,
            Err(error) => {
                problems.add("", "no-json", format!("the input is no JSON: {error}"));
                return None;
            }
        };
        let Value::Object(mut input) = value else {
            problems.add("", "wrong-type", "the input is no JSON object");
            return None;
        };
        if let Action::Composite(composite) = action
            && !composite.trigger.is_empty()
            && let Some(subject) = &self.subject
        {
            // What the event is about may be said beside the input.
            input.entry("subject").or_insert_with(|| subject.clone().into());
        }
        let fields = action.fields();
        check(&fields, action.rules(), &input, "", problems);
        tidy(&fields, &mut input, configuration, problems);
        if let Action::Operation(operation) = action {
            operation.complete(&mut input, &configuration.location_id);
            if problems.are_none()
                && let Err(more) = operation.request(&input)
            {
                for problem in more {
                    problems.add(problem.pointer, problem.code, problem.message);
                }
            }
        }
        Some(input)
    }

    /// The event that an action stands for. Its subject is the one that the input names.
    fn event(&self, composite: &Composite, mut input: Map<String, Value>, key: String) -> Incoming {
        let named = input.remove("subject");
        let named = named.as_ref().and_then(Value::as_str).map(str::to_owned);
        if composite.key == "lead.cancel" {
            input.insert("status".to_owned(), appointment::CANCELLED.into());
        }
        if let Some(outcome) = input.remove("outcome") {
            input.insert("status".to_owned(), outcome);
        }
        Incoming {
            id: Some(key),
            trigger: composite.trigger.to_owned(),
            subject: named.or(self.subject.clone()),
            occurred_at: Incoming::SOMETIME.to_owned(),
            expires_at: None,
            notify: true,
            data_json: Value::Object(input).to_string(),
        }
    }

    fn key(&self, effect: Effect) -> (String, Vec<Warning>) {
        let given = self
            .key
            .as_ref()
            .map(|key| key.trim().to_owned())
            .filter(|key| !key.is_empty());
        if let Some(key) = given {
            return (key, Vec::new());
        }
        let key = fingerprint(&[&self.action, &self.input_json]);
        if effect == Effect::Read {
            // Whoever only reads may do so as often as they like.
            return (key, Vec::new());
        }
        let message = "no key was given: action and input are the key, so the same again counts once";
        (key, vec![Warning::new("key-derived", message)])
    }
}

/// The task of an event that occurs now, and says what it says in its own words, whatever else is posted.
fn event_task(configuration: Configuration, incoming: &Incoming, warnings: Vec<Warning>) -> Result<Task, Vec<Problem>> {
    let recipes = recipes(&configuration, &incoming.trigger)?;
    let mut event = Event::read(incoming, &configuration.settings, &Value::clone)?;
    event.occurred_ms = Event::NOW_MS;
    event.warnings.extend(warnings);
    Task::of(configuration, recipes, event)
}

/// Problems of the event that an input stands for are problems of the input.
fn of_input(problems: Vec<Problem>) -> Vec<Problem> {
    let of_input = |problem: Problem| match problem.document {
        Document::Event => Problem {
            document: Document::Input,
            pointer: problem.pointer.strip_prefix("/data").unwrap_or_default().to_owned(),
            ..problem
        },
        _ => problem,
    };
    problems.into_iter().map(of_input).collect()
}

/// Leaves out what is `null`. What the connection knows is nobody else's to say.
fn tidy(fields: &[Field], input: &mut Map<String, Value>, configuration: &Configuration, problems: &Problems) {
    keep_fields(input, &|_, value| !value.is_null());
    let own = &configuration.location_id;
    for field in fields.iter().filter(|field| field.of_connection) {
        if input.get(field.name).is_some_and(|given| given.as_str() != Some(own)) {
            let message = format!("the connection is that of location `{own}`; leave `{}` out", field.name);
            problems.add(format!("/{}", field.name), "foreign-location", message);
        }
    }
}

fn not_granted(action: &str) -> Problem {
    Problem {
        document: Document::Configuration,
        pointer: "/actions".to_owned(),
        within: None,
        code: "not-granted",
        message: format!("`{action}` is not among the `actions` that may be asked for by themselves; add it there"),
    }
}

impl Task {
    /// The task of an invocation.
    pub(super) fn of_invocation(configuration: Configuration, event: Event, recipe: Recipe) -> Self {
        Self {
            configuration,
            event,
            recipes: vec![recipe],
            choices: Vec::new(),
        }
    }
}
