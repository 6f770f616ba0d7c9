//! `knock torture` in short: real processes, killed and stopped while faults rain. `knock torture --bookings 10000` is
//! the long form.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

#[test]
fn every_lead_is_booked_once_while_processes_are_killed_and_stand_still() {
    let folder = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_knock"))
        .args([
            "torture",
            "--json",
            "--seed",
            "7",
            "--bookings",
            "60",
            "--processes",
            "3",
        ])
        .args(["--kills", "3", "--stops", "2", "--settle", "3s", "--in-order"])
        // A connection whose token was refused rests for longer than this is to take.
        .args(["--without", "invalid_token", "--folder"])
        .arg(folder.path())
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    let (text, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{text}\n{errors}");
    let report: Value = serde_json::from_str(&text).unwrap();
    let leads = &report["leads"];
    assert_eq!((&leads["leads"], &leads["lost"]), (&60.into(), &0.into()), "{text}");
    assert_eq!((&leads["double"], &leads["wrong"]), (&0.into(), &0.into()), "{text}");
    assert_eq!((&report["kills"], &report["stops"]), (&3.into(), &2.into()), "{text}");
    assert!(report["hostile"].as_u64() > Some(0), "{text}");
    assert!(!report["faults"].as_object().unwrap().is_empty(), "{text}");
}

#[test]
fn a_settle_time_that_faults_outlast_proves_nothing() {
    let output = Command::new(env!("CARGO_BIN_EXE_knock"))
        .args(["torture", "--settle", "2s"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("`--settle`"), "{words}");
}
