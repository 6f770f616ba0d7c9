//! A store that is put back from a copy, and everything that happened since the copy comes again.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Occasion, Status};
use knockcal::knock::Incoming;
use knockcal::run::{Cause, Failure, Outcome, Reason};
use serde_json::json;

use super::events::{booked, cancelled, moved};
use super::judge::{appointments, one_booking, told};
use super::world::{Ended, Fate, World};

fn dying(step: usize) -> Fate {
    Fate {
        dies_before: Some(step),
        ..Fate::default()
    }
}

/// The same kind of event, agreed some minutes after eight: after a store was put back at eight.
fn agreed_later(mut event: Incoming, id: &str) -> Incoming {
    event.id = Some(id.to_owned());
    event.occurred_at = "2030-06-03T08:10:00-05:00".to_owned();
    event
}

fn moved_to(id: &str, minute: u32, hour: u32) -> Incoming {
    let mut event = moved();
    event.id = Some(id.to_owned());
    event.occurred_at = format!("2030-06-03T07:{minute:02}:00-05:00");
    event.data_json = json!({
        "startTime": format!("2030-06-04T{hour}:00:00"),
        "endTime": format!("2030-06-04T{}:00:00", hour + 1),
    })
    .to_string();
    event
}

#[test]
fn a_copy_of_any_instant_leaves_one_booking() {
    let lost = [
        None,
        Some(Effect::ResetAfterCommit),
        Some(Effect::ResetBeforeCommit),
        Some(Effect::CommitLate { ms: 60_000 }),
    ];
    for effect in lost {
        for copied in 1..=9 {
            let fault = effect
                .clone()
                .map(|effect| Fault::on("appointment.create", effect).unwrap());
            let world = World::new(fault.as_slice());
            world.call(&booked(), dying(copied));
            let copy = world.copy();
            world.until_done(&booked()).unwrap();
            world.put_back(&copy);
            let receipt = world.until_done(&booked()).unwrap();
            one_booking(&world, &receipt, &format!("{effect:?}, copied before step {copied}"));
        }
    }
}

#[test]
fn a_store_that_is_lost_at_any_instant_leaves_one_booking() {
    for effect in [None, Some(Effect::CommitLate { ms: 70_000 })] {
        for copied in 1..=7 {
            for lost in 1..=9 {
                let fault = effect
                    .clone()
                    .map(|effect| Fault::on("appointment.create", effect).unwrap());
                let world = World::new(fault.as_slice());
                world.call(&booked(), dying(copied));
                let copy = world.copy();
                // Long enough for the claim of the dead to end.
                world.pass(Duration::from_secs(60));
                world.call(&booked(), dying(lost));
                world.put_back(&copy);
                let receipt = world.until_done(&booked()).unwrap();
                let what = format!("{effect:?}, copied before step {copied}, lost before step {lost}");
                one_booking(&world, &receipt, &what);
            }
        }
    }
}

#[test]
fn nothing_is_booked_before_the_settle_time_is_over() {
    let world = World::new(&[]);
    world.put_back(&world.copy());
    let Ended::Failed(Failure::Stopped { cause, progress }) = world.call(&booked(), Fate::default()) else {
        panic!("it has to wait");
    };
    let Cause::Deferred { reason, after_ms, .. } = cause else {
        panic!("{cause:?}");
    };
    assert_eq!(reason, Reason::Settling);
    assert!((100_000..=120_000).contains(&after_ms), "{after_ms}");
    assert_eq!(progress.cost.requests, 1, "the contact is saved at once");
    let receipt = world.until_done(&booked()).unwrap();
    one_booking(&world, &receipt, "a store that was put back");
    assert_eq!(receipt.progress.cost.requests, 4, "contact, two looks, booking");
}

#[test]
fn a_booking_that_was_looked_for_is_as_known_as_any_other() {
    let world = World::new(&[]);
    world.put_back(&world.copy());
    world.until_done(&booked()).unwrap();
    let before = world.received().len();
    world.until_done(&moved()).unwrap();
    assert_eq!(world.received().len(), before + 1);
    world.until_done(&cancelled()).unwrap();
    assert_eq!(world.received().len(), before + 2);
    let mut again = booked();
    again.id = Some("booked-2".to_owned());
    again.occurred_at = "2030-06-03T07:30:00-05:00".to_owned();
    world.until_done(&again).unwrap();
    assert_eq!(world.received().len(), before + 4, "contact and booking");
}

#[test]
fn a_month_later_only_what_occurred_before_is_looked_for() {
    let world = World::new(&[]);
    let copy = world.copy();
    world.until_done(&booked()).unwrap();
    world.put_back(&copy);
    world.pass(Duration::from_secs(31 * 24 * 60 * 60));
    let mut late = booked();
    late.id = Some("booked-2".to_owned());
    late.subject = Some("booking-2".to_owned());
    late.occurred_at = "2030-07-04T07:00:00-05:00".to_owned();
    late.data_json = late.data_json.replace("2030-06-04", "2030-07-09");
    assert_eq!(
        world.until_done(&late).unwrap().progress.cost.requests,
        3,
        "create, read, book"
    );
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Found);
    assert_eq!(appointments(&world).len(), 2);
}

/// Everything happens, a copy being made before one of the events; the copy is put back, and everything comes again.
fn again_from_a_copy_before(copied: usize, events: &[Incoming]) -> World {
    let world = World::new(&[]);
    let mut copy = world.copy();
    for (index, event) in events.iter().enumerate() {
        if index == copied {
            copy = world.copy();
        }
        world.until_done(event).unwrap();
    }
    world.put_back(&copy);
    for event in events {
        world.until_done(event).unwrap();
    }
    world
}

#[test]
fn everything_that_comes_again_is_done_and_told_once() {
    let events = [booked(), moved_to("moved-1", 1, 13), moved_to("moved-2", 2, 15)];
    for copied in 0..events.len() {
        let world = again_from_a_copy_before(copied, &events);
        assert_eq!(world.count("appointment.update"), 2, "copied before event {copied}");
        let all = appointments(&world);
        assert_eq!(all.len(), 1, "copied before event {copied}");
        assert_eq!(
            all[0].start.to_rfc3339(),
            "2030-06-04T20:00:00+00:00",
            "copied before event {copied}"
        );
        assert_eq!(told(&all[0], Occasion::Moved), 2, "copied before event {copied}");
    }
}

#[test]
fn a_visit_that_was_moved_and_cancelled_stays_so() {
    let events = [booked(), moved_to("moved-1", 1, 13), cancelled()];
    for copied in 0..events.len() {
        let world = again_from_a_copy_before(copied, &events);
        assert_eq!(world.count("appointment.update"), 2, "copied before event {copied}");
        let all = appointments(&world);
        assert_eq!(all.len(), 1, "copied before event {copied}");
        assert_eq!(all[0].status, Status::Cancelled, "copied before event {copied}");
    }
}

#[test]
fn a_new_time_that_was_not_sent_before_the_store_was_lost_is_sent() {
    let world = World::new(&[]);
    let copy = world.copy();
    world.until_done(&booked()).unwrap();
    world.put_back(&copy);
    // In order, and the other way round.
    world.call(&moved(), Fate::default());
    world.until_done(&booked()).unwrap();
    world.until_done(&moved()).unwrap();
    let all = appointments(&world);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00");
    assert_eq!(told(&all[0], Occasion::Moved), 1);
}

#[test]
fn a_visit_that_was_cancelled_and_booked_again_stays_one() {
    let mut again = booked();
    again.id = Some("booked-2".to_owned());
    again.occurred_at = "2030-06-03T07:30:00-05:00".to_owned();
    let events = [booked(), cancelled(), again];
    for copied in 0..events.len() {
        let world = again_from_a_copy_before(copied, &events);
        let all = appointments(&world);
        assert_eq!(all.len(), 2, "copied before event {copied}");
        let live = all.iter().filter(|one| one.status == Status::Confirmed).count();
        assert_eq!(live, 1, "copied before event {copied}");
        let off = told(&all[0], Occasion::StatusChanged(Status::Cancelled));
        assert_eq!(off, 1, "copied before event {copied}");
    }
}

#[test]
fn a_correction_that_is_agreed_later_changes_the_booking_that_was_lost() {
    let world = World::new(&[]);
    let copy = world.copy();
    world.until_done(&booked()).unwrap();
    world.put_back(&copy);
    world.pass(Duration::from_secs(3600));
    let mut corrected = agreed_later(booked(), "booked-2");
    corrected.data_json = corrected.data_json.replace("T10:", "T15:").replace("T11:", "T16:");
    world.until_done(&corrected).unwrap();
    let all = appointments(&world);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T20:00:00+00:00");
    assert!(all[0].description.as_deref().unwrap().contains("Ref KC-"));
}

#[test]
fn a_time_that_is_agreed_later_is_sent_even_if_the_copy_knows_it() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    let copy = world.copy();
    world.until_done(&moved()).unwrap();
    world.put_back(&copy);
    world.pass(Duration::from_secs(3600));
    // Back to ten, of which the copy knows nothing but that it was so.
    let back = Incoming {
        data_json: moved_to("", 0, 10).data_json,
        ..agreed_later(moved(), "moved-2")
    };
    world.until_done(&back).unwrap();
    assert_eq!(appointments(&world)[0].start.to_rfc3339(), "2030-06-04T15:00:00+00:00");
}

#[test]
fn a_cancellation_that_finds_no_booking_says_where_one_may_be() {
    let world = World::new(&[]);
    let copy = world.copy();
    world.until_done(&booked()).unwrap();
    let description = world.with(|ghl| ghl.appointments().next().unwrap().description.clone().unwrap());
    world.put_back(&copy);
    let receipt = world.until_done(&cancelled()).unwrap();
    let warning = receipt.progress.warnings.last().unwrap();
    assert_eq!(warning.code, "perhaps-booked");
    let reference = description.split_once("Ref ").unwrap().1;
    assert!(warning.message.contains(reference), "{}", warning.message);
}

#[test]
fn a_contact_that_others_may_have_written_since_the_copy_is_written_again() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    let copy = world.copy();
    let mut married = booked();
    married.id = Some("booked-2".to_owned());
    married.subject = Some("booking-2".to_owned());
    married.data_json = married
        .data_json
        .replace("Lee", "Poe")
        .replace("T10:", "T14:")
        .replace("T11:", "T15:");
    world.until_done(&married).unwrap();
    world.put_back(&copy);
    let mut third = married.clone();
    third.id = Some("booked-3".to_owned());
    third.subject = Some("booking-3".to_owned());
    third.data_json = third
        .data_json
        .replace("Poe", "Lee")
        .replace("T14:", "T16:")
        .replace("T15:", "T17:");
    world.until_done(&third).unwrap();
    let ann = |contact: &host_harness::emulator::Contact| contact.email.as_deref() == Some("ann@example.com");
    assert_eq!(
        world.contacts().into_iter().find(ann).unwrap().last_name.as_deref(),
        Some("Lee")
    );
}
