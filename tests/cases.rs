//! Walks `tests/cases/`: each folder is a situation, with what goes in and what must come out.
//!
//! | file | what it is |
//! |---|---|
//! | `events.json` | the events, one after the other, each run until it is done |
//! | `configuration.toml` | what differs from `tests/cases/configuration.toml`, key by key |
//! | `seed.json` | what GHL holds at the start, instead of the emulator's demo |
//! | `faults.json` | what goes wrong |
//! | `expected.json` | for each event: the plan's price, the requests that GHL received, how it ended; at last the appointments and the new contacts |
//!
//! `UPDATE_CASES=1 cargo test --workspace cases` writes `expected.json` anew: read the difference before you believe
//! it.

use std::fs;
use std::path::{Path, PathBuf};

use host_harness::emulator::Seed;
use host_harness::engine::ManifestError;
use host_harness::rehearsal::{Case, RehearsalError};
use serde_json::{Value, json};

use crate::sandbox::{MORNING_MS, plugin};

#[test]
fn every_case_ends_as_expected() {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 30, "only {} cases", folders.len());
    let configuration = fs::read_to_string(cases.join("configuration.toml")).unwrap();
    let configuration: Value = toml::from_str(&configuration).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let walks: Vec<_> = folders
        .into_iter()
        .map(|folder| (runtime.spawn(walk(configuration.clone(), folder.clone())), folder))
        .collect();
    let mut wrong = Vec::new();
    for (walk, folder) in walks {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        match runtime.block_on(walk) {
            Ok(found) => wrong.extend(compare(&folder, &found).map(|difference| format!("{name}\n{difference}"))),
            Err(error) => wrong.push(format!("{name}\n{error}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases end otherwise:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

/// What comes of a case.
async fn walk(configuration: Value, folder: PathBuf) -> Value {
    let case = Case::read(&folder, &configuration).unwrap();
    let seed = case.seed.clone().unwrap_or_else(Seed::demo);
    match case.walk(plugin(), seed, Some(MORNING_MS)).await {
        Ok(walk) => json!(walk),
        Err(RehearsalError::Configuration(ManifestError::Invalid(problems))) => json!({ "configuration": problems }),
        Err(error) => panic!("{error}"),
    }
}

/// What differs from `expected.json`.
fn compare(folder: &Path, found: &Value) -> Option<String> {
    let file = folder.join("expected.json");
    let found = format!("{}\n", serde_json::to_string_pretty(found).unwrap());
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(&file, &found).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    (expected != found)
        .then(|| similar_asserts::SimpleDiff::from_str(&expected, &found, "expected", "found").to_string())
}
