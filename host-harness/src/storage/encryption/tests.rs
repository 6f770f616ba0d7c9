use super::super::*;
use crate::state::{Entry, SqliteStore, Store, Write};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of the first schema, and something in it.
const FIRST_SCHEMA: &str = include_str!("../first_schema.sql");
const SUBJECT: &str = "subject/f08ef02657532e3999ed81458e396c16";
const APPOINTMENT: &str = "y8FL6IdyNJP6VYwZOJrG";

struct Desk {
    path: PathBuf,
    copy: PathBuf,
    directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            path: directory.path().join("state.sqlite"),
            copy: directory.path().join("copy.sqlite"),
            directory,
        }
    }

    /// A file with an entry in it, and a copy of that.
    fn backed_up() -> Self {
        let desk = Self::new();
        put(&store(&desk.path), "contact/1", "Ann Lee");
        StateFile::open(&desk.path).unwrap().backup(&desk.copy).unwrap();
        desk
    }

    /// Every byte that is kept, but keys.
    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let files = files.filter(|path| !path.to_str().unwrap().ends_with("-key"));
        files.flat_map(|path| fs::read(path).unwrap()).collect()
    }

    fn holds(&self, text: &str) -> bool {
        self.bytes().windows(text.len()).any(|part| part == text.as_bytes())
    }
}

fn store(path: &Path) -> SqliteStore {
    SqliteStore::of_account(Arc::new(StateFile::open(path).unwrap()), "account").unwrap()
}

fn put(store: &SqliteStore, key: &str, value: &str) {
    let write = Write {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        ttl_ms: None,
        lease: false,
    };
    store.commit(&[], &[write]).unwrap();
}

fn get(path: &Path, key: &str) -> Option<String> {
    let mut snapshot = store(path).get_many(&[key.to_owned()]).unwrap();
    snapshot.entries.remove(0).map(|Entry { value, .. }| value)
}

fn key_of(path: &Path) -> PathBuf {
    super::key_file::path_of(path)
}

fn refused(path: &Path) -> StorageError {
    StateFile::open(path).map(|_| ()).unwrap_err()
}

#[test]
fn ledger_stands_nowhere_in_plain_text() {
    let desk = Desk::new();
    let store = store(&desk.path);
    put(&store, "contact/+15125550100", "Ann Lee");
    StateFile::open(&desk.path).unwrap().backup(&desk.copy).unwrap();
    assert!(
        fs::metadata(desk.path.with_file_name("state.sqlite-wal"))
            .unwrap()
            .len()
            > 0
    );
    for text in ["5550100", "contact/", "Ann Lee"] {
        assert!(!desk.holds(text), "{text}");
    }
}

#[test]
fn nothing_of_an_older_file_is_left_in_plain_text() {
    let desk = Desk::new();
    let older = Connection::open(&desk.path).unwrap();
    older.pragma_update(None, "journal_mode", "WAL").unwrap();
    older.pragma_update(None, "secure_delete", "OFF").unwrap();
    older.execute_batch(FIRST_SCHEMA).unwrap();
    // What it has forgotten itself is still in its free pages, more of them than new tables take.
    let filler = "Pat Kim lives at 12 Oak St. ".repeat(20_000);
    older
        .execute("INSERT INTO entries VALUES ('old', ?1, 1, NULL)", [&filler])
        .unwrap();
    older.execute("DELETE FROM entries WHERE key = 'old'", []).unwrap();
    drop(older);
    for text in [SUBJECT, APPOINTMENT, "Pat Kim"] {
        assert!(desk.holds(text), "{text} is to be wiped");
    }
    let row = get(&desk.path, SUBJECT).unwrap();
    assert!(row.contains(APPOINTMENT), "{row}");
    let open = StateFile::open(&desk.path).unwrap();
    for text in [SUBJECT, APPOINTMENT, "Pat Kim"] {
        assert!(!desk.holds(text), "{text}");
    }
    drop(open);
}

#[test]
fn file_that_has_lost_its_key_is_refused_and_gets_no_other() {
    let desk = Desk::backed_up();
    let key = fs::read(key_of(&desk.path)).unwrap();
    fs::remove_file(key_of(&desk.path)).unwrap();
    let error = refused(&desk.path);
    assert!(matches!(error, StorageError::LostKey { .. }), "{error}");
    assert!(error.to_string().contains("put the key file back"), "{error}");
    assert!(!key_of(&desk.path).exists());
    fs::write(key_of(&desk.path), &key).unwrap();
    assert_eq!(get(&desk.path, "contact/1").as_deref(), Some("Ann Lee"));
}

#[test]
fn key_of_another_file_or_a_damaged_one_is_refused() {
    let (desk, other) = (Desk::backed_up(), Desk::backed_up());
    fs::copy(key_of(&other.path), key_of(&desk.path)).unwrap();
    assert!(matches!(refused(&desk.path), StorageError::LostKey { .. }));
    fs::write(key_of(&desk.path), "# a key\nnothing\n").unwrap();
    let error = refused(&desk.path).to_string();
    assert!(error.contains("line 2 is not a key"), "{error}");
}

#[cfg(unix)]
#[test]
fn key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::backed_up();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&key_of(&desk.path)), 0o600);
    assert_eq!(mode(&key_of(&desk.copy)), 0o600);
    fs::set_permissions(key_of(&desk.path), fs::Permissions::from_mode(0o644)).unwrap();
    drop(StateFile::open(&desk.path).unwrap());
    assert_eq!(mode(&key_of(&desk.path)), 0o600);
}

#[test]
fn backup_has_the_key_that_a_restore_elsewhere_needs() {
    let desk = Desk::backed_up();
    let elsewhere = desk.directory.path().join("elsewhere").join("state.sqlite");
    restore(&desk.copy, &elsewhere, LogPolicy::Required).unwrap();
    assert_eq!(get(&elsewhere, "contact/1").as_deref(), Some("Ann Lee"));
}

#[test]
fn copy_without_its_key_is_put_back_only_where_its_key_is() {
    let desk = Desk::backed_up();
    fs::remove_file(key_of(&desk.copy)).unwrap();
    let elsewhere = desk.directory.path().join("elsewhere").join("state.sqlite");
    let error = restore(&desk.copy, &elsewhere, LogPolicy::Required).unwrap_err();
    assert!(matches!(error, StorageError::LostKey { .. }), "{error}");
    assert!(!elsewhere.exists());
    restore(&desk.copy, &desk.path, LogPolicy::Required).unwrap();
    assert_eq!(get(&desk.path, "contact/1").as_deref(), Some("Ann Lee"));
}

#[test]
fn file_that_is_replaced_by_one_with_another_key_keeps_its_own() {
    let (desk, other) = (Desk::backed_up(), Desk::new());
    put(&store(&other.path), "contact/1", "Bob Ray");
    let replaced = restore(&desk.copy, &other.path, LogPolicy::Required)
        .unwrap()
        .replaced
        .unwrap();
    assert_eq!(get(&other.path, "contact/1").as_deref(), Some("Ann Lee"));
    assert_eq!(get(&replaced, "contact/1").as_deref(), Some("Bob Ray"));
}

#[test]
fn copy_of_an_earlier_version_is_put_back_and_encrypted() {
    let desk = Desk::new();
    Connection::open(&desk.copy)
        .unwrap()
        .execute_batch(FIRST_SCHEMA)
        .unwrap();
    restore(&desk.copy, &desk.path, LogPolicy::Required).unwrap();
    assert!(get(&desk.path, SUBJECT).unwrap().contains(APPOINTMENT));
    fs::remove_file(&desk.copy).unwrap();
    assert!(!desk.holds(APPOINTMENT));
}
