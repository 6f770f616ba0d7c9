//! Free slots that are read once for many, and never shown after a booking of ours took them.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Seed};
use knockcal::knock::Incoming;
use knockcal::run::{Cause, Cost, Failure};
use serde_json::json;

use super::events::booked;
use super::interleavings::together;
use super::turns::Turns;
use super::world::{Ended, Fate, World};

/// More steps than a call takes that is refused.
const STEPS: usize = 11;

const TEN: &str = "2030-06-04T10:00:00-05:00";

/// The steps until a booking is refused: a read, a commit, the contact, a commit, the booking.
const REFUSED: usize = 5;

/// A visit of somebody else.
fn visit(number: u32, start: &str) -> Incoming {
    let mut visit = booked();
    visit.id = Some(format!("booked-{number}"));
    visit.subject = Some(format!("booking-{number}"));
    visit.data_json =
        json!({ "startTime": start, "lead": { "email": format!("lead{number}@example.com") } }).to_string();
    visit
}

/// A world in which both of the team have a visit at ten.
fn world() -> World {
    world_of(Seed::demo())
}

fn world_of(seed: Seed) -> World {
    let world = World::of(seed, &[]);
    world.until_done(&visit(8, TEN)).unwrap();
    world.until_done(&visit(9, TEN)).unwrap();
    world
}

/// The slots that a refusal names, and what they took.
fn refused(ended: Ended) -> (Vec<String>, Cost) {
    match ended {
        Ended::Failed(Failure::Stopped {
            cause: Cause::Refused { code, alternatives, .. },
            progress,
        }) => {
            assert_eq!(code, "slot-taken");
            (alternatives, progress.cost)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_who_are_refused_at_once_are_told_the_same_slots_and_often_by_one_request() {
    let mut shared = 0;
    for one in 0..=STEPS {
        for other in 0..=STEPS {
            let world = world();
            let (first, second) = together(&world, &visit(1, TEN), &visit(2, TEN), &[one, other]);
            let ((first, cost), (second, other_cost)) = (refused(first), refused(second));
            let what = format!("turns of {one} and {other} steps");
            assert!(!first.is_empty(), "{what}");
            assert_eq!(first, second, "{what}");
            let read = world.count("slots.list_free");
            assert_eq!(
                cost.cache_misses + other_cost.cache_misses,
                u32::try_from(read).unwrap(),
                "{what}"
            );
            assert_eq!(
                cost.cache_hits + other_cost.cache_hits + cost.cache_misses + other_cost.cache_misses,
                2
            );
            shared += usize::from(read == 1);
        }
    }
    assert!(shared > 0, "they never shared a request");
}

/// One is refused and stops before it reads what is free. Another is refused, too, and keeps what it reads; then
/// something happens, and the first one goes on.
fn refused_around(world: &World, meanwhile: impl FnOnce() + Send) -> (Vec<String>, Cost) {
    let turns = Turns::new(&[REFUSED]);
    let held_up = Fate {
        turns: Some((turns.clone(), 0)),
        ..Fate::default()
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| world.call(&visit(1, TEN), held_up));
        scope.spawn(move || {
            turns.wait(1);
            refused(world.call(&visit(2, TEN), Fate::default()));
            meanwhile();
            turns.leave(1);
        });
        refused(first.join().unwrap())
    })
}

#[test]
fn slots_are_kept_for_seconds() {
    for (seconds, hits) in [(10, 1), (15, 0)] {
        let world = world();
        let (_, cost) = refused_around(&world, || world.pass(Duration::from_secs(seconds)));
        assert_eq!(cost.cache_hits, hits, "{seconds} seconds");
    }
}

#[test]
fn a_slot_that_was_just_booked_is_not_named_to_anybody() {
    let (free, _) = refused(world().call(&visit(1, TEN), Fate::default()));
    let nearest = &free[0];
    let late = Effect::CommitLate { ms: 8_000 };
    let dying = Fate {
        dies_before: Some(REFUSED + 1),
        ..Fate::default()
    };
    // It is booked from one end to the other; by one who dies before the result is stored; and by a request that was on
    // its way before.
    for (before, meanwhile) in [(None, Fate::default()), (None, dying), (Some(late), Fate::default())] {
        let world = world();
        world.until_done(&visit(7, nearest)).unwrap();
        if let Some(effect) = &before {
            world.with(|ghl| ghl.inject(Fault::on("appointment.create", effect.clone()).unwrap()));
            world.call(&visit(3, nearest), Fate::default());
        }
        let what = format!("{before:?}, dies before {:?}", meanwhile.dies_before);
        let (named, _) = refused_around(&world, || {
            world.pass(Duration::from_secs(8));
            world.call(&visit(3, nearest), meanwhile);
        });
        assert!(!named.is_empty(), "{what}");
        assert!(!named.contains(nearest), "{what}: {named:?}");
        assert_eq!(world.with(|ghl| ghl.appointments().count()), 4, "{what}");
    }
}

#[test]
fn who_dies_while_reading_slots_does_not_keep_them_from_others() {
    for step in 1..=STEPS {
        let world = world();
        let fate = Fate {
            dies_before: Some(step),
            ..Fate::default()
        };
        world.call(&visit(1, TEN), fate);
        let (named, _) = refused(world.call(&visit(2, TEN), Fate::default()));
        assert!(!named.is_empty(), "died before step {step}");
    }
}

#[test]
fn what_was_read_is_counted_over_all_calls_of_an_event() {
    let mut long = Seed::demo();
    long.calendars[0].slot_interval_minutes = Some(1);
    for seed in [Seed::demo(), long] {
        let world = world_of(seed);
        for calls in 1..=2 {
            let (named, cost) = refused(world.call(&visit(1, TEN), Fate::default()));
            assert!(!named.is_empty());
            assert_eq!((cost.cache_hits, cost.cache_misses), (0, calls));
        }
    }
}

#[test]
fn a_list_that_is_too_long_to_keep_is_read_by_everybody() {
    let mut seed = Seed::demo();
    seed.calendars[0].slot_interval_minutes = Some(1);
    let world = world_of(seed);
    let (named, cost) = refused_around(&world, || ());
    assert!(!named.is_empty());
    assert_eq!((cost.cache_hits, cost.cache_misses), (0, 1));
}
