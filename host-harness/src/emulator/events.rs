//! `/calendars/events`: what is in the calendars, and its deletion.

use serde_json::{Value, json};

use super::appointment::Appointment;
use super::call::{Call, instant};
use super::document::DocumentKind;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};

pub(super) const ROUTES: &[Route] = &[
    Route::get("event.list", "/calendars/events", "calendars/events.readonly", list).location(Place::Query),
    Route::delete(
        "event.delete",
        "/calendars/events/{eventId}",
        "calendars/events.write",
        delete,
    )
    .created(),
];

/// Whose events are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'a> {
    Calendar(&'a str),
    User(&'a str),
    Group(&'a str),
}

impl<'a> Owner<'a> {
    /// The one that a query names, which must be exactly one.
    pub(super) fn asked_for(call: &Call<'a>) -> Result<Self, Refusal> {
        let [calendar, user, group] = ["calendarId", "userId", "groupId"].map(|name| call.query.get(name));
        match (calendar, user, group) {
            (Some(id), None, None) => call.seen_calendar(id).map(|_| Self::Calendar(id)),
            (None, Some(id), None) => Ok(Self::User(id)),
            (None, None, Some(id)) => Ok(Self::Group(id)),
            _ => {
                // The words are ours: GHL's were not recorded.
                let words = "exactly one of calendarId, userId or groupId is required";
                Err(Refusal::invalid_fields(vec![words.to_owned()]))
            }
        }
    }
}

/// Lists what begins between two instants, called off and deleted ones included, and of a series its instances.
fn list(call: &mut Call<'_>) -> Outcome {
    let [from, to] = call.query_millis(["startTime", "endTime"])?;
    let owner = Owner::asked_for(call)?;
    let (from, to) = (instant(from), instant(to));
    let zone = call.store.zone;
    let around = call.seen().appointments_around(from, to).into_iter();
    let within = around.filter(|appointment| from <= appointment.start && appointment.start <= to);
    let events = within.filter_map(|appointment| {
        let group = call.group_of(&appointment.calendar_id);
        let fits = match owner {
            Owner::Calendar(id) => appointment.calendar_id == id,
            Owner::User(id) => appointment.users.iter().any(|user| user == id),
            Owner::Group(id) => group == Some(id),
        };
        fits.then(|| appointment.shown_as_event(group, zone))
    });
    Ok(json!({ "events": events.collect::<Vec<Value>>() }))
}

/// Deletes an appointment, an instance of a series or all of it, which can still be read, or a block slot.
fn delete(call: &mut Call<'_>) -> Outcome {
    if call.document(DocumentKind::BlockSlot, call.id()).is_ok() {
        call.remove(DocumentKind::BlockSlot, call.id())?;
    } else {
        let deleted = Appointment {
            deleted: true,
            date_updated: call.now,
            ..call.appointment(call.id())?.into_owned()
        };
        call.store.put_appointment(deleted, call.now.timestamp_millis());
    }
    Ok(json!({ "succeeded": true }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Trial, tuesday};
    use crate::emulator::{Seed, SeedAppointment, Status};

    fn list(trial: &mut Trial, query: &str) -> Vec<Value> {
        let location = Seed::DEMO_LOCATION;
        let answer = trial.get(&format!("/calendars/events?locationId={location}&{query}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["events"].as_array().unwrap().clone()
    }

    #[test]
    fn cancelled_and_deleted_ones_are_listed_with_their_description() {
        let mut seed = Seed::demo();
        seed.calendars[0].group_id = Some("austin".into());
        let at = |time: &str, status, deleted| SeedAppointment {
            status,
            assigned_user_id: Some(Seed::DANA.into()),
            description: Some(format!("ref {time}")),
            deleted,
            ..SeedAppointment::new(Seed::ROOF_INSPECTIONS, Seed::PAT, tuesday(time).parse().unwrap())
        };
        seed.appointments = vec![
            at("12:00", Status::Confirmed, true),
            at("10:00", Status::Cancelled, false),
        ];
        let mut trial = Trial::of(seed);
        for by in [
            format!("calendarId={}", Seed::ROOF_INSPECTIONS),
            format!("userId={}", Seed::DANA),
            "groupId=austin".to_owned(),
        ] {
            let events = list(&mut trial, &format!("{by}&startTime=0&endTime=1900000000000"));
            assert_eq!(events.len(), 2, "{by}");
            assert_eq!(events[0]["description"], "ref 10:00");
            assert_eq!(events[0]["appointmentStatus"], "cancelled");
            assert_eq!(events[0]["startTime"], "2026-03-03T10:00:00-06:00");
            assert_eq!(events[1]["deleted"], true);
            assert_eq!(events[1]["groupId"], "austin");
        }
        let by = format!("userId={}", Seed::MARCUS);
        let none = list(&mut trial, &format!("{by}&startTime=0&endTime=1900000000000"));
        assert!(none.is_empty());
    }

    #[test]
    fn a_deleted_appointment_frees_its_slot_and_stays_readable() {
        let mut trial = Trial::demo();
        let booked = trial.book(Seed::OPEN_HOUSE, tuesday("10:00")).body;
        let id = booked["id"].as_str().unwrap();
        let deleted = trial.delete(&format!("/calendars/events/{id}"));
        assert_eq!((deleted.status, &deleted.body["succeeded"]), (201, &json!(true)));
        let read = trial.get(&format!("/calendars/events/appointments/{id}"));
        assert_eq!((read.status, &read.body["appointment"]["deleted"]), (200, &json!(true)));
        assert_eq!(trial.book(Seed::OPEN_HOUSE, tuesday("10:00")).status, 200);
        let none = trial.delete("/calendars/events/none");
        assert_eq!(
            (none.status, &none.body["error"]),
            (400, &json!("Appointment with id none not found"))
        );
    }

    #[test]
    fn one_of_calendar_user_and_group_must_be_named() {
        let mut trial = Trial::demo();
        for (query, words) in [
            (
                "startTime=0&endTime=1",
                "exactly one of calendarId, userId or groupId is required",
            ),
            (
                "calendarId=a&userId=b&startTime=0&endTime=1",
                "exactly one of calendarId, userId or groupId is required",
            ),
            (
                "userId=b&startTime=0",
                "endTime must be a number conforming to the specified constraints",
            ),
        ] {
            let location = Seed::DEMO_LOCATION;
            let answer = trial.get(&format!("/calendars/events?locationId={location}&{query}"));
            assert_eq!(answer.status, 422);
            assert_eq!(answer.body["message"], json!([words]));
        }
    }
}
