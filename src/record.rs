//! What is kept in the store: plain structs, as JSON objects.
//!
//! serde's derives would do it, too. They write a parser for each struct, which took 90 kB of the component (1,292,224
//! bytes with them, 1,202,055 without); this reads JSON in one way for all of them.

use serde_json::{Map, Value};

/// Something that is kept.
pub trait Record {
    /// As it is kept; nothing when there is nothing to keep.
    fn kept(&self) -> Option<Value>;

    /// Becomes what was kept; whether that could be understood. What is absent is nothing.
    fn recall(&mut self, value: Option<&Value>) -> bool;
}

/// A word that stands for one of a few things.
pub trait Word: Copy + Ord + 'static {
    /// Each with its word.
    const WORDS: &'static [(Self, &'static str)];
}

/// The text of something that is kept.
pub fn to_text(record: &dyn Record) -> String {
    record.kept().unwrap_or_default().to_string()
}

/// What was kept as a text; nothing when that cannot be understood.
pub fn of_text<T: Record + Default>(text: &str) -> Option<T> {
    let mut record = T::default();
    recall_text(&mut record, text).then_some(record)
}

fn recall_text(record: &mut dyn Record, text: &str) -> bool {
    serde_json::from_str(text).is_ok_and(|value: Value| record.recall(Some(&value)))
}

/// Adds a field, if there is something to keep.
pub fn keep(fields: &mut Map<String, Value>, name: &str, field: &dyn Record) {
    if let Some(value) = field.kept() {
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
        #[derive(Default)]
        $visible struct $name {
            $( $(#[$about])* $seen $field: $kind, )*
        }

        impl $crate::record::Record for $name {
            fn kept(&self) -> Option<serde_json::Value> {
                let mut fields = serde_json::Map::new();
                $( $crate::record::keep(&mut fields, stringify!($field), &self.$field); )*
                Some(serde_json::Value::Object(fields))
            }

            fn recall(&mut self, value: Option<&serde_json::Value>) -> bool {
                let Some(fields) = value.and_then(serde_json::Value::as_object) else {
                    return false;
                };
                $(
                    let is_understood = $crate::record::recall(&mut self.$field, fields, stringify!($field))
                        $( || $crate::record::fill(&mut self.$field, Some($usual)) )?;
                    if !is_understood {
                        return false;
                    }
                )*
                true
            }
        }
    };
}

/// Recalls a field; whether it could be understood.
pub fn recall(field: &mut dyn Record, fields: &Map<String, Value>, name: &str) -> bool {
    field.recall(fields.get(name))
}

/// Puts what was understood into its place; whether there was something.
pub fn fill<T>(place: &mut T, understood: Option<T>) -> bool {
    let Some(understood) = understood else {
        return false;
    };
    *place = understood;
    true
}

impl Record for Value {
    fn kept(&self) -> Option<Value> {
        (!self.is_null()).then(|| self.clone())
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        *self = value.cloned().unwrap_or_default();
        true
    }
}

impl Record for String {
    fn kept(&self) -> Option<Value> {
        Some(self.clone().into())
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        fill(self, value.and_then(Value::as_str).map(str::to_owned))
    }
}

impl Record for bool {
    fn kept(&self) -> Option<Value> {
        self.then_some(Value::Bool(true))
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        fill(self, value.map_or(Some(false), Value::as_bool))
    }
}

impl Record for u32 {
    fn kept(&self) -> Option<Value> {
        (*self > 0).then(|| (*self).into())
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        let number = value.map_or(Some(0), Value::as_u64);
        fill(self, number.and_then(|number| number.try_into().ok()))
    }
}

impl Record for u64 {
    fn kept(&self) -> Option<Value> {
        (*self > 0).then(|| (*self).into())
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        fill(self, value.map_or(Some(0), Value::as_u64))
    }
}

impl Record for i64 {
    fn kept(&self) -> Option<Value> {
        Some((*self).into())
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        fill(self, value.and_then(Value::as_i64))
    }
}

impl Record for Map<String, Value> {
    fn kept(&self) -> Option<Value> {
        (!self.is_empty()).then(|| Value::Object(self.clone()))
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        fill(
            self,
            value.map_or(Some(Self::new()), |value| value.as_object().cloned()),
        )
    }
}

impl<T: Record + Default> Record for Option<T> {
    fn kept(&self) -> Option<Value> {
        self.as_ref()?.kept()
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        match value {
            None | Some(Value::Null) => {
                *self = None;
                true
            }
            value => self.insert(T::default()).recall(value),
        }
    }
}

impl<T: Record + Default> Record for Vec<T> {
    fn kept(&self) -> Option<Value> {
        let mut kept = Vec::new();
        for entry in self {
            kept.extend(entry.kept());
        }
        (!self.is_empty()).then_some(Value::Array(kept))
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        let entries = match value {
            None => return true,
            Some(Value::Array(entries)) => entries,
            Some(_) => return false,
        };
        for entry in entries {
            let mut recalled = T::default();
            if !recalled.recall(Some(entry)) {
                return false;
            }
            self.push(recalled);
        }
        true
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
        #[derive(Debug, PartialEq)]
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
