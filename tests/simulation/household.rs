//! Two reps at one door make one visit.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault};
use knockcal::knock::Incoming;
use knockcal::run::{Outcome, Receipt};
use serde_json::{Value, json};

use super::events::{booked, cancelled, configuration, moved};
use super::interleavings::{STEPS, booked_by_another, together};
use super::judge::appointments;
use super::world::{Ended, Fate, World};

/// The spouse's visit, agreed by another rep.
fn spouse() -> Incoming {
    let mut spouse = booked_by_another();
    spouse.data_json = spouse.data_json.replace("555-0142", "555-0199").replace("ann@", "bob@");
    spouse
}

fn lost(effect: Effect) -> Vec<Fault> {
    vec![Fault::on("appointment.create", effect).unwrap()]
}

#[test]
fn spouses_booked_by_two_reps_at_once_get_one_visit() {
    for faults in [
        Vec::new(),
        lost(Effect::ResetAfterCommit),
        lost(Effect::ResetBeforeCommit),
        lost(Effect::CommitLate { ms: 70_000 }),
    ] {
        for one in 0..=STEPS {
            for two in [0, 2, 5] {
                let world = World::new(&faults);
                together(&world, &booked(), &spouse(), &[one, two]);
                world.until_done(&booked()).unwrap();
                world.until_done(&spouse()).unwrap();
                let what = format!("turns of {one} and {two} steps, {faults:?}");
                assert_eq!(appointments(&world).len(), 1, "{what}: {:#?}", world.received());
                assert_eq!(world.contacts().len(), 3, "{what}");
            }
        }
    }
}

#[test]
fn whoever_dies_while_booking_holds_up_the_other_for_the_settle_time_only() {
    for effect in [None, Some(Effect::ResetAfterCommit), Some(Effect::ResetBeforeCommit)] {
        for step in 1..=STEPS {
            let world = World::new(&effect.clone().map(lost).unwrap_or_default());
            let fate = Fate {
                dies_before: Some(step),
                ..Fate::default()
            };
            let died = matches!(world.call(&booked(), fate), Ended::Died);
            world.until_done(&spouse()).unwrap();
            assert_eq!(
                appointments(&world).len(),
                1,
                "{effect:?}, died before step {step}: {died}"
            );
            world.until_done(&booked()).unwrap();
            assert_eq!(
                appointments(&world).len(),
                1,
                "{effect:?}, died before step {step}, run again"
            );
        }
    }
}

#[test]
fn a_visit_that_is_over_or_called_off_does_not_count() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.pass(Duration::from_secs(3 * 24 * 60 * 60));
    let mut later = spouse();
    later.data_json = later.data_json.replace("2030-06-04", "2030-06-11");
    let receipt = world.until_done(&later).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Done);

    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.until_done(&cancelled()).unwrap();
    let receipt = world.until_done(&spouse()).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Done);
}

/// Turns of one step each, after a first one of this length: how two calls go on that run at once.
fn step_by_step(first: usize) -> Vec<usize> {
    let mut lengths = vec![first];
    lengths.resize(1_000, 1);
    lengths
}

/// The longest that two bookings may take together that are made at one instant: a few milliseconds for each step.
const AT_ONCE_MS: u64 = 600;

/// Another name and another number.
fn flat_mate() -> Incoming {
    let mut mate = spouse();
    mate.data_json = mate
        .data_json
        .replace("\"Ann\"", "\"Raj\"")
        .replace("\"Lee\"", "\"Patel\"");
    mate
}

/// The same visit, booked by another rep under another subject.
fn booked_twice() -> Incoming {
    let mut twice = booked();
    twice.id = Some("booked-2".to_owned());
    twice.subject = Some("booking-2".to_owned());
    twice
}

fn without_address(mut event: Incoming) -> Incoming {
    let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
    data.as_object_mut().unwrap().remove("address");
    event.data_json = data.to_string();
    event
}

fn done(ended: Ended, what: &str) -> Receipt {
    match ended {
        Ended::Done(receipt) => receipt,
        other => panic!("{what}: {other:?}"),
    }
}

fn codes(receipt: &Receipt) -> Vec<&str> {
    let warnings = receipt.progress.warnings.iter();
    warnings.map(|warning| warning.code.as_str()).collect()
}

#[test]
fn two_bookings_at_one_instant_take_milliseconds() {
    let elsewhere = without_address(booked_by_another());
    for (name, one, other, visits) in [
        ("one household", booked(), spouse(), 1),
        ("one address, two people", booked(), flat_mate(), 2),
        (
            "one contact at one start",
            without_address(booked()),
            without_address(booked_twice()),
            1,
        ),
        ("one contact at two starts", without_address(booked()), elsewhere, 2),
    ] {
        for first in 0..=STEPS {
            let world = World::new(&[]);
            let before = world.now_ms();
            let (one, other) = together(&world, &one, &other, &step_by_step(first));
            let what = format!("{name}, {first} steps first");
            let took_ms = world.now_ms() - before;
            assert!(took_ms < AT_ONCE_MS, "{what}: {took_ms} ms, {one:?}, {other:?}");
            done(one, &what);
            done(other, &what);
            assert_eq!(appointments(&world).len(), visits, "{what}: {:#?}", world.received());
        }
    }
}

#[test]
fn contact_that_was_saved_before_another_call_was_first_is_not_saved_again() {
    for first in 0..=STEPS {
        let world = World::new(&[]);
        together(&world, &booked(), &spouse(), &step_by_step(first));
        assert_eq!(
            world.count("contact.create"),
            2,
            "{first} steps first: {:#?}",
            world.received()
        );
    }
}

#[test]
fn visit_of_one_contact_at_one_start_is_booked_once_whoever_dies() {
    let (one, twice) = (without_address(booked()), without_address(booked_twice()));
    for effect in [None, Some(Effect::ResetAfterCommit), Some(Effect::ResetBeforeCommit)] {
        for step in 1..=STEPS {
            let world = World::new(&effect.clone().map(lost).unwrap_or_default());
            let fate = Fate {
                dies_before: Some(step),
                ..Fate::default()
            };
            let died = matches!(world.call(&one, fate), Ended::Died);
            world.until_done(&twice).unwrap();
            let what = format!("{effect:?}, died before step {step}: {died}");
            assert_eq!(appointments(&world).len(), 1, "{what}");
            world.until_done(&one).unwrap();
            assert_eq!(appointments(&world).len(), 1, "{what}, run again");
        }
    }
}

#[test]
fn visit_of_one_contact_at_one_start_is_booked_once_whatever_becomes_of_second_visits() {
    for policy in ["attach", "attach-always", "book", "refuse"] {
        let mut configuration = configuration();
        configuration["second_visit"] = json!(policy);
        let world = World::new(&[]);
        world.until_done_with(&configuration, &booked()).unwrap();
        let receipt = world.until_done_with(&configuration, &booked_twice()).unwrap();
        assert_eq!(appointments(&world).len(), 1, "{policy}");
        assert_eq!(codes(&receipt), ["attached"], "{policy}");
        assert_eq!(world.count("appointment_note.create"), 0, "it says nothing else");

        let mut corrected = booked_twice();
        corrected.id = Some("booked-3".to_owned());
        corrected.data_json = corrected.data_json.replace("south side", "north side");
        world.until_done_with(&configuration, &corrected).unwrap();
        assert_eq!(appointments(&world).len(), 1, "{policy}");
        assert_eq!(world.count("appointment_note.create"), 1, "what differs is a note");
    }
}

#[test]
fn visit_that_was_moved_to_a_start_is_met_there_and_no_longer_where_it_was() {
    let world = World::new(&[]);
    world.until_done(&without_address(booked())).unwrap();
    world.until_done(&moved()).unwrap();
    let mut there = without_address(booked_twice());
    there.data_json = there.data_json.replace("T10:", "T13:").replace("T11:", "T14:");
    let receipt = world.until_done(&there).unwrap();
    assert_eq!(codes(&receipt), ["attached"]);
    let mut where_it_was = without_address(booked_twice());
    where_it_was.id = Some("booked-3".to_owned());
    where_it_was.subject = Some("booking-3".to_owned());
    world.until_done(&where_it_was).unwrap();
    assert_eq!(appointments(&world).len(), 2);
}

#[test]
fn somebody_else_at_the_address_or_at_the_start_has_a_visit_of_their_own() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    let receipt = world.until_done(&flat_mate()).unwrap();
    assert_eq!(appointments(&world).len(), 2);
    let warning = &receipt.progress.warnings[0];
    assert_eq!(warning.code, "another-visit-at-address");
    for part in ["Ann Lee, +15125550142", "Tuesday, June 4, 10:00 AM", "`booking-1`"] {
        assert!(warning.message.contains(part), "{}", warning.message);
    }

    let world = World::new(&[]);
    world.until_done(&without_address(booked())).unwrap();
    let mut other = without_address(flat_mate());
    other.data_json = other.data_json.replace("T14:", "T10:").replace("T15:", "T11:");
    let receipt = world.until_done(&other).unwrap();
    assert_eq!((appointments(&world).len(), codes(&receipt)), (2, Vec::new()));
}

#[test]
fn same_person_at_another_time_is_attached_and_both_times_are_named() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    let receipt = world.until_done(&booked_by_another()).unwrap();
    assert_eq!(appointments(&world).len(), 1);
    let warning = &receipt.progress.warnings[0];
    assert_eq!(warning.code, "attached");
    for part in ["Tuesday, June 4, 10:00 AM", "Tuesday, June 4, 2:00 PM"] {
        assert!(warning.message.contains(part), "{}", warning.message);
    }
}

/// A booking that carries neither id nor subject, as a form tool posts it.
fn posted(attempt: u32, description: &str) -> Incoming {
    let mut data: Value = serde_json::from_str(&without_address(booked()).data_json).unwrap();
    data["attempt"] = json!(attempt);
    data["description"] = json!(description);
    Incoming {
        id: None,
        subject: None,
        data_json: data.to_string(),
        ..booked()
    }
}

#[test]
fn event_without_an_id_is_booked_once_however_often_it_is_delivered() {
    let world = World::new(&[]);
    for attempt in 1..4 {
        world.until_done(&posted(attempt, "Hail damage")).unwrap();
    }
    assert_eq!((appointments(&world).len(), world.received().len()), (1, 2));
    world.until_done(&posted(4, "Hail damage on the roof")).unwrap();
    let all = appointments(&world);
    assert_eq!(all.len(), 1);
    let description = all[0].description.clone().unwrap_or_default();
    assert!(description.starts_with("Hail damage on the roof"), "{description}");
}

#[test]
fn booking_that_an_earlier_version_knew_by_another_name_is_not_made_again() {
    let world = World::new(&[]);
    world.until_done(&without_address(booked())).unwrap();
    // Earlier versions kept neither who is visited nor a row for a contact's start.
    let is_new = |key: &str| key.starts_with("visit/");
    let forgotten: Vec<_> = world.held().into_iter().filter(|(key, _)| is_new(key)).collect();
    assert_eq!(forgotten.len(), 1);
    world.delete(forgotten.into_iter().map(|(key, _)| key));
    for (key, value) in world.held() {
        if key.starts_with("subject/") {
            let mut row: Value = serde_json::from_str(&value).unwrap();
            row.as_object_mut().unwrap().remove("lead");
            world.put(vec![(key, row.to_string())]);
        }
    }
    let receipt = world.until_done(&posted(1, "Hail damage on the south side")).unwrap();
    assert_eq!(appointments(&world).len(), 1);
    assert!(codes(&receipt).contains(&"attached"), "{receipt:?}");
}

#[test]
fn event_without_an_id_that_comes_again_after_a_change_is_named_in_a_warning() {
    let world = World::new(&[]);
    let first = Incoming { id: None, ..booked() };
    world.until_done(&first).unwrap();
    world.until_done(&moved()).unwrap();
    // Just the same: it is taken for the first one.
    let receipt = world.until_done(&first).unwrap();
    assert_eq!(codes(&receipt), ["id-derived", "event-repeated"]);
    assert_eq!(appointments(&world)[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00");
    // Delivered anew, later: it counts as newer.
    let mut later = first;
    later.data_json = later.data_json.replacen('{', "{\"attempt\":2,", 1);
    later.occurred_at = "2030-06-03T07:30:00-05:00".to_owned();
    let receipt = world.until_done(&later).unwrap();
    assert!(codes(&receipt).contains(&"event-repeated"), "{receipt:?}");
    assert_eq!(appointments(&world)[0].start.to_rfc3339(), "2030-06-04T15:00:00+00:00");
}
