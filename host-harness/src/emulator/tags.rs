//! Tags: those that the location knows, and those of a contact.

use serde_json::{Map, Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::contact::{Contact, tag_forms};
use super::document::DocumentKind;
use super::reply::Outcome;
use super::route::{Place, Route};

const PATH_OF_CONTACT: &str = "/contacts/{contactId}/tags";

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "location_tag.list",
        "/locations/{locationId}/tags",
        "locations/tags.readonly",
        list,
    )
    .location(Place::First),
    Route::post("contact.add_tags", PATH_OF_CONTACT, "contacts.write", add)
        .fields(TAGS)
        .created(),
    Route::delete("contact.remove_tags", PATH_OF_CONTACT, "contacts.write", remove).fields(TAGS),
];

const TAGS: &[Field] = &[Field::required("tags", Rule::TEXTS)];

fn list(call: &mut Call<'_>) -> Outcome {
    let tags = call.seen_documents(DocumentKind::LocationTag);
    let tags = tags.map(|tag| DocumentKind::LocationTag.shown(tag));
    Ok(json!({ "tags": tags.collect::<Vec<Value>>() }))
}

fn add(call: &mut Call<'_>) -> Outcome {
    let mut contact = call.contact(call.id())?.clone();
    let mut added = given(call);
    added.retain(|tag| !contact.tags.contains(tag));
    contact.tags.extend(added.iter().cloned());
    introduce(call, &added);
    Ok(json!({ "tags": commit(call, contact), "tagsAdded": added }))
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let mut contact = call.contact(call.id())?.clone();
    let mut removed = given(call);
    removed.retain(|tag| contact.tags.contains(tag));
    contact.tags.retain(|tag| !removed.contains(tag));
    Ok(json!({ "tags": commit(call, contact), "tagsRemoved": removed }))
}

/// Lets the location know tags that it does not know yet.
pub(super) fn introduce(call: &mut Call<'_>, tags: &[String]) {
    for tag in tags {
        if !is_known(call, tag) {
            let name = ("name".to_owned(), Value::from(tag.as_str()));
            call.create(DocumentKind::LocationTag, Map::from_iter([name]));
        }
    }
}

fn is_known(call: &Call<'_>, tag: &str) -> bool {
    let mut known = call.store.now().documents(DocumentKind::LocationTag);
    known.any(|known| {
        let name = known.get("name").and_then(Value::as_str);
        name.is_some_and(|name| name.to_lowercase() == tag)
    })
}

/// The tags of the body, in the form they are kept.
fn given(call: &Call<'_>) -> Vec<String> {
    let tags = call.body.get("tags").and_then(Value::as_array);
    tag_forms(tags.into_iter().flatten().filter_map(Value::as_str))
}

/// Writes a contact down, and answers the tags it has now.
fn commit(call: &mut Call<'_>, contact: Contact) -> Vec<String> {
    let tags = contact.tags.clone();
    let date_updated = call.now;
    call.store.put_contact(
        Contact {
            date_updated,
            ..contact
        },
        call.now.timestamp_millis(),
    );
    tags
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::{Value, json};

    fn tags(trial: &mut Trial) -> Vec<Value> {
        let answer = trial.get(&format!("/locations/{}/tags", Seed::DEMO_LOCATION));
        let tags = answer.body["tags"].as_array().unwrap().iter();
        tags.map(|tag| tag["name"].clone()).collect()
    }

    #[test]
    fn tags_come_and_go_and_the_location_learns_of_them() {
        let mut trial = Trial::demo();
        let path = format!("/contacts/{}/tags", Seed::PAT);
        let known = tags(&mut trial);
        let added = trial.post(&path, json!({ "tags": ["Homeowner", "AK:Sold", "ak:sold"] }));
        assert_eq!(added.status, 201);
        assert_eq!(added.body["tags"], json!(["homeowner", "ak:callback", "ak:sold"]));
        assert_eq!(added.body["tagsAdded"], json!(["ak:sold"]));
        let removed = trial.ask("DELETE", &path, Some(json!({ "tags": ["homeowner", "never there"] })));
        assert_eq!(removed.status, 200);
        assert_eq!(removed.body["tags"], json!(["ak:callback", "ak:sold"]));
        assert_eq!(removed.body["tagsRemoved"], json!(["homeowner"]));

        let body = json!({ "locationId": Seed::DEMO_LOCATION, "email": "pat@example.com", "tags": ["Hot", "ak:sold"] });
        assert_eq!(trial.post("/contacts/upsert", body).status, 200);
        assert_eq!(tags(&mut trial), [known, vec![json!("ak:sold"), json!("hot")]].concat());
    }

    #[test]
    fn tags_are_a_list_of_texts_for_a_contact_that_is_there() {
        let mut trial = Trial::demo();
        let path = format!("/contacts/{}/tags", Seed::PAT);
        assert_eq!(trial.post(&path, json!({})).status, 422);
        let answer = trial.post(&path, json!({ "tags": "hot" }));
        assert_eq!(answer.body["message"], json!(["tags must be an array"]));
        assert_eq!(
            trial
                .ask("DELETE", "/contacts/nobody/tags", Some(json!({ "tags": ["a"] })))
                .status,
            400
        );
        let foreign = trial.get("/locations/elsewhere/tags");
        assert_eq!(foreign.status, 403);
    }
}
