//! `sync.reconcile`: compares the ledger with what stands in GHL, and takes over what is found.
//!
//! Appointments of ours are recognised by their references, which follow from the subject. So a ledger that was lost
//! can be rebuilt from a list of subjects.

use serde_json::{Map, Value};

use super::agenda::{Known, Owner, owners_of_location};
use super::calendar::unreadable;
use super::call::Call;
use super::marker::marker;
use super::row::{Booking, Row};
use super::stop::Stop;
use super::task::Task;
use crate::document::{object, texts_in};
use crate::ghl::appointment::Appointment;
use crate::ghl::shown::{Likeness, normal_text};
use crate::ghl::{calendar, event};
use crate::recipe::Recipe;
use crate::shape::{Kind, instant_ms};
use crate::zone::Zone;

/// How many subjects are compared at once.
const SUBJECTS: usize = 500;

/// How many bookings of one subject, one after the other, are looked for when the ledger knows none.
const ORDINALS: u32 = 5;

/// The fields that say where and when a visit is.
const WHERE_AND_WHEN: [&str; 3] = ["startTime", "endTime", "calendarId"];

/// The state of a booking that is not in GHL.
const MISSING: &str = "missing";

/// The step of the built-in recipes that books.
const BOOKING_STEP: &str = "appointment";

/// Reads GHL, and brings the ledger up to it.
pub(super) fn reconcile(call: &mut Call<'_>, input: &Map<String, Value>) -> Result<Value, Stop> {
    let subjects = texts_in(input.get("subjects"));
    if subjects.len() > SUBJECTS {
        let message = format!("at most {SUBJECTS} subjects are compared at once; ask again for the others");
        return Err(Stop::refused("too-many", message));
    }
    let mut incomplete = Vec::new();
    let ours = ours(call, input, &mut incomplete)?;
    let mut recognised: Vec<String> = Vec::new();
    let mut bookings = Vec::new();
    for subject in subjects {
        let mut compared = compare(call, &subject, &ours, &mut recognised);
        if compared.state == MISSING && !incomplete.is_empty() {
            // It may be where GHL could not be read.
            compared.state = "unknown";
        }
        bookings.push(compared.shown(&subject));
    }
    let mut strangers: Vec<Value> = Vec::new();
    for Ours { reference, appointment } in &ours {
        if !recognised.contains(reference) && !appointment.off() {
            strangers.push(object([
                ("appointmentId", appointment.id.clone().into()),
                ("reference", reference.clone().into()),
            ]));
        }
    }
    Ok(object([
        ("bookings", bookings.into()),
        ("strangers", strangers.into()),
        ("incomplete", incomplete.into()),
    ]))
}

/// An appointment with a reference of ours.
struct Ours {
    reference: String,
    appointment: Appointment,
}

/// What came of comparing one booking.
struct Compared {
    state: &'static str,
    appointment: Option<Appointment>,
}

impl Compared {
    fn shown(&self, subject: &str) -> Value {
        let appointment = self.appointment.as_ref();
        let text = |name: &str| appointment.and_then(|appointment| appointment.text(name));
        object([
            ("subject", subject.into()),
            ("state", self.state.into()),
            (
                "appointmentId",
                appointment.map(|appointment| appointment.id.as_str()).into(),
            ),
            ("startTime", text("startTime").into()),
            ("calendarId", text("calendarId").into()),
        ])
    }
}

/// Every appointment of the window that carries a reference.
fn ours(call: &mut Call<'_>, input: &Map<String, Value>, incomplete: &mut Vec<Value>) -> Result<Vec<Ours>, Stop> {
    let location = call.task.configuration.location_id.clone();
    let instant = |name: &str| {
        input
            .get(name)
            .and_then(|instant| instant_ms(Kind::Milliseconds, instant))
    };
    let named = texts_in(input.get("calendarIds"));
    let mut owners: Vec<Owner> = Vec::new();
    if named.is_empty() {
        let reply = call.read(&calendar::LIST, &object([("locationId", location.clone().into())]))?;
        let known = Known::calendars_of(&reply).ok_or_else(|| unreadable(&calendar::LIST))?;
        owners = owners_of_location(&known);
    }
    for id in named {
        owners.push(Owner::Calendar(id));
    }
    let mut reads = Vec::new();
    for owner in &owners {
        let mut window = Map::new();
        window.insert(owner.field().to_owned(), owner.id().into());
        window.insert("locationId".to_owned(), location.clone().into());
        window.insert("startTime".to_owned(), instant("startTime").into());
        window.insert("endTime".to_owned(), instant("endTime").into());
        reads.push((&event::LIST, window));
    }
    let answers = call.read_all(reads)?;
    let mut ours = Vec::new();
    for (owner, answer) in owners.iter().zip(answers) {
        let unread = |message: &str| {
            let of = format!("{}={}", owner.field(), owner.id());
            super::agenda::unread(&of, &event::LIST, message)
        };
        let listed = answer.and_then(|reply| event::read(&reply).ok_or_else(|| unreadable(&event::LIST)));
        match listed {
            Ok(listed) => {
                if !listed.complete {
                    incomplete.push(unread("some of the appointments cannot be understood"));
                }
                for appointment in listed.appointments {
                    let texts = [appointment.text("description"), appointment.text("notes")];
                    if let Some(reference) = texts.iter().flatten().find_map(|text| reference_in(text)) {
                        ours.push(Ours { reference, appointment });
                    }
                }
            }
            Err(stop) => incomplete.push(unread(&stop.sentence())),
        }
    }
    Ok(ours)
}

/// The last reference in a text.
fn reference_in(text: &str) -> Option<String> {
    let text = normal_text(text);
    let after = text.split("Ref KC-").skip(1).last()?;
    let code: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
    (code.len() == 8).then(|| format!("KC-{code}"))
}

/// Compares one booking, and writes into the ledger what was not known.
fn compare(call: &mut Call<'_>, subject: &str, ours: &[Ours], recognised: &mut Vec<String>) -> Compared {
    let mut event = call.task.event.clone();
    subject.clone_into(&mut event.subject);
    let configuration = call.task.configuration.clone();
    let task = Task::of_invocation(configuration, event, Recipe::of_one("", "", Map::new()));
    let nothing = |state| Compared {
        state,
        appointment: None,
    };
    let mut of_subject = Call::new(&mut *call.host, &task, 0);
    if of_subject.ledger.load(of_subject.host, Vec::new()).is_err() || of_subject.read_row().is_err() {
        return nothing("busy");
    }
    let zone = of_subject.calendar_zone();
    let row = &mut of_subject.row;
    if row.intent.is_some() {
        // Its own event finds out what became of it.
        return nothing("busy");
    }
    let references = references(row, subject, &task.configuration.location_id);
    // The newest booking counts.
    let found = references.iter().rev().find_map(|(ordinal, reference)| {
        let copies: Vec<_> = ours.iter().filter(|ours| ours.reference == *reference).collect();
        (!copies.is_empty()).then_some((ordinal, reference, copies))
    });
    let Some((ordinal, reference, copies)) = found else {
        return nothing(MISSING);
    };
    for (_, reference) in &references {
        recognised.push(reference.clone());
    }
    let live = copies.iter().filter(|copy| !copy.appointment.off()).count();
    let first = copies
        .iter()
        .find(|copy| !copy.appointment.off())
        .or_else(|| copies.first());
    let Some(appointment) = first.map(|copy| copy.appointment.clone()) else {
        return nothing(MISSING);
    };
    let state = match live {
        0 | 1 => note(row, &appointment, reference, *ordinal, zone.as_ref()),
        _ => "twice",
    };
    of_subject.keep_row();
    match of_subject.ledger.flush_and_release(of_subject.host) {
        Ok(()) => Compared {
            state,
            appointment: Some(appointment),
        },
        Err(_) => nothing("busy"),
    }
}

/// The references that bookings of a subject may carry, each with how many there were with it.
fn references(row: &Row, subject: &str, location_id: &str) -> Vec<(u32, String)> {
    let booked = row.booking.as_ref().map(|booking| &booking.marker);
    let mut references = Vec::new();
    for ordinal in 1..=row.ordinal.max(ORDINALS) {
        let reference = marker(location_id, subject, BOOKING_STEP, ordinal);
        if Some(&reference) != booked {
            references.push((ordinal, reference));
        }
    }
    references.extend(booked.map(|reference| (row.ordinal, reference.clone())));
    references
}

/// Notes in the row how the appointment stands, and says what that is compared with before.
fn note(row: &mut Row, appointment: &Appointment, reference: &str, ordinal: u32, zone: Option<&Zone>) -> &'static str {
    let text = |name: &str| appointment.text(name);
    let off = appointment.off();
    if let Some(booking) = row
        .booking
        .as_mut()
        .filter(|booking| booking.appointment_id == appointment.id)
    {
        let mut moved = Vec::new();
        for name in WHERE_AND_WHEN {
            if booking.compare(name, appointment, zone) == Some(Likeness::Differs) {
                moved.push(name);
            }
        }
        booking.take_over(appointment, &moved, zone);
        return match (off, moved.is_empty()) {
            (true, _) => "cancelled",
            (false, false) => "moved",
            (false, true) => "same",
        };
    }
    let mut booking = Booking {
        appointment_id: appointment.id.clone(),
        contact_id: text("contactId").unwrap_or_default(),
        calendar_id: text("calendarId").unwrap_or_default(),
        marker: reference.to_owned(),
        named: None,
        assignee: None,
        written: Map::new(),
        shown: Map::new(),
        left_out: None,
        written_ms: 0,
        cancelled: off,
    };
    booking.take_over(appointment, &WHERE_AND_WHEN, zone);
    booking.take_over(appointment, &["title", "address"], zone);
    row.booking = Some(booking);
    row.ordinal = row.ordinal.max(ordinal);
    if off { "cancelled" } else { "adopted" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_at_the_end_of_a_text() {
        assert_eq!(reference_in("Hail\n\nRef KC-A994YWVN").as_deref(), Some("KC-A994YWVN"));
        assert_eq!(
            reference_in("<p>Hail</p><p>Ref\u{A0}KC-A994YWVN</p>").as_deref(),
            Some("KC-A994YWVN")
        );
        assert_eq!(reference_in("Ref KC-short"), None);
        assert_eq!(reference_in("nothing"), None);
    }
}
