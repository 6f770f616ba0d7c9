//! The JSON Schema (2020-12) of a description.

use serde_json::{Map, Value, json};

use super::{Field, Kind, Rule};

/// How strictly a schema describes an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// What we take: these fields, and no others.
    Input,
    /// What others say: these fields as a rule, and perhaps more.
    Output,
}

/// The schema of an object with these fields.
pub fn schema(fields: &[Field], rules: &[Rule], strictness: Strictness) -> Value {
    let mut schema = object(fields, strictness);
    let needed = |names: &[&'static str]| -> Vec<Value> {
        let names = names.iter().map(|name| json!({ "required": [name] }));
        names.collect()
    };
    for rule in rules {
        let (word, names) = match rule {
            Rule::ExactlyOne(names) => ("oneOf", names),
            Rule::AtLeastOne(names) => ("anyOf", names),
            // JSON Schema cannot compare fields, and says the other in too many words.
            Rule::AtMostOne(..) | Rule::Ordered(..) | Rule::Within(..) => continue,
        };
        schema.insert(word.to_owned(), needed(names).into());
    }
    schema.into()
}

/// The schema of a value.
pub fn schema_of(kind: Kind, strictness: Strictness) -> Value {
    let instant = |unit: &str| {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 0, "description": format!("{unit} since 1970-01-01T00:00:00Z") },
            { "type": "string", "format": "date-time" },
        ] })
    };
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::ShortText(most) => json!({ "type": "string", "maxLength": most }),
        Kind::Email => json!({ "type": "string", "format": "email" }),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::TimeOfDay => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
        Kind::Slug => json!({ "type": "string", "pattern": "^[A-Za-z0-9-]+$" }),
        Kind::AmericanDate => json!({ "type": "string", "pattern": "^[0-9]{2}-[0-9]{2}-[0-9]{4}$" }),
        Kind::Zone => json!({ "type": "string" }),
        Kind::PlainZone => json!({ "type": "string", "pattern": "^[A-Za-z_]+/[A-Za-z_]+$" }),
        Kind::Milliseconds => instant("milliseconds"),
        Kind::Seconds => instant("seconds"),
        Kind::Integer(least, Kind::MOST) => json!({ "type": "integer", "minimum": least }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number => json!({ "type": "number", "minimum": 0 }),
        Kind::Degrees(most) => json!({ "type": "number", "minimum": -i16::from(most), "maximum": most }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
        Kind::OneOfNumbers(numbers) => {
            let numbers: Vec<Value> = numbers
                .iter()
                .filter_map(|number| serde_json::from_str(number).ok())
                .collect();
            json!({ "enum": numbers })
        }
        Kind::SomeOf(of) => json!({ "type": "array", "minItems": 1, "items": schema_of(*of, strictness) }),
        Kind::List(of) => json!({ "type": "array", "items": schema_of(*of, strictness) }),
        Kind::Object(fields) => object(fields, strictness).into(),
        Kind::ByDay(of) => json!({ "type": "object", "additionalProperties": schema_of(*of, strictness) }),
        Kind::Either(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| schema_of(*kind, strictness)).collect();
            json!({ "anyOf": kinds })
        }
        Kind::Anything => json!({}),
    }
}

fn object(fields: &[Field], strictness: Strictness) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        let mut property = schema_of(field.kind, strictness);
        if let Value::Object(property) = &mut property {
            if let Some(about) = field.about {
                property.insert("description".to_owned(), (*about).into());
            }
            if let Some(default) = field.default_value() {
                property.insert("default".to_owned(), default);
            }
        }
        properties.insert(field.name.to_owned(), property);
        if field.must_be_said() {
            required.push(Value::from(field.name));
        }
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if strictness == Strictness::Input {
        schema.insert("additionalProperties".to_owned(), false.into());
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
    }
    schema
}
