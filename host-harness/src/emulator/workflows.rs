//! Workflows, and the contacts in them.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::DocumentKind;
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};

const PATH_OF_ONE: &str = "/contacts/{contactId}/workflow/{workflowId}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("workflow.list", "/workflows/", "workflows.readonly", list).location(Place::Query),
    Route::post("contact.enrol_workflow", PATH_OF_ONE, "contacts.write", enrol).fields(ENROLMENT),
    Route::delete("contact.leave_workflow", PATH_OF_ONE, "contacts.write", leave).fields(ENROLMENT),
];

const ENROLMENT: &[Field] = &[Field::optional("eventStartTime", Rule::Time)];

fn list(call: &mut Call<'_>) -> Outcome {
    let workflows = call.seen_documents(DocumentKind::Workflow);
    let workflows = workflows.map(|workflow| DocumentKind::Workflow.shown(workflow));
    Ok(json!({ "workflows": workflows.collect::<Vec<Value>>() }))
}

/// Enrols a contact once more, whether it is in the workflow or not: each enrolment can send messages again.
fn enrol(call: &mut Call<'_>) -> Outcome {
    let (contact, workflow) = parties(call)?;
    let mut enrolment = call.body.clone();
    enrolment.insert("contactId".to_owned(), contact.into());
    enrolment.insert("workflowId".to_owned(), workflow.into());
    call.create(DocumentKind::Enrolment, enrolment);
    Ok(json!({ "succeded": true, "succeeded": true }))
}

/// Takes a contact out of a workflow. That it succeeds when the contact is not in it is ours.
fn leave(call: &mut Call<'_>) -> Outcome {
    let (contact, workflow) = parties(call)?;
    let enrolments = call.store.now().documents(DocumentKind::Enrolment);
    let of_both = enrolments.filter(|enrolment| {
        let is = |name: &str, id: &str| enrolment.get(name).is_some_and(|value| value == id);
        is("contactId", contact) && is("workflowId", workflow)
    });
    let ids = of_both.filter_map(|enrolment| enrolment.get("id")?.as_str());
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    for id in ids {
        call.remove(DocumentKind::Enrolment, &id)?;
    }
    Ok(json!({ "succeded": true, "succeeded": true }))
}

/// The ids of the contact and of the workflow, which are both there.
fn parties<'a>(call: &Call<'a>) -> Result<(&'a str, &'a str), Refusal> {
    let (contact, workflow) = (call.id(), call.id_at(1));
    call.contact(contact)?;
    call.document(DocumentKind::Workflow, workflow)?;
    Ok((contact, workflow))
}

#[cfg(test)]
mod tests {
    use crate::emulator::trial::{Trial, tuesday};
    use crate::emulator::{DocumentKind, Seed};
    use serde_json::json;

    #[test]
    fn a_contact_enters_a_workflow_as_often_as_it_is_told_and_leaves_it_once() {
        let mut trial = Trial::demo();
        let listed = trial.get(&format!("/workflows/?locationId={}", Seed::DEMO_LOCATION));
        assert_eq!(listed.body["workflows"][0]["id"], Seed::NURTURE);
        assert_eq!(listed.body["workflows"][0]["status"], "published");
        let path = format!("/contacts/{}/workflow/{}", Seed::PAT, Seed::NURTURE);
        let at = json!({ "eventStartTime": tuesday("10:00") });
        for enrolments in 1..=2 {
            let answer = trial.post(&path, at.clone());
            assert_eq!((answer.status, &answer.body["succeded"]), (200, &json!(true)));
            assert_eq!(trial.ghl.documents(DocumentKind::Enrolment).count(), enrolments);
        }
        for _ in 0..2 {
            assert_eq!(trial.ask("DELETE", &path, Some(json!({}))).status, 200);
            assert_eq!(trial.ghl.documents(DocumentKind::Enrolment).count(), 0);
        }
    }

    #[test]
    fn both_must_be_there() {
        let mut trial = Trial::demo();
        for (contact, workflow, words) in [
            (Seed::PAT, "none", "Workflow with id none not found"),
            ("nobody", Seed::NURTURE, "Contact with id nobody not found"),
        ] {
            let path = format!("/contacts/{contact}/workflow/{workflow}");
            for method in ["POST", "DELETE"] {
                let answer = trial.ask(method, &path, Some(json!({})));
                assert_eq!((answer.status, &answer.body["error"]), (400, &json!(words)));
            }
        }
    }
}
