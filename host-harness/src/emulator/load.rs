//! That the model stays as fast as it is when it holds much.

use std::time::Instant;

use chrono::TimeDelta;
use serde_json::json;

use super::trial::{MONDAY, Trial};
use super::{Calendar, CalendarKind, OpenHours, Seed};

/// A calendar that is open around the clock, and takes several at a time.
fn busy_location() -> Trial {
    let mut seed = Seed::demo();
    seed.rate_limit.max = 1_000_000;
    seed.rate_limit.daily = 1_000_000;
    seed.calendars.push(Calendar {
        per_slot: 2,
        open_hours: vec![OpenHours {
            days: (0..=6).collect(),
            from: "00:00".parse().unwrap(),
            to: "24:00".parse().unwrap(),
        }],
        ..Calendar::new("busy", "Busy", CalendarKind::Event, &[])
    });
    Trial::of(seed)
}

/// Everything that a booking asks for, the reads after a lost answer included.
fn book(trial: &mut Trial, number: i64) {
    let start =
        chrono::DateTime::from_timestamp_millis(MONDAY + 86_400_000).unwrap() + TimeDelta::minutes(30 * (number / 2));
    let phone = format!("+1512{:07}", number);
    let lead = json!({ "locationId": Seed::DEMO_LOCATION, "firstName": "Lead", "phone": phone });
    let contact = trial.post("/contacts/upsert", lead).body["contact"]["id"].clone();
    let answer = trial.post(
        "/calendars/events/appointments",
        json!({
            "locationId": Seed::DEMO_LOCATION,
            "calendarId": "busy",
            "contactId": contact,
            "startTime": start.to_rfc3339(),
            "description": format!("Lead {number}"),
        }),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (from, to) = (
        start.timestamp_millis() - 43_200_000,
        start.timestamp_millis() + 43_200_000,
    );
    let around = format!("calendarId=busy&startTime={from}&endTime={to}");
    let listed = trial.get(&format!(
        "/calendars/events?locationId={}&{around}",
        Seed::DEMO_LOCATION
    ));
    assert!(
        listed.body["events"]
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["id"] == answer.body["id"])
    );
    let free = trial.get(&format!("/calendars/busy/free-slots?startDate={from}&endDate={to}"));
    assert_eq!(free.status, 200);
    trial.now_ms += 100;
}

#[test]
fn the_last_booking_of_many_takes_no_longer_than_the_first_ones() {
    let mut trial = busy_location();
    let blocks: Vec<_> = (0..8)
        .map(|block| {
            let begin = Instant::now();
            (block * 200..(block + 1) * 200).for_each(|number| book(&mut trial, number));
            begin.elapsed()
        })
        .collect();
    assert_eq!(trial.ghl.appointments().count(), 1_600);
    // Other work on the machine makes some blocks slow; work that grows would make all of the late ones much slower.
    let (early, late) = (blocks[..4].iter().max().unwrap(), blocks[4..].iter().min().unwrap());
    assert!(*late < *early * 3 / 2, "{blocks:?}");
}
