//! `knocker.booking_changed`: a booking has a new time, or is cancelled.

use serde::Serialize;

use super::slot::{KnownZone, Slot};
use super::{Settings, Warning};
use crate::document::{Object, Unknown};

/// A booking has a new time, or is cancelled.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingChanged {
    /// The new time.
    #[serde(skip)]
    pub slot: Option<Slot>,
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// Name of the zone that local times are in, when one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl BookingChanged {
    /// Reads the event's data; nothing when it changes nothing.
    pub fn read(data: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) -> Option<Self> {
        let zone = KnownZone::read(data, settings.time_zone.as_ref());
        let status = data.text("status").map(|status| status.to_lowercase());
        let cancelled = match status.as_deref() {
            None => false,
            Some("cancelled" | "canceled") => true,
            Some(other) => {
                let message = format!("`{other}` is not a status that a change can set; known: `cancelled`");
                data.problem("status", "unknown-status", message);
                return None;
            }
        };
        let slot = Slot::read(data, &zone, warnings);
        if data.value("startTime").is_none() && data.value("endTime").is_some() {
            data.problem(
                "startTime",
                "missing",
                "`startTime` is missing: a new end needs a start",
            );
        } else if !cancelled && data.value("startTime").is_none() {
            data.problem(
                "startTime",
                "missing",
                "nothing changes: write a new `startTime`, or `status`: `cancelled`",
            );
        }
        for (pointer, message) in data.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        if cancelled && slot.is_some() {
            let message = "the booking is cancelled, so its new time does not matter";
            warnings.push(Warning::at(data.pointer("startTime"), "field-not-used", message));
        }
        Some(Self {
            slot: slot.filter(|_| !cancelled),
            cancelled,
            time_zone: zone.name(),
        })
    }
}
