//! How a call ends.

use serde_json::{Map, Value};

use super::visit::Visit;
use crate::document::Problem;
use crate::ghl::Words;
use crate::knock::Warning;
use crate::record;
use crate::record::{Record, Word, of_word, word_of};

/// An event carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Id of the event.
    pub event_id: String,
    /// Its subject.
    pub subject: String,
    /// What was done for it by all calls together.
    pub progress: Progress,
}

/// What was done for an event so far, by all calls together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Every step that took effect.
    pub applied: Vec<AppliedStep>,
    /// What it took.
    pub cost: Cost,
    /// What is worth knowing.
    pub warnings: Vec<Warning>,
    /// The visit that it is about, as it was understood or as it is booked.
    pub visit: Option<Box<Visit>>,
}

/// What an event took so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Requests that left, or may have left.
    pub requests: u32,
    /// How often free slots were taken from what had been read a moment before.
    pub cache_hits: u32,
    /// How often free slots had to be read.
    pub cache_misses: u32,
}

impl Cost {
    /// Adds what was taken since.
    pub(super) fn add(&mut self, since: Self) {
        self.requests += since.requests;
        self.cache_hits += since.cache_hits;
        self.cache_misses += since.cache_misses;
    }
}

record! {
    /// A step that took effect.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AppliedStep {
        /// Its name within the recipe.
        pub name: String,
        /// Key of the action.
        pub action: String,
        /// Id of what was made, changed or found; nothing when there was nothing.
        pub id: Option<String>,
        /// How it came about.
        pub outcome: Outcome,
        /// What later steps use of what was answered, by dotted names.
        pub answer: Map<String, Value>,
        /// Name of what was sent, where the same again would be a second one.
        pub sent: Option<String>,
    }
}

/// How a step took effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// GHL said so.
    #[default]
    Done,
    /// Its answer was lost; the effect was found.
    Found,
    /// It was so already.
    Unchanged,
    /// A newer change had made it obsolete.
    Superseded,
    /// An edit made in GHL stays.
    KeptTheirs,
}

impl Word for Outcome {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Done, "done"),
        (Self::Found, "found"),
        (Self::Unchanged, "unchanged"),
        (Self::Superseded, "superseded"),
        (Self::KeptTheirs, "kept-theirs"),
    ];
}

impl Record for Outcome {
    fn kept(&self) -> Option<Value> {
        Some(word_of(*self).into())
    }

    fn recall(&mut self, value: Option<&Value>) -> bool {
        let known = value.and_then(Value::as_str).and_then(of_word);
        *self = known.unwrap_or_default();
        known.is_some()
    }
}

/// An event that was not carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The configuration or the event must be changed. Nothing was sent.
    Invalid {
        /// What is wrong.
        problems: Vec<Problem>,
    },
    /// It was begun, or could have been.
    Stopped {
        /// Why it was not carried through.
        cause: Cause,
        /// What was done nevertheless.
        progress: Progress,
    },
}

/// Why an event was not carried through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It is refused for good.
    Refused {
        /// For programs.
        code: String,
        /// For people.
        message: String,
        /// GHL's words, when it was asked.
        reply: Option<Words>,
        /// Other free slots, nearest first, RFC 3339.
        alternatives: Vec<String>,
    },
    /// A person has to look.
    Undecided {
        /// For programs.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// Its time was over.
    Expired {
        /// When, RFC 3339.
        expired_at: String,
    },
    /// It has to wait.
    Deferred {
        /// What for.
        reason: Reason,
        /// For people.
        message: String,
        /// Until it is worth calling again.
        after_ms: u64,
    },
}

/// What a deferred event waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another call works on the same subject or contact.
    Busy,
    /// The call's budget was used up.
    Budget,
    /// Whether a request took effect is not known yet.
    Settling,
    /// One more look, after a request had to be sent again.
    Watching,
    /// The booking it is about has not arrived.
    NoBooking,
    /// GHL asks to slow down, or the host keeps to its limit.
    RateLimited,
    /// GHL cannot be reached, or has trouble.
    Unavailable,
    /// GHL does not accept the credential.
    CredentialRefused,
    /// The host lacks a secret, its store, or does not allow the request.
    Host,
}
