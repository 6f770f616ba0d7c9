//! `/calendars/resources/{resourceType}`: rooms and equipment.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};

const PATH: &str = "/calendars/resources/{resourceType}";
const PATH_OF_ONE: &str = "/calendars/resources/{resourceType}/{id}";
const READ: &str = "calendars/resources.readonly";
const WRITE: &str = "calendars/resources.write";

pub(super) const ROUTES: &[Route] = &[
    Route::get("resource.list", PATH, READ, list)
        .location(Place::Query)
        .query(PAGE),
    Route::post("resource.create", PATH, WRITE, create)
        .location(Place::Body)
        .fields(CREATE)
        .created(),
    Route::get("resource.get", PATH_OF_ONE, READ, get),
    Route::put("resource.update", PATH_OF_ONE, WRITE, update).fields(UPDATE),
    Route::delete("resource.delete", PATH_OF_ONE, WRITE, delete),
];

const PAGE: &[Field] = &[
    Field::required("limit", Rule::at_least(0.0)),
    Field::required("skip", Rule::at_least(0.0)),
];

const CREATE: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::required("name", Rule::Text),
    Field::there("description", Rule::Text),
    Field::required("quantity", Rule::NUMBER),
    Field::required("outOfService", Rule::NUMBER),
    Field::required("capacity", Rule::NUMBER),
    Field::required("calendarIds", Rule::TEXTS),
];

const UPDATE: &[Field] = &[
    Field::optional("locationId", Rule::Text),
    Field::optional("name", Rule::Text),
    Field::optional("description", Rule::Text),
    Field::optional("quantity", Rule::NUMBER),
    Field::optional("outOfService", Rule::NUMBER),
    Field::optional("capacity", Rule::NUMBER),
    Field::optional("calendarIds", Rule::TEXTS),
    Field::optional("isActive", Rule::Flag),
];

const TYPE: Field = Field::required("resourceType", Rule::OneOf(&["equipments", "rooms"]));

fn list(call: &mut Call<'_>) -> Outcome {
    let of_type = resource_type(call)?;
    let resources = call.seen_documents(DocumentKind::Resource);
    let resources = resources.filter(|resource| is_of(resource, of_type));
    let page = resources.skip(call.query_count("skip").unwrap_or_default());
    let page = page.take(call.query_count("limit").unwrap_or_default());
    Ok(page.map(|resource| DocumentKind::Resource.shown(resource)).collect())
}

fn create(call: &mut Call<'_>) -> Outcome {
    let of_type = resource_type(call)?;
    check_calendars(call)?;
    let mut fields = call.body.clone();
    fields.insert("resourceType".to_owned(), of_type.into());
    fields.insert("isActive".to_owned(), true.into());
    let resource = call.create(DocumentKind::Resource, fields);
    Ok(DocumentKind::Resource.shown(&resource))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let resource = call.seen_document(DocumentKind::Resource, call.id_at(1))?;
    require_type(call, resource)?;
    Ok(DocumentKind::Resource.shown(resource))
}

fn update(call: &mut Call<'_>) -> Outcome {
    require_type(call, call.document(DocumentKind::Resource, call.id_at(1))?)?;
    check_calendars(call)?;
    let mut fields = call.body.clone();
    fields.remove("locationId");
    let mut resource = call.amend(DocumentKind::Resource, call.id_at(1), fields)?;
    // What a change answers does not name the calendars.
    resource.remove("calendarIds");
    Ok(DocumentKind::Resource.shown(&resource))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    require_type(call, call.document(DocumentKind::Resource, call.id_at(1))?)?;
    call.remove(DocumentKind::Resource, call.id_at(1))?;
    Ok(json!({ "success": true }))
}

/// The type that the path names.
fn resource_type<'a>(call: &Call<'a>) -> Result<&'a str, Refusal> {
    let wrong = TYPE.complaints(Some(&call.id().into()));
    if wrong.is_empty() {
        Ok(call.id())
    } else {
        Err(Refusal::invalid_fields(wrong))
    }
}

fn is_of(resource: &Document, of_type: &str) -> bool {
    resource.get("resourceType").and_then(Value::as_str) == Some(of_type)
}

fn require_type(call: &Call<'_>, resource: &Document) -> Result<(), Refusal> {
    let of_type = resource_type(call)?;
    is_of(resource, of_type)
        .then_some(())
        .ok_or_else(|| DocumentKind::Resource.missing(call.id_at(1)))
}

/// Refuses calendars that are not there, and more than one for equipment.
fn check_calendars(call: &Call<'_>) -> Result<(), Refusal> {
    let calendars = call.body.get("calendarIds").and_then(Value::as_array);
    let calendars = calendars.map(Vec::as_slice).unwrap_or_default();
    for calendar in calendars.iter().filter_map(Value::as_str) {
        call.calendar(calendar)?;
    }
    if resource_type(call)? == "equipments" && calendars.len() > 1 {
        // The words are ours: GHL's were not recorded.
        let words = "one equipment can only be mapped with one service calendar";
        return Err(Refusal::invalid_fields(vec![words.to_owned()]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;

    const ROOMS: &str = "/calendars/resources/rooms";

    fn room(calendars: &[&str]) -> Value {
        json!({
            "locationId": Seed::DEMO_LOCATION, "name": "Showroom", "description": "", "quantity": 1,
            "outOfService": 0, "capacity": 12, "calendarIds": calendars,
        })
    }

    fn list(trial: &mut Trial, of_type: &str, skip: usize) -> usize {
        let location = Seed::DEMO_LOCATION;
        let target = format!("/calendars/resources/{of_type}?locationId={location}&limit=10&skip={skip}");
        trial.get(&target).body.as_array().unwrap().len()
    }

    #[test]
    fn a_room_is_created_listed_changed_and_deleted() {
        let mut trial = Trial::demo();
        let created = trial.post(ROOMS, room(&[Seed::SOLAR_WORKSHOP, Seed::OPEN_HOUSE]));
        assert_eq!(created.status, 201, "{}", created.body);
        assert_eq!(created.body["resourceType"], "rooms");
        assert_eq!(created.body["isActive"], true);
        let counts = [("rooms", 0), ("rooms", 1), ("equipments", 0)].map(|(kind, skip)| list(&mut trial, kind, skip));
        assert_eq!(counts, [1, 0, 0]);

        let id = created.body["id"].as_str().unwrap();
        let one = format!("{ROOMS}/{id}");
        let body = json!({ "capacity": 20, "isActive": false, "locationId": Seed::DEMO_LOCATION });
        let updated = trial.put(&one, body);
        assert_eq!((updated.status, &updated.body["capacity"]), (200, &json!(20)));
        assert_eq!(updated.body.get("calendarIds"), None);
        let read = trial.get(&one).body;
        assert_eq!(read["calendarIds"], json!([Seed::SOLAR_WORKSHOP, Seed::OPEN_HOUSE]));
        assert_eq!(read["isActive"], false);

        let as_equipment = format!("/calendars/resources/equipments/{id}");
        assert_eq!(trial.delete(&as_equipment).status, 400);
        assert_eq!(trial.delete(&one).body["success"], true);
        assert_eq!(
            trial.get(&one).body["error"],
            format!("Resource with id {id} not found")
        );
    }

    #[test]
    fn what_a_resource_cannot_be_is_refused() {
        let mut trial = Trial::demo();
        let equipment = "/calendars/resources/equipments";
        let both = room(&[Seed::SOLAR_WORKSHOP, Seed::OPEN_HOUSE]);
        assert_eq!(trial.post(equipment, both).status, 422);
        assert_eq!(trial.post(equipment, room(&["none"])).status, 400);
        let answer = trial.post("/calendars/resources/vans", room(&[]));
        let words = json!(["resourceType must be one of the following values: equipments, rooms"]);
        assert_eq!((answer.status, &answer.body["message"]), (422, &words));
        let answer = trial.get(&format!("{ROOMS}?locationId={}&limit=10", Seed::DEMO_LOCATION));
        let words = json!([
            "skip should not be empty",
            "skip must be a number conforming to the specified constraints",
        ]);
        assert_eq!((answer.status, &answer.body["message"]), (422, &words));
    }
}
