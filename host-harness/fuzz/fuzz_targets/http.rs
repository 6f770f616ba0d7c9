//! Anything that callers may send to the host: every connection ends, every answer is typed, what is acknowledged is
//! there, with what says that it is set aside and nothing else, all of it can be taken out again, and the host lives on.

#![no_main]

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use host_harness_fuzz::house::{House, TOKEN};
use host_harness_fuzz::{answers, conversation, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use tokio::runtime::Runtime;

/// What every caller says in the end, so that the host ends the connection.
const GOODBYE: &[u8] = b"\r\n\r\nGET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n";

/// When a house has taken in so many events, there is a new one.
const FULL: u64 = 1_000;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("there are threads"));

static HOUSE: Mutex<Option<House>> = Mutex::new(None);

fuzz_target!(|input: &[u8]| {
    RUNTIME.block_on(visit(input));
});

async fn visit(input: &[u8]) {
    let kept = HOUSE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let house = match kept {
        Some(house) => house,
        None => House::new().await,
    };
    let before = house.events();
    let mut pieces = conversation::pieces(input);
    if let Some(last) = pieces.last_mut() {
        last.extend(GOODBYE);
    }
    let heard = house.hear(&pieces).await;
    let answers = answers::read(&heard.bytes, heard.is_whole);
    answers::judge(&answers);

    let acknowledged: Vec<_> = answers.iter().flat_map(answers::Answer::acknowledged).collect();
    for event in &acknowledged {
        let stored = house.inbox.get(event.number).expect("the file can be read");
        assert_eq!(
            stored.map(|stored| stored.listed.id).as_ref(),
            Some(&event.id),
            "not there"
        );
    }
    let fresh = acknowledged.iter().filter(|event| !event.duplicate);
    let fresh: Vec<_> = fresh.map(|event| event.number).collect();
    let mut distinct: BTreeSet<_> = fresh.iter().copied().collect();
    assert_eq!(distinct.len(), fresh.len(), "two events are one");
    // Of what is set aside as it comes in, the host says so in an event of its own.
    distinct.extend(fresh.iter().filter_map(|number| house.follow_up(*number)));
    let taken_in = house.events() - before;
    // What is taken in is taken out again, whatever it is.
    house.take_all();
    let unreadable = acknowledged.iter().find(|event| house.is_unreadable(event.number));
    assert_eq!(unreadable.map(|event| event.number), None, "it cannot be read back");
    let known = conversation::find(&pieces.concat(), TOKEN.as_bytes()).is_some();
    assert!(known || taken_in == 0, "anybody may hand events in");

    let alive = house.hear(&[GOODBYE.to_vec()]).await;
    assert!(
        alive.is_whole && alive.bytes.starts_with(b"HTTP/1.1 200 OK\r\n"),
        "the host has died"
    );

    // What a caller did not wait for may still be on its way to the disk.
    if heard.is_whole {
        assert_eq!(taken_in, distinct.len() as u64, "not what was acknowledged");
        if house.events() < FULL {
            *HOUSE.lock().unwrap_or_else(PoisonError::into_inner) = Some(house);
        }
    }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::conversation(data, size, max_size, seed)
});
