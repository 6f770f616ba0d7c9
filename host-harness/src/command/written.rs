//! Files that are TOML or JSON, and the places in them.

use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use host_harness::json::{self, JsonError, JsonProblem};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exit::Exit;
use super::locate::{Place, in_json, in_toml, line_and_column};

/// A file as it was written, TOML or JSON.
#[derive(Debug)]
pub(super) struct Written {
    /// What to call it.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) is_toml: bool,
}

impl Written {
    /// Reads a file; `-` is standard input. Its extension says what it is, or else what it begins with.
    pub(super) fn read(path: &Path) -> Result<Self, Exit> {
        let name = match is_standard_input(path) {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        };
        let text = if is_standard_input(path) {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        } else {
            fs::read_to_string(path)
        };
        let text = text.map_err(|error| Exit::misused(format!("cannot read `{name}`: {error}")))?;
        let is_toml = match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => false,
            Some("toml") => true,
            _ => !looks_like_json(&text),
        };
        Ok(Self { name, text, is_toml })
    }

    /// Reads a file that is JSON, or something else than TOML; `-` is standard input.
    pub(super) fn read_json(path: &Path) -> Result<Self, Exit> {
        let written = Self::read(path)?;
        let is_toml = false;
        Ok(Self { is_toml, ..written })
    }

    /// What it says, or a sentence with the line and the column where it cannot be read.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, String> {
        if self.is_toml {
            return toml::from_str(&self.text).map_err(|error| {
                let place = error.span().and_then(|span| line_and_column(&self.text, span.start));
                self.sentence(place, "", error.message())
            });
        }
        let of_json = |error: &serde_json::Error| {
            let place = Some((error.line(), error.column()));
            self.sentence(place, "", &without_place(error))
        };
        // The last of several values under one key would be taken without a word.
        self.strictly().map_err(|error| match error {
            JsonError::Syntax(error) => of_json(&error),
            JsonError::Ambiguous(problems) => self.ambiguous(&problems),
        })?;
        serde_json::from_str(&self.text).map_err(|error| of_json(&error))
    }

    /// What it says as JSON, which may be an event.
    pub(super) fn json_value(&self) -> Result<Value, Exit> {
        let name = &self.name;
        self.strictly().map_err(|error| match error {
            JsonError::Syntax(error) => Exit::misused(format!("`{name}` is no JSON: {error}")),
            JsonError::Ambiguous(problems) => {
                Exit::misused(format!("`{name}` cannot be used\n{}", self.ambiguous(&problems)))
            }
        })
    }

    fn strictly(&self) -> Result<Value, JsonError> {
        json::read(self.text.as_bytes(), json::MAX_DEPTH + json::AROUND_DATA)
    }

    fn ambiguous(&self, problems: &[JsonProblem]) -> String {
        let lines = problems
            .iter()
            .map(|problem| self.located(&problem.pointer, &problem.message));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What it says, or where it cannot be read, in bytes, and why.
    pub(super) fn value(&self) -> Result<Value, (Range<usize>, String)> {
        if self.is_toml {
            return toml::from_str(&self.text).map_err(|error| {
                let end = self.text.len();
                (error.span().unwrap_or(end..end), error.message().to_owned())
            });
        }
        self.strictly().map_err(|error| {
            let error = match error {
                JsonError::Syntax(error) => error,
                JsonError::Ambiguous(problems) => return self.first(&problems),
            };
            let lines = self.text.split_inclusive('\n').take(error.line().saturating_sub(1));
            let start = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
            (start..start, without_place(&error))
        })
    }

    /// Where the first of these problems is, in bytes, and what it is.
    fn first(&self, problems: &[JsonProblem]) -> (Range<usize>, String) {
        let end = self.text.len();
        let Some(problem) = problems.first() else {
            return (end..end, String::new());
        };
        let place = self.place(&problem.pointer).map(|place| place.value);
        (place.unwrap_or(end..end), problem.message.clone())
    }

    /// What is wrong at a JSON pointer, in a sentence with its line.
    pub(super) fn located(&self, pointer: &str, message: &str) -> String {
        let (_, sentence) = self.problem(pointer, message);
        let place = self.place(pointer).filter(|_| !self.is_toml);
        match place.and_then(|place| line_and_column(&self.text, place.value.start)) {
            Some((line, _)) => format!("{}:{line} at `{pointer}`: {message}", self.name),
            None => sentence,
        }
    }

    /// What is wrong at a JSON pointer, in a sentence with its place; before it the place itself, to sort by.
    pub(super) fn problem(&self, pointer: &str, message: &str) -> (Option<(usize, usize)>, String) {
        let place = self.place(pointer).filter(|_| self.is_toml);
        let place = place.and_then(|place| line_and_column(&self.text, place.key.start));
        (place, self.sentence(place, pointer, message))
    }

    /// Where what a JSON pointer means stands, or the nearest thing around it.
    pub(super) fn place(&self, pointer: &str) -> Option<Place> {
        match self.is_toml {
            true => in_toml(&self.text, pointer),
            false => in_json(&self.text, pointer),
        }
    }

    /// Line and column of what a JSON pointer means, or of the nearest thing around it.
    pub(super) fn line_and_column(&self, pointer: &str) -> Option<(usize, usize)> {
        let place = self.place(pointer)?;
        line_and_column(&self.text, place.key.start)
    }

    /// Something that was not read from a file.
    pub(super) fn json(name: String, text: String) -> Self {
        let is_toml = false;
        Self { name, text, is_toml }
    }

    fn sentence(&self, place: Option<(usize, usize)>, pointer: &str, message: &str) -> String {
        match place {
            Some((line, column)) => format!("{}:{line}:{column}: {message}", self.name),
            None if pointer.is_empty() => format!("{}: {message}", self.name),
            None => format!("{} at `{pointer}`: {message}", self.name),
        }
    }
}

/// What is wrong with a JSON text, without the place.
fn without_place(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    match whole.rsplit_once(" at line ") {
        Some((words, _)) => words.to_owned(),
        None => whole,
    }
}

/// Whether it begins with an object, or with a list of them: `[[` is TOML.
fn looks_like_json(text: &str) -> bool {
    let text = text.trim_start();
    text.strip_prefix('[').unwrap_or(text).trim_start().starts_with('{')
}

pub(super) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}
