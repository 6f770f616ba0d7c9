//! `GET /calendars/events`.

use serde_json::{Value, json};

use super::call::{Call, instant};
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};

pub(super) const ROUTES: &[Route] =
    &[Route::get("event.list", "/calendars/events", "calendars/events.readonly", list).location(Place::Query)];

/// Lists what begins between two instants, called off and deleted ones included.
fn list(call: &mut Call<'_>) -> Outcome {
    let [from, to] = call.query_millis(["startTime", "endTime"])?;
    let by = ["calendarId", "userId", "groupId"].map(|name| (name, call.query.get(name)));
    let mut given = by.iter().filter_map(|(name, id)| Some((*name, (*id)?)));
    let (Some((by, id)), None) = (given.next(), given.next()) else {
        // The words are ours: GHL's were not recorded.
        let words = "exactly one of calendarId, userId or groupId is required";
        return Err(Refusal::invalid_fields(vec![words.to_owned()]));
    };
    if by == "calendarId" {
        call.seen_calendar(id)?;
    }
    let (from, to) = (instant(from), instant(to));
    let zone = call.store.zone;
    let around = call.seen().appointments_around(from, to).into_iter();
    let within = around.filter(|appointment| from <= appointment.start && appointment.start <= to);
    let events = within.filter_map(|appointment| {
        let group = call.group_of(&appointment.calendar_id);
        let fits = match by {
            "calendarId" => appointment.calendar_id == id,
            "userId" => appointment.users.iter().any(|user| user == id),
            _ => group == Some(id),
        };
        fits.then(|| appointment.shown_as_event(group, zone))
    });
    Ok(json!({ "events": events.collect::<Vec<Value>>() }))
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
