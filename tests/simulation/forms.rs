//! Everything that can become of one event, in whatever form GHL shows what was written.

use host_harness::emulator::{
    AddressForm, Appointment, BodyReply, Effect, Fault, Occasion, Seed, Shows, Status, TimeForm,
};
use knockcal::knock::Incoming;
use knockcal::run::{Outcome, Receipt};
use serde_json::{Value, json};

use super::events::{booked, cancelled, configuration, incoming, moved};
use super::interleavings::booked_by_another;
use super::judge::{appointments, one_booking, told};
use super::ledger::office_writes;
use super::world::World;
use crate::forms::all_forms;

/// The most requests at which an answer is lost.
const REQUESTS: u32 = 6;

/// What becomes of a request whose answer is lost, and nothing.
fn losses() -> [Option<Effect>; 4] {
    [
        None,
        Some(Effect::ResetBeforeCommit),
        Some(Effect::ResetAfterCommit),
        Some(Effect::Lag {
            ms: 45_000,
            for_ms: None,
        }),
    ]
}

/// A world that shows values so, in whose calendar a second copy would find room.
pub(super) fn world_that_shows(shows: &Shows) -> World {
    let mut seed = Seed::demo();
    seed.calendars[0].per_slot = 4;
    seed.shows = shows.clone();
    World::of(seed, &[])
}

/// Lets something happen in every form, with a loss at each of its requests, after what came before it.
fn in_every_form(before: &[Incoming], check: impl Fn(&World, &str)) {
    for shows in all_forms() {
        for loss in losses() {
            for nth in 1..=REQUESTS {
                let world = world_that_shows(&shows);
                for event in before {
                    world.until_done(event).unwrap();
                }
                let what = format!("{shows:?}, {loss:?} at {nth}");
                if let Some(effect) = &loss {
                    let fault = Fault::on("*", effect.clone()).unwrap().nth(nth);
                    world.with(|ghl| ghl.inject(fault));
                }
                check(&world, &what);
                if loss.is_none() {
                    break;
                }
            }
        }
    }
}

fn done(world: &World, configuration: &Value, event: &Incoming, what: &str) -> Receipt {
    let ended = world.until_done_with(configuration, event);
    let receipt = ended.unwrap_or_else(|failure| panic!("{what}: {failure:#?}\n{:#?}", world.received()));
    let outcomes = receipt.progress.applied.iter().map(|step| step.outcome);
    assert!(
        outcomes.into_iter().all(|outcome| outcome != Outcome::KeptTheirs),
        "{what}: nobody edited it: {receipt:#?}"
    );
    assert_eq!(receipt.progress.warnings, [], "{what}");
    receipt
}

/// The same with a title of its own.
fn with_title(mut event: Incoming) -> Incoming {
    let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
    data["title"] = "Roof of Ann & Bob".into();
    event.data_json = data.to_string();
    event
}

fn the_only(world: &World, what: &str) -> Appointment {
    let mut all = appointments(world);
    assert_eq!(all.len(), 1, "{what}: {all:#?}");
    all.remove(0)
}

/// Under this configuration changes come late.
pub(super) fn soon_late() -> Value {
    let mut configuration = configuration();
    configuration["late_seconds"] = 60.into();
    configuration
}

#[test]
fn a_booking_is_one_visit_in_every_form() {
    in_every_form(&[], |world, what| {
        let receipt = done(world, &configuration(), &booked(), what);
        one_booking(world, &receipt, what);
    });
}

#[test]
fn a_new_time_is_set_once_in_every_form() {
    for configuration in [configuration(), soon_late()] {
        in_every_form(&[booked()], |world, what| {
            done(world, &configuration, &moved(), what);
            let one = the_only(world, what);
            assert_eq!(one.start.to_rfc3339(), "2030-06-04T18:00:00+00:00", "{what}");
            assert_eq!(told(&one, Occasion::Moved), 1, "{what}");
        });
    }
}

#[test]
fn a_cancellation_is_carried_out_once_in_every_form() {
    for configuration in [configuration(), soon_late()] {
        in_every_form(&[booked()], |world, what| {
            done(world, &configuration, &cancelled(), what);
            let one = the_only(world, what);
            assert_eq!(one.status, Status::Cancelled, "{what}");
            assert_eq!(told(&one, Occasion::StatusChanged(Status::Cancelled)), 1, "{what}");
        });
    }
}

#[test]
fn a_household_gets_one_visit_in_every_form() {
    in_every_form(&[booked()], |world, what| {
        let mut spouse = booked_by_another();
        spouse.data_json = spouse.data_json.replace("555-0142", "555-0199").replace("ann@", "bob@");
        world
            .until_done(&spouse)
            .unwrap_or_else(|failure| panic!("{what}: {failure:#?}"));
        let one = the_only(world, what);
        assert_eq!(told(&one, Occasion::Booked), 1, "{what}");
    });
}

#[test]
fn what_cannot_be_judged_is_never_booked_twice() {
    for left_out in [
        vec!["contactId"],
        vec!["startTime"],
        vec!["description"],
        vec!["description", "contactId"],
        vec!["description", "startTime"],
        vec!["contactId", "startTime", "endTime"],
    ] {
        let left_out: Vec<String> = left_out.into_iter().map(str::to_owned).collect();
        for shows in all_forms() {
            let shows = Shows {
                left_out: left_out.iter().cloned().collect(),
                ..shows
            };
            for lost in [Effect::ResetAfterCommit, Effect::CommitLate { ms: 70_000 }] {
                let world = world_that_shows(&shows);
                let what = format!("{shows:?}, {lost:?}");
                let lost = Fault::on("appointment.create", lost).unwrap();
                world.with(|ghl| ghl.inject(lost));
                // Either it is found, or a person has to look.
                let _ended = world.until_done(&booked());
                the_only(&world, &what);
            }
        }
    }
}

#[test]
fn an_edit_of_the_office_is_kept_and_reported_in_every_form() {
    for shows in all_forms() {
        for (edit, change) in [
            (json!({ "title": "Roof & <gutter>" }), json!({ "title": "Ann's roof" })),
            (
                json!({ "description": "Beware of both dogs" }),
                json!({ "description": "The phone's note" }),
            ),
            (
                json!({ "startTime": "2030-06-05T10:00:00-05:00", "endTime": "2030-06-05T11:00:00-05:00" }),
                json!({ "startTime": "2030-06-04T13:00:00", "endTime": "2030-06-04T14:00:00" }),
            ),
            (
                json!({ "address": "14 Elm St, Austin, TX 78701" }),
                json!({ "address": { "street": "16 Ash St", "city": "Austin", "state": "TX", "postalCode": "78701" } }),
            ),
        ] {
            if edit.get("address").is_some() && shows.address == AddressForm::LeftOut {
                continue;
            }
            let what = format!("{shows:?}, {edit}");
            let world = world_that_shows(&shows);
            let receipt = world.until_done(&with_title(booked())).unwrap();
            let id = receipt.progress.applied[1].id.clone().unwrap();
            office_writes(&world, &id, &edit);
            let edited = world.with(|ghl| ghl.appointments().next().cloned()).unwrap();
            let late = incoming("late-1", "knocker.booking_changed", 3, &change);
            let receipt = world
                .until_done_with(&soon_late(), &late)
                .unwrap_or_else(|failure| panic!("{what}: {failure:#?}"));
            assert_eq!(receipt.progress.applied[0].outcome, Outcome::KeptTheirs, "{what}");
            assert_eq!(receipt.progress.warnings[0].code, "edited-in-ghl", "{what}");
            let kept = the_only(&world, &what);
            assert_eq!(
                (&kept.title, &kept.description, &kept.address, kept.start),
                (&edited.title, &edited.description, &edited.address, edited.start),
                "{what}"
            );
        }
    }
}

#[test]
fn a_time_without_an_offset_in_an_unknown_zone_drops_nothing_and_proves_nothing() {
    let shows = Shows {
        time: TimeForm::WithoutOffset,
        ..Shows::default()
    };
    for late_seconds in [60, 24 * 60 * 60] {
        let mut configuration = configuration();
        configuration.as_object_mut().unwrap().remove("time_zone");
        configuration["late_seconds"] = late_seconds.into();
        for zone in ["America/Chicago", "America/Denver"] {
            let in_zone = |mut event: Incoming, hours: &[(&str, &str)]| {
                let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
                data["timeZone"] = zone.into();
                event.data_json = hours
                    .iter()
                    .fold(data.to_string(), |data, (from, to)| data.replace(from, to));
                event
            };
            let hour_later = in_zone(moved(), &[("T13:", "T11:"), ("T14:", "T12:")]);
            for change in [hour_later, in_zone(cancelled(), &[])] {
                for loss in &losses()[..3] {
                    let world = world_that_shows(&shows);
                    world.until_done_with(&configuration, &in_zone(booked(), &[])).unwrap();
                    world.pass(std::time::Duration::from_secs(600));
                    let before = the_only(&world, zone);
                    if let Some(effect) = loss {
                        let fault = Fault::on("appointment.update", effect.clone()).unwrap();
                        world.with(|ghl| ghl.inject(fault));
                    }
                    let what = format!("{zone}, late after {late_seconds} s, {loss:?}, {}", change.data_json);
                    let ended = world.until_done_with(&configuration, &change);
                    let after = the_only(&world, &what);
                    let is_done = after.start != before.start || after.status == Status::Cancelled;
                    match ended {
                        Ok(receipt) => {
                            assert!(is_done, "{what}: {receipt:#?}");
                            assert_eq!(receipt.progress.warnings, [], "{what}");
                        }
                        Err(failure) => {
                            let is_known = loss.is_none() && (late_seconds > 60 || zone == "America/Chicago");
                            assert!(!is_known, "{what}: {failure:?}");
                            assert!(format!("{failure:?}").contains("Undecided"), "{what}: {failure:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_visit_in_busy_time_is_seen_in_the_zone_of_the_event_where_no_other_is_known() {
    let shows = Shows {
        time: TimeForm::WithoutOffset,
        ..Shows::default()
    };
    let mut configuration = configuration();
    configuration.as_object_mut().unwrap().remove("time_zone");
    configuration["reps"] = json!([{ "id": "7", "user_id": Seed::DANA }]);
    let in_chicago = |mut event: Incoming| {
        let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
        data["timeZone"] = "America/Chicago".into();
        event.data_json = data.to_string();
        event
    };
    let world = world_that_shows(&shows);
    world.until_done_with(&configuration, &in_chicago(booked())).unwrap();
    let busy = json!({ "startTime": "2030-06-04T10:30:00", "endTime": "2030-06-04T12:00:00" });
    let mut event = incoming(
        "busy-1",
        "knocker.availability_updated",
        1,
        &json!({ "rep": "7", "busy": [busy] }),
    );
    event.subject = Some("rep-7".to_owned());
    let receipt = world.until_done_with(&configuration, &in_chicago(event)).unwrap();
    let warnings = &receipt.progress.warnings;
    assert!(
        warnings.iter().any(|warning| warning.message.contains("at 10:00")),
        "{warnings:?}"
    );
}

#[test]
fn whose_number_it_is_does_not_depend_on_how_it_is_written() {
    let mut configuration = configuration();
    configuration["identity"] = json!({ "look_first": true });
    let mut event = booked();
    event.data_json = event.data_json.replace("Lee", "O'Brien");
    for (first, last, is_other) in [("Ann", "O&#39;Brien", false), ("Bob", "Ray", true)] {
        let world = World::new(&[]);
        let found = json!({
            "id": Seed::PAT, "firstName": first, "lastName": last,
            "phone": "(512) 555-0142", "email": "ANN@example.com",
        });
        let look = Effect::Body(BodyReply {
            code: http::StatusCode::OK,
            json: json!({ "contact": found }),
            committed: false,
        });
        world.with(|ghl| ghl.inject(Fault::on("contact.find_duplicate", look).unwrap()));
        let receipt = world.until_done_with(&configuration, &event).unwrap();
        let warned = receipt
            .progress
            .warnings
            .iter()
            .any(|warning| warning.code == "identity-conflict");
        assert_eq!(warned, is_other, "{first} {last}: {receipt:#?}");
        assert_eq!(world.count("contact.update"), usize::from(!is_other), "{first} {last}");
    }
}

#[test]
fn an_edit_of_the_office_is_not_overwritten_where_its_time_cannot_be_read() {
    let without_offset = Shows {
        time: TimeForm::WithoutOffset,
        ..Shows::default()
    };
    let without_start = Shows {
        left_out: ["startTime".to_owned()].into(),
        ..Shows::default()
    };
    for (shows, has_zone) in [(without_offset, false), (without_start, true)] {
        let mut configuration = soon_late();
        let mut event = booked();
        if !has_zone {
            configuration.as_object_mut().unwrap().remove("time_zone");
            event.data_json = event.data_json.replace(":00:00\"", ":00:00-05:00\"");
        }
        for change in [
            json!({ "startTime": "2030-06-04T13:00:00-05:00" }),
            json!({ "status": "cancelled" }),
        ] {
            let world = world_that_shows(&shows);
            let receipt = world.until_done_with(&configuration, &event).unwrap();
            let id = receipt.progress.applied[1].id.clone().unwrap();
            let edit = json!({ "startTime": "2030-06-05T14:00:00-05:00", "endTime": "2030-06-05T15:00:00-05:00" });
            office_writes(&world, &id, &edit);
            let late = incoming("late-1", "knocker.booking_changed", 3, &change);
            let failure = world.until_done_with(&configuration, &late).unwrap_err();
            assert!(
                format!("{failure:?}").contains("cannot-look"),
                "{shows:?}, {change}: {failure:?}"
            );
            let kept = the_only(&world, "edited");
            assert_eq!(
                kept.start.to_rfc3339(),
                "2030-06-05T19:00:00+00:00",
                "{shows:?}, {change}"
            );
            assert_eq!(kept.status, Status::Confirmed, "{shows:?}, {change}");
        }
    }
}
