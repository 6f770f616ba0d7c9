//! `/contacts/{contactId}/notes`.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::DocumentKind;
use super::reply::Outcome;
use super::route::Route;

const PATH: &str = "/contacts/{contactId}/notes";

pub(super) const ROUTES: &[Route] = &[
    Route::get("contact.list_notes", PATH, "contacts.readonly", list),
    Route::post("contact.create_note", PATH, "contacts.write", create)
        .fields(CREATE)
        .created(),
];

const CREATE: &[Field] = &[
    Field::required("body", Rule::Text),
    Field::optional("userId", Rule::Text),
    Field::optional("title", Rule::Text),
    Field::optional("color", Rule::Text),
    Field::optional("pinned", Rule::Flag),
];

fn list(call: &mut Call<'_>) -> Outcome {
    let contact = call.seen_contact(call.id())?;
    let notes = call.seen_documents(DocumentKind::ContactNote);
    let notes = notes.filter(|note| note.get("contactId").is_some_and(|id| *id == contact.id));
    let notes = notes.map(|note| DocumentKind::ContactNote.shown(note));
    Ok(json!({ "notes": notes.collect::<Vec<Value>>() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let contact = call.contact(call.id())?;
    call.check_user("userId")?;
    let mut note = call.body.clone();
    note.insert("contactId".to_owned(), contact.id.as_str().into());
    let note = call.create(DocumentKind::ContactNote, note);
    Ok(json!({ "note": DocumentKind::ContactNote.shown(&note) }))
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::json;

    #[test]
    fn a_note_is_listed_with_its_contact_alone() {
        let mut trial = Trial::demo();
        let of_pat = format!("/contacts/{}/notes", Seed::PAT);
        let note = json!({ "body": "Gate code 4711", "userId": Seed::RILEY, "pinned": true });
        let made = trial.post(&of_pat, note);
        assert_eq!(made.status, 201);
        assert_eq!(made.body["note"]["contactId"], Seed::PAT);
        assert_eq!(made.body["note"]["dateAdded"], "2026-03-02T14:00:00.000Z");
        assert_eq!(trial.get(&of_pat).body["notes"], json!([made.body["note"]]));

        let body = json!({ "locationId": Seed::DEMO_LOCATION, "email": "ann@example.com" });
        let ann = trial.post("/contacts/", body).body;
        let of_ann = format!("/contacts/{}/notes", ann["contact"]["id"].as_str().unwrap());
        assert_eq!(trial.get(&of_ann).body["notes"], json!([]));
    }

    #[test]
    fn a_note_says_something_about_a_contact_that_is_there() {
        let mut trial = Trial::demo();
        let of_pat = format!("/contacts/{}/notes", Seed::PAT);
        assert_eq!(trial.post(&of_pat, json!({ "body": "" })).status, 422);
        let answer = trial.post(&of_pat, json!({ "body": "Gate", "userId": "nobody" }));
        assert_eq!(answer.body["error"], "User with id nobody not found");
        assert_eq!(
            trial.post("/contacts/nobody/notes", json!({ "body": "Gate" })).status,
            400
        );
        assert_eq!(trial.get("/contacts/nobody/notes").status, 400);
    }
}
