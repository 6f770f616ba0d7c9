//! Connections that the provider refuses.

use super::*;

fn three_events(desk: &Desk, under: Registered) {
    for index in 0..3 {
        desk.accept(under, &format!("visit-{index}"), &format!("pin-{index}"));
    }
}

#[test]
fn a_halted_connection_waits_and_tries_one_event_now_and_then() {
    let desk = Desk::new();
    let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
    three_events(&desk, austin);
    three_events(&desk, dallas);
    assert!(
        desk.inbox
            .halt(austin.connection, "no longer accepted", 10_000)
            .unwrap()
    );
    assert!(
        !desk
            .inbox
            .halt(austin.connection, "no longer accepted", 10_000)
            .unwrap()
    );
    let (name, halt) = desk.inbox.halted().unwrap().remove(0);
    assert_eq!((&*name, &*halt.why), ("austin", "no longer accepted"));
    let taken = desk.take(&[austin, dallas]);
    assert!(
        taken.iter().all(|taken| taken.connection == dallas.connection),
        "{taken:?}"
    );
    desk.pass(10_000);
    let tries = desk.take(&[austin]);
    assert_eq!(tries.len(), 1);
    assert!(desk.wait(&tries[0], 0, true));
    assert!(desk.take(&[austin]).is_empty(), "one try is enough for a while");
}

#[test]
fn a_try_that_is_welcome_lets_all_go_on() {
    let desk = Desk::new();
    let austin = desk.connection("austin");
    three_events(&desk, austin);
    desk.inbox.halt(austin.connection, "no longer accepted", 0).unwrap();
    let tries = desk.take(&[austin]);
    assert_eq!(tries.len(), 1);
    assert!(desk.done(&tries[0]));
    assert!(desk.inbox.halted().unwrap().is_empty());
    assert_eq!(desk.take(&[austin]).len(), 2);
}

#[test]
fn a_person_lets_a_connection_go_on_with_all_that_waits() {
    let desk = Desk::new();
    let austin = desk.connection("austin");
    three_events(&desk, austin);
    for taken in desk.take(&[austin]) {
        desk.wait(&taken, HOUR_MS, true);
    }
    desk.inbox
        .halt(austin.connection, "no longer accepted", HOUR_MS)
        .unwrap();
    assert!(desk.inbox.resume(austin.connection).unwrap());
    assert_eq!(desk.take(&[austin]).len(), 3);
    assert!(!desk.inbox.resume(austin.connection).unwrap(), "it was not halted");
}

#[test]
fn a_halt_outlives_the_process() {
    let desk = Desk::new();
    let austin = desk.connection("austin");
    desk.inbox.halt(austin.connection, "no longer accepted", 0).unwrap();
    let other = Inbox::new(Arc::new(StateFile::open(&desk.path).unwrap()));
    assert_eq!(other.halted().unwrap().len(), 1);
    assert_eq!(other.connection("austin").unwrap(), Some(austin.connection));
}
