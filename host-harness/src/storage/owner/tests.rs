use crate::state::{SqliteStore, Store, Write};
use crate::storage::StateFile;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn directory() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    (directory, path)
}

fn store(path: &Path) -> (Arc<StateFile>, SqliteStore) {
    let file = Arc::new(StateFile::open(path).unwrap());
    (file.clone(), SqliteStore::of_account(file, "account").unwrap())
}

fn write(key: &str, lease: bool) -> Write {
    Write {
        key: key.to_owned(),
        value: Some("{}".to_owned()),
        ttl_ms: Some(3_600_000),
        lease,
    }
}

fn is_there(store: &SqliteStore, key: &str) -> bool {
    store.get_many(&[key.to_owned()]).unwrap().entries[0].is_some()
}

fn owner_files(path: &Path) -> usize {
    let names = fs::read_dir(path.parent().unwrap()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("-owner-")).count()
}

#[test]
fn lease_of_a_process_that_is_gone_is_gone_at_once_and_nothing_else_of_it() {
    let (_directory, path) = directory();
    let (dead, of_dead) = store(&path);
    let (_alive, of_alive) = store(&path);
    of_dead
        .commit(&[], &[write("claim", true), write("cache", false)])
        .unwrap();
    of_alive.commit(&[], &[write("other", true)]).unwrap();
    let (_reader, reader) = store(&path);
    assert!(is_there(&reader, "claim"), "its owner lives");

    dead.die();
    assert!(!is_there(&reader, "claim"));
    assert!(is_there(&reader, "cache") && is_there(&reader, "other"));
    // Whoever finds it gone may have it.
    reader.commit(&[], &[write("claim", true)]).unwrap();
    assert!(is_there(&of_alive, "claim"));
}

#[test]
fn owner_that_leaves_takes_its_lock_file_along() {
    let (_directory, path) = directory();
    let (file, of_file) = store(&path);
    of_file.commit(&[], &[write("claim", true)]).unwrap();
    assert_eq!((owner_files(&path), file.processes().unwrap().len()), (1, 1));
    drop((file, of_file));
    assert_eq!(owner_files(&path), 0);
    let (file, of_file) = store(&path);
    assert!(!is_there(&of_file, "claim"));
    assert_eq!(file.processes().unwrap(), []);
}

#[test]
fn lock_file_that_was_removed_proves_nothing() {
    let (_directory, path) = directory();
    let (_file, of_file) = store(&path);
    of_file.commit(&[], &[write("claim", true)]).unwrap();
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().contains("-owner-") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let (_reader, reader) = store(&path);
    assert!(is_there(&reader, "claim"), "its process may live");
}

#[test]
fn owner_that_is_gone_is_released_whoever_of_many_finds_it() {
    let (_directory, path) = directory();
    let (dead, of_dead) = store(&path);
    of_dead.commit(&[], &[write("claim", true)]).unwrap();
    dead.die();
    let others: Vec<_> = (0..4).map(|_| StateFile::open(&path).unwrap()).collect();
    std::thread::scope(|scope| {
        for other in &others {
            scope.spawn(|| other.release_gone().unwrap());
        }
    });
    assert_eq!((owner_files(&path), others[0].processes().unwrap().len()), (0, 0));
    let (_reader, reader) = store(&path);
    assert!(!is_there(&reader, "claim"));
}
