//! Paths to a place in a JSON document, as people write them.

use serde_json::Value;

use super::pointer_to;

/// What a bare key may not have: a text with one of these is an expression, or a key to be put in quotes.
const SIGNS: &str = "()|~\"{}<>=!+,]";

/// The words of expressions. A bare key of several words has none of them.
const WORDS: [&str; 7] = ["or", "and", "not", "in", "defined", "if", "else"];

/// The way to a place in a JSON document, by any keys there are: `customer.mobile`, `first-name`, `Phone Number`,
/// `['Date & time (local)']`, `answers[0].value`, `answers[-1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPath {
    /// The keys, the outermost first.
    pub keys: Vec<Key>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A field of an object; of a list, if it is a number, the entry.
    Name(String),
    /// An entry of a list, counted from zero, or below zero from the end; of an object the field of that name.
    Index(i64),
}

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Where in its text, in bytes: from, and to before.
    pub span: (usize, usize),
    /// What is wrong, for people.
    pub message: String,
}

impl KeyPath {
    /// Reads a path.
    ///
    /// ```
    /// # use knockcal::document::KeyPath;
    /// # use serde_json::json;
    /// let posted = json!({ "Your phone": { "0": "(512) 555-0142" }, "answers": [1, 2] });
    /// let at = |path: &str| KeyPath::read(path).unwrap().find(&posted).cloned();
    /// assert_eq!(at("Your phone.0"), Some(json!("(512) 555-0142")));
    /// assert_eq!(at("['Your phone'][0]"), Some(json!("(512) 555-0142")));
    /// assert_eq!(at("answers[-1]"), Some(json!(2)));
    /// assert!(KeyPath::read("lead.phone or lead.email").is_err());
    /// ```
    ///
    /// # Errors
    /// What cannot be read, and where.
    pub fn read(text: &str) -> Result<Self, PathError> {
        let mut keys = Vec::new();
        let mut at = blank(text, 0);
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let (key, end) = match rest.starts_with('[') {
                true => bracketed(text, at)?,
                false => bare(text, at)?,
            };
            keys.push(key);
            at = blank(text, end);
            match text.get(at..).and_then(|rest| rest.chars().next()) {
                None => return Ok(Self { keys }),
                Some('[') => {}
                Some('.') => at = blank(text, at + 1),
                Some(other) => {
                    let span = (at, at + other.len_utf8());
                    let message = format!("`{other}` stands where `.`, `[` or the end of a path is expected");
                    return Err(PathError { span, message });
                }
            }
        }
    }

    /// The path with these keys.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let keys = names.into_iter().map(|name| Key::Name(name.to_owned())).collect();
        Self { keys }
    }

    /// What stands there.
    pub fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.keys.iter().try_fold(document, |here, key| key.of(here))
    }

    /// What stands there in what was posted, which itself is `data` where it has no key of that name.
    pub fn find_posted<'a>(&self, posted: &'a Value) -> Option<&'a Value> {
        match self.keys.split_first() {
            Some((Key::Name(root), rest)) if root == "data" && posted.get(root).is_none() => {
                rest.iter().try_fold(posted, |here, key| key.of(here))
            }
            _ => self.find(posted),
        }
    }

    /// The JSON pointer to the place in what was posted, below `/data`.
    pub fn pointer_in_posted(&self, posted: &Value) -> String {
        let mut keys = self.keys.as_slice();
        if let Some((Key::Name(root), rest)) = keys.split_first()
            && root == "data"
            && posted.get(root).is_none()
        {
            keys = rest;
        }
        let (mut pointer, mut here) = ("/data".to_owned(), posted);
        for key in keys {
            pointer = key.pointer(here, &pointer);
            here = key.of(here).unwrap_or(&Value::Null);
        }
        pointer
    }

    /// The path as it is written.
    pub fn written(&self) -> String {
        let mut written = String::new();
        for key in &self.keys {
            key.write_to(&mut written);
        }
        written
    }
}

impl Key {
    /// What stands under it.
    pub fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match (self, value) {
            (Self::Name(name), Value::Array(entries)) => entry(entries, name.parse().ok()?),
            (Self::Name(name), value) => value.get(name),
            (Self::Index(index), Value::Array(entries)) => entry(entries, *index),
            (Self::Index(index), value) => value.get(index.to_string()),
        }
    }

    /// The JSON pointer to what stands under it, within what stands at `pointer`.
    pub fn pointer(&self, value: &Value, pointer: &str) -> String {
        match (self, value) {
            (Self::Index(index), Value::Array(entries)) if *index < 0 => {
                let place = place_of(entries, *index).unwrap_or_default();
                format!("{pointer}/{place}")
            }
            (Self::Index(index), _) => format!("{pointer}/{index}"),
            (Self::Name(name), _) => pointer_to(pointer, name),
        }
    }

    /// Adds it to a path that is written.
    pub fn write_to(&self, path: &mut String) {
        match self {
            Self::Index(index) => *path += &format!("[{index}]"),
            Self::Name(name) if is_plain(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                *path += name;
            }
            Self::Name(name) => {
                let escaped = name.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n");
                *path += &format!("['{escaped}']");
            }
        }
    }
}

/// The entry of a list at an index, which counts from the end where it is negative.
pub fn entry(entries: &[Value], index: i64) -> Option<&Value> {
    entries.get(place_of(entries, index)?)
}

fn place_of(entries: &[Value], index: i64) -> Option<usize> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    match index < 0 {
        true => entries.len().checked_sub(distance),
        false => Some(distance),
    }
}

/// Whether expressions can say a key without quotes.
fn is_plain(name: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || letter == '_';
    name.chars().all(fits) && name.starts_with(|first: char| first.is_alphabetic() || first == '_') && !is_word(name)
}

fn is_word(name: &str) -> bool {
    WORDS.contains(&name) || matches!(name, "true" | "false" | "none" | "is")
}

/// Where white space ends that begins here.
fn blank(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    text.len() - rest.trim_start().len()
}

/// A key without quotes, and where it ends.
fn bare(text: &str, start: usize) -> Result<(Key, usize), PathError> {
    let rest = text.get(start..).unwrap_or_default();
    let wrong = |from: usize, to: usize, message: String| PathError {
        span: (start + from, start + to),
        message,
    };
    let stops = |letter: char| matches!(letter, '.' | '[') || SIGNS.contains(letter);
    let end = rest.find(stops).unwrap_or(rest.len());
    let name = rest.get(..end).unwrap_or_default().trim_end();
    let sign = rest.get(end..).and_then(|rest| rest.chars().next());
    if let Some(sign) = sign.filter(|sign| SIGNS.contains(*sign)) {
        let message = format!("a key with `{sign}` stands in brackets and quotes, like `['Phone (mobile)']`");
        return Err(wrong(end, end + sign.len_utf8(), message));
    }
    if name.is_empty() {
        let message = match sign {
            Some(sign) => format!("`{sign}` stands where a key is expected"),
            None => "a key is missing at the end".to_owned(),
        };
        return Err(wrong(end, end + sign.map_or(0, char::len_utf8), message));
    }
    if name.starts_with('\'') {
        let message = "a key in quotes stands in brackets, like `['Appointment Date']`".to_owned();
        return Err(wrong(0, name.len(), message));
    }
    // A sentence with other signs than an expression has is a key: `Do you rent or own?`
    let may_be_expression = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_' || letter.is_whitespace());
    let mut words = name.split_whitespace();
    if may_be_expression && name.contains(char::is_whitespace) && words.any(|word| WORDS.contains(&word)) {
        let mut quoted = String::new();
        Key::Name(name.to_owned()).write_to(&mut quoted);
        let message = format!("reads like an expression; where it is a key, write `{quoted}`");
        return Err(wrong(0, name.len(), message));
    }
    Ok((Key::Name(name.to_owned()), start + name.len()))
}

/// A key in brackets, and where they end.
fn bracketed(text: &str, start: usize) -> Result<(Key, usize), PathError> {
    let wrong = |message: &str| PathError {
        span: (start, text.len()),
        message: message.to_owned(),
    };
    let expected =
        "in brackets stands a key in quotes, like `['Appointment Date']`, or the number of an entry, like `[0]`";
    let inside = blank(text, start + 1);
    let rest = text.get(inside..).unwrap_or_default();
    let (key, length) = match rest.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let (name, length) =
                quoted(rest, quote).ok_or_else(|| wrong("a key in quotes begins here and does not end"))?;
            (Key::Name(name), length)
        }
        _ => {
            let length = rest.find(']').unwrap_or(rest.len());
            let number = rest.get(..length).unwrap_or_default().trim();
            (Key::Index(number.parse().map_err(|_| wrong(expected))?), length)
        }
    };
    let end = blank(text, inside + length);
    match text.get(end..).is_some_and(|rest| rest.starts_with(']')) {
        true => Ok((key, end + 1)),
        false => Err(wrong(expected)),
    }
}

/// A text in quotes, and how long it is with them. A backslash takes the next letter as it is, but `\n` is a line end.
pub fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            letter if letter == quote => return Some((content, at + quote.len_utf8())),
            '\\' => match letters.next()?.1 {
                'n' => content.push('\n'),
                other => content.push(other),
            },
            letter => content.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn any_key_can_be_named() {
        let posted = json!({
            "customer": { "mobile": 1, "first-name": 2, "a.b": 3, "if": 4, "0": 5, "Phone (mobile)": 6, "it's": 7 },
            "Appointment Date": 8, "in": 9, "Téléphone n°": 10, "answers": [{ "value": 11 }, { "value": 12 }],
            "Date/Time": 13, "": 14, "Phone*": 15, "say \"hi\"": 16, "2nd phone": 17,
            "What is your name?": 18, "Do you rent or own?": 19, "Is it yours": 20,
        });
        let table = [
            ("customer.mobile", 1),
            (" customer . mobile ", 1),
            ("customer.first-name", 2),
            ("customer['first-name']", 2),
            ("customer['a.b']", 3),
            ("customer.if", 4),
            ("customer.0", 5),
            ("customer[0]", 5),
            ("customer['0']", 5),
            ("customer[\"Phone (mobile)\"]", 6),
            (r"customer['it\'s']", 7),
            ("customer.it's", 7),
            ("Appointment Date", 8),
            ("['Appointment Date']", 8),
            ("in", 9),
            ("Téléphone n°", 10),
            ("answers[0].value", 11),
            ("answers.0.value", 11),
            ("answers[-1].value", 12),
            ("answers[ 1 ]['value']", 12),
            ("Date/Time", 13),
            ("['']", 14),
            ("Phone*", 15),
            ("['say \"hi\"']", 16),
            ("2nd phone", 17),
            ("What is your name?", 18),
            ("Do you rent or own?", 19),
            ("Is it yours", 20),
        ];
        for (path, expected) in table {
            let path = KeyPath::read(path).unwrap_or_else(|error| panic!("{path}: {error:?}"));
            assert_eq!(path.find(&posted), Some(&json!(expected)), "{path:?}");
            let again = KeyPath::read(&path.written()).unwrap();
            assert_eq!(again.find(&posted), Some(&json!(expected)), "{}", path.written());
        }
    }

    #[test]
    fn what_is_not_a_path_is_refused_where_it_ends_to_be_one() {
        let table = [
            ("", "", "a key is missing at the end"),
            ("lead.", "", "a key is missing at the end"),
            ("lead..phone", ".", "`.` stands where a key is expected"),
            (
                "lead.phone|e164",
                "|",
                "a key with `|` stands in brackets and quotes, like `['Phone (mobile)']`",
            ),
            (
                "title or notes",
                "title or notes",
                "reads like an expression; where it is a key, write `['title or notes']`",
            ),
            (
                "a[b]",
                "[b]",
                "in brackets stands a key in quotes, like `['Appointment Date']`, or the number of an entry, like `[0]`",
            ),
            ("a['b]", "['b]", "a key in quotes begins here and does not end"),
            (
                "a[0]b",
                "b",
                "`b` stands where `.`, `[` or the end of a path is expected",
            ),
            (
                "'a b'",
                "'a b'",
                "a key in quotes stands in brackets, like `['Appointment Date']`",
            ),
        ];
        for (text, underlined, message) in table {
            let error = KeyPath::read(text).unwrap_err();
            assert_eq!(
                (text.get(error.span.0..error.span.1), error.message.as_str()),
                (Some(underlined), message),
                "{text}"
            );
        }
    }

    proptest! {
        /// A path of any keys, written, is read as the same path, and finds what stands there.
        #[test]
        fn every_key_that_is_written_is_read_again(names in prop::collection::vec("\\PC{0,12}|[a-z]{1,4}", 1..5)) {
            let path = KeyPath::of_names(names.iter().map(String::as_str));
            let read = KeyPath::read(&path.written());
            prop_assert_eq!(read.as_ref(), Ok(&path), "{}", path.written());
            let posted = names.iter().rev().fold(json!(1), |inner, name| json!({ name: inner }));
            prop_assert_eq!(path.find(&posted), Some(&json!(1)));
        }

        #[test]
        fn any_text_is_read_or_refused_in_place(text in "\\PC{0,40}|[a-z.'\"\\[\\]0-9 -]{0,40}") {
            if let Err(error) = KeyPath::read(&text) {
                prop_assert!(text.get(error.span.0..error.span.1).is_some(), "{:?}", error);
            }
        }
    }
}
