//! `/calendars/services/catalog`: the services that can be booked.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route, Since};

const PATH: &str = "/calendars/services/catalog";
const PATH_OF_ONE: &str = "/calendars/services/catalog/{serviceId}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("service.list", PATH, "calendars.readonly", list)
        .since(Since::V3)
        .location(Place::Query)
        .query(LIST),
    Route::post("service.create", PATH, "calendars.write", create)
        .since(Since::V3)
        .location(Place::Body)
        .fields(CREATE)
        .created(),
    Route::get("service.get", PATH_OF_ONE, "calendars.readonly", get).since(Since::V3),
    Route::put("service.update", PATH_OF_ONE, "calendars.write", update)
        .since(Since::V3)
        .fields(UPDATE),
    Route::delete("service.delete", PATH_OF_ONE, "calendars.write", delete).since(Since::V3),
];

const LIST: &[Field] = &[Field::optional("isPrivate", Rule::Flag)];

const CREATE: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::required("name", Rule::Text),
    Field::required("slug", Rule::Text),
    Field::required("staff", Rule::Objects(STAFF)),
    Field::optional("description", Rule::Text),
    Field::optional("eventColor", Rule::Text),
    Field::optional("coverImage", Rule::Text),
    Field::optional("serviceCategoryId", Rule::Text),
    Field::optional("payment", Rule::Object(PAYMENT)),
    Field::optional("serviceDuration", LENGTH),
    Field::optional("serviceDurationUnit", UNIT),
    Field::optional("preBuffer", LENGTH),
    Field::optional("preBufferUnit", UNIT),
    Field::optional("postBuffer", LENGTH),
    Field::optional("postBufferUnit", UNIT),
    Field::optional("isPrivate", Rule::Flag),
    Field::optional("formId", Rule::Text),
    Field::optional("variations", Rule::Objects(NEW_VARIATIONS)),
];

const UPDATE: &[Field] = &[
    Field::optional("name", Rule::Text),
    Field::optional("slug", Rule::Text),
    Field::optional("staff", Rule::Objects(STAFF)),
    Field::optional("description", Rule::Text),
    Field::optional("eventColor", Rule::Text),
    Field::optional("coverImage", Rule::Text),
    Field::optional("serviceCategoryId", Rule::Text),
    Field::optional("payment", Rule::Object(PAYMENT)),
    Field::optional("serviceDuration", LENGTH),
    Field::optional("serviceDurationUnit", UNIT),
    Field::optional("preBuffer", LENGTH),
    Field::optional("preBufferUnit", UNIT),
    Field::optional("postBuffer", LENGTH),
    Field::optional("postBufferUnit", UNIT),
    Field::optional("isPrivate", Rule::Flag),
    Field::optional("formId", Rule::Text),
    Field::optional("variations", Rule::Objects(VARIATIONS)),
];

const STAFF: &[Field] = &[Field::required("id", Rule::Text)];

const PAYMENT: &[Field] = &[
    Field::optional("amount", Rule::NUMBER),
    Field::optional("deposit", Rule::NUMBER),
    Field::optional("depositType", Rule::OneOf(&["percentage", "amount"])),
];

const NEW_VARIATIONS: &[Field] = &[
    Field::required("name", Rule::Text),
    Field::optional("payment", Rule::Object(PAYMENT)),
    Field::optional("serviceDuration", LENGTH),
    Field::optional("serviceDurationUnit", UNIT),
    Field::optional("preBuffer", LENGTH),
    Field::optional("preBufferUnit", UNIT),
    Field::optional("postBuffer", LENGTH),
    Field::optional("postBufferUnit", UNIT),
];

const VARIATIONS: &[Field] = &[
    Field::optional("id", Rule::Text),
    Field::optional("name", Rule::Text),
    Field::optional("payment", Rule::Object(PAYMENT)),
    Field::optional("serviceDuration", LENGTH),
    Field::optional("serviceDurationUnit", UNIT),
    Field::optional("preBuffer", LENGTH),
    Field::optional("preBufferUnit", UNIT),
    Field::optional("postBuffer", LENGTH),
    Field::optional("postBufferUnit", UNIT),
];

const LENGTH: Rule = Rule::at_least(0.0);
const UNIT: Rule = Rule::OneOf(&["mins", "hours"]);

/// The category of services that were made without one.
const DEFAULT_CATEGORY: &str = "DefaultCategory00cat";

/// The category of a service, which each has.
pub(super) fn category(service: &Document) -> &str {
    let category = service.get("serviceCategoryId").and_then(Value::as_str);
    category.unwrap_or(DEFAULT_CATEGORY)
}

fn list(call: &mut Call<'_>) -> Outcome {
    let category_id = call.query.get("serviceCategoryId");
    let private = call.query_flag("isPrivate");
    let services = call.seen_documents(DocumentKind::Service);
    let services = services
        .filter(|service| category_id.is_none_or(|id| category(service) == id))
        .filter(|service| private.is_none_or(|private| service.get("isPrivate").is_some_and(|is| *is == private)))
        .map(|service| DocumentKind::Service.shown(service));
    Ok(json!({ "services": services.collect::<Vec<Value>>() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let mut fields = fields(call)?;
    for (name, value) in [
        ("serviceCategoryId", json!(DEFAULT_CATEGORY)),
        ("isPrivate", json!(false)),
        ("variations", json!([])),
        ("serviceDuration", json!(30)),
        ("serviceDurationUnit", json!("mins")),
    ] {
        fields.entry(name).or_insert(value);
    }
    let service = call.create(DocumentKind::Service, fields);
    Ok(json!({ "service": DocumentKind::Service.shown(&service) }))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let service = call.seen_document(DocumentKind::Service, call.id())?;
    Ok(json!({ "service": DocumentKind::Service.shown(service) }))
}

fn update(call: &mut Call<'_>) -> Outcome {
    call.document(DocumentKind::Service, call.id())?;
    let fields = fields(call)?;
    let service = call.amend(DocumentKind::Service, call.id(), fields)?;
    Ok(json!({ "service": DocumentKind::Service.shown(&service) }))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    call.remove(DocumentKind::Service, call.id())?;
    Ok(json!({ "success": true, "message": "Service deleted successfully" }))
}

/// The body, whose staff is all there, with an id for each variation.
fn fields(call: &mut Call<'_>) -> Result<Document, Refusal> {
    let staff = call.body.get("staff").and_then(Value::as_array);
    let staff = staff
        .into_iter()
        .flatten()
        .filter_map(|member| member.get("id")?.as_str());
    if let Some(stranger) = staff.into_iter().find(|id| call.store.user(id).is_none()) {
        return Err(Refusal::missing("User", stranger));
    }
    let mut fields = call.body.clone();
    let variations = fields.get_mut("variations").and_then(Value::as_array_mut);
    for variation in variations.into_iter().flatten().filter_map(Value::as_object_mut) {
        variation.entry("id").or_insert_with(|| call.store.mint.id().into());
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::{Value, json};

    const PATH: &str = "/calendars/services/catalog";

    fn inspection() -> Value {
        json!({ "locationId": Seed::DEMO_LOCATION, "name": "Inspection", "slug": "inspection",
                "staff": [{ "id": Seed::DANA }], "serviceDuration": 1, "serviceDurationUnit": "hours",
                "variations": [{ "name": "Steep" }] })
    }

    #[test]
    fn a_service_goes_from_its_creation_to_its_end() {
        let mut trial = Trial::demo();
        let made = trial.v3("POST", PATH, Some(inspection()));
        assert_eq!(made.status, 201, "{}", made.body);
        let service = &made.body["service"];
        assert_eq!(service["isPrivate"], false);
        assert!(service["serviceCategoryId"].is_string());
        let variation = service["variations"][0]["id"].clone();
        let one = format!("{PATH}/{}", service["id"].as_str().unwrap());
        let change = json!({ "isPrivate": true, "variations": [{ "id": variation }, { "name": "Flat" }] });
        let written = trial.v3("PUT", &one, Some(change));
        assert_eq!(written.body["service"]["variations"][0]["id"], variation);
        assert_eq!(trial.v3("GET", &one, None).body["service"], written.body["service"]);
        for (query, count) in [
            ("", 1),
            ("&isPrivate=true", 1),
            ("&isPrivate=false", 0),
            ("&serviceCategoryId=x", 0),
        ] {
            let target = format!("{PATH}?locationId={}{query}", Seed::DEMO_LOCATION);
            let listed = trial.v3("GET", &target, None);
            assert_eq!(listed.body["services"].as_array().unwrap().len(), count, "{query}");
        }
        assert_eq!(trial.v3("DELETE", &one, None).body["success"], true);
        let gone = trial.v3("GET", &one, None);
        assert_eq!((gone.status, gone.body["status"].as_i64()), (400, Some(400)));
    }

    #[test]
    fn services_are_known_to_v3_alone_and_given_by_users() {
        let mut trial = Trial::demo();
        let old = trial.get(&format!("{PATH}?locationId={}", Seed::DEMO_LOCATION));
        assert_eq!(
            (old.status, &old.body["message"]),
            (404, &json!(format!("Cannot GET {PATH}")))
        );
        let mut strange = inspection();
        strange["staff"] = json!([{ "id": "nobody" }]);
        let refused = trial.v3("POST", PATH, Some(strange));
        assert_eq!(refused.body["error"], "User with id nobody not found");
        let mut unclear = inspection();
        unclear["serviceDurationUnit"] = json!("days");
        let refused = trial.v3("POST", PATH, Some(unclear));
        let words = ["serviceDurationUnit must be one of the following values: mins, hours"];
        assert_eq!((refused.status, &refused.body["message"]), (422, &json!(words)));
    }
}
