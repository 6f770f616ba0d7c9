//! Finds the place in a TOML file that a JSON pointer means.

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
    let before = text.get(..start?)?;
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    Some((line, column))
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
    fn what_is_missing_is_located_at_what_it_is_missing_from() {
        assert_eq!(locate(TEXT, "/reps/0/user_id").map(|(line, _)| line), Some(3));
        assert_eq!(locate(TEXT, "/base_url"), None);
        assert_eq!(locate(TEXT, ""), None);
    }
}
