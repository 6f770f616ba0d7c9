//! What can go wrong with an engine, a component, a call.

use crate::contract::Problem;
use thiserror::Error;

/// Why there is no engine.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The directory for compiled components cannot be used.
    #[error("cannot keep compiled components in `{path}`: {reason}")]
    Cache {
        /// The directory.
        path: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The machine does not give what an engine needs.
    #[error("cannot set up the sandbox: {0}")]
    Setup(String),
}

/// Why a component is not loaded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// The bytes are no component.
    #[error("this is not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// It is larger than the host takes, as a whole or in part.
    #[error("the component has {what} of {found}; the host takes {limit}")]
    TooLarge {
        /// What of it: `a file`, `a function`.
        what: &'static str,
        /// How large it is, with its unit.
        found: String,
        /// The most that is taken.
        limit: String,
    },
    /// Compiling it took longer, or more memory, than the host gives. It may still be going on: whoever is told so had
    /// better end the process.
    #[error("compiling the component takes more than {limit}: it is too large, or made to be so")]
    CompileBound {
        /// What was exceeded, with its unit.
        limit: String,
    },
    /// It wants a power that no connector is lent.
    #[error("the component imports `{name}`, a power that connectors are not lent")]
    ForeignImport {
        /// The import.
        name: String,
    },
    /// It exports what no connector has.
    #[error("the component exports `{name}`, which is not part of `knockcal:connector`")]
    ForeignExport {
        /// The export.
        name: String,
    },
    /// It lacks what a connector has.
    #[error("the component does not export `{name}`; build it against `wit/` of this version")]
    MissingExport {
        /// The export.
        name: String,
    },
    /// It imports what there is under another type. (Of what it exports, the first call finds that out.)
    #[error("the component was built against another version of the contract: {0}")]
    Mismatch(String),
}

/// Why a call has no outcome. Says nothing about the event: it can be handled again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RunError {
    /// The component was stopped, or stopped itself.
    #[error("the component stopped: {reason}")]
    Trapped {
        /// Why.
        reason: Trap,
        /// The beginning of what it printed.
        output: String,
    },
    /// It answered something that the contract does not allow.
    #[error("the component broke the contract: {0}")]
    Contract(String),
    /// The host could not run it.
    #[error("cannot run the component: {0}")]
    Host(String),
    /// The host has a bug that this call brought out: it panicked.
    #[error("the host panicked: {0}; its log says where")]
    Panicked(String),
}

/// Why a component stopped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Trap {
    /// It computed for too long without calling the host.
    #[error("it used up its processor time")]
    CpuTime,
    /// The call took longer than its budget allows.
    #[error("it used up its time")]
    WallTime,
    /// It needs more memory than it is given.
    #[error("it used up its memory")]
    Memory,
    /// Anything else: a panic, mostly. What it printed says more.
    #[error("{0}")]
    Other(String),
}

/// Why there is no manifest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// The configuration cannot be worked with.
    #[error("the configuration has {} problem(s): {}", .0.len(), sentences(.0))]
    Invalid(Vec<Problem>),
    /// The call failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

fn sentences(problems: &[Problem]) -> String {
    let sentences: Vec<_> = problems.iter().map(Problem::to_string).collect();
    sentences.join("; ")
}
