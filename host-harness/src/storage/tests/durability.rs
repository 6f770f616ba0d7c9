//! What makes a write and a name survive the machine.

use super::super::durable::seen;
use super::super::open::connect;
use super::*;

/// `synchronous`, `fullfsync` and `checkpoint_fullfsync` of a connection.
fn durability(connection: &Connection) -> [i64; 3] {
    ["synchronous", "fullfsync", "checkpoint_fullfsync"]
        .map(|pragma| connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap())
}

const FULL: [i64; 3] = [2, 1, 1];

#[test]
fn every_connection_waits_until_the_disk_has_what_it_commits() {
    let (_directory, path) = directory();
    let file = StateFile::open(&path).unwrap();
    assert_eq!(file.write(|connection, _| Ok(durability(connection))).unwrap(), FULL);
    assert_eq!(file.read(|transaction| Ok(durability(transaction))).unwrap().0, FULL);
    // What backups and restores write through.
    assert_eq!(durability(&connect(&path).unwrap()), FULL);
    assert_eq!(durability(&super::super::open::open(&path).unwrap()), FULL);
}

#[test]
fn names_that_are_given_are_durable() {
    let (directory, path) = directory();
    let made = directory.path().join("a");
    seen::take();
    let deep = made.join("b").join("state.sqlite");
    drop(StateFile::open(&deep).unwrap());
    assert_eq!(seen::take(), [directory.path().to_owned(), made]);

    put(&store(&path), "kept", "1");
    let copy = directory.path().join("copies").join("copy.sqlite");
    seen::take();
    StateFile::open(&path).unwrap().backup(&copy).unwrap();
    let copies = copy.parent().unwrap().to_owned();
    assert_eq!(seen::take(), [directory.path().to_owned(), copies]);
    restore(&copy, &path, LogPolicy::Required).unwrap();
    // Once for the name under which the file is kept, once for the one that is put in its place.
    assert_eq!(seen::take(), vec![directory.path().to_owned(); 2]);
}
