//! How a command ends when it does not end well.

use std::fmt;
use std::process::ExitCode;

use anstyle::AnsiColor;
use host_harness::storage::StorageError;

use super::terminal::{Style, eprintln};

/// How what went wrong looks.
pub(super) const BAD: Style = Style::new(AnsiColor::Red.on_default().bold());

/// An error, on standard error.
pub(super) fn error(message: &str) {
    eprintln!("{BAD}error:{BAD:#} {message}");
}

/// How a command ends when it does not end well.
#[derive(Debug)]
pub(super) struct Exit {
    code: u8,
    /// What to say on standard error, line by line; nothing when all was said.
    lines: Vec<String>,
}

impl Exit {
    /// It failed.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self {
            code: 1,
            lines: vec![message.into()],
        }
    }

    /// It was used wrongly.
    pub(super) fn misused(message: impl Into<String>) -> Self {
        Self {
            code: 2,
            lines: vec![message.into()],
        }
    }

    /// A file that was to be TOML is not; with the line where it is not.
    pub(super) fn no_toml(what: &str, error: &toml::de::Error) -> Self {
        let whole = error.to_string();
        // The lines are the library's drawing. What it says below may quote the file, and is one line.
        let (drawing, message) = match whole.trim_end().strip_suffix(error.message()) {
            Some(drawing) => (drawing, error.message()),
            None => ("", whole.as_str()),
        };
        let mut lines = drawing.lines().map(str::to_owned).chain([message.to_owned()]);
        let first = lines.next().unwrap_or_default();
        Self::misused(format!("{what}: {first}")).with(lines)
    }

    /// The same, with lines below what it says.
    pub(super) fn with(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// All of these, which are told together.
    pub(super) fn all(exits: Vec<Self>) -> Self {
        let code = exits.iter().map(|exit| exit.code).max().unwrap_or(1);
        Self {
            code,
            lines: exits.into_iter().flat_map(|exit| exit.lines).collect(),
        }
    }

    /// It failed, and said how.
    pub(super) fn said() -> Self {
        Self {
            code: 1,
            lines: Vec::new(),
        }
    }

    pub(super) fn report(self) -> ExitCode {
        let mut lines = self.lines.iter();
        if let Some(message) = lines.next() {
            error(message);
        }
        for line in lines {
            eprintln!("{line}");
        }
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lines.as_slice() {
            [] => f.write_str("it failed"),
            lines => f.write_str(&lines.join("; ")),
        }
    }
}

impl From<StorageError> for Exit {
    fn from(error: StorageError) -> Self {
        Self::failed(error.to_string())
    }
}
