use super::*;
use std::path::Path;
use std::thread;
use std::time::Duration;

fn write(key: &str, value: &str) -> Write {
    Write {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        ttl_ms: None,
        lease: false,
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

fn open(path: &Path) -> SqliteStore {
    SqliteStore::of_account(Arc::new(StateFile::open(path).unwrap()), "account").unwrap()
}

#[test]
fn versions_go_on_after_a_delete_and_a_reopen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    let first = {
        let store = open(&path);
        let first = store.commit(&[], &[write("a", "1")]).unwrap().version;
        let deletion = Write {
            key: "a".to_owned(),
            value: None,
            ttl_ms: None,
            lease: false,
        };
        store.commit(&[], &[deletion]).unwrap();
        first
    };
    let store = open(&path);
    assert_eq!(get(&store, "a"), None);
    let again = store.commit(&[], &[write("a", "1")]).unwrap().version;
    assert!(again > first + 1, "{again} after {first} and a deletion");
}

#[test]
fn two_stores_on_one_file_lose_no_increment() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    let stores = [Arc::new(open(&path)), Arc::new(open(&path))];
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
fn accounts_of_one_file_know_nothing_of_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let file = Arc::new(StateFile::open(&directory.path().join("state.sqlite")).unwrap());
    let one = SqliteStore::of_account(file.clone(), "one").unwrap();
    let other = SqliteStore::of_account(file.clone(), "other").unwrap();
    one.commit(&[], &[write("key", "one")]).unwrap();
    assert_eq!(get(&other, "key"), None);
    other.commit(&[check("key", None)], &[write("key", "other")]).unwrap();
    assert_eq!(get(&one, "key").unwrap().value, "one");
    let again = SqliteStore::of_account(file, "one").unwrap();
    assert_eq!(get(&again, "key").unwrap().value, "one");
}

#[test]
fn expired_rows_are_swept_from_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("state.sqlite"));
    let short = Write {
        ttl_ms: Some(1),
        lease: false,
        ..write("claim", "x")
    };
    store.commit(&[], &[short]).unwrap();
    thread::sleep(Duration::from_millis(5));
    store.swept_ms.store(0, Ordering::SeqCst);
    store.commit(&[], &[write("other", "y")]).unwrap();
    let count = |transaction: &rusqlite::Transaction<'_>| {
        transaction.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0))
    };
    assert_eq!(store.file.read(count).unwrap().0, 1);
}
