//! What a call works with: the configuration, the event, its recipe, and where all that is kept.

use serde_json::json;

use super::keys;
use super::marker::marker;
use super::row::{Booking, Row, Wanted};
use crate::document::{Document, Problem};
use crate::ghl::calendar::Calendar;
use crate::ghl::contact;
use crate::knock::{Event, Happening, Incoming, Slot};
use crate::recipe::{CalendarChoice, Configuration, Context, Input, Recipe};

/// What a call works with.
pub(super) struct Task {
    pub(super) configuration: Configuration,
    pub(super) event: Event,
    pub(super) recipe: Recipe,
    /// The calendar of a booking.
    pub(super) choice: Option<CalendarChoice>,
}

impl Task {
    /// Checks what was passed.
    pub(super) fn read(configuration_json: &str, incoming: &Incoming) -> Result<Self, Vec<Problem>> {
        let configuration = Configuration::read(configuration_json)?;
        let event = Event::read(incoming, &configuration.settings)?;
        let recipe = Recipe::for_trigger(event.happening.trigger())
            .map_err(|message| vec![event_problem("/trigger", "unknown-trigger", message)])?;
        let choice = match &event.happening {
            Happening::LeadBooked(booked) => Some(CalendarChoice::of(booked, &configuration).ok_or_else(|| {
                let message = "no calendar: write `calendarName` or `calendarId` in the event, or `calendar_name` or \
                               `calendar_id` in the configuration, for all or for the rep";
                vec![event_problem("/data/calendarName", "no-calendar", message.to_owned())]
            })?),
            Happening::BookingChanged(_) | Happening::Invoked => None,
        };
        Ok(Self {
            configuration,
            event,
            recipe,
            choice,
        })
    }

    /// Key of the ledger row.
    pub(super) fn row_key(&self) -> String {
        keys::subject(&self.configuration.location_id, &self.event.subject)
    }

    /// Key of what is known of the calendar.
    pub(super) fn calendar_key(&self) -> Option<String> {
        let location = &self.configuration.location_id;
        let choice = self.choice.as_ref()?;
        match (&choice.id, &choice.name) {
            (Some(id), _) => Some(keys::calendar_by_id(location, id)),
            (None, Some(name)) => Some(keys::calendar_by_name(location, &Calendar::plain_name(name))),
            (None, None) => None,
        }
    }

    /// Keys of the contacts that the recipe writes, as far as the event alone tells.
    pub(super) fn contact_keys(&self) -> Vec<String> {
        let context = Context::new(&self.event, &self.configuration);
        let steps = self.recipe.steps.iter();
        steps
            .filter(|step| step.action == contact::UPSERT.key)
            .flat_map(|step| contact::natural_keys(&Input::object(&step.input(&context))))
            .map(|natural| keys::contact(&self.configuration.location_id, &natural))
            .collect()
    }

    /// Everything that is read of the store before anything is done, besides the row and its claim.
    pub(super) fn keys(&self) -> Vec<String> {
        let contacts = self.contact_keys();
        let claims = contacts.iter().map(|key| keys::claim(key)).collect::<Vec<_>>();
        self.calendar_key().into_iter().chain(contacts).chain(claims).collect()
    }

    /// What mappings can see, given the row.
    pub(super) fn context(&self, row: &Row) -> Context {
        let mut context = Context::new(&self.event, &self.configuration);
        if let Some(booking) = row.live_booking() {
            context.set("booking", json!({ "appointmentId": booking.appointment_id }));
        }
        if let Some(slot) = self.slot(row) {
            context.set_slot(&slot);
        }
        context
    }

    /// When the visit takes place: a newer change that came first counts, and a new start without an end keeps the
    /// length of the visit.
    fn slot(&self, row: &Row) -> Option<Slot> {
        let parse = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
        let (mut slot, booked) = match &self.event.happening {
            Happening::LeadBooked(booked) => (booked.slot.clone(), Some(&booked.slot)),
            Happening::BookingChanged(changed) => (changed.slot.clone()?, None),
            Happening::Invoked => return None,
        };
        if let (Some(booked), Some(wanted)) = (booked, self.wanted(row)) {
            slot = Slot {
                start: parse(&wanted.start)?,
                end: wanted.end.as_deref().and_then(parse),
            };
            if slot.end.is_none() {
                slot.end = booked.end.map(|end| slot.start + (end - booked.start));
            }
        }
        if slot.end.is_none()
            && let Some(booking) = row.live_booking()
        {
            let time = |name: &str| parse(booking.written.get(name)?.as_str()?);
            let length = time("endTime").zip(time("startTime")).map(|(end, start)| end - start);
            slot.end = length.map(|length| slot.start + length);
        }
        Some(slot)
    }

    /// The booking that a change is compared with. When one from before the store was put back takes place now, nobody
    /// knows: a new time is sent even if it is the one that we last wrote.
    pub(super) fn compared(&self, booking: &Booking, restored_ms: Option<u64>) -> Booking {
        let mut compared = booking.clone();
        if let Happening::BookingChanged(_) = self.event.happening
            && Some(booking.written_ms) <= restored_ms
        {
            compared
                .written
                .retain(|name, _| name != "startTime" && name != "endTime");
        }
        compared
    }

    /// The newer time that a booking is made at.
    pub(super) fn wanted<'a>(&self, row: &'a Row) -> Option<&'a Wanted> {
        let occurred_ms = row.occurred_ms(&self.event);
        row.wanted.as_ref().filter(|wanted| wanted.occurred_ms > occurred_ms)
    }

    /// The reference of the appointment that is made next.
    pub(super) fn next_marker(&self, row: &Row, step: &str) -> String {
        marker(
            &self.configuration.location_id,
            &self.event.subject,
            step,
            row.ordinal + 1,
        )
    }

    /// Whether an action was asked for by itself.
    pub(super) fn is_invocation(&self) -> bool {
        matches!(self.event.happening, Happening::Invoked)
    }

    /// Whether the event cancels its booking.
    pub(super) fn cancels(&self) -> bool {
        matches!(&self.event.happening, Happening::BookingChanged(changed) if changed.cancelled)
    }
}

fn event_problem(pointer: &str, code: &'static str, message: String) -> Problem {
    Problem {
        document: Document::Event,
        pointer: pointer.to_owned(),
        code,
        message,
    }
}
