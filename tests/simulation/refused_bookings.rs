//! Bookings and changes that GHL refuses, although they took effect or somebody else did the same.

use std::time::Duration;

use host_harness::emulator::{BodyReply, Effect, Fault, Seed, Status};
use http::StatusCode;
use knockcal::run::{Cause, Failure, Invocation};
use serde_json::{Value, json};

use super::events::{booked, cancelled, configuration, moved};
use super::interleavings::booked_by_another;
use super::judge::appointments;
use super::ledger::office_writes;
use super::world::{Fate, World};

/// In whose calendar a second copy would find room.
fn roomy_world() -> World {
    let mut seed = Seed::demo();
    seed.calendars[0].per_slot = 4;
    World::of(seed, &[])
}

fn refuse(world: &World, operation: &str, message: &str, committed: bool) {
    let refusal = Effect::Body(BodyReply {
        code: StatusCode::BAD_REQUEST,
        json: json!({ "statusCode": 400, "message": message }),
        committed,
    });
    world.with(|ghl| ghl.inject(Fault::on(operation, refusal).unwrap()));
}

/// A booking that GHL refused, made all the same, and does not show yet.
fn refused_and_made(world: &World) {
    refuse(world, "appointment.create", "Something went wrong", true);
    let lag = Effect::Lag {
        ms: 60_000,
        for_ms: Some(100_000),
    };
    world.with(|ghl| ghl.inject(Fault::on("*", lag).unwrap()));
    let ended = world.until_done(&booked());
    assert!(
        matches!(
            &ended,
            Err(Failure::Stopped {
                cause: Cause::Refused { .. },
                ..
            })
        ),
        "{ended:?}"
    );
}

#[test]
fn a_cancellation_finds_a_booking_that_was_made_although_it_was_refused() {
    for later in [0, 600] {
        let world = roomy_world();
        refused_and_made(&world);
        world.pass(Duration::from_secs(later));
        let receipt = world.until_done(&cancelled()).unwrap();
        assert_eq!(receipt.progress.warnings, [], "{later}");
        let all = appointments(&world);
        assert_eq!(all.len(), 1, "{later}: {all:#?}");
        assert_eq!(all[0].status, Status::Cancelled, "{later}");
    }
}

#[test]
fn a_cancellation_of_a_booking_that_was_refused_and_not_made_ends() {
    let world = roomy_world();
    refuse(&world, "appointment.create", "Something went wrong", false);
    world.until_done(&booked()).unwrap_err();
    let receipt = world.until_done(&cancelled()).unwrap();
    assert_eq!(receipt.progress.warnings[0].code, "nothing-to-cancel");
    assert_eq!(appointments(&world), []);
}

#[test]
fn a_household_gets_no_second_visit_beside_one_that_was_made_although_it_was_refused() {
    for later in [0, 600] {
        let world = roomy_world();
        refused_and_made(&world);
        world.pass(Duration::from_secs(later));
        let mut spouse = booked_by_another();
        spouse.data_json = spouse.data_json.replace("555-0142", "555-0199").replace("ann@", "bob@");
        world.until_done(&spouse).unwrap();
        let all = appointments(&world);
        assert_eq!(all.len(), 1, "{later}: {all:#?}");
    }
}

#[test]
fn a_refused_change_is_not_done_because_the_visit_begins_as_it_says() {
    let to = json!({ "startTime": "2030-06-04T13:00:00-05:00", "endTime": "2030-06-04T14:00:00-05:00" });
    let world = roomy_world();
    let receipt = world.until_done(&booked()).unwrap();
    let id = receipt.progress.applied[1].id.clone().unwrap();
    office_writes(&world, &id, &to);
    refuse(&world, "appointment.update", "This slot is already booked", false);
    let mut event = moved();
    let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
    data["description"] = "Bring the ladder".into();
    event.data_json = data.to_string();
    world.until_done(&event).unwrap_err();
    world.until_done(&event).unwrap();
    let description = appointments(&world)[0].description.clone().unwrap();
    assert!(description.starts_with("Bring the ladder"), "{description}");
}

#[test]
fn a_refused_change_of_the_assignee_alone_is_refused_whatever_time_it_repeats() {
    let mut configuration = configuration();
    configuration["actions"] = json!(["appointment.update"]);
    let world = roomy_world();
    let receipt = world.until_done(&booked()).unwrap();
    let input = json!({
        "eventId": receipt.progress.applied[1].id,
        "startTime": "2030-06-04T10:00:00-05:00",
        "endTime": "2030-06-04T11:00:00-05:00",
        "assignedUserId": "Someone00Else0000usr",
    });
    let invocation = Invocation {
        action: "appointment.update".to_owned(),
        input_json: input.to_string(),
        subject: Some("booking-1".to_owned()),
        key: Some("once".to_owned()),
    };
    let failure = world.until_invoked(&configuration, &invocation).unwrap_err();
    assert!(format!("{failure:?}").contains("not-a-team-member"), "{failure:?}");
}

#[test]
fn a_new_time_finds_a_booking_that_was_made_although_it_was_refused() {
    let world = roomy_world();
    refused_and_made(&world);
    world.until_done(&moved()).unwrap();
    let again = world.until_done(&booked());
    let all = appointments(&world);
    assert_eq!(all.len(), 1, "{again:?}: {all:#?}");
    assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00", "{again:?}");
}

#[test]
fn a_call_that_dies_after_a_refusal_leaves_one_booking_at_most() {
    for dies_before in 1..=16 {
        let world = roomy_world();
        refuse(&world, "appointment.create", "Something went wrong", true);
        let lag = Effect::Lag {
            ms: 60_000,
            for_ms: Some(100_000),
        };
        world.with(|ghl| ghl.inject(Fault::on("*", lag).unwrap()));
        let fate = Fate {
            dies_before: Some(dies_before),
            ..Fate::default()
        };
        world.call(&booked(), fate);
        world.pass(Duration::from_secs(30));
        let ended = world.until_done(&cancelled());
        let all = appointments(&world);
        let live = all.iter().filter(|one| one.status != Status::Cancelled).count();
        assert_eq!(live, 0, "{dies_before}: {ended:?}");
        let again = world.until_done(&booked());
        assert!(appointments(&world).len() <= 1, "{dies_before}: {again:?}");
    }
}
