//! Proposes which fields of events stand where in a payload, or in the columns of a table.
//!
//! A [`Place`] is something that has a value: a column with its header, or a path in a JSON document. What it is called
//! and what its values look like say which field of an event it holds. It is a proposal: whoever takes it reads it first.

mod choose;
mod draft;
mod looks;
mod payload;
mod rules;
mod words;

pub(crate) use draft::OF_PERSON;
pub use draft::{Draft, DraftField, Left, draft};
pub use payload::{Found, places};

use knockcal::document::KeyPath;

/// Something in a payload that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it stands. Of a column, its header alone.
    pub path: KeyPath,
    /// What it is called, where the path does not say it: by the question that it answers.
    pub called: Option<KeyPath>,
    /// Why it should be looked at, whatever it is called.
    pub doubt: Option<String>,
    /// Values that were seen there; texts as they are, anything else as JSON.
    pub samples: Vec<String>,
}

/// Fields of events for the places of a payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// What was placed, in the order of an event's fields; `id` and `subject` of the event first.
    pub fields: Vec<Proposed>,
    /// Indexes of the places that were not.
    pub left: Vec<usize>,
    /// What a booking needs and nothing was found for, each in a sentence.
    pub missing: Vec<String>,
}

/// A field of an event, and the places that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Dotted name of the field: `lead.phone`; `id` and `subject` are those of the event.
    pub field: &'static str,
    /// Indexes of the places. Of several, how they make one value says `reading`.
    pub places: Vec<usize>,
    /// How the value is read from the places.
    pub reading: Reading,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why, in a few words: "it is called `mobile`".
    pub why: String,
}

/// How the value of a field is read from its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The first place that has a value.
    First,
    /// All of them, with a space between: a date and a time of day.
    Joined,
    /// All of them, each in a line.
    Lines,
}

/// How sure a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// The name says it, and the values look like it.
    Sure,
    /// Only the name says it, or only the values: to be looked at.
    Likely,
    /// It would mean something that is rarely wanted: shown, and not taken.
    Remark,
}

/// Proposes fields of a visit that was agreed (`knocker.lead_booked`).
pub fn propose(places: &[Place]) -> Proposal {
    choose::propose(places)
}

#[cfg(test)]
mod tests;
