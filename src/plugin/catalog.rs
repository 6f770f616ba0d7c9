//! Tells what can be done, what can happen and what then follows.

use super::{Component, all};
use crate::api::{Effect, Operation, Repeat, Server};
use crate::bindings::exports::knockcal::connector::catalog as wit;
use crate::catalog::{self, Action, Trigger};
use crate::recipe::{BuiltIn, built_in};
use crate::shape::{Strictness, schema, schema_of};

impl wit::Guest for Component {
    fn actions() -> Vec<wit::Action> {
        all(catalog::actions(), action)
    }

    fn triggers() -> Vec<wit::Trigger> {
        all(catalog::triggers(), trigger)
    }

    fn recipes() -> Vec<wit::Recipe> {
        all(built_in(), recipe)
    }
}

fn action(action: Action) -> wit::Action {
    let repeat = action.repeat();
    let server = action
        .operations()
        .first()
        .map_or(Server::Ghl, |operation| operation.server);
    wit::Action {
        key: action.key().to_owned(),
        title: action.title().to_owned(),
        about: action.about().to_owned(),
        effect: match action.effect() {
            Effect::Read => wit::Effect::Read,
            Effect::Create => wit::Effect::Create,
            Effect::Update => wit::Effect::Update,
            Effect::Delete => wit::Effect::Delete,
            Effect::Send => wit::Effect::Send,
        },
        repeat: match repeat {
            Repeat::Safe => wit::Repeat::Safe,
            Repeat::ReadBack(_) => wit::Repeat::ReadBack,
            Repeat::Never => wit::Repeat::Never,
        },
        read_back: match repeat {
            Repeat::ReadBack(read_back) => Some(read_back.words()),
            Repeat::Safe | Repeat::Never => None,
        },
        scopes: all(action.scopes(), str::to_owned),
        provider: server.name().to_owned(),
        call: match action {
            Action::Operation(operation) => Some(call(operation)),
            Action::Composite(_) => None,
        },
        uses: uses(action),
        price: action.price().to_owned(),
        input_schema_json: schema(&action.fields(), action.rules(), Strictness::Input).to_string(),
        output_schema_json: schema_of(action.reply(), Strictness::Output).to_string(),
        example_json: action.example().to_owned(),
        ready: action.is_ready(),
    }
}

fn uses(action: Action) -> Vec<String> {
    let mut others = action.operations();
    others.retain(|operation| operation.key != action.key());
    all(others, |operation| operation.key.to_owned())
}

fn call(operation: &Operation) -> wit::Call {
    wit::Call {
        operation_id: operation.operation_id.to_owned(),
        method: operation.method.to_owned(),
        path: operation.path.to_owned(),
        version: (!operation.version.is_empty()).then(|| operation.version.to_owned()),
    }
}

fn trigger(trigger: &Trigger) -> wit::Trigger {
    wit::Trigger {
        key: trigger.key.to_owned(),
        title: trigger.title.to_owned(),
        about: trigger.about.to_owned(),
        source: trigger.source.words(),
        scope: (!trigger.scope.is_empty()).then(|| trigger.scope.to_owned()),
        data_schema_json: schema(trigger.fields, &[], Strictness::Output).to_string(),
        example_json: trigger.example.to_owned(),
        ready: trigger.ready,
    }
}

fn recipe(built_in: &BuiltIn) -> wit::Recipe {
    wit::Recipe {
        name: built_in.name.to_owned(),
        title: built_in.title.to_owned(),
        trigger: built_in.trigger.to_owned(),
        text: built_in.text().to_owned(),
    }
}
