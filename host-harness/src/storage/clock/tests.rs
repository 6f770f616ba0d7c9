use crate::state::{SqliteStore, Store, Write};
use crate::storage::boot::Uptime;
use crate::storage::{StateFile, wall_ms};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const HOUR_MS: u64 = 3_600_000;
const TEN_YEARS_MS: u64 = 10 * 365 * 24 * HOUR_MS;

fn directory() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    (directory, path)
}

fn rebooted(boot: &str) -> Uptime {
    Uptime {
        boot_id: boot.to_owned(),
        shared: true,
        ..Uptime::now()
    }
}

fn open(path: &Path, wall_ms: u64) -> StateFile {
    StateFile::open_with_wall_clock(path, wall_ms).unwrap()
}

/// A file in which somebody has claimed something, so that others reckon with its clock.
fn at_work(file: StateFile) -> (Arc<StateFile>, SqliteStore) {
    let file = Arc::new(file);
    let store = SqliteStore::of_account(file.clone(), "account").unwrap();
    store.commit(&[], &[lease("claim")]).unwrap();
    (file, store)
}

fn lease(key: &str) -> Write {
    Write {
        key: key.to_owned(),
        value: Some("{}".to_owned()),
        ttl_ms: Some(60_000),
        lease: true,
    }
}

#[test]
fn step_of_the_wall_clock_does_not_reach_a_file_that_somebody_works_with() {
    let (_directory, path) = directory();
    let (before, _store) = at_work(open(&path, wall_ms()));
    // Same boot, wall clock an hour later, then back in 1970.
    for wall_ms in [wall_ms() + HOUR_MS, 0] {
        let file = open(&path, wall_ms);
        assert!(file.now_ms().abs_diff(before.now_ms()) < 1_000);
        assert!(file.clock_is_off());
    }
}

#[test]
fn small_step_of_the_wall_clock_never_takes_the_file_back() {
    let (_directory, path) = directory();
    let told_ms = open(&path, 9_000_000).read(|_| Ok(())).unwrap().1;
    let rebooted_file = StateFile::open_at(&path, &rebooted("another"), 8_950_000).unwrap();
    assert!(rebooted_file.anchored_ms() >= told_ms);
    drop(rebooted_file);
    // And it follows the wall clock where that is later.
    let third = StateFile::open_at(&path, &rebooted("third"), 99_000_000).unwrap();
    assert_eq!(third.anchored_ms(), 99_000_000);
}

#[test]
fn wrong_clock_is_set_at_the_next_start_once_nobody_works_with_the_file() {
    let right_ms = wall_ms();
    for wrong_ms in [right_ms - 2 * HOUR_MS, right_ms + TEN_YEARS_MS] {
        let (_directory, path) = directory();
        let (wrong, store) = at_work(open(&path, wrong_ms));
        let other = open(&path, right_ms);
        assert!(other.clock_is_off(), "whoever has it open reckons with it");
        drop((wrong, store, other));
        let right = open(&path, right_ms);
        assert!(!right.clock_is_off(), "{}", right.ahead_ms());
        assert!(right.anchored_ms().abs_diff(right_ms) < 5_000);
        assert!(right.now_ms() >= right.anchored_ms());
    }
}

#[test]
fn clock_that_was_set_is_followed_by_whoever_has_the_file_open() {
    let (_directory, path) = directory();
    let idle = open(&path, wall_ms() - HOUR_MS);
    let other = open(&path, wall_ms());
    assert!(!other.clock_is_off());
    let (_, told_ms) = idle.read(|_| Ok(())).unwrap();
    assert!(told_ms.abs_diff(other.now_ms()) < 1_000);
    assert_eq!(idle.anchored_ms(), other.anchored_ms());
}

#[test]
fn what_is_yet_to_come_is_moved_along_with_the_clock() {
    let (_directory, path) = directory();
    let ahead_ms = wall_ms() + TEN_YEARS_MS;
    let (file, store) = at_work(open(&path, ahead_ms));
    let kept = Write {
        ttl_ms: None,
        lease: false,
        ..lease("row")
    };
    store
        .commit(
            &[],
            &[
                kept,
                Write {
                    lease: false,
                    ..lease("cache")
                },
            ],
        )
        .unwrap();
    file.write(move |database, _| {
        database.execute_batch(&format!(
            "INSERT INTO configurations (json) VALUES ('{{}}');
             INSERT INTO connections (name, account, halted_ms, probe_ms) VALUES ('austin', 'a', {0}, {0} + 5000);
             INSERT INTO events (connection, configuration, id, fingerprint, subject, trigger, event, bulk, received_ms,
                 status, due_ms, holds_place, attempts, changed_ms)
             VALUES (1, 1, 'a', 'a', 'a', 't', '{{}}', 0, {0}, 'waiting', {0} + 5000, 1, 0, {0})",
            ahead_ms
        ))
    })
    .unwrap();
    drop((file, store));

    let right_ms = wall_ms();
    let file = Arc::new(open(&path, right_ms));
    let store = SqliteStore::of_account(file.clone(), "account").unwrap();
    let keys = ["claim", "cache", "row"].map(str::to_owned);
    let snapshot = store.get_many(&keys).unwrap();
    let there: Vec<_> = snapshot.entries.iter().map(Option::is_some).collect();
    assert_eq!(
        there,
        [false, true, true],
        "the lease is gone, and the rest is there for as long as before"
    );
    assert!(snapshot.now_ms < right_ms + HOUR_MS && snapshot.anchored_ms <= snapshot.now_ms);
    let latest = file.read(|transaction| {
        transaction.query_row(
            "SELECT max(received_ms, due_ms, changed_ms, halted_ms, probe_ms, horizon_ms)
             FROM events, connections, clock",
            [],
            |row| row.get::<_, i64>(0),
        )
    });
    assert!(crate::storage::unsigned(latest.unwrap().0) < right_ms + HOUR_MS);
    let due =
        file.read(|transaction| transaction.query_row("SELECT due_ms FROM events", [], |row| row.get::<_, i64>(0)));
    let due_ms = crate::storage::unsigned(due.unwrap().0);
    assert!(due_ms.abs_diff(right_ms + 5_000) < 3_000, "{due_ms}");
}
