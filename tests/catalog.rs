//! The catalog, held against what is known of the APIs: `tests/operations.csv` has that in a table of its own, taken
//! from GHL's published specification and from what its live API was seen to do.
//!
//! | column | what it is |
//! |---|---|
//! | `required` | fields without which GHL refuses the call |
//! | `optional` | every other field that it takes |

use std::collections::BTreeSet;

use host_harness::contract::{Catalog, Invocation};
use host_harness::emulator::Seed;
use knockcal::api::{self, Operation};
use knockcal::catalog;
use serde::Deserialize;
use serde_json::json;

use crate::sandbox::plugin;

/// A line of the table.
#[derive(Debug, Deserialize)]
struct Line {
    key: String,
    operation_id: String,
    method: String,
    path: String,
    version: String,
    scope: String,
    effect: String,
    repeat: String,
    required: String,
    optional: String,
}

fn lines() -> Vec<Line> {
    let table = include_str!("operations.csv");
    let lines = csv::Reader::from_reader(table.as_bytes()).into_deserialize();
    lines.collect::<Result<_, _>>().unwrap()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}

#[test]
fn every_operation_is_what_the_table_says() {
    let lines = lines();
    let mut differences = Vec::new();
    for line in &lines {
        let Some(operation) = catalog::operation(&line.key) else {
            differences.push(format!("{}: there is none", line.key));
            continue;
        };
        differences.extend(compare(line, operation));
    }
    let known: BTreeSet<_> = lines.iter().map(|line| line.key.as_str()).collect();
    let described = catalog::operations().filter(|operation| operation.listed);
    let unknown = described.filter(|operation| !known.contains(operation.key));
    differences.extend(unknown.map(|operation| format!("{}: is not in the table", operation.key)));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn compare(line: &Line, operation: &Operation) -> Vec<String> {
    let in_path = |name: &str| operation.path.contains(&format!("{{{name}}}"));
    let fields: Vec<_> = operation
        .fields()
        .into_iter()
        .filter(|field| !in_path(field.name))
        .collect();
    let named = |required: bool| -> BTreeSet<&str> {
        let fields = fields.iter().filter(|field| field.required == required);
        fields.map(|field| field.name).collect()
    };
    let mut differences = Vec::new();
    let mut differ = |what: &str, table: String, description: String| {
        if table != description {
            differences.push(format!(
                "{} {what}: {table} in the table, {description} described",
                line.key
            ));
        }
    };
    for (what, table, description) in [
        ("operation id", &line.operation_id, operation.operation_id),
        ("method", &line.method, operation.method),
        ("path", &line.path, operation.path),
        ("version", &line.version, operation.version),
        ("scope", &line.scope, operation.scope),
        ("effect", &line.effect, operation.effect.word()),
        ("repeat", &line.repeat, operation.repeat.word()),
    ] {
        differ(what, table.clone(), description.to_owned());
    }
    differ(
        "required",
        format!("{:?}", words(&line.required)),
        format!("{:?}", named(true)),
    );
    differ(
        "optional",
        format!("{:?}", words(&line.optional)),
        format!("{:?}", named(false)),
    );
    differences
}

async fn told() -> Catalog {
    plugin().catalog().await.unwrap()
}

#[tokio::test]
async fn it_has_a_hundred_and_thirty_actions_and_triggers() {
    let catalog = told().await;
    assert_eq!((catalog.actions.len(), catalog.triggers.len()), (100, 30));
    let calendars = |path: &str| path.starts_with("/calendars/");
    let calls = catalog.actions.iter().filter_map(|action| action.call.as_ref());
    assert_eq!(calls.filter(|call| calendars(&call.path)).count(), 59);
}

/// Examples are for whoever just started an emulator, whatever else the configuration says.
#[tokio::test]
async fn example_of_each_action_makes_requests_or_is_a_valid_input_without_any_setting() {
    for action in told().await.actions {
        let configuration = json!({
            "location_id": Seed::DEMO_LOCATION,
            "actions": [action.key],
            "knocker": { "base_url": "http://localhost" },
        });
        let invocation = Invocation {
            action: action.key.clone(),
            input: action.example,
            subject: None,
            key: None,
        };
        let requests = plugin().preview(&configuration.to_string(), &invocation).await.unwrap();
        let requests = requests.unwrap_or_else(|problems| panic!("{}: {problems:?}", action.key));
        assert_eq!(requests.is_empty(), action.call.is_none(), "{}", action.key);
    }
}

#[tokio::test]
async fn the_component_says_what_its_descriptions_say() {
    let catalog = told().await;
    for action in &catalog.actions {
        let described = catalog::action(&action.key).unwrap();
        assert_eq!(action.title, described.title());
        assert_eq!(action.ready, described.is_ready());
        assert!(action.ready || action.key == "rep.sync_availability");
        let own = match described {
            catalog::Action::Operation(operation) if operation.server == api::Server::Ghl => Some(operation.scope),
            _ => None,
        };
        assert!(
            own.is_none_or(|own| action.scopes.first().is_some_and(|scope| scope == own)),
            "{}",
            action.key
        );
    }
}
