//! Any text as a configuration: it can be used, or every function of the component says the same is wrong with it.

#![no_main]

use knockcal::bindings::exports::knockcal::connector::manifest::Guest;
use knockcal::document::Document;
use knockcal::plugin::Component;
use knockcal::recipe::Configuration;
use knockcal::run::{Failure, identify, plan};
use knockcal_fuzz::world::World;
use knockcal_fuzz::{incoming, judge, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let places = serde_json::from_str(&text).unwrap_or_default();
    let event = incoming::booked();
    let mut world = World::new(Vec::new());
    let manifest = Component::get(text.clone().into_owned());
    let planned = plan(&mut world, &text, &event);
    let ended = world.until_ended(&text, &event);
    match Configuration::read(&text) {
        Ok(_) => {
            let manifest = manifest.expect("what can be read has a manifest");
            assert!(manifest.endpoints.iter().all(|endpoint| !endpoint.authority.is_empty()));
            if let Err(problems) = identify(&text, &event) {
                assert!(
                    problems.iter().all(|problem| problem.document == Document::Event),
                    "{problems:?}"
                );
            }
        }
        Err(problems) => {
            judge::problems(&problems, &places);
            let told = manifest.expect_err("what cannot be read has no manifest");
            let told = told.iter().map(|problem| (&problem.pointer, problem.code.as_str()));
            assert!(told.eq(problems.iter().map(|problem| (&problem.pointer, problem.code))));
            let failure = Failure::Invalid { problems };
            assert_eq!(planned.err().as_ref(), Some(&failure));
            assert_eq!(ended, Err(failure));
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::document(data, size, max_size, seed)
});
