//! What Active Knocker says, checked: events with their people, places and times.

mod address;
mod availability_updated;
mod booking_changed;
mod event;
mod fingerprint;
mod group_updated;
mod identity;
mod junk;
mod known_zone;
mod lead_booked;
mod person;
mod phone;
pub mod pin;
mod recurrence;
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
pub use person::{Person, Rep};
pub use phone::e164;
pub use settings::{Settings, Source};
pub use slot::Slot;
pub use warning::Warning;
pub use zones::Zones;
