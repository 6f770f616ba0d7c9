//! A file that is taken away while it is in use.

use super::*;
use crate::inbox::Inbox;

fn write(file: &StateFile) -> Result<(), StorageError> {
    file.write(|connection, _| {
        connection
            .execute("INSERT INTO accounts (name) VALUES ('late')", [])
            .map(|_| ())
    })
}

#[test]
fn file_that_was_deleted_takes_nothing_more_and_is_not_made_anew() {
    let (_directory, path) = directory();
    let file = Arc::new(StateFile::open(&path).unwrap());
    let inbox = Inbox::new(file.clone());
    inbox.probe().unwrap();
    fs::remove_file(&path).unwrap();
    for error in [write(&file).unwrap_err(), inbox.probe().unwrap_err()] {
        assert!(matches!(error, StorageError::Deleted { .. }), "{error}");
        assert!(error.to_string().contains("was deleted while it was in use"), "{error}");
    }
    let error = file.read(|_| Ok(())).unwrap_err();
    assert!(matches!(error, StorageError::Deleted { .. }), "{error}");
    drop((inbox, file));
    assert!(!path.exists());
}

#[test]
fn file_that_was_replaced_takes_nothing_more_and_its_successor_is_left_alone() {
    let (directory, path) = directory();
    let other = directory.path().join("other.sqlite");
    put(&store(&other), "other", "1");
    let file = StateFile::open(&path).unwrap();
    let before = fs::read(&other).unwrap();
    fs::rename(&other, &path).unwrap();
    let error = write(&file).unwrap_err();
    assert!(matches!(error, StorageError::Replaced { .. }), "{error}");
    let error = file.try_write(|_, _| Ok(())).unwrap_err();
    assert!(matches!(error, StorageError::Replaced { .. }), "{error}");
    drop(file);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn log_that_was_deleted_is_noticed_like_its_file() {
    for side in ["-wal", "-shm"] {
        let (_directory, path) = directory();
        let file = StateFile::open(&path).unwrap();
        write(&file).unwrap();
        fs::remove_file(beside(&path, side)).unwrap();
        let error = write(&file).unwrap_err();
        assert!(
            matches!(&error, StorageError::Deleted { file, .. } if file.ends_with(side)),
            "{error}"
        );
    }
}

#[test]
fn machine_that_writes_to_the_same_file_stops_the_writing_here() {
    let (_directory, path) = directory();
    let file = StateFile::open(&path).unwrap();
    write(&file).unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    fs::write(beside(&path, "-host"), "elsewhere\nanother boot\n1\n1\nend\n").unwrap();
    let error = loop {
        match file.write(|_, _| Ok(())) {
            Err(error) => break error,
            Ok(()) => assert!(std::time::Instant::now() < until, "it was not noticed"),
        }
        thread::sleep(std::time::Duration::from_millis(50));
    };
    assert!(
        matches!(&error, StorageError::UsedElsewhere { machine, .. } if machine == "elsewhere"),
        "{error}"
    );
}

#[test]
fn file_that_another_machine_uses_is_not_opened() {
    let (_directory, path) = directory();
    drop(StateFile::open(&path).unwrap());
    let note = beside(&path, "-host");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let other = thread::spawn(move || {
        for count in 0.. {
            fs::write(&note, format!("elsewhere\nanother boot\n1\n{count}\nend\n")).unwrap();
            if stopped.recv_timeout(std::time::Duration::from_millis(50))
                != Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                return;
            }
        }
    });
    thread::sleep(std::time::Duration::from_millis(100));
    let error = StateFile::open(&path).map(|_| ()).unwrap_err();
    assert!(matches!(error, StorageError::UsedElsewhere { .. }), "{error}");
    let copy = path.with_file_name("copy.sqlite");
    fs::copy(&path, &copy).unwrap();
    let error = restore(&copy, &path, LogPolicy::Required).unwrap_err();
    assert!(matches!(error, StorageError::UsedElsewhere { .. }), "{error}");
    drop(stop);
    other.join().unwrap();
}

#[test]
fn file_that_only_others_close_stays_the_same() {
    let (_directory, path) = directory();
    let file = StateFile::open(&path).unwrap();
    for _ in 0..3 {
        drop(StateFile::open(&path).unwrap());
        write(&file).unwrap_or_else(|error| panic!("{error}"));
        file.write(|connection, _| connection.execute("DELETE FROM accounts", []))
            .unwrap();
    }
}
