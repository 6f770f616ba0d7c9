//! Calls that lose their claim and send all the same, on a host that does not end requests at their instant.

use std::sync::Arc;
use std::time::Duration;

use host_harness::emulator::{Occasion, Seed, Status};
use knockcal::knock::Incoming;
use knockcal::run::{Cause, Failure, Invocation, Reason};
use serde_json::json;

use super::events::{SETTLE_MS, booked, cancelled, configuration};
use super::judge::{appointments, one_booking, told};
use super::world::{Ended, Fate, Meanwhile, World};

/// The step at which a booking is sent: after a read, two commits and the contact.
const SENDS: usize = 5;

/// Longer than any claim and the settle time after it.
const FOR_LONG: Duration = Duration::from_secs(1_200);

/// A world whose calendar takes several visits at the same time.
fn world() -> World {
    let mut seed = Seed::demo();
    for calendar in &mut seed.calendars {
        calendar.per_slot = 5;
    }
    World::of(seed, &[])
}

/// A call that stands still right before its request leaves, while others go on.
fn held_up(step: usize, meanwhile: impl Fn(&World) + Send + Sync + 'static) -> Fate {
    let meanwhile: Meanwhile = Arc::new(move |world: &World| {
        world.pass(FOR_LONG);
        meanwhile(world);
    });
    Fate {
        lets_late_out: true,
        meanwhile: Some((step, meanwhile)),
        ..Fate::default()
    }
}

fn message(ended: &Ended) -> &str {
    match ended {
        Ended::Failed(Failure::Stopped {
            cause:
                Cause::Deferred {
                    reason: Reason::Busy,
                    message,
                    ..
                },
            ..
        }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_host_that_honours_no_send_before_header_gets_none_and_books_once() {
    let world = World::new(&[]);
    let foreign = Fate {
        lets_late_out: true,
        ..Fate::default()
    };
    let Ended::Done(receipt) = world.call(&booked(), foreign) else {
        panic!("it is done");
    };
    one_booking(&world, &receipt, "on another host");
}

#[test]
fn what_is_sent_after_another_call_has_booked_is_cancelled_silently_and_reported() {
    let world = world();
    let fate = held_up(SENDS, |world| {
        world.until_done(&booked()).unwrap();
    });
    let ended = world.call(&booked(), fate);
    assert!(message(&ended).contains("held up"), "{ended:?}");
    assert_eq!(appointments(&world).len(), 2, "both calls have sent");
    let receipt = world.until_done(&booked()).unwrap();
    let codes: Vec<_> = receipt.progress.warnings.iter().map(|warning| &warning.code).collect();
    assert_eq!(codes, ["duplicate-cancelled"], "{receipt:#?}");
    let all = appointments(&world);
    let (live, off): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.status == Status::Confirmed);
    assert_eq!((live.len(), off.len()), (1, 1), "{all:#?}");
    let applied = receipt.progress.applied.iter().find(|step| step.name == "appointment");
    assert_eq!(applied.unwrap().id.as_ref(), Some(&live[0].id));
    assert_eq!(told(off[0], Occasion::StatusChanged(Status::Cancelled)), 0);
    // Once is enough: the receipt is the same ever after, and nothing more is sent.
    let sent = world.received().len();
    assert_eq!(world.until_done(&booked()).unwrap(), receipt);
    assert_eq!(world.received().len(), sent);
}

#[test]
fn what_is_sent_after_the_visit_was_called_off_is_cancelled() {
    let world = world();
    let fate = held_up(SENDS, |world| {
        world.until_done(&cancelled()).unwrap();
    });
    world.call(&booked(), fate);
    world.until_done(&booked()).unwrap();
    world.until_done(&cancelled()).unwrap();
    for one in appointments(&world) {
        assert_eq!(one.status, Status::Cancelled, "{one:#?}");
    }
}

#[test]
fn a_late_answer_that_is_lost_is_looked_for_when_it_must_show() {
    use host_harness::emulator::{Effect, Fault};
    let mut seed = Seed::demo();
    for calendar in &mut seed.calendars {
        calendar.per_slot = 5;
    }
    // The second request that books is the one that was held up.
    let mut lost = Fault::on("appointment.create", Effect::ResetAfterCommit).unwrap();
    lost.nth = 2;
    let world = World::of(seed, &[lost]);
    let fate = held_up(SENDS, |world| {
        world.until_done(&booked()).unwrap();
    });
    world.call(&booked(), fate);
    world.until_done(&booked()).unwrap();
    let all = appointments(&world);
    let live = all.iter().filter(|one| one.status == Status::Confirmed).count();
    assert_eq!((all.len(), live), (2, 1), "{all:#?}");
}

#[test]
fn what_cannot_be_noted_is_named_in_the_failure() {
    let world = world();
    let moved_away = |world: &World| {
        world.until_done(&booked()).unwrap();
        // Another call works on the subject, and dies before it can note what it did.
        let dying = Fate {
            dies_before: Some(4),
            ..Fate::default()
        };
        let mut corrected: Incoming = booked();
        corrected.id = Some("moved-1".to_owned());
        corrected.data_json = corrected.data_json.replace("T10:", "T14:").replace("T11:", "T15:");
        world.call(&corrected, dying);
    };
    let ended = world.call(&booked(), held_up(SENDS, moved_away));
    let all = world.with(|ghl| ghl.appointments().cloned().collect::<Vec<_>>());
    let said = message(&ended);
    assert!(said.contains("held up"), "{said}");
    assert!(
        all.iter().any(|one| said.contains(&format!("`{}`", one.id))),
        "{said}\n{all:#?}"
    );
}

#[test]
fn anything_else_that_takes_effect_late_is_named_in_a_warning() {
    let configuration = json!({
        "location_id": Seed::DEMO_LOCATION,
        "time_zone": "America/Chicago",
        "actions": ["contact.create_task"],
        "settle_seconds": SETTLE_MS / 1000,
    });
    let task = Invocation {
        action: "contact.create_task".to_owned(),
        input_json: json!({
            "contactId": Seed::PAT,
            "title": "Call back",
            "dueDate": "2030-06-05T10:00:00-05:00",
            "completed": false,
        })
        .to_string(),
        subject: Some("pin-1".to_owned()),
        key: Some("once".to_owned()),
    };
    let world = world();
    let (own, same) = (configuration.clone(), task.clone());
    // A read, a commit, the request.
    let fate = held_up(3, move |world| {
        world.until_invoked(&own, &same).unwrap();
    });
    let ended = world.invoke(&configuration, &task, fate);
    assert!(message(&ended).contains("held up"), "{ended:?}");
    assert_eq!(world.count("contact.create_task"), 2, "both calls have sent");
    let receipt = world.until_invoked(&configuration, &task).unwrap();
    let late: Vec<_> = receipt.progress.warnings.iter().collect();
    assert_eq!(late.len(), 1, "{receipt:#?}");
    assert_eq!(late[0].code, "took-effect-late");
    assert!(
        late[0].message.contains("`contact.create_task` took effect late, as `"),
        "{late:?}"
    );
}

#[test]
fn what_stands_still_before_any_step_on_any_host_leaves_one_visit() {
    for step in 1..=8 {
        for books_meanwhile in [false, true] {
            let world = world();
            let fate = held_up(step, move |world| {
                if books_meanwhile {
                    world.until_done(&booked()).unwrap();
                }
            });
            world.call(&booked(), fate);
            world.until_done_with(&configuration(), &booked()).unwrap();
            let all = appointments(&world);
            let live = all.iter().filter(|one| one.status == Status::Confirmed).count();
            assert_eq!(live, 1, "before step {step}, {books_meanwhile}: {all:#?}");
        }
    }
}
