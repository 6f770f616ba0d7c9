//! `/locations/{locationId}/customFields`.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::DocumentKind;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};

const PATH: &str = "/locations/{locationId}/customFields";

pub(super) const ROUTES: &[Route] = &[
    Route::get("custom_field.list", PATH, "locations/customFields.readonly", list)
        .location(Place::First)
        .query(LIST),
    Route::post("custom_field.create", PATH, "locations/customFields.write", create)
        .location(Place::First)
        .fields(CREATE)
        .created(),
];

const LIST: &[Field] = &[Field::optional(
    "model",
    Rule::OneOf(&["contact", "opportunity", "all"]),
)];

const CREATE: &[Field] = &[
    Field::required("name", Rule::Text),
    Field::required("dataType", Rule::Text),
    Field::optional("placeholder", Rule::Text),
    Field::optional("acceptedFormat", Rule::TEXTS),
    Field::optional("isMultipleFile", Rule::Flag),
    Field::optional("maxNumberOfFiles", Rule::NUMBER),
    Field::optional("textBoxListOptions", Rule::Each(&Rule::Table)),
    Field::optional("position", Rule::NUMBER),
    Field::optional("model", Rule::OneOf(&["contact", "opportunity"])),
];

/// Lists the fields of a model; that those of contacts are meant when none is named is ours.
fn list(call: &mut Call<'_>) -> Outcome {
    let model = call.query.get("model").unwrap_or("contact");
    let fields = call.seen_documents(DocumentKind::CustomField);
    let fields = fields.filter(|field| model == "all" || field.get("model").is_none_or(|of| of == model));
    let fields = fields.map(|field| DocumentKind::CustomField.shown(field));
    Ok(json!({ "customFields": fields.collect::<Vec<Value>>() }))
}

/// Creates a field, whose key is made of its name.
fn create(call: &mut Call<'_>) -> Outcome {
    let model = call.text("model").unwrap_or("contact");
    let key = format!("{model}.{}", slug(call.text("name").unwrap_or_default()));
    let mut known = call.store.now().documents(DocumentKind::CustomField);
    if known.any(|field| field.get("fieldKey").is_some_and(|known| *known == key)) {
        // The words are ours: GHL's were not recorded.
        return Err(Refusal::bad_request(&format!(
            "A custom field with key {key} already exists."
        )));
    }
    drop(known);
    let mut field = call.body.clone();
    field.insert("model".to_owned(), model.into());
    field.insert("fieldKey".to_owned(), key.into());
    field.entry("position").or_insert(0.into());
    let field = call.create(DocumentKind::CustomField, field);
    Ok(json!({ "customField": DocumentKind::CustomField.shown(&field) }))
}

/// A name in small letters and digits, with `_` between the words.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::{Value, json};

    const PATH: &str = "/locations/ve9EPM428h8vShlRW1KT/customFields";

    fn keys(trial: &mut Trial, query: &str) -> Vec<Value> {
        let answer = trial.get(&format!("{PATH}{query}"));
        let fields = answer.body["customFields"].as_array().unwrap().iter();
        fields.map(|field| field["fieldKey"].clone()).collect()
    }

    #[test]
    fn a_field_is_made_with_a_key_of_its_name_and_listed_with_its_model() {
        let mut trial = Trial::demo();
        let before = keys(&mut trial, "");
        let made = trial.post(PATH, json!({ "name": "Roof (Type)", "dataType": "TEXT" }));
        assert_eq!(made.status, 201);
        assert_eq!(made.body["customField"]["fieldKey"], "contact.roof_type");
        assert_eq!(made.body["customField"]["locationId"], Seed::DEMO_LOCATION);
        let deal = trial.post(
            PATH,
            json!({ "name": "Roof type", "dataType": "TEXT", "model": "opportunity" }),
        );
        assert_eq!(deal.status, 201);
        assert_eq!(
            keys(&mut trial, ""),
            [before, vec![json!("contact.roof_type")]].concat()
        );
        assert_eq!(keys(&mut trial, "?model=opportunity"), [json!("opportunity.roof_type")]);
        assert!(keys(&mut trial, "?model=all").len() >= 2);
    }

    #[test]
    fn a_field_is_made_once_and_of_what_is_known() {
        let mut trial = Trial::demo();
        let body = json!({ "name": "Roof", "dataType": "TEXT" });
        assert_eq!(trial.post(PATH, body.clone()).status, 201);
        let again = trial.post(PATH, body);
        assert_eq!(again.status, 400);
        assert_eq!(
            again.body["message"],
            "A custom field with key contact.roof already exists."
        );
        let strange = trial.post(PATH, json!({ "name": "Roof", "options": [] }));
        assert_eq!(strange.status, 422);
        assert_eq!(strange.body["message"][0], "property options should not exist");
        assert_eq!(trial.get(&format!("{PATH}?model=task")).status, 422);
    }
}
