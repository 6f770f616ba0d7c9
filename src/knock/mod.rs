//! What Active Knocker says, checked: events with their people, places and times.

mod address;
mod address_line;
mod availability_updated;
mod booking_changed;
mod event;
mod fingerprint;
mod group_updated;
mod junk;
mod known_zone;
mod lead_booked;
mod moment;
mod offset_rule;
mod person;
mod phone;
pub mod pin;
mod recurrence;
mod settings;
mod slot;
mod unit;
mod us_state;
mod warning;
mod written_time;
mod zone_name;
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
pub use lead_booked::{LeadBooked, lead_of};
pub use offset_rule::Offsets;
pub use person::{Person, Rep};
pub use phone::e164;
pub use settings::{Settings, Source};
pub use slot::Slot;
pub use us_state::us_state_code;
pub use warning::Warning;
pub use written_time::{
    Basis, DateOrder, Day, Flaw, Format, MONTHS, Mark, USUAL_TIMES, WEEKDAYS, Written, WrittenTimes,
};
pub use zone_name::unknown_zone;
pub use zones::{PlaceZone, Zones};
