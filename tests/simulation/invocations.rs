//! Actions that are asked for by themselves, under everything that can go wrong.
//!
//! Each runs with the example of the catalog against an emulator that has one of everything.

use host_harness::emulator::{Effect, Fault, Seed};
use knockcal::api::{self, Operation, Repeat};
use knockcal::catalog::{self, Action};
use knockcal::run::{Cause, Failure, Invocation, Outcome};
use serde_json::{Value, json};

use super::judge::left;
use super::world::{Ended, Fate, World};

/// More steps than any of these calls takes.
const STEPS: usize = 20;

fn world(faults: &[Fault]) -> World {
    World::of(Seed::everything(), faults)
}

fn configuration(key: &str) -> Value {
    json!({
        "location_id": Seed::DEMO_LOCATION,
        "time_zone": "America/Chicago",
        "actions": [key],
        "knocker": { "base_url": "http://127.0.0.1" },
    })
}

fn invocation(operation: &Operation) -> Invocation {
    Invocation {
        action: operation.key.to_owned(),
        input_json: operation.example.to_owned(),
        subject: Some("pin-1".to_owned()),
        key: Some("once".to_owned()),
    }
}

/// The operations that change something.
fn changes() -> impl Iterator<Item = &'static Operation> {
    catalog::actions().filter_map(|action| match action {
        Action::Operation(operation) if operation.effect != api::Effect::Read => Some(operation),
        _ => None,
    })
}

fn undisturbed(operation: &Operation) -> Vec<(String, usize)> {
    let world = world(&[]);
    world
        .until_invoked(&configuration(operation.key), &invocation(operation))
        .unwrap();
    left(&world)
}

#[test]
fn whatever_becomes_of_the_answer_an_action_takes_effect_once() {
    let effects = [
        Effect::Status(http::StatusCode::BAD_GATEWAY.into()),
        Effect::StatusAfterCommit(http::StatusCode::GATEWAY_TIMEOUT.into()),
        Effect::CommandTimedOut { committed: true },
        Effect::ResetBeforeCommit,
        Effect::ResetAfterCommit,
        Effect::Truncate,
        Effect::CommitLate { ms: 45_000 },
    ];
    for operation in changes() {
        let expected = undisturbed(operation);
        for effect in &effects {
            let what = format!("{}, {effect:?}", operation.key);
            let world = world(&[Fault::on(operation.key, effect.clone()).unwrap()]);
            let ended = world.until_invoked(&configuration(operation.key), &invocation(operation));
            match (operation.repeat, ended) {
                (
                    Repeat::Never,
                    Err(Failure::Stopped {
                        cause: Cause::Undecided { code, .. },
                        ..
                    }),
                ) => {
                    assert_eq!(code, "cannot-read-back", "{what}");
                    assert_eq!(world.count(operation.key), 1, "{what}: it is never sent again");
                    let again = world.until_invoked(&configuration(operation.key), &invocation(operation));
                    assert!(
                        again.is_err() && world.count(operation.key) == 1,
                        "{what}: not even when it is asked for"
                    );
                }
                (_, Ok(receipt)) => {
                    assert_eq!(left(&world), expected, "{what}\n{:#?}\n{receipt:#?}", world.received());
                }
                (_, Err(failure)) => panic!("{what}: {failure:#?}\n{:#?}", world.received()),
            }
        }
    }
}

#[test]
fn dying_before_any_step_leaves_one_effect() {
    for operation in changes() {
        let expected = undisturbed(operation);
        for step in 1..=STEPS {
            let what = format!("{} died before step {step}", operation.key);
            let world = world(&[]);
            let dying = Fate {
                dies_before: Some(step),
                ..Fate::default()
            };
            let ended = world.invoke(&configuration(operation.key), &invocation(operation), dying);
            let died = matches!(ended, Ended::Died);
            let ended = world.until_invoked(&configuration(operation.key), &invocation(operation));
            match (operation.repeat, ended) {
                // It may have been sent: nobody can tell.
                (
                    Repeat::Never,
                    Err(Failure::Stopped {
                        cause: Cause::Undecided { .. },
                        ..
                    }),
                ) => {
                    assert!(died && world.count(operation.key) <= 1, "{what}");
                }
                (_, Ok(_)) => assert_eq!(left(&world), expected, "{what}\n{:#?}", world.received()),
                (_, Err(failure)) => panic!("{what}: {failure:#?}"),
            }
            if !died {
                break;
            }
        }
    }
}

#[test]
fn the_same_key_again_is_answered_like_the_first_time_and_another_input_is_refused() {
    for operation in changes() {
        let world = world(&[]);
        let configuration = configuration(operation.key);
        let first = world.until_invoked(&configuration, &invocation(operation)).unwrap();
        let sent = world.received().len();
        let again = world.until_invoked(&configuration, &invocation(operation)).unwrap();
        assert_eq!(again, first, "{}", operation.key);
        assert_eq!(world.received().len(), sent, "{}", operation.key);
    }
    let world = world(&[]);
    let create = catalog::operation("contact.create_note").unwrap();
    let configuration = configuration(create.key);
    world.until_invoked(&configuration, &invocation(create)).unwrap();
    let other = Invocation {
        input_json: json!({ "contactId": Seed::PAT, "body": "another note" }).to_string(),
        ..invocation(create)
    };
    let refused = world.until_invoked(&configuration, &other).unwrap_err();
    let Failure::Stopped {
        cause: Cause::Refused { code, .. },
        ..
    } = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(code, "key-used");
    assert_eq!(world.count(create.key), 1);
}

#[test]
fn deleting_what_is_gone_already_is_done() {
    for operation in changes().filter(|operation| operation.effect == api::Effect::Delete) {
        // Taking a tag off somebody who is not there is no such thing.
        if operation.key.starts_with("contact.") && operation.key != "contact.delete" {
            continue;
        }
        let world = world(&[]);
        let configuration = configuration(operation.key);
        world.until_invoked(&configuration, &invocation(operation)).unwrap();
        let again = Invocation {
            key: Some("again".to_owned()),
            ..invocation(operation)
        };
        let receipt = world.until_invoked(&configuration, &again).unwrap();
        let outcome = receipt.progress.applied[0].outcome;
        // Some deletes leave a trace, and GHL does not mind deleting that again.
        assert!(
            matches!(outcome, Outcome::Unchanged | Outcome::Done),
            "{}",
            operation.key
        );
    }
}
