//! Where the input of a step comes from.

use serde_json::{Map, Value};

use super::{Context, Step};
use crate::document::{Object, Problems, Unknown, object_of};
use crate::knock::e164;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapping {
    /// From the event, the connection, or what an earlier step answered.
    From {
        /// Dotted paths; what stands there is joined by the filter.
        paths: Vec<String>,
        /// The filter it goes through.
        filter: Option<Filter>,
    },
    /// Always the same.
    Constant(Value),
}

/// What can be done to a value on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A phone number in international form.
    E164,
    /// Texts, with an empty line between.
    Paragraphs,
}

/// One input field of a step, with its value and where that came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// GHL's name of the field.
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

impl Step {
    /// Whether the step is to be done.
    pub fn applies(&self, context: &Context) -> bool {
        let there = |path: &String| context.get(path).is_some_and(|value| value != &Value::Bool(false));
        self.when.as_ref().is_none_or(there) && !self.unless.as_ref().is_some_and(there)
    }

    /// Whether anything of the step comes from what stands under `name`.
    pub fn uses(&self, name: &str) -> bool {
        self.with.iter().any(|(_, mapping)| match mapping {
            Mapping::From { paths, .. } => paths.iter().any(|path| path.split('.').next() == Some(name)),
            Mapping::Constant(_) => false,
        })
    }

    /// The input of the step. Fields without a value are left out.
    pub fn input(&self, context: &Context) -> Vec<Input> {
        self.with
            .iter()
            .filter_map(|(name, mapping)| {
                let (value, origin) = mapping.evaluate(context)?;
                Some(Input {
                    name: name.clone(),
                    value,
                    origin,
                })
            })
            .collect()
    }
}

impl Mapping {
    /// Reads `{ "from": … , "as": … }` or `{ "value": … }`.
    pub(super) fn read(value: &Value, pointer: String, problems: &Problems) -> Option<Self> {
        let fields = Object::at(value, pointer, problems)?;
        let mapping = match (fields.value("from"), fields.value("value")) {
            (None, Some(value)) => Some(Self::Constant(value.clone())),
            (Some(Value::String(path)), None) => Some(Self::from(&fields, vec![path.clone()])),
            (Some(Value::Array(paths)), None) => {
                let paths = paths
                    .iter()
                    .filter_map(|path| path.as_str().map(str::to_owned))
                    .collect();
                Some(Self::from(&fields, paths))
            }
            _ => {
                fields.problem("from", "missing", "a mapping has either `from` or `value`");
                None
            }
        };
        fields.unknown(Unknown::Refuse);
        mapping
    }

    fn from(fields: &Object<'_>, paths: Vec<String>) -> Self {
        let filter = match fields.text("as").as_deref() {
            None => None,
            Some("e164") => Some(Filter::E164),
            Some("paragraphs") => Some(Filter::Paragraphs),
            Some(other) => {
                let message = format!("`{other}` is no filter; known: `e164`, `paragraphs`");
                fields.problem("as", "unknown-filter", message);
                None
            }
        };
        Self::From { paths, filter }
    }

    fn evaluate(&self, context: &Context) -> Option<(Value, String)> {
        let (paths, filter) = match self {
            Self::Constant(value) => return Some((value.clone(), "constant".to_owned())),
            Self::From { paths, filter } => (paths, filter),
        };
        let found: Vec<(&str, &Value)> = paths
            .iter()
            .filter_map(|path| Some((path.as_str(), context.get(path)?)))
            .collect();
        let (_, first) = found.first()?;
        let origin = found.iter().map(|(path, _)| *path).collect::<Vec<_>>().join(" + ");
        match filter {
            None => Some(((*first).clone(), origin)),
            Some(Filter::E164) => {
                let number = e164(first.as_str()?, context.calling_code())?;
                Some((number.into(), format!("{origin} as e164")))
            }
            Some(Filter::Paragraphs) => {
                let texts: Vec<&str> = found.iter().filter_map(|(_, value)| value.as_str()).collect();
                Some((texts.join("\n\n").into(), format!("{origin} as paragraphs")))
            }
        }
    }
}
