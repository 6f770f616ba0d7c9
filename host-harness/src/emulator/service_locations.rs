//! `/calendars/services/locations`: where services are given.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::DocumentKind;
use super::reply::Outcome;
use super::route::{Place, Route, Since};

const PATH: &str = "/calendars/services/locations";
const PATH_OF_ONE: &str = "/calendars/services/locations/{serviceLocationId}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("service_location.list", PATH, "calendars.readonly", list)
        .since(Since::V3)
        .location(Place::Query),
    Route::post("service_location.create", PATH, "calendars.write", create)
        .since(Since::V3)
        .location(Place::Body)
        .fields(CREATE)
        .created(),
    Route::get("service_location.get", PATH_OF_ONE, "calendars.readonly", get).since(Since::V3),
    Route::put("service_location.update", PATH_OF_ONE, "calendars.write", update)
        .since(Since::V3)
        .fields(UPDATE),
    Route::delete("service_location.delete", PATH_OF_ONE, "calendars.write", delete).since(Since::V3),
];

const CREATE: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::required("name", Rule::Text),
    Field::required("slug", Rule::Text),
    Field::optional("phone", Rule::Text),
    Field::optional("address", Rule::Text),
    Field::optional("coverImage", Rule::Text),
    Field::optional("locationType", TYPE),
];

const UPDATE: &[Field] = &[
    Field::optional("name", Rule::Text),
    Field::optional("slug", Rule::Text),
    Field::optional("phone", Rule::Text),
    Field::optional("address", Rule::Text),
    Field::optional("coverImage", Rule::Text),
    Field::optional("locationType", TYPE),
];

const TYPE: Rule = Rule::OneOf(&["offline", "ask_booker"]);

fn list(call: &mut Call<'_>) -> Outcome {
    let locations = call.seen_documents(DocumentKind::ServiceLocation);
    let locations = locations.map(|location| DocumentKind::ServiceLocation.shown(location));
    Ok(json!({ "serviceLocations": locations.collect::<Vec<Value>>() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let mut fields = call.body.clone();
    fields.insert("isActive".to_owned(), true.into());
    fields.insert("isPrivate".to_owned(), false.into());
    let location = call.create(DocumentKind::ServiceLocation, fields);
    Ok(DocumentKind::ServiceLocation.shown(&location))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let location = call.seen_document(DocumentKind::ServiceLocation, call.id())?;
    Ok(DocumentKind::ServiceLocation.shown(location))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let location = call.amend(DocumentKind::ServiceLocation, call.id(), call.body.clone())?;
    Ok(DocumentKind::ServiceLocation.shown(&location))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    call.remove(DocumentKind::ServiceLocation, call.id())?;
    // The specification has the words of a service here.
    Ok(json!({ "success": true, "message": "Service deleted successfully" }))
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::json;

    const PATH: &str = "/calendars/services/locations";

    #[test]
    fn a_place_goes_from_its_creation_to_its_end() {
        let mut trial = Trial::demo();
        let body = json!({ "locationId": Seed::DEMO_LOCATION, "name": "At home", "slug": "at-home",
                           "locationType": "ask_booker" });
        let made = trial.v3("POST", PATH, Some(body));
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(
            (&made.body["isActive"], &made.body["isPrivate"]),
            (&json!(true), &json!(false))
        );
        let one = format!("{PATH}/{}", made.body["id"].as_str().unwrap());
        let written = trial.v3("PUT", &one, Some(json!({ "address": "1 Elm St" })));
        assert_eq!(
            (&written.body["name"], &written.body["address"]),
            (&json!("At home"), &json!("1 Elm St"))
        );
        let listed = trial.v3("GET", &format!("{PATH}?locationId={}", Seed::DEMO_LOCATION), None);
        assert_eq!(listed.body["serviceLocations"][0]["address"], "1 Elm St");
        assert_eq!(trial.v3("GET", &one, None).body["slug"], "at-home");
        assert_eq!(trial.v3("DELETE", &one, None).body["success"], true);
        for method in ["GET", "PUT", "DELETE"] {
            let gone = trial.v3(method, &one, Some(json!({})));
            let words = format!(
                "Service location with id {} not found",
                made.body["id"].as_str().unwrap()
            );
            assert_eq!((gone.status, &gone.body["error"]), (400, &json!(words)));
        }
        assert_eq!(trial.get(&one).status, 404);
    }
}
