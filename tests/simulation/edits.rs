//! Edits of the office, and what only looks like one: values that GHL shows in other forms, and reads that lag behind.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Seed, Status};
use knockcal::knock::Incoming;
use knockcal::run::Outcome;
use serde_json::{Value, json};

use super::events::{booked, incoming, moved};
use super::forms::{soon_late, world_that_shows};
use super::judge::appointments;
use super::ledger::office_writes;
use super::world::World;
use crate::forms::all_forms;

/// A change that was agreed in the third minute and comes an hour later.
fn late(data: &Value) -> Incoming {
    incoming("late-1", "knocker.booking_changed", 3, data)
}

/// A visit with everything that GHL may show in another form.
fn booked_with_texts() -> Incoming {
    let mut event = booked();
    let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
    data["title"] = "Roof of Ann & Bob  Lee's house".into();
    data["description"] = "Hail <2 cm & wind\n\nGate code:  4711\n\nBeware of the \"dog\"".into();
    event.data_json = data.to_string();
    event
}

fn book(world: &World) -> String {
    let receipt = world.until_done(&booked_with_texts()).unwrap();
    receipt.progress.applied[1].id.clone().unwrap()
}

fn lost(times: u32) -> Fault {
    Fault::on("appointment.update", Effect::ResetBeforeCommit)
        .unwrap()
        .times(times)
}

#[test]
fn read_that_lags_behind_our_own_write_is_not_an_edit() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.pass(Duration::from_secs(60));
    world.until_done(&moved()).unwrap();
    let lag = Effect::Lag {
        ms: 45_000,
        for_ms: None,
    };
    world.with(|ghl| ghl.inject(Fault::on("*", lag).unwrap()));
    let receipt = world
        .until_done_with(
            &soon_late(),
            &late(&json!({ "startTime": "2030-06-04T15:00:00", "endTime": "2030-06-04T16:00:00" })),
        )
        .unwrap();
    assert_eq!(receipt.progress.applied[0].outcome, Outcome::Done);
    assert_eq!(receipt.progress.warnings, []);
    assert_eq!(appointments(&world)[0].start.to_rfc3339(), "2030-06-04T20:00:00+00:00");
}

#[test]
fn late_change_is_carried_out_whatever_form_our_own_text_is_shown_in() {
    for form in all_forms() {
        for data in [
            json!({ "startTime": "2030-06-04T13:00:00", "endTime": "2030-06-04T14:00:00" }),
            json!({ "status": "cancelled" }),
            json!({ "description": "Bring the\n\nlong ladder" }),
        ] {
            for fault in [None, Some(lost(1))] {
                let world = world_that_shows(&form);
                book(&world);
                let what = format!("{form:?} {data} {fault:?}");
                world.with(|ghl| fault.into_iter().for_each(|fault| ghl.inject(fault)));
                let receipt = world.until_done_with(&soon_late(), &late(&data)).unwrap();
                assert_eq!(receipt.progress.applied[0].outcome, Outcome::Done, "{what}");
                assert_eq!(receipt.progress.warnings, [], "{what}");
                let all = appointments(&world);
                assert_eq!(all.len(), 1, "{what}");
                let is_done = match data.get("status") {
                    Some(_) => all[0].status == Status::Cancelled,
                    None if data.get("startTime").is_some() => all[0].start.to_rfc3339() == "2030-06-04T18:00:00+00:00",
                    None => all[0]
                        .description
                        .as_deref()
                        .unwrap_or_default()
                        .contains("long ladder"),
                };
                assert!(is_done, "{what}: {:?}", all[0]);
            }
        }
    }
}

#[test]
fn lost_answer_to_a_change_is_found_in_every_form() {
    for form in all_forms() {
        for data in [
            json!({ "startTime": "2030-06-04T13:00:00", "endTime": "2030-06-04T14:00:00" }),
            json!({ "status": "cancelled" }),
            json!({ "description": "Bring the\n\nlong ladder", "title": "Roof" }),
        ] {
            let world = world_that_shows(&form);
            book(&world);
            let lost = Fault::on("appointment.update", Effect::ResetAfterCommit).unwrap();
            world.with(|ghl| ghl.inject(lost));
            let receipt = world.until_done(&late(&data)).unwrap();
            assert_eq!(receipt.progress.applied[0].outcome, Outcome::Found, "{form:?} {data}");
            assert_eq!(receipt.progress.warnings, [], "{form:?} {data}");
            assert_eq!(world.count("appointment.update"), 1, "{form:?} {data}");
        }
    }
}

#[test]
fn late_cancellation_is_kept_from_a_visit_that_was_moved_or_is_over_and_from_no_other() {
    let edits = [
        (json!({ "title": "Roof, the brown house" }), Status::Cancelled),
        (json!({ "description": "Beware of both dogs" }), Status::Cancelled),
        (json!({ "address": "14 Oak St, Austin, TX 78701" }), Status::Cancelled),
        (
            json!({ "startTime": "2030-06-05T10:00:00-05:00", "endTime": "2030-06-05T11:00:00-05:00" }),
            Status::Confirmed,
        ),
        (json!({ "appointmentStatus": "showed" }), Status::Showed),
    ];
    for form in all_forms() {
        for (edit, status) in &edits {
            let what = format!("{form:?} {edit}");
            let world = world_that_shows(&form);
            let id = book(&world);
            office_writes(&world, &id, edit);
            let receipt = world
                .until_done_with(&soon_late(), &late(&json!({ "status": "cancelled" })))
                .unwrap();
            assert_eq!(appointments(&world)[0].status, *status, "{what}");
            let kept = receipt.progress.applied[0].outcome == Outcome::KeptTheirs;
            assert_eq!(kept, *status != Status::Cancelled, "{what}");
        }
    }
}

#[test]
fn edit_of_a_field_that_was_left_to_ghl_stays() {
    for form in all_forms() {
        for fault in [None, Some(Effect::ResetAfterCommit)] {
            let world = world_that_shows(&form);
            let fault = fault.map(|effect| Fault::on("appointment.create", effect).unwrap());
            world.with(|ghl| fault.into_iter().for_each(|fault| ghl.inject(fault)));
            let receipt = world.until_done(&booked()).unwrap();
            let id = receipt.progress.applied[1].id.clone().unwrap();
            office_writes(&world, &id, &json!({ "title": "Roof, the brown house" }));
            let receipt = world
                .until_done_with(&soon_late(), &late(&json!({ "title": "Roof of Ann" })))
                .unwrap();
            assert_eq!(receipt.progress.applied[0].outcome, Outcome::KeptTheirs, "{form:?}");
            assert_eq!(appointments(&world)[0].title, "Roof, the brown house", "{form:?}");
        }
    }
}

#[test]
fn listed_appointment_that_cannot_be_opened_is_not_booked_again() {
    let mut seed = Seed::demo();
    seed.calendars[0].per_slot = 4;
    seed.shows = serde_json::from_value(json!({ "left_out": ["description"] })).unwrap();
    let missing =
        json!({ "status": { "code": 400, "body": { "error": "Appointment with id X not found", "status": 400 } } });
    let missing = Fault::on("appointment.get", serde_json::from_value(missing).unwrap()).unwrap();
    let lost = Fault::on("appointment.create", Effect::ResetAfterCommit).unwrap();
    let world = World::of(seed, &[lost, missing.times(1_000)]);
    assert!(world.until_done(&booked()).is_err());
    assert_eq!(appointments(&world).len(), 1);
}
