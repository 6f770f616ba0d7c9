//! Reads JSON that comes from outside, strictly: files, lines, bodies of requests, options.
//!
//! `serde_json::Value` keeps the last of several values under one key and drops the others without a word, so that two
//! programs may read one text differently. It also gives a meaning of its own to keys that it uses internally. Here
//! both are problems that name their place, and so is what is nested too deep to be stored and read back.

use crate::contract::{Document, Problem};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;
use thiserror::Error;

/// The deepest nesting of objects and lists in the data of an event, in the input of an action and in a configuration.
///
/// `serde_json` reads 127 levels. What is taken in is stored within other JSON, and has to be read back from there.
pub const MAX_DEPTH: usize = 64;

/// The levels that may stand around the data of an event: a list of events, and in it an envelope.
pub const AROUND_DATA: usize = 2;

/// The most problems that are told of one text.
const MOST_PROBLEMS: usize = 10;

/// The longest JSON pointer that is told, in bytes. A place in a text of megabytes can be as long as the text.
const LONGEST_POINTER: usize = 500;

/// The beginning of keys that `serde_json` takes for something else than a key.
const RESERVED: &str = "$serde_json::private::";

/// Why a text cannot be taken as JSON.
#[derive(Debug, Error)]
pub enum JsonError {
    /// It is not JSON.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
    /// It is JSON, and ambiguous or too deep.
    #[error("{}", sentences(.0))]
    Ambiguous(Vec<JsonProblem>),
}

/// A problem of a JSON text, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonProblem {
    /// JSON pointer (RFC 6901) to the place, from the top of the text.
    pub pointer: String,
    /// The kind of the problem: `duplicate-key`, `too-deep`, `reserved-key`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl JsonProblem {
    /// Tells it as a problem of a document.
    pub fn of(self, document: Document) -> Problem {
        Problem {
            document,
            pointer: self.pointer,
            code: self.code.to_owned(),
            message: self.message,
        }
    }

    fn too_deep(place: &Path<'_>, max_depth: usize) -> Self {
        Self {
            pointer: place.pointer(),
            code: "too-deep",
            message: format!("objects and lists are nested more than {max_depth} deep; send flatter data"),
        }
    }
}

impl fmt::Display for JsonProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "at `{pointer}`: {}", self.message),
        }
    }
}

fn sentences(problems: &[JsonProblem]) -> String {
    let sentences: Vec<_> = problems.iter().map(ToString::to_string).collect();
    sentences.join("; ")
}

/// Reads a JSON text in which no key stands twice in an object, and objects and lists are nested at most `max_depth`
/// deep. A scalar has depth 0, `{}` has depth 1.
///
/// # Errors
/// A text that is not JSON, or up to ten problems with their places.
pub fn read(text: &[u8], max_depth: usize) -> Result<Value, JsonError> {
    let problems = RefCell::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let reader = Reader {
        place: Path::Top,
        depth: 0,
        max_depth,
        problems: &problems,
    };
    let value = reader.deserialize(&mut deserializer)?;
    deserializer.end()?;
    match problems.into_inner() {
        problems if problems.is_empty() => Ok(value),
        problems => Err(JsonError::Ambiguous(problems)),
    }
}

/// Finds the first object or list within a value that is nested more than `max_depth` deep, the value itself counted.
pub fn too_deep(value: &Value, max_depth: usize) -> Option<JsonProblem> {
    deeper_than(value, max_depth, max_depth, &Path::Top)
}

fn deeper_than(value: &Value, left: usize, max_depth: usize, place: &Path<'_>) -> Option<JsonProblem> {
    let is_scalar = !matches!(value, Value::Array(_) | Value::Object(_));
    if is_scalar {
        return None;
    }
    let Some(left) = left.checked_sub(1) else {
        return Some(JsonProblem::too_deep(place, max_depth));
    };
    match value {
        Value::Array(entries) => entries
            .iter()
            .enumerate()
            .find_map(|(index, entry)| deeper_than(entry, left, max_depth, &Path::Index(place, index))),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(key, value)| deeper_than(value, left, max_depth, &Path::Key(place, key))),
        _ => None,
    }
}

/// The place of a value, as a chain on the stack: it costs nothing where there is no problem.
enum Path<'a> {
    Top,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn pointer(&self) -> String {
        let mut steps = Vec::new();
        let mut here = self;
        loop {
            here = match here {
                Path::Top => break,
                Path::Key(parent, key) => {
                    steps.push(key.replace('~', "~0").replace('/', "~1"));
                    parent
                }
                Path::Index(parent, index) => {
                    steps.push(index.to_string());
                    parent
                }
            };
        }
        let mut pointer = String::new();
        for step in steps.iter().rev() {
            if pointer.len() + step.len() > LONGEST_POINTER {
                pointer.push_str("/…");
                break;
            }
            pointer.push('/');
            pointer.push_str(step);
        }
        pointer
    }
}

/// Reads one value.
struct Reader<'a> {
    place: Path<'a>,
    /// Objects and lists around it.
    depth: usize,
    max_depth: usize,
    problems: &'a RefCell<Vec<JsonProblem>>,
}

impl Reader<'_> {
    fn note(&self, problem: JsonProblem) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS {
            problems.push(problem);
        }
    }

    /// Whether an object or a list may begin here; notes a problem otherwise.
    fn may_nest(&self) -> bool {
        let may = self.depth < self.max_depth;
        if !may {
            self.note(JsonProblem::too_deep(&self.place, self.max_depth));
        }
        may
    }

    fn within<'b>(&'b self, place: Path<'b>) -> Reader<'b> {
        Reader {
            place,
            depth: self.depth + 1,
            max_depth: self.max_depth,
            problems: self.problems,
        }
    }

    fn note_key(&self, key: &str, is_there: bool) {
        let (code, message) = if is_there {
            let message = "the key stands more than once in its object; keep one of them";
            ("duplicate-key", message.to_owned())
        } else if key.starts_with(RESERVED) {
            (
                "reserved-key",
                format!("keys that begin with `{RESERVED}` are reserved"),
            )
        } else {
            return;
        };
        let pointer = Path::Key(&self.place, key).pointer();
        self.note(JsonProblem { pointer, code, message });
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number is not finite"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        if !self.may_nest() {
            // Skipping does not recurse, however deep it goes on.
            while access.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        let mut entries = Vec::new();
        while let Some(entry) = access.next_element_seed(self.within(Path::Index(&self.place, entries.len())))? {
            entries.push(entry);
        }
        Ok(Value::Array(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        if !self.may_nest() {
            while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.note_key(&key, fields.contains_key(&key));
            let value = access.next_value_seed(self.within(Path::Key(&self.place, &key)))?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn problems(text: &str, max_depth: usize) -> Vec<(String, &'static str)> {
        match read(text.as_bytes(), max_depth) {
            Err(JsonError::Ambiguous(problems)) => problems
                .into_iter()
                .map(|problem| (problem.pointer, problem.code))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn key_that_stands_twice_is_a_problem_with_its_place() {
        let text = r#"{ "lead": [{ "a/b": 1, "name": "Pat", "a/b": 1 }], "id": 1, "lead": null, "i\u0064": 2 }"#;
        let expected = [
            ("/lead/0/a~1b", "duplicate-key"),
            ("/lead", "duplicate-key"),
            ("/id", "duplicate-key"),
        ];
        assert_eq!(
            problems(text, 64),
            expected.map(|(pointer, code)| (pointer.to_owned(), code))
        );
        assert_eq!(
            read(br#"{ "a": { "x": 1 }, "b": { "x": 1 } }"#, 64).unwrap()["b"]["x"],
            1
        );
    }

    #[test]
    fn nesting_is_read_to_the_bound_and_refused_beyond_it() {
        assert!(read(nested(3).as_bytes(), 3).is_ok());
        assert_eq!(problems(&nested(4), 3), [("/0/0/0".to_owned(), "too-deep")]);
        assert_eq!(
            problems(r#"{ "a": { "b": {} } }"#, 2),
            [("/a/b".to_owned(), "too-deep")]
        );
        // However deep it goes on, and what stands behind it is read.
        let deep = format!(r#"{{ "a": {}, "b": 1, "b": 2 }}"#, nested(100_000));
        let (place, code) = problems(&deep, MAX_DEPTH).remove(0);
        assert_eq!((place.matches('/').count(), code), (MAX_DEPTH, "too-deep"));
        assert_eq!(problems(&deep, MAX_DEPTH).remove(1), ("/b".to_owned(), "duplicate-key"));
    }

    #[test]
    fn value_that_is_too_deep_is_found_as_in_its_text() {
        let value: Value = serde_json::from_str(r#"{ "a": [1, { "b": [] }], "c": {} }"#).unwrap();
        assert_eq!(too_deep(&value, 4), None);
        let found = too_deep(&value, 3).unwrap();
        assert_eq!((found.pointer.as_str(), found.code), ("/a/1/b", "too-deep"));
        assert_eq!(too_deep(&json!(1), 0), None);
    }

    #[test]
    fn key_that_the_parser_uses_itself_is_refused() {
        let text = r#"{ "data": { "$serde_json::private::RawValue": "[[[[" } }"#;
        let expected = ("/data/$serde_json::private::RawValue".to_owned(), "reserved-key");
        assert_eq!(problems(text, 64), [expected]);
    }

    #[test]
    fn problems_of_a_large_text_stay_small() {
        let object = format!(r#"{{ "{0}": 1, "{0}": 2 }}"#, "k".repeat(10_000));
        let text = format!("[{}]", vec![object; 100].join(","));
        let problems = problems(&text, 64);
        assert_eq!(problems.len(), MOST_PROBLEMS);
        assert!(problems.iter().all(|(pointer, _)| pointer.len() < LONGEST_POINTER + 10));
        assert_eq!(problems[3].0, "/3/…");
    }

    #[test]
    fn text_that_is_not_json_says_where() {
        for text in ["", "{", "{} {}", "1e999", r#""\ud800""#, "{1: 2}", "[1,]"] {
            match read(text.as_bytes(), 64) {
                Err(JsonError::Syntax(error)) => assert!(error.line() > 0, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9_f64..1e9).prop_map(|number| Value::from(number.round() / 4.0)),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_read_as_serde_json_reads_it(value in json_value()) {
            let text = value.to_string();
            let expected: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read(text.as_bytes(), 64).unwrap(), expected);
        }
    }
}
