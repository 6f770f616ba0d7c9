//! The place of a field in an event.

use knockcal::document::{Key, KeyPath, pointer_to};
use serde_json::{Map as Object, Value};

/// What stands beside an event's data.
const BESIDE: [&str; 6] = ["id", "subject", "trigger", "occurred_at", "expires_at", "notify"];

/// The highest place in a list that a field may have.
const LONGEST_LIST: i64 = 100;

/// The place of a field in an event: in its data, or beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldPath {
    keys: Vec<Key>,
}

impl FieldPath {
    /// The field of a map.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let path = KeyPath::read(text).map_err(|error| format!("field `{text}`: {}", error.message))?;
        let is_within = |key: &Key| match key {
            Key::Name(_) => true,
            Key::Index(index) => (0..LONGEST_LIST).contains(index),
        };
        match path.keys.iter().all(is_within) {
            true => Ok(Self::of(path.keys)),
            false => Err(format!(
                "field `{text}`: expected a place in the list from 0 to {}",
                LONGEST_LIST - 1
            )),
        }
    }

    /// The field that a column holds which is named like it. What does not look like a path is one key.
    pub(super) fn of_column(name: &str) -> Self {
        let is_plain = |key: &str| {
            key.starts_with(|first: char| first.is_ascii_alphabetic())
                && key
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        match name.split('.').all(is_plain) {
            true => Self::of(KeyPath::of_names(name.split('.')).keys),
            false => Self::of(vec![Key::Name(name.to_owned())]),
        }
    }

    fn of(mut keys: Vec<Key>) -> Self {
        let is_beside = match keys.as_slice() {
            [Key::Name(only)] => BESIDE.contains(&only.as_str()),
            [Key::Name(first), ..] => first == "data",
            _ => false,
        };
        if !is_beside {
            keys.insert(0, Key::Name("data".to_owned()));
        }
        Self { keys }
    }

    /// Whether it is the field of this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.written() == name
    }

    /// The field as it is written.
    pub(super) fn written(&self) -> String {
        let inside = match self.keys.as_slice() {
            [Key::Name(first), inside @ ..] if first == "data" && !inside.is_empty() => inside,
            all => all,
        };
        let keys = inside.to_vec();
        KeyPath { keys }.written()
    }

    /// Whether one of them is the other, or within it.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.keys.starts_with(&other.keys) || other.keys.starts_with(&self.keys)
    }

    /// Whether something at this pointer is the field, or within it.
    pub(super) fn holds(&self, pointer: &str) -> bool {
        let own = self.keys.iter().fold(String::new(), |pointer, key| match key {
            Key::Name(name) => pointer_to(&pointer, name),
            Key::Index(index) => format!("{pointer}/{index}"),
        });
        pointer
            .strip_prefix(&own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Puts a value there.
    pub(super) fn put(&self, event: &mut Value, value: Value) {
        let mut here = event;
        for key in &self.keys {
            here = match key {
                Key::Name(name) => {
                    if !here.is_object() {
                        *here = Value::Object(Object::new());
                    }
                    let Value::Object(fields) = here else { return };
                    fields.entry(name.clone()).or_insert(Value::Null)
                }
                Key::Index(index) => {
                    if !here.is_array() {
                        *here = Value::Array(Vec::new());
                    }
                    let (Value::Array(entries), Ok(index)) = (here, usize::try_from(*index)) else {
                        return;
                    };
                    if entries.len() <= index {
                        entries.resize(index + 1, Value::Null);
                    }
                    let Some(entry) = entries.get_mut(index) else { return };
                    entry
                }
            };
        }
        *here = value;
    }
}

/// Takes the places out of lists that no cell has filled.
pub(super) fn close_gaps(value: &mut Value) {
    match value {
        Value::Array(entries) => {
            entries.retain(|entry| !entry.is_null());
            entries.iter_mut().for_each(close_gaps);
        }
        Value::Object(fields) => fields.values_mut().for_each(close_gaps),
        _ => {}
    }
}
