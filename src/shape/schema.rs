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
    let of = |kind: &Kind| schema_of(*kind, strictness);
    // A text that is read takes a fifth of the code of `json!`.
    let schema = match kind {
        Kind::Object(fields) => return object(fields, strictness).into(),
        Kind::ShortText(most) => format!(r#"{{ "type": "string", "maxLength": {most} }}"#),
        Kind::Integer(least, Kind::MOST) => format!(r#"{{ "type": "integer", "minimum": {least} }}"#),
        Kind::Integer(least, most) => format!(r#"{{ "type": "integer", "minimum": {least}, "maximum": {most} }}"#),
        Kind::Degrees(most) => format!(r#"{{ "type": "number", "minimum": -{most}, "maximum": {most} }}"#),
        Kind::OneOf(words) => format!(r#"{{ "type": "string", "enum": {} }}"#, Value::from(words)),
        Kind::OneOfNumbers(numbers) => format!(r#"{{ "enum": [{}] }}"#, numbers.join(", ")),
        Kind::SomeOf(kind) => format!(r#"{{ "type": "array", "minItems": 1, "items": {} }}"#, of(kind)),
        Kind::List(kind) => format!(r#"{{ "type": "array", "items": {} }}"#, of(kind)),
        Kind::ByDay(kind) => format!(r#"{{ "type": "object", "additionalProperties": {} }}"#, of(kind)),
        Kind::Either(kinds) => {
            let kinds: Vec<Value> = kinds.iter().map(of).collect();
            format!(r#"{{ "anyOf": {} }}"#, Value::from(kinds))
        }
        kind => plain(kind).to_owned(),
    };
    serde_json::from_str(&schema).unwrap_or_default()
}

/// The schema of a value of which nothing is said but its kind.
fn plain(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Zone => r#"{ "type": "string" }"#,
        Kind::Email => r#"{ "type": "string", "format": "email" }"#,
        Kind::Time => r#"{ "type": "string", "format": "date-time" }"#,
        Kind::Date => r#"{ "type": "string", "format": "date" }"#,
        Kind::TimeOfDay => r#"{ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }"#,
        Kind::Slug => r#"{ "type": "string", "pattern": "^[A-Za-z0-9-]+$" }"#,
        Kind::AmericanDate => r#"{ "type": "string", "pattern": "^[0-9]{2}-[0-9]{2}-[0-9]{4}$" }"#,
        Kind::PlainZone => r#"{ "type": "string", "pattern": "^[A-Za-z_]+/[A-Za-z_]+$" }"#,
        Kind::Milliseconds => {
            r#"{ "anyOf": [
                { "type": "integer", "minimum": 0, "description": "milliseconds since 1970-01-01T00:00:00Z" },
                { "type": "string", "format": "date-time" }
            ] }"#
        }
        Kind::Seconds => {
            r#"{ "anyOf": [
                { "type": "integer", "minimum": 0, "description": "seconds since 1970-01-01T00:00:00Z" },
                { "type": "string", "format": "date-time" }
            ] }"#
        }
        Kind::Number => r#"{ "type": "number", "minimum": 0 }"#,
        Kind::Boolean => r#"{ "type": "boolean" }"#,
        _ => "{}",
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
