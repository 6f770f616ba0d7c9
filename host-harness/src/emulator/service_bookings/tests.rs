use super::*;
use crate::emulator::Seed;
use crate::emulator::trial::{Answer, MONDAY, Trial, tuesday};

/// A trial with an inspection by Dana or Marcus that lasts an hour, and a quote by Dana that lasts half an hour.
fn trial() -> Trial {
    let mut seed = Seed::demo();
    let service = |id: &str, minutes: u32, staff: &[&str]| {
        let staff: Vec<_> = staff.iter().map(|id| json!({ "id": id })).collect();
        json!({ "id": id, "name": id, "serviceDuration": minutes, "staff": staff })
    };
    let list = |documents: Value| {
        documents
            .as_array()
            .unwrap()
            .iter()
            .map(|document| document.as_object().unwrap().clone())
            .collect()
    };
    let services = json!([
        service("inspection", 60, &[Seed::DANA, Seed::MARCUS]),
        service("quote", 30, &[Seed::DANA])
    ]);
    seed.documents.insert(DocumentKind::Service, list(services));
    let places = json!([{ "id": "home", "name": "At home", "slug": "at-home" }]);
    seed.documents.insert(DocumentKind::ServiceLocation, list(places));
    Trial::of(seed)
}

fn book(trial: &mut Trial, query: &str, more: Value) -> Answer {
    let mut body = json!({
        "locationId": Seed::DEMO_LOCATION, "contactId": Seed::PAT, "timezone": "America/Chicago",
        "startTime": tuesday("10:00"), "endTime": tuesday("11:30"),
        "services": [{ "id": "inspection" }],
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    trial.v3("POST", &format!("{PATH}{query}"), Some(body))
}

fn path(answer: &Answer) -> String {
    assert!(answer.status < 300, "{}", answer.body);
    format!("{PATH}/{}", answer.body["bookingId"].as_str().unwrap())
}

#[test]
fn services_follow_one_another_and_find_who_is_free() {
    let mut trial = trial();
    let both = json!([{ "id": "quote", "position": 2 }, { "id": "inspection", "position": 1, "staffId": Seed::DANA }]);
    let made = book(&mut trial, "", json!({ "services": both }));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["title"], "Pat Homeowner - quote, inspection");
    assert_eq!(
        (&made.body["status"], &made.body["deleted"]),
        (&json!("confirmed"), &json!(false))
    );
    assert_eq!(made.body["serviceLocationId"], "home");
    assert_eq!(made.body["messages"], json!([]));
    assert_eq!(made.body["createdBy"], json!({ "source": "third_party" }));
    assert!(made.body["services"][0]["serviceCategoryId"].is_string());
    let served = made.body["services"].as_array().unwrap().iter();
    let served: Vec<_> = served
        .map(|service| (&service["id"], &service["serviceStartTime"]))
        .collect();
    let (ten, eleven) = (json!(tuesday("10:00")), json!(tuesday("11:00")));
    assert_eq!(served, [(&json!("inspection"), &ten), (&json!("quote"), &eleven)]);

    let next = book(&mut trial, "", json!({}));
    assert_eq!(next.body["services"][0]["serviceStaffId"], Seed::MARCUS);
    assert_eq!(book(&mut trial, "", json!({})).status, 400, "both are taken");
    let anyway = book(&mut trial, "?overrideAvailability=true", json!({}));
    assert_eq!(anyway.body["services"][0]["serviceStaffId"], Seed::DANA);
}

#[test]
fn staff_is_taken_by_appointments_and_by_blocked_time() {
    let mut trial = trial();
    let mut appointment = Trial::booking(Seed::DANA_CLOSER, tuesday("10:00"));
    appointment["assignedUserId"] = json!(Seed::DANA);
    assert_eq!(trial.post("/calendars/events/appointments", appointment).status, 200);
    let dana = json!({ "services": [{ "id": "inspection", "staffId": Seed::DANA }] });
    let refused = book(&mut trial, "", dana.clone());
    assert_eq!(
        refused.body["message"],
        "The slot you have selected is no longer available."
    );

    let mut seed = Seed::demo();
    seed.documents.insert(DocumentKind::Service, vec![
        json!({ "id": "inspection", "name": "Inspection", "serviceDuration": 60, "preBuffer": 1, "preBufferUnit": "hours",
                "staff": [{ "id": Seed::DANA }] }).as_object().unwrap().clone(),
    ]);
    let block = json!({ "assignedUserId": Seed::DANA, "startTime": tuesday("09:00"), "endTime": tuesday("09:30") });
    seed.documents
        .insert(DocumentKind::BlockSlot, vec![block.as_object().unwrap().clone()]);
    let mut trial = Trial::of(seed);
    assert_eq!(book(&mut trial, "", dana.clone()).status, 400);
    let later = json!({ "startTime": tuesday("10:30"), "endTime": tuesday("11:30") });
    assert_eq!(book(&mut trial, "", later).status, 201);
}

#[test]
fn a_booking_goes_from_its_creation_to_its_end() {
    let mut trial = trial();
    let one = path(&book(&mut trial, "", json!({})));
    assert_eq!(trial.v3("GET", &one, None).body["startTime"], tuesday("10:00"));
    let moved = trial.v3("PUT", &one, Some(json!({ "startTime": tuesday("10:30") })));
    assert_eq!(moved.body["endTime"], tuesday("12:00"));
    assert_eq!(moved.body["services"][0]["serviceStartTime"], tuesday("10:30"));
    let missed = trial.v3("PUT", &one, Some(json!({ "status": "no_show" })));
    assert_eq!((missed.status, &missed.body["status"]), (200, &json!("no_show")));
    assert_eq!(trial.v3("PUT", &one, Some(json!({ "status": "noshow" }))).status, 422);

    let target = format!("{PATH}?locationId={}&startTime={MONDAY}", Seed::DEMO_LOCATION);
    for (query, count) in [
        ("endTime=1900000000000", 1),
        ("endTime=1900000000000&serviceLocationId=none", 0),
        ("endTime=1772460000001", 0),
    ] {
        let listed = trial.v3("GET", &format!("{target}&{query}"), None);
        assert_eq!(listed.body["bookings"].as_array().unwrap().len(), count, "{query}");
    }
    let in_tokyo = trial.v3(
        "GET",
        &format!("{target}&endTime=1900000000000&timezone=Asia%2FTokyo"),
        None,
    );
    assert_eq!(in_tokyo.body["bookings"][0]["startTime"], "2026-03-04T01:30:00+09:00");

    assert_eq!(trial.v3("DELETE", &one, None).body["success"], true);
    assert_eq!(trial.v3("GET", &one, None).body["deleted"], true);
}

#[test]
fn a_booking_called_off_frees_its_staff_until_it_is_on_again() {
    let mut trial = trial();
    let dana = json!({ "services": [{ "id": "quote" }] });
    let first = path(&book(&mut trial, "", dana.clone()));
    assert_eq!(book(&mut trial, "", dana.clone()).status, 400);
    assert_eq!(
        trial.v3("PUT", &first, Some(json!({ "status": "cancelled" }))).status,
        200
    );
    let second = path(&book(&mut trial, "", dana.clone()));
    let again = json!({ "status": "confirmed" });
    assert_eq!(trial.v3("PUT", &first, Some(again.clone())).status, 400);
    assert_eq!(trial.v3("DELETE", &second, None).status, 200);
    assert_eq!(trial.v3("PUT", &first, Some(again)).status, 200);
}

#[test]
fn what_a_booking_refers_to_is_there() {
    let mut trial = trial();
    for (more, status, words) in [
        (
            json!({ "contactId": "nobody" }),
            400,
            "Contact with id nobody not found",
        ),
        (
            json!({ "services": [{ "id": "none" }] }),
            400,
            "Service with id none not found",
        ),
        (
            json!({ "serviceLocationId": "none" }),
            400,
            "Service location with id none not found",
        ),
        (
            json!({ "services": [{ "id": "quote", "staffId": "nobody" }] }),
            400,
            "User with id nobody not found",
        ),
        (
            json!({ "services": [{ "id": "quote", "staffId": Seed::MARCUS }] }),
            422,
            "staffId is not one of the staff of the service",
        ),
        (json!({ "services": [] }), 422, "services should not be empty"),
        (
            json!({ "timezone": "Mars/Base" }),
            422,
            "timezone Mars/Base is not a valid time zone",
        ),
        (
            json!({ "endTime": tuesday("10:00") }),
            422,
            "endTime must be after startTime",
        ),
        (
            json!({ "status": "showed" }),
            422,
            "status must be one of the following values: confirmed, new",
        ),
    ] {
        let answer = book(&mut trial, "", more);
        let said = answer
            .body
            .get("error")
            .filter(|_| status == 400)
            .unwrap_or(&answer.body["message"][0]);
        assert_eq!((answer.status, said), (status, &json!(words)));
    }
}

#[test]
fn the_past_can_be_booked_when_nobody_minds() {
    let mut trial = trial();
    trial.now_ms += 30 * 60 * 60 * 1_000;
    for (query, status) in [
        ("", 400),
        ("?skipSchedulingNotice=true", 201),
        ("?skipSchedulingNotice=yes", 422),
    ] {
        assert_eq!(book(&mut trial, query, json!({})).status, status, "{query}");
    }
}
