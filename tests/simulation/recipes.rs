//! Recipes of many steps: each step takes effect once. And changes of a booking, in whatever order they arrive.

use host_harness::emulator::{Effect, Fault, Seed, Status};
use knockcal::knock::Incoming;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::events::{booked, incoming};
use super::faults::effects;
use super::judge::{appointments, left};
use super::world::{Ended, Fate, World};

/// Everything that is built in and can be read back, and steps of their own after it.
fn configuration() -> Value {
    let mut configuration = super::events::configuration();
    configuration["tables"] = json!({ "rooms": { "attic": "dry", "cellar": "wet" } });
    configuration["recipes"] = json!({
        "knocker.lead_booked": { "options": {
            "tags": ["door"], "note": true, "task": "Bring a ladder", "pipeline_id": Seed::SALES,
        } },
        "rooms": {
            "trigger": "knocker.lead_booked",
            "steps": [
                {
                    "name": "seen", "action": "contact.get",
                    "with": { "contactId": { "from": "contact.id" } },
                },
                {
                    "name": "room", "action": "contact.create_note", "for_each": "['attic', 'cellar']",
                    "with": {
                        "contactId": { "from": "seen.contact.id" },
                        "body": { "expression": "item ~ ' is ' ~ tables.rooms[item]" },
                    },
                },
                {
                    "name": "look", "action": "contact.create_task", "when": "room.id",
                    "with": {
                        "contactId": { "from": "contact.id" },
                        "title": { "expression": "'See ' ~ room.note.body|split(' ')|first" },
                        "dueDate": { "from": "startTime", "as": "plus_days(2)" },
                    },
                },
            ],
        },
    });
    configuration
}

fn event() -> Incoming {
    let mut event = booked();
    event.data_json = event
        .data_json
        .replace("{\"address\"", "{\"notes\":\"Dog in the yard\",\"address\"");
    assert!(event.data_json.contains("Dog"));
    event
}

/// More steps than the call takes.
const STEPS: usize = 60;

/// More requests than it makes.
const REQUESTS: u32 = 14;

#[test]
fn one_fault_at_any_request_does_every_step_once() {
    let calm = World::new(&[]);
    let applied = calm
        .until_done_with(&configuration(), &event())
        .unwrap()
        .progress
        .applied;
    let names: Vec<_> = applied.iter().map(|step| step.name.as_str()).collect();
    let all = [
        "contact",
        "appointment",
        "tags",
        "note",
        "task",
        "deal",
        "rooms/room/1",
        "rooms/room/2",
        "rooms/look",
    ];
    assert_eq!(names, all);
    let expected = left(&calm);
    for effect in effects() {
        for nth in 1..=REQUESTS {
            let fault = Fault::on("*", effect.clone()).unwrap().nth(nth);
            let world = World::new(&[fault]);
            let what = format!("{effect:?} at {nth}");
            let receipt = world
                .until_done_with(&configuration(), &event())
                .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
            let names: Vec<_> = receipt.progress.applied.iter().map(|step| step.name.as_str()).collect();
            assert_eq!(names, all, "{what}");
            assert_eq!(left(&world), expected, "{what}: {:#?}", world.received());
        }
    }
}

#[test]
fn dying_before_any_step_does_every_step_once() {
    let calm = World::new(&[]);
    calm.until_done_with(&configuration(), &event()).unwrap();
    let expected = left(&calm);
    let mut died = 0;
    for step in 1..=STEPS {
        for lost in [false, true] {
            let faults: Vec<_> = lost
                .then(|| Fault::on("contact.create_note", Effect::ResetAfterCommit).unwrap())
                .into_iter()
                .collect();
            let world = World::new(&faults);
            let fate = Fate {
                dies_before: Some(step),
                ..Fate::default()
            };
            died += usize::from(matches!(
                world.call_with(&configuration(), &event(), fate).0,
                Ended::Died
            ));
            world.until_done_with(&configuration(), &event()).unwrap();
            assert_eq!(left(&world), expected, "died before step {step}, a note lost: {lost}");
        }
    }
    assert!(died >= 30, "only {died} steps to die before");
}

/// A change of some aspects, each with a value of its own.
#[derive(Clone, Debug)]
struct Change {
    minute: u32,
    hour: Option<u32>,
    title: Option<u32>,
    address: Option<u32>,
    showed: Option<bool>,
}

impl Change {
    fn event(&self) -> Incoming {
        let mut data = json!({});
        if let Some(hour) = self.hour {
            data["startTime"] = format!("2030-06-05T{hour:02}:00:00").into();
            data["endTime"] = format!("2030-06-05T{:02}:00:00", hour + 1).into();
        }
        if let Some(title) = self.title {
            data["title"] = format!("title {title}").into();
        }
        if let Some(address) = self.address {
            data["address"] = format!("{address} Oak St").into();
        }
        if let Some(showed) = self.showed {
            data["status"] = if showed { "showed" } else { "noshow" }.into();
        }
        incoming(
            &format!("change-{}", self.minute),
            "knocker.booking_changed",
            self.minute,
            &data,
        )
    }
}

/// Changes at different minutes before the call, in the order in which they arrive.
fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (
        prop::option::of(8u32..17),
        prop::option::of(0u32..4),
        prop::option::of(1u32..4),
        prop::option::of(any::<bool>()),
    );
    prop::collection::vec(change, 1..7)
        .prop_map(|changes| {
            let changes = changes.into_iter().enumerate();
            let changes = changes.map(|(minute, (hour, title, address, showed))| Change {
                minute: u32::try_from(minute).unwrap() + 1,
                hour,
                title,
                address,
                showed,
            });
            let says_something = |change: &Change| {
                change.hour.is_some() || change.title.is_some() || change.address.is_some() || change.showed.is_some()
            };
            changes.filter(says_something).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changes_in_any_order_end_in_the_newest_state(changes in changes(), lost in 0usize..12) {
        let configuration = super::events::configuration();
        let world = World::new(&[]);
        world.until_done(&booked()).unwrap();
        if let Some(effect) = effects().get(lost) {
            world.with(|ghl| ghl.inject(Fault::on("appointment.update", effect.clone()).unwrap().nth(2)));
        }
        for change in &changes {
            world.until_done_with(&configuration, &change.event()).unwrap();
        }
        let mut in_time = changes.clone();
        in_time.sort_by_key(|change| change.minute);
        let newest = |of: fn(&Change) -> Option<u32>| in_time.iter().rev().find_map(of);
        let all = appointments(&world);
        prop_assert_eq!(all.len(), 1);
        let one = &all[0];
        let start = newest(|change| change.hour)
            .map_or("2030-06-04T15:00:00+00:00".to_owned(), |hour| format!("2030-06-05T{:02}:00:00+00:00", hour + 5));
        prop_assert_eq!(one.start.to_rfc3339(), start);
        let title = newest(|change| change.title).map_or("Ann Lee".to_owned(), |title| format!("title {title}"));
        prop_assert_eq!(&one.title, &title);
        let address = newest(|change| change.address)
            .map_or("12 Oak St, Austin, TX 78701".to_owned(), |address| format!("{address} Oak St"));
        prop_assert_eq!(&one.address, &address);
        // What became of a visit at the time before does not hold against a new one.
        let moved = in_time.iter().rev().find(|change| change.hour.is_some()).map_or(0, |change| change.minute);
        let since = in_time.iter().rev().take_while(|change| change.minute >= moved);
        let status = match { since }.find_map(|change| change.showed.map(u32::from)) {
            None => Status::Confirmed,
            Some(0) => Status::Noshow,
            Some(_) => Status::Showed,
        };
        prop_assert_eq!(one.status, status);
    }
}
