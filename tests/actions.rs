//! Actions that are asked for by themselves, through the real component in the real engine.
//!
//! `tests/requests/` has, for each action, the requests that its example makes on an emulator that was just started,
//! and what is answered. `UPDATE_REQUESTS=1 cargo test --workspace actions` writes them anew: read the difference before
//! you believe it.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use host_harness::contract::{Action, Failure, Invocation, Invoked};
use host_harness::emulator::{Calendar, CalendarKind, Effect, Fault, Seed, SeedAppointment};
use serde_json::{Value, json};

use crate::sandbox::{BUDGET, Sandbox, plugin, visit};

fn configuration(action: &str) -> Value {
    json!({
        "location_id": Seed::DEMO_LOCATION,
        "time_zone": "America/Chicago",
        "actions": [action],
        "knocker": { "base_url": "http://127.0.0.1:1" },
    })
}

async fn sandbox(seed: Seed, faults: &[Fault], action: &str) -> Sandbox {
    Sandbox::new(seed, faults, configuration(action)).await
}

fn invocation(action: &str, input: Value) -> Invocation {
    Invocation {
        action: action.to_owned(),
        input,
        subject: None,
        key: Some("once".to_owned()),
    }
}

async fn invoke(sandbox: &Sandbox, action: &str, input: Value) -> Result<Invoked, Failure> {
    let invocation = invocation(action, input);
    sandbox.connection.invoke(&invocation, BUDGET).await.unwrap()
}

/// Actions that need a booking of their subject.
const CHANGES_OF_A_BOOKING: [&str; 3] = ["lead.reschedule", "lead.cancel", "lead.record_outcome"];

#[tokio::test(flavor = "multi_thread")]
async fn every_example_makes_the_requests_that_are_written_down_and_works() {
    let catalog = plugin().catalog().await.unwrap();
    let mut wrong = Vec::new();
    for action in catalog.actions.iter().filter(|action| action.ready) {
        let sandbox = sandbox(Seed::everything(), &[], &action.key).await;
        if CHANGES_OF_A_BOOKING.contains(&action.key.as_str()) {
            let mut booked = visit();
            booked.data["calendarId"] = Seed::ROOF_INSPECTIONS.into();
            sandbox.until_done(&booked).await.unwrap();
        }
        let invoked = invoke(&sandbox, &action.key, action.example.clone()).await;
        match invoked {
            Ok(invoked) => wrong.extend(compare(action, &requests(&sandbox, &invoked))),
            Err(failure) => wrong.push(format!("{}: {failure:?}", action.key)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn requests(sandbox: &Sandbox, invoked: &Invoked) -> Value {
    let received = sandbox.received();
    let requests = received.iter().map(|received| {
        json!({
            "request": format!("{} {}", received.method, received.target),
            "body": received.body,
            "status": received.status.map(|status| status.as_u16()),
        })
    });
    let mut requests: Vec<_> = requests.collect();
    // Those that are sent side by side arrive in any order.
    requests.sort_by_key(|request| request["request"].to_string());
    let mut output = invoked.output.clone().unwrap_or_default();
    if let Some(output) = output.as_object_mut() {
        output.remove("traceId");
    }
    json!({ "requests": requests, "output": output })
}

fn compare(action: &Action, found: &Value) -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/requests");
    let file = folder.join(format!("{}.json", action.key));
    let found = format!("{}\n", serde_json::to_string_pretty(found).unwrap());
    if std::env::var_os("UPDATE_REQUESTS").is_some() {
        fs::create_dir_all(folder).unwrap();
        fs::write(&file, &found).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    let difference = || similar_asserts::SimpleDiff::from_str(&expected, &found, "expected", "found").to_string();
    (expected != found).then(|| format!("{}\n{}", action.key, difference()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_allowed_is_refused_before_anything_is_sent() {
    let sandbox = sandbox(Seed::everything(), &[], "calendar.list").await;
    let Err(Failure::PermanentInvalid(invalid)) = invoke(&sandbox, "contact.get", json!({ "contactId": "x" })).await
    else {
        panic!("it is not among the actions");
    };
    assert_eq!(invalid.problems[0].pointer, "/actions");
    assert!(sandbox.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_does_not_fit_is_refused_with_every_place() {
    let sandbox = sandbox(Seed::everything(), &[], "schedule.create").await;
    let input = json!({
        "name": "", "userId": "u", "timezone": "UTC", "colour": "red", "locationId": "elsewhere",
        "rules": [{ "type": "wday", "day": "someday", "intervals": [{ "from": "9:00" }] }],
    });
    let Err(Failure::PermanentInvalid(invalid)) = invoke(&sandbox, "schedule.create", input).await else {
        panic!("nothing of it fits");
    };
    let mut places: Vec<_> = invalid
        .problems
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/colour",
            "/locationId",
            "/name",
            "/rules/0/day",
            "/rules/0/intervals/0/from",
            "/rules/0/intervals/0/to",
            "/timezone"
        ]
    );
    assert!(sandbox.received().is_empty());
}

/// A location with so many calendars, each with a visit of its own on Tuesday.
fn town(calendars: usize, group: Option<&str>) -> Seed {
    let mut seed = Seed::demo();
    seed.rate_limit.max = 1_000;
    seed.calendars = (0..calendars)
        .map(|number| Calendar {
            group_id: group.map(str::to_owned),
            ..Calendar::new(
                &format!("c{number}"),
                &format!("Crew {number}"),
                CalendarKind::Event,
                &[],
            )
        })
        .collect();
    seed.appointments = (0..calendars)
        .map(|number| {
            let appointment = json!({
                "id": format!("a{number}"), "calendar_id": format!("c{number}"), "contact_id": Seed::PAT,
                "start": format!("2030-06-04T{:02}:00:00-05:00", 9 + number % 8), "assigned_user_id": Seed::DANA,
            });
            serde_json::from_value::<SeedAppointment>(appointment).unwrap()
        })
        .collect();
    seed
}

fn week() -> Value {
    json!({ "startTime": "2030-06-03T00:00:00-05:00", "endTime": "2030-06-10T00:00:00-05:00" })
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_calendars_are_read_side_by_side() {
    let slow = |on: &str| Fault::on(on, Effect::Latency { ms: 400 }).unwrap().times(100);
    let faults = [slow("event.list"), slow("blocked_slot.list")];
    let sandbox = sandbox(town(20, None), &faults, "team.agenda").await;
    let started = Instant::now();
    let invoked = invoke(&sandbox, "team.agenda", week()).await.unwrap();
    // One after the other they would take forty times the latency.
    let alone = Duration::from_millis(400 * 40);
    assert!(started.elapsed() < alone / 4, "{:?}", started.elapsed());
    assert_eq!(invoked.receipt.requests, 42);
    let output = invoked.output.unwrap();
    let entries = output["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 20);
    let starts: Vec<_> = entries
        .iter()
        .map(|entry| entry["startTime"].as_str().unwrap())
        .collect();
    assert!(starts.is_sorted());
    // Dana cannot be at two of them at once.
    assert!(entries.iter().all(|entry| entry["conflictsWith"].as_array().is_some()));
    assert_eq!(entries[0]["users"], json!(["Dana Whitfield"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_read_with_one_request_for_each_kind_of_entry() {
    let sandbox = sandbox(town(20, Some("north")), &[], "team.agenda").await;
    let invoked = invoke(&sandbox, "team.agenda", week()).await.unwrap();
    assert_eq!(invoked.receipt.requests, 4);
    assert_eq!(invoked.output.unwrap()["entries"].as_array().unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_named_and_the_rest_is_there() {
    let refusal = json!({ "statusCode": 401, "message": "The token is not authorized for this scope." });
    let reply = json!({ "on": "event.list", "nth": 3, "do": { "status": { "code": 401, "body": refusal } } });
    let names = json!({ "on": "user.list", "do": { "status": { "code": 401, "body": refusal } } });
    let faults = [reply, names].map(|fault| serde_json::from_value(fault).unwrap());
    let sandbox = sandbox(town(5, None), &faults, "team.agenda").await;
    let mut input = week();
    input["calendarIds"] = json!(["c0", "c1", "c2", "c3", "c4", "gone"]);
    input["timezone"] = json!("Asia/Kolkata");
    let output = invoke(&sandbox, "team.agenda", input).await.unwrap().output.unwrap();
    let mut of: Vec<_> = output["incomplete"]
        .as_array()
        .unwrap()
        .iter()
        .map(|missing| &missing["of"])
        .collect();
    of.sort_by_key(|of| of.to_string());
    assert_eq!(of.len(), 3);
    assert_eq!((of[1], of[2]), (&json!("calendar `gone`"), &json!("names of users")));
    assert_eq!(output["entries"].as_array().unwrap().len(), 4);
    assert!(output["entries"][0]["startTime"].as_str().unwrap().ends_with("+05:30"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_slot_is_found_however_many_windows_ahead_it_is() {
    let mut seed = Seed::demo();
    // Open on one day of the year alone.
    let special = json!([{ "date": "2030-09-20", "hours": [
        { "openHour": 9, "openMinute": 0, "closeHour": 11, "closeMinute": 0 }
    ] }]);
    let calendar = json!({
        "id": "rare", "name": "Rare", "type": "event", "open_hours": [],
        "properties": { "availabilityType": 1, "availabilities": special },
    });
    seed.calendars.push(serde_json::from_value(calendar).unwrap());
    let sandbox = sandbox(seed, &[], "slot.find_next").await;
    let mut input = json!({ "calendarId": "rare", "from": "2030-06-03T00:00:00-05:00", "days": 150, "count": 2 });
    let found = invoke(&sandbox, "slot.find_next", input.clone()).await.unwrap();
    let slots = &found.output.unwrap()["slots"];
    assert_eq!(
        *slots,
        json!(["2030-09-20T09:00:00-05:00", "2030-09-20T09:30:00-05:00"])
    );
    assert_eq!(found.receipt.requests, 4);
    // The whole opening is free, and not a minute more.
    for (minutes, expected) in [(120, json!(["2030-09-20T09:00:00-05:00"])), (121, json!([]))] {
        input["duration"] = json!(minutes);
        let found = invoke(&sandbox, "slot.find_next", input.clone()).await.unwrap();
        assert_eq!(found.output.unwrap()["slots"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_free_slots_of_a_day_come_with_the_nearest_to_a_time_first() {
    let sandbox = sandbox(Seed::demo(), &[], "slot.find_next").await;
    let find = async |input: Value| {
        let found = invoke(&sandbox, "slot.find_next", input).await;
        found.map(|invoked| invoked.output.unwrap()["slots"].clone())
    };
    let roof = Seed::ROOF_INSPECTIONS;
    let nearest = json!({ "calendarId": roof, "date": "2030-06-04", "time": "14:20", "count": 2 });
    assert_eq!(
        find(nearest).await.unwrap(),
        json!(["2030-06-04T14:00:00-05:00", "2030-06-04T15:00:00-05:00"])
    );
    let last = json!({ "calendarId": roof, "date": "2030-06-04", "time": "17:30", "duration": 120 });
    assert_eq!(
        find(last).await.unwrap(),
        json!(["2030-06-04T16:00:00-05:00"]),
        "two slots until the end"
    );
    let all = find(json!({ "calendarId": roof, "date": "2030-06-04", "count": 50 }))
        .await
        .unwrap();
    let of_that_day = |slot: &Value| slot.as_str().unwrap().starts_with("2030-06-04T");
    assert!(all.as_array().unwrap().iter().all(of_that_day), "{all}");
    let alone = find(json!({ "calendarId": roof, "time": "14:20" })).await.unwrap_err();
    assert!(format!("{alone:?}").contains("write `date`, too"), "{alone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_ledger_is_rebuilt_from_the_references_in_ghl() {
    let sandbox = sandbox(Seed::demo(), &[], "sync.reconcile").await;
    let mut event = visit();
    event.data["calendarId"] = json!(Seed::ROOF_INSPECTIONS);
    let empty = sandbox.store.copy();
    let booked = sandbox.until_done(&event).await.unwrap();
    let id = booked
        .applied
        .iter()
        .find(|step| step.name == "appointment")
        .unwrap()
        .id
        .clone();
    let mut input = week();
    input["subjects"] = json!(["pin-1", "pin-2"]);
    let state = |invoked: Invoked| {
        let bookings = invoked.output.unwrap()["bookings"].as_array().unwrap().clone();
        bookings
            .iter()
            .map(|booking| booking["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let same = invoke(&sandbox, "sync.reconcile", input.clone()).await.unwrap();
    assert_eq!(state(same), ["same", "missing"]);

    sandbox.store.put_back(empty);
    let adopted = invoke(&sandbox, "sync.reconcile", input.clone()).await.unwrap();
    assert_eq!(state(adopted), ["adopted", "missing"]);
    // The ledger knows it again: the same event books nothing.
    let before = sandbox.server.with(|ghl| ghl.appointments().count());
    let again = sandbox.until_done(&event).await.unwrap();
    assert_eq!(sandbox.server.with(|ghl| ghl.appointments().count()), before);
    let step = again.applied.iter().find(|step| step.name == "appointment").unwrap();
    assert_eq!(step.id, id);
}

/// A connection that may do everything, and an emulator with something of everything.
async fn everything() -> Sandbox {
    let catalog = plugin().catalog().await.unwrap();
    let keys: Vec<_> = catalog.actions.iter().map(|action| action.key.clone()).collect();
    let mut seed = Seed::everything();
    seed.rate_limit.max = 1_000;
    let mut configuration = configuration("calendar.list");
    configuration["actions"] = json!(keys);
    Sandbox::new(seed, &[], configuration).await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_examples_work_one_after_the_other() {
    let sandbox = everything().await;
    for action in plugin()
        .catalog()
        .await
        .unwrap()
        .actions
        .iter()
        .filter(|action| action.ready)
    {
        let invocation = Invocation {
            key: Some(action.key.clone()),
            ..invocation(&action.key, action.example.clone())
        };
        let ended = sandbox.connection.invoke(&invocation, BUDGET).await.unwrap();
        assert!(ended.is_ok(), "{}: {ended:?}", action.key);
    }
}

/// What is made can be read, changed and deleted: `ID` stands for what was made.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_can_be_read_changed_and_deleted() {
    let roads: Vec<Vec<(String, Value)>> = serde_json::from_str(include_str!("roads.json")).unwrap();
    for road in roads {
        let sandbox = everything().await;
        let mut id = String::new();
        for (place, (action, input)) in road.iter().enumerate() {
            let input = serde_json::from_str(&input.to_string().replace("ID", &id)).unwrap();
            let invocation = Invocation {
                key: Some(place.to_string()),
                ..invocation(action, input)
            };
            let ended = sandbox.connection.invoke(&invocation, BUDGET).await.unwrap();
            let invoked = ended.unwrap_or_else(|failure| panic!("{action}: {failure:?}"));
            match place {
                0 => id = invoked.receipt.applied[0].id.clone().unwrap(),
                _ if action.ends_with(".list") || action.ends_with(".get") || action.ends_with(".search") => {
                    let output = invoked.output.unwrap().to_string();
                    assert!(output.contains(&id), "{action} does not show `{id}`: {output}");
                    let shows_change = output.contains("Changed");
                    assert!(shows_change || action == "calendar.list", "{action}: {output}");
                }
                _ => {}
            }
        }
    }
}
