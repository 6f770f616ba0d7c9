//! Read-backs of the whole catalog: a request counts as found only where what it wrote is shown, in whatever form.

use std::collections::BTreeSet;

use host_harness::emulator::{AddressForm, Effect, Fault, Seed, Shows, TextForm, TimeForm, TitleForm};
use knockcal::api::Repeat;
use knockcal::catalog;
use knockcal::ghl::appointment;
use knockcal::run::{Cause, Failure, Invocation, Outcome, Receipt};
use serde_json::{Value, json};

use super::world::World;

/// A text whose form differs wherever forms of texts differ.
const TEXT: &str = "Hail & wind,  <2 m\n\nRing  at the side door";

/// An action that is read back, what is added to its example, and what makes something of that similar to it.
struct Written {
    action: &'static str,
    more: Value,
    /// Each is merged into the input, and is another thing then.
    similar: Vec<Value>,
}

fn written(action: &'static str, more: Value, similar: &[Value]) -> Written {
    Written {
        action,
        more,
        similar: similar.to_vec(),
    }
}

/// Every action of the catalog that is read back but appointments, which have tests of their own.
fn all() -> Vec<Written> {
    let hours =
        |day: &str, to: &str| json!([{ "type": "wday", "day": day, "intervals": [{ "from": "09:00", "to": to }] }]);
    let reminder = |more: Value| {
        let mut reminder = json!({
            "receiverType": "contact", "channel": "email", "notificationType": "reminder", "subject": "Your visit",
            "body": TEXT, "beforeTime": [{ "timeOffset": 2, "unit": "hours" }],
        });
        merge(&mut reminder, &more);
        json!({ "notifications": [reminder] })
    };
    let service = |staff: &str| json!({ "services": [{ "id": "RoofCheck00000000svc", "staffId": staff }] });
    let open = |day: u8| {
        let hours = json!([{ "openHour": 17, "openMinute": 0, "closeHour": 21, "closeMinute": 0 }]);
        json!({ "openHours": [{ "daysOfTheWeek": [day], "hours": hours }] })
    };
    vec![
        written("appointment_note.create", json!({ "body": TEXT }), &[json!({})]),
        written("blocked_slot.create", json!({ "title": "Lunch & rest" }), &[json!({})]),
        written(
            "calendar.create",
            json!({ "description": TEXT }),
            &[
                open(1),
                json!({ "teamMembers": [{ "userId": Seed::DANA }] }),
                json!({ "description": "Another" }),
                json!({ "slotDuration": 90 }),
            ],
        ),
        written(
            "contact.create",
            json!({ "phone": "(512) 555-0188", "address1": "12 Oak St, Austin" }),
            &[
                json!({ "lastName": "Riviera" }),
                json!({ "phone": "+15125550189" }),
                json!({ "address1": "7 Elm St, Austin" }),
            ],
        ),
        written("contact.create_note", json!({ "body": TEXT }), &[json!({})]),
        written("contact.create_task", json!({ "body": TEXT }), &[json!({})]),
        written(
            "custom_field.create",
            json!({ "placeholder": "Green" }),
            &[json!({ "placeholder": "Red" })],
        ),
        written(
            "event_calendar_schedule.create",
            json!({}),
            &[json!({ "rules": hours("sunday", "12:00") })],
        ),
        written(
            "group.create",
            json!({ "description": TEXT }),
            &[json!({ "description": "Another" })],
        ),
        written(
            "notification.create",
            reminder(json!({})),
            &[
                reminder(json!({ "body": "Another" })),
                reminder(json!({ "beforeTime": [{ "timeOffset": 24, "unit": "hours" }] })),
                reminder(json!({ "isActive": false })),
            ],
        ),
        written(
            "opportunity.upsert",
            json!({}),
            &[json!({ "monetaryValue": 9000 }), json!({ "name": "Shed of Pat" })],
        ),
        written("resource.create", json!({ "description": TEXT }), &[json!({})]),
        written(
            "schedule.create",
            json!({ "calendarIds": [Seed::ROOF_INSPECTIONS, Seed::ESTIMATE_TEAM] }),
            &[
                json!({ "rules": hours("tuesday", "17:00") }),
                json!({ "rules": hours("monday", "16:00") }),
                json!({ "rules": [] }),
                json!({ "calendarIds": [Seed::ROOF_INSPECTIONS] }),
                json!({ "calendarIds": null }),
                json!({ "timezone": "America/New_York" }),
            ],
        ),
        written(
            "service.create",
            json!({
                "description": TEXT, "variations": [{ "name": "Two floors", "payment": { "amount": 150 } }],
            }),
            &[
                json!({ "payment": { "amount": 90 } }),
                json!({ "staff": [{ "id": Seed::MARCUS }] }),
                json!({ "variations": [{ "name": "Two floors", "payment": { "amount": 200 } }] }),
            ],
        ),
        written(
            "service_booking.create",
            json!({ "title": "Roof & gutter" }),
            &[json!({ "title": "Gutter" }), service(Seed::MARCUS)],
        ),
        // What is similar to a change is the state before it.
        written("service_booking.update", service(Seed::MARCUS), &[]),
        written("service_booking.update", json!({ "title": "Roof & gutter" }), &[]),
        written(
            "service_location.create",
            json!({ "address": "12 Oak St, Austin" }),
            &[
                json!({ "address": "7 Elm St, Austin" }),
                json!({ "locationType": "offline" }),
            ],
        ),
    ]
}

/// Merges fields into others; null takes one away.
fn merge(value: &mut Value, more: &Value) {
    let (Some(fields), Some(more)) = (value.as_object_mut(), more.as_object()) else {
        return;
    };
    for (name, more) in more {
        match more {
            Value::Null => fields.remove(name),
            more => fields.insert(name.clone(), more.clone()),
        };
    }
}

fn invocation(written: &Written, key: &str, more: &Value) -> Invocation {
    let operation = catalog::operation(written.action).unwrap();
    let mut input: Value = serde_json::from_str(operation.example).unwrap();
    if written.action == "service_booking.update" {
        input = json!({ "bookingId": input["bookingId"] });
    }
    merge(&mut input, &written.more);
    merge(&mut input, more);
    Invocation {
        action: written.action.to_owned(),
        input_json: input.to_string(),
        subject: Some("pin-1".to_owned()),
        key: Some(key.to_owned()),
    }
}

fn invoke(world: &World, written: &Written, key: &str, more: &Value) -> Result<Receipt, Failure> {
    let configuration = json!({
        "location_id": Seed::DEMO_LOCATION,
        "time_zone": "America/Chicago",
        "actions": [written.action],
    });
    world.until_invoked(&configuration, &invocation(written, key, more))
}

fn fails(world: &World, written: &Written, effect: Effect) {
    world.with(|ghl| ghl.inject(Fault::on(written.action, effect).unwrap()));
}

#[test]
fn table_has_every_action_that_is_read_back() {
    let described = catalog::operations().filter(|operation| matches!(operation.repeat, Repeat::ReadBack(_)));
    let described: BTreeSet<_> = described.map(|operation| operation.key).collect();
    let mut known: BTreeSet<_> = all().iter().map(|written| written.action).collect();
    known.extend([appointment::CREATE.key, appointment::UPDATE.key]);
    assert_eq!(known, described);
}

#[test]
fn request_that_never_left_is_not_found_beside_something_similar() {
    let mut wrong = Vec::new();
    for written in all() {
        let creates = !written.similar.is_empty();
        let similar = if creates {
            written.similar.clone()
        } else {
            vec![json!({})]
        };
        for similar in similar {
            let what = format!("{} beside {similar}", written.action);
            let world = World::of(Seed::everything(), &[]);
            if creates {
                let made = invoke(&world, &written, "similar", &similar);
                assert!(made.is_ok(), "{what}: {made:#?}");
            }
            let before = world.count(written.action);
            fails(&world, &written, Effect::ResetBeforeCommit);
            let is_right = match invoke(&world, &written, "ours", &json!({})) {
                Ok(receipt) => receipt.progress.applied[0].outcome == Outcome::Done,
                // There cannot be two of them.
                Err(Failure::Stopped { cause, .. }) => matches!(cause, Cause::Refused { .. }),
                Err(_) => false,
            };
            if !is_right || world.count(written.action) != before + 2 {
                wrong.push(format!("{what}\n{:#?}", world.received().last()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn request_that_arrived_is_found_in_every_form() {
    let mut wrong = Vec::new();
    let mut forms = vec![Shows::default()];
    for text in [
        TextForm::Crlf,
        TextForm::Html,
        TextForm::Entities,
        TextForm::NonBreaking,
        TextForm::Collapsed,
    ] {
        forms.push(Shows {
            text,
            ..Shows::default()
        });
    }
    for time in [
        TimeForm::OffsetWithoutColon,
        TimeForm::Utc,
        TimeForm::WithoutOffset,
        TimeForm::EpochMs,
    ] {
        forms.push(Shows {
            time,
            ..Shows::default()
        });
    }
    for address in [AddressForm::WithCountry, AddressForm::LeftOut] {
        let title = TitleForm::Suffixed;
        forms.push(Shows {
            address,
            title,
            ..Shows::default()
        });
    }
    for written in all() {
        for shows in &forms {
            let what = format!("{}, {shows:?}", written.action);
            let seed = Seed {
                shows: shows.clone(),
                ..Seed::everything()
            };
            let world = World::of(seed, &[]);
            fails(&world, &written, Effect::ResetAfterCommit);
            let receipt = invoke(&world, &written, "ours", &json!({}));
            let outcome = receipt.as_ref().map(|receipt| receipt.progress.applied[0].outcome);
            if outcome.as_ref().ok() != Some(&Outcome::Found) || world.count(written.action) != 1 {
                wrong.push(format!("{what}: {outcome:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn request_of_which_too_little_is_shown_is_neither_found_nor_sent_again() {
    let shown = |operation: &str, body: Value| {
        let body = serde_json::from_value(
            json!({ "on": operation, "times": 100, "do": { "body": { "code": 200, "json": body } } }),
        );
        body.unwrap()
    };
    let named = json!({ "id": "x", "name": "Summer", "userId": Seed::MARCUS });
    let booking = json!({ "bookingId": "RoofCheckOfPat000bkg", "services": [{ "id": "RoofCheck00000000svc" }] });
    for (action, faults) in [
        (
            "schedule.create",
            shown("schedule.search", json!({ "schedules": [named] })),
        ),
        ("service_booking.update", shown("service_booking.get", booking)),
    ] {
        let world = World::of(Seed::everything(), &[faults]);
        let all = all();
        let written = all.iter().find(|written| written.action == action).unwrap();
        fails(&world, written, Effect::ResetAfterCommit);
        let ended = invoke(&world, written, "ours", &json!({}));
        let Err(Failure::Stopped {
            cause: Cause::Undecided { code, .. },
            ..
        }) = ended
        else {
            panic!("{action}: {ended:#?}");
        };
        assert_eq!((code, world.count(action)), ("cannot-read-back", 1), "{action}");
    }
}
