//! Payloads as programs send them: JSON, forms, and JSON in forms.
//!
//! Not every program that posts events writes clean JSON. Form tools send forms, shells leave the content type of a form
//! on JSON, and whoever joins JSON out of pieces leaves line breaks in its texts. What can be read in one way only is
//! read, and a [`Note`] says how. Nothing is guessed: what stands in a payload twice, or ends in the middle, is a problem.
//!
//! | room | what it reads |
//! |---|---|
//! | `fields` | names like `lead[phone]` into objects and lists |
//! | `multipart` | `multipart/form-data` |
//! | `relaxed` | JSON with raw control characters, or encoded twice |

mod fields;
mod multipart;
mod relaxed;
#[cfg(test)]
mod tests;

use crate::json::{self, JsonError};
use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use thiserror::Error;

/// The deepest nesting of a payload: the data of an event, and what may stand around it.
pub const MAX_DEPTH: usize = json::MAX_DEPTH + json::AROUND_DATA;

/// Names of fields that hold all of an event.
const WRAPPERS: [&str; 8] = [
    "payload",
    "json",
    "body",
    "event",
    "request",
    "data",
    "rawRequest",
    "raw_request",
];

/// A payload, and how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// What it says.
    pub value: Value,
    /// In which other way than as plain JSON it was read.
    pub notes: Vec<Note>,
}

/// How a payload was read that is not plain JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Its content type says something else.
    ContentType,
    /// It was a form.
    Form,
    /// Its text was in another encoding than UTF-8, or began with a byte order mark.
    Encoding,
    /// It is not UTF-8, names no charset, and was read as Windows-1252.
    Windows1252,
    /// Texts in it held control characters as they are.
    ControlCharacters,
    /// It was a text that held JSON.
    EncodedTwice,
    /// A field was a text that held JSON.
    JsonInField(String),
    /// A file was left out.
    FileIgnored(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentType => f.write_str("the content type says something else"),
            Self::Form => f.write_str("a form"),
            Self::Encoding => f.write_str("not plain UTF-8"),
            Self::Windows1252 => f.write_str("not UTF-8, read as Windows-1252"),
            Self::ControlCharacters => f.write_str("control characters in JSON texts"),
            Self::EncodedTwice => f.write_str("JSON encoded twice"),
            Self::JsonInField(name) => write!(f, "JSON in the field `{name}`"),
            Self::FileIgnored(name) => write!(f, "the file `{name}` was left out"),
        }
    }
}

/// Why a payload cannot be read.
#[derive(Debug, Error)]
pub enum PayloadError {
    /// It is not JSON, or ambiguous, or too deep.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is a form that cannot be read.
    #[error("{0}")]
    Form(String),
    /// Its text is not in the encoding that it says, or in none that is known.
    #[error("{0}")]
    Encoding(String),
    /// It is something else.
    #[error("`{0}` is not read; send JSON with `content-type: application/json`, or a form")]
    ContentType(String),
}

/// What a content type says, as far as it matters.
enum Kind<'a> {
    Json,
    Form,
    Multipart(&'a str),
    /// Nothing, or nothing in particular.
    Unknown,
    Other(&'a str),
}

impl<'a> Kind<'a> {
    fn of(content_type: &'a str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" | "text/json" | "application/x-json" | "text/x-json" => Self::Json,
            other if other.ends_with("+json") => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart(content_type),
            "" | "text/plain" | "application/octet-stream" => Self::Unknown,
            _ => Self::Other(essence),
        }
    }
}

/// Reads a payload of this content type.
///
/// # Errors
/// When it cannot be read, or in more than one way.
pub async fn read(content_type: Option<&str>, body: Bytes) -> Result<Payload, PayloadError> {
    let content_type = content_type.unwrap_or_default();
    let mut notes = Vec::new();
    let value = match Kind::of(content_type) {
        Kind::Multipart(said) => form(multipart::read(said, body, &mut notes).await?, &mut notes)?,
        kind => {
            let text = decode(content_type, &body, &mut notes)?;
            of_text(&kind, &text, &mut notes)?
        }
    };
    finish(value, notes)
}

/// Reads a payload of which no content type is known: that of a file.
///
/// # Errors
/// When it cannot be read, or in more than one way.
pub fn read_file(body: &[u8]) -> Result<Payload, PayloadError> {
    let mut notes = Vec::new();
    let text = decode("", body, &mut notes)?;
    let value = of_text(&Kind::Unknown, &text, &mut notes)?;
    finish(value, notes)
}

fn finish(value: Value, mut notes: Vec<Note>) -> Result<Payload, PayloadError> {
    let value = opened(value, &mut notes);
    match json::too_deep(&value, MAX_DEPTH) {
        None => Ok(Payload { value, notes }),
        Some(problem) => Err(JsonError::Ambiguous(vec![problem]).into()),
    }
}

fn of_text(kind: &Kind<'_>, text: &str, notes: &mut Vec<Note>) -> Result<Value, PayloadError> {
    let trimmed = text.trim();
    let looks_like_json = trimmed.starts_with(['{', '[', '"']);
    let is_form = match kind {
        Kind::Form => !looks_like_json,
        Kind::Json | Kind::Unknown | Kind::Other(_) => !looks_like_json && looks_like_form(trimmed),
        Kind::Multipart(_) => false,
    };
    if is_form {
        if !matches!(kind, Kind::Form) {
            notes.push(Note::ContentType);
        }
        let pairs = trimmed.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (letters(unescaped(name), notes), letters(unescaped(value), notes))
        });
        let pairs = pairs.collect();
        return form(pairs, notes);
    }
    match (kind, relaxed::read(text, MAX_DEPTH, notes)) {
        (Kind::Json, read) => Ok(read?),
        (Kind::Other(said), Err(_)) if !looks_like_json => Err(PayloadError::ContentType((*said).to_owned())),
        (_, Err(error)) => Err(error.into()),
        (_, Ok(value)) => {
            notes.push(Note::ContentType);
            Ok(value)
        }
    }
}

/// The bytes of a name or a value of a form.
fn unescaped(written: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
        rest = after;
    }
    bytes
}

/// The letters of a part of a form: UTF-8, or what programs of Windows write.
fn letters(bytes: Vec<u8>, notes: &mut Vec<Note>) -> String {
    match (std::str::from_utf8(&bytes), windows_1252(&bytes)) {
        (Err(_), Some(text)) => {
            if !notes.contains(&Note::Windows1252) {
                notes.push(Note::Windows1252);
            }
            text
        }
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// The bytes that Windows-1252 gives no letter.
const WITHOUT_LETTER: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// A text as Windows-1252; nothing where some of its letters are UTF-8, or are no letters there.
fn windows_1252(bytes: &[u8]) -> Option<String> {
    let has_utf_8 = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    let fits = !has_utf_8 && !bytes.iter().any(|byte| WITHOUT_LETTER.contains(byte));
    fits.then(|| WINDOWS_1252.decode(bytes).0.into_owned())
}

/// Whether a text can be a form: nothing stands in one that has to be encoded there.
fn looks_like_form(text: &str) -> bool {
    text.contains('=')
        && text
            .bytes()
            .all(|byte| matches!(byte, b'!' | b'#'..=b';' | b'=' | b'?'..=b'z' | b'~'))
}

/// The text of a body: in the encoding that its content type or its byte order mark says, else in UTF-8, or in
/// Windows-1252 where that is what its bytes can be.
fn decode<'b>(content_type: &str, body: &'b [u8], notes: &mut Vec<Note>) -> Result<Cow<'b, str>, PayloadError> {
    let charset = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    });
    let said = match charset {
        None | Some("") => UTF_8,
        Some(label) => Encoding::for_label(label.as_bytes())
            .ok_or_else(|| PayloadError::Encoding(format!("unknown charset `{label}`; send UTF-8")))?,
    };
    let has_mark = Encoding::for_bom(body).is_some();
    let (text, encoding, is_damaged) = said.decode(body);
    if is_damaged
        && charset.is_none()
        && !has_mark
        && let Some(text) = windows_1252(body)
    {
        notes.push(Note::Windows1252);
        return Ok(text.into());
    }
    if is_damaged {
        let message = format!("the body is not {}; send UTF-8, or name its charset", encoding.name());
        return Err(PayloadError::Encoding(message));
    }
    if has_mark || encoding != UTF_8 {
        notes.push(Note::Encoding);
    }
    Ok(text)
}

/// What the fields of a form say.
fn form(pairs: Vec<(String, String)>, notes: &mut Vec<Note>) -> Result<Value, PayloadError> {
    notes.push(Note::Form);
    let mut form = fields::collect(pairs).map_err(PayloadError::Form)?;
    for (name, value) in &mut form {
        if let Some(held) = held_json(value) {
            *value = held;
            notes.push(Note::JsonInField(name.clone()));
        }
    }
    let mut names = form.keys();
    let only = names.next().filter(|_| names.next().is_none()).cloned();
    let wrapper = only.filter(|name| WRAPPERS.contains(&name.as_str()));
    // `data` is what the data of an event is called anyway.
    let is_whole = |value: &Value| value.is_array() || value.is_object();
    match wrapper.and_then(|name| form.get_mut(&name).filter(|_| name != "data")) {
        Some(whole) if is_whole(whole) => Ok(whole.take()),
        _ => Ok(Value::Object(form)),
    }
}

/// A payload in whose events and their data texts that hold a JSON object under a name for all of an event are opened.
fn opened(mut value: Value, notes: &mut Vec<Note>) -> Value {
    let events = match &mut value {
        Value::Array(events) => events.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    for event in events {
        open_wrappers(event, notes);
        if let Some(data) = event.get_mut("data") {
            open_wrappers(data, notes);
        }
    }
    value
}

fn open_wrappers(event: &mut Value, notes: &mut Vec<Note>) {
    for name in WRAPPERS {
        if let Some(text) = event.get_mut(name)
            && let Some(held) = held_json(text).filter(Value::is_object)
        {
            *text = held;
            notes.push(Note::JsonInField(name.to_owned()));
        }
    }
}

/// The object or list that a text holds as JSON.
fn held_json(value: &Value) -> Option<Value> {
    let text = value.as_str()?.trim();
    let may_hold = text.starts_with('{') || text.starts_with('[');
    let held = relaxed::read(text, MAX_DEPTH, &mut Vec::new());
    held.ok().filter(|_| may_hold)
}
