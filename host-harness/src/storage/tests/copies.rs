//! Copies that were made with the tools of the system, and all that is not a copy.

use super::super::close::leave_wal_mode;
use super::super::restore::put as put_in_place;
use super::super::step::interrupt_after;
use super::*;
use std::collections::BTreeMap;

/// A folder with a state file that is in use, and what was written to it.
struct Desk {
    directory: tempfile::TempDir,
    path: PathBuf,
    used: Option<SqliteStore>,
}

impl Desk {
    fn new() -> Self {
        let (directory, path) = directory();
        let used = store(&path);
        put(&used, "first", "1");
        put(&used, "last", "2");
        Self {
            directory,
            path,
            used: Some(used),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Copies the file, and what of it lies beside it, as an operator does.
    fn copy(&self, sides: &[&str]) -> PathBuf {
        let copy = self.file("copy.sqlite");
        for side in sides.iter().chain(&["-key"]) {
            cp(&beside(&self.path, side), &beside(&copy, side));
        }
        copy
    }

    fn stop(&mut self) {
        self.used = None;
    }
}

fn cp(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

fn required(copy: &Path, path: &Path) -> Result<Restored, StorageError> {
    restore(copy, path, LogPolicy::Required)
}

/// All files of a folder, with their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect()
}

fn value(path: &Path, key: &str) -> Option<String> {
    get(&store(path), key).map(|entry| entry.value)
}

#[test]
fn copy_of_file_in_use_is_read_with_its_log_and_stays_as_it_is() {
    let mut desk = Desk::new();
    let copy = desk.copy(&["", "-wal"]);
    desk.stop();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let before = files(desk.directory.path());
    let restored = required(&copy, &path).unwrap();
    assert_eq!(files(desk.directory.path()), before);
    assert!(restored.log_pages > 0 && !restored.log_is_cut, "{restored:?}");
    assert_eq!((restored.contents.ledger_rows, restored.replaced_contents), (2, None));
    assert_eq!(value(&path, "last").as_deref(), Some("2"));
    let mut names: Vec<_> = files(folder.path()).into_keys().collect();
    names.retain(|name| {
        !["-lock", "-key"]
            .iter()
            .any(|side| name.to_string_lossy().ends_with(side))
    });
    assert_eq!(names, [path], "something staged was left behind");
}

#[test]
fn copy_of_file_in_use_without_its_log_is_refused_unless_its_loss_is_accepted() {
    let mut desk = Desk::new();
    let copy = desk.copy(&[""]);
    desk.stop();
    let error = required(&copy, &desk.path).unwrap_err();
    assert!(matches!(error, StorageError::LogMissing { .. }), "{error}");
    assert!(error.to_string().contains("copy.sqlite-wal"), "{error}");
    assert_eq!(value(&desk.path, "last").as_deref(), Some("2"));
    // All of what it held stood in the log: not even its tables are there.
    assert!(restore(&copy, &desk.path, LogPolicy::Ignored).is_err());
    assert_eq!(value(&desk.path, "last").as_deref(), Some("2"));
    // Where the log was brought in before, only what came since is lost.
    let used = store(&desk.path);
    let checkpoint = Connection::open(&desk.path).unwrap();
    let brought = checkpoint.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    assert_eq!(brought, Ok(0));
    put(&used, "lost", "3");
    desk.copy(&[""]);
    drop((checkpoint, used));
    let restored = restore(&copy, &desk.path, LogPolicy::Ignored).unwrap();
    assert_eq!((restored.contents.ledger_rows, restored.log_pages), (2, 0));
    assert_eq!(restored.replaced_contents.unwrap().ledger_rows, 3);
    assert_eq!(value(&desk.path, "lost"), None);
}

#[test]
fn copy_of_file_that_was_closed_in_order_needs_no_log() {
    let mut desk = Desk::new();
    let other = StateFile::open(&desk.path).unwrap();
    desk.stop();
    let copy = desk.copy(&[""]);
    assert!(
        required(&copy, &desk.file("new")).is_err(),
        "somebody has it open still"
    );
    drop(other);
    desk.copy(&[""]);
    required(&copy, &desk.file("new")).unwrap();
    assert_eq!(value(&desk.file("new"), "last").as_deref(), Some("2"));
    // It is in use again.
    let again = store(&desk.path);
    desk.copy(&[""]);
    let error = required(&copy, &desk.file("new")).unwrap_err();
    assert!(matches!(error, StorageError::LogMissing { .. }), "{error}");
    drop(again);
}

#[test]
fn log_that_is_not_of_the_copy_is_refused() {
    let mut desk = Desk::new();
    // Of another file of the same schema, which is as large.
    let other = Desk::new();
    let copy = desk.copy(&["", "-wal"]);
    let good = fs::read(beside(&copy, "-wal")).unwrap();
    let log = beside(&copy, "-wal");
    let refused = |why: &str| {
        let error = required(&copy, &desk.file("new")).unwrap_err();
        assert!(matches!(error, StorageError::LogUnusable { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(!desk.file("new").exists());
    };
    fs::write(&log, &good[..20]).unwrap();
    refused("cut off within its first 32 bytes");
    fs::write(&log, "not a log, and longer than its header of 32 bytes").unwrap();
    refused("not a log of SQLite");
    let mut larger = good.clone();
    larger[8..12].copy_from_slice(&65_536_u32.to_be_bytes());
    fs::write(&log, larger).unwrap();
    refused("pages have 65536 bytes");
    // A frame of another round than the header's: it was written while it was copied.
    let mut mixed = good.clone();
    mixed[32 + 8] ^= 1;
    fs::write(&log, mixed).unwrap();
    refused("nothing in it can be used");
    desk.stop();
    // Now the file is whole without a log.
    desk.copy(&[""]);
    fs::write(&log, &good).unwrap();
    let error = required(&copy, &desk.path).unwrap_err();
    assert!(
        error.to_string().contains("belongs to another file or another time"),
        "{error}"
    );
    restore(&copy, &desk.path, LogPolicy::Ignored).unwrap();
    assert_eq!(value(&desk.path, "last").as_deref(), Some("2"));
    drop(other);
}

#[test]
fn log_of_another_state_file_is_refused() {
    let (one, other) = (Desk::new(), Desk::new());
    let into_file = Connection::open(&one.path).unwrap();
    let brought = into_file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    assert_eq!(brought, Ok(0));
    put(one.used.as_ref().unwrap(), "of one", "1");
    let copy = one.copy(&[""]);
    cp(&beside(&other.path, "-wal"), &beside(&copy, "-wal"));
    let error = required(&copy, &one.file("new")).unwrap_err();
    assert!(error.to_string().contains("belongs to another state file"), "{error}");
}

#[test]
fn log_that_is_cut_off_is_said_to_be() {
    let desk = Desk::new();
    let copy = desk.copy(&["", "-wal"]);
    let log = beside(&copy, "-wal");
    let whole = fs::read(&log).unwrap();
    put(desk.used.as_ref().unwrap(), "last", "3");
    desk.copy(&["-wal"]);
    let longer = fs::read(&log).unwrap();
    assert!(longer.len() > whole.len());
    for cut in [longer.len() - 1, whole.len() + 30, whole.len() + 4] {
        fs::write(&log, &longer[..cut]).unwrap();
        let restored = required(&copy, &desk.file("new")).unwrap();
        assert!(restored.log_is_cut, "{cut}");
        assert_eq!(value(&desk.file("new"), "last").as_deref(), Some("2"));
    }
    fs::write(&log, &longer).unwrap();
    let restored = required(&copy, &desk.file("new")).unwrap();
    assert!(!restored.log_is_cut);
    assert_eq!(value(&desk.file("new"), "last").as_deref(), Some("3"));
}

#[test]
fn what_an_earlier_round_of_a_log_left_behind_is_not_missed() {
    let desk = Desk::new();
    let used = desk.used.as_ref().unwrap();
    for number in 0..50 {
        put(used, "number", &number.to_string());
    }
    let other = Connection::open(&desk.path).unwrap();
    let brought = other.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get::<_, i64>(0));
    assert_eq!(brought, Ok(0));
    put(used, "number", "new round");
    let copy = desk.copy(&["", "-wal"]);
    let restored = required(&copy, &desk.file("new")).unwrap();
    assert!(!restored.log_is_cut && restored.log_pages > 0, "{restored:?}");
    assert_eq!(value(&desk.file("new"), "number").as_deref(), Some("new round"));
}

#[test]
fn copy_with_the_journal_of_an_unfinished_change_is_taken_back_to_before_it() {
    let mut desk = Desk::new();
    desk.stop();
    let connection = Connection::open(&desk.path).unwrap();
    leave_wal_mode(&connection).unwrap();
    connection.pragma_update(None, "cache_size", 1).unwrap();
    let filler = "x".repeat(3_000);
    connection
        .execute_batch("BEGIN; UPDATE entries SET value = CAST('unfinished' AS BLOB)")
        .unwrap();
    for number in 0..50 {
        let name = format!("{number} {filler}");
        connection
            .execute("INSERT INTO accounts (name) VALUES (?1)", [name])
            .unwrap();
    }
    let copy = desk.copy(&["", "-journal"]);
    connection.execute_batch("ROLLBACK").unwrap();
    drop(connection);
    assert!(fs::metadata(beside(&copy, "-journal")).unwrap().len() > 512);
    let before = fs::read(&copy).unwrap();
    required(&copy, &desk.file("new")).unwrap();
    assert_eq!(value(&desk.file("new"), "last").as_deref(), Some("2"));
    assert_eq!(fs::read(&copy).unwrap(), before);
}

#[test]
fn what_is_not_a_copy_is_refused_with_its_kind() {
    let mut desk = Desk::new();
    let refused = |copy: &Path, why: &str| {
        let error = required(copy, &desk.path).unwrap_err().to_string();
        assert!(
            error.contains(why) && error.contains(&copy.display().to_string()),
            "{error}"
        );
    };
    refused(&desk.file("absent"), "does not exist");
    refused(desk.directory.path(), "is a folder");
    fs::write(desk.file("empty"), "").unwrap();
    refused(&desk.file("empty"), "is empty");
    fs::write(desk.file("text"), "not a database, whatever its name says").unwrap();
    refused(&desk.file("text"), "not a database of SQLite");
    // The file itself, under any of its names.
    refused(&desk.path, "is the state file itself");
    fs::hard_link(&desk.path, desk.file("hard")).unwrap();
    refused(&desk.file("hard"), "is the state file itself");
    // One that others use.
    let other = desk.file("other");
    let used = store(&other);
    refused(&other, "is in use");
    drop(used);
    fs::copy(&other, desk.file("state.sqlite.restoring")).unwrap();
    refused(&desk.file("state.sqlite.restoring"), "a restore uses this name");
    assert!(desk.file("state.sqlite.restoring").exists());
    let newer = Connection::open(&other).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    // Told before anybody is asked to stop.
    desk.stop();
    let error = required(&other, &desk.path).unwrap_err();
    assert!(matches!(error, StorageError::NewerSchema { found: 99, .. }), "{error}");
    assert_eq!(value(&desk.path, "last").as_deref(), Some("2"));
}

#[cfg(unix)]
#[test]
fn links_lead_to_the_copy_and_its_log_and_to_the_file_and_its_lock() {
    use std::os::unix::fs::symlink;
    let mut desk = Desk::new();
    let copy = desk.copy(&["", "-wal"]);
    let link = desk.file("latest");
    symlink(&copy, &link).unwrap();
    required(&link, &desk.file("new")).unwrap();
    assert_eq!(value(&desk.file("new"), "last").as_deref(), Some("2"));
    symlink(desk.file("nowhere"), desk.file("dangling")).unwrap();
    let error = required(&desk.file("dangling"), &desk.file("new")).unwrap_err();
    assert!(error.to_string().contains("a link that leads nowhere"), "{error}");
    symlink(&desk.path, desk.file("linked.sqlite")).unwrap();
    let error = required(&desk.file("linked.sqlite"), &desk.path).unwrap_err();
    assert!(error.to_string().contains("is the state file itself"), "{error}");
    // Whoever uses the file by its link is in the way of a restore by its name, and the link stays one.
    let error = required(&copy, &desk.file("linked.sqlite")).unwrap_err();
    assert!(matches!(error, StorageError::InUse { .. }), "{error}");
    desk.stop();
    let used = store(&desk.file("linked.sqlite"));
    assert!(matches!(required(&copy, &desk.path), Err(StorageError::InUse { .. })));
    drop(used);
    required(&copy, &desk.file("linked.sqlite")).unwrap();
    assert!(fs::symlink_metadata(desk.file("linked.sqlite")).unwrap().is_symlink());
    assert!(desk.file("state.sqlite.before-restore").exists());
}

#[test]
fn restore_that_is_interrupted_at_any_step_leaves_a_whole_file() {
    for steps in 0.. {
        let mut desk = Desk::new();
        let copy = desk.copy(&["", "-wal"]);
        put(desk.used.as_ref().unwrap(), "last", "newer");
        desk.stop();
        interrupt_after(Some(steps));
        let restored = required(&copy, &desk.path);
        interrupt_after(None);
        let connection = Connection::open(&desk.path).unwrap();
        let whole: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(whole, "ok");
        drop(connection);
        let last = value(&desk.path, "last").unwrap();
        if restored.is_ok() {
            assert_eq!(last, "2");
            assert!(steps > 5, "there are more steps than that");
            return;
        }
        assert!(["2", "newer"].contains(&last.as_str()), "{last}");
        // Nothing is in the way of another try.
        required(&copy, &desk.path).unwrap();
        assert_eq!(value(&desk.path, "last").as_deref(), Some("2"));
    }
}

#[test]
fn backup_that_is_interrupted_leaves_no_half_copy() {
    let desk = Desk::new();
    let file = StateFile::open(&desk.path).unwrap();
    let copy = desk.file("copy.sqlite");
    interrupt_after(Some(0));
    file.backup(&copy).unwrap_err();
    interrupt_after(None);
    assert!(!copy.exists());
    file.backup(&copy).unwrap();
    required(&copy, &desk.file("new")).unwrap();
}

#[test]
fn file_that_is_replaced_is_whole_under_its_other_name() {
    let mut desk = Desk::new();
    let copy = desk.copy(&["", "-wal"]);
    put(desk.used.as_ref().unwrap(), "last", "newer");
    // As a process that was killed leaves it.
    let killed = desk.file("killed");
    fs::create_dir(&killed).unwrap();
    let path = killed.join("state.sqlite");
    for side in ["", "-wal", "-key"] {
        cp(&beside(&desk.path, side), &beside(&path, side));
    }
    desk.stop();
    let restored = required(&copy, &path).unwrap();
    assert_eq!(restored.replaced_contents.unwrap().ledger_rows, 2);
    let kept = restored.replaced.unwrap();
    assert!(!beside(&path, "-wal").exists());
    // It can be put back itself, without a log.
    required(&kept, &path).unwrap();
    assert_eq!(value(&path, "last").as_deref(), Some("newer"));
}

#[test]
fn file_that_cannot_be_read_is_kept_with_what_is_beside_it_and_not_mixed_into_the_copy() {
    let mut desk = Desk::new();
    let copy = desk.copy(&["", "-wal"]);
    desk.stop();
    fs::write(&desk.path, "x".repeat(5_000)).unwrap();
    for side in ["-wal", "-journal"] {
        fs::write(beside(&desk.path, side), side).unwrap();
    }
    let restored = required(&copy, &desk.path).unwrap();
    assert_eq!(restored.replaced_contents, None);
    let kept = restored.replaced.unwrap();
    for side in ["-wal", "-journal"] {
        assert_eq!(fs::read_to_string(beside(&kept, side)).unwrap(), side);
        assert!(!beside(&desk.path, side).exists(), "{side}");
    }
    assert_eq!(value(&desk.path, "last").as_deref(), Some("2"));
}

#[test]
fn file_that_is_put_in_the_place_of_another_is_not_read_with_what_is_beside_that_one() {
    let mut desk = Desk::new();
    let next = desk.file("next");
    StateFile::open(&desk.path).unwrap().backup(&next).unwrap();
    put(desk.used.as_ref().unwrap(), "last", "newer");
    desk.copy(&["-wal"]);
    desk.stop();
    fs::rename(desk.file("copy.sqlite-wal"), beside(&desk.path, "-wal")).unwrap();
    put_in_place(&next, &desk.path).unwrap();
    assert_eq!(value(&desk.path, "last").as_deref(), Some("2"));
}
