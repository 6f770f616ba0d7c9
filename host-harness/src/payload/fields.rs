//! The fields of forms: names like `lead[phone]` become objects, `tags[]` and repeated names become lists.

use serde_json::{Map, Value};

/// The most fields of a form.
const MOST_FIELDS: usize = 1_000;

/// The most brackets in a name.
const MOST_BRACKETS: usize = 8;

/// Collects fields in an object.
///
/// # Errors
/// A sentence about what is wrong.
pub(super) fn collect(pairs: Vec<(String, String)>) -> Result<Map<String, Value>, String> {
    if pairs.len() > MOST_FIELDS {
        let message = format!("the form has {} fields, more than {MOST_FIELDS}", pairs.len());
        return Err(message);
    }
    let mut form = Map::new();
    for (name, text) in pairs.into_iter().filter(|(name, _)| !name.is_empty()) {
        let (first, rest) = steps(&name);
        if rest.len() > MOST_BRACKETS {
            return Err(format!("the field `{name}` has more than {MOST_BRACKETS} brackets"));
        }
        let slot = form.entry(first).or_insert(Value::Null);
        set(slot, &rest, text).ok_or_else(|| {
            format!(
                "the field `{name}` contradicts another one: a field is a text, a list or an object; keep one of them"
            )
        })?;
    }
    for value in form.values_mut() {
        let lists = std::mem::take(value);
        *value = with_lists(lists);
    }
    Ok(form)
}

/// The parts of a name: `lead[phone]` is `lead` and `phone`. Brackets that do not close are part of the name.
fn steps(name: &str) -> (&str, Vec<&str>) {
    let whole = (name, Vec::new());
    let Some((first, brackets)) = name.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        return whole;
    };
    match brackets.strip_suffix(']') {
        Some(inner) => {
            let rest: Vec<_> = inner.split("][").collect();
            match rest.iter().any(|part| part.contains(['[', ']'])) {
                true => whole,
                false => (first, rest),
            }
        }
        None => whole,
    }
}

/// Puts a text where the parts of its name lead. Nothing when something of another kind stands there.
fn set(slot: &mut Value, rest: &[&str], text: String) -> Option<()> {
    match (rest, slot) {
        ([], slot @ Value::Null) => *slot = Value::String(text),
        ([], slot @ Value::String(_)) => {
            let before = slot.take();
            *slot = Value::Array(vec![before, Value::String(text)]);
        }
        ([], Value::Array(entries)) => entries.push(Value::String(text)),
        (["", rest @ ..], slot @ Value::Null) => {
            *slot = Value::Array(Vec::new());
            return set(slot, &[&[""], rest].concat(), text);
        }
        ([""], Value::Array(entries)) => entries.push(Value::String(text)),
        (["", rest @ ..], Value::Array(entries)) => {
            // A field that the last entry has already begins the next one.
            let is_open = |entry: &Value| {
                entry
                    .as_object()
                    .is_some_and(|entry| !rest.first().is_some_and(|name| entry.contains_key(*name)))
            };
            if !entries.last().is_some_and(is_open) {
                entries.push(Value::Null);
            }
            return set(entries.last_mut()?, rest, text);
        }
        ([_, ..], slot @ Value::Null) => {
            *slot = Value::Object(Map::new());
            return set(slot, rest, text);
        }
        ([name, rest @ ..], Value::Object(fields)) if !name.is_empty() => {
            return set(fields.entry(*name).or_insert(Value::Null), rest, text);
        }
        _ => return None,
    }
    Some(())
}

/// Objects whose names are 0, 1, 2 and so on are lists.
fn with_lists(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            let count = fields.len();
            let is_list = count > 0 && (0..count).all(|index| fields.contains_key(&index.to_string()));
            if is_list {
                let entries = (0..count).filter_map(|index| fields.remove(&index.to_string()));
                return entries.map(with_lists).collect();
            }
            Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name, with_lists(value)))
                    .collect(),
            )
        }
        Value::Array(entries) => entries.into_iter().map(with_lists).collect(),
        other => other,
    }
}
