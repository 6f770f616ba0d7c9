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
//! A second test walks them again where GHL shows values in other forms than they were sent, under each of [`profiles`].
//! What GHL holds at the end, how each event ended and how many requests it took are the same then. A third test refuses
//! one look at a time: GHL holds the same at the end, or an event says that it could not be decided.
//!
//! `UPDATE_CASES=1 cargo test --workspace cases` writes `expected.json` anew: read the difference before you believe
//! it. `CASE=` and a part of a name runs those cases alone.

use std::fs;
use std::path::{Path, PathBuf};

use host_harness::emulator::{Effect, Fault, Seed, Shows};
use host_harness::engine::ManifestError;
use host_harness::rehearsal::{Case, RehearsalError};
use serde_json::{Value, json};

use crate::forms::profiles;
use crate::sandbox::{MORNING_MS, plugin};
use crate::simulation::refusals;

/// Cases that rightly end otherwise under a profile: the case, the profile, and why.
const OTHERWISE: &[(&str, &str, &str)] = &[];

#[test]
fn every_case_ends_as_expected() {
    let wrong = of_each_case(|configuration, folder| async move {
        let found = walk(configuration, &folder, |_, _| ()).await;
        compare(&folder, &found)
    });
    report(&wrong);
}

#[test]
fn every_case_ends_the_same_in_whatever_form_ghl_shows_values() {
    let mut wrong = Vec::new();
    for (name, shows) in profiles() {
        wrong.extend(of_each_case(move |configuration, folder| {
            let shows = shows.clone();
            async move {
                if is_otherwise(&folder, name) || pins_forms(&folder, &configuration) {
                    return None;
                }
                let found = walk(configuration, &folder, |_, seed| seed.shows = shows).await;
                compare_results(&folder, &found).map(|difference| format!("under `{name}`\n{difference}"))
            }
        }));
    }
    report(&wrong);
}

#[test]
fn every_case_leaves_nothing_wrong_where_one_look_is_refused() {
    let wrong = of_each_case(|configuration, folder| async move {
        let expected = expected(&folder);
        let mut wrong = Vec::new();
        for (index, nth) in looks(&expected).into_iter().enumerate() {
            let Some(refusal) = refusals().into_iter().cycle().nth(name_of(&folder).len() + index) else {
                continue;
            };
            let refused = Fault::on("*", refusal.clone()).unwrap().nth(nth);
            let found = walk(configuration.clone(), &folder, |case, _| case.faults.insert(0, refused)).await;
            wrong.extend(harm(&expected, &found).map(|harm| format!("{refusal:?} at request {nth}: {harm}")));
        }
        (!wrong.is_empty()).then(|| wrong.join("\n"))
    });
    report(&wrong);
}

/// The requests of a case that look, counted from one; not those of somebody in GHL.
fn looks(expected: &Value) -> Vec<u32> {
    let mut looks = Vec::new();
    let mut nth = 0;
    for event in expected["events"].as_array().into_iter().flatten() {
        for request in event["requests"].as_array().into_iter().flatten() {
            nth += 1;
            let is_look = request["request"].as_str().unwrap().starts_with("GET ");
            if is_look && event["outcome"]["event_id"] != "in GHL" {
                looks.push(nth);
            }
        }
    }
    looks
}

/// What is wrong after a look was refused: GHL holds something else although every event ended as it did without, or more
/// than it did without.
fn harm(expected: &Value, found: &Value) -> Option<String> {
    let failures = |walk: &Value| {
        let events = walk["events"].as_array().into_iter().flatten();
        events
            .map(|event| {
                let warnings = event["outcome"]["warnings"].as_array().into_iter().flatten();
                let says_so = warnings.filter(|warning| warning["code"] == "cannot-look").count();
                (event["outcome"]["failure"].clone(), says_so)
            })
            .collect::<Vec<_>>()
    };
    let held = |walk: &Value| json!([walk["appointments"], walk["contacts"]]);
    let count = |walk: &Value| walk["appointments"].as_array().map_or(0, Vec::len);
    if count(found) > count(expected) {
        return Some(format!("{:#} instead of {:#}", held(found), held(expected)));
    }
    let same_end = failures(found) == failures(expected);
    (same_end && held(found) != held(expected)).then(|| {
        let [expected, found] = [expected, found].map(|walk| serde_json::to_string_pretty(&held(walk)).unwrap());
        similar_asserts::SimpleDiff::from_str(&expected, &found, "expected", "found").to_string()
    })
}

/// What is wrong with each case, when all are run side by side.
fn of_each_case<F>(run: impl Fn(Value, PathBuf) -> F) -> Vec<String>
where
    F: Future<Output = Option<String>> + Send + 'static,
{
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    if let Ok(wanted) = std::env::var("CASE") {
        folders.retain(|folder| name_of(folder).contains(&wanted));
    } else {
        assert!(folders.len() >= 30, "only {} cases", folders.len());
    }
    let configuration = fs::read_to_string(cases.join("configuration.toml")).unwrap();
    let configuration: Value = toml::from_str(&configuration).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let runs: Vec<_> = folders
        .into_iter()
        .map(|folder| (runtime.spawn(run(configuration.clone(), folder.clone())), folder))
        .collect();
    let mut wrong = Vec::new();
    for (run, folder) in runs {
        match runtime.block_on(run) {
            Ok(found) => wrong.extend(found.map(|difference| format!("{}\n{difference}", name_of(&folder)))),
            Err(error) => wrong.push(format!("{}\n{error}", name_of(&folder))),
        }
    }
    wrong
}

fn report(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} cases end otherwise:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

/// Whether a case rightly ends otherwise under a profile.
fn is_otherwise(folder: &Path, profile: &str) -> bool {
    let name = name_of(folder);
    let mut otherwise = OTHERWISE.iter();
    otherwise.any(|(case, under, _)| *case == name && *under == profile)
}

/// Whether a case says itself in which forms GHL shows values.
fn pins_forms(folder: &Path, configuration: &Value) -> bool {
    let case = Case::read(folder, configuration).unwrap();
    let by_seed = case.seed.is_some_and(|seed| seed.shows != Shows::default());
    by_seed || case.faults.iter().any(|fault| matches!(fault.effect, Effect::Shows(_)))
}

/// What comes of a case, once something about it and its seed is changed.
async fn walk(configuration: Value, folder: &Path, change: impl FnOnce(&mut Case, &mut Seed)) -> Value {
    let mut case = Case::read(folder, &configuration).unwrap();
    let mut seed = case.seed.clone().unwrap_or_else(Seed::demo);
    change(&mut case, &mut seed);
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

/// What differs from `expected.json` in what does not depend on the forms.
fn compare_results(folder: &Path, found: &Value) -> Option<String> {
    let [expected, found] =
        [&expected(folder), found].map(|walk| serde_json::to_string_pretty(&results(walk)).unwrap());
    (expected != found)
        .then(|| similar_asserts::SimpleDiff::from_str(&expected, &found, "expected", "found").to_string())
}

/// What must come of a case.
fn expected(folder: &Path) -> Value {
    let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
    serde_json::from_str(&expected).unwrap()
}

/// What comes of a case without the texts, which may quote what GHL shows.
fn results(walk: &Value) -> Value {
    let Some(events) = walk["events"].as_array() else {
        return walk.clone();
    };
    let events = events.iter().map(|event| {
        let outcome = &event["outcome"];
        json!({
            "applied": outcome["applied"],
            "warnings": codes(&outcome["warnings"]),
            "problems": codes(&outcome["problems"]),
            "failure": outcome["failure"],
            "code": outcome["code"],
            "reason": outcome["reason"],
            "alternatives": outcome["alternatives"],
            "requests": event["requests"].as_array().map(Vec::len),
        })
    });
    json!({
        "events": events.collect::<Vec<_>>(),
        "appointments": walk["appointments"],
        "contacts": walk["contacts"],
    })
}

fn codes(sentences: &Value) -> Vec<&Value> {
    let sentences = sentences.as_array().into_iter().flatten();
    sentences.map(|sentence| &sentence["code"]).collect()
}
