//! `/calendars/groups`.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::DocumentKind;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};
use super::seed::Calendar;

const READ: &str = "calendars/groups.readonly";
const WRITE: &str = "calendars/groups.write";

pub(super) const ROUTES: &[Route] = &[
    Route::get("group.list", "/calendars/groups", READ, list).location(Place::Query),
    Route::post("group.create", "/calendars/groups", WRITE, create)
        .location(Place::Body)
        .fields(CREATE)
        .created(),
    Route::post(
        "group.validate_slug",
        "/calendars/groups/validate-slug",
        WRITE,
        validate_slug,
    )
    .location(Place::Body)
    .fields(VALIDATE_SLUG),
    Route::put("group.update", "/calendars/groups/{groupId}", WRITE, update).fields(UPDATE),
    Route::put(
        "group.set_status",
        "/calendars/groups/{groupId}/status",
        WRITE,
        set_status,
    )
    .fields(&[Field::required("isActive", Rule::Flag)]),
    Route::delete("group.delete", "/calendars/groups/{groupId}", WRITE, delete),
];

/// The form is ours: GHL's was not recorded.
const SLUG: Rule = Rule::Matches("^[A-Za-z0-9-]+$", is_slug);

const CREATE: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::required("name", Rule::Text),
    Field::there("description", Rule::Text),
    Field::required("slug", SLUG),
    Field::optional("isActive", Rule::Flag),
];

const VALIDATE_SLUG: &[Field] = &[Field::required("locationId", Rule::Text), Field::required("slug", SLUG)];

/// All of it is written anew.
const UPDATE: &[Field] = &[
    Field::required("name", Rule::Text),
    Field::there("description", Rule::Text),
    Field::required("slug", SLUG),
];

fn list(call: &mut Call<'_>) -> Outcome {
    let groups = call.seen_documents(DocumentKind::Group);
    let groups = groups.map(|group| DocumentKind::Group.shown(group));
    Ok(json!({ "groups": groups.collect::<Vec<Value>>() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    require_free_slug(call, None)?;
    let mut fields = call.body.clone();
    fields.entry("isActive").or_insert(true.into());
    let group = call.create(DocumentKind::Group, fields);
    Ok(json!({ "group": DocumentKind::Group.shown(&group) }))
}

fn validate_slug(call: &mut Call<'_>) -> Outcome {
    Ok(json!({ "available": !is_slug_taken(call, None) }))
}

fn update(call: &mut Call<'_>) -> Outcome {
    call.document(DocumentKind::Group, call.id())?;
    require_free_slug(call, Some(call.id()))?;
    let group = call.amend(DocumentKind::Group, call.id(), call.body.clone())?;
    Ok(json!({ "group": DocumentKind::Group.shown(&group) }))
}

fn set_status(call: &mut Call<'_>) -> Outcome {
    call.amend(DocumentKind::Group, call.id(), call.body.clone())?;
    Ok(json!({ "success": true }))
}

/// Removes a group. What becomes of its calendars was not recorded; here they are in no group any more.
fn delete(call: &mut Call<'_>) -> Outcome {
    call.remove(DocumentKind::Group, call.id())?;
    let calendars = call.store.now().calendars();
    let calendars = calendars.filter(|calendar| calendar.group_id.as_deref() == Some(call.id()));
    let left: Vec<Calendar> = calendars.map(|calendar| calendar.as_ref().clone()).collect();
    for calendar in left {
        let group_id = None;
        call.put_calendar(Calendar { group_id, ..calendar })?;
    }
    Ok(json!({ "success": true }))
}

fn require_free_slug(call: &Call<'_>, but: Option<&str>) -> Result<(), Refusal> {
    if is_slug_taken(call, but) {
        // The words are ours: GHL's were not recorded.
        return Err(Refusal::bad_request("The slug is already taken."));
    }
    Ok(())
}

/// Whether a group has the slug of the request, but for one.
fn is_slug_taken(call: &Call<'_>, but: Option<&str>) -> bool {
    let mut groups = call.store.now().documents(DocumentKind::Group);
    groups.any(|group| {
        let text = |name: &str| group.get(name).and_then(Value::as_str);
        text("slug") == call.text("slug") && text("id") != but
    })
}

fn is_slug(text: &str) -> bool {
    let fits = |byte: u8| byte == b'-' || byte.is_ascii_alphanumeric();
    !text.is_empty() && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;

    const PATH: &str = "/calendars/groups";

    fn north(slug: &str) -> Value {
        json!({ "locationId": Seed::DEMO_LOCATION, "name": "North", "description": "", "slug": slug })
    }

    fn list(trial: &mut Trial) -> Value {
        let target = format!("{PATH}?locationId={}", Seed::DEMO_LOCATION);
        trial.get(&target).body["groups"].clone()
    }

    #[test]
    fn a_group_is_created_listed_replaced_paused_and_deleted() {
        let mut trial = Trial::demo();
        let created = trial.post(PATH, north("north"));
        assert_eq!(created.status, 201);
        let id = created.body["group"]["id"].as_str().unwrap().to_owned();
        let mut group = json!({
            "id": id, "locationId": Seed::DEMO_LOCATION, "name": "North", "description": "",
            "slug": "north", "isActive": true,
        });
        assert_eq!(created.body["group"], group);
        assert_eq!(list(&mut trial), json!([group]));

        let one = format!("{PATH}/{id}");
        let body = json!({ "name": "North Austin", "description": "Past 183", "slug": "north" });
        let updated = trial.put(&one, body);
        assert_eq!(updated.status, 200);
        assert_eq!(updated.body["group"]["name"], "North Austin");
        let paused = trial.put(&format!("{one}/status"), json!({ "isActive": false }));
        assert_eq!((paused.status, &paused.body["success"]), (200, &json!(true)));
        group["name"] = json!("North Austin");
        group["description"] = json!("Past 183");
        group["isActive"] = json!(false);
        assert_eq!(list(&mut trial), json!([group]));

        let roof = format!("/calendars/{}", Seed::ROOF_INSPECTIONS);
        assert_eq!(trial.put(&roof, json!({ "groupId": id })).status, 200);
        assert_eq!(trial.delete(&one).body["success"], true);
        assert_eq!(list(&mut trial), json!([]));
        assert_eq!(trial.get(&roof).body["calendar"].get("groupId"), None);
        assert_eq!(
            trial.delete(&one).body["error"],
            format!("Group with id {id} not found")
        );
    }

    #[test]
    fn a_slug_is_there_once() {
        let mut trial = Trial::demo();
        let available = |trial: &mut Trial| {
            let body = json!({ "locationId": Seed::DEMO_LOCATION, "slug": "north" });
            let answer = trial.post(&format!("{PATH}/validate-slug"), body);
            assert_eq!(answer.status, 200);
            answer.body["available"].clone()
        };
        assert_eq!(available(&mut trial), true);
        trial.post(PATH, north("north"));
        assert_eq!(available(&mut trial), false);
        assert_eq!(trial.post(PATH, north("north")).status, 400);
        assert_eq!(trial.post(PATH, north("south")).status, 201);
    }

    #[test]
    fn a_group_is_replaced_as_a_whole() {
        let mut trial = Trial::demo();
        trial.post(PATH, north("north"));
        let id = list(&mut trial)[0]["id"].as_str().unwrap().to_owned();
        let answer = trial.put(&format!("{PATH}/{id}"), json!({ "slug": "a b", "isActive": true }));
        let expected = json!([
            "property isActive should not exist",
            "name should not be empty",
            "name must be a string",
            "description must be a string",
            "slug must match /^[A-Za-z0-9-]+$/ regular expression",
        ]);
        assert_eq!((answer.status, &answer.body["message"]), (422, &expected));
        let elsewhere = json!({ "locationId": "elsewhere", "slug": "a" });
        let answer = trial.post(&format!("{PATH}/validate-slug"), elsewhere);
        assert_eq!(answer.status, 403);
    }
}
