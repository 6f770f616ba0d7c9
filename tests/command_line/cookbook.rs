//! `docs/payloads.md`: what it shows is in the files beside it, and each of them ends in the booking that it promises.

use super::*;
use std::fs;
use std::path::PathBuf;

/// The payloads in the order of the page, and what is booked of each.
const PAYLOADS: [(&str, &str); 4] = [
    ("form", "Tuesday, June 4, 2030, 10:00 AM in Austin"),
    ("answers", "Tuesday, June 4, 2030, 2:00 PM in Round Rock"),
    ("voice-agent", "Wednesday, June 5, 2030, 10:00 AM in Austin"),
    ("workflow", "Wednesday, June 5, 2030, 2:00–3:00 PM in Austin"),
];

fn files() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/payloads.in")).unwrap()
}

fn file(name: &str) -> String {
    fs::read_to_string(files().join(name)).unwrap()
}

/// The blocks of the page in this language.
fn blocks(language: &str) -> Vec<String> {
    let page = file("../payloads.md");
    let opening = format!("```{language}\n");
    let blocks = page.split(&opening).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_page_shows_the_files_beside_it() {
    let payloads: Vec<_> = PAYLOADS.iter().map(|(name, _)| file(&format!("{name}.json"))).collect();
    assert_eq!(blocks("json"), payloads);
    assert_eq!(blocks("text"), [file("leads.csv")]);
    assert!(blocks("toml").contains(&file("imports.toml")));
}

#[test]
fn the_map_of_the_import_is_the_proposed_one() {
    let output = Command::new(env!("CARGO_BIN_EXE_knock"))
        .args(["map", "leads.csv"])
        .current_dir(files())
        .output()
        .unwrap();
    let proposed = text(&output.stdout);
    let lines: Vec<_> = proposed.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(file("map.toml").lines().collect::<Vec<_>>(), lines);
}

#[test]
fn each_payload_ends_in_the_booking_that_the_page_promises() {
    let desk = Desk::new(&[]);
    let run = |arguments: &[&str]| Desk::output(&mut desk.command(arguments));
    for (count, (name, booked)) in PAYLOADS.into_iter().enumerate() {
        let path = |extension: &str| files().join(format!("{name}.{extension}")).display().to_string();
        let output = run(&["run", "--config", &path("toml"), "--event", &path("json")]);
        let said = text(&output.stdout);
        assert!(output.status.success() && said.contains(booked), "{name}: {said}");
        assert_eq!(desk.appointments(), count + 1, "{name}: {said}");
    }
    let path = |name: &str| files().join(name).display().to_string();
    let (config, leads, map) = (path("imports.toml"), path("leads.csv"), path("map.toml"));
    let import = ["run", "--config", &config, "--events", &leads, "--map", &map];
    let output = run(&import);
    assert!(!output.status.success() && text(&output.stderr).contains("nothing was begun"));
    let output = run(&[&import[..], &["--skip-invalid"]].concat());
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("booked     2"), "{said}");
}
