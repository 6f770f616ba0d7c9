//! What Active Knocker says, checked: events with their people, places and times.

mod address;
mod availability_updated;
mod booking_changed;
mod consent;
mod email;
mod event;
mod fingerprint;
mod full_name;
mod group_updated;
mod junk;
mod known_zone;
mod lead_booked;
mod moment;
mod person;
mod phone;
pub mod pin;
mod placeholder;
mod plain;
mod recurrence;
mod rep;
mod settings;
mod slot;
mod warning;
mod written_time;
mod zones;

/// The role of the credential for Active Knocker's API.
pub const API_KEY_ROLE: &str = "knocker_api_key";

pub use address::Address;
pub use availability_updated::{AvailabilityUpdated, Busy, Hours, OpenDay};
pub use booking_changed::BookingChanged;
pub use event::{Event, Happening, Incoming, NAME_LIMIT};
pub use fingerprint::fingerprint;
pub use group_updated::GroupUpdated;
pub use junk::Junk;
pub use known_zone::unknown_zone;
pub use lead_booked::{LeadBooked, lead_of};
pub use person::Person;
pub use phone::e164;
pub use placeholder::is_nothing;
pub use rep::Rep;
pub use settings::{KnownRep, Settings, Source};
pub use slot::Slot;
pub use warning::{Warning, gathered};
pub use written_time::{Basis, DateOrder, Day, Flaw, Format, Mark, USUAL_TIMES, Written, WrittenTimes};
pub use zones::Zones;
