//! `/calendars/appointments/{appointmentId}/notes`.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::Route;

const PATH: &str = "/calendars/appointments/{appointmentId}/notes";
const PATH_OF_ONE: &str = "/calendars/appointments/{appointmentId}/notes/{noteId}";
const WRITE: &str = "calendars/events.write";

pub(super) const ROUTES: &[Route] = &[
    Route::get("appointment_note.list", PATH, "calendars/events.readonly", list).query(PAGE),
    Route::post("appointment_note.create", PATH, WRITE, create)
        .fields(NOTE)
        .created(),
    Route::put("appointment_note.update", PATH_OF_ONE, WRITE, update).fields(NOTE),
    Route::delete("appointment_note.delete", PATH_OF_ONE, WRITE, delete),
];

const PAGE: &[Field] = &[
    Field::required("limit", Rule::between(0.0, 20.0)),
    Field::required("offset", Rule::at_least(0.0)),
];

const NOTE: &[Field] = &[
    Field::optional("userId", Rule::Text),
    Field::required("body", Rule::Text),
];

/// The longest note, in characters.
const LONGEST: usize = 5000;

/// Lists them, oldest first; in which order GHL does was not recorded.
fn list(call: &mut Call<'_>) -> Outcome {
    call.seen_appointment(call.id())?;
    let notes = call.seen_documents(DocumentKind::AppointmentNote);
    let notes = notes.filter(|note| is_of(note, call.id()));
    let mut notes = notes.skip(call.query_count("offset").unwrap_or_default());
    let page = notes.by_ref().take(call.query_count("limit").unwrap_or_default());
    let page: Vec<Value> = page.map(|note| DocumentKind::AppointmentNote.shown(note)).collect();
    Ok(json!({ "notes": page, "hasMore": notes.next().is_some() }))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let contact = call.appointment(call.id())?.contact_id.clone();
    let mut fields = written(call)?;
    fields.insert("appointmentId".to_owned(), call.id().into());
    fields.insert("contactId".to_owned(), contact.into());
    let note = call.create(DocumentKind::AppointmentNote, fields);
    Ok(json!({ "note": DocumentKind::AppointmentNote.shown(&note) }))
}

fn update(call: &mut Call<'_>) -> Outcome {
    require_of(call)?;
    let fields = written(call)?;
    let note = call.amend(DocumentKind::AppointmentNote, call.id_at(1), fields)?;
    Ok(json!({ "note": DocumentKind::AppointmentNote.shown(&note) }))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    require_of(call)?;
    call.remove(DocumentKind::AppointmentNote, call.id_at(1))?;
    Ok(json!({ "success": true }))
}

/// What a request writes of a note, with who does.
fn written(call: &Call<'_>) -> Result<Document, Refusal> {
    if call.text("body").is_some_and(|body| body.chars().count() > LONGEST) {
        let words = format!("body must be shorter than or equal to {LONGEST} characters");
        return Err(Refusal::invalid_fields(vec![words]));
    }
    let mut fields = call.body.clone();
    if let Some(id) = call.text("userId") {
        let user = call.store.user(id).ok_or_else(|| Refusal::missing("User", id))?;
        fields.insert("createdBy".to_owned(), json!({ "id": user.id, "name": user.name }));
    }
    Ok(fields)
}

fn is_of(note: &Document, appointment_id: &str) -> bool {
    note.get("appointmentId").and_then(Value::as_str) == Some(appointment_id)
}

fn require_of(call: &Call<'_>) -> Result<(), Refusal> {
    call.appointment(call.id())?;
    let note = call.document(DocumentKind::AppointmentNote, call.id_at(1))?;
    is_of(note, call.id())
        .then_some(())
        .ok_or_else(|| DocumentKind::AppointmentNote.missing(call.id_at(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::{Trial, tuesday};

    /// A trial with an appointment, and the path of its notes.
    fn booked() -> (Trial, String) {
        let mut trial = Trial::demo();
        let booked = trial.book(Seed::OPEN_HOUSE, tuesday("10:00")).body;
        let path = format!("/calendars/appointments/{}/notes", booked["id"].as_str().unwrap());
        (trial, path)
    }

    #[test]
    fn a_note_is_created_listed_changed_and_deleted() {
        let (mut trial, path) = booked();
        for body in ["Gate code 4711", "Dog in the yard"] {
            let note = trial.post(&path, json!({ "body": body, "userId": Seed::DANA }));
            assert_eq!(note.status, 201, "{}", note.body);
            assert_eq!(note.body["note"]["createdBy"]["name"], "Dana Whitfield");
            assert_eq!(note.body["note"]["contactId"], Seed::PAT);
        }
        let page = |trial: &mut Trial, query: &str| {
            let answer = trial.get(&format!("{path}?{query}")).body;
            (answer["notes"].clone(), answer["hasMore"].clone())
        };
        let (notes, more) = page(&mut trial, "limit=1&offset=0");
        assert_eq!((&notes[0]["body"], more), (&json!("Gate code 4711"), json!(true)));
        assert_eq!(page(&mut trial, "limit=20&offset=1").1, false);

        let one = format!("{path}/{}", notes[0]["id"].as_str().unwrap());
        let updated = trial.put(&one, json!({ "body": "Gate code 4712" }));
        assert_eq!(updated.body["note"]["body"], "Gate code 4712");
        assert_eq!(trial.delete(&one).body["success"], true);
        let (notes, _) = page(&mut trial, "limit=20&offset=0");
        assert_eq!(notes.as_array().unwrap().len(), 1);
        assert_eq!(trial.delete(&one).status, 400);
    }

    #[test]
    fn pages_are_short_and_so_are_notes() {
        let (mut trial, path) = booked();
        let answer = trial.get(&format!("{path}?limit=21"));
        let words = json!([
            "limit must not be greater than 20",
            "offset should not be empty",
            "offset must be a number conforming to the specified constraints",
        ]);
        assert_eq!((answer.status, &answer.body["message"]), (422, &words));
        let note = |length: usize| json!({ "body": "a".repeat(length) });
        assert_eq!(trial.post(&path, note(5000)).status, 201);
        let answer = trial.post(&path, note(5001));
        let words = json!(["body must be shorter than or equal to 5000 characters"]);
        assert_eq!((answer.status, &answer.body["message"]), (422, &words));
        let nowhere = trial.post("/calendars/appointments/none/notes", note(1));
        assert_eq!(nowhere.body["error"], "Appointment with id none not found");
    }
}
