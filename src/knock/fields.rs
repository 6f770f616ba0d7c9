//! Fields of an event as recipes see them. serde's derives would write them, too, and take 8 kB of the component.

use serde_json::{Map, Value};

/// The texts that are there, by their names.
pub(super) fn texts(texts: &[(&str, &Option<String>)]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, text) in texts {
        set(&mut fields, name, text.as_deref().map(Value::from));
    }
    fields
}

/// Sets a field to what is there; what is absent is no field.
pub(super) fn set(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value);
    }
}
