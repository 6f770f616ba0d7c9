//! Looks for what we made, by its reference.

use serde_json::{Map, Value, json};

use super::calendar::unreadable;
use super::call::Call;
use super::stop::Stop;
use crate::ghl::appointment::{self, Appointment};
use crate::ghl::event::{self, Listed};
use crate::ghl::{RefusalKind, contact};

/// How far around the wanted time the calendar is searched.
const AROUND_MS: i64 = 12 * 60 * 60 * 1000;

/// How many appointments are opened at most, to read their descriptions.
const OPENED: usize = 20;

/// Whether a look may end as soon as something is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thoroughness {
    /// One copy proves that the request took effect.
    UntilFound,
    /// Every copy is wanted.
    Everywhere,
}

/// What a look brought.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// With our reference; a live one first, if there is any.
    pub(super) ours: Vec<Appointment>,
    /// At the same time for the same contact, without our reference.
    pub(super) foreign: Option<Appointment>,
    /// Whether something that could be ours was not opened, or not understood.
    pub(super) incomplete: bool,
    judged: Vec<String>,
    opened: usize,
}

impl Call<'_> {
    /// Looks for the appointment that `input` creates, along two paths: the calendar around its time, and the
    /// contact's appointments. Cancelled and deleted ones count.
    pub(super) fn look(
        &mut self,
        marker: &str,
        input: &Map<String, Value>,
        thoroughness: Thoroughness,
    ) -> Result<Look, Stop> {
        let mut look = Look::default();
        let in_calendar = self.appointments_in_calendar(input)?;
        self.judge(&mut look, in_calendar, marker, input)?;
        if look.ours.is_empty() || thoroughness == Thoroughness::Everywhere {
            let of_contact = self.appointments_of_contact(input)?;
            self.judge(&mut look, of_contact, marker, input)?;
        }
        if let Some(live) = look.ours.iter().position(|appointment| !appointment.off()) {
            look.ours.swap(0, live);
        }
        Ok(look)
    }

    fn appointments_in_calendar(&mut self, input: &Map<String, Value>) -> Result<Listed, Stop> {
        let (from, to) = around(input);
        let window = json!({
            "locationId": self.task.configuration.location_id,
            "calendarId": input.get("calendarId"),
            "startTime": from,
            "endTime": to,
        });
        let reply = self.read(&event::LIST, &window)?;
        event::read(&reply).ok_or_else(|| unreadable(&event::LIST))
    }

    fn appointments_of_contact(&mut self, input: &Map<String, Value>) -> Result<Listed, Stop> {
        let operation = &contact::LIST_APPOINTMENTS;
        match self.try_read(operation, &json!({ "contactId": input.get("contactId") }))? {
            Ok(reply) => event::read(&reply).ok_or_else(|| unreadable(operation)),
            // Somebody deleted the contact, and its appointments with it.
            Err(refusal) if refusal.kind == RefusalKind::ContactMissing => Ok(Listed {
                appointments: Vec::new(),
                complete: true,
            }),
            Err(refusal) => Err(self.refused(operation, &refusal)),
        }
    }

    fn judge(
        &mut self,
        look: &mut Look,
        candidates: Listed,
        marker: &str,
        input: &Map<String, Value>,
    ) -> Result<(), Stop> {
        look.incomplete |= !candidates.complete;
        for candidate in candidates.appointments {
            // Instances of a series are one appointment.
            let identity = candidate.master_id.clone().unwrap_or_else(|| candidate.id.clone());
            if look.judged.contains(&identity) {
                continue;
            }
            let Some(candidate) = self.with_description(look, candidate, marker, input)? else {
                continue;
            };
            look.judged.push(identity.clone());
            let description = [candidate.text("description"), candidate.text("notes")];
            if description.iter().flatten().any(|text| text.contains(marker)) {
                // Of a series it is the master that was made, and that changes are about.
                look.ours.push(Appointment {
                    id: identity,
                    ..candidate
                });
            } else if !candidate.off() && same(&candidate, input, "contactId") && same(&candidate, input, "startTime") {
                look.foreign = Some(candidate);
            }
        }
        Ok(())
    }

    /// The candidate with its description, opened if the list left that out; nothing if it cannot be ours.
    fn with_description(
        &mut self,
        look: &mut Look,
        candidate: Appointment,
        marker: &str,
        input: &Map<String, Value>,
    ) -> Result<Option<Appointment>, Stop> {
        let notes = candidate.text("notes");
        if candidate.text("description").is_some() || notes.is_some_and(|notes| notes.contains(marker)) {
            return Ok(Some(candidate));
        }
        let possible = ["contactId", "calendarId"]
            .iter()
            .all(|name| candidate.text(name).is_none() || same(&candidate, input, name));
        if !possible {
            return Ok(None);
        }
        if look.opened >= OPENED {
            look.incomplete = true;
            return Ok(None);
        }
        look.opened += 1;
        match self.try_read(&appointment::GET, &json!({ "eventId": candidate.id }))? {
            Ok(reply) => Appointment::read_one(&reply)
                .map(Some)
                .ok_or_else(|| unreadable(&appointment::GET)),
            Err(refusal) if refusal.kind == RefusalKind::AppointmentMissing => Ok(None),
            Err(refusal) => Err(self.refused(&appointment::GET, &refusal)),
        }
    }
}

/// The time around what `input` makes, in milliseconds.
pub(super) fn around(input: &Map<String, Value>) -> (i64, i64) {
    let instant = |name: &str| {
        let text = input.get(name)?.as_str()?;
        Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis())
    };
    let start = instant("startTime").unwrap_or_default();
    let end = instant("endTime").unwrap_or(start);
    ((start - AROUND_MS).max(0), (end + AROUND_MS).max(1))
}

fn same(candidate: &Appointment, input: &Map<String, Value>, name: &str) -> bool {
    input.get(name).is_some_and(|value| candidate.has(name, value))
}
