//! Something worth knowing about a configuration.

use crate::document::Problem;

/// Something worth knowing about a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Its kind, for programs.
    pub code: &'static str,
    /// JSON pointer (RFC 6901) to the place; empty for the whole configuration.
    pub pointer: String,
    /// Which bytes of the text there, when it is not all of it: from, and to before.
    pub within: Option<(usize, usize)>,
    /// What it is and what to do, for people.
    pub message: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something cannot work.
    Error,
    /// Something may not work, or not as it is meant.
    Warning,
    /// Good to know.
    Note,
}

impl Finding {
    /// What makes a configuration unusable.
    pub(super) fn of_problem(problem: Problem) -> Self {
        Self {
            severity: Severity::Error,
            code: problem.code,
            pointer: problem.pointer,
            within: problem.within,
            message: problem.message,
        }
    }
}
