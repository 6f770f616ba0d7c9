//! What Active Knocker says, checked: events with their people, places and times.

mod address;
mod address_line;
mod availability_updated;
mod booking_changed;
mod consent;
mod email;
mod event;
mod fields;
mod fingerprint;
mod full_name;
mod group_updated;
mod identity;
mod junk;
mod known_zone;
mod lead_booked;
mod moment;
mod offset_rule;
mod person;
mod phone;
pub mod pin;
mod placeholder;
mod plain;
mod recurrence;
mod rep;
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
pub use booking_changed::{BookingChanged, NewTime};
pub use event::{Event, Happening, Incoming, NAME_LIMIT};
pub use fingerprint::fingerprint;
pub use junk::Junk;
pub use lead_booked::{ALSO, LeadBooked, lead_of};
pub use offset_rule::Offsets;
pub use person::Person;
pub use phone::e164;
pub use placeholder::is_nothing;
pub use rep::Rep;
pub use settings::{KnownRep, Settings, Source};
pub use slot::{START_IN_THE_PAST, Slot};
pub use us_state::{five_of_longer, us_state_code};
pub use warning::{Warning, gathered};
pub use written_time::{Basis, DateOrder, Day, Flaw, Format, Mark, USUAL_TIMES, Written, WrittenTimes};
pub use zone_name::unknown_zone;
pub use zones::{PlaceZone, Zones};
