//! JSON that was put together by hand.

use super::Note;
use crate::json::{self, JsonError};
use serde_json::Value;

/// How often JSON may be encoded as a text of JSON.
const MOST_ENCODINGS: usize = 2;

/// Reads JSON in whose texts control characters may stand as they are, and that may be a text which holds JSON.
pub(super) fn read(text: &str, max_depth: usize, notes: &mut Vec<Note>) -> Result<Value, JsonError> {
    let mut value = read_once(text, max_depth, notes)?;
    for _ in 0..MOST_ENCODINGS {
        let Value::String(inner) = &value else { break };
        if !inner.trim_start().starts_with(['{', '[', '"']) {
            break;
        }
        value = read_once(inner, max_depth, notes)?;
        notes.push(Note::EncodedTwice);
    }
    Ok(value)
}

fn read_once(text: &str, max_depth: usize, notes: &mut Vec<Note>) -> Result<Value, JsonError> {
    let error = match json::read(text.as_bytes(), max_depth) {
        Err(JsonError::Syntax(error)) => error,
        read => return read,
    };
    match escaped(text).map(|escaped| json::read(escaped.as_bytes(), max_depth)) {
        // The place of the first error is of the text as it was sent.
        None | Some(Err(JsonError::Syntax(_))) => Err(error.into()),
        Some(read) => {
            notes.push(Note::ControlCharacters);
            read
        }
    }
}

/// The text with the control characters escaped that stand within quotes; nothing when there are none.
fn escaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let (mut is_within, mut is_escape, mut has_changed) = (false, false, false);
    for letter in text.chars() {
        let is_control = is_within && letter.is_ascii_control() && letter != '\u{7f}';
        match letter {
            '"' if !is_escape => is_within = !is_within,
            _ => {}
        }
        is_escape = is_within && letter == '\\' && !is_escape;
        if !is_control {
            out.push(letter);
            continue;
        }
        has_changed = true;
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push_str(&format!("\\u{:04x}", u32::from(other))),
        }
    }
    has_changed.then_some(out)
}
