//! Trouble of the host, and what GHL insists on.

use std::time::Duration;

use host_harness::emulator::{Effect, Fault, Occasion, Seed, Status, StatusReply};
use http::StatusCode;
use knockcal::knock::Incoming;
use knockcal::run::{Cause, Failure, Outcome, Reason, Receipt};
use serde_json::json;

use super::events::{booked, cancelled, moved};
use super::judge::{appointments, one_booking, told};
use super::world::{Ended, Fate, World};

fn on(operation: &str, effect: Effect) -> Fault {
    Fault::on(operation, effect).unwrap()
}

fn answer(code: u16, body: serde_json::Value) -> Effect {
    Effect::Status(StatusReply {
        body: Some(body),
        ..StatusCode::from_u16(code).unwrap().into()
    })
}

/// GHL wants somebody of the team named.
fn insists() -> Fault {
    let message = "A team member needs to be selected. assignedUserId is missing";
    on(
        "appointment.create",
        answer(422, json!({ "statusCode": 422, "message": message })),
    )
}

fn cause(result: Result<Receipt, Failure>) -> Cause {
    match result {
        Err(Failure::Stopped { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

/// A visit of somebody else at the same time.
fn another() -> Incoming {
    let mut other = booked();
    other.id = Some("booked-2".to_owned());
    other.subject = Some("booking-2".to_owned());
    let data = other.data_json.replace("ann@", "bob@").replace("0142", "0143");
    other.data_json = data.replace("12 Oak St", "19 Elm St");
    other
}

#[test]
fn a_step_that_fails_once_leaves_one_booking() {
    for lost in [None, Some(Effect::ResetAfterCommit), Some(Effect::ResetBeforeCommit)] {
        for step in 1..=12 {
            let fault = lost.clone().map(|effect| on("appointment.create", effect));
            let world = World::new(fault.as_slice());
            let fate = Fate {
                fails_at: Some(step),
                ..Fate::default()
            };
            world.call(&booked(), fate);
            let receipt = world.until_done(&booked()).unwrap();
            one_booking(&world, &receipt, &format!("{lost:?}, step {step} failed"));
        }
    }
}

#[test]
fn what_surely_did_not_leave_is_sent_again_at_once() {
    for step in 3..=5 {
        let world = World::new(&[]);
        let before = world.now_ms();
        let fate = Fate {
            fails_at: Some(step),
            ..Fate::default()
        };
        // Steps three and five are the requests; between them is a commit.
        if step == 4 {
            continue;
        }
        assert!(matches!(world.call(&booked(), fate), Ended::Done(_)), "step {step}");
        assert!(world.now_ms() - before < 5_000, "step {step}");
        assert_eq!(world.received().len(), 2);
    }
}

#[test]
fn answer_to_a_contact_without_an_id_is_told_in_its_words() {
    let body = json!({ "message": "Queued for later", "traceId": "trace-7" });
    let world = World::new(&[on("contact.create", answer(201, body))]);
    let Ended::Failed(Failure::Stopped {
        cause: Cause::Deferred { message, .. },
        ..
    }) = world.call(&booked(), Fate::default())
    else {
        panic!("it names no contact");
    };
    for part in ["`Queued for later`", "trace id `trace-7`"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_request_that_the_host_has_no_place_for_waits_and_is_not_in_doubt() {
    // Steps three and five are the requests.
    for (step, requests) in [(3, 0), (5, 1)] {
        let world = World::new(&[]);
        let fate = Fate {
            no_place_at: Some(step),
            ..Fate::default()
        };
        let Ended::Failed(Failure::Stopped { cause, progress }) = world.call(&booked(), fate) else {
            panic!("there was no place for it");
        };
        let limited = matches!(
            &cause,
            Cause::Deferred {
                reason: Reason::RateLimited,
                ..
            }
        );
        assert!(limited, "step {step}: {cause:?}");
        assert_eq!(progress.cost.requests, requests, "what did not leave does not count");
        let receipt = world.until_done(&booked()).unwrap();
        one_booking(&world, &receipt, &format!("no place at step {step}"));
        assert_eq!(world.received().len(), 2, "nothing had to be read back");
    }
}

#[test]
fn a_renewed_credential_is_tried_at_once() {
    let world = World::new(&[]);
    let fate = Fate {
        old_credential: true,
        ..Fate::default()
    };
    assert!(matches!(world.call(&booked(), fate), Ended::Done(_)));
    let statuses: Vec<_> = world
        .received()
        .iter()
        .map(|request| request.status.unwrap().as_u16())
        .collect();
    assert_eq!(statuses[0], 401);
    assert!(statuses[1..].contains(&200));
}

#[test]
fn a_calendar_that_insists_on_a_member_gets_one_and_is_remembered() {
    let world = World::new(&[insists()]);
    world.until_done(&booked()).unwrap();
    assert_eq!(world.received().len(), 4, "contact, refusal, calendar, booking");
    // At the same time for somebody else: the first member is taken, the second is free.
    world.until_done(&another()).unwrap();
    let all = appointments(&world);
    let assigned: Vec<_> = all.iter().map(|one| one.assigned_user_id.as_deref().unwrap()).collect();
    assert_eq!(assigned, [Seed::DANA, Seed::MARCUS]);
    assert_eq!(world.count("calendar.get"), 1);
}

#[test]
fn a_calendar_that_insists_after_a_lost_answer_gets_a_member_all_the_same() {
    let world = World::new(&[on("appointment.create", Effect::ResetBeforeCommit), insists()]);
    let receipt = world.until_done(&booked()).unwrap();
    one_booking(&world, &receipt, "lost, then 422");
}

#[test]
fn a_second_copy_that_cannot_be_cancelled_is_not_said_to_be() {
    let mut seed = Seed::demo();
    seed.calendars[0].per_slot = 2;
    let late = on("appointment.create", Effect::CommitLate { ms: 200_000 });
    let forbidden = on(
        "appointment.update",
        answer(403, json!({ "message": "Forbidden resource" })),
    );
    let world = World::of(seed, &[late, forbidden]);
    let Cause::Undecided { code, .. } = cause(world.until_done(&booked())) else {
        panic!("a person has to look");
    };
    assert_eq!(code, "duplicate-stands");
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!(receipt.progress.warnings[0].code, "duplicate-cancelled");
    assert_eq!(
        appointments(&world)
            .iter()
            .filter(|one| one.status == Status::Confirmed)
            .count(),
        1
    );
}

#[test]
fn a_booking_that_is_corrected_while_it_is_in_doubt_is_made_as_corrected() {
    let mut corrected = booked();
    corrected.data_json = corrected.data_json.replace("T10:", "T14:").replace("T11:", "T15:");
    for lost in [Effect::ResetBeforeCommit, Effect::ResetAfterCommit] {
        let lag = Effect::Lag {
            ms: 30_000,
            for_ms: Some(30_000),
        };
        let world = World::new(&[on("appointment.create", lost.clone()), on("appointment.create", lag)]);
        assert!(
            matches!(world.call(&booked(), Fate::default()), Ended::Failed(_)),
            "{lost:?}"
        );
        world.until_done(&corrected).unwrap();
        let all = appointments(&world);
        assert_eq!(all.len(), 1, "{lost:?}");
        assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T19:00:00+00:00", "{lost:?}");
        let old = "2030-06-04T10:00:00-05:00";
        let sent = world.received();
        let sent = sent.iter().filter(|request| request.body["startTime"] == old).count();
        assert_eq!(sent, 1, "{lost:?}: what is obsolete is not sent again");
    }
}

#[test]
fn a_cancellation_that_expired_undone_does_not_hold() {
    let world = World::new(&[on("appointment.create", Effect::CommitLate { ms: 60_000 })]);
    assert!(matches!(world.call(&booked(), Fate::default()), Ended::Failed(_)));
    let mut short = cancelled();
    short.expires_at = Some("2030-06-03T08:00:30-05:00".to_owned());
    assert!(matches!(world.call(&short, Fate::default()), Ended::Failed(_)));
    world.pass(Duration::from_secs(90));
    assert!(matches!(cause(world.until_done(&short)), Cause::Expired { .. }));
    let receipt = world.until_done(&booked()).unwrap();
    one_booking(&world, &receipt, "an expired cancellation");
}

#[test]
fn a_new_time_that_expired_while_it_waited_is_not_used() {
    let world = World::new(&[]);
    let mut short = moved();
    short.expires_at = Some("2030-06-03T08:00:30-05:00".to_owned());
    assert!(matches!(world.call(&short, Fate::default()), Ended::Failed(_)));
    world.pass(Duration::from_secs(60));
    let receipt = world.until_done(&booked()).unwrap();
    one_booking(&world, &receipt, "an expired new time");
}

#[test]
fn a_visit_that_was_moved_before_it_was_found_is_known_to_be_moved() {
    let world = World::new(&[on("appointment.create", Effect::ResetAfterCommit)]);
    let lag = Effect::Lag {
        ms: 30_000,
        for_ms: Some(30_000),
    };
    world.with(|ghl| ghl.inject(on("appointment.create", lag)));
    assert!(matches!(world.call(&booked(), Fate::default()), Ended::Failed(_)));
    let id = world.with(|ghl| ghl.appointments().next().unwrap().id.clone());
    super::ledger::office_moves(&world, &id, "2030-06-04T16:00:00-05:00");
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Found);
    assert_eq!(receipt.progress.warnings[0].code, "edited-in-ghl");
    // Back to the time that was wanted first: that is a change now.
    let mut back = moved();
    back.data_json = json!({ "startTime": "2030-06-04T10:00:00", "endTime": "2030-06-04T11:00:00" }).to_string();
    world.until_done(&back).unwrap();
    let one = &appointments(&world)[0];
    assert_eq!(one.start.to_rfc3339(), "2030-06-04T15:00:00+00:00");
    assert_eq!(told(one, Occasion::Moved), 2, "once by the office, once by the rep");
}

#[test]
fn a_subject_with_very_many_long_events_can_still_be_changed() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    for number in 0..40 {
        let mut change = moved();
        change.id = Some(format!("moved-{number}"));
        change.occurred_at = format!("2030-06-03T07:{:02}:30-05:00", number + 10);
        let mut data = json!({ "startTime": format!("2030-06-04T{:02}:00:00", 9 + number % 8) });
        for field in 0..20 {
            data[format!("{}{field}", "ü".repeat(300))] = json!(1);
        }
        change.data_json = data.to_string();
        world.until_done(&change).unwrap();
    }
    let mut off = cancelled();
    off.occurred_at = "2030-06-03T07:59:00-05:00".to_owned();
    world.until_done(&off).unwrap();
    assert_eq!(appointments(&world)[0].status, Status::Cancelled);
}
