//! What is kept in the store: plain structs, as JSON objects.
//!
//! serde's derives would do it, too. They write a parser for each struct, which took 90 kB of the component (1,292,224
//! bytes with them, 1,202,055 without); this reads JSON in one way for all of them.

use serde_json::{Map, Value};

/// Something that is kept.
pub trait Record: Sized {
    /// As it is kept; nothing when there is nothing to keep.
    fn kept(&self) -> Option<Value>;

    /// As it was kept; nothing when that cannot be understood. What is absent is `None`.
    fn recall(value: Option<&Value>) -> Option<Self>;
}

/// A word that stands for one of a few things.
pub trait Word: Copy + Ord + 'static {
    /// Each with its word.
    const WORDS: &'static [(Self, &'static str)];
}

/// The text of something that is kept.
pub fn to_text(record: &impl Record) -> String {
    record.kept().unwrap_or_default().to_string()
}

/// What was kept as a text; nothing when that cannot be understood.
pub fn of_text<T: Record>(text: &str) -> Option<T> {
    let value: Value = serde_json::from_str(text).ok()?;
    T::recall(Some(&value))
}

/// Adds a field, if there is something to keep.
pub fn keep(fields: &mut Map<String, Value>, name: &str, record: &impl Record) {
    if let Some(value) = record.kept() {
        fields.insert(name.to_owned(), value);
    }
}

/// Makes structs records: their fields by their names. A field that was not kept is nothing, or what stands behind `=`.
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        $visible:vis struct $name:ident {
            $( $(#[$about:meta])* $seen:vis $field:ident: $kind:ty $(= $usual:expr)? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $visible struct $name {
            $( $(#[$about])* $seen $field: $kind, )*
        }

        impl $crate::record::Record for $name {
            fn kept(&self) -> Option<serde_json::Value> {
                let mut fields = serde_json::Map::new();
                $( $crate::record::keep(&mut fields, stringify!($field), &self.$field); )*
                Some(serde_json::Value::Object(fields))
            }

            fn recall(value: Option<&serde_json::Value>) -> Option<Self> {
                let fields = value?.as_object()?;
                Some(Self {
                    $( $field: {
                        let recalled = $crate::record::Record::recall(fields.get(stringify!($field)));
                        $( let recalled = recalled.or_else(|| Some($usual)); )?
                        recalled?
                    }, )*
                })
            }
        }
    };
}

impl Record for Value {
    fn kept(&self) -> Option<Value> {
        (!self.is_null()).then(|| self.clone())
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        Some(value.cloned().unwrap_or_default())
    }
}

impl Record for String {
    fn kept(&self) -> Option<Value> {
        Some(self.clone().into())
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        Some(value?.as_str()?.to_owned())
    }
}

impl Record for bool {
    fn kept(&self) -> Option<Value> {
        self.then_some(Value::Bool(true))
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        value.map_or(Some(false), Value::as_bool)
    }
}

impl Record for u32 {
    fn kept(&self) -> Option<Value> {
        (*self > 0).then(|| (*self).into())
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        u64::recall(value).and_then(|number| number.try_into().ok())
    }
}

impl Record for u64 {
    fn kept(&self) -> Option<Value> {
        (*self > 0).then(|| (*self).into())
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        value.map_or(Some(0), Value::as_u64)
    }
}

impl Record for i64 {
    fn kept(&self) -> Option<Value> {
        Some((*self).into())
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        value?.as_i64()
    }
}

impl Record for Map<String, Value> {
    fn kept(&self) -> Option<Value> {
        (!self.is_empty()).then(|| Value::Object(self.clone()))
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        value.map_or(Some(Self::new()), |value| value.as_object().cloned())
    }
}

impl<T: Record> Record for Option<T> {
    fn kept(&self) -> Option<Value> {
        self.as_ref()?.kept()
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        match value {
            None | Some(Value::Null) => Some(None),
            value => T::recall(value).map(Some),
        }
    }
}

impl<T: Record> Record for Vec<T> {
    fn kept(&self) -> Option<Value> {
        (!self.is_empty()).then(|| self.iter().filter_map(Record::kept).collect())
    }

    fn recall(value: Option<&Value>) -> Option<Self> {
        let Some(value) = value else {
            return Some(Self::new());
        };
        value.as_array()?.iter().map(|entry| T::recall(Some(entry))).collect()
    }
}

/// The word for something.
pub fn word_of<T: Word>(of: T) -> &'static str {
    let word = T::WORDS.iter().find(|(known, _)| *known == of);
    word.map_or("", |(_, word)| word)
}

/// What a word stands for.
pub fn of_word<T: Word>(word: &str) -> Option<T> {
    let known = T::WORDS.iter().find(|(_, known)| *known == word);
    known.map(|(of, _)| *of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    record! {
        #[derive(Debug, Default, PartialEq)]
        struct Visit {
            name: String,
            guests: Vec<String>,
            moved: Option<i64>,
            off: bool,
            tries: u32,
            kind: String = "roof".to_owned(),
        }
    }

    #[test]
    fn what_is_kept_is_recalled() {
        let visit = Visit {
            name: "Ann".to_owned(),
            guests: vec!["Bob".to_owned()],
            moved: Some(-1),
            off: true,
            tries: 3,
            kind: "gutter".to_owned(),
        };
        assert_eq!(of_text::<Visit>(&to_text(&visit)), Some(visit));
    }

    #[test]
    fn what_is_nothing_is_not_kept_and_what_is_absent_is_nothing() {
        let visit = Visit {
            name: "Ann".to_owned(),
            kind: "roof".to_owned(),
            ..Visit::default()
        };
        assert_eq!(visit.kept(), Some(json!({ "name": "Ann", "kind": "roof" })));
        assert_eq!(of_text::<Visit>(r#"{"name": "Ann", "moved": null}"#), Some(visit));
    }

    #[test]
    fn what_cannot_be_understood_is_no_record() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"name": 7}"#,
            r#"{"name": "Ann", "guests": "Bob"}"#,
            r#"{"name": "Ann", "guests": [7]}"#,
            r#"{"name": "Ann", "moved": "then"}"#,
            r#"{"name": "Ann", "tries": -1}"#,
            r#"{"name": "Ann", "off": 1}"#,
        ] {
            assert_eq!(of_text::<Visit>(text), None, "{text}");
        }
    }
}
