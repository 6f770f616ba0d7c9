//! Why a call does not go on.

use chrono::{DateTime, FixedOffset};

use super::outcome::{Cause, Reason};

/// Why a call does not go on. The cause is boxed: a stop is handed on in hundreds of places.
#[derive(Debug)]
pub(super) enum Stop {
    /// What was read is out of date: start over.
    Again,
    /// The subject is no longer ours: end without another byte.
    Lost,
    /// The event is not carried through.
    Failed(Box<Cause>),
}

impl Stop {
    pub(super) fn failed(cause: Cause) -> Self {
        Self::Failed(Box::new(cause))
    }

    pub(super) fn deferred(reason: Reason, message: impl Into<String>, after_ms: u64) -> Self {
        Self::failed(Cause::Deferred {
            reason,
            message: message.into(),
            after_ms,
        })
    }

    pub(super) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::failed(Cause::Refused {
            code: code.to_owned(),
            message: message.into(),
            reply: None,
            alternatives: Vec::new(),
        })
    }

    pub(super) fn undecided(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::failed(Cause::Undecided { code, message })
    }

    pub(super) fn expired(expired_at: DateTime<FixedOffset>) -> Self {
        Self::failed(Cause::Expired {
            expired_at: expired_at.to_rfc3339(),
        })
    }

    /// Why the event is not carried through, if it is not.
    pub(super) fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Failed(cause) => Some(cause),
            Self::Again | Self::Lost => None,
        }
    }

    pub(super) fn cause_mut(&mut self) -> Option<&mut Cause> {
        match self {
            Self::Failed(cause) => Some(cause),
            Self::Again | Self::Lost => None,
        }
    }

    /// What a refusal says, for people.
    pub(super) fn refusal(&self) -> Option<&str> {
        match self.cause()? {
            Cause::Refused { message, .. } => Some(message),
            _ => None,
        }
    }

    /// What it means for whoever asked, when starting over is no way.
    pub(super) fn into_cause(self) -> Cause {
        match self {
            Self::Failed(cause) => *cause,
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
}
