//! What holds for every store, whatever it is made of.

use super::*;
use crate::storage::StateFile;
use std::sync::Arc;
use std::time::Duration;

fn for_every_store(test: impl Fn(&dyn Store)) {
    for_every_store_within(AccountQuota::default(), test);
}

fn for_every_store_within(quota: AccountQuota, test: impl Fn(&dyn Store)) {
    test(&MemoryStore::new().within(quota));
    let directory = tempfile::tempdir().unwrap();
    let file = StateFile::open(&directory.path().join("state.sqlite")).unwrap();
    test(
        &SqliteStore::of_account(Arc::new(file), "account")
            .unwrap()
            .within(quota),
    );
}

fn write(key: &str, value: &str) -> Write {
    Write {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        ttl_ms: None,
        lease: false,
    }
}

fn delete(key: &str) -> Write {
    Write {
        key: key.to_owned(),
        value: None,
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

fn get(store: &dyn Store, key: &str) -> Option<Entry> {
    store.get_many(&[key.to_owned()]).unwrap().entries.remove(0)
}

#[test]
fn entries_come_in_the_order_asked_for() {
    for_every_store(|store| {
        let committed = store.commit(&[], &[write("a", "1"), write("b", "2")]).unwrap();
        let keys = ["b", "missing", "a", "b"].map(str::to_owned);
        let snapshot = store.get_many(&keys).unwrap();
        let values: Vec<_> = snapshot
            .entries
            .iter()
            .map(|entry| entry.as_ref().map(|entry| entry.value.as_str()))
            .collect();
        assert_eq!(values, [Some("2"), None, Some("1"), Some("2")]);
        assert!(
            snapshot
                .entries
                .iter()
                .flatten()
                .all(|entry| entry.version == committed.version)
        );
        assert!(snapshot.now_ms >= committed.now_ms);
    });
}

#[test]
fn a_failed_check_names_its_key_and_writes_nothing() {
    for_every_store(|store| {
        let version = store.commit(&[], &[write("a", "1")]).unwrap().version;
        let checks = [check("a", Some(version)), check("b", Some(1)), check("a", None)];
        let error = store.commit(&checks, &[write("a", "2"), write("c", "3")]).unwrap_err();
        assert!(
            matches!(&error, CommitError::Conflict { key, .. } if key == "b"),
            "{error}"
        );
        assert_eq!(get(store, "a").unwrap().value, "1");
        assert_eq!(get(store, "c"), None);
    });
}

#[test]
fn a_key_that_must_be_absent_can_be_written_once() {
    for_every_store(|store| {
        store
            .commit(&[check("claim", None)], &[write("claim", "mine")])
            .unwrap();
        let error = store
            .commit(&[check("claim", None)], &[write("claim", "theirs")])
            .unwrap_err();
        assert!(matches!(error, CommitError::Conflict { .. }));
        assert_eq!(get(store, "claim").unwrap().value, "mine");
    });
}

#[test]
fn versions_are_never_used_again() {
    for_every_store(|store| {
        let mut last = 0;
        for commit in [write("a", "1"), write("a", "1"), delete("a"), write("a", "1")] {
            let version = store.commit(&[], &[commit]).unwrap().version;
            assert!(version > last);
            last = version;
        }
    });
}

#[test]
fn an_expired_key_is_absent() {
    for_every_store(|store| {
        let living = |ttl_ms| Write {
            ttl_ms: Some(ttl_ms),
            lease: false,
            ..write("claim", "mine")
        };
        store.commit(&[], &[living(3_600_000)]).unwrap();
        assert!(get(store, "claim").is_some());
        let version = store.commit(&[], &[living(20)]).unwrap().version;
        std::thread::sleep(Duration::from_millis(40));
        assert_eq!(get(store, "claim"), None);
        let error = store
            .commit(&[check("claim", Some(version))], &[write("a", "1")])
            .unwrap_err();
        assert!(matches!(error, CommitError::Conflict { .. }));
        store
            .commit(&[check("claim", None)], &[write("claim", "theirs")])
            .unwrap();
        // The new value has no time to live of its own, nor the old one's.
        std::thread::sleep(Duration::from_millis(40));
        assert_eq!(get(store, "claim").unwrap().value, "theirs");
    });
}

#[test]
fn time_to_live_counts_on_the_clock_of_the_store() {
    let clock = Arc::new(ManualClock::new(1_000));
    let store = MemoryStore::with_clock(clock.clone());
    let short = Write {
        ttl_ms: Some(500),
        lease: false,
        ..write("claim", "mine")
    };
    store.commit(&[], &[short]).unwrap();
    clock.advance(Duration::from_millis(499));
    assert!(get(&store, "claim").is_some());
    clock.advance(Duration::from_millis(1));
    assert_eq!(get(&store, "claim"), None);
    assert_eq!(store.now_ms(), 1_500);
}

#[test]
fn values_in_any_script_come_back_unchanged() {
    for_every_store(|store| {
        let value = "Zoë · 東京 · 👩‍👩‍👧 · \u{0} · \"quoted\"";
        store.commit(&[], &[write("ключ", value)]).unwrap();
        assert_eq!(get(store, "ключ").unwrap().value, value);
    });
}

#[test]
fn what_is_too_large_is_refused_by_name() {
    for_every_store(|store| {
        let largest = "x".repeat(MAX_VALUE_BYTES);
        store.commit(&[], &[write("a", &largest)]).unwrap();
        let error = store
            .commit(&[], &[write("b", "1"), write("a", &format!("{largest}x"))])
            .unwrap_err();
        assert!(error.to_string().contains("`a`"), "{error}");
        assert_eq!(get(store, "b"), None);

        let longest = "k".repeat(MAX_KEY_BYTES);
        store.commit(&[], &[write(&longest, "1")]).unwrap();
        let too_long = format!("{longest}k");
        assert!(store.commit(&[], &[write(&too_long, "1")]).is_err());
        assert!(store.get_many(&[too_long]).is_err());
    });
}

#[test]
fn a_key_written_twice_in_one_commit_is_refused() {
    for_every_store(|store| {
        let error = store.commit(&[], &[write("a", "1"), delete("a")]).unwrap_err();
        assert!(error.to_string().contains("twice"), "{error}");
        assert_eq!(get(store, "a"), None);
    });
}

#[test]
fn a_commit_without_writes_only_checks() {
    for_every_store(|store| {
        let version = store.commit(&[], &[write("a", "1")]).unwrap().version;
        store.commit(&[check("a", Some(version))], &[]).unwrap();
        assert!(store.commit(&[check("a", None)], &[]).is_err());
        assert_eq!(get(store, "a").unwrap().version, version);
    });
}

#[test]
fn account_keeps_no_more_than_its_quota_and_what_is_deleted_makes_room() {
    let by_bytes = AccountQuota {
        bytes: 30_000,
        ..AccountQuota::default()
    };
    let by_entries = AccountQuota {
        entries: 3,
        ..AccountQuota::default()
    };
    for (quota, what) in [(by_bytes, "30000 bytes"), (by_entries, "3 entries")] {
        for_every_store_within(quota, |store| {
            let value = "x".repeat(9_000);
            for key in ["a", "b", "c"] {
                store.commit(&[], &[write(key, &value)]).unwrap();
            }
            let error = store.commit(&[], &[write("d", &value)]).unwrap_err().to_string();
            assert!(error.contains("is full") && error.contains(what), "{error}");
            assert_eq!(get(store, "d"), None);
            // It is asked again only after a moment.
            store.commit(&[], &[delete("a")]).unwrap();
            std::thread::sleep(Duration::from_millis(1_100));
            store.commit(&[], &[write("d", &value)]).unwrap();
            // Writing over what is there is not writing more.
            for _ in 0..5 {
                store.commit(&[], &[write("d", &value)]).unwrap();
            }
            assert!(store.commit(&[], &[write("e", &value)]).is_err());
        });
    }
}

#[test]
fn snapshot_and_commit_are_bounded_in_bytes() {
    for_every_store(|store| {
        let value = "x".repeat(MAX_VALUE_BYTES);
        store.commit(&[], &[write("a", &value)]).unwrap();
        let as_often = |count| store.get_many(&vec!["a".to_owned(); count]);
        let most = MAX_SNAPSHOT_BYTES / MAX_VALUE_BYTES;
        assert_eq!(as_often(most).unwrap().entries.len(), most);
        let error = as_often(most + 1).unwrap_err();
        assert!(matches!(error, StoreError::SnapshotTooLarge { .. }), "{error}");

        let writes = |count| {
            (0..count)
                .map(|number| write(&number.to_string(), &value))
                .collect::<Vec<_>>()
        };
        let most = MAX_COMMIT_BYTES / (MAX_VALUE_BYTES + 3);
        store.commit(&[], &writes(most)).unwrap();
        let error = store.commit(&[], &writes(most + 1)).unwrap_err();
        assert!(
            matches!(error, CommitError::Unavailable(StoreError::CommitTooLarge { .. })),
            "{error}"
        );
    });
}

#[test]
fn keys_of_one_call_are_bounded() {
    for_every_store(|store| {
        let keys = |count| vec!["a".to_owned(); count];
        assert!(store.get_many(&keys(MAX_KEYS)).is_ok());
        assert!(store.get_many(&keys(MAX_KEYS + 1)).is_err());
        let checks: Vec<_> = (0..=MAX_KEYS).map(|_| check("a", None)).collect();
        assert!(store.commit(&checks, &[]).is_err());
        let writes: Vec<_> = (0..=MAX_KEYS).map(|number| write(&number.to_string(), "1")).collect();
        assert!(store.commit(&[], &writes).is_err());
    });
}
