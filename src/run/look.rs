//! Looks for what we made, by its reference.

use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::stop::Stop;
use crate::document::object;
use crate::ghl::appointment::{self, Appointment};
use crate::ghl::event::{self, Listed};
use crate::ghl::shown::{Likeness, normal_text};
use crate::ghl::{RefusalKind, contact};
use crate::zone::Zone;

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
    /// Whether something that could be ours was not opened, or does not show enough to be judged.
    pub(super) incomplete: bool,
    judged: Vec<String>,
    /// Those that may be ours, as far as they show.
    unjudged: Vec<String>,
    opened: usize,
}

impl Look {
    fn is_judged(&mut self, identity: String) {
        self.unjudged.retain(|unjudged| *unjudged != identity);
        self.judged.push(identity);
    }

    fn is_unjudged(&mut self, identity: String) {
        if !self.unjudged.contains(&identity) {
            self.unjudged.push(identity);
        }
    }
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
        look.incomplete |= !look.unjudged.is_empty();
        Ok(look)
    }

    fn appointments_in_calendar(&mut self, input: &Map<String, Value>) -> Result<Listed, Stop> {
        let (from, to) = around(input);
        let window = object([
            ("locationId", self.task.configuration.location_id.clone().into()),
            ("calendarId", input.get("calendarId").cloned().into()),
            ("startTime", from.into()),
            ("endTime", to.into()),
        ]);
        let reply = self.read(&event::LIST, &window)?;
        event::read(&reply).ok_or_else(|| unreadable(&event::LIST))
    }

    fn appointments_of_contact(&mut self, input: &Map<String, Value>) -> Result<Listed, Stop> {
        let operation = &contact::LIST_APPOINTMENTS;
        match self.try_read(
            operation,
            &object([("contactId", input.get("contactId").cloned().into())]),
        )? {
            Ok(reply) => {
                let mut listed = event::read(&reply).ok_or_else(|| unreadable(operation))?;
                for appointment in &mut listed.appointments {
                    appointment.add_unless_shown("contactId", input.get("contactId"));
                }
                Ok(listed)
            }
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
        let zone = self.calendar_zone();
        for candidate in candidates.appointments {
            // Instances of a series are one appointment.
            let identity = candidate.master_id.clone().unwrap_or_else(|| candidate.id.clone());
            if look.judged.contains(&identity) {
                continue;
            }
            let judge =
                |candidate: &Appointment, is_opened| Verdict::on(candidate, is_opened, marker, input, zone.as_ref());
            let (candidate, verdict) = match judge(&candidate, false) {
                Verdict::Unclear => match self.open(look, &candidate)? {
                    Some(opened) => {
                        let verdict = judge(&opened, true);
                        (opened, verdict)
                    }
                    None => (candidate, Verdict::Unclear),
                },
                verdict => (candidate, verdict),
            };
            match verdict {
                // Of a series it is the master that was made, and that changes are about.
                Verdict::Ours => look.ours.push(Appointment {
                    id: identity.clone(),
                    ..candidate
                }),
                Verdict::Foreign => look.foreign = Some(candidate),
                Verdict::Other => {}
                Verdict::Unclear => {
                    look.is_unjudged(identity);
                    continue;
                }
            }
            look.is_judged(identity);
        }
        Ok(())
    }

    /// All that a candidate shows by itself, where the list left something out; nothing when it cannot be had.
    fn open(&mut self, look: &mut Look, candidate: &Appointment) -> Result<Option<Appointment>, Stop> {
        if look.opened >= OPENED {
            return Ok(None);
        }
        look.opened += 1;
        match self.try_read(&appointment::GET, &object([("eventId", candidate.id.clone().into())]))? {
            Ok(reply) => {
                let opened = Appointment::read_one(&reply).ok_or_else(|| unreadable(&appointment::GET))?;
                Ok(Some(opened.or_as_listed(candidate)))
            }
            // The list shows it, so it was there a moment ago.
            Err(refusal) if refusal.kind == RefusalKind::AppointmentMissing => Ok(None),
            Err(refusal) => Err(self.refused(&appointment::GET, &refusal)),
        }
    }
}

/// What a candidate is, as far as it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It has our reference.
    Ours,
    /// It is at the same time for the same contact, without our reference.
    Foreign,
    /// It is another appointment.
    Other,
    /// It does not show enough.
    Unclear,
}

impl Verdict {
    fn on(
        candidate: &Appointment,
        is_opened: bool,
        marker: &str,
        input: &Map<String, Value>,
        zone: Option<&Zone>,
    ) -> Self {
        let texts = ["description", "notes"].map(|name| candidate.text(name));
        if texts.iter().flatten().any(|text| normal_text(text).contains(marker)) {
            return Self::Ours;
        }
        let compared = |name: &str| {
            let sent = input.get(name);
            sent.map_or(Likeness::NotShown, |sent| candidate.compare(name, sent, zone))
        };
        let (contact, calendar) = (compared("contactId"), compared("calendarId"));
        if !is_opened && candidate.text("description").is_none() {
            // Wherever it was moved to, its description may have the reference.
            let is_other = contact == Likeness::Differs || calendar == Likeness::Differs;
            return if is_other { Self::Other } else { Self::Unclear };
        }
        match (contact, compared("startTime")) {
            _ if candidate.off() => Self::Other,
            (Likeness::Differs, _) | (_, Likeness::Differs) => Self::Other,
            (Likeness::Same, Likeness::Same) => Self::Foreign,
            (Likeness::NotShown, _) | (_, Likeness::NotShown) => Self::Unclear,
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
