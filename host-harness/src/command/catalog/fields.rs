//! The fields that a JSON Schema describes, in words.

use serde_json::Value;

/// A field, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its name; of a field within, with those that it is in: `rules[].from`.
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) about: String,
}

/// The fields of an object and of what is in it, the required ones first.
pub(super) fn rows(schema: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    collect(schema, "", &mut rows);
    rows
}

fn collect(schema: &Value, within: &str, rows: &mut Vec<Row>) {
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|required| required == name))
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut properties: Vec<_> = properties.into_iter().flatten().collect();
    properties.sort_by_key(|(name, _)| !required(name));
    for (name, property) in properties {
        let path = format!("{within}{name}");
        let text = |key: &str| property.get(key).and_then(Value::as_str).unwrap_or_default();
        let default = property.get("default").map(|default| format!("[default: {default}]"));
        let about = [text("description").to_owned(), default.unwrap_or_default()];
        let about: Vec<_> = about.into_iter().filter(|part| !part.is_empty()).collect();
        rows.push(Row {
            name: path.clone(),
            kind: kind(property),
            required: required(name),
            about: about.join(" "),
        });
        match property.get("items") {
            Some(items) => collect(items, &format!("{path}[]."), rows),
            None => collect(property, &format!("{path}."), rows),
        }
    }
}

/// What a field holds, in words.
fn kind(schema: &Value) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let words = values.iter().map(|value| match value {
            Value::String(word) => word.clone(),
            other => other.to_string(),
        });
        return words.collect::<Vec<_>>().join(" | ");
    }
    if let Some(kinds) = schema.get("anyOf").and_then(Value::as_array) {
        return kinds.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let number = |key: &str| schema.get(key).map(Value::to_string);
    match (text("type"), text("format")) {
        (Some("string"), Some("date-time")) => "time with offset".to_owned(),
        (Some("string"), Some(format)) => format.to_owned(),
        (Some("string"), None) => match number("maxLength") {
            Some(most) => format!("text of {most} letters"),
            None => "text".to_owned(),
        },
        (Some("integer"), _) => match (text("description"), number("minimum"), number("maximum")) {
            (Some(unit), ..) => unit.to_owned(),
            (None, Some(least), Some(most)) => format!("{least} to {most}"),
            _ => "whole number".to_owned(),
        },
        (Some("array"), _) => match schema.get("items").map(kind) {
            Some(of) if !of.is_empty() => format!("list of {of}"),
            _ => "list".to_owned(),
        },
        (Some("boolean"), _) => "true or false".to_owned(),
        (Some(other), _) => other.to_owned(),
        (None, _) => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_within_are_named_by_their_way() {
        let schema = json!({ "type": "object", "required": ["rules"], "properties": {
            "a": { "type": "integer", "minimum": 1, "maximum": 20, "default": 5, "description": "How many." },
            "rules": { "type": "array", "items": { "type": "object", "required": ["from"], "properties": {
                "from": { "type": "string", "format": "date" }, "kind": { "type": "string", "enum": ["x", "y"] },
            } } },
        } });
        let rows = rows(&schema);
        let words: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.kind.as_str(), row.required))
            .collect();
        assert_eq!(
            words,
            [
                ("rules", "list of object", true),
                ("rules[].from", "date", true),
                ("rules[].kind", "x | y", false),
                ("a", "How many.", false),
            ]
        );
        assert_eq!(rows[3].about, "How many. [default: 5]");
    }
}
