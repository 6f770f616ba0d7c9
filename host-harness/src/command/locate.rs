//! Finds the place in a TOML or JSON file that a JSON pointer means.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Line and column, from one, of what a JSON pointer means: the key of a field, else the nearest thing around it.
/// Nothing for the document as a whole, or when it is no TOML.
pub(super) fn locate(text: &str, pointer: &str) -> Option<(usize, usize)> {
    let table = DeTable::parse(text).ok()?;
    let mut start = None;
    let mut here: Option<Here<'_, '_>> = Some(Here::Table(table.get_ref()));
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        let Some((place, value)) = here.and_then(|here| here.step(&name)) else {
            break;
        };
        start = Some(place);
        here = Here::of(value);
    }
    line_and_column(text, start?)
}

/// Line and column, from one, of a byte.
pub(super) fn line_and_column(text: &str, byte: usize) -> Option<(usize, usize)> {
    let before = text.get(..byte)?;
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    Some((line, column))
}

/// The line, from one, of what a JSON pointer means in a JSON file. Nothing when it is not there.
pub(super) fn json_line(text: &str, pointer: &str) -> Option<usize> {
    let names: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut reader = serde_json::Deserializer::from_str(text);
    let stopped = Search(&names).deserialize(&mut reader).err()?;
    stopped.is_data().then(|| stopped.line())
}

/// Walks the names of a pointer through a document, and stops with an error where they lead: the reader knows where
/// that is.
struct Search<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        match self.0 {
            [] => Err(D::Error::custom("here")),
            _ => reader.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.0 {
                [name, rest @ ..] if *name == key => map.next_value_seed(Search(rest))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let [name, rest @ ..] = self.0 else { return Ok(()) };
        for _ in 0..name.parse::<usize>().unwrap_or_default() {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(Search(rest)).map(|_| ())
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

    /// Where a key or an entry begins, and what it holds.
    fn step(self, name: &str) -> Option<(usize, &'a Spanned<DeValue<'text>>)> {
        match self {
            Self::Table(table) => {
                let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
                Some((key.span().start, value))
            }
            Self::List(list) => {
                let value = list.get(name.parse::<usize>().ok()?)?;
                Some((value.span().start, value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "location_id = \"x\"\n\n[[reps]]\nid = \"1\"\n\n[[reps]]\nid = \"2\"\n  colour = \"é\"\n";

    #[test]
    fn a_key_is_found_by_line_and_column() {
        assert_eq!(locate(TEXT, "/location_id"), Some((1, 1)));
        assert_eq!(locate(TEXT, "/reps/1/colour"), Some((8, 3)));
    }

    #[test]
    fn a_line_of_json_is_found() {
        let json = "{\n \"users\": [{}],\n \"tasks\": [\n  { \"id\": [1] },\n  {}\n ]\n}";
        for (pointer, line) in [
            ("/users", Some(2)),
            ("/users/0", Some(2)),
            ("/tasks/0/id", Some(4)),
            ("/tasks/1", Some(5)),
            ("/colours/1", None),
        ] {
            assert_eq!(json_line(json, pointer), line, "{pointer}");
        }
    }

    #[test]
    fn what_is_missing_is_located_at_what_it_is_missing_from() {
        assert_eq!(locate(TEXT, "/reps/0/user_id").map(|(line, _)| line), Some(3));
        assert_eq!(locate(TEXT, "/base_url"), None);
        assert_eq!(locate(TEXT, ""), None);
    }
}
