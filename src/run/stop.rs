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

    /// What it means for whoever asked, when starting over is no way.
    pub(super) fn into_cause(self) -> Cause {
        match self {
            Self::Failed(cause) => cause,
            Self::Again | Self::Lost => Cause::Deferred {
                reason: Reason::Busy,
                message: "the ledger changed while it was read".to_owned(),
                after_ms: 1_000,
            },
        }
    }

    /// Why, for people.
    pub(super) fn sentence(self) -> String {
        match self.into_cause() {
            Cause::Refused { message, .. } | Cause::Undecided { message, .. } | Cause::Deferred { message, .. } => {
                message
            }
            Cause::Expired { expired_at } => format!("its time was over at {expired_at}"),
        }
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
