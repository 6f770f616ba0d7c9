//! `/calendars/schedules`: the hours of users, and the calendars they are for.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};
use super::schedule_rules::{self, RULES, TIMEZONE};

const PATH: &str = "/calendars/schedules";
const PATH_OF_ONE: &str = "/calendars/schedules/{id}";
const PATH_OF_LINK: &str = "/calendars/schedules/{id}/associations/{calendarId}";
const WRITE: &str = "calendars.write";

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "schedule.search",
        "/calendars/schedules/search",
        "calendars.readonly",
        search,
    )
    .location(Place::Query)
    .query(SEARCH),
    Route::post("schedule.create", PATH, WRITE, create)
        .location(Place::Body)
        .fields(CREATE)
        .created(),
    Route::get("schedule.get", PATH_OF_ONE, "calendars.readonly", get),
    Route::put("schedule.update", PATH_OF_ONE, WRITE, update).fields(UPDATE),
    Route::delete("schedule.delete", PATH_OF_ONE, WRITE, delete),
    Route::put("schedule.link_calendar", PATH_OF_LINK, WRITE, link),
    Route::delete("schedule.unlink_calendar", PATH_OF_LINK, WRITE, unlink),
];

const SEARCH: &[Field] = &[
    Field::required("userId", Rule::Text),
    Field::optional("calendarId", Rule::Text),
    Field::optional("skip", Rule::at_least(0.0)),
    Field::optional("limit", Rule::between(1.0, 500.0)),
];

const CREATE: &[Field] = &[
    Field::optional("rules", RULES),
    Field::required("timezone", TIMEZONE),
    Field::required("locationId", Rule::Text),
    Field::required("name", Rule::Text),
    Field::required("userId", Rule::Text),
    Field::optional("calendarIds", Rule::TEXTS),
];

const UPDATE: &[Field] = &[
    Field::optional("name", Rule::Text),
    Field::optional("rules", RULES),
    Field::optional("timezone", TIMEZONE),
];

fn search(call: &mut Call<'_>) -> Outcome {
    let user = call.query.get("userId");
    let calendar = call.query.get("calendarId");
    let schedules = call.seen_documents(DocumentKind::Schedule);
    let schedules = schedules
        .filter(|schedule| schedule.get("userId").and_then(Value::as_str) == user)
        .filter(|schedule| calendar.is_none_or(|id| calendars(schedule).any(|calendar| calendar == id)));
    let page = schedules.skip(call.query_count("skip").unwrap_or_default());
    let page = page.take(call.query_count("limit").unwrap_or(50));
    let page = page.map(|schedule| DocumentKind::Schedule.shown(schedule));
    Ok(json!({ "schedules": page.collect::<Vec<Value>>() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    schedule_rules::check(call.body)?;
    let user = call.text("userId").unwrap_or_default();
    if call.store.user(user).is_none() {
        return Err(Refusal::missing("User", user));
    }
    for calendar in calendars(call.body) {
        require_calendar(call, calendar)?;
    }
    let mut fields = call.body.clone();
    for list in ["rules", "calendarIds"] {
        fields.entry(list).or_insert(json!([]));
    }
    fields.insert("deleted".to_owned(), false.into());
    let schedule = call.create(DocumentKind::Schedule, fields);
    Ok(shown(&schedule))
}

fn get(call: &mut Call<'_>) -> Outcome {
    Ok(shown(call.seen_document(DocumentKind::Schedule, call.id())?))
}

fn update(call: &mut Call<'_>) -> Outcome {
    schedule_rules::check(call.body)?;
    let schedule = call.amend(DocumentKind::Schedule, call.id(), call.body.clone())?;
    Ok(shown(&schedule))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    call.remove(DocumentKind::Schedule, call.id())?;
    Ok(json!({ "success": true }))
}

fn link(call: &mut Call<'_>) -> Outcome {
    write_calendars(call, |calendars, calendar| {
        if !calendars.contains(&calendar) {
            calendars.push(calendar);
        }
    })
}

fn unlink(call: &mut Call<'_>) -> Outcome {
    write_calendars(call, |calendars, calendar| calendars.retain(|id| *id != calendar))
}

/// Writes the calendars of a schedule anew.
fn write_calendars(call: &mut Call<'_>, write: impl FnOnce(&mut Vec<String>, String)) -> Outcome {
    let schedule = call.document(DocumentKind::Schedule, call.id())?;
    let calendar = call.id_at(1);
    require_calendar(call, calendar)?;
    let mut ids: Vec<String> = calendars(schedule).map(str::to_owned).collect();
    write(&mut ids, calendar.to_owned());
    let mut fields = Document::new();
    fields.insert("calendarIds".to_owned(), ids.into());
    call.amend(DocumentKind::Schedule, call.id(), fields)?;
    Ok(json!({ "success": true }))
}

/// That a calendar which is not there is a 404 here is documented; the words are ours.
pub(super) fn require_calendar(call: &Call<'_>, id: &str) -> Result<(), Refusal> {
    let words = || Refusal::not_found(&format!("Calendar with id {id} not found"));
    call.calendar(id).map(|_| ()).map_err(|_| words())
}

fn calendars(schedule: &Document) -> impl Iterator<Item = &str> {
    let ids = schedule.get("calendarIds").and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(Value::as_str)
}

fn shown(schedule: &Document) -> Value {
    json!({ "schedule": DocumentKind::Schedule.shown(schedule) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::{Trial, tuesday};

    const TUESDAY: &str = "2026-03-03T00:00:00-06:00";

    fn create(trial: &mut Trial, more: Value) -> String {
        let mut body = json!({
            "locationId": Seed::DEMO_LOCATION, "name": "Dana", "userId": Seed::DANA, "timezone": "America/New_York",
            "rules": [{ "type": "wday", "day": "tuesday", "intervals": [{ "from": "18:00", "to": "21:00" }] }],
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let created = trial.post(PATH, body);
        assert_eq!(created.status, 201, "{}", created.body);
        format!("{PATH}/{}", created.body["schedule"]["id"].as_str().unwrap())
    }

    fn search(trial: &mut Trial, query: &str) -> usize {
        let target = format!("{PATH}/search?locationId={}&{query}", Seed::DEMO_LOCATION);
        trial.get(&target).body["schedules"].as_array().unwrap().len()
    }

    /// The free slots of Tuesday, as `HH:MM` in Chicago.
    fn slots(trial: &mut Trial, calendar: &str) -> Vec<String> {
        let free = trial.free(calendar, TUESDAY, 1);
        let slots = free["2026-03-03"]["slots"].as_array().cloned().unwrap_or_default();
        slots
            .iter()
            .map(|slot| slot.as_str().unwrap()[11..16].to_owned())
            .collect()
    }

    #[test]
    fn a_schedule_is_created_found_changed_and_deleted() {
        let mut trial = Trial::demo();
        let one = create(&mut trial, json!({ "calendarIds": [Seed::DANA_CLOSER] }));
        let read = trial.get(&one).body["schedule"].clone();
        assert_eq!(
            (&read["deleted"], &read["calendarIds"]),
            (&json!(false), &json!([Seed::DANA_CLOSER]))
        );
        assert_eq!(read["dateAdded"], "2026-03-02T14:00:00.000Z");
        let dana = format!("userId={}", Seed::DANA);
        let of = |calendar: &str| format!("{dana}&calendarId={calendar}");
        let queries = [
            dana.clone(),
            of(Seed::DANA_CLOSER),
            of(Seed::OPEN_HOUSE),
            format!("{dana}&skip=1"),
        ];
        assert_eq!(queries.map(|query| search(&mut trial, &query)), [1, 1, 0, 0]);

        let updated = trial.put(&one, json!({ "name": "Dana, evenings" }));
        assert_eq!(updated.body["schedule"]["name"], "Dana, evenings");
        assert_eq!(updated.body["schedule"]["rules"], read["rules"]);
        assert_eq!(trial.delete(&one).body["success"], true);
        assert_eq!(search(&mut trial, &dana), 0);
        for answer in [trial.get(&one), trial.put(&one, json!({})), trial.delete(&one)] {
            assert_eq!(answer.status, 404);
        }
    }

    #[test]
    fn the_schedule_of_a_member_stands_for_the_hours_of_the_calendars_it_names() {
        let mut trial = Trial::demo();
        assert_eq!(slots(&mut trial, Seed::ROOF_INSPECTIONS).len(), 10);
        let one = create(&mut trial, json!({}));
        let link = format!("{one}/associations/{}", Seed::ROOF_INSPECTIONS);
        assert_eq!(trial.put(&link, json!({})).body["success"], true);
        // Marcus works from eight to six still, and Dana from five to eight, in Chicago.
        let all = slots(&mut trial, Seed::ROOF_INSPECTIONS);
        assert_eq!((all.len(), all.last().map(String::as_str)), (12, Some("19:00")));
        assert_eq!(slots(&mut trial, Seed::DANA_CLOSER)[0], "10:00");
        for (time, status) in [
            ("19:00", 200),
            ("19:00", 400),
            ("17:00", 200),
            ("17:00", 200),
            ("10:00", 200),
        ] {
            let answer = trial.book(Seed::ROOF_INSPECTIONS, tuesday(time));
            assert_eq!(answer.status, status, "{time}");
        }
        assert!(!slots(&mut trial, Seed::ROOF_INSPECTIONS).contains(&"10:00".to_owned()));
        assert_eq!(trial.delete(&link).body["success"], true);
        assert!(slots(&mut trial, Seed::ROOF_INSPECTIONS).contains(&"10:00".to_owned()));
    }

    #[test]
    fn a_collective_calendar_is_open_when_all_of_its_team_are() {
        let mut trial = Trial::demo();
        let rules = json!([{ "type": "wday", "day": "tuesday", "intervals": [{ "from": "13:30", "to": "20:00" }] }]);
        create(
            &mut trial,
            json!({
                "userId": Seed::RILEY, "calendarIds": [Seed::ESTIMATE_TEAM], "rules": rules,
                "timezone": "America/Chicago",
            }),
        );
        let all = slots(&mut trial, Seed::ESTIMATE_TEAM);
        assert_eq!(
            (all[0].as_str(), all.last().map(String::as_str)),
            ("13:30", Some("16:00"))
        );
        let booked = [("12:30", 400), ("13:00", 400), ("16:00", 200)];
        for (time, status) in booked {
            assert_eq!(trial.book(Seed::ESTIMATE_TEAM, tuesday(time)).status, status, "{time}");
        }
    }

    #[test]
    fn what_a_schedule_cannot_be_is_refused() {
        let mut trial = Trial::demo();
        let one = create(&mut trial, json!({}));
        let body = json!({ "timezone": "UTC" });
        let words = json!(["timezone must match /^[A-Za-z_]+/[A-Za-z_]+$/ regular expression"]);
        let answer = trial.put(&one, body);
        assert_eq!((answer.status, &answer.body["message"]), (422, &words));
        let answer = trial.put(&one, json!({ "userId": Seed::DANA }));
        assert_eq!(answer.status, 422);
        assert_eq!(trial.put(&format!("{one}/associations/none"), json!({})).status, 404);
        let search = format!("{PATH}/search?locationId={}&limit=501", Seed::DEMO_LOCATION);
        let words = json!([
            "userId should not be empty",
            "userId must be a string",
            "limit must not be greater than 500",
        ]);
        assert_eq!(trial.get(&search).body["message"], words);
    }
}
