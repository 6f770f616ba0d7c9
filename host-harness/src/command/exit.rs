//! How a command ends when it does not end well.

use std::fmt;
use std::process::ExitCode;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use host_harness::storage::StorageError;

/// How what went wrong looks.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();

/// How what somebody should look at looks.
const ODD: Style = AnsiColor::Yellow.on_default().bold();

/// An error, on standard error.
pub(super) fn error(message: &str) {
    eprintln!("{BAD}error:{BAD:#} {message}");
}

/// Something that the user should know although the command goes on, where a log would not say it.
pub(super) fn warn(message: &str) {
    if tracing::enabled!(tracing::Level::WARN) {
        tracing::warn!("{message}");
    } else {
        eprintln!("{ODD}warning:{ODD:#} {message}");
    }
}

/// How a command ends when it does not end well.
#[derive(Debug)]
pub(super) struct Exit {
    code: u8,
    /// What to say on standard error; nothing when all was said.
    message: Option<String>,
}

impl Exit {
    /// It failed.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self {
            code: 1,
            message: Some(message.into()),
        }
    }

    /// It was used wrongly.
    pub(super) fn misused(message: impl Into<String>) -> Self {
        Self {
            code: 2,
            message: Some(message.into()),
        }
    }

    /// All of these, which are told together.
    pub(super) fn all(exits: Vec<Self>) -> Self {
        let code = exits.iter().map(|exit| exit.code).max().unwrap_or(1);
        let messages: Vec<_> = exits.into_iter().filter_map(|exit| exit.message).collect();
        Self {
            code,
            message: Some(messages.join("\n")),
        }
    }

    /// It failed, and said how.
    pub(super) fn said() -> Self {
        Self { code: 1, message: None }
    }

    pub(super) fn report(self) -> ExitCode {
        if let Some(message) = self.message {
            error(&message);
        }
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_deref().unwrap_or("it failed"))
    }
}

impl From<StorageError> for Exit {
    fn from(error: StorageError) -> Self {
        Self::failed(error.to_string())
    }
}
