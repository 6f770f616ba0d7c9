//! Two calls at the same time, at every interleaving that matters.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Occasion, Status};
use knockcal::knock::Incoming;
use knockcal::run::{Cause, Failure, Reason};

use super::events::{booked, cancelled, moved};
use super::judge::{appointments, one_booking, told};
use super::turns::Turns;
use super::world::{Ended, Fate, World};

/// More steps than a call without faults takes.
pub(super) const STEPS: usize = 9;

/// Both calls at once, taking turns of these lengths.
pub(super) fn together(world: &World, one: &Incoming, other: &Incoming, lengths: &[usize]) -> (Ended, Ended) {
    let turns = Turns::new(lengths);
    let fate = |me| Fate {
        turns: Some((turns.clone(), me)),
        ..Fate::default()
    };
    let (first, second) = (fate(0), fate(1));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| world.call(one, first));
        let second = scope.spawn(|| world.call(other, second));
        (first.join().unwrap(), second.join().unwrap())
    })
}

#[test]
fn the_same_event_twice_at_once_is_one_booking() {
    for one in 0..=STEPS {
        for other in 0..=STEPS {
            let world = World::new(&[]);
            together(&world, &booked(), &booked(), &[one, other]);
            let receipt = world.until_done(&booked()).unwrap();
            one_booking(&world, &receipt, &format!("turns of {one} and {other} steps"));
            assert_eq!(world.count("appointment.create"), 1);
        }
    }
}

#[test]
fn the_same_event_twice_at_once_is_one_booking_when_the_answer_is_lost() {
    for effect in [
        Effect::ResetAfterCommit,
        Effect::ResetBeforeCommit,
        Effect::CommitLate { ms: 30_000 },
    ] {
        for one in 0..=STEPS + 3 {
            for other in [1, 2, 4, 7] {
                let lost = Fault::on("appointment.create", effect.clone()).unwrap();
                let world = World::new(&[lost]);
                together(&world, &booked(), &booked(), &[one, other]);
                let receipt = world.until_done(&booked()).unwrap();
                one_booking(
                    &world,
                    &receipt,
                    &format!("{effect:?}, turns of {one} and {other} steps"),
                );
            }
        }
    }
}

#[test]
fn who_comes_second_is_told_to_come_again() {
    let world = World::new(&[]);
    let (first, second) = together(&world, &booked(), &booked(), &[3, usize::MAX]);
    assert!(matches!(first, Ended::Done(_)));
    assert!(matches!(
        second,
        Ended::Failed(Failure::Stopped {
            cause: Cause::Deferred {
                reason: Reason::Busy,
                ..
            },
            ..
        })
    ));
}

/// Another visit for somebody, agreed by another rep.
pub(super) fn booked_by_another() -> Incoming {
    let mut other = booked();
    other.id = Some("booked-2".to_owned());
    other.subject = Some("booking-2".to_owned());
    other.data_json = other.data_json.replace("T10:", "T14:").replace("T11:", "T15:");
    other
}

#[test]
fn two_visits_at_once_for_one_contact_are_one_contact_and_two_bookings() {
    let mut other = booked_by_another();
    other.data_json = other.data_json.replace("12 Oak St", "19 Elm St");
    for one in 0..=STEPS {
        for two in 0..=STEPS {
            let world = World::new(&[]);
            together(&world, &booked(), &other, &[one, two]);
            world.until_done(&booked()).unwrap();
            world.until_done(&other).unwrap();
            assert_eq!(appointments(&world).len(), 2);
            // Pat was there before.
            assert_eq!(world.contacts().len(), 2, "turns of {one} and {two} steps");
        }
    }
}

#[test]
fn a_contact_is_written_by_one_call_at_a_time() {
    let mut spouse = booked();
    spouse.id = Some("booked-2".to_owned());
    spouse.subject = Some("booking-2".to_owned());
    let world = World::new(&[]);
    // The first call has read and claimed, and is about to send.
    let (first, second) = together(&world, &booked(), &spouse, &[2, usize::MAX]);
    assert!(matches!(first, Ended::Done(_)));
    assert!(matches!(
        second,
        Ended::Failed(Failure::Stopped {
            cause: Cause::Deferred {
                reason: Reason::Busy,
                ..
            },
            ..
        })
    ));
    assert_eq!(world.count("contact.create"), 1);
}

#[test]
fn a_new_time_that_meets_the_booking_on_its_way_ends_in_the_new_time() {
    for one in 0..=STEPS {
        for other in 0..=STEPS {
            let world = World::new(&[]);
            together(&world, &booked(), &moved(), &[one, other]);
            world.until_done(&booked()).unwrap();
            world.until_done(&moved()).unwrap();
            let all = appointments(&world);
            assert_eq!(all.len(), 1, "turns of {one} and {other} steps");
            assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00");
            assert!(told(&all[0], Occasion::Moved) <= 1);
        }
    }
}

#[test]
fn a_new_time_that_comes_before_its_booking_waits_and_costs_nothing() {
    let world = World::new(&[]);
    let ended = world.call(&moved(), Fate::default());
    assert!(matches!(
        ended,
        Ended::Failed(Failure::Stopped {
            cause: Cause::Deferred {
                reason: Reason::NoBooking,
                ..
            },
            ..
        })
    ));
    world.until_done(&booked()).unwrap();
    world.until_done(&moved()).unwrap();
    let all = appointments(&world);
    assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00");
    assert_eq!(
        world.received().len(),
        2,
        "it was booked at the new time from the start"
    );
}

#[test]
fn a_cancellation_that_meets_the_booking_on_its_way_leaves_no_visit() {
    for effect in [
        None,
        Some(Effect::ResetAfterCommit),
        Some(Effect::CommitLate { ms: 40_000 }),
    ] {
        for one in 0..=STEPS {
            for other in 0..=STEPS {
                let lost = effect
                    .clone()
                    .map(|effect| Fault::on("appointment.create", effect).unwrap());
                let world = World::new(lost.as_slice());
                together(&world, &booked(), &cancelled(), &[one, other]);
                world.until_done(&cancelled()).unwrap();
                world.until_done(&booked()).unwrap();
                let all = appointments(&world);
                assert!(all.len() <= 1, "{effect:?}, turns of {one} and {other} steps");
                assert!(all.iter().all(|one| one.status == Status::Cancelled));
            }
        }
    }
}

#[test]
fn who_was_held_up_past_the_claim_does_not_book_beside_who_took_over() {
    for effect in [None, Some(Effect::ResetBeforeCommit), Some(Effect::ResetAfterCommit)] {
        for step in 0..STEPS {
            for other in 0..=STEPS + 3 {
                let lost = effect
                    .clone()
                    .map(|effect| Fault::on("appointment.create", effect).unwrap());
                let world = World::new(lost.as_slice());
                // The first call stops after some steps. Five minutes later the second begins, and somewhere in its
                // midst the first goes on.
                let turns = Turns::new(&[step, other, 1, 1, 1]);
                let held_up = Fate {
                    turns: Some((turns.clone(), 0)),
                    ..Fate::default()
                };
                let takes_over = Fate {
                    turns: Some((turns, 1)),
                    begins_after: Some(Duration::from_secs(300)),
                    ..Fate::default()
                };
                std::thread::scope(|scope| {
                    scope.spawn(|| world.call(&booked(), held_up));
                    scope.spawn(|| world.call(&booked(), takes_over));
                });
                let receipt = world.until_done(&booked()).unwrap();
                one_booking(
                    &world,
                    &receipt,
                    &format!("{effect:?}, held up after {step} steps, turns of {other}"),
                );
            }
        }
    }
}
