//! `knocker.booking_changed`: something about a booking is different.

use serde::Serialize;

use super::known_zone::KnownZone;
use super::slot::Slot;
use super::{Address, Rep, Settings, Warning};
use crate::document::{Object, Problems, Unknown};

/// Ways to write a status, and GHL's word for each.
const STATUSES: [(&str, &str); 9] = [
    ("cancelled", "cancelled"),
    ("canceled", "cancelled"),
    ("confirmed", "confirmed"),
    ("showed", "showed"),
    ("show", "showed"),
    ("noshow", "noshow"),
    ("no-show", "noshow"),
    ("no_show", "noshow"),
    ("no show", "noshow"),
];

/// Something about a booking is different. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingChanged {
    /// The new time.
    #[serde(skip)]
    pub slot: Option<Slot>,
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// What became of it, in GHL's word: `confirmed`, `showed`, `noshow`, `cancelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Name of the zone that local times are in, when one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Title of the appointment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the visit is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the rep noted at the door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Who goes now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep: Option<Rep>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

impl BookingChanged {
    /// Reads the event's data; nothing when it changes nothing.
    pub fn read(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let (rep, address) = (
            Rep::read(data, settings, problems, warnings),
            Address::read(data, problems, warnings),
        );
        let zone = match &address {
            // Whose clocks they are cannot be told: the visit may be on either side of a border.
            None if !settings.zones.places.is_empty() => KnownZone::read(data, None),
            address => KnownZone::there(data, settings, address.as_ref(), rep.as_ref()),
        };
        let status = match data.text("status") {
            None => None,
            Some(written) => Some(status(data, &written)?),
        };
        let slot = Slot::read(data, &zone, &settings.times, warnings);
        let (has_start, end_field) = (Slot::has_start(data), Slot::end_field(data));
        if !has_start && end_field.is_some() {
            let message = "`startTime` is missing: a new end needs a start";
            data.problem("startTime", "missing", message);
        }
        let changed = Self {
            slot,
            cancelled: status == Some("cancelled"),
            status,
            time_zone: zone.name(),
            title: data.text("title"),
            description: data.text("description"),
            notes: data.text("notes"),
            rep,
            address,
        };
        for (pointer, message) in data.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        if !has_start && end_field.is_none() && changed.says_nothing_else() {
            let message = "nothing changes: write a new `startTime`, `status`, `rep`, `title`, `description`, `notes` or \
                           `address`";
            data.problem("startTime", "missing", message);
        }
        Some(match changed.cancelled {
            true => changed.only_cancelled(data, warnings),
            false => changed,
        })
    }

    fn says_nothing_else(&self) -> bool {
        let texts = [&self.title, &self.description, &self.notes];
        self.status.is_none() && self.rep.is_none() && self.address.is_none() && texts.into_iter().all(Option::is_none)
    }

    /// Of a booking that is cancelled nothing else matters.
    fn only_cancelled(self, data: &Object<'_>, warnings: &mut Vec<Warning>) -> Self {
        let only = Self {
            slot: None,
            title: None,
            description: None,
            notes: None,
            rep: None,
            address: None,
            ..self.clone()
        };
        if only != self {
            let fields = [
                "startTime",
                "startDate",
                "title",
                "description",
                "notes",
                "rep",
                "address",
            ];
            let there = fields.into_iter().find(|name| data.value(name).is_some());
            let message = "the booking is cancelled, so what else is new about it does not matter";
            let pointer = data.pointer(there.unwrap_or_default());
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        only
    }
}

fn status(data: &Object<'_>, written: &str) -> Option<&'static str> {
    let plain = written.trim().to_lowercase();
    let known = STATUSES.iter().find(|(word, _)| *word == plain);
    if known.is_none() {
        let message = format!(
            "`{written}` is not a status that a change can set; known: `confirmed`, `showed`, `noshow`, `cancelled`"
        );
        data.problem("status", "unknown-status", message);
    }
    known.map(|(_, status)| *status)
}
