//! What the ledger remembers, and what it does with what does not fit.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Seed, Status, User};
use knockcal::run::{Cause, Failure, Outcome};
use serde_json::json;

use super::events::{booked, cancelled, configuration, moved};
use super::judge::appointments;
use super::world::{Ended, Fate, World};

fn stopped(result: Result<knockcal::run::Receipt, Failure>) -> Cause {
    match result {
        Err(Failure::Stopped { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_event_again_is_answered_with_the_same_receipt_and_nothing_is_sent() {
    let world = World::new(&[]);
    let first = world.until_done(&booked()).unwrap();
    let sent = world.received().len();
    assert_eq!(world.until_done(&booked()).unwrap(), first);
    assert_eq!(world.received().len(), sent);
}

#[test]
fn the_same_id_with_other_content_changes_the_booking() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    let mut changed = booked();
    changed.data_json = changed.data_json.replace("T10:", "T15:").replace("T11:", "T16:");
    changed.occurred_at = "2030-06-03T07:30:00-05:00".to_owned();
    world.until_done(&changed).unwrap();
    let all = appointments(&world);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T20:00:00+00:00");
    assert!(all[0].description.as_deref().unwrap().contains("Ref KC-"));
    assert_eq!(world.received().len(), 3, "only the times are sent");
    assert!(world.received()[2].body.get("description").is_none());
}

#[test]
fn a_booking_after_a_cancellation_is_a_new_appointment_with_its_own_reference() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.until_done(&cancelled()).unwrap();
    let mut again = booked();
    again.id = Some("booked-2".to_owned());
    again.occurred_at = "2030-06-03T07:30:00-05:00".to_owned();
    world.until_done(&again).unwrap();
    let all = appointments(&world);
    assert_eq!(all.len(), 2);
    assert_ne!(all[0].description, all[1].description);
    assert_eq!(all[0].status, Status::Cancelled);
    assert_eq!(all[1].status, Status::Confirmed);
}

#[test]
fn what_occurred_before_the_cancellation_stays_cancelled() {
    let world = World::new(&[]);
    world.until_done(&cancelled()).unwrap();
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!(receipt.progress.applied[0].outcome, Outcome::Superseded);
    assert!(world.received().is_empty());
}

#[test]
fn an_older_change_does_not_undo_a_newer_one() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.until_done(&moved()).unwrap();
    let mut older = moved();
    older.id = Some("moved-0".to_owned());
    older.occurred_at = "2030-06-03T07:00:30-05:00".to_owned();
    older.data_json = json!({ "startTime": "2030-06-04T09:00:00" }).to_string();
    let receipt = world.until_done(&older).unwrap();
    assert_eq!(receipt.progress.applied[0].outcome, Outcome::Superseded);
    assert_eq!(appointments(&world)[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00");
}

#[test]
fn a_new_start_without_an_end_keeps_the_length_of_the_visit() {
    let world = World::new(&[]);
    let mut long = booked();
    long.data_json = long.data_json.replace("T11:", "T12:");
    world.until_done(&long).unwrap();
    let mut moved = moved();
    moved.data_json = json!({ "startTime": "2030-06-04T14:00:00" }).to_string();
    world.until_done(&moved).unwrap();
    let one = &appointments(&world)[0];
    assert_eq!(one.end - one.start, chrono::Duration::hours(2));
}

#[test]
fn the_same_time_again_is_no_request() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    let mut same = moved();
    same.data_json = json!({ "startTime": "2030-06-04T10:00:00", "endTime": "2030-06-04T11:00:00" }).to_string();
    let receipt = world.until_done(&same).unwrap();
    assert_eq!(receipt.progress.applied[0].outcome, Outcome::Unchanged);
    assert_eq!(world.received().len(), 2);
}

#[test]
fn an_edit_in_ghl_that_meets_a_lost_change_stays_and_is_reported() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.with(|ghl| ghl.inject(Fault::on("appointment.update", Effect::ResetBeforeCommit).unwrap()));
    let first = world.call(&moved(), super::world::Fate::default());
    assert!(matches!(first, super::world::Ended::Failed(_)));
    // Somebody in the office moves it to the afternoon.
    let id = appointments_now(&world)[0].id.clone();
    office_moves(&world, &id, "2030-06-04T16:00:00-05:00");
    let receipt = world.until_done(&moved()).unwrap();
    assert_eq!(receipt.progress.applied[0].outcome, Outcome::KeptTheirs);
    assert_eq!(receipt.progress.warnings[0].code, "edited-in-ghl");
    assert_eq!(appointments(&world)[0].start.to_rfc3339(), "2030-06-04T21:00:00+00:00");
}

#[test]
fn an_appointment_of_somebody_else_at_the_same_time_is_not_taken_for_ours() {
    let mut seed = Seed::demo();
    seed.calendars[0].per_slot = 3;
    let lost = Fault::on("appointment.create", Effect::ResetBeforeCommit).unwrap();
    let world = World::of(seed, &[lost]);
    let _ = world.call(&booked(), super::world::Fate::default());
    // The office books the same contact at the same time, by hand.
    let contact = world
        .contacts()
        .into_iter()
        .find(|one| one.email.as_deref() == Some("ann@example.com"))
        .unwrap();
    office_books(&world, &contact.id);
    let Cause::Undecided { code, message } = stopped(world.until_done(&booked())) else {
        panic!("a person has to look");
    };
    assert_eq!(code, "foreign-match");
    assert!(message.contains("KC-"), "{message}");
    // Once the office has cancelled its own, the event can be run again.
    let id = appointments_now(&world)[0].id.clone();
    office(
        &world,
        http::Method::PUT,
        &format!("/{id}"),
        &json!({ "appointmentStatus": "cancelled" }),
    );
    world.until_done(&booked()).unwrap();
    assert_eq!(
        appointments(&world)
            .iter()
            .filter(|one| one.status == Status::Confirmed)
            .count(),
        1
    );
}

#[test]
fn a_visit_that_the_office_moved_far_away_is_found_by_its_contact() {
    let world = World::new(&[Fault::on("appointment.create", Effect::ResetAfterCommit).unwrap()]);
    world.with(|ghl| {
        let lag = Effect::Lag {
            ms: 30_000,
            for_ms: Some(30_000),
        };
        ghl.inject(Fault::on("appointment.create", lag).unwrap());
    });
    let _ = world.call(&booked(), super::world::Fate::default());
    let id = appointments_now(&world)[0].id.clone();
    office_moves(&world, &id, "2030-06-18T10:00:00-05:00");
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!(receipt.progress.applied[1].id.as_ref(), Some(&id));
    assert_eq!(appointments(&world).len(), 1);
}

#[test]
fn an_event_whose_time_is_over_fails_loudly_and_sends_nothing() {
    let world = World::new(&[]);
    let mut late = booked();
    late.expires_at = Some("2030-06-03T07:30:00-05:00".to_owned());
    assert!(matches!(stopped(world.until_done(&late)), Cause::Expired { .. }));
    assert!(world.received().is_empty());
}

#[test]
fn a_booking_that_expires_while_it_is_settled_is_still_found() {
    let lost = Fault::on("appointment.create", Effect::CommitLate { ms: 60_000 }).unwrap();
    let world = World::new(&[lost]);
    let mut short = booked();
    short.expires_at = Some("2030-06-03T08:00:30-05:00".to_owned());
    let receipt = world.until_done(&short).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Found);
    assert_eq!(appointments(&world).len(), 1);
}

#[test]
fn a_booking_that_expires_and_never_came_is_not_sent_again() {
    let lost = Fault::on("appointment.create", Effect::ResetBeforeCommit).unwrap();
    let world = World::new(&[lost]);
    let mut short = booked();
    short.expires_at = Some("2030-06-03T08:00:30-05:00".to_owned());
    assert!(matches!(stopped(world.until_done(&short)), Cause::Expired { .. }));
    assert!(appointments(&world).is_empty());
}

#[test]
fn a_contact_that_is_gone_from_ghl_is_made_anew() {
    let world = World::new(&[]);
    let mut configuration = configuration();
    configuration["second_visit"] = json!("book");
    world.until_done_with(&configuration, &booked()).unwrap();
    let gone = Fault::on(
        "appointment.create",
        Effect::Status(host_harness::emulator::StatusReply {
            body: Some(json!({ "error": "Contact with id X not found", "status": 400 })),
            ..http::StatusCode::BAD_REQUEST.into()
        }),
    );
    world.with(|ghl| ghl.inject(gone.unwrap()));
    let mut second = booked();
    second.id = Some("booked-2".to_owned());
    second.subject = Some("booking-2".to_owned());
    second.data_json = second.data_json.replace("T10:", "T14:").replace("T11:", "T15:");
    world.until_done_with(&configuration, &second).unwrap();
    assert_eq!(appointments(&world).len(), 2);
    assert_eq!(world.count("contact.create"), 2);
}

#[test]
fn a_calendar_name_is_looked_up_once() {
    let world = World::new(&[]);
    let mut configuration = configuration();
    configuration.as_object_mut().unwrap().remove("calendar_id");
    configuration["calendar_name"] = json!("roof  INSPECTIONS");
    world.until_done_with(&configuration, &booked()).unwrap();
    assert_eq!(world.received().len(), 3);
    let mut second = booked();
    second.id = Some("booked-2".to_owned());
    second.subject = Some("booking-2".to_owned());
    second.data_json = second
        .data_json
        .replace("T10:", "T14:")
        .replace("T11:", "T15:")
        .replace("ann@", "bob@")
        .replace("0142", "0143")
        .replace("12 Oak St", "19 Elm St");
    world.until_done_with(&configuration, &second).unwrap();
    assert_eq!(world.received().len(), 5, "a known calendar: two requests");
}

#[test]
fn a_team_too_large_to_remember_keeps_nobody_from_booking() {
    let mut seed = Seed::demo();
    for number in 0..3_000 {
        let id = format!("Member{number:014}");
        seed.calendars[0].team.push(id.clone());
        seed.users.push(User {
            name: id.clone(),
            email: format!("{number}@example.com"),
            id,
            ..User::default()
        });
    }
    let world = World::of(seed, &[]);
    let mut configuration = configuration();
    configuration.as_object_mut().unwrap().remove("calendar_id");
    configuration["calendar_name"] = json!("Roof Inspections");
    world.until_done_with(&configuration, &booked()).unwrap();
    assert_eq!(appointments(&world).len(), 1);
}

fn appointments_now(world: &World) -> Vec<host_harness::emulator::Appointment> {
    world.with(|ghl| ghl.appointments().cloned().collect())
}

pub(super) fn office_moves(world: &World, id: &str, start: &str) {
    office(
        world,
        http::Method::PUT,
        &format!("/{id}"),
        &json!({ "startTime": start }),
    );
}

/// Somebody in the office writes fields of an appointment.
pub(super) fn office_writes(world: &World, id: &str, fields: &serde_json::Value) {
    office(world, http::Method::PUT, &format!("/{id}"), fields);
}

fn office_books(world: &World, contact: &str) {
    let body = json!({
        "calendarId": Seed::ROOF_INSPECTIONS,
        "locationId": Seed::DEMO_LOCATION,
        "contactId": contact,
        "startTime": "2030-06-04T10:00:00-05:00",
        "description": "Booked by the office",
    });
    office(world, http::Method::POST, "", &body);
}

fn office(world: &World, method: http::Method, path: &str, body: &serde_json::Value) {
    let now = i64::try_from(world.now_ms()).unwrap();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/calendars/events/appointments{path}"))
        .header("authorization", format!("Bearer {}", Seed::DEMO_TOKEN))
        .header("version", "2021-04-15")
        .header("content-type", "application/json")
        .body(bytes::Bytes::from(body.to_string()))
        .unwrap();
    let delivery = world.with(|ghl| ghl.answer(now, &request));
    assert!(matches!(delivery.end, host_harness::emulator::End::Reply(reply) if reply.status() == 200));
}

#[test]
fn a_lagging_read_that_shows_an_older_state_is_not_taken_for_the_wanted_one() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.pass(std::time::Duration::from_secs(2));
    world.until_done(&moved()).unwrap();
    // Back to where it was, but the request is lost and the reads still show the first state.
    world.with(|ghl| {
        ghl.inject(Fault::on("appointment.update", Effect::ResetBeforeCommit).unwrap());
        let lag = Effect::Lag {
            ms: 1_000,
            for_ms: Some(60_000),
        };
        ghl.inject(Fault::on("*", lag).unwrap());
    });
    let mut back = moved();
    back.id = Some("moved-2".to_owned());
    back.occurred_at = "2030-06-03T07:05:00-05:00".to_owned();
    back.data_json = json!({ "startTime": "2030-06-04T10:00:00", "endTime": "2030-06-04T11:00:00" }).to_string();
    world.until_done(&back).unwrap();
    assert_eq!(appointments(&world)[0].start.to_rfc3339(), "2030-06-04T15:00:00+00:00");
}

#[test]
fn an_older_new_time_does_not_undo_a_newer_one_that_was_in_doubt() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.with(|ghl| ghl.inject(Fault::on("appointment.update", Effect::CommitLate { ms: 5_000 }).unwrap()));
    assert!(matches!(world.call(&moved(), Fate::default()), Ended::Failed(_)));
    let mut older = moved();
    older.id = Some("moved-0".to_owned());
    older.occurred_at = "2030-06-03T07:00:30-05:00".to_owned();
    older.data_json = older.data_json.replace("T13:", "T15:").replace("T14:", "T16:");
    world.pass(Duration::from_secs(10));
    world.until_done(&older).unwrap();
    world.until_done(&moved()).unwrap();
    let start = world.with(|ghl| ghl.appointments().next().unwrap().start);
    assert_eq!(start.to_rfc3339(), "2030-06-04T18:00:00+00:00");
}
