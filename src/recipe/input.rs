//! What a step says to its action, given what it sees.

use serde_json::{Map, Value};

use super::definition::Condition;
use super::expression::{ExpressionError, truth};
use super::{Context, Recipe, Step};
use crate::catalog;
use crate::document::object_of;

/// The most entries that a step is repeated for.
const MOST_ITEMS: usize = 50;

/// One input field of a step, with its value and where that came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The provider's name of the field.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Where it comes from, for people.
    pub origin: String,
}

impl Input {
    /// The fields as one object.
    pub fn object(inputs: &[Self]) -> Map<String, Value> {
        let mut fields = inputs.iter().map(|input| (input.name.clone(), input.value.clone()));
        object_of(&mut fields)
    }
}

/// Why a step cannot be worked out: which part of it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepError {
    /// Where that part stands in the configuration.
    pub pointer: String,
    /// What it is called.
    pub part: String,
    /// What is wrong.
    pub error: ExpressionError,
}

impl Recipe {
    /// Whether its steps are to be done.
    ///
    /// # Errors
    /// When its condition cannot be worked out.
    pub fn applies(&self, context: &Context) -> Result<bool, StepError> {
        let Some(when) = &self.when else { return Ok(true) };
        let value = when.tree.evaluate(context.scope());
        value.map(|value| truth(&value)).map_err(|error| StepError {
            pointer: format!("{}/when", self.pointer),
            part: format!("`when` of recipe `{}`", self.name),
            error,
        })
    }
}

impl Step {
    /// Whether the step is to be done: of one that is repeated, whether this turn is.
    ///
    /// # Errors
    /// When its condition cannot be worked out.
    pub fn applies(&self, context: &Context) -> Result<bool, StepError> {
        let Some(when) = &self.when else { return Ok(true) };
        self.value(when, "when", context).map(|value| truth(&value))
    }

    /// A turn of a step that is repeated. What has an id is known by it, for the list may be another one next time.
    pub fn turn(&self, index: usize, item: &Value) -> Self {
        let label = match item.get("id").and_then(Value::as_str) {
            Some(id) => format!("{}/#{id}", self.label),
            None => format!("{}/{}", self.label, index + 1),
        };
        Self { label, ..self.clone() }
    }

    /// What the step is repeated for; nothing when it is done once.
    ///
    /// # Errors
    /// When that cannot be worked out, is no list, or too long.
    pub fn items(&self, context: &Context) -> Result<Option<Vec<Value>>, StepError> {
        let Some(for_each) = &self.for_each else {
            return Ok(None);
        };
        let part = "for_each";
        let message = match self.value(for_each, part, context)? {
            Value::Null => return Ok(Some(Vec::new())),
            Value::Array(items) if items.len() <= MOST_ITEMS => return Ok(Some(items)),
            Value::Array(items) => format!(
                "{} entries are more than the {MOST_ITEMS} that a step is repeated for",
                items.len()
            ),
            _ => format!("`{}` is no list", for_each.written),
        };
        Err(self.wrong(
            part,
            ExpressionError {
                span: (0, for_each.written.len()),
                message,
            },
        ))
    }

    fn value(&self, of: &Condition, part: &str, context: &Context) -> Result<Value, StepError> {
        let value = of.tree.evaluate(context.scope());
        value.map_err(|error| self.wrong(part, error))
    }

    fn wrong(&self, part: &str, error: ExpressionError) -> StepError {
        StepError {
            pointer: format!("{}/{part}", self.pointer),
            part: format!("`{part}` of step `{}`", self.name),
            error,
        }
    }

    /// The input of the step. Fields without a value are left out, and those that the connection knows are there.
    ///
    /// # Errors
    /// When one cannot be worked out.
    pub fn input(&self, context: &Context) -> Result<Vec<Input>, StepError> {
        let mut inputs = Vec::new();
        for given in &self.with {
            let evaluated = given.mapping.evaluate(context.scope()).map_err(|wrong| StepError {
                pointer: format!("{}{}", given.pointer, wrong.at),
                part: format!("`{}` of step `{}`", given.field, self.name),
                error: wrong.error,
            })?;
            if let Some((value, origin)) = evaluated {
                let name = given.field.clone();
                inputs.push(Input { name, value, origin });
            }
        }
        let fields = catalog::operation(&self.action).map(|operation| operation.fields());
        for field in fields.iter().flatten().filter(|field| field.of_connection) {
            let location = context.get("connection.location_id");
            if let Some(location) = location.filter(|_| !inputs.iter().any(|input| input.name == field.name)) {
                let after = inputs.iter().position(|input| input.name.as_str() > field.name);
                let input = Input {
                    name: field.name.to_owned(),
                    value: location.clone(),
                    origin: "connection.location_id".to_owned(),
                };
                inputs.insert(after.unwrap_or(inputs.len()), input);
            }
        }
        Ok(inputs)
    }
}
