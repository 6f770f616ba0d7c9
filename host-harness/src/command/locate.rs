//! Finds the place in a TOML or JSON file that a JSON pointer means.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::value::RawValue;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where something stands in a text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name; of an entry of a list, and in JSON, what it holds.
    pub(super) key: Range<usize>,
    /// What it holds, as it is written.
    pub(super) value: Range<usize>,
    /// What it holds, where that is text.
    pub(super) text: Option<String>,
}

/// The place of what a JSON pointer means in a TOML file, else of the nearest thing around it. Nothing for the document
/// as a whole, or when it is no TOML.
pub(super) fn in_toml(text: &str, pointer: &str) -> Option<Place> {
    let table = DeTable::parse(text).ok()?;
    let mut place = None;
    let mut here = Some(Here::Table(table.get_ref()));
    for name in names(pointer) {
        let Some((key, value)) = here.and_then(|here| here.step(&name)) else {
            break;
        };
        place = Some(Place {
            key,
            value: value.span(),
            text: value.get_ref().as_str().map(str::to_owned),
        });
        here = Here::of(value);
    }
    place
}

/// The place of what a JSON pointer means in a JSON file, else of the nearest thing around it. Nothing for the document
/// as a whole, or when it is no JSON.
pub(super) fn in_json(text: &str, pointer: &str) -> Option<Place> {
    let mut here: &RawValue = serde_json::from_str(text).ok()?;
    let mut place = None;
    for name in names(pointer) {
        let fields = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(here.get());
        let entries = serde_json::from_str::<Vec<&RawValue>>(here.get());
        let next = match (fields, entries) {
            (Ok(fields), _) => fields.get(name.as_str()).copied(),
            (_, Ok(entries)) => name.parse().ok().and_then(|index: usize| entries.get(index).copied()),
            _ => None,
        };
        let Some(next) = next else { break };
        here = next;
        // What was read without a copy is a part of the text.
        let start = here.get().as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        let value = start..start + here.get().len();
        place = Some(Place {
            key: value.clone(),
            value,
            text: serde_json::from_str(here.get()).ok(),
        });
    }
    place
}

/// The names of a JSON pointer.
fn names(pointer: &str) -> impl Iterator<Item = String> {
    let names = pointer.split('/').skip(1);
    names.map(|name| name.replace("~1", "/").replace("~0", "~"))
}

/// Line and column, from one, of a byte.
pub(super) fn line_and_column(text: &str, byte: usize) -> Option<(usize, usize)> {
    let before = text.get(..byte)?;
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    Some((line, column))
}

impl Place {
    /// The bytes of `text` that hold what these bytes of the value do; the whole value where that cannot be told, for
    /// it is written with escapes.
    pub(super) fn part(&self, text: &str, part: &Range<usize>) -> Range<usize> {
        let content = self.text.as_deref().unwrap_or_default();
        let written = text.get(self.value.clone()).unwrap_or_default();
        match written.find(content) {
            Some(quotes) if part.end <= content.len() && !content.is_empty() => {
                let start = self.value.start + quotes;
                start + part.start..start + part.end
            }
            _ => self.value.clone(),
        }
    }
}

#[derive(Clone, Copy)]
enum Here<'a, 'text> {
    Table(&'a DeTable<'text>),
    List(&'a [Spanned<DeValue<'text>>]),
}

impl<'a, 'text> Here<'a, 'text> {
    fn of(value: &'a Spanned<DeValue<'text>>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::Table(table)),
            DeValue::Array(list) => Some(Self::List(list)),
            _ => None,
        }
    }

    /// Where a key or an entry stands, and what it holds.
    fn step(self, name: &str) -> Option<(Range<usize>, &'a Spanned<DeValue<'text>>)> {
        match self {
            Self::Table(table) => {
                let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
                Some((key.span(), value))
            }
            Self::List(list) => {
                let value = list.get(name.parse::<usize>().ok()?)?;
                Some((value.span(), value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = "location_id = \"x\"\n\n[[reps]]\nid = \"1\"\n\n[[reps]]\nid = \"2\"\n  colour = \"é è\"\n";

    fn key(pointer: &str) -> Option<(usize, usize)> {
        in_toml(TOML, pointer).and_then(|place| line_and_column(TOML, place.key.start))
    }

    #[test]
    fn a_key_is_found_by_line_and_column() {
        assert_eq!(key("/location_id"), Some((1, 1)));
        assert_eq!(key("/reps/1/colour"), Some((8, 3)));
    }

    #[test]
    fn a_part_of_a_text_is_found_within_it() {
        let place = in_toml(TOML, "/reps/1/colour").unwrap();
        assert_eq!(TOML.get(place.part(TOML, &(3..5))), Some("è"));
        let escaped = r#"{ "a": ["x", "one\ntwo"] }"#;
        let place = in_json(escaped, "/a/1").unwrap();
        assert_eq!(escaped.get(place.part(escaped, &(4..7))), Some(r#""one\ntwo""#));
    }

    #[test]
    fn a_line_of_json_is_found() {
        let json = "{\n \"users\": [{}],\n \"tasks\": [\n  { \"id\": [1] },\n  {}\n ]\n}";
        for (pointer, line) in [
            ("/users", Some(2)),
            ("/users/0", Some(2)),
            ("/tasks/0/id", Some(4)),
            ("/tasks/1", Some(5)),
            ("/tasks/1/id", Some(5)),
            ("/colours/1", None),
        ] {
            let place = in_json(json, pointer).and_then(|place| line_and_column(json, place.value.start));
            assert_eq!(place.map(|(line, _)| line), line, "{pointer}");
        }
    }

    #[test]
    fn what_is_missing_is_located_at_what_it_is_missing_from() {
        assert_eq!(key("/reps/0/user_id").map(|(line, _)| line), Some(3));
        assert_eq!(key("/base_url"), None);
        assert_eq!(key(""), None);
    }
}
