//! What several bookings share is made once: their calendar, its group, its reminders.

use host_harness::emulator::{Effect, Fault};
use knockcal::knock::Incoming;
use serde_json::{Value, json};

use super::events::booked;
use super::faults::effects;
use super::judge::left;
use super::turns::Turns;
use super::world::{Ended, Fate, World};

fn configuration() -> Value {
    let mut configuration = super::events::configuration();
    configuration["reps"] = json!([{ "id": "7", "user_id": "Dana00Whitfield00usr" }]);
    configuration["recipes"] = json!({
        "calendar.missing": { "options": { "create": true, "type": "round_robin", "group": "Evening visits" } },
        "calendar.booked": { "options": { "notifications": [{
            "receiverType": "contact", "channel": "sms", "notificationType": "reminder", "body": "See you tomorrow.",
            "beforeTime": [{ "timeOffset": 24, "unit": "hours" }],
        }] } },
    });
    configuration
}

/// A booking into a calendar that is not there.
fn event(number: u32) -> Incoming {
    let mut event = booked();
    let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
    data.as_object_mut().unwrap().remove("calendarId");
    data["calendarName"] = "Gutter Visits".into();
    data["rep"] = "7".into();
    data["lead"] = json!({ "name": format!("Lead {number}"), "email": format!("lead{number}@example.com") });
    data["startTime"] = format!("2030-06-04T1{number}:00:00-05:00").into();
    data["endTime"] = format!("2030-06-04T1{}:00:00-05:00", number + 1).into();
    event.id = Some(format!("booked-{number}"));
    event.subject = Some(format!("booking-{number}"));
    event.data_json = data.to_string();
    event
}

/// What stands in a world where one booking after the other was made.
fn expected(bookings: u32) -> Vec<(String, usize)> {
    let world = World::new(&[]);
    for number in 1..=bookings {
        world.until_done_with(&configuration(), &event(number)).unwrap();
    }
    assert_eq!(world.count("calendar.create"), 1);
    left(&world)
}

#[test]
fn two_bookings_at_once_that_need_the_same_calendar_make_it_once() {
    let expected = expected(2);
    for one in (0..=24).step_by(3) {
        for other in [0, 2, 13] {
            let world = World::new(&[]);
            let turns = Turns::new(&[one, other]);
            let call = |number: u32, me| {
                let fate = Fate {
                    turns: Some((turns.clone(), me)),
                    ..Fate::default()
                };
                world.call_with(&configuration(), &event(number), fate)
            };
            std::thread::scope(|scope| {
                scope.spawn(|| call(1, 0));
                scope.spawn(|| call(2, 1));
            });
            for number in 1..=2 {
                world.until_done_with(&configuration(), &event(number)).unwrap();
            }
            assert_eq!(
                left(&world),
                expected,
                "turns of {one} and {other}: {:#?}",
                world.received()
            );
        }
    }
}

#[test]
fn one_fault_at_any_request_makes_everything_once() {
    let expected = expected(1);
    for effect in effects() {
        for nth in 1..=9 {
            let world = World::new(&[Fault::on("*", effect.clone()).unwrap().nth(nth)]);
            let what = format!("{effect:?} at {nth}");
            world
                .until_done_with(&configuration(), &event(1))
                .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
            assert_eq!(left(&world), expected, "{what}: {:#?}", world.received());
        }
    }
}

#[test]
fn dying_before_any_step_makes_everything_once() {
    let expected = expected(1);
    let mut died = 0;
    for step in 1..=40 {
        for lost in [false, true] {
            let faults: Vec<_> = lost
                .then(|| Fault::on("calendar.create", Effect::ResetAfterCommit).unwrap())
                .into_iter()
                .collect();
            let world = World::new(&faults);
            let fate = Fate {
                dies_before: Some(step),
                ..Fate::default()
            };
            died += usize::from(matches!(
                world.call_with(&configuration(), &event(1), fate).0,
                Ended::Died
            ));
            world.until_done_with(&configuration(), &event(1)).unwrap();
            assert_eq!(
                left(&world),
                expected,
                "died before step {step}, the answer lost: {lost}"
            );
        }
    }
    assert!(died >= 20, "only {died} steps to die before");
}
