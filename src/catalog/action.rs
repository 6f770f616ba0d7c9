//! An action of the catalog, whichever way it is carried out.

use super::composites::COMPOSITES;
use super::{Composite, operation, operations, with_needs};
use crate::api::{Effect, Operation, Repeat};
use crate::shape::{Field, Kind, Rule};

/// An action of the catalog.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// One call of an API.
    Operation(&'static Operation),
    /// Several of them.
    Composite(&'static Composite),
}

/// Every action there is, in the order of the catalog.
pub fn actions() -> impl Iterator<Item = Action> {
    let mut actions = Vec::new();
    for operation in operations() {
        if operation.listed {
            actions.push(Action::Operation(operation));
        }
    }
    for composite in COMPOSITES {
        actions.push(Action::Composite(composite));
    }
    actions.into_iter()
}

/// The key of every action there is.
pub fn action_keys() -> Vec<&'static str> {
    let mut keys = Vec::new();
    for action in actions() {
        keys.push(action.key());
    }
    keys
}

/// The action with this key.
pub fn action(key: &str) -> Option<Action> {
    let call = operation(key).filter(|operation| operation.listed);
    call.map(Action::Operation).or_else(|| {
        let composite = COMPOSITES.iter().find(|composite| composite.key == key);
        composite.map(Action::Composite)
    })
}

impl Action {
    /// Its key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.key,
            Self::Composite(composite) => composite.key,
        }
    }

    /// What it does, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.title,
            Self::Composite(composite) => composite.title,
        }
    }

    /// What else is worth knowing; may be empty.
    pub fn about(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.about,
            Self::Composite(composite) => composite.about,
        }
    }

    /// What it does to the account.
    pub fn effect(self) -> Effect {
        match self {
            Self::Operation(operation) => operation.effect,
            Self::Composite(composite) => composite.effect,
        }
    }

    /// Whether it may be repeated. The parts of a composite are repeated each in its own way.
    pub fn repeat(self) -> Repeat {
        match self {
            Self::Operation(operation) => operation.repeat,
            Self::Composite(_) => Repeat::Safe,
        }
    }

    /// Its input.
    pub fn fields(self) -> Vec<Field> {
        match self {
            Self::Operation(operation) => operation.fields(),
            Self::Composite(composite) => composite.fields.to_vec(),
        }
    }

    /// What must hold between the fields of its input.
    pub fn rules(self) -> &'static [Rule] {
        match self {
            Self::Operation(operation) => operation.rules,
            Self::Composite(composite) => composite.rules,
        }
    }

    /// Its answer.
    pub fn reply(self) -> Kind {
        match self {
            Self::Operation(operation) => operation.reply,
            Self::Composite(composite) => composite.reply,
        }
    }

    /// An input that works, JSON.
    pub fn example(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.example,
            Self::Composite(composite) => composite.example,
        }
    }

    /// The scopes that the credential needs for it, and for reading its effect back.
    pub fn scopes(self) -> Vec<&'static str> {
        let own = match self {
            Self::Operation(operation) => Some(operation),
            Self::Composite(_) => None,
        };
        let mut scopes: Vec<&'static str> = Vec::new();
        for operation in own.into_iter().chain(self.operations()) {
            if !operation.scope.is_empty() && !scopes.contains(&operation.scope) {
                scopes.push(operation.scope);
            }
        }
        scopes
    }

    /// The calls that it may make.
    pub fn operations(self) -> Vec<&'static Operation> {
        with_needs(vec![self.key()])
    }

    /// How many requests it takes when none has to be repeated, in words.
    pub fn price(self) -> &'static str {
        match self {
            Self::Operation(_) => "1",
            Self::Composite(composite) => composite.price,
        }
    }

    /// Whether it can be used today.
    pub fn is_ready(self) -> bool {
        match self {
            Self::Operation(_) => true,
            Self::Composite(composite) => composite.ready,
        }
    }

    /// Whether it can be a step of a recipe. What recipes carry out cannot.
    pub fn is_step(self) -> bool {
        match self {
            Self::Operation(_) => true,
            Self::Composite(composite) => composite.ready && composite.trigger.is_empty(),
        }
    }
}
