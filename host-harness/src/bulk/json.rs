//! JSON lines.

use super::error::BulkError;
use super::lines::{Lines, text, too_long};
use crate::json::{self, JsonError};
use serde_json::Value;
use std::io::BufRead;

/// What a line holds, or its problems.
pub(super) type Written = Result<Value, Vec<String>>;

/// Reads JSON lines.
pub(super) struct Reader<R> {
    lines: Lines<R>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(lines: Lines<R>) -> Self {
        Self { lines }
    }

    /// The next line that is not empty, with its number.
    pub(super) fn next(&mut self) -> Option<Result<(u64, Written), BulkError>> {
        loop {
            let line = match self.lines.next() {
                Ok(line) => line?,
                Err(error) => return Some(Err(error)),
            };
            let written = match &line.bytes {
                Some(bytes) if bytes.trim_ascii().is_empty() => continue,
                Some(bytes) => parse(bytes),
                None => Err(vec![too_long()]),
            };
            return Some(Ok((line.number, written)));
        }
    }
}

fn parse(bytes: &[u8]) -> Written {
    let text = text(bytes).map_err(|problem| vec![problem])?;
    let value = json::read(text.as_bytes(), json::MAX_DEPTH + json::AROUND_DATA).map_err(|error| match error {
        JsonError::Syntax(error) => {
            let sentence = error.to_string();
            // It knows of this line alone.
            let sentence = sentence.split(" at line ").next().unwrap_or(&sentence);
            vec![format!("it is no JSON: {sentence} at column {}", error.column())]
        }
        JsonError::Ambiguous(problems) => problems.iter().map(ToString::to_string).collect(),
    })?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(vec!["it is no JSON object".to_owned()]),
    }
}

/// A problem with its place, a JSON pointer.
pub(super) fn sentence(pointer: &str, message: &str) -> String {
    match pointer {
        "" => message.to_owned(),
        pointer => format!("at `{pointer}`: {message}"),
    }
}
