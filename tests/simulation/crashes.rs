//! A call that dies before any of its steps, and one that takes over.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Occasion};

use super::events::{booked, configuration, moved};
use super::judge::{appointments, one_booking, told};
use super::world::{Ended, Fate, World};

/// More steps than any call takes here.
const STEPS: usize = 40;

fn dying(step: usize) -> Fate {
    Fate {
        dies_before: Some(step),
        ..Fate::default()
    }
}

#[test]
fn dying_before_any_step_of_a_booking_leaves_one_booking() {
    let mut died = 0;
    for step in 1..=STEPS {
        let world = World::new(&[]);
        let ended = world.call(&booked(), dying(step));
        died += usize::from(matches!(ended, Ended::Died));
        let receipt = world.until_done(&booked()).unwrap();
        one_booking(&world, &receipt, &format!("died before step {step}"));
    }
    assert!(died >= 6, "only {died} steps to die before");
}

#[test]
fn dying_twice_leaves_one_booking() {
    for first in 1..=8 {
        for second in 1..=16 {
            let world = World::new(&[]);
            world.call(&booked(), dying(first));
            // Long enough for the claim of the dead to end.
            world.pass(Duration::from_secs(60));
            world.call(&booked(), dying(second));
            let receipt = world.until_done(&booked()).unwrap();
            one_booking(&world, &receipt, &format!("died before steps {first} and {second}"));
        }
    }
}

#[test]
fn dying_while_a_booking_is_settled_leaves_one_booking() {
    let effects = [
        Effect::ResetBeforeCommit,
        Effect::ResetAfterCommit,
        Effect::CommitLate { ms: 60_000 },
        Effect::Lag {
            ms: 60_000,
            for_ms: None,
        },
    ];
    for effect in effects {
        for call in 0..5 {
            for step in 1..=12 {
                let lost = Fault::on("appointment.create", effect.clone()).unwrap();
                let world = World::new(&[lost]);
                for _ in 0..call {
                    world.call(&booked(), Fate::default());
                    world.pass(Duration::from_secs(61));
                }
                world.call(&booked(), dying(step));
                let what = format!("{effect:?}, died before step {step} of call {call}");
                let receipt = world
                    .until_done(&booked())
                    .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                one_booking(&world, &receipt, &what);
            }
        }
    }
}

#[test]
fn what_a_dead_process_had_is_gone_on_with_at_once_and_leaves_one_booking() {
    let effects = [
        Effect::ResetBeforeCommit,
        Effect::ResetAfterCommit,
        Effect::CommitLate { ms: 100_000 },
        Effect::Lag {
            ms: 100_000,
            for_ms: None,
        },
    ];
    for effect in effects {
        for step in 1..=12 {
            let lost = Fault::on("appointment.create", effect.clone()).unwrap();
            let world = World::new(&[lost]);
            world.call(&booked(), dying(step));
            // The host knows at once that it is gone.
            world.release_leases();
            let what = format!("{effect:?}, died before step {step}");
            let receipt = world.until_done(&booked());
            let receipt = receipt.unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
            one_booking(&world, &receipt, &what);
        }
    }
}

#[test]
fn booking_in_flight_is_waited_for_as_long_when_the_clock_is_set_meanwhile() {
    const TWO_HOURS: Duration = Duration::from_secs(7_200);
    let late = Duration::from_secs(100);
    for step in 1..=12 {
        let effect = Effect::CommitLate {
            ms: u64::try_from((TWO_HOURS + late).as_millis()).unwrap(),
        };
        let world = World::new(&[Fault::on("appointment.create", effect).unwrap()]);
        world.call(&booked(), dying(step));
        // No time has passed but on the clock.
        world.pass(TWO_HOURS);
        world.set_clock();
        let receipt = world.until_done(&booked()).unwrap();
        one_booking(&world, &receipt, &format!("died before step {step}, the clock was set"));
    }
}

#[test]
fn dying_before_any_step_of_a_new_time_moves_the_booking_once() {
    let mut died = 0;
    for step in 1..=STEPS {
        let world = World::new(&[]);
        world.until_done(&booked()).unwrap();
        let ended = world.call(&moved(), dying(step));
        died += usize::from(matches!(ended, Ended::Died));
        world.until_done(&moved()).unwrap();
        let all = appointments(&world);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00");
        assert_eq!(told(&all[0], Occasion::Moved), 1, "died before step {step}");
    }
    assert!(died >= 4, "only {died} steps to die before");
}

#[test]
fn standing_still_past_the_claim_before_any_step_sends_nothing_more() {
    for step in 1..=12 {
        for minutes in [1, 10, 60] {
            let world = World::new(&[]);
            let fate = Fate {
                stands_still: Some((step, Duration::from_secs(minutes * 60))),
                ..Fate::default()
            };
            world.call(&booked(), fate);
            let receipt = world.until_done(&booked()).unwrap();
            one_booking(
                &world,
                &receipt,
                &format!("stood still for {minutes} minutes before step {step}"),
            );
        }
    }
}

#[test]
fn a_booking_takes_one_read_and_three_commits() {
    let world = World::new(&[]);
    let (_, steps) = world.call_with(&configuration(), &booked(), Fate::default());
    assert_eq!(steps, 1 + 3 + 2, "a read, three commits and two requests");
}
