//! What Active Knocker says, checked: events with their people, places and times.

mod address;
mod booking_changed;
mod event;
mod fingerprint;
mod lead_booked;
mod person;
mod phone;
mod settings;
mod slot;
mod zone;

pub use address::Address;
pub use booking_changed::BookingChanged;
pub use event::{Event, Happening, Incoming};
pub use fingerprint::fingerprint;
pub use lead_booked::LeadBooked;
pub use person::{Person, Rep};
pub use phone::e164;
pub use settings::{Settings, Source};
pub use slot::{Slot, unknown_zone};
pub use zone::{LocalTime, Zone};

/// Something worth knowing about an event that can be worked with all the same.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// Its kind, for programs.
    pub code: String,
    /// JSON pointer into the event's data, where there is one place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// For people.
    pub message: String,
}

impl Warning {
    /// A warning about one place in the event's data.
    pub fn at(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            pointer: Some(pointer.into()),
            message: message.into(),
        }
    }

    /// A warning about the event as a whole.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            pointer: None,
            message: message.into(),
        }
    }
}
