//! Recipes: the steps that follow from a trigger.

use serde_json::{Map, Value};

use super::Mapping;
use crate::catalog;
use crate::document::{Document, Object, Problems, Unknown};
use crate::ghl::calendar;

/// The steps that follow from a trigger.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Key of the trigger.
    pub trigger: String,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name within the recipe; later steps find its answer there.
    pub name: String,
    /// Key of the catalog action.
    pub action: String,
    /// Only when there is something at this path.
    pub when: Option<String>,
    /// Only when there is nothing at this path.
    pub unless: Option<String>,
    /// Each input field of the action and where its value comes from.
    pub with: Vec<(String, Mapping)>,
}

/// The built-in recipes, as the files that they are.
const BUILT_IN: [&str; 2] = [
    include_str!("builtin/knocker.lead_booked.json"),
    include_str!("builtin/knocker.booking_changed.json"),
];

impl Recipe {
    /// The recipe for a trigger.
    ///
    /// # Errors
    /// A sentence, when there is none or it cannot be read.
    pub fn for_trigger(trigger: &str) -> Result<Self, String> {
        for text in BUILT_IN {
            let recipe = Self::read(text)?;
            if recipe.trigger == trigger {
                return Ok(recipe);
            }
        }
        Err(format!("there is no recipe for `{trigger}`"))
    }

    /// A recipe of one step, whose input is all there.
    pub fn of_one(name: &str, action: &str, input: Map<String, Value>) -> Self {
        Self {
            trigger: String::new(),
            steps: vec![Step {
                name: name.to_owned(),
                action: action.to_owned(),
                when: None,
                unless: None,
                with: input
                    .into_iter()
                    .map(|(field, value)| (field, Mapping::Constant(value)))
                    .collect(),
            }],
        }
    }

    fn read(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let problems = Problems::new(Document::Configuration);
        let recipe = Object::root(&value, &problems).and_then(|root| {
            let steps = root.list("steps").into_iter();
            let recipe = Self {
                steps: steps
                    .filter_map(|(step, pointer)| Step::read(step, pointer, &problems))
                    .collect(),
                trigger: root.required_text("trigger")?,
            };
            root.unknown(Unknown::Refuse);
            Some(recipe)
        });
        problems.or(recipe).map_err(|problems| {
            let sentences = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.pointer, problem.message));
            sentences.collect::<Vec<_>>().join("; ")
        })
    }
}

impl Step {
    fn read(value: &Value, pointer: String, problems: &Problems) -> Option<Self> {
        let fields = Object::at(value, pointer, problems)?;
        let mut with = Vec::new();
        if let Some(Value::Object(mappings)) = fields.value("with") {
            for (name, mapping) in mappings {
                let pointer = format!("{}/{name}", fields.pointer("with"));
                if let Some(mapping) = Mapping::read(mapping, pointer, problems) {
                    with.push((name.clone(), mapping));
                }
            }
        }
        let step = Self {
            with,
            when: fields.text("when"),
            unless: fields.text("unless"),
            name: fields.required_text("name")?,
            action: fields.required_text("action")?,
        };
        fields.unknown(Unknown::Refuse);
        Some(step)
    }
}

/// The actions that recipes name, each once.
pub fn actions() -> Vec<String> {
    let recipes = BUILT_IN.iter().filter_map(|text| Recipe::read(text).ok());
    let named: Vec<String> = recipes
        .flat_map(|recipe| recipe.steps)
        .map(|step| step.action)
        .collect();
    // A calendar that is only known by name is looked up before it is needed.
    let looked_up = calendar::LIST.key;
    let keys = catalog::operations().map(|operation| operation.key);
    keys.filter(|key| *key == looked_up || named.iter().any(|named| named == key))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knock::Happening;

    #[test]
    fn every_trigger_has_a_recipe_of_known_actions_and_fields() {
        for trigger in Happening::TRIGGERS {
            for step in Recipe::for_trigger(trigger).unwrap().steps {
                let operation = catalog::operation(&step.action).expect(&step.action);
                for (field, _) in &step.with {
                    assert!(
                        operation.fields().iter().any(|known| known.name == field),
                        "{trigger}: {field}"
                    );
                }
            }
        }
    }
}
