//! `GET /calendars/` and `GET /calendars/{calendarId}`.

use serde_json::{Value, json};

use super::call::Call;
use super::reply::Outcome;
use super::route::{Place, Route};

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.list", "/calendars/", "calendars.readonly", list).location(Place::Query),
    Route::get("calendar.get", "/calendars/{calendarId}", "calendars.readonly", get),
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

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::json;

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
        let answer = Trial::demo().get("/calendars/none");
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["error"], "Calendar with id none not found");
    }
}
