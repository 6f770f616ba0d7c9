//! What is worth knowing about a configuration, as the component says it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Field, Identity, Problem};

/// Something worth knowing about a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Its kind, for programs: `unknown-path`, `may-be-missing`, …
    pub code: String,
    /// JSON pointer (RFC 6901) to the place; empty for the configuration as a whole.
    pub pointer: String,
    /// Which bytes of the text there it is about, when it is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Range<usize>>,
    /// A sentence for people: what it is and what to write instead.
    pub message: String,
}

/// What a configuration makes of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The fields of the event that have a value, as they were posted, each with where it stands there.
    pub fields: Vec<Field>,
    /// Who the event is, its visit and its warnings; absent when there are problems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Why it cannot be worked with.
    pub problems: Vec<Problem>,
}

/// How much a finding matters, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It cannot work.
    Error,
    /// It may not work, or not as it is meant.
    Warning,
    /// Good to know.
    Note,
}
