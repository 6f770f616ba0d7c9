//! Why something that was asked for did not come about.

use std::time::Duration;

use knockcal::ghl::RefusalKind;

use crate::contract::{Failure, Reason};

/// The code of an upsert that answered another contact: nothing was made.
const STRANGER: &str = "contact-mismatch";

/// Why something that was asked for did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: TroubleKind,
    /// For people.
    pub(super) message: String,
    /// The requests that left; nothing when nobody knows.
    pub(super) requests: Option<u32>,
}

/// What it means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TroubleKind {
    /// It is not done, and asking again does not help.
    Refused,
    /// What it is about is not there.
    Missing,
    /// Nobody is let in: the credential is not accepted, or this host is in trouble. Waiting for that is waiting for a
    /// person.
    Barred,
    /// It may help to ask again then.
    Later(Duration),
    /// Whether it was done cannot be found out by asking again.
    Unclear,
}

impl Trouble {
    pub(super) fn of(failure: &Failure) -> Self {
        let (kind, requests) = match failure {
            Failure::PermanentInvalid(_) => (TroubleKind::Refused, 0),
            Failure::PermanentRefused(refused) if is_missing(&refused.code) => (TroubleKind::Missing, refused.requests),
            Failure::PermanentRefused(refused) => (TroubleKind::Refused, refused.requests),
            Failure::PermanentExpired(expired) => (TroubleKind::Refused, expired.requests),
            Failure::PermanentUndecided(undecided) if undecided.code == STRANGER => {
                (TroubleKind::Refused, undecided.requests)
            }
            Failure::PermanentUndecided(undecided) => (TroubleKind::Unclear, undecided.requests),
            Failure::Deferred(deferred) => match deferred.reason {
                Reason::CredentialRefused | Reason::Host => (TroubleKind::Barred, deferred.requests),
                _ => {
                    let after = Duration::from_millis(deferred.after_ms);
                    (TroubleKind::Later(after), deferred.requests)
                }
            },
        };
        Self {
            kind,
            message: failure.sentence(),
            requests: Some(requests),
        }
    }

    /// GHL answered something that is not what was asked for.
    pub(super) fn of_stranger(message: String, requests: u32) -> Self {
        Self {
            kind: TroubleKind::Refused,
            message,
            requests: Some(requests),
        }
    }

    /// A call that came to no end.
    pub(super) fn unclear(message: impl ToString) -> Self {
        Self {
            kind: TroubleKind::Unclear,
            message: message.to_string(),
            requests: None,
        }
    }

    /// Nothing was asked for any more.
    pub(super) fn stopped() -> Self {
        Self {
            kind: TroubleKind::Barred,
            message: "it was told to stop".to_owned(),
            requests: Some(0),
        }
    }

    /// Whether GHL, or the component before anything was sent, says no.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.kind, TroubleKind::Refused | TroubleKind::Missing)
    }

    /// Whether what it is about is not there.
    pub(super) fn is_missing(&self) -> bool {
        self.kind == TroubleKind::Missing
    }

    /// Whether it may have been done all the same.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.kind, TroubleKind::Later(_) | TroubleKind::Unclear)
    }

    /// In words, with the action that is in trouble.
    pub(super) fn about(&self, action: &str) -> String {
        match self.message.starts_with(&format!("`{action}`")) {
            true => self.message.clone(),
            false => format!("`{action}`: {}", self.message),
        }
    }
}

/// Whether a refusal says that what it is about does not exist.
fn is_missing(code: &str) -> bool {
    let kinds = [
        RefusalKind::AppointmentMissing,
        RefusalKind::ContactMissing,
        RefusalKind::Missing,
    ];
    kinds.iter().any(|kind| kind.code() == code)
}
