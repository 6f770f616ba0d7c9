//! What the configuration says about reading events.

use super::us_state::is_us_zone;
use super::{Junk, Offsets, WrittenTimes, Zones};
use crate::document::KeyPath;
use crate::zone::Zone;

/// What the configuration says about reading events.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Zone of local times when the event names none.
    pub time_zone: Option<Zone>,
    /// Zones of places and of reps.
    pub zones: Zones,
    /// What an offset means that the clocks of the place do not show.
    pub offsets: Offsets,
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
    /// What recipes and the routing table name, each as the names of a path. What is named of the data is a part of what an
    /// event uses.
    pub named: Vec<Vec<String>>,
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
    /// Id of their GHL user.
    pub user_id: Option<String>,
}

impl Settings {
    /// Whether an e-mail address, in small letters, is that of a rep or a GHL user.
    pub(super) fn is_of_rep(&self, email: &str) -> bool {
        let is_theirs = |known: &KnownRep| known.email.as_deref() == Some(email);
        self.team.iter().any(|user| user == email) || self.roster.iter().any(is_theirs)
    }

    /// Whether an address without a country is in the US, unless it says otherwise.
    pub(super) fn is_american(&self) -> bool {
        let zone = self.time_zone.as_ref();
        self.calling_code == "1" && zone.is_none_or(|zone| is_us_zone(zone.name()))
    }
}
