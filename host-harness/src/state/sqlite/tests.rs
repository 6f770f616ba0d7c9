use super::*;
use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

fn write(key: &str, value: &str) -> Write {
    Write {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        ttl_ms: None,
    }
}

fn check(key: &str, version: Option<u64>) -> Check {
    Check {
        key: key.to_owned(),
        version,
    }
}

fn get(store: &SqliteStore, key: &str) -> Option<Entry> {
    let mut snapshot = store.get_many(&[key.to_owned()]).unwrap();
    snapshot.entries.remove(0)
}

fn uptime(boot: &str, elapsed_ms: u64) -> Uptime {
    Uptime {
        boot_id: boot.to_owned(),
        shared: true,
        elapsed_ms,
    }
}

#[test]
fn versions_go_on_after_a_delete_and_a_reopen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let first = {
        let store = SqliteStore::open(&path).unwrap();
        let first = store.commit(&[], &[write("a", "1")]).unwrap().version;
        let deletion = Write {
            key: "a".to_owned(),
            value: None,
            ttl_ms: None,
        };
        store.commit(&[], &[deletion]).unwrap();
        first
    };
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(get(&store, "a"), None);
    let again = store.commit(&[], &[write("a", "1")]).unwrap().version;
    assert!(again > first + 1, "{again} after {first} and a deletion");
}

#[test]
fn two_stores_on_one_file_lose_no_increment() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let stores = [
        Arc::new(SqliteStore::open(&path).unwrap()),
        Arc::new(SqliteStore::open(&path).unwrap()),
    ];
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let store = stores[number % 2].clone();
            thread::spawn(move || {
                let mut done = 0;
                while done < 25 {
                    let entry = get(&store, "counter");
                    let value: u32 = entry.as_ref().map_or(0, |entry| entry.value.parse().unwrap());
                    let version = entry.map(|entry| entry.version);
                    let next = (value + 1).to_string();
                    match store.commit(&[check("counter", version)], &[write("counter", &next)]) {
                        Ok(_) => done += 1,
                        Err(CommitError::Conflict { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(get(&stores[0], "counter").unwrap().value, "100");
}

#[test]
fn stores_on_one_file_tell_the_same_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let one = SqliteStore::open(&path).unwrap();
    let other = SqliteStore::open(&path).unwrap();
    let mut last = one.now_ms();
    for _ in 0..1_000 {
        for store in [&other, &one] {
            let now = store.now_ms();
            assert!(now >= last);
            last = now;
        }
    }
}

#[test]
fn a_step_of_the_wall_clock_does_not_reach_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let real = Uptime::now();
    let before = SqliteStore::open_at(&path, &real, 5_000_000).unwrap();
    // Same boot, wall clock an hour later, then back in 1970.
    for wall_ms in [8_600_000, 0] {
        let store = SqliteStore::open_at(&path, &real, wall_ms).unwrap();
        assert!(store.now_ms().abs_diff(before.now_ms()) < 1_000);
    }
}

#[test]
fn after_a_reboot_time_does_not_go_back_even_if_the_wall_clock_does() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let real = Uptime::now();
    let told_ms = {
        let store = SqliteStore::open_at(&path, &real, 9_000_000).unwrap();
        store.get_many(&["a".to_owned()]).unwrap().now_ms
    };
    let rebooted = SqliteStore::open_at(&path, &uptime("another", 0), 1_000).unwrap();
    assert!(rebooted.anchor.store_ms >= told_ms);
    drop(rebooted);
    // And it follows the wall clock where that is later.
    let third = SqliteStore::open_at(&path, &uptime("third", 0), 99_000_000).unwrap();
    assert_eq!(third.anchor.store_ms, 99_000_000);
}

#[test]
fn a_newer_schema_is_refused_with_advice() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    drop(connection);
    let error = SqliteStore::open(&path).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 7, .. }), "{error}");
    assert!(error.to_string().contains("update `knock`"));
}

#[test]
fn expired_rows_are_swept_from_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let store = SqliteStore::open(&path).unwrap();
    let short = Write {
        ttl_ms: Some(1),
        ..write("claim", "x")
    };
    store.commit(&[], &[short]).unwrap();
    thread::sleep(Duration::from_millis(5));
    store.swept_ms.store(0, Ordering::SeqCst);
    store.commit(&[], &[write("other", "y")]).unwrap();
    let rows: i64 = lock(&store.reader)
        .query_row("SELECT count(*) FROM entries", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

#[cfg(unix)]
#[test]
fn file_and_directory_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made").join("state.db");
    let store = SqliteStore::open(&path).unwrap();
    store.commit(&[], &[write("a", "1")]).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_file_name("state.db-wal")), 0o600);
    drop(store);
    // A file that somebody has opened up is closed again.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..5 {
        let directory = tempfile::tempdir().unwrap();
        let path = Arc::new(directory.path().join("state.db"));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                thread::spawn(move || SqliteStore::open(&path).map(|store| store.anchor.store_ms))
            })
            .collect();
        let anchors: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap().unwrap())
            .collect();
        assert!(anchors.iter().all(|anchor| *anchor == anchors[0]), "{anchors:?}");
    }
}
