//! The law over all that people and apps send: no input ends in a visit at another time, at another place or with another
//! person without a warning that names it.
//!
//! Every booking of `tests/cases/` is held against what was meant by it. What is meant by a plain one (RFC 3339 with an
//! offset, or a local time where one zone is configured) is read here, by other libraries than the component's. Whatever
//! else there is has a line in `tests/understood.csv`, written by hand:
//!
//! | column | what it is |
//! |---|---|
//! | `case`, `event` | the folder, and the event in it, counted from 1 |
//! | `start` | when the visit was meant to begin, as the clocks of the place show it |
//! | `zone` | whose clocks these are |
//! | `lead` | who was meant; empty: whom the event names plainly |

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct Line {
    case: String,
    event: usize,
    start: String,
    zone: String,
    lead: String,
}

/// What was meant by a booking.
struct Meant {
    start: DateTime<FixedOffset>,
    lead: Option<String>,
}

#[test]
fn no_case_books_another_time_or_person_than_was_meant_without_a_warning_that_names_it() {
    let mut lines: BTreeMap<(String, usize), Line> =
        csv::Reader::from_reader(include_str!("understood.csv").as_bytes())
            .into_deserialize()
            .map(|line: Result<Line, _>| line.unwrap())
            .map(|line| ((line.case.clone(), line.event), line))
            .collect();
    let common = toml_at(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/configuration.toml"));
    let mut wrong = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut configuration = common.clone();
        let own = toml_at(folder.join("configuration.toml"));
        for (key, value) in own.as_object().into_iter().flatten() {
            configuration[key] = value.clone();
        }
        let events = json_at(&folder.join("events.json"));
        let expected = json_at(&folder.join("expected.json"));
        let ended = expected["events"].as_array().into_iter().flatten();
        for (index, (event, ended)) in events.as_array().into_iter().flatten().zip(ended).enumerate() {
            let line = lines.remove(&(name.clone(), index + 1));
            if !is_booking(event) {
                continue;
            }
            let verdict = judge(event, &ended["outcome"], &configuration, line.as_ref());
            wrong.extend(
                verdict
                    .err()
                    .map(|words| format!("{name}, event {}: {words}", index + 1)),
            );
        }
    }
    wrong.extend(
        lines
            .into_keys()
            .map(|(case, event)| format!("{case}, event {event}: no such event")),
    );
    assert!(wrong.is_empty(), "{} bookings:\n{}", wrong.len(), wrong.join("\n"));
}

fn folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let entries = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn json_at(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn toml_at(path: PathBuf) -> Value {
    toml::from_str(&fs::read_to_string(path).unwrap_or_default()).unwrap()
}

fn is_booking(event: &Value) -> bool {
    let trigger = event["trigger"].as_str().unwrap_or("knocker.lead_booked");
    trigger == "knocker.lead_booked" && event.get("in_ghl").is_none()
}

/// Whether what came of a booking is what was meant, or the difference was named.
fn judge(event: &Value, outcome: &Value, configuration: &Value, line: Option<&Line>) -> Result<(), String> {
    let visit = &outcome["visit"];
    let Some(booked) = visit["start"].as_str() else {
        // Nothing was booked, and a failure says why.
        return match outcome["failure"].is_string() {
            true => Ok(()),
            false => Err("is done, and says nothing of its visit".to_owned()),
        };
    };
    if steps(outcome).any(|step| step["outcome"] == "superseded") {
        // What came later counts, and this booked nothing.
        return Ok(());
    }
    let booked = DateTime::parse_from_rfc3339(booked).map_err(|error| error.to_string())?;
    let meant = meant(event, configuration, line)?;
    if booked != meant.start && !is_named(outcome, &in_words(booked, visit)) {
        return Err(format!(
            "is booked for {booked}, was meant for {}, and no warning says {:?}",
            meant.start,
            in_words(booked, visit)
        ));
    }
    let lead = visit["lead"].as_str();
    match (lead, meant.lead) {
        (Some(lead), Some(meant)) if plain(lead) != plain(&meant) && !is_named(outcome, &[lead.to_owned()]) => Err(
            format!("is booked with `{lead}`, was meant for `{meant}`, and no warning says so"),
        ),
        _ => Ok(()),
    }
}

fn steps(outcome: &Value) -> impl Iterator<Item = &Value> {
    outcome["applied"].as_array().into_iter().flatten()
}

/// What was meant: what the line says, else what is plain.
fn meant(event: &Value, configuration: &Value, line: Option<&Line>) -> Result<Meant, String> {
    let data = event.get("data").unwrap_or(event);
    let named = line.filter(|line| !line.lead.is_empty()).map(|line| line.lead.clone());
    let lead = named.or_else(|| plain_lead(data));
    let start = match line {
        Some(line) => at(&line.start, &line.zone),
        None => plain_start(data, configuration),
    };
    let start = start.ok_or("what it means is not plain: write a line into tests/understood.csv")?;
    Ok(Meant { start, lead })
}

/// The start of an event that can be read without any rule: an instant with an offset that is no UTC, or a local time
/// where nothing but one zone is configured and nothing else tells of a place.
fn plain_start(data: &Value, configuration: &Value) -> Option<DateTime<FixedOffset>> {
    let text = data["startTime"].as_str()?;
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return (time.offset().local_minus_utc() != 0).then_some(time);
    }
    let is_plain = ["time_zones", "source"]
        .iter()
        .all(|key| configuration.get(*key).is_none())
        && configuration["reps"]
            .as_array()
            .is_none_or(|reps| reps.iter().all(|rep| rep.get("time_zone").is_none()))
        && ["endDate", "startDate"].iter().all(|key| data.get(*key).is_none())
        && data["address"]["state"].as_str().is_none_or(|state| state == "TX");
    let zone = data["timeZone"].as_str().or(configuration["time_zone"].as_str())?;
    is_plain.then(|| at(text, zone)).flatten()
}

/// The instant at which the clocks of a zone show a time: nothing where they never do, or twice.
fn at(local: &str, zone: &str) -> Option<DateTime<FixedOffset>> {
    let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local = formats
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(local, format).ok())?;
    let zone: Tz = zone.parse().ok()?;
    let time = zone.from_local_datetime(&local).single()?;
    Some(time.fixed_offset())
}

fn plain_lead(data: &Value) -> Option<String> {
    let lead = &data["lead"];
    let parts = [&lead["firstName"], &lead["lastName"]]
        .into_iter()
        .filter_map(|part| part.as_str());
    let parts = parts.collect::<Vec<_>>().join(" ");
    let name = lead["name"].as_str().unwrap_or(&parts);
    (!name.trim().is_empty()).then(|| name.to_owned())
}

/// A name without differences of case and white space.
fn plain(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The day and the time of day of a start, as warnings say them.
fn in_words(start: DateTime<FixedOffset>, visit: &Value) -> [String; 2] {
    let zone = visit["time_zone"].as_str().and_then(|zone| zone.parse::<Tz>().ok());
    let local = zone.map_or(start, |zone| start.with_timezone(&zone).fixed_offset());
    [
        local.format("%A, %B %-d").to_string(),
        local.format("%-I:%M %p").to_string(),
    ]
}

/// Whether one warning says all of this.
fn is_named(outcome: &Value, words: &[String]) -> bool {
    let warnings = outcome["warnings"].as_array().into_iter().flatten();
    let mut messages = warnings.filter_map(|warning| warning["message"].as_str());
    messages.any(|message| words.iter().all(|words| message.contains(words)))
}
