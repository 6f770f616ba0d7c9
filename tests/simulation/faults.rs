//! One event, run until it is done, against every fault at any of its requests, alone and in pairs.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Occasion, Status};
use http::StatusCode;

use super::events::{booked, cancelled, moved};
use super::judge::{appointments, one_booking, told};
use super::world::World;

/// Everything that GHL and the way to it do to a request. Lateness and lag together are shorter than the settle time.
pub(crate) fn effects() -> Vec<Effect> {
    let status = |code| StatusCode::from_u16(code).unwrap().into();
    vec![
        Effect::Latency { ms: 900 },
        Effect::Latency { ms: 45_000 },
        Effect::Status(status(401)),
        Effect::Status(status(429)),
        Effect::Status(status(500)),
        Effect::Status(status(503)),
        Effect::StatusAfterCommit(status(504)),
        Effect::CommandTimedOut { committed: false },
        Effect::CommandTimedOut { committed: true },
        Effect::ResetBeforeCommit,
        Effect::ResetAfterCommit,
        Effect::Truncate,
        Effect::CommitLate { ms: 2_000 },
        Effect::CommitLate { ms: 70_000 },
        Effect::Lag {
            ms: 45_000,
            for_ms: None,
        },
    ]
}

fn at(nth: u32, effect: &Effect) -> Fault {
    Fault::on("*", effect.clone()).unwrap().nth(nth)
}

/// The most requests at which a fault is tried. A booking has two; what settles it has more.
const REQUESTS: u32 = 6;

#[test]
fn one_fault_at_any_request_leaves_one_booking() {
    for effect in effects() {
        for nth in 1..=REQUESTS {
            for times in [1, 2, 3] {
                let world = World::new(&[at(nth, &effect).times(times)]);
                let what = format!("{effect:?} at {nth}, {times} times");
                let receipt = world
                    .until_done(&booked())
                    .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                one_booking(&world, &receipt, &what);
            }
        }
    }
}

fn two_faults_leave_one_booking(first: impl Fn(usize) -> bool) {
    for (_, first) in effects().into_iter().enumerate().filter(|(index, _)| first(*index)) {
        for second in effects() {
            for one in 1..=REQUESTS {
                for other in one..=REQUESTS {
                    let world = World::new(&[at(one, &first), at(other, &second)]);
                    let what = format!("{first:?} at {one}, {second:?} at {other}");
                    let receipt = world
                        .until_done(&booked())
                        .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                    one_booking(&world, &receipt, &what);
                }
            }
        }
    }
}

// In two halves, for machines with two cores.
#[test]
fn two_faults_at_any_requests_leave_one_booking() {
    two_faults_leave_one_booking(|index| index % 2 == 0);
}

#[test]
fn two_more_faults_at_any_requests_leave_one_booking() {
    two_faults_leave_one_booking(|index| index % 2 == 1);
}

#[test]
fn two_faults_at_a_new_time_move_the_booking_once() {
    for first in effects() {
        for second in effects() {
            for other in 1..=3 {
                let world = World::new(&[]);
                world.until_done(&booked()).unwrap();
                let what = format!("{first:?} at 1, {second:?} at {other}");
                world.with(|ghl| {
                    ghl.inject(at(1, &first));
                    ghl.inject(at(other, &second));
                });
                let receipt = world
                    .until_done(&moved())
                    .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                let all = appointments(&world);
                assert_eq!(all.len(), 1, "{what}");
                assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T18:00:00+00:00", "{what}");
                assert_eq!(told(&all[0], Occasion::Moved), 1, "{what}");
                assert_eq!(receipt.progress.applied[0].id.as_ref(), Some(&all[0].id), "{what}");
            }
        }
    }
}

#[test]
fn two_faults_at_a_cancellation_cancel_once() {
    for first in effects() {
        for second in effects() {
            let world = World::new(&[]);
            world.until_done(&booked()).unwrap();
            let what = format!("{first:?}, then {second:?}");
            world.with(|ghl| {
                ghl.inject(at(1, &first));
                ghl.inject(at(2, &second));
            });
            world
                .until_done(&cancelled())
                .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
            let all = appointments(&world);
            assert_eq!(all.len(), 1, "{what}");
            assert_eq!(all[0].status, Status::Cancelled, "{what}");
            assert_eq!(told(&all[0], Occasion::StatusChanged(Status::Cancelled)), 1, "{what}");
        }
    }
}

#[test]
fn a_booking_costs_two_requests_and_a_known_contact_one() {
    let world = World::new(&[]);
    let mut configuration = super::events::configuration();
    configuration["second_visit"] = "book".into();
    let receipt = world.until_done_with(&configuration, &booked()).unwrap();
    assert_eq!(world.received().len(), 2);
    assert_eq!(receipt.progress.cost.requests, 2);

    let mut second = booked();
    second.id = Some("booked-2".to_owned());
    second.subject = Some("booking-2".to_owned());
    second.data_json = second.data_json.replace("T10:", "T14:").replace("T11:", "T15:");
    let receipt = world.until_done_with(&configuration, &second).unwrap();
    assert_eq!(world.received().len(), 3);
    assert_eq!(receipt.progress.cost.requests, 1);
}

#[test]
fn a_new_time_and_a_cancellation_cost_one_request_each() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.until_done(&moved()).unwrap();
    assert_eq!(world.received().len(), 3);
    world.until_done(&cancelled()).unwrap();
    assert_eq!(world.received().len(), 4);
}

#[test]
fn a_copy_that_comes_after_the_settle_time_is_cancelled_silently_and_reported() {
    // Later than anybody promised: sent again in good faith, and then there are two.
    let late = Fault::on("appointment.create", Effect::CommitLate { ms: 200_000 }).unwrap();
    let mut seed = host_harness::emulator::Seed::demo();
    seed.calendars[0].per_slot = 2;
    let world = World::of(seed, &[late]);
    let receipt = world.until_done(&booked()).unwrap();
    let all = appointments(&world);
    assert_eq!(all.len(), 2);
    let live: Vec<_> = all.iter().filter(|one| one.status == Status::Confirmed).collect();
    assert_eq!(live.len(), 1);
    let linked = receipt
        .progress
        .applied
        .iter()
        .find(|step| step.name == "appointment")
        .unwrap();
    assert_eq!(Some(&live[0].id), linked.id.as_ref());
    let copy = all.iter().find(|one| one.status == Status::Cancelled).unwrap();
    assert_eq!(told(copy, Occasion::StatusChanged(Status::Cancelled)), 0);
    assert_eq!(receipt.progress.warnings.len(), 1);
    assert_eq!(receipt.progress.warnings[0].code, "duplicate-cancelled");
}

#[test]
fn nothing_is_sent_again_before_the_settle_time_is_over() {
    let lost = Fault::on("appointment.create", Effect::ResetBeforeCommit).unwrap();
    let world = World::new(&[lost]);
    world.until_done(&booked()).unwrap();
    let sent: Vec<_> = world
        .received()
        .into_iter()
        .filter(|request| request.operation == Some("appointment.create"))
        .collect();
    assert_eq!(sent.len(), 2);
    assert!(sent[1].at_ms - sent[0].at_ms >= 120_000);
    assert_eq!(sent[0].body, sent[1].body, "it is sent again word for word");
}

#[test]
fn a_lost_answer_is_found_at_once() {
    let lost = Fault::on("appointment.create", Effect::ResetAfterCommit).unwrap();
    let world = World::new(&[lost]);
    let before = world.now_ms();
    let receipt = world.until_done(&booked()).unwrap();
    assert!(Duration::from_millis(world.now_ms() - before) < Duration::from_secs(5));
    one_booking(&world, &receipt, "a lost answer");
}
