//! A JSON object that is read field by field.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::{Problems, nearest};

/// What to do with fields that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They are problems: the document is ours to define.
    Refuse,
    /// They are only reported: the document is the customer's.
    Report,
}

/// A JSON object at a place in a document. Reading a field notes a problem when it has the wrong shape; `null` and
/// empty text count as absent.
#[derive(Debug)]
pub struct Object<'a> {
    fields: &'a Map<String, Value>,
    pointer: String,
    problems: &'a Problems,
    known: RefCell<Vec<String>>,
}

impl<'a> Object<'a> {
    /// The root of a document; a problem if it is not an object.
    pub fn root(value: &'a Value, problems: &'a Problems) -> Option<Self> {
        Self::at(value, String::new(), problems)
    }

    /// The object at `pointer`; a problem if it is something else.
    pub fn at(value: &'a Value, pointer: String, problems: &'a Problems) -> Option<Self> {
        let Some(fields) = value.as_object() else {
            let message = format!("is {}, not an object", kind_of(value));
            problems.add(pointer, "wrong-type", message);
            return None;
        };
        Some(Self {
            fields,
            pointer,
            problems,
            known: RefCell::default(),
        })
    }

    /// The same object, whose problems are noted elsewhere.
    pub fn apart<'b>(&self, problems: &'b Problems) -> Object<'b>
    where
        'a: 'b,
    {
        Object {
            fields: self.fields,
            pointer: self.pointer.clone(),
            problems,
            known: RefCell::default(),
        }
    }

    /// JSON pointer to the object itself.
    pub fn place(&self) -> &str {
        &self.pointer
    }

    /// JSON pointer to a field.
    pub fn pointer(&self, name: &str) -> String {
        pointer_to(&self.pointer, name)
    }

    /// Notes a problem with a field.
    pub fn problem(&self, name: &str, code: &'static str, message: impl Into<String>) {
        self.problems.add(self.pointer(name), code, message);
    }

    /// Notes a problem with what stands at a path within.
    pub fn problem_at(&self, path: &str, code: &'static str, message: impl Into<String>) {
        self.problems.add(format!("{}/{path}", self.pointer), code, message);
    }

    /// Every field, each counted as one that was asked for.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        for name in self.fields.keys() {
            self.note_known(name);
        }
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Counts a field as one that was asked for.
    pub fn note_known(&self, name: &str) {
        let mut known = self.known.borrow_mut();
        if !known.iter().any(|known| known == name) {
            known.push(name.to_owned());
        }
    }

    /// The field as it stands, unless it is absent, `null` or empty text.
    pub fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.note_known(name);
        self.fields.get(name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            _ => true,
        })
    }

    /// Text, trimmed. Numbers are taken as they are written: ids often are numbers.
    pub fn text(&self, name: &'static str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            other => {
                self.wrong_type(name, other, "text");
                None
            }
        }
    }

    /// Text that must be there.
    pub fn required_text(&self, name: &'static str) -> Option<String> {
        if self.value(name).is_none() {
            self.problem(name, "missing", format!("`{name}` is missing"));
        }
        self.text(name)
    }

    /// What one of these words stands for. Of another one `wrong` tells, with the word in place of `{}`.
    pub fn word<T: Copy>(&self, name: &'static str, words: &[(&str, T)], wrong: &str) -> Option<T> {
        let written = self.text(name)?;
        for (word, meant) in words {
            if *word == written {
                return Some(*meant);
            }
        }
        self.problem(name, "unknown-word", wrong.replace("{}", &written));
        None
    }

    /// A whole number that is not negative.
    pub fn integer(&self, name: &'static str) -> Option<u64> {
        let value = self.value(name)?;
        let integer = value.as_u64();
        if integer.is_none() {
            self.wrong_type(name, value, "a whole number");
        }
        integer
    }

    /// True or false.
    pub fn boolean(&self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        let boolean = value.as_bool();
        if boolean.is_none() {
            self.wrong_type(name, value, "true or false");
        }
        boolean
    }

    /// An object.
    pub fn object(&self, name: &'static str) -> Option<Object<'a>> {
        let value = self.value(name)?;
        Object::at(value, self.pointer(name), self.problems)
    }

    /// A list of objects.
    pub fn objects(&self, name: &'static str) -> Vec<Object<'a>> {
        let mut objects = Vec::new();
        for (entry, pointer) in self.list(name) {
            objects.extend(Object::at(entry, pointer, self.problems));
        }
        objects
    }

    /// A list, each entry with its own pointer.
    pub fn list(&self, name: &'static str) -> Vec<(&'a Value, String)> {
        match self.value(name) {
            None => Vec::new(),
            Some(Value::Array(entries)) => {
                let mut list = Vec::new();
                for (index, entry) in entries.iter().enumerate() {
                    list.push((entry, format!("{}/{index}", self.pointer(name))));
                }
                list
            }
            Some(other) => {
                self.wrong_type(name, other, "a list");
                Vec::new()
            }
        }
    }

    /// The fields with one of these names, whatever their case and marks, that have a value: in the order of the names.
    pub fn like(&self, names: &[&'static str]) -> Vec<(&'a str, &'a Value)> {
        let mut found = Vec::new();
        for wanted in names {
            let wanted = plain_key(wanted);
            for (name, value) in self.fields.iter().filter(|(name, _)| plain_key(name) == wanted) {
                self.note_known(name);
                let is_empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
                if !is_empty {
                    found.push((name.as_str(), value));
                }
            }
        }
        if let Some(name) = names.first() {
            self.note_known(name);
        }
        found
    }

    /// The fields that were never asked for, each with its pointer and a sentence.
    ///
    /// With [`Unknown::Refuse`] they are noted as problems as well.
    pub fn unknown(&self, unknown: Unknown) -> Vec<(String, String)> {
        let known = self.known.borrow();
        let mut found = Vec::new();
        for name in self.fields.keys().filter(|name| !known.contains(name)) {
            let hint = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("; did you mean `{near}`?"),
                None if unknown == Unknown::Report || known.is_empty() => String::new(),
                None => format!("; known here: `{}`", known.join("`, `")),
            };
            let message = format!("`{name}` is not known{hint}");
            if unknown == Unknown::Refuse {
                self.problem(name, "unknown-field", message.clone());
            }
            found.push((self.pointer(name), message));
        }
        found
    }

    fn wrong_type(&self, name: &str, value: &Value, wanted: &str) {
        let message = format!("`{name}` is {}, not {wanted}", kind_of(value));
        self.problem(name, "wrong-type", message);
    }
}

/// Letters and digits of a name alone, in small letters: what names are compared by.
pub fn plain_key(name: &str) -> String {
    only(name, &char::is_alphanumeric).to_lowercase()
}

/// The letters of a text that are wanted. One function for all of them keeps the component small.
pub fn only(text: &str, is_wanted: &dyn Fn(char) -> bool) -> String {
    let mut kept = String::new();
    for letter in text.chars().filter(|letter| is_wanted(*letter)) {
        kept.push(letter);
    }
    kept
}

/// Whether all letters of a text are wanted.
pub fn all(text: &str, is_wanted: &dyn Fn(char) -> bool) -> bool {
    text.chars().all(is_wanted)
}

/// The JSON pointer (RFC 6901) to a field of the object at `pointer`.
pub fn pointer_to(pointer: &str, name: &str) -> String {
    let name = name.replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{name}")
}

/// An object with these fields. Collecting them instead brings a sort of its own into the component every time.
pub fn object_of(fields: &mut dyn Iterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in fields {
        object.insert(name, value);
    }
    object
}

/// An object with these fields. `json!` would write each value into it by way of serde, in several times the code.
pub fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// The texts in a list; none where it is no list.
pub fn texts_in(list: Option<&Value>) -> Vec<String> {
    let mut texts = Vec::new();
    for text in list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        texts.extend(text.as_str().map(str::to_owned));
    }
    texts
}

/// Takes out of an object what does not stay. One function for all of them keeps the component small.
pub fn keep_fields(fields: &mut Map<String, Value>, stays: &dyn Fn(&str, &Value) -> bool) {
    fields.retain(|name, value| stays(name, value));
}

/// What a value is, in words.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Sets what stands at a dotted path, and makes the objects on the way.
pub fn set_at(object: &mut Value, path: &str, value: Value) {
    set_under(object, &mut path.split('.'), value);
}

/// Sets what stands under these keys, and makes the objects on the way.
pub fn set_under(object: &mut Value, names: &mut dyn Iterator<Item = &str>, value: Value) {
    let mut here = object;
    for name in names {
        if !here.is_object() {
            *here = Value::Object(Map::new());
        }
        let Some(fields) = here.as_object_mut() else { return };
        here = fields.entry(name).or_insert(Value::Null);
    }
    *here = value;
}
