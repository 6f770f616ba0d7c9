mod copies;
mod displaced;
mod durability;

use super::*;
use crate::state::{Check, Entry, SqliteStore, Store, Write};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// A file of the first schema, as the release wrote it that had it.
const FIRST_SCHEMA: &str = include_str!("first_schema.sql");

/// A subject in it.
const SUBJECT: &str = "subject/f08ef02657532e3999ed81458e396c16";

fn directory() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    (directory, path)
}

fn store(path: &Path) -> SqliteStore {
    SqliteStore::of_account(Arc::new(StateFile::open(path).unwrap()), "account").unwrap()
}

fn put(store: &SqliteStore, key: &str, value: &str) -> u64 {
    let write = Write {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        ttl_ms: None,
        lease: false,
    };
    store.commit(&[], &[write]).unwrap().version
}

fn get(store: &SqliteStore, key: &str) -> Option<Entry> {
    let mut snapshot = store.get_many(&[key.to_owned()]).unwrap();
    snapshot.entries.remove(0)
}

#[test]
fn everybody_who_has_the_file_open_tells_the_same_time() {
    let (_directory, path) = directory();
    let one = StateFile::open(&path).unwrap();
    let other = StateFile::open(&path).unwrap();
    let mut last = one.now_ms();
    for _ in 0..1_000 {
        for file in [&other, &one] {
            let now = file.now_ms();
            assert!(now >= last);
            last = now;
        }
    }
}

#[test]
fn a_newer_schema_is_refused_with_advice() {
    let (_directory, path) = directory();
    drop(StateFile::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 77).unwrap();
    drop(connection);
    let error = StateFile::open(&path).map(|_| ()).unwrap_err();
    assert!(matches!(error, StorageError::NewerSchema { found: 77, .. }), "{error}");
    assert!(error.to_string().contains("update `knock`"));
}

#[test]
fn a_file_of_the_first_schema_is_taken_over_with_all_it_remembers() {
    let (_directory, path) = directory();
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch(FIRST_SCHEMA).unwrap();
    drop(connection);
    let store = store(&path);
    assert!(store.now_ms() >= 1_795_476_552_346, "its clock went back");
    assert_eq!(get(&store, &format!("claim/{SUBJECT}")), None);
    let row = get(&store, SUBJECT).unwrap();
    assert!(row.value.contains("y8FL6IdyNJP6VYwZOJrG"), "{}", row.value);
    assert_eq!(row.version, 7);
    // It is changed under the version that it had, and is then the account's own.
    let check = Check {
        key: SUBJECT.to_owned(),
        version: Some(7),
    };
    let write = Write {
        key: SUBJECT.to_owned(),
        value: Some("changed".to_owned()),
        ttl_ms: None,
        lease: false,
    };
    assert_eq!(store.commit(&[check], &[write]).unwrap().version, 9);
    assert_eq!(get(&store, SUBJECT).unwrap().value, "changed");
    let other = SqliteStore::of_account(Arc::new(StateFile::open(&path).unwrap()), "another").unwrap();
    assert_eq!(get(&other, SUBJECT), None);
}

#[test]
fn a_file_of_the_first_schema_gets_the_tables_of_a_new_one() {
    let tables = |first: Option<&str>| {
        let (_directory, path) = directory();
        if let Some(first) = first {
            Connection::open(&path).unwrap().execute_batch(first).unwrap();
        }
        drop(StateFile::open(&path).unwrap());
        let connection = Connection::open(&path).unwrap();
        let mut select = connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Vec<(String, String)> = rows.unwrap().map(Result::unwrap).collect();
        rows
    };
    assert_eq!(tables(Some(FIRST_SCHEMA)), tables(None));
}

#[cfg(unix)]
#[test]
fn file_and_directory_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made").join("state.sqlite");
    let file = store(&path);
    put(&file, "a", "1");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-lock"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
    drop(file);
    // A file that somebody has opened up is closed again.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(StateFile::open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..5 {
        let (_directory, path) = directory();
        let path = Arc::new(path);
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                thread::spawn(move || StateFile::open(&path).map(|file| file.anchored_ms()))
            })
            .collect();
        let anchors: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap().unwrap())
            .collect();
        assert!(anchors.iter().all(|anchor| *anchor == anchors[0]), "{anchors:?}");
    }
}

#[test]
fn work_that_fails_takes_back_what_it_wrote_and_nothing_of_others() {
    let (_directory, path) = directory();
    let file = Arc::new(StateFile::open(&path).unwrap());
    let insert =
        |connection: &Connection, name: &str| connection.execute("INSERT INTO accounts (name) VALUES (?1)", [name]);
    let threads: Vec<_> = (0..40)
        .map(|number| {
            let file = file.clone();
            thread::spawn(move || {
                let outcome = file.write(move |connection, _| {
                    insert(connection, &format!("account {number}"))?;
                    match number % 2 {
                        0 => Ok(()),
                        _ => Err(rusqlite::Error::InvalidQuery),
                    }
                });
                assert_eq!(outcome.is_ok(), number % 2 == 0);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let names = file.read(|transaction| {
        let mut select = transaction.prepare("SELECT name FROM accounts ORDER BY account")?;
        let names = select.query_map([], |row| row.get::<_, String>(0))?;
        names.collect::<rusqlite::Result<Vec<_>>>()
    });
    let mut names = names.unwrap().0;
    names.sort();
    let mut expected: Vec<_> = (0..40).step_by(2).map(|number| format!("account {number}")).collect();
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn write_that_panics_fails_alone() {
    let (_directory, path) = directory();
    let file = StateFile::open(&path).unwrap();
    let insert =
        |connection: &Connection, name: &str| connection.execute("INSERT INTO accounts (name) VALUES (?1)", [name]);
    let error = file.write(move |connection, _| -> rusqlite::Result<()> {
        insert(connection, "half")?;
        panic!("on purpose");
    });
    assert!(error.unwrap_err().to_string().contains("on purpose"));
    file.write(move |connection, _| insert(connection, "whole")).unwrap();
    let names = file.read(|transaction| {
        let mut select = transaction.prepare("SELECT name FROM accounts")?;
        select
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()
    });
    assert_eq!(names.unwrap().0, ["whole"]);
}

#[test]
fn a_full_disk_is_said_and_loses_nothing_that_was_answered() {
    let (_directory, path) = directory();
    let store = store(&path);
    let file = StateFile::open(&path).unwrap();
    put(&store, "kept", "1");
    file.write(|connection, _| {
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        connection.query_row(&format!("PRAGMA max_page_count = {}", pages + 8), [], |_| Ok(()))
    })
    .unwrap();
    let filler = "x".repeat(60_000);
    let error = file
        .write(move |connection, _| connection.execute("INSERT INTO accounts (name) VALUES (?1)", [filler]))
        .unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");
    assert_eq!(get(&store, "kept").unwrap().value, "1");
    // What fits still goes.
    file.write(|connection, _| connection.execute("INSERT INTO accounts (name) VALUES ('small')", []))
        .unwrap();
}

#[test]
fn a_copy_is_made_while_the_file_is_written() {
    let (directory, path) = directory();
    let store = Arc::new(store(&path));
    put(&store, "first", "1");
    let writer = {
        let store = store.clone();
        thread::spawn(move || {
            for number in 0..200 {
                put(&store, "number", &number.to_string());
            }
        })
    };
    let copy = directory.path().join("copy.sqlite");
    StateFile::open(&path).unwrap().backup(&copy).unwrap();
    writer.join().unwrap();
    let error = StateFile::open(&path).unwrap().backup(&copy).unwrap_err();
    assert!(error.to_string().contains("exists already"), "{error}");
    let copied = self::store(&copy);
    assert_eq!(get(&copied, "first").unwrap().value, "1");
}

#[test]
fn a_copy_is_put_back_only_when_nobody_uses_the_file() {
    let (directory, path) = directory();
    let copy = directory.path().join("copy.sqlite");
    let used = store(&path);
    put(&used, "before", "1");
    StateFile::open(&path).unwrap().backup(&copy).unwrap();
    assert!(matches!(
        restore(&copy, &path, LogPolicy::Required),
        Err(StorageError::InUse { .. })
    ));
    let last = put(&used, "after", "2");
    let told_ms = used.now_ms();
    drop(used);
    let restored = restore(&copy, &path, LogPolicy::Required).unwrap();
    assert!(restored.restored_ms >= told_ms, "the clock went back");
    let again = store(&path);
    let snapshot = again.get_many(&["before".to_owned(), "after".to_owned()]).unwrap();
    assert_eq!(snapshot.restored_ms, Some(restored.restored_ms));
    assert!(snapshot.now_ms >= restored.restored_ms);
    assert_eq!(snapshot.entries[0].as_ref().unwrap().value, "1");
    assert_eq!(snapshot.entries[1], None);
    assert!(put(&again, "after", "3") > last, "a version was given out twice");
}

#[test]
fn what_a_copy_replaces_is_kept_however_often_one_is_put_back() {
    let (directory, path) = directory();
    let copy = directory.path().join("copy.sqlite");
    put(&store(&path), "first", "1");
    StateFile::open(&path).unwrap().backup(&copy).unwrap();
    put(&store(&path), "second", "2");
    let kept: Vec<_> = (0..2)
        .map(|_| restore(&copy, &path, LogPolicy::Required).unwrap().replaced.unwrap())
        .collect();
    assert_eq!(kept[0].file_name().unwrap(), "state.sqlite.before-restore");
    assert_ne!(kept[0], kept[1]);
    assert_eq!(get(&store(&kept[0]), "second").unwrap().value, "2");
    assert_eq!(get(&store(&path), "second"), None);
}

#[test]
fn a_copy_that_is_damaged_or_something_else_is_not_put_back() {
    let (directory, path) = directory();
    put(&store(&path), "kept", "1");
    let copy = directory.path().join("copy.sqlite");
    assert!(
        restore(&copy, &path, LogPolicy::Required)
            .unwrap_err()
            .to_string()
            .contains("does not exist")
    );
    fs::write(&copy, "no database").unwrap();
    assert!(matches!(
        restore(&copy, &path, LogPolicy::Required),
        Err(StorageError::Copy { .. })
    ));
    fs::remove_file(&copy).unwrap();
    let other = Connection::open(&copy).unwrap();
    other.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    drop(other);
    let error = restore(&copy, &path, LogPolicy::Required).unwrap_err();
    assert!(error.to_string().contains("not a state file"), "{error}");
    assert_eq!(get(&store(&path), "kept").unwrap().value, "1");
}
