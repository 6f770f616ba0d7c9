//! Any replies of GHL while a visit is booked, moved and cancelled: every call ends, with a typed answer and a bounded
//! number of requests; every event comes to its end once GHL answers again; and nothing is made twice unseen.

#![no_main]

use knockcal_fuzz::script::{self, Turn};
use knockcal_fuzz::world::World;
use knockcal_fuzz::{CONFIGURATIONS, incoming, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|input: &[u8]| {
    let script = script::read(input);
    // The length decides: every transcript is good for both.
    let configuration = CONFIGURATIONS[script.len() % 2];
    let truthful = script.iter().all(truthful);
    let mut world = World::new(script);
    let booked = world.until_ended(configuration, &incoming::booked());
    if truthful {
        assert!(booked.is_ok(), "{booked:?}");
        assert_eq!(world.standing(), 1);
    }
    let moved = world.until_ended(configuration, &incoming::moved());
    let cancelled = world.until_ended(configuration, &incoming::cancelled());
    if truthful {
        assert!(moved.is_ok() && cancelled.is_ok(), "{moved:?}, {cancelled:?}");
        assert_eq!(world.standing(), 0);
    }
});

/// Whether an end is bad and yet no lie: nobody says that something is done that is not, or is not that is.
fn truthful(turn: &Turn) -> bool {
    match turn.kind() {
        "honest" | "lost" | "unsent" => true,
        "429" => !turn.done(),
        kind => kind.parse::<u16>().is_ok_and(|status| (500..=599).contains(&status)),
    }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::transcript(data, size, max_size, seed)
});
