//! The places of a JSON payload.

use super::Place;
use knockcal::document::{Key, KeyPath};
use serde_json::{Map, Value};

/// How deep a payload is looked into, how many entries of a list, and how many places there are at most.
const DEEPEST: usize = 8;
const MOST_ENTRIES: usize = 20;
const MOST: usize = 500;

/// What the name of an answer is called, and the answer, in lists of both.
const NAMES: [&str; 8] = [
    "key",
    "label",
    "question",
    "name",
    "field",
    "title",
    "fieldName",
    "slug",
];
const VALUES: [&str; 5] = ["value", "answer", "response", "text", "values"];

/// A place in a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place, and its value. Of an entry of a list that is known by its name, the last key is that name.
    pub place: Place,
    /// The expression that finds it, where no path does.
    pub expression: Option<String>,
}

impl Found {
    /// How an expression names it.
    pub fn in_expression(&self) -> String {
        self.expression
            .clone()
            .unwrap_or_else(|| in_expression(&self.place.path))
    }
}

/// Every place of a payload that has a value of its own.
pub fn places(payload: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    walk(payload, &mut Vec::new(), &mut found);
    found
}

fn walk(value: &Value, keys: &mut Vec<Key>, found: &mut Vec<Found>) {
    if found.len() >= MOST || keys.len() > DEEPEST {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                keys.push(Key::Name(name.clone()));
                walk(value, keys, found);
                keys.pop();
            }
        }
        Value::Array(entries) => match named(entries) {
            Some((name, value)) => answers(entries, name, value, keys, found),
            None if entries.iter().any(Value::is_object) => {
                for (index, entry) in (0_i64..).zip(entries.iter().take(MOST_ENTRIES)) {
                    keys.push(Key::Index(index));
                    walk(entry, keys, found);
                    keys.pop();
                }
            }
            None => add(value, keys, None, found),
        },
        value => add(value, keys, None, found),
    }
}

fn add(value: &Value, keys: &[Key], expression: Option<String>, found: &mut Vec<Found>) {
    // A payload that is no object has no keys to name.
    if let Some(Key::Name(_)) = keys.first() {
        let path = KeyPath { keys: keys.to_vec() };
        let samples = vec![sample(value)];
        found.push(Found {
            place: Place { path, samples },
            expression,
        });
    }
}

/// The keys of name and value, where every entry of a list has both, and no two entries have one name.
fn named(entries: &[Value]) -> Option<(&'static str, &'static str)> {
    let all: Option<Vec<&Map<String, Value>>> = entries.iter().map(Value::as_object).collect();
    let all = all.filter(|all| !all.is_empty())?;
    let has = |key: &&&str| all.iter().all(|entry| entry.contains_key(**key));
    let value = VALUES.iter().find(has)?;
    let name = NAMES.iter().filter(|name| *name != value).find(|name| {
        let mut seen: Vec<&str> = Vec::new();
        all.iter().all(|entry| match entry.get(**name).and_then(Value::as_str) {
            Some(text) if !seen.contains(&text) => {
                seen.push(text);
                true
            }
            _ => false,
        })
    })?;
    Some((name, value))
}

/// The entries of a list, each found by its name.
fn answers(entries: &[Value], name: &str, value: &str, keys: &mut Vec<Key>, found: &mut Vec<Found>) {
    let list = in_expression(&KeyPath { keys: keys.clone() });
    for entry in entries {
        let (Some(Value::String(called)), Some(answer)) = (entry.get(name), entry.get(value)) else {
            continue;
        };
        let expression = format!(
            "{list}|find({}, {})|get({})",
            quoted(name),
            quoted(called),
            quoted(value)
        );
        keys.push(Key::Name(called.clone()));
        add(answer, keys, Some(expression), found);
        keys.pop();
    }
}

/// A path as an expression has it: one that does not begin with a plain name begins with `data`.
fn in_expression(path: &KeyPath) -> String {
    let written = path.written();
    match written.starts_with('[') {
        true => format!("data{written}"),
        false => written,
    }
}

/// A text of the expression language.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n");
    format!("'{escaped}'")
}

fn sample(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
