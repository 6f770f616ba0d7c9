//! What becomes of events that cannot be read.

use super::*;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};

/// Writes something over what is kept of an event.
fn overwrite(desk: &Desk, number: u64, column: &str, with: &str) {
    let (sql, with) = (
        format!("UPDATE events SET {column} = CAST(?2 AS TEXT) WHERE number = ?1"),
        with.to_owned(),
    );
    desk.inbox
        .file
        .write(move |database, _| database.execute(&sql, rusqlite::params![crate::storage::signed(number), with]))
        .unwrap();
}

/// JSON nested so deeply that it can be written, and not be read.
fn too_deep() -> String {
    let depth = 127;
    let data = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    format!(r#"{{"trigger":"knocker.lead_booked","occurred_at":"","data":{data}}}"#)
}

#[test]
fn event_that_cannot_be_read_fails_alone() {
    for kept in [&too_deep(), "", "{", "[]", r#"{"of":"a newer version"}"#] {
        let desk = Desk::new();
        let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
        let broken = desk.accept(austin, "visit-1", "pin-1");
        let behind = desk.accept(austin, "visit-2", "pin-1");
        let beside = desk.accept(austin, "visit-3", "pin-3");
        let elsewhere = desk.accept(dallas, "visit-1", "pin-1");
        overwrite(&desk, broken, "event", kept);

        let mut taken = numbers(&desk.take(&[austin, dallas]));
        // It does not hold its subject up, either; that is seen with the next round.
        taken.extend(numbers(&desk.take(&[austin, dallas])));
        taken.sort_unstable();
        assert_eq!(taken, [behind, beside, elsewhere], "{kept}");
        assert_eq!(desk.status(broken), Status::Unreadable);
        let trouble = desk.inbox.troubles().unwrap().0.remove(&austin.connection).unwrap();
        assert_eq!((trouble.unreadable, trouble.set_aside), (1, 0));

        let stored = desk.inbox.get(broken).unwrap().unwrap();
        assert_eq!((stored.event, stored.unreadable_text.as_deref()), (None, Some(kept)));
        assert!(stored.listed.damage.is_some());
        assert_eq!(desk.inbox.list(&Filter::default(), 10).unwrap().len(), 4);
    }
}

#[test]
fn event_that_cannot_be_read_is_tried_again_or_discarded_when_a_person_says_so() {
    let desk = Desk::new();
    let austin = desk.connection("austin");
    let number = desk.accept(austin, "visit-1", "pin-1");
    let kept = serde_json::to_string(&arrival("visit-1", "pin-1").event).unwrap();
    overwrite(&desk, number, "event", "{");
    assert_eq!(desk.take(&[austin]), []);

    // As after an update to a version that can read it.
    overwrite(&desk, number, "event", &kept);
    assert_eq!(desk.inbox.retry(number).unwrap(), Mended::Changed);
    assert_eq!(numbers(&desk.take(&[austin])), [number]);

    let other = desk.accept(austin, "visit-2", "pin-2");
    overwrite(&desk, other, "event", "{");
    assert_eq!(desk.take(&[austin]), []);
    assert_eq!(desk.inbox.discard(other).unwrap(), Mended::Changed);
    assert_eq!(desk.status(other), Status::Discarded);
}

#[test]
fn outcome_that_cannot_be_read_stops_neither_runs_nor_readers() {
    for outcome in ["{", "", "nothing", r#"{"receipt":1}"#] {
        let desk = Desk::new();
        let austin = desk.connection("austin");
        let first = desk.accept(austin, "visit-1", "pin-1");
        let second = desk.accept(austin, "visit-2", "pin-1");
        assert!(desk.wait(&desk.take(&[austin])[0], 0, true));
        overwrite(&desk, first, "outcome", outcome);
        overwrite(&desk, second, "outcome", outcome);

        let listed = desk.inbox.list(&Filter::default(), 10).unwrap();
        assert!(listed.iter().all(|listed| listed.damage.is_some()), "{outcome}");
        assert!(desk.inbox.tally("knocker.lead_booked").is_ok());
        assert!(desk.inbox.totals().is_ok());
        let taken = desk.take(&[austin]);
        assert_eq!(numbers(&taken), [first], "{outcome}");
        assert!(desk.done(&taken[0]));
        assert_eq!(numbers(&desk.take(&[austin])), [second]);
    }
}

#[test]
fn alert_that_cannot_be_read_is_left_behind_and_the_others_are_told() {
    let desk = Desk::new();
    let (austin, dallas) = (desk.connection("austin"), desk.connection("dallas"));
    let all = vec![austin.connection, dallas.connection];
    all.iter()
        .for_each(|connection| desk.inbox.begin_alerts(*connection).unwrap());
    let failed = |id: &str| {
        let mut failed = arrival(id, "pin-1");
        failed.event.trigger = "event.failed".to_owned();
        failed
    };
    let broken = desk.accept_all(austin, vec![failed("a")])[0].number;
    let next = desk.accept_all(austin, vec![failed("b")])[0].number;
    let other = desk.accept_all(dallas, vec![failed("a")])[0].number;
    overwrite(&desk, broken, "event", &too_deep());

    let told = desk.inbox.take_alerts(all, HOUR_MS).unwrap();
    let told: Vec<_> = told.iter().map(|alert| alert.number).collect();
    assert_eq!(told, [next, other]);
}

#[test]
fn what_could_not_be_read_back_is_kept_and_never_run() {
    let desk = Desk::new();
    let austin = desk.connection("austin");
    let mut deep = arrival("visit-1", "pin-1");
    for _ in 0..200 {
        deep.event.data = json!([deep.event.data]);
    }
    let accepted = desk.accept_all(austin, vec![deep, arrival("visit-2", "pin-2")]);
    assert_eq!(accepted[0].status, Status::Unreadable);
    assert_eq!(numbers(&desk.take(&[austin])), [accepted[1].number]);
    let stored = desk.inbox.get(accepted[0].number).unwrap().unwrap();
    assert!(stored.unreadable_text.unwrap().contains("pin-1"));
}

/// Damages the page on which an event stands, so that SQLite cannot make sense of it.
fn damage_page_of(path: &std::path::Path, mark: &str) {
    // Otherwise pages may hold what stood there before.
    rusqlite::Connection::open(path)
        .unwrap()
        .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let bytes = std::fs::read(path).unwrap();
    let page_size = 4_096;
    let place = bytes
        .windows(mark.len())
        .position(|window| window == mark.as_bytes())
        .unwrap();
    let page = place / page_size * page_size;
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(u64::try_from(page).unwrap())).unwrap();
    // A page of no known kind.
    file.write_all(&[0xff; 64]).unwrap();
    file.sync_all().unwrap();
}

#[test]
fn damaged_page_takes_only_the_events_that_stand_on_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    let open = || Inbox::new(Arc::new(StateFile::open(&path).unwrap()));
    let inbox = open();
    let austin = inbox.register("austin", "ghl/austin", "{}").unwrap();
    let arrivals = (0..60).map(|number| {
        let mut arrival = arrival(&format!("visit-{number}"), &format!("pin-{number}"));
        // A few of them fit on a page.
        arrival.event.data = json!({ "notes": format!("mark-{number:03}-{}", "x".repeat(900)) });
        arrival
    });
    let accepted = inbox.accept(austin, arrivals.collect()).unwrap();
    let all: Vec<_> = accepted.iter().map(|accepted| accepted.number).collect();
    drop(inbox);
    damage_page_of(&path, "mark-030-");

    let inbox = open();
    let appetite = Appetite { events: 100, bulk: 100 };
    let take = |inbox: &Inbox| {
        let round = inbox.take([(austin.connection, appetite)].into(), None, 100, HOUR_MS);
        numbers(&round.unwrap().taken)
    };
    let taken = take(&inbox);
    let lost: Vec<_> = all.iter().filter(|number| !taken.contains(number)).collect();
    assert!(
        taken.len() >= 50 && !lost.is_empty(),
        "{} taken, {lost:?} lost",
        taken.len()
    );
    assert_eq!(take(&inbox), [0; 0], "it is not taken twice");
    let listed = inbox.list(&Filter::default(), 100).unwrap();
    let unreadable: Vec<_> = listed
        .iter()
        .filter(|listed| listed.status == Status::Unreadable)
        .collect();
    assert_eq!((listed.len(), unreadable.len()), (60, lost.len()));
    assert!(unreadable.iter().all(|listed| listed.damage.is_some()));
    assert!(inbox.totals().is_ok() && inbox.troubles().is_ok());
    assert_eq!(
        inbox.troubles().unwrap().0[&austin.connection].unreadable,
        u64::try_from(lost.len()).unwrap()
    );
}
