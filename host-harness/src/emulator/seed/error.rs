//! What a seed can have wrong.

use std::fmt;

/// Why a seed cannot be grown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeedError {
    /// No zone has this name.
    UnknownTimeZone(String),
    /// This is not `HH:MM`.
    NoTimeOfDay(String),
    /// Two things of one kind have this id.
    SameId(String),
    /// A calendar has a number of members that its type does not allow.
    Team {
        /// The calendar's id.
        calendar: String,
        /// What its type asks for.
        wanted: &'static str,
    },
    /// A calendar has slots of no length.
    NoSlotLength(String),
    /// A calendar has hours that end before they begin, or a day past 6.
    NoHours(String),
    /// Something refers to an id that is not there.
    Missing {
        /// What should be there.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// An appointment ends before it begins.
    EndsEarly(String),
    /// A series has a rule that is none.
    NoRule(String),
    /// One of the others, of which is known where in the seed it is.
    At {
        /// The place, a JSON pointer.
        place: String,
        /// What is wrong there.
        error: Box<SeedError>,
    },
}

impl SeedError {
    /// The same, of a thing of a list in the seed.
    pub(in crate::emulator) fn at(self, list: &str, index: usize) -> Self {
        Self::At {
            place: format!("/{list}/{index}"),
            error: Box::new(self),
        }
    }

    pub(in crate::emulator) fn missing(what: &'static str, id: &str) -> Self {
        let id = id.to_owned();
        Self::Missing { what, id }
    }

    /// Where in the seed it is, as a JSON pointer; empty when that is not known.
    pub fn place(&self) -> &str {
        match self {
            Self::At { place, .. } => place,
            _ => "",
        }
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTimeZone(zone) => write!(f, "unknown time zone `{zone}`"),
            Self::NoTimeOfDay(text) => write!(f, "`{text}` is not a time of day like `08:30`"),
            Self::SameId(id) => write!(f, "the id `{id}` is given twice"),
            Self::Team { calendar, wanted } => {
                write!(f, "the team of calendar `{calendar}` must have {wanted}")
            }
            Self::NoSlotLength(id) => write!(f, "the slots of calendar `{id}` have no length"),
            Self::NoHours(id) => write!(
                f,
                "the hours of calendar `{id}` must begin before they end, on days 0 to 6"
            ),
            Self::Missing { what, id } => write!(f, "there is no {what} `{id}`"),
            Self::EndsEarly(id) => write!(f, "appointment `{id}` does not end after its start"),
            Self::NoRule(rule) => write!(f, "`{rule}` is no rule of a series (RFC 5545)"),
            Self::At { error, .. } => error.fmt(f),
        }
    }
}

impl std::error::Error for SeedError {}
