//! Any text as an event, under a few configurations: every function of the component has a typed answer, and all say
//! the same.

#![no_main]

use knockcal::run::{Cause, Failure, identify, plan};
use knockcal_fuzz::world::World;
use knockcal_fuzz::{CONFIGURATIONS, incoming, judge, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::{Value, json};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    // What is no document is the data of an event.
    let document = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
    let (event, places) = incoming::read(&document.unwrap_or_else(|| json!({ "data": text })));
    for configuration in CONFIGURATIONS {
        let mut world = World::new(Vec::new());
        let identity = identify(configuration, &event);
        let planned = plan(&mut world, configuration, &event);
        let ended = world.until_ended(configuration, &event);
        let identity = match identity {
            Ok(identity) => identity,
            Err(problems) => {
                judge::problems(&problems, &places);
                let failure = Failure::Invalid { problems };
                assert_eq!(planned.err().as_ref(), Some(&failure));
                assert_eq!(ended, Err(failure));
                continue;
            }
        };
        judge::warnings(&identity.warnings, &places);
        let planned = planned.map(|plan| {
            assert_eq!((&plan.event_id, &plan.subject), (&identity.event_id, &identity.subject));
            plan.requests()
        });
        match (planned, ended) {
            (Ok(requests), Ok(receipt)) => {
                assert_eq!(
                    (&receipt.event_id, &receipt.subject),
                    (&identity.event_id, &identity.subject)
                );
                assert_eq!(requests, world.sent, "the plan says another price");
                assert_eq!(world.call(configuration, &event), Ok(receipt), "the same again");
                assert_eq!(requests, world.sent, "the same again is nothing to do");
            }
            // A plan does not know what GHL will say, nor what has to wait.
            (Ok(_), Err(Failure::Stopped { .. })) => {}
            (Err(Failure::Stopped { cause: one, .. }), Err(Failure::Stopped { cause: other, .. })) => {
                assert!(matches!(one, Cause::Expired { .. }), "{one:?}");
                assert_eq!(one, other);
            }
            other => panic!("plan and end do not go together: {other:?}"),
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::document(data, size, max_size, seed)
});
