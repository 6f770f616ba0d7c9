//! The calendars of a seed, which are those of the emulator.

use serde::de::value::{self, StrDeserializer};
use serde::{Deserialize, Serialize};

use super::{OpenHours, SeedError, distinct};
use crate::emulator::document::Document;

/// A calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who takes its appointments.
    #[serde(rename = "type", default)]
    pub kind: CalendarKind,
    /// Ids of the users of its team. The first one of a collective calendar is the primary.
    #[serde(default)]
    pub team: Vec<String>,
    /// The group it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// What it says about itself.
    #[serde(default)]
    pub description: String,
    /// Length of a slot.
    #[serde(default = "half_an_hour")]
    pub slot_minutes: u32,
    /// From the start of one slot to the start of the next; the length of a slot when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot_interval_minutes: Option<u32>,
    /// Kept free before an appointment.
    #[serde(default)]
    pub pre_buffer_minutes: u32,
    /// Kept free after an appointment.
    #[serde(default)]
    pub buffer_minutes: u32,
    /// Bookings at a time: for each member, or of the whole calendar when it is a class or an
    /// event (`appoinmentPerSlot`).
    #[serde(default = "one")]
    pub per_slot: u32,
    /// Bookings of the calendar in one day (`appoinmentPerDay`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// When it is open, in the location's zone.
    #[serde(default = "OpenHours::business")]
    pub open_hours: Vec<OpenHours>,
    /// How long before its start a slot can last be booked.
    #[serde(default)]
    pub allow_booking_after_minutes: u32,
    /// How many days ahead a slot can be booked; any number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_booking_for_days: Option<u32>,
    /// Whether a booking is confirmed at once.
    #[serde(default = "yes")]
    pub auto_confirm: bool,
    /// Whether it can be booked.
    #[serde(default = "yes")]
    pub active: bool,
    /// What else it shows, under GHL's names (`eventTitle`, `alertEmail`, …), and what is shown otherwise than the
    /// fields above would have it.
    #[serde(default, skip_serializing_if = "Document::is_empty")]
    pub properties: Document,
}

fn half_an_hour() -> u32 {
    30
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}

impl Calendar {
    /// A calendar with every default.
    pub fn new(id: &str, name: &str, kind: CalendarKind, team: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            team: team.iter().map(|user| (*user).to_owned()).collect(),
            group_id: None,
            description: String::new(),
            slot_minutes: half_an_hour(),
            slot_interval_minutes: None,
            pre_buffer_minutes: 0,
            buffer_minutes: 0,
            per_slot: one(),
            per_day: None,
            open_hours: OpenHours::business(),
            allow_booking_after_minutes: 0,
            allow_booking_for_days: None,
            auto_confirm: true,
            active: true,
            properties: Document::new(),
        }
    }

    /// Checks it by itself: its team, its slots and its hours.
    pub(in crate::emulator) fn check(&self) -> Result<(), SeedError> {
        distinct(self.team.iter()).map_err(|(_, error)| error)?;
        let (fits, wanted) = match (self.kind, self.team.len()) {
            (CalendarKind::Event, members) => (members == 0, "no members"),
            (CalendarKind::Personal, members) => (members == 1, "exactly one member"),
            (_, members) => (members > 0, "at least one member"),
        };
        if !fits {
            let calendar = self.id.clone();
            return Err(SeedError::Team { calendar, wanted });
        }
        if self.slot_minutes == 0 || self.slot_interval_minutes == Some(0) {
            return Err(SeedError::NoSlotLength(self.id.clone()));
        }
        let has_sense = |hours: &OpenHours| hours.from < hours.to && hours.days.iter().all(|day| (0..=6).contains(day));
        if !self.open_hours.iter().all(has_sense) {
            return Err(SeedError::NoHours(self.id.clone()));
        }
        Ok(())
    }
}

/// Who takes the appointments of a calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarKind {
    /// One of the team; whoever is free.
    RoundRobin,
    /// Nobody in particular.
    #[default]
    Event,
    /// One of the team, with many contacts at a time.
    ClassBooking,
    /// The whole team together.
    Collective,
    /// One of the team, for a service.
    ServiceBooking,
    /// The one user it belongs to.
    Personal,
}

impl CalendarKind {
    /// The one with this name.
    pub(in crate::emulator) fn named(name: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<value::Error>::new(name)).ok()
    }

    /// GHL's word for it (`calendarType`).
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::Event => "event",
            Self::ClassBooking => "class_booking",
            Self::Collective => "collective",
            Self::ServiceBooking => "service_booking",
            Self::Personal => "personal",
        }
    }
}
