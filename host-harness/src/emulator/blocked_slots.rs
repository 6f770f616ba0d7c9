//! `/calendars/blocked-slots` and `/calendars/events/block-slots`: time that is not to be had.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::appointment::with_offset;
use super::block::Block;
use super::body::{Field, Rule, Time};
use super::call::{Call, instant};
use super::document::{Document, DocumentKind};
use super::events::Owner;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};
use super::seed::CalendarKind;

const WRITE: &str = "calendars/events.write";

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "blocked_slot.list",
        "/calendars/blocked-slots",
        "calendars/events.readonly",
        list,
    )
    .location(Place::Query),
    Route::post("blocked_slot.create", "/calendars/events/block-slots", WRITE, create)
        .location(Place::Body)
        .fields(CREATE)
        .created(),
    Route::put(
        "blocked_slot.update",
        "/calendars/events/block-slots/{eventId}",
        WRITE,
        update,
    )
    .location(Place::Body)
    .fields(UPDATE)
    .created(),
];

/// The documentation lets the times be absent; what a block without them would be was not recorded.
const CREATE: &[Field] = &[
    Field::optional("title", Rule::Text),
    Field::optional("calendarId", Rule::Text),
    Field::optional("assignedUserId", Rule::Text),
    Field::required("locationId", Rule::Text),
    Field::required("startTime", Rule::Time),
    Field::required("endTime", Rule::Time),
];

const UPDATE: &[Field] = &[
    Field::optional("title", Rule::Text),
    Field::optional("calendarId", Rule::Text),
    Field::optional("assignedUserId", Rule::Text),
    Field::required("locationId", Rule::Text),
    Field::optional("startTime", Rule::Time),
    Field::optional("endTime", Rule::Time),
];

/// Lists what lasts at some instant between two. What belongs to a calendar or a user is listed for it alone.
fn list(call: &mut Call<'_>) -> Outcome {
    let [from, to] = call.query_millis(["startTime", "endTime"])?;
    let owner = Owner::asked_for(call)?;
    let (from, to) = (instant(from), instant(to));
    let mut blocks: Vec<(DateTime<Utc>, Value)> = Vec::new();
    for document in call.seen_documents(DocumentKind::BlockSlot) {
        let Some(block) = Block::read(document).filter(|block| block.span.start <= to && from <= block.span.end) else {
            continue;
        };
        let group = block.calendar.and_then(|calendar| call.group_of(calendar));
        let fits = match owner {
            Owner::Calendar(id) => block.calendar == Some(id),
            Owner::User(id) => block.user == Some(id),
            Owner::Group(id) => group == Some(id),
        };
        if fits {
            blocks.push((block.span.start, DocumentKind::BlockSlot.shown(document)));
        }
    }
    blocks.sort_by_key(|(start, _)| *start);
    let events: Vec<Value> = blocks.into_iter().map(|(_, shown)| shown).collect();
    Ok(json!({ "events": events }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let mut fields = written(call)?;
    fields.entry("title").or_insert("Blocked".into());
    check(call, &fields)?;
    let block = call.create(DocumentKind::BlockSlot, fields);
    Ok(shown_as_written(&block))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let mut block = call.document(DocumentKind::BlockSlot, call.id())?.clone();
    let fields = written(call)?;
    for (name, other) in OWNERS {
        if fields.contains_key(name) {
            block.remove(other);
        }
    }
    let block = DocumentKind::BlockSlot.amend(&block, fields, call.now);
    check(call, &block)?;
    let now_ms = call.now.timestamp_millis();
    call.store
        .put_document(DocumentKind::BlockSlot, call.id(), block.clone(), now_ms);
    Ok(shown_as_written(&block))
}

/// Whose a block can be, and whose it is not then.
const OWNERS: [(&str, &str); 2] = [("calendarId", "assignedUserId"), ("assignedUserId", "calendarId")];

/// What a request writes, its times in the location's offset.
fn written(call: &Call<'_>) -> Result<Document, Refusal> {
    let mut fields = call.body.clone();
    fields.retain(|_, value| !value.is_null());
    if OWNERS.iter().all(|(name, _)| fields.contains_key(*name)) {
        return Err(invalid("Either calendarId or assignedUserId can be set, not both."));
    }
    for name in ["startTime", "endTime"] {
        match call.text(name).and_then(Time::read) {
            Some(Time::At(instant)) => {
                fields.insert(name.to_owned(), with_offset(instant, call.store.zone).into());
            }
            Some(Time::Nowhere) => return Err(invalid(&format!("{name} must have an offset"))),
            None => {}
        }
    }
    Ok(fields)
}

/// Refuses a block that is nobody's, or of what is not there, or that ends before it begins.
fn check(call: &Call<'_>, block: &Document) -> Result<(), Refusal> {
    let text = |name: &str| block.get(name).and_then(Value::as_str);
    match (text("calendarId"), text("assignedUserId")) {
        (Some(id), _) if call.calendar(id)?.kind != CalendarKind::Event => return Err(Refusal::no_event_calendar()),
        (None, Some(id)) if call.store.user(id).is_none() => return Err(Refusal::missing("User", id)),
        (None, None) => return Err(invalid("Either calendarId or assignedUserId must be set.")),
        _ => {}
    }
    if Block::read(block).is_some_and(|block| block.span.end <= block.span.start) {
        return Err(invalid("endTime must be after startTime"));
    }
    Ok(())
}

/// The words are ours: GHL's were not recorded.
fn invalid(words: &str) -> Refusal {
    Refusal::invalid_fields(vec![words.to_owned()])
}

/// What a create or an update answers: no dates.
fn shown_as_written(block: &Document) -> Value {
    let mut shown = block.clone();
    shown.retain(|name, _| !matches!(name.as_str(), "dateAdded" | "dateUpdated"));
    DocumentKind::BlockSlot.shown(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::{Answer, Trial, tuesday};

    const PATH: &str = "/calendars/events/block-slots";

    fn block(trial: &mut Trial, owner: Value, from: &str, to: &str) -> Answer {
        let mut body = json!({
            "locationId": Seed::DEMO_LOCATION, "title": "Canvassing",
            "startTime": tuesday(from), "endTime": tuesday(to),
        });
        body.as_object_mut().unwrap().extend(owner.as_object().unwrap().clone());
        trial.post(PATH, body)
    }

    fn list(trial: &mut Trial, query: &str) -> Vec<Value> {
        let target = format!(
            "/calendars/blocked-slots?locationId={}&{query}&startTime=0&endTime=1900000000000",
            Seed::DEMO_LOCATION
        );
        trial.get(&target).body["events"].as_array().unwrap().clone()
    }

    fn slots(trial: &mut Trial, calendar: &str) -> usize {
        let free = trial.free(calendar, "2026-03-03T00:00:00-06:00", 1);
        free["2026-03-03"]["slots"].as_array().map_or(0, Vec::len)
    }

    #[test]
    fn a_block_is_created_listed_moved_and_deleted() {
        let mut trial = Trial::demo();
        let created = block(&mut trial, json!({ "assignedUserId": Seed::DANA }), "10:00", "12:00");
        assert_eq!(created.status, 201, "{}", created.body);
        let keys: Vec<&String> = created.body.as_object().unwrap().keys().collect();
        let expected = [
            "assignedUserId",
            "endTime",
            "id",
            "locationId",
            "startTime",
            "title",
            "traceId",
        ];
        assert_eq!(keys, expected);
        let id = created.body["id"].as_str().unwrap().to_owned();
        let dana = format!("userId={}", Seed::DANA);
        let listed = list(&mut trial, &dana);
        assert_eq!(listed[0]["startTime"], "2026-03-03T10:00:00-06:00");
        assert_eq!(list(&mut trial, &format!("userId={}", Seed::MARCUS)).len(), 0);
        let location = Seed::DEMO_LOCATION;
        let events = trial.get(&format!(
            "/calendars/events?locationId={location}&{dana}&startTime=0&endTime=1900000000000"
        ));
        assert_eq!(events.body["events"], json!([]));

        let moved = json!({ "locationId": location, "endTime": tuesday("13:00") });
        let moved = trial.put(&format!("{PATH}/{id}"), moved);
        assert_eq!(
            (moved.status, &moved.body["endTime"]),
            (201, &json!("2026-03-03T13:00:00-06:00"))
        );
        let house = json!({ "locationId": location, "calendarId": Seed::OPEN_HOUSE });
        let house = trial.put(&format!("{PATH}/{id}"), house);
        assert_eq!((house.status, house.body.get("assignedUserId")), (201, None));

        assert_eq!(trial.delete(&format!("/calendars/events/{id}")).body["succeeded"], true);
        assert_eq!(list(&mut trial, &format!("calendarId={}", Seed::OPEN_HOUSE)).len(), 0);
        let gone = trial.put(&format!("{PATH}/{id}"), json!({ "locationId": location }));
        assert_eq!(gone.body["error"], format!("Block slot with id {id} not found"));
    }

    #[test]
    fn a_user_is_blocked_in_every_calendar_and_a_calendar_for_everybody() {
        let mut trial = Trial::demo();
        let calendars = [Seed::ROOF_INSPECTIONS, Seed::DANA_CLOSER, Seed::OPEN_HOUSE];
        assert_eq!(calendars.map(|calendar| slots(&mut trial, calendar)), [10, 18, 16]);
        block(&mut trial, json!({ "assignedUserId": Seed::DANA }), "10:00", "12:00");
        assert_eq!(calendars.map(|calendar| slots(&mut trial, calendar)), [10, 14, 16]);
        block(&mut trial, json!({ "assignedUserId": Seed::MARCUS }), "11:00", "11:30");
        block(&mut trial, json!({ "calendarId": Seed::OPEN_HOUSE }), "09:15", "10:00");
        assert_eq!(calendars.map(|calendar| slots(&mut trial, calendar)), [9, 14, 14]);
        for (calendar, time) in [(Seed::ROOF_INSPECTIONS, "11:00"), (Seed::OPEN_HOUSE, "09:30")] {
            assert_eq!(trial.book(calendar, tuesday(time)).status, 400);
        }
        assert_eq!(trial.book(Seed::ROOF_INSPECTIONS, tuesday("10:00")).status, 200);
    }

    #[test]
    fn a_block_is_of_one_calendar_or_one_user() {
        let mut trial = Trial::demo();
        for (owner, status) in [
            (
                json!({ "calendarId": Seed::OPEN_HOUSE, "assignedUserId": Seed::DANA }),
                422,
            ),
            (json!({}), 422),
            (json!({ "calendarId": Seed::ROOF_INSPECTIONS }), 400),
            (json!({ "calendarId": "none" }), 400),
            (json!({ "assignedUserId": "nobody" }), 400),
            (
                json!({ "assignedUserId": Seed::DANA, "endTime": tuesday("09:00") }),
                422,
            ),
            (
                json!({ "assignedUserId": Seed::DANA, "startTime": "2026-03-03T10:00:00" }),
                422,
            ),
        ] {
            let answer = block(&mut trial, owner.clone(), "10:00", "12:00");
            assert_eq!(answer.status, status, "{owner}: {}", answer.body);
        }
        let answer = block(
            &mut trial,
            json!({ "calendarId": Seed::ROOF_INSPECTIONS }),
            "10:00",
            "12:00",
        );
        assert_eq!(answer.body["message"], "The calendar is not an event calendar.");
    }
}
