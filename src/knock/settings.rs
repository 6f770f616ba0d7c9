//! What the configuration says about reading events.

use super::{Junk, WrittenTimes, Zones};
use crate::document::KeyPath;
use crate::zone::Zone;

/// What the configuration says about reading events.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Zone of local times when the event names none.
    pub time_zone: Option<Zone>,
    /// Zones of places and of reps.
    pub zones: Zones,
    /// How times are written.
    pub times: WrittenTimes,
    /// What counts as no address and no number, beside what everybody knows.
    pub junk: Junk,
    /// Whether a lead may have neither a phone number nor an e-mail address: a custom field keeps the pin.
    pub keeps_pins: bool,
    /// Calling code of phone numbers that are written without one: `1`.
    pub calling_code: String,
    /// The reps, as events name them.
    pub roster: Vec<KnownRep>,
    /// E-mail addresses of GHL users, in lower case: attendees who are no leads.
    pub team: Vec<String>,
    /// Where an event's id and subject stand in its data.
    pub source: Source,
    /// JSON pointers to what is used of the data by its own name, whatever the trigger makes of it.
    pub used: Vec<String>,
}

/// Where an event's id and subject stand in its data, when the event itself carries none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Path to the id: `pin.event_id`.
    pub id: Option<KeyPath>,
    /// Path to the subject: `pin.id`.
    pub subject: Option<KeyPath>,
}

/// A rep of the configuration, as events name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRep {
    /// Id in Active Knocker.
    pub id: Option<String>,
    /// E-mail address, in lower case.
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
}
