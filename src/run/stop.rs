//! Why a call does not go on.

use super::outcome::{Cause, Reason};

/// Why a call does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// What was read is out of date: start over.
    Again,
    /// The subject is no longer ours: end without another byte.
    Lost,
    /// The event is not carried through.
    Failed(Cause),
}

impl Stop {
    pub(super) fn deferred(reason: Reason, message: impl Into<String>, after_ms: u64) -> Self {
        Self::Failed(Cause::Deferred {
            reason,
            message: message.into(),
            after_ms,
        })
    }

    pub(super) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::Failed(Cause::Refused {
            code: code.to_owned(),
            message: message.into(),
            reply: None,
            alternatives: Vec::new(),
        })
    }
}
