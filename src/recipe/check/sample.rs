//! Values that stand for those of events to come.

use serde_json::{Map, Value, json};

use super::sight::{Sight, What};
use crate::document::set_under;
use crate::shape::{Field, Kind};

/// How deep samples go: descriptions of answers may be deep.
const DEEPEST: usize = 6;

impl Sight {
    /// Everything that a recipe sees, with every field there.
    pub(super) fn full(&self) -> Map<String, Value> {
        let mut values = Map::new();
        for root in &self.roots {
            values.insert(root.name.clone(), root.what.sample(&root.name));
        }
        values
    }

    /// The ways to all that may be absent.
    pub(super) fn optional(&self) -> Vec<Vec<String>> {
        let mut ways = Vec::new();
        for root in &self.roots {
            let way = vec![root.name.clone()];
            if !root.always {
                ways.push(way.clone());
            }
            if let What::Kind(Kind::Object(fields)) | What::Answer(Kind::Object(fields)) = root.what {
                optional(fields, &way, &mut ways);
            }
            if let What::Answer(_) = root.what {
                ways.retain(|other| *other != [root.name.as_str(), "id"]);
            }
        }
        ways
    }

    /// The fields that hold one of several words, and the words.
    pub(super) fn choices(&self) -> Vec<(String, &'static [&'static str])> {
        let mut choices = Vec::new();
        for root in &self.roots {
            if let What::Kind(Kind::OneOf(words)) = root.what {
                choices.push((root.name.clone(), words));
            }
        }
        choices
    }
}

impl What {
    fn sample(&self, name: &str) -> Value {
        match self {
            Self::Kind(kind) => sample(*kind, name, 0),
            Self::Answer(kind) => {
                let mut answer = sample(*kind, name, 0);
                if let Value::Object(fields) = &mut answer {
                    fields.insert("id".to_owned(), "text".into());
                }
                answer
            }
            Self::Value(value) => value.clone(),
        }
    }
}

/// Puts a value at the end of a way.
pub(super) fn put(values: &mut Map<String, Value>, way: &[String], value: Value) {
    let mut all = Value::Object(std::mem::take(values));
    set_under(&mut all, &mut way.iter().map(String::as_str), value);
    if let Value::Object(all) = all {
        *values = all;
    }
}

/// Values that stand for what events have of their own, one of each kind.
pub(super) fn own() -> [Value; 7] {
    [
        "text".into(),
        json!(1),
        "2030-06-04T10:00:00-05:00".into(),
        json!(["text"]),
        json!([{}]),
        json!({}),
        true.into(),
    ]
}

fn optional(fields: &[Field], within: &[String], ways: &mut Vec<Vec<String>>) {
    if within.len() >= DEEPEST {
        return;
    }
    for field in fields {
        let mut way = within.to_vec();
        way.push(field.name.to_owned());
        if !field.required {
            ways.push(way.clone());
        }
        if let Kind::Object(fields) = field.kind {
            optional(fields, &way, ways);
        }
    }
}

/// Takes away what stands at the end of a way.
pub(super) fn without(values: &Map<String, Value>, way: &[String]) -> Map<String, Value> {
    let mut values = values.clone();
    if let Some((last, before)) = way.split_last() {
        let mut here = Some(&mut values);
        for name in before {
            here = here
                .and_then(|fields| fields.get_mut(name))
                .and_then(Value::as_object_mut);
        }
        if let Some(fields) = here {
            fields.remove(last);
        }
    }
    values
}

/// A value of a kind. What is called an end comes after what is called anything else.
fn sample(kind: Kind, name: &str, depth: usize) -> Value {
    let is_end = name.starts_with("end") || name == "to";
    match kind {
        Kind::Time if is_end => "2030-06-04T11:00:00-05:00".into(),
        Kind::Text | Kind::ShortText(_) | Kind::Anything => "text".into(),
        Kind::Email => "ann@example.com".into(),
        Kind::Time => "2030-06-04T10:00:00-05:00".into(),
        Kind::Date => "2030-06-04".into(),
        Kind::TimeOfDay => "10:00".into(),
        Kind::Slug => "north".into(),
        Kind::AmericanDate => "06-04-2030".into(),
        Kind::Zone | Kind::PlainZone => "America/Chicago".into(),
        Kind::Milliseconds => json!(1_906_815_600_000_u64),
        Kind::Seconds => json!(1_906_815_600_u64),
        Kind::Integer(least, most) => json!(least.max(1).min(most)),
        Kind::Number | Kind::Degrees(_) => json!(1),
        Kind::Boolean => true.into(),
        Kind::OneOf(words) => words.first().copied().unwrap_or_default().into(),
        Kind::OneOfNumbers(numbers) => {
            let first = numbers.first().and_then(|number| serde_json::from_str(number).ok());
            first.unwrap_or_default()
        }
        Kind::List(of) | Kind::SomeOf(of) => Value::Array(vec![sample(*of, name, depth + 1)]),
        Kind::Object(fields) => {
            let mut values = Map::new();
            for field in fields.iter().filter(|_| depth < DEEPEST) {
                values.insert(field.name.to_owned(), sample(field.kind, field.name, depth + 1));
            }
            Value::Object(values)
        }
        Kind::ByDay(of) => json!({ "2030-06-04": sample(*of, name, depth + 1) }),
        Kind::Either(kinds) => kinds.first().map(|kind| sample(*kind, name, depth)).unwrap_or_default(),
    }
}
