use serde_json::{Value, json};

use super::*;
use crate::emulator::trial::{Trial, tuesday};
use crate::emulator::{Effect, Fault, Seed};

const PATH: &str = "/calendars/events/appointments";
const ADDRESS: &str = "7 Elm St";
const TITLE: &str = "O'Neil & Sons";
const TEXT: &str = "Dog's name: Rex\nGate  code 7\n\n<call> ";

/// A visit of Pat's on Tuesday at ten, where GHL shows values so.
fn booked(shows: Value) -> (Trial, String) {
    let mut trial = Trial::of(Seed {
        shows: serde_json::from_value(shows).unwrap(),
        ..Seed::demo()
    });
    let mut body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
    body["title"] = json!(TITLE);
    body["description"] = json!(TEXT);
    body["address"] = json!(ADDRESS);
    let answer = trial.post(PATH, body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.body["id"].as_str().unwrap().to_owned();
    (trial, id)
}

/// That visit as it is read.
fn read(shows: Value) -> Value {
    let (mut trial, id) = booked(shows);
    trial.get(&format!("{PATH}/{id}")).body["appointment"].clone()
}

#[test]
fn each_form_of_texts_is_shown() {
    for (form, text, title) in [
        ("as_sent", TEXT, TITLE),
        ("crlf", "Dog's name: Rex\r\nGate  code 7\r\n\r\n<call> ", TITLE),
        (
            "html",
            "<p>Dog&#39;s name: Rex<br>Gate  code 7</p><p>&lt;call&gt; </p>",
            "O&#39;Neil &amp; Sons",
        ),
        (
            "entities",
            "Dog&#39;s name: Rex\nGate  code 7\n\n&lt;call&gt; ",
            "O&#39;Neil &amp; Sons",
        ),
        (
            "non_breaking",
            "Dog's\u{a0}name: Rex\nGate&nbsp;\u{a0}code 7\n\n<call>\u{a0}",
            TITLE,
        ),
        ("collapsed", "Dog's name: Rex\nGate  code 7\n<call>", TITLE),
    ] {
        let shown = read(json!({ "text": form }));
        assert_eq!(
            (&shown["description"], &shown["title"]),
            (&json!(text), &json!(title)),
            "{form}"
        );
    }
}

#[test]
fn each_form_of_titles_and_addresses_is_shown() {
    for (shows, title, address) in [
        (json!({}), TITLE, Some(ADDRESS)),
        (
            json!({ "title": "suffixed" }),
            "O'Neil & Sons - Lone Star Roofing",
            Some(ADDRESS),
        ),
        (json!({ "address": "with_country" }), TITLE, Some("7 Elm St, USA")),
        (json!({ "address": "left_out" }), TITLE, None),
    ] {
        let shown = read(shows.clone());
        let address = address.map(Value::from);
        assert_eq!(
            (&shown["title"], shown.get("address")),
            (&json!(title), address.as_ref()),
            "{shows}"
        );
    }
}

#[test]
fn each_form_of_times_is_shown_everywhere_but_in_slots_that_could_not_be_booked() {
    for (form, start, added, slot) in [
        (
            "with_offset",
            json!("2026-03-03T10:00:00-06:00"),
            json!("2026-03-02T14:00:00.000Z"),
            "2026-03-03T09:00:00-06:00",
        ),
        (
            "offset_without_colon",
            json!("2026-03-03T10:00:00-0600"),
            json!("2026-03-02T14:00:00+0000"),
            "2026-03-03T09:00:00-0600",
        ),
        (
            "utc",
            json!("2026-03-03T16:00:00.000Z"),
            json!("2026-03-02T14:00:00.000Z"),
            "2026-03-03T15:00:00.000Z",
        ),
        (
            "without_offset",
            json!("2026-03-03T10:00:00"),
            json!("2026-03-02T08:00:00"),
            "2026-03-03T09:00:00-06:00",
        ),
        (
            "epoch_ms",
            json!(1_772_553_600_000_i64),
            json!(1_772_460_000_000_i64),
            "2026-03-03T09:00:00-06:00",
        ),
    ] {
        let (mut trial, id) = booked(json!({ "time": form }));
        let shown = &trial.get(&format!("{PATH}/{id}")).body["appointment"];
        assert_eq!((&shown["startTime"], &shown["dateAdded"]), (&start, &added), "{form}");
        let free = trial.free(Seed::OPEN_HOUSE, "2026-03-03T00:00:00-06:00", 1);
        let first = free["2026-03-03"]["slots"][0].as_str().unwrap();
        assert_eq!(first, slot, "{form}");
        assert_eq!(trial.book(Seed::OPEN_HOUSE, first).status, 200, "{form}");
        let of_pat = trial.get(&format!("/contacts/{}/appointments", Seed::PAT)).body;
        let naive = json!("2026-03-03 10:00:00");
        let local = if form == "with_offset" { &naive } else { &start };
        let starts: Vec<&Value> = of_pat["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| &event["startTime"])
            .collect();
        assert!(starts.contains(&local), "{form}: {starts:?}");
    }
}

#[test]
fn writes_answer_in_the_form_of_reads_and_what_is_stored_stays_as_it_was_sent() {
    let shows =
        json!({ "text": "entities", "title": "suffixed", "address": "with_country", "left_out": ["contactId"] });
    let (mut trial, id) = booked(shows);
    let one = format!("{PATH}/{id}");
    let written = trial.put(&one, json!({ "title": "R & B" })).body;
    assert_eq!(written["title"], "R &amp; B - Lone Star Roofing");
    assert_eq!(written["address"], "7 Elm St, USA");
    assert_eq!(written["contactId"], Seed::PAT, "reads alone leave fields out");
    let stored = trial.ghl.appointments().next().unwrap();
    assert_eq!((stored.title.as_str(), stored.address.as_str()), ("R & B", ADDRESS));
    assert_eq!(stored.description.as_deref(), Some(TEXT));
}

#[test]
fn fields_are_left_out_of_appointments_alone() {
    let (mut trial, id) = booked(json!({ "left_out": ["contactId", "startTime", "locationId"] }));
    let location = Seed::DEMO_LOCATION;
    let query = format!(
        "locationId={location}&calendarId={}&startTime=0&endTime=1900000000000",
        Seed::OPEN_HOUSE
    );
    for (target, shown) in [
        (format!("{PATH}/{id}"), "/appointment"),
        (format!("/calendars/events?{query}"), "/events/0"),
        (format!("/contacts/{}/appointments", Seed::PAT), "/events/0"),
    ] {
        let body = trial.get(&target).body;
        let shown = body.pointer(shown).unwrap();
        assert_eq!(shown["id"], *id, "{target}");
        for name in ["contactId", "startTime", "locationId"] {
            assert_eq!(shown.get(name), None, "{target}");
        }
    }
    let pat = trial.get(&format!("/contacts/{}", Seed::PAT)).body;
    assert_eq!(pat["contact"]["locationId"], location);
}

#[test]
fn notes_names_and_lists_are_shown_in_the_same_form() {
    let mut trial = Trial::of(Seed {
        shows: serde_json::from_value(json!({ "text": "html" })).unwrap(),
        ..Seed::demo()
    });
    let notes = format!("/contacts/{}/notes", Seed::PAT);
    let note = trial.post(&notes, json!({ "body": "a\n\nb" })).body;
    assert_eq!(note["note"]["body"], "<p>a</p><p>b</p>");
    assert_eq!(trial.get(&notes).body["notes"][0]["body"], "<p>a</p><p>b</p>");
    let pat = format!("/contacts/{}", Seed::PAT);
    let contact = trial
        .put(&pat, json!({ "firstName": "D'Arcy", "address1": "1 B & C St" }))
        .body;
    assert_eq!(contact["contact"]["firstName"], "D&#39;Arcy");
    assert_eq!(contact["contact"]["address1"], "1 B &amp; C St");
}

#[test]
fn a_taken_slot_is_refused_in_other_words_and_with_another_status() {
    let shows = json!({ "slot_taken": "This time slot is already booked", "slot_taken_status": 409 });
    let (mut trial, _) = booked(shows);
    let refused = trial.book(Seed::OPEN_HOUSE, tuesday("10:00"));
    assert_eq!(refused.status, 409);
    assert_eq!(refused.body["message"], "This time slot is already booked");
    assert_eq!(refused.body["error"], "Conflict");
    let (mut trial, _) = booked(json!({ "slot_taken": "Slot is not available" }));
    let refused = trial.book(Seed::OPEN_HOUSE, tuesday("10:00"));
    assert_eq!(
        (refused.status, &refused.body["message"]),
        (400, &json!("Slot is not available"))
    );
    let missing = trial.get(&format!("{PATH}/none"));
    assert_eq!(missing.body["error"], "Appointment with id none not found");
}

#[test]
fn a_fault_changes_the_forms_until_the_faults_are_taken_back() {
    let (mut trial, id) = booked(json!({ "address": "with_country" }));
    let one = format!("{PATH}/{id}");
    let shows = serde_json::from_value(json!({ "time": "utc" })).unwrap();
    trial.ghl.inject(Fault::on("*", Effect::Shows(shows)).unwrap().nth(2));
    let mut shown = || {
        let shown = trial.get(&one).body["appointment"].take();
        (shown["address"].clone(), shown["startTime"].clone())
    };
    let by_seed = (json!("7 Elm St, USA"), json!("2026-03-03T10:00:00-06:00"));
    let by_fault = (json!(ADDRESS), json!("2026-03-03T16:00:00.000Z"));
    assert_eq!(
        [shown(), shown(), shown()],
        [by_seed.clone(), by_fault.clone(), by_fault]
    );
    assert_eq!(trial.ghl.seed().shows.address, AddressForm::WithCountry);
    trial.ghl.clear_faults();
    assert_eq!(trial.get(&one).body["appointment"]["address"], by_seed.0);
}
