//! JSON lines.

use super::error::{BulkError, Flaw};
use super::lines::{Lines, text, too_long};
use crate::json::{self, JsonError};
use serde_json::Value;
use std::io::BufRead;

/// What a line holds, or its problems.
pub(super) type Written = Result<Value, Vec<Flaw>>;

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
            let message = format!("invalid JSON: {sentence} at column {}", error.column());
            vec![Flaw::new("invalid-json", message)]
        }
        JsonError::Ambiguous(problems) => {
            let flaw = |problem: &dyn ToString| Flaw::new("invalid-json", problem.to_string());
            problems.iter().map(|problem| flaw(problem)).collect()
        }
    })?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(vec![Flaw::new("invalid-json", "expected a JSON object")]),
    }
}

/// A problem with its place, a JSON pointer.
pub(super) fn flaw(code: &str, pointer: &str, message: &str) -> Flaw {
    match pointer {
        "" => Flaw::new(code, message),
        pointer => Flaw::new(code, message).at(format!("at `{pointer}`")),
    }
}
