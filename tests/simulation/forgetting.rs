//! What is remembered of people, and what is left of it some days after the visit.

use std::time::Duration;

use knockcal::run::Outcome;
use serde_json::{Value, json};

use super::events::{booked, configuration, incoming, moved};
use super::judge::appointments;
use super::ledger::office_writes;
use super::world::{Fate, World};

/// Longer than from before the visit until what tells of people is forgotten.
const LONG_AFTER: Duration = Duration::from_secs(32 * 24 * 3_600);

/// What tells of the lead of [`booked`], in any of the ways in which it may be written.
const OF_PEOPLE: [&str; 9] = [
    "Ann", "ann@", "Lee", "lee", "5550142", "555-0142", "Oak", "78701", "Hail",
];

/// What a store holds that tells of people, with its key.
fn of_people(world: &World) -> Vec<(String, String)> {
    let held = world.held().into_iter();
    held.filter(|(_, value)| OF_PEOPLE.iter().any(|text| value.contains(text)))
        .collect()
}

/// The description of the visit, agreed while it was booked and told only now.
fn described(id: &str, text: &str) -> knockcal::knock::Incoming {
    incoming(id, "knocker.booking_changed", 1, &json!({ "description": text }))
}

#[test]
fn store_forgets_by_itself_who_was_visited() {
    let world = World::new(&[]);
    let first = world.until_done(&booked()).unwrap();
    let before = of_people(&world);
    assert!(
        before.iter().any(|(key, _)| key.starts_with("whole/subject/")),
        "{before:#?}"
    );
    assert!(before.iter().all(|(key, _)| key.starts_with("whole/")), "{before:#?}");

    world.pass(Duration::from_secs(30 * 24 * 3_600));
    assert_eq!(of_people(&world), before, "too early");
    world.pass(LONG_AFTER);
    assert_eq!(of_people(&world), []);

    let sent = world.received().len();
    let again = world.until_done(&booked()).unwrap();
    assert_eq!(again.progress.applied, first.progress.applied);
    assert_eq!(world.received().len(), sent);
}

#[test]
fn configuration_says_when_it_is_forgotten() {
    let world = World::new(&[]);
    let mut configuration = configuration();
    configuration["forget_after_days"] = 90.into();
    world.until_done_with(&configuration, &booked()).unwrap();
    world.pass(LONG_AFTER);
    assert_ne!(of_people(&world), []);
    world.pass(LONG_AFTER + LONG_AFTER);
    assert_eq!(of_people(&world), []);
}

#[test]
fn whole_row_of_another_time_is_not_read() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    let stale = world
        .held()
        .into_iter()
        .filter(|(key, _)| key.starts_with("whole/"))
        .collect::<Vec<_>>();
    world.until_done(&moved()).unwrap();
    // A process of an earlier version writes the row alone.
    world.as_an_earlier_version_wrote_it();
    world.put(stale);
    let sent = world.received().len();
    world.until_done(&moved()).unwrap();
    assert_eq!(world.received().len(), sent, "what came after it was not known");
}

#[test]
fn text_that_is_forgotten_is_not_written_again_when_it_is_the_same() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.pass(LONG_AFTER);
    let mut again = booked();
    again.id = Some("booked-2".to_owned());
    let receipt = world.until_done(&again).unwrap();
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Unchanged, "{receipt:#?}");
    assert_eq!(world.count("appointment.update"), 0, "{:#?}", world.received());
    assert_eq!(world.count("appointment.create"), 1);
    assert_eq!(world.count("contact.create"), 1);
}

#[test]
fn edit_of_the_office_stays_when_the_text_before_it_is_forgotten() {
    let world = World::new(&[]);
    let booking = world.until_done(&booked()).unwrap();
    world.pass(LONG_AFTER);
    let id = booking.progress.applied[1].id.clone().unwrap();
    office_writes(&world, &id, &json!({ "description": "Two dogs", "toNotify": false }));
    let receipt = world.until_done(&described("late", "Hail on the roof")).unwrap();
    assert_eq!(receipt.progress.applied[0].outcome, Outcome::KeptTheirs);
    assert_eq!(appointments(&world)[0].description.as_deref(), Some("Two dogs"));
}

#[test]
fn text_that_nobody_edited_is_no_edit_of_the_office_when_it_is_forgotten() {
    let world = World::new(&[]);
    let booking = world.until_done(&booked()).unwrap();
    world.pass(LONG_AFTER);
    let id = booking.progress.applied[1].id.clone().unwrap();
    office_writes(&world, &id, &json!({ "title": "Roof", "toNotify": false }));
    world.until_done(&described("late", "Hail on the roof")).unwrap();
    let all = appointments(&world);
    assert_eq!(all[0].title, "Roof");
    let description = all[0].description.clone().unwrap_or_default();
    assert!(description.starts_with("Hail on the roof"), "{description}");
}

#[test]
fn row_of_an_earlier_version_is_read_and_forgotten_from_then_on() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.as_an_earlier_version_wrote_it();
    assert_ne!(of_people(&world), []);
    let sent = world.received().len();
    world.until_done(&booked()).unwrap();
    assert_eq!(world.received().len(), sent, "it was known");
    world.until_done(&moved()).unwrap();
    assert_eq!(world.received().len(), sent + 1, "{:#?}", world.received());
    world.pass(LONG_AFTER);
    assert_eq!(of_people(&world), []);
    assert_eq!(appointments(&world).len(), 1);
}

/// The call ends where its request has left, or before.
fn dying(before_step: usize) -> Fate {
    Fate {
        dies_before: Some(before_step),
        ..Fate::default()
    }
}

#[test]
fn request_that_is_open_when_its_texts_are_forgotten_is_found_by_its_reference() {
    let world = World::new(&[]);
    world.call(&booked(), dying(6));
    assert_eq!(world.count("appointment.create"), 1);
    world.pass(LONG_AFTER);
    assert_eq!(of_people(&world), []);
    let receipt = world.until_done(&booked()).unwrap();
    assert_eq!(world.count("appointment.create"), 1);
    let all = appointments(&world);
    assert_eq!(all.len(), 1);
    assert_eq!(receipt.progress.applied[1].id.as_ref(), Some(&all[0].id));
    assert_eq!(receipt.progress.applied[1].outcome, Outcome::Found);
}

#[test]
fn request_whose_texts_are_forgotten_is_made_anew_from_its_event() {
    let world = World::new(&[]);
    world.call(&booked(), dying(5));
    assert_eq!(world.count("appointment.create"), 0);
    world.pass(LONG_AFTER);
    assert_eq!(of_people(&world), []);
    // The visit is over by now.
    let refused = world.until_done(&booked()).unwrap_err();
    assert!(format!("{refused:?}").contains("start-in-the-past"), "{refused:?}");
    let received = world.received();
    let sent = received
        .iter()
        .find(|request| request.operation == Some("appointment.create"));
    let sent = sent.unwrap().body["description"].as_str().unwrap();
    assert!(sent.starts_with("Hail damage on the south side\n\nRef KC-"), "{sent}");
}

#[test]
fn two_people_behind_one_number_are_told_apart_without_their_names() {
    let world = World::new(&[]);
    world.until_done(&booked()).unwrap();
    world.pass(LONG_AFTER);
    let mut other = booked();
    other.id = Some("booked-2".to_owned());
    other.subject = Some("booking-2".to_owned());
    let mut data: Value = serde_json::from_str(&other.data_json).unwrap();
    data["lead"] =
        json!({ "firstName": "Bob", "lastName": "Ray", "phone": "(512) 555-0142", "email": "bob@example.com" });
    data["startTime"] = "2030-07-09T10:00:00".into();
    data["endTime"] = "2030-07-09T11:00:00".into();
    other.data_json = data.to_string();
    let receipt = world.until_done(&other).unwrap();
    let codes: Vec<_> = receipt
        .progress
        .warnings
        .iter()
        .map(|warning| warning.code.as_str())
        .collect();
    assert!(codes.contains(&"identity-conflict"), "{codes:?}");
}
