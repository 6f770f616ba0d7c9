//! Requests that are refused, by GHL or by something in front of it: what could not be seen does not count as absent.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use host_harness::emulator::{BareReply, BodyReply, DocumentKind, Effect, Fault, Seed};
use http::StatusCode;
use knockcal::knock::Incoming;
use knockcal::run::{Cause, Failure, Invocation};
use serde_json::{Value, json};

use super::events::{booked, cancelled, configuration, incoming, moved};
use super::interleavings::booked_by_another;
use super::judge::appointments;
use super::ledger::office_writes;
use super::world::World;

/// The most requests at which one is refused.
const REQUESTS: u32 = 8;

/// More requests than any event here makes.
const LASTING: u32 = 1_000;

/// Every way in which a request is refused.
pub(crate) fn refusals() -> Vec<Effect> {
    let bare = |code| BareReply::from(StatusCode::from_u16(code).unwrap());
    let body = |json| {
        Effect::Body(BodyReply {
            code: StatusCode::OK,
            json,
            committed: false,
        })
    };
    vec![
        Effect::Page(bare(400)),
        Effect::Page(bare(403)),
        Effect::Page(bare(404)),
        Effect::Empty(bare(404)),
        Effect::Empty(bare(409)),
        Effect::Empty(bare(423)),
        body(json!({ "statusCode": 500, "message": "Internal server error" })),
        body(json!([])),
        body(Value::Null),
        Effect::ScopeMissing,
    ]
}

/// Something that happens under refusals.
struct Scene {
    seed: Seed,
    configuration: Value,
    /// What happened before.
    before: Vec<Incoming>,
    /// What the office does then.
    edit: Option<Value>,
    /// A fault beside the refusal.
    fault: Option<Fault>,
    /// What happens under the refusal.
    event: Incoming,
}

impl Scene {
    fn of(event: Incoming) -> Self {
        let mut seed = Seed::demo();
        // A second copy would find room.
        seed.calendars[0].per_slot = 4;
        Self {
            seed,
            configuration: configuration(),
            before: Vec::new(),
            edit: None,
            fault: None,
            event,
        }
    }

    /// The world in which it happens, with one refusal.
    fn world(&self, refusal: &Effect, nth: u32, times: u32) -> World {
        let world = World::of(self.seed.clone(), &[]);
        let mut receipts = Vec::new();
        for event in &self.before {
            receipts.push(world.until_done_with(&self.configuration, event).unwrap());
        }
        if let Some(edit) = &self.edit {
            let id = receipts[0].progress.applied[1].id.clone().unwrap();
            office_writes(&world, &id, edit);
        }
        let refused = Fault::on("*", refusal.clone()).unwrap().nth(nth).times(times);
        world.with(|ghl| {
            self.fault.iter().cloned().for_each(|fault| ghl.inject(fault));
            ghl.inject(refused);
        });
        world
    }

    /// Lets it happen under each refusal, once and lasting. `law` says what must hold however it ended; once the refusal
    /// is over, the same event is carried out, and `law` holds as well.
    fn under_each_refusal(&self, law: impl Fn(&World, bool, &str)) {
        let mut wrong = Vec::new();
        for refusal in refusals() {
            for nth in 1..=REQUESTS {
                for times in [1, LASTING] {
                    let what = format!("{refusal:?} at {nth}, {times} times");
                    let tried = catch_unwind(AssertUnwindSafe(|| {
                        self.under(&refusal, nth, times, &law, &what);
                    }));
                    wrong.extend(tried.err().map(|payload| first_line(payload.as_ref(), &what)));
                }
            }
        }
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    fn under(&self, refusal: &Effect, nth: u32, times: u32, law: &impl Fn(&World, bool, &str), what: &str) {
        let world = self.world(refusal, nth, times);
        let ended = world.for_a_while(&self.configuration, &self.event);
        law(&world, ended.is_ok(), what);
        match &ended {
            Ok(_) => {}
            Err(failure) => {
                let scope = *refusal == Effect::ScopeMissing;
                assert!(times > 1 || scope, "{what}: one refusal is tried again: {failure:?}");
                assert!(names_it(failure), "{what}: {failure:?}");
            }
        }
        world.with(|ghl| ghl.clear_faults());
        let ended = world.for_a_while(&self.configuration, &self.event);
        law(&world, ended.is_ok(), &format!("{what}, and again without"));
    }
}

/// What is wrong, in short.
fn first_line(payload: &(dyn Any + Send), what: &str) -> String {
    let message = payload.downcast_ref::<String>().map_or(what, String::as_str);
    message.lines().next().unwrap_or(what).chars().take(400).collect()
}

/// Whether a failure says something for people.
fn names_it(failure: &Failure) -> bool {
    match failure {
        Failure::Stopped { cause, .. } => match cause {
            Cause::Refused { message, .. } | Cause::Undecided { message, .. } | Cause::Deferred { message, .. } => {
                message.len() > 20
            }
            Cause::Expired { .. } => true,
        },
        Failure::Invalid { .. } => false,
    }
}

fn lost(operation: &str) -> Option<Fault> {
    Some(Fault::on(operation, Effect::ResetAfterCommit).unwrap())
}

/// There is one visit, or none if it was not done.
fn one_visit(world: &World, is_done: bool, what: &str) {
    let all = appointments(world);
    assert!(all.len() <= 1, "{what}: {all:#?}\n{:#?}", world.received());
    assert!(all.len() == 1 || !is_done, "{what}: done, and there is no visit");
}

#[test]
fn a_booking_whose_answer_was_lost_is_never_booked_twice() {
    let scene = Scene {
        fault: lost("appointment.create"),
        ..Scene::of(booked())
    };
    scene.under_each_refusal(one_visit);
}

#[test]
fn a_booking_is_never_booked_twice() {
    Scene::of(booked()).under_each_refusal(one_visit);
}

#[test]
fn a_household_never_gets_two_visits() {
    let mut spouse = booked_by_another();
    spouse.data_json = spouse.data_json.replace("555-0142", "555-0199").replace("ann@", "bob@");
    let scene = Scene {
        before: vec![booked()],
        ..Scene::of(spouse)
    };
    scene.under_each_refusal(|world, _, what| one_visit(world, true, what));
}

#[test]
fn a_late_change_never_overwrites_an_edit_of_the_office() {
    let mut configuration = configuration();
    configuration["late_seconds"] = 60.into();
    for fault in [None, lost("appointment.update")] {
        for event in [moved(), cancelled()] {
            let scene = Scene {
                configuration: configuration.clone(),
                before: vec![booked()],
                edit: Some(json!({ "startTime": "2030-06-05T14:00:00-05:00", "endTime": "2030-06-05T15:00:00-05:00" })),
                fault: fault.clone(),
                ..Scene::of(event)
            };
            scene.under_each_refusal(|world, _, what| {
                let all = appointments(world);
                assert_eq!(all.len(), 1, "{what}");
                assert_eq!(all[0].start.to_rfc3339(), "2030-06-05T19:00:00+00:00", "{what}");
                assert_eq!(all[0].status, host_harness::emulator::Status::Confirmed, "{what}");
            });
        }
    }
}

#[test]
fn a_change_whose_answer_was_lost_is_told_once() {
    for event in [moved(), cancelled()] {
        let scene = Scene {
            before: vec![booked()],
            fault: lost("appointment.update"),
            ..Scene::of(event)
        };
        scene.under_each_refusal(|world, _, what| {
            let all = appointments(world);
            assert_eq!(all.len(), 1, "{what}");
            assert_eq!(all[0].notices.len(), 2, "{what}: {:?}", all[0].notices);
        });
    }
}

#[test]
fn a_team_that_a_rep_joins_is_never_lost() {
    let mut configuration = configuration();
    configuration["reps"] = json!([{ "id": "9", "user_id": Seed::RILEY }]);
    configuration["recipes"] = json!({ "calendar.rep_missing": { "options": { "join": true } } });
    configuration.as_object_mut().unwrap().remove("calendar_id");
    let mut event = booked();
    let mut data: Value = serde_json::from_str(&event.data_json).unwrap();
    data["calendarName"] = "Roof Inspections".into();
    data["rep"] = "9".into();
    event.data_json = data.to_string();
    for fault in [None, lost("calendar.update")] {
        let scene = Scene {
            configuration: configuration.clone(),
            fault,
            ..Scene::of(event.clone())
        };
        scene.under_each_refusal(|world, is_done, what| {
            one_visit(world, is_done, what);
            let team = world.with(|ghl| ghl.seed().calendars[0].team.clone());
            for member in [Seed::DANA, Seed::MARCUS] {
                assert!(team.iter().any(|id| id == member), "{what}: {team:?}");
            }
        });
    }
}

/// What a rep has on Tuesday, at these hours.
fn busy(number: u32, hours: &[u32]) -> Incoming {
    let busy: Vec<Value> = hours
        .iter()
        .map(|hour| {
            json!({
                "startTime": format!("2030-06-04T{hour:02}:00:00"),
                "endTime": format!("2030-06-04T{:02}:00:00", hour + 1),
            })
        })
        .collect();
    let mut event = incoming(
        &format!("busy-{number}"),
        "knocker.availability_updated",
        number,
        &json!({ "rep": "7", "busy": busy }),
    );
    event.subject = Some("rep-7".to_owned());
    event
}

fn with_rep() -> Value {
    let mut configuration = configuration();
    configuration["reps"] = json!([{ "id": "7", "user_id": Seed::DANA }]);
    configuration
}

/// When blocked time begins.
fn blocks(world: &World) -> Vec<String> {
    let start = |block: &Value| block["startTime"].as_str().unwrap().to_owned();
    world.with(|ghl| {
        let blocks = ghl.documents(DocumentKind::BlockSlot);
        let mut starts: Vec<String> = blocks.map(|block| start(&json!(block))).collect();
        starts.sort();
        starts
    })
}

#[test]
fn blocked_time_is_never_made_twice_and_always_freed() {
    let hours = |hours: &[u32]| -> Vec<String> {
        let hours = hours.iter();
        hours.map(|hour| format!("2030-06-04T{hour:02}:00:00-05:00")).collect()
    };
    for (before, then, fault) in [
        (vec![], vec![9, 12], lost("blocked_slot.create")),
        (vec![9, 12], vec![12, 15], None),
        (vec![9], vec![], lost("event.delete")),
    ] {
        let scene = Scene {
            configuration: with_rep(),
            before: vec![busy(1, &before)],
            fault: fault.clone(),
            ..Scene::of(busy(2, &then))
        };
        scene.under_each_refusal(|world, is_done, what| {
            let made = blocks(world);
            let mut once = made.clone();
            once.dedup();
            assert_eq!(made, once, "{what}, {fault:?}");
            if is_done {
                assert_eq!(made, hours(&then), "{what}, {fault:?}: {before:?}, then {then:?}");
            }
        });
    }
}

#[test]
fn working_hours_are_never_made_twice() {
    let hours = |number, to: &str| {
        let open = json!([{ "day": "monday", "from": "9:00", "to": to }]);
        let mut event = busy(number, &[]);
        event.data_json = json!({ "rep": "7", "openHours": open }).to_string();
        event
    };
    for (before, fault) in [
        (vec![], lost("schedule.create")),
        (vec![hours(1, "12:00")], lost("schedule.update")),
    ] {
        let scene = Scene {
            configuration: with_rep(),
            before,
            fault: fault.clone(),
            ..Scene::of(hours(2, "17:00"))
        };
        scene.under_each_refusal(|world, is_done, what| {
            let schedules: Vec<Value> = world.with(|ghl| {
                let schedules = ghl.documents(DocumentKind::Schedule);
                schedules.map(|schedule| json!(schedule)).collect()
            });
            assert!(schedules.len() <= 1, "{what}, {fault:?}: {schedules:#?}");
            if is_done {
                assert!(
                    schedules[0].to_string().contains("17:00"),
                    "{what}, {fault:?}: {schedules:#?}"
                );
            }
        });
    }
}

#[test]
fn an_agenda_says_what_it_could_not_see() {
    let configuration = {
        let mut configuration = configuration();
        configuration["actions"] = json!(["team.agenda"]);
        configuration
    };
    let invocation = Invocation {
        action: "team.agenda".to_owned(),
        input_json: json!({
            "calendarIds": [Seed::ROOF_INSPECTIONS],
            "startTime": "2030-06-04T00:00:00-05:00",
            "endTime": "2030-06-05T00:00:00-05:00",
        })
        .to_string(),
        subject: None,
        key: None,
    };
    let scene = Scene {
        before: vec![booked()],
        ..Scene::of(booked())
    };
    let clean = scene
        .world(&Effect::Latency { ms: 0 }, 1, 1)
        .ask(&configuration, &invocation);
    assert_eq!(entries(&clean), 1, "{clean:#?}");
    for refusal in refusals() {
        for nth in 1..=REQUESTS {
            for times in [1, LASTING] {
                let what = format!("{refusal:?} at {nth}, {times} times");
                let world = scene.world(&refusal, nth, times);
                let before = world.received().len();
                let seen = world.ask(&configuration, &invocation);
                let is_struck = world.received().len() >= before + usize::try_from(nth).unwrap();
                let incomplete = match &seen {
                    Ok(output) => output.as_ref().unwrap()["incomplete"].as_array().unwrap().len(),
                    Err(_) => 1,
                };
                assert!(entries(&seen) == 1 || incomplete > 0, "{what}: {seen:#?}");
                assert!(is_struck || (entries(&seen), incomplete) == (1, 0), "{what}: {seen:#?}");
            }
        }
    }
}

/// How many entries an agenda has.
fn entries(agenda: &Result<Option<Value>, Failure>) -> usize {
    match agenda {
        Ok(Some(output)) => output["entries"].as_array().map_or(0, Vec::len),
        _ => 0,
    }
}
