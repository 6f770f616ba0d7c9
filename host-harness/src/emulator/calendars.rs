//! `/calendars/`: the calendars themselves.

use serde_json::{Value, json};

use super::calendar_fields::{self, CREATE, UPDATE};
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::Outcome;
use super::route::{Place, Route};
use super::seed::Calendar;

const PATH_OF_ONE: &str = "/calendars/{calendarId}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.list", "/calendars/", "calendars.readonly", list).location(Place::Query),
    Route::post("calendar.create", "/calendars/", "calendars.write", create)
        .location(Place::Body)
        .fields(CREATE),
    Route::get("calendar.get", PATH_OF_ONE, "calendars.readonly", get),
    Route::put("calendar.update", PATH_OF_ONE, "calendars.write", update).fields(UPDATE),
    Route::delete("calendar.delete", PATH_OF_ONE, "calendars.write", delete),
];

fn list(call: &mut Call<'_>) -> Outcome {
    let with_drafts = call.query.get("showDrafted") != Some("false");
    let group = call.query.get("groupId");
    let location = &call.store.location.id;
    let calendars = call.seen().calendars();
    let calendars = calendars
        .filter(|calendar| calendar.active || with_drafts)
        .filter(|calendar| group.is_none() || calendar.group_id.as_deref() == group)
        .map(|calendar| calendar.shown(location));
    Ok(json!({ "calendars": calendars.collect::<Vec<Value>>() }))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let calendar = call.seen_calendar(call.id())?;
    Ok(json!({ "calendar": calendar.shown(&call.store.location.id) }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let id = call.store.mint.id();
    let fields = with_availabilities(call, &Document::new());
    let calendar = Calendar::begin(&id, &fields)?;
    put(call, calendar)
}

fn update(call: &mut Call<'_>) -> Outcome {
    let kept = call.calendar(call.id())?.properties.clone();
    let fields = with_availabilities(call, &kept);
    let calendar = call.calendar(call.id())?.written(&fields)?;
    put(call, calendar)
}

fn put(call: &mut Call<'_>, calendar: Calendar) -> Outcome {
    calendar_fields::check_unit(call.body, call.is_v3)?;
    calendar_fields::check_team(&calendar)?;
    if let Some(group) = call.text("groupId").filter(|id| !id.is_empty()) {
        call.document(DocumentKind::Group, group)?;
    }
    Ok(json!({ "calendar": call.put_calendar(calendar)? }))
}

/// What a request writes, in which the custom dates are those that are kept with those of the request written over
/// them. Each has an id, by which it is written anew or deleted.
fn with_availabilities(call: &mut Call<'_>, kept: &Document) -> Document {
    let mut fields = call.body.clone();
    let Some(written) = fields.get("availabilities").and_then(Value::as_array) else {
        return fields;
    };
    let mut dates: Vec<Value> = kept
        .get("availabilities")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for date in written {
        let id = date.get("id").cloned();
        if id.is_some() {
            dates.retain(|kept| kept.get("id") != id.as_ref());
        }
        if date.get("deleted").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        let mut date = date.clone();
        if let Value::Object(date) = &mut date {
            date.insert("id".to_owned(), id.unwrap_or_else(|| call.store.mint.id().into()));
        }
        dates.push(date);
    }
    fields.insert("availabilities".to_owned(), Value::Array(dates));
    fields
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let calendar = call.calendar(call.id())?.shown(&call.store.location.id);
    call.store.remove_calendar(call.id(), call.now.timestamp_millis());
    Ok(json!({ "message": "calendar deleted", "calendar": calendar }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::{Answer, Trial, tuesday};

    #[test]
    fn calendars_are_listed_with_their_odd_spellings() {
        let mut trial = Trial::demo();
        let answer = trial.get(&format!("/calendars/?locationId={}", Seed::DEMO_LOCATION));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["calendars"].as_array().unwrap().len(), 5);
        let workshop = trial.get(&format!("/calendars/{}", Seed::SOLAR_WORKSHOP)).body;
        let workshop = &workshop["calendar"];
        assert_eq!(workshop["appoinmentPerSlot"], 8);
        assert_eq!(workshop["calendarType"], "class_booking");
        assert_eq!(
            workshop["openHours"],
            json!([{ "daysOfTheWeek": [2, 4], "hours": [
                { "openHour": 17, "openMinute": 0, "closeHour": 21, "closeMinute": 0 }
            ] }])
        );
    }

    #[test]
    fn without_opening_hours_there_is_an_empty_object() {
        let mut seed = Seed::demo();
        seed.calendars[0].open_hours.clear();
        let mut trial = Trial::of(seed);
        let answer = trial.get(&format!("/calendars/{}", Seed::ROOF_INSPECTIONS));
        assert_eq!(answer.body["calendar"]["openHours"], json!({}));
    }

    #[test]
    fn a_missing_calendar_is_400() {
        let mut trial = Trial::demo();
        for answer in [
            trial.get("/calendars/none"),
            trial.put("/calendars/none", json!({})),
            trial.delete("/calendars/none"),
        ] {
            assert_eq!(answer.status, 400);
            assert_eq!(answer.body["error"], "Calendar with id none not found");
        }
    }

    fn create(trial: &mut Trial, more: Value) -> Answer {
        let mut body = json!({ "locationId": Seed::DEMO_LOCATION, "name": "South Austin" });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        trial.post("/calendars/", body)
    }

    #[test]
    fn a_calendar_is_created_booked_changed_and_deleted() {
        let mut trial = Trial::demo();
        let members = json!([
            { "userId": Seed::DANA, "locationConfigurations": [{ "kind": "physical", "location": "At the door" }] },
        ]);
        let hours = json!([{ "daysOfTheWeek": [2], "hours": [
            { "openHour": 9, "openMinute": 0, "closeHour": 12, "closeMinute": 0 },
        ] }]);
        let created = create(
            &mut trial,
            json!({ "calendarType": "round_robin", "teamMembers": members, "openHours": hours, "slotDuration": 60 }),
        );
        assert_eq!(created.status, 200, "{}", created.body);
        let calendar = &created.body["calendar"];
        let id = calendar["id"].as_str().unwrap().to_owned();
        assert_eq!(
            calendar["teamMembers"][0]["locationConfigurations"][0]["meetingId"],
            "physical_0"
        );
        assert_eq!(calendar["eventColor"], "#039be5");
        let one = format!("/calendars/{id}");
        assert_eq!(trial.get(&one).body["calendar"], *calendar);
        assert_eq!(trial.book(&id, tuesday("11:00")).status, 200);

        let updated = trial.put(&one, json!({ "name": "South", "slotDuration": 90, "isActive": true }));
        assert_eq!(updated.status, 200, "{}", updated.body);
        assert_eq!(updated.body["calendar"]["name"], "South");
        assert_eq!(updated.body["calendar"]["openHours"], hours);

        let deleted = trial.delete(&one);
        assert_eq!(
            (deleted.status, &deleted.body["message"]),
            (200, &json!("calendar deleted"))
        );
        assert_eq!(deleted.body["calendar"]["name"], "South");
        assert_eq!(trial.get(&one).status, 400);
    }

    #[test]
    fn a_calendar_has_the_team_that_its_type_asks_for() {
        let mut trial = Trial::demo();
        let team = |users: &[&str]| users.iter().map(|user| json!({ "userId": user })).collect::<Value>();
        let two = team(&[Seed::DANA, Seed::MARCUS]);
        let both_ways = json!([{ "kind": "custom" }, { "kind": "outbound_call" }]);
        let member = |place: Value| json!([{ "userId": Seed::DANA, "locationConfigurations": place }]);
        for (body, status) in [
            (json!({ "calendarType": "round_robin", "teamMembers": two }), 200),
            (json!({ "calendarType": "round_robin" }), 422),
            (json!({ "calendarType": "service_booking", "teamMembers": [] }), 422),
            (json!({ "calendarType": "personal", "teamMembers": two }), 422),
            (json!({ "calendarType": "collective", "teamMembers": two }), 422),
            (json!({ "calendarType": "event", "teamMembers": two }), 422),
            (json!({ "calendarType": "event" }), 200),
            (
                json!({ "calendarType": "personal", "teamMembers": team(&["nobody"]) }),
                400,
            ),
            (json!({ "teamMembers": two, "enableRecurring": true }), 422),
            (
                json!({ "teamMembers": team(&[Seed::DANA]), "enableRecurring": true }),
                200,
            ),
            (
                json!({ "calendarType": "round_robin", "teamMembers": member(both_ways.clone()) }),
                200,
            ),
            (
                json!({ "calendarType": "class_booking", "teamMembers": member(both_ways) }),
                422,
            ),
            (
                json!({ "locationConfigurations": [{ "kind": "zoom_conference" }] }),
                422,
            ),
            (json!({ "groupId": "none" }), 400),
        ] {
            let answer = create(&mut trial, body.clone());
            assert_eq!(answer.status, status, "{body}: {}", answer.body);
        }
    }

    #[test]
    fn bodies_are_strict_and_some_properties_stay() {
        let mut trial = Trial::demo();
        let one = format!("/calendars/{}", Seed::OPEN_HOUSE);
        for (body, words) in [
            (
                json!({ "calendarType": "event", "locationId": "x", "slotBufferUnit": "mins" }),
                json!([
                    "property calendarType should not exist",
                    "property locationId should not exist",
                    "property slotBufferUnit should not exist",
                ]),
            ),
            (
                json!({ "recurring": { "count": 25 } }),
                json!(["recurring.count must not be greater than 24"]),
            ),
            (
                json!({ "allowBookingAfterUnit": "mins" }),
                json!(["allowBookingAfterUnit must be one of the following values: hours, days, weeks, months"]),
            ),
        ] {
            let answer = trial.put(&one, body);
            assert_eq!((answer.status, &answer.body["message"]), (422, &words));
        }
        let minutes = json!({ "allowBookingAfter": 90, "allowBookingAfterUnit": "mins" });
        let answer = trial.v3("PUT", &one, Some(minutes));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}
