//! `/calendars/schedules/event-calendar/{calendarId}`: the hours of a calendar without a team, in `v3` alone.

use serde_json::{Value, json};

use super::body::Field;
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::{Route, Since};
use super::schedule_rules::{self, RULES, TIMEZONE};
use super::schedules::require_calendar;
use super::seed::CalendarKind;

const PATH: &str = "/calendars/schedules/event-calendar/{calendarId}";
const KIND: DocumentKind = DocumentKind::EventCalendarSchedule;

pub(super) const ROUTES: &[Route] = &[
    Route::post("event_calendar_schedule.create", PATH, "calendars.write", create)
        .since(Since::V3)
        .fields(CREATE)
        .created(),
    Route::get("event_calendar_schedule.get", PATH, "calendars.readonly", get).since(Since::V3),
    Route::put("event_calendar_schedule.update", PATH, "calendars.write", update)
        .since(Since::V3)
        .fields(UPDATE),
];

const CREATE: &[Field] = &[Field::required("rules", RULES), Field::required("timezone", TIMEZONE)];
const UPDATE: &[Field] = &[Field::optional("rules", RULES), Field::optional("timezone", TIMEZONE)];

fn create(call: &mut Call<'_>) -> Outcome {
    schedule_rules::check(call.body)?;
    require_calendar(call, call.id())?;
    if call.calendar(call.id())?.kind != CalendarKind::Event {
        return Err(Refusal::no_event_calendar());
    }
    if call.document(KIND, call.id()).is_ok() {
        // The words are ours: GHL's were not recorded.
        return Err(Refusal::bad_request("The calendar already has a schedule."));
    }
    let mut fields = call.body.clone();
    fields.insert("calendarId".to_owned(), call.id().into());
    let schedule = call.create(KIND, fields);
    Ok(shown(&schedule))
}

fn get(call: &mut Call<'_>) -> Outcome {
    Ok(shown(call.seen_document(KIND, call.id())?))
}

fn update(call: &mut Call<'_>) -> Outcome {
    schedule_rules::check(call.body)?;
    let schedule = call.amend(KIND, call.id(), call.body.clone())?;
    Ok(shown(&schedule))
}

fn shown(schedule: &Document) -> Value {
    json!({ "schedule": KIND.shown(schedule) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;

    fn path(calendar: &str) -> String {
        format!("/calendars/schedules/event-calendar/{calendar}")
    }

    fn hours(from: &str, to: &str) -> Value {
        let tuesday = json!({ "type": "wday", "day": "tuesday", "intervals": [{ "from": from, "to": to }] });
        json!({ "timezone": "America/Chicago", "rules": [tuesday] })
    }

    #[test]
    fn the_schedule_of_an_event_calendar_stands_for_its_open_hours() {
        let mut trial = Trial::demo();
        let one = path(Seed::OPEN_HOUSE);
        assert_eq!(trial.v3("GET", &one, None).status, 404);
        let created = trial.v3("POST", &one, Some(hours("18:00", "20:00")));
        assert_eq!(created.status, 201, "{}", created.body);
        assert_eq!(created.body["schedule"]["calendarId"], Seed::OPEN_HOUSE);
        let free = trial.free(Seed::OPEN_HOUSE, "2026-03-03T00:00:00-06:00", 2);
        assert_eq!(free["2026-03-03"]["slots"].as_array().unwrap().len(), 4);
        assert_eq!(free.get("2026-03-04"), None);

        let updated = trial.v3("PUT", &one, Some(json!({ "rules": hours("18:00", "19:00")["rules"] })));
        assert_eq!(updated.status, 200, "{}", updated.body);
        let read = trial.v3("GET", &one, None).body;
        assert_eq!(read["schedule"]["rules"], hours("18:00", "19:00")["rules"]);
        assert_eq!(read["schedule"]["timezone"], "America/Chicago");
    }

    #[test]
    fn it_is_for_event_calendars_of_v3_once() {
        let mut trial = Trial::demo();
        let body = || Some(hours("18:00", "20:00"));
        let mut create = |calendar: &str| trial.v3("POST", &path(calendar), body());
        let statuses = [Seed::OPEN_HOUSE, Seed::OPEN_HOUSE, Seed::SOLAR_WORKSHOP, "none"];
        assert_eq!(statuses.map(|calendar| create(calendar).status), [201, 400, 400, 404]);
        let words = "The calendar is not an event calendar.";
        assert_eq!(create(Seed::SOLAR_WORKSHOP).body["message"], words);
        let older = trial.get(&path(Seed::OPEN_HOUSE));
        let words = format!("Cannot GET {}", path(Seed::OPEN_HOUSE));
        assert_eq!((older.status, &older.body["message"]), (404, &json!(words)));
    }
}
