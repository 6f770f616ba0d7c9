//! `/contacts/{contactId}/tasks`.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::DocumentKind;
use super::reply::Outcome;
use super::route::Route;

const PATH: &str = "/contacts/{contactId}/tasks";

pub(super) const ROUTES: &[Route] = &[
    Route::get("contact.list_tasks", PATH, "contacts.readonly", list),
    Route::post("contact.create_task", PATH, "contacts.write", create)
        .fields(CREATE)
        .created(),
    Route::put(
        "contact.complete_task",
        "/contacts/{contactId}/tasks/{taskId}/completed",
        "contacts.write",
        complete,
    )
    .fields(COMPLETE),
];

const CREATE: &[Field] = &[
    Field::required("title", Rule::Text),
    Field::required("dueDate", Rule::Time),
    Field::required("completed", Rule::Flag),
    Field::optional("body", Rule::Text),
    Field::optional("assignedTo", Rule::Text),
];

const COMPLETE: &[Field] = &[Field::required("completed", Rule::Flag)];

fn list(call: &mut Call<'_>) -> Outcome {
    let contact = call.seen_contact(call.id())?;
    let tasks = call.seen_documents(DocumentKind::Task);
    let tasks = tasks.filter(|task| task.get("contactId").is_some_and(|id| *id == contact.id));
    let tasks = tasks.map(|task| DocumentKind::Task.shown(task));
    Ok(json!({ "tasks": tasks.collect::<Vec<Value>>() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let contact = call.contact(call.id())?;
    call.check_user("assignedTo")?;
    let mut task = call.body.clone();
    task.insert("contactId".to_owned(), contact.id.as_str().into());
    let task = call.create(DocumentKind::Task, task);
    Ok(json!({ "task": DocumentKind::Task.shown(&task) }))
}

fn complete(call: &mut Call<'_>) -> Outcome {
    let contact = call.contact(call.id())?;
    let id = call.id_at(1);
    let task = call.document(DocumentKind::Task, id)?;
    if task.get("contactId").is_none_or(|owner| *owner != contact.id) {
        return Err(DocumentKind::Task.missing(id));
    }
    let task = call.amend(DocumentKind::Task, id, call.body.clone())?;
    Ok(json!({ "task": DocumentKind::Task.shown(&task) }))
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::{Trial, tuesday};
    use serde_json::json;

    #[test]
    fn a_task_is_made_listed_and_done() {
        let mut trial = Trial::demo();
        let path = format!("/contacts/{}/tasks", Seed::PAT);
        let body = json!({ "title": "Come back", "dueDate": tuesday("16:00"), "completed": false,
                           "assignedTo": Seed::RILEY });
        let made = trial.post(&path, body);
        assert_eq!(made.status, 201);
        let mut task = made.body["task"].clone();
        assert_eq!(task["contactId"], Seed::PAT);
        let done = format!("{path}/{}/completed", task["id"].as_str().unwrap());
        assert_eq!(trial.put(&done, json!({ "completed": true })).status, 200);
        task["completed"] = json!(true);
        assert_eq!(trial.get(&path).body["tasks"], json!([task]));
    }

    #[test]
    fn a_task_of_another_contact_is_not_found() {
        let mut trial = Trial::demo();
        let body = json!({ "title": "Come back", "dueDate": tuesday("16:00"), "completed": false });
        let made = trial.post(&format!("/contacts/{}/tasks", Seed::PAT), body);
        let id = made.body["task"]["id"].as_str().unwrap().to_owned();
        let ann = json!({ "locationId": Seed::DEMO_LOCATION, "email": "ann@example.com" });
        let ann = trial.post("/contacts/", ann).body["contact"]["id"].clone();
        for (contact, words) in [
            (ann.as_str().unwrap(), format!("Task with id {id} not found")),
            ("nobody", "Contact with id nobody not found".to_owned()),
        ] {
            let path = format!("/contacts/{contact}/tasks/{id}/completed");
            let answer = trial.put(&path, json!({ "completed": true }));
            assert_eq!((answer.status, &answer.body["error"]), (400, &json!(words)));
        }
    }

    #[test]
    fn a_task_says_what_is_due_when() {
        let mut trial = Trial::demo();
        let path = format!("/contacts/{}/tasks", Seed::PAT);
        let answer = trial.post(
            &path,
            json!({ "title": "Come back", "dueDate": "soon", "completed": "no" }),
        );
        assert_eq!(answer.status, 422);
        let words = [
            "dueDate must be a valid ISO 8601 date string",
            "completed must be a boolean value",
        ];
        assert_eq!(answer.body["message"], json!(words));
        let body = json!({ "title": "Come back", "dueDate": tuesday("16:00"), "completed": false, "assignedTo": "x" });
        assert_eq!(trial.post(&path, body).body["error"], "User with id x not found");
    }
}
