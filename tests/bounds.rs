//! Time and faults between the real component and a real socket.

use std::time::Duration;

use host_harness::contract::{Event, Failure, Outcome};
use host_harness::egress::RequestBounds;
use host_harness::emulator::{Effect, Fault, Seed};
use host_harness::engine::{Limits, StateBounds};

use crate::sandbox::{BUDGET, Sandbox, configuration, visit};
use crate::simulation::effects;

fn at(nth: u32, effect: Effect) -> Fault {
    Fault::on("*", effect).unwrap().nth(nth)
}

#[tokio::test]
async fn a_reply_slower_than_the_processor_bound_succeeds() {
    let limits = Limits {
        cpu: Duration::from_millis(300),
        ..Limits::default()
    };
    let slow = at(1, Effect::Latency { ms: 900 });
    let sandbox = Sandbox::with_limits(Seed::demo(), &[slow], configuration(), limits).await;
    let receipt = sandbox.connection.handle(&visit(), BUDGET).await.unwrap().unwrap();
    assert_eq!(receipt.requests, 2);
}

#[tokio::test]
async fn booking_needs_a_small_part_of_what_a_call_may_use() {
    let all = Limits::default();
    let small = Limits {
        requests: RequestBounds {
            in_flight: 1,
            held_bytes: all.requests.held_bytes / 9,
        },
        state: StateBounds {
            keys_read: all.state.keys_read / 500,
            bytes_read: all.state.bytes_read / 2_000,
            keys_written: all.state.keys_written / 100,
            bytes_written: all.state.bytes_written / 500,
        },
        resources: all.resources / 8,
        host_call_bytes: all.host_call_bytes / 32,
        answer_bytes: all.answer_bytes / 1_000,
        ..all
    };
    let sandbox = Sandbox::with_limits(Seed::demo(), &[], configuration(), small).await;
    let receipt = sandbox.connection.handle(&visit(), BUDGET).await.unwrap().unwrap();
    assert_eq!(receipt.requests, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_fault_at_any_request_leaves_one_booking_through_the_real_component() {
    // What takes long takes long here: latency is real.
    let quick = |effect: &Effect| !matches!(effect, Effect::Latency { ms } if *ms > 1_000);
    let effects = effects().into_iter().filter(quick);
    let mut runs = tokio::task::JoinSet::new();
    for effect in effects {
        for nth in 1..=3 {
            let effect = effect.clone();
            runs.spawn(async move {
                let what = format!("{effect:?} at {nth}");
                // A lost answer to the booking itself brings the third request.
                let mut faults = vec![at(nth, effect)];
                if nth == 3 {
                    faults.push(Fault::on("appointment.create", Effect::ResetAfterCommit).unwrap());
                }
                let sandbox = Sandbox::new(Seed::demo(), &faults, configuration()).await;
                let receipt = sandbox.until_done(&visit()).await;
                let receipt = receipt.unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                sandbox.pass(Duration::from_secs(3600));
                let all: Vec<_> = sandbox.server.with(|ghl| ghl.appointments().cloned().collect());
                assert_eq!(all.len(), 1, "{what}");
                assert_eq!(all[0].start.to_rfc3339(), "2030-06-04T15:00:00+00:00", "{what}");
                let applied = receipt.applied.iter().find(|step| step.name == "appointment").unwrap();
                assert_eq!(applied.id.as_ref(), Some(&all[0].id), "{what}");
            });
        }
    }
    while let Some(run) = runs.join_next().await {
        run.unwrap();
    }
}

#[tokio::test]
async fn an_event_is_identified_without_a_request_as_it_is_handled_later() {
    let sandbox = Sandbox::new(Seed::demo(), &[], configuration()).await;
    let mut event = visit();
    event.id = None;
    event.subject = None;
    let identity = sandbox.connection.identify(&event).await.unwrap().unwrap();
    assert!(sandbox.received().is_empty());
    let receipt = sandbox.until_done(&event).await.unwrap();
    assert_eq!(
        (identity.event_id, identity.subject),
        (receipt.event_id, receipt.subject)
    );
    assert_eq!(identity.warnings, receipt.warnings);

    let whole = sandbox.connection.identify(&visit()).await.unwrap().unwrap();
    assert_eq!((whole.event_id.as_str(), whole.subject.as_str()), ("visit-1", "pin-1"));
    assert_eq!(whole.fingerprint, identity.fingerprint, "the content is the same");
    let quiet = Event {
        notify: false,
        ..visit()
    };
    let quiet = sandbox.connection.identify(&quiet).await.unwrap().unwrap();
    assert_eq!(quiet.fingerprint, whole.fingerprint, "how loud it is, is no content");
    let mut changed = visit();
    changed.data["endTime"] = "2030-06-04T12:30:00".into();
    let changed = sandbox.connection.identify(&changed).await.unwrap().unwrap();
    assert_ne!(changed.fingerprint, whole.fingerprint);
}

#[tokio::test]
async fn an_event_that_cannot_be_worked_with_has_the_same_problems_wherever_it_is_asked() {
    let sandbox = Sandbox::new(Seed::demo(), &[], configuration()).await;
    let mut event = visit();
    event.data["startTime"] = "tomorrow".into();
    event.data["attendees"] = 7.into();
    let problems = sandbox.connection.identify(&event).await.unwrap().unwrap_err();
    assert!(!problems.is_empty());
    let Failure::PermanentInvalid(invalid) = sandbox.connection.handle(&event, BUDGET).await.unwrap().unwrap_err()
    else {
        panic!("it is invalid");
    };
    assert_eq!(invalid.problems, problems);
}

#[tokio::test]
async fn two_events_of_one_subject_at_once_book_once() {
    let sandbox = Sandbox::new(Seed::demo(), &[at(1, Effect::Latency { ms: 200 })], configuration()).await;
    let (event, other) = (visit(), visit());
    let (first, second) = tokio::join!(
        sandbox.connection.handle(&event, BUDGET),
        sandbox.connection.handle(&other, BUDGET)
    );
    let busy = [first.unwrap(), second.unwrap()]
        .into_iter()
        .filter(|ended| matches!(ended, Err(Failure::Deferred(_))))
        .count();
    assert_eq!(busy, 1);
    let receipt = sandbox.until_done(&event).await.unwrap();
    assert!(receipt.applied.iter().all(|step| step.outcome == Outcome::Done));
    assert_eq!(sandbox.received().len(), 2);
}

#[tokio::test]
async fn a_booking_that_was_made_after_the_copy_of_a_store_is_found_through_the_real_component() {
    let sandbox = Sandbox::new(Seed::demo(), &[], configuration()).await;
    let copy = sandbox.store.copy();
    let first = sandbox.until_done(&visit()).await.unwrap();
    sandbox.store.put_back(copy);
    let again = sandbox.until_done(&visit()).await.unwrap();
    assert_eq!(again.applied[1].outcome, Outcome::Found);
    assert_eq!(again.applied[1].id, first.applied[1].id);
    assert_eq!(sandbox.server.with(|ghl| ghl.appointments().count()), 1);
}
