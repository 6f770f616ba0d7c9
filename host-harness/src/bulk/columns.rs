//! The columns of one CSV file, and the events in its records.

use super::map::Map;
use serde_json::{Map as Object, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What stands beside an event's data.
const BESIDE: [&str; 6] = ["id", "subject", "trigger", "occurred_at", "expires_at", "notify"];

/// The columns of a file, and the fields that they hold.
#[derive(Debug)]
pub(super) struct Columns {
    /// How many there are, named or not.
    pub(super) count: usize,
    fields: Vec<Field>,
    constants: Vec<(Vec<String>, Value)>,
}

/// A field and the column that holds it.
#[derive(Debug)]
struct Field {
    path: Vec<String>,
    column: usize,
    name: String,
}

impl Columns {
    /// The columns of these names, under a map, or named like the fields that they hold.
    pub(super) fn new(names: &[String], map: Option<&Map>) -> Result<Self, String> {
        let mut seen = BTreeSet::new();
        let by_name: BTreeMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let field = |field: &str, column: usize, name: &str| Field {
            path: path(field),
            column,
            name: name.to_owned(),
        };
        let twice = |name: &str| format!("`{name}` stands there twice");
        let mut fields = Vec::new();
        match map {
            Some(map) => {
                for (of, name) in &map.columns {
                    let Some(column) = by_name.get(name.as_str()) else {
                        let known = names.join("`, `");
                        return Err(format!(
                            "there is no `{name}`, which the map wants for `{of}`; there are `{known}`"
                        ));
                    };
                    if names.iter().filter(|other| *other == name).count() > 1 {
                        return Err(twice(name));
                    }
                    fields.push(field(of, *column, name));
                }
            }
            None => {
                for (column, name) in names.iter().enumerate() {
                    if name.is_empty() {
                        return Err(format!("column {} has no name", column + 1));
                    }
                    if !seen.insert(name) {
                        return Err(twice(name));
                    }
                    fields.push(field(name, column, name));
                }
            }
        }
        let constants = map.map(|map| &map.constants).into_iter().flatten();
        let constants: Vec<_> = constants.map(|(of, value)| (path(of), value.clone())).collect();
        let paths = fields
            .iter()
            .map(|field| &field.path)
            .chain(constants.iter().map(|(path, _)| path));
        apart(&paths.collect::<Vec<_>>())?;
        Ok(Self {
            count: names.len(),
            fields,
            constants,
        })
    }

    /// The event in a record, as people write it.
    pub(super) fn event(&self, cells: &[String]) -> Result<Value, Vec<String>> {
        let mut event = Object::new();
        let mut problems = Vec::new();
        event.insert("data".to_owned(), Value::Object(Object::new()));
        for (path, value) in &self.constants {
            put(&mut event, path, value.clone());
        }
        for Field { path, column, name } in &self.fields {
            let cell = cells.get(*column).map(|cell| cell.trim()).unwrap_or_default();
            if cell.is_empty() {
                continue;
            }
            let is_switch = path.iter().eq(["notify"]);
            let value = match cell.to_ascii_lowercase().as_str() {
                "true" if is_switch => Value::Bool(true),
                "false" if is_switch => Value::Bool(false),
                _ if is_switch => {
                    problems.push(format!("column `{name}`: `{cell}` is neither `true` nor `false`"));
                    continue;
                }
                _ => Value::String(cell.to_owned()),
            };
            put(&mut event, path, value);
        }
        if problems.is_empty() {
            Ok(Value::Object(event))
        } else {
            Err(problems)
        }
    }

    /// A problem with its column, or with its field where none holds it.
    pub(super) fn sentence(&self, pointer: &str, message: &str) -> String {
        let place: Vec<_> = pointer.split('/').skip(1).collect();
        // What is wrong may be a part of what the column holds.
        let holds =
            |field: &&Field| !field.path.is_empty() && place.iter().zip(&field.path).all(|(a, b)| *a == b.as_str());
        let field = self
            .fields
            .iter()
            .find(|field| place.len() >= field.path.len() && holds(field));
        match field {
            Some(field) => format!("column `{}`: {message}", field.name),
            None => match place.strip_prefix(&["data"]).unwrap_or(&place) {
                [] => message.to_owned(),
                place => format!("field `{}`: {message}", place.join(".")),
            },
        }
    }
}

/// The place of a field in an event: in its data, or beside it.
fn path(field: &str) -> Vec<String> {
    let inside = field.split('.').map(str::to_owned);
    match BESIDE.contains(&field) || field.starts_with("data.") {
        true => inside.collect(),
        false => ["data".to_owned()].into_iter().chain(inside).collect(),
    }
}

/// No field may be within another one, or be there twice.
fn apart(paths: &[&Vec<String>]) -> Result<(), String> {
    for (index, path) in paths.iter().enumerate() {
        let within = |other: &&&Vec<String>| path.starts_with(other.as_slice()) || other.starts_with(path.as_slice());
        if let Some(other) = paths.iter().take(index).find(within) {
            let name = |path: &[String]| path.join(".").trim_start_matches("data.").to_owned();
            return Err(format!("`{}` and `{}` cannot both be given", name(other), name(path)));
        }
    }
    Ok(())
}

fn put(event: &mut Object<String, Value>, path: &[String], value: Value) {
    let Some((last, outer)) = path.split_last() else {
        return;
    };
    let mut here = event;
    for name in outer {
        let inner = here.entry(name.clone()).or_insert_with(|| Value::Object(Object::new()));
        // `apart` has seen to it that this is an object.
        let Value::Object(inner) = inner else {
            return;
        };
        here = inner;
    }
    here.insert(last.clone(), value);
}
