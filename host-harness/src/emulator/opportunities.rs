//! Pipelines, and the opportunities in them.

use serde_json::{Map, Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::contact::zulu;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "pipeline.list",
        "/opportunities/pipelines",
        "opportunities.readonly",
        list_pipelines,
    )
    .location(Place::Query),
    Route::post(
        "opportunity.upsert",
        "/opportunities/upsert",
        "opportunities.write",
        upsert,
    )
    .location(Place::Body)
    .fields(UPSERT),
    Route::put(
        "opportunity.set_status",
        "/opportunities/{id}/status",
        "opportunities.write",
        set_status,
    )
    .fields(SET_STATUS),
];

/// The specification has `all` here too, which is a status to ask for and none to be in.
const STATUSES: &[&str] = &["open", "won", "lost", "abandoned"];

/// The specification requires the followers and knows no contact; other clients were seen to send a contact and no
/// followers.
const UPSERT: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::required("pipelineId", Rule::Text),
    Field::optional("id", Rule::Text),
    Field::optional("contactId", Rule::Text),
    Field::optional("name", Rule::Text),
    Field::optional("status", Rule::OneOf(STATUSES)),
    Field::optional("pipelineStageId", Rule::Text),
    Field::optional("monetaryValue", Rule::NUMBER),
    Field::optional("assignedTo", Rule::Text),
    Field::optional("lostReasonId", Rule::Text),
    Field::optional("followers", Rule::TEXTS),
    Field::optional("isRemoveAllFollowers", Rule::Flag),
    Field::optional("followersActionType", Rule::OneOf(&["add", "remove"])),
    Field::optional("forecastExpectedCloseDate", Rule::Text),
    Field::optional("forecastProbability", Rule::NUMBER),
];

const SET_STATUS: &[Field] = &[
    Field::required("status", Rule::OneOf(STATUSES)),
    Field::optional("lostReasonId", Rule::Text),
];

/// What an upsert says about followers, which is not kept as it was written.
const ABOUT_FOLLOWERS: [&str; 3] = ["followers", "isRemoveAllFollowers", "followersActionType"];

fn list_pipelines(call: &mut Call<'_>) -> Outcome {
    let pipelines = call.seen_documents(DocumentKind::Pipeline);
    let pipelines = pipelines.map(|pipeline| DocumentKind::Pipeline.shown(pipeline));
    Ok(json!({ "pipelines": pipelines.collect::<Vec<Value>>() }))
}

/// Writes the opportunity with the given id, or the one that the contact has in the pipeline, or a new one.
fn upsert(call: &mut Call<'_>) -> Outcome {
    call.check_user("assignedTo")?;
    let pipeline = call.document(DocumentKind::Pipeline, call.text("pipelineId").unwrap_or_default())?;
    let first_stage = check_stage(pipeline, call.text("pipelineStageId"))?.clone();
    let existing = find(call)?.cloned();
    let mut fields = call.body.clone();
    fields.retain(|name, value| !value.is_null() && !ABOUT_FOLLOWERS.contains(&name.as_str()));
    let is_new = existing.is_none();
    let before = match existing {
        Some(opportunity) => opportunity,
        None => begin(call, first_stage)?,
    };
    fields.insert("followers".to_owned(), followers(call, &before));
    for (name, changed) in [
        ("status", "lastStatusChangeAt"),
        ("pipelineStageId", "lastStageChangeAt"),
    ] {
        if is_new || fields.get(name).is_some_and(|value| Some(value) != before.get(name)) {
            fields.insert(changed.to_owned(), zulu(call.now).into());
        }
    }
    let opportunity = if is_new {
        call.create(DocumentKind::Opportunity, before.into_iter().chain(fields).collect())
    } else {
        let id = before.get("id").and_then(Value::as_str).unwrap_or_default();
        call.amend(DocumentKind::Opportunity, id, fields)?
    };
    let shown = DocumentKind::Opportunity.shown(&opportunity);
    Ok(json!({ "opportunity": shown, "new": is_new }))
}

/// Refuses a stage that the pipeline does not have, and answers the id of its first one.
fn check_stage<'a>(pipeline: &'a Document, wanted: Option<&str>) -> Result<&'a Value, Refusal> {
    let stages = pipeline.get("stages").and_then(Value::as_array);
    let ids = stages
        .into_iter()
        .flatten()
        .map(|stage| stage.get("id").unwrap_or(&Value::Null));
    let ids: Vec<&Value> = ids.collect();
    match wanted {
        Some(wanted) if !ids.iter().any(|id| *id == wanted) => Err(Refusal::missing("Pipeline stage", wanted)),
        _ => Ok(ids.first().copied().unwrap_or(&Value::Null)),
    }
}

/// The opportunity that an upsert means, the oldest of several.
fn find<'a>(call: &'a Call<'_>) -> Result<Option<&'a Document>, Refusal> {
    if let Some(id) = call.text("id") {
        return call.document(DocumentKind::Opportunity, id).map(Some);
    }
    let mut opportunities = call.store.now().documents(DocumentKind::Opportunity);
    let same = |opportunity: &Document, name: &str| opportunity.get(name) == call.body.get(name);
    let found = opportunities.find(|opportunity| same(opportunity, "contactId") && same(opportunity, "pipelineId"));
    Ok(found.map(AsRef::as_ref))
}

/// What a new opportunity is until it is written: open, in the first stage, and named after its contact.
fn begin(call: &Call<'_>, stage: Value) -> Result<Document, Refusal> {
    let Some(contact) = call.text("contactId") else {
        let words = ["contactId should not be empty", "contactId must be a string"];
        return Err(Refusal::invalid_fields(words.map(str::to_owned).into()));
    };
    let contact = call.contact(contact)?;
    Ok(Map::from_iter([
        ("name".to_owned(), contact.name().into()),
        ("status".to_owned(), "open".into()),
        ("pipelineStageId".to_owned(), stage),
        ("monetaryValue".to_owned(), 0.into()),
    ]))
}

/// Who follows an opportunity after an upsert.
fn followers(call: &Call<'_>, before: &Document) -> Value {
    let list = |fields: &Document| fields.get("followers").and_then(Value::as_array).cloned();
    let given = list(call.body).unwrap_or_default();
    let mut followers = list(before).unwrap_or_default();
    if call.flag("isRemoveAllFollowers") == Some(true) {
        followers.clear();
    }
    followers.retain(|follower| !given.contains(follower));
    if call.text("followersActionType") != Some("remove") {
        followers.extend(given);
    }
    followers.into()
}

fn set_status(call: &mut Call<'_>) -> Outcome {
    let before = call.document(DocumentKind::Opportunity, call.id())?;
    let mut fields = call.body.clone();
    if before.get("status") != fields.get("status") {
        fields.insert("lastStatusChangeAt".to_owned(), zulu(call.now).into());
    }
    call.amend(DocumentKind::Opportunity, call.id(), fields)?;
    Ok(if call.is_v3 {
        json!({ "succeded": true, "success": true })
    } else {
        json!({ "succeded": true })
    })
}

#[cfg(test)]
mod tests {
    use crate::emulator::trial::{Answer, Trial};
    use crate::emulator::{DocumentKind, Seed};
    use serde_json::{Value, json};

    fn upsert(trial: &mut Trial, more: Value) -> Answer {
        let mut body = json!({ "locationId": Seed::DEMO_LOCATION, "pipelineId": Seed::SALES });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        trial.post("/opportunities/upsert", body)
    }

    #[test]
    fn a_contact_has_one_opportunity_in_a_pipeline() {
        let mut trial = Trial::demo();
        let listed = trial.get(&format!("/opportunities/pipelines?locationId={}", Seed::DEMO_LOCATION));
        let stages = listed.body["pipelines"][0]["stages"].clone();
        let made = upsert(&mut trial, json!({ "contactId": Seed::PAT }));
        assert_eq!((made.status, &made.body["new"]), (200, &json!(true)));
        let opportunity = &made.body["opportunity"];
        assert_eq!(opportunity["name"], "Pat Homeowner");
        assert_eq!(opportunity["status"], "open");
        assert_eq!(opportunity["pipelineStageId"], stages[0]["id"]);

        trial.now_ms += 1_000;
        let sold = json!({ "contactId": Seed::PAT, "monetaryValue": 12_000, "pipelineStageId": stages[1]["id"] });
        let written = upsert(&mut trial, sold);
        assert_eq!(written.body["new"], false);
        let after = &written.body["opportunity"];
        assert_eq!(after["id"], opportunity["id"]);
        assert_eq!(after["monetaryValue"], 12_000);
        assert_eq!(after["lastStatusChangeAt"], opportunity["lastStatusChangeAt"]);
        assert_ne!(after["lastStageChangeAt"], opportunity["lastStageChangeAt"]);
        let by_id = upsert(&mut trial, json!({ "id": opportunity["id"], "name": "Roof" }));
        assert_eq!(by_id.body["opportunity"]["name"], "Roof");
        assert_eq!(trial.ghl.documents(DocumentKind::Opportunity).count(), 1);
    }

    #[test]
    fn an_opportunity_is_won_or_lost() {
        let mut trial = Trial::demo();
        let made = upsert(&mut trial, json!({ "contactId": Seed::PAT }));
        let path = format!(
            "/opportunities/{}/status",
            made.body["opportunity"]["id"].as_str().unwrap()
        );
        let answer = trial.put(&path, json!({ "status": "lost", "lostReasonId": "price" }));
        assert_eq!((answer.status, &answer.body["succeded"]), (200, &json!(true)));
        let opportunity = trial.ghl.documents(DocumentKind::Opportunity).next().unwrap();
        assert_eq!(
            (&opportunity["status"], &opportunity["lostReasonId"]),
            (&json!("lost"), &json!("price"))
        );
        let v3 = trial.v3("PUT", &path, Some(json!({ "status": "won" })));
        assert_eq!(v3.body["success"], true);
        assert_eq!(trial.put(&path, json!({ "status": "all" })).status, 422);
        let none = trial.put("/opportunities/none/status", json!({ "status": "won" }));
        assert_eq!(none.body["error"], "Opportunity with id none not found");
    }

    #[test]
    fn followers_are_added_and_removed() {
        let mut trial = Trial::demo();
        let mut followers = |given: &[&str], more: Value| {
            let mut body = json!({ "contactId": Seed::PAT, "followers": given });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            upsert(&mut trial, body).body["opportunity"]["followers"].clone()
        };
        assert_eq!(
            followers(&["a", "b"], json!({ "followersActionType": "add" })),
            json!(["a", "b"])
        );
        assert_eq!(
            followers(&["a"], json!({ "followersActionType": "remove" })),
            json!(["b"])
        );
        assert_eq!(followers(&["c"], json!({ "isRemoveAllFollowers": true })), json!(["c"]));
    }

    #[test]
    fn what_an_opportunity_refers_to_is_there() {
        let mut trial = Trial::demo();
        for (more, words) in [
            (json!({ "contactId": "nobody" }), "Contact with id nobody not found"),
            (
                json!({ "contactId": Seed::PAT, "pipelineId": "none" }),
                "Pipeline with id none not found",
            ),
            (
                json!({ "contactId": Seed::PAT, "pipelineStageId": "none" }),
                "Pipeline stage with id none not found",
            ),
            (
                json!({ "contactId": Seed::PAT, "assignedTo": "nobody" }),
                "User with id nobody not found",
            ),
            (json!({ "id": "none" }), "Opportunity with id none not found"),
        ] {
            let answer = upsert(&mut trial, more);
            assert_eq!((answer.status, &answer.body["error"]), (400, &json!(words)));
        }
        assert_eq!(upsert(&mut trial, json!({})).status, 422);
    }
}
