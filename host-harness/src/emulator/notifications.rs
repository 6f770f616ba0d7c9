//! `/calendars/{calendarId}/notifications`: what people are told about the appointments of a calendar.

use serde_json::{Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::Route;
use super::sent::Shape;

const PATH: &str = "/calendars/{calendarId}/notifications";
const PATH_OF_ONE: &str = "/calendars/{calendarId}/notifications/{notificationId}";
const READ: &str = "calendars/events.readonly";
const WRITE: &str = "calendars/events.write";

pub(super) const ROUTES: &[Route] = &[
    Route::get("notification.list", PATH, READ, list).query(FILTER),
    Route::post("notification.create", PATH, WRITE, create).body(Shape::List(CREATE)),
    Route::get("notification.get", PATH_OF_ONE, READ, get),
    Route::put("notification.update", PATH_OF_ONE, WRITE, update).fields(UPDATE),
    Route::delete("notification.delete", PATH_OF_ONE, WRITE, delete),
];

const FILTER: &[Field] = &[
    Field::optional("isActive", Rule::Flag),
    Field::optional("deleted", Rule::Flag),
    Field::optional("limit", Rule::at_least(0.0)),
    Field::optional("skip", Rule::at_least(0.0)),
];

const RECEIVER: Rule = Rule::OneOf(&["contact", "guest", "assignedUser", "emails", "phoneNumbers", "business"]);
const CHANNEL: Rule = Rule::OneOf(&["email", "inApp", "sms", "whatsapp"]);
const OCCASION: Rule = Rule::OneOf(&[
    "booked",
    "confirmation",
    "cancellation",
    "reminder",
    "followup",
    "reschedule",
]);

const DISTANCE: &[Field] = &[
    Field::optional("timeOffset", Rule::NUMBER),
    Field::optional("unit", Rule::Text),
];

const CREATE: &[Field] = &[
    Field::required("receiverType", RECEIVER),
    Field::required("channel", CHANNEL),
    Field::required("notificationType", OCCASION),
    Field::optional("isActive", Rule::Flag),
    Field::optional("templateId", Rule::Text),
    Field::optional("body", Rule::Text),
    Field::optional("subject", Rule::Text),
    Field::optional("afterTime", Rule::Objects(DISTANCE)),
    Field::optional("beforeTime", Rule::Objects(DISTANCE)),
    Field::optional("additionalEmailIds", Rule::TEXTS),
    Field::optional("additionalPhoneNumbers", Rule::TEXTS),
    Field::optional("selectedUsers", Rule::TEXTS),
    Field::optional("fromAddress", Rule::Text),
    Field::optional("fromName", Rule::Text),
    Field::optional("fromNumber", Rule::Text),
];

const UPDATE: &[Field] = &[
    Field::optional("receiverType", RECEIVER),
    Field::optional("channel", CHANNEL),
    Field::optional("notificationType", OCCASION),
    Field::optional("isActive", Rule::Flag),
    Field::optional("deleted", Rule::Flag),
    Field::optional("templateId", Rule::Text),
    Field::optional("body", Rule::Text),
    Field::optional("subject", Rule::Text),
    Field::optional("afterTime", Rule::Objects(DISTANCE)),
    Field::optional("beforeTime", Rule::Objects(DISTANCE)),
    Field::optional("additionalEmailIds", Rule::TEXTS),
    Field::optional("additionalPhoneNumbers", Rule::TEXTS),
    Field::optional("selectedUsers", Rule::TEXTS),
    Field::optional("fromAddress", Rule::Text),
    Field::optional("fromName", Rule::Text),
    Field::optional("fromNumber", Rule::Text),
];

/// Lists them; those that were deleted when they are asked for, which was not recorded.
fn list(call: &mut Call<'_>) -> Outcome {
    call.seen_calendar(call.id())?;
    let flag = |notification: &Document, name: &str| notification.get(name).and_then(Value::as_bool);
    let deleted = call.query_flag("deleted").unwrap_or(false);
    let active = call.query_flag("isActive");
    let notifications = call.seen_documents(DocumentKind::Notification);
    let wanted = notifications
        .filter(|notification| is_of(notification, call.id()))
        .filter(|notification| flag(notification, "deleted").unwrap_or(false) == deleted)
        .filter(|notification| active.is_none() || flag(notification, "isActive").or(Some(true)) == active);
    let page = wanted.skip(call.query_count("skip").unwrap_or_default());
    let page = page.take(call.query_count("limit").unwrap_or(100));
    Ok(page
        .map(|notification| DocumentKind::Notification.shown(notification))
        .collect())
}

fn create(call: &mut Call<'_>) -> Outcome {
    call.calendar(call.id())?;
    let fields = call.list.iter().filter_map(Value::as_object);
    let created = fields.map(|fields| {
        let mut fields = fields.clone();
        fields.entry("isActive").or_insert(true.into());
        fields.insert("deleted".to_owned(), false.into());
        fields.insert("calendarId".to_owned(), call.id().into());
        DocumentKind::Notification.shown(&call.create(DocumentKind::Notification, fields))
    });
    Ok(created.collect())
}

fn get(call: &mut Call<'_>) -> Outcome {
    let notification = call.seen_document(DocumentKind::Notification, call.id_at(1))?;
    require_of(call, notification)?;
    Ok(DocumentKind::Notification.shown(notification))
}

fn update(call: &mut Call<'_>) -> Outcome {
    write(call, call.body.clone())?;
    // The words are ours, as are those of a deletion: GHL's were not recorded.
    Ok(json!({ "message": "Notification updated successfully" }))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let mut fields = Document::new();
    fields.insert("deleted".to_owned(), true.into());
    write(call, fields)?;
    Ok(json!({ "message": "Notification deleted successfully" }))
}

fn write(call: &mut Call<'_>, fields: Document) -> Result<(), Refusal> {
    require_of(call, call.document(DocumentKind::Notification, call.id_at(1))?)?;
    call.amend(DocumentKind::Notification, call.id_at(1), fields)?;
    Ok(())
}

fn is_of(notification: &Document, calendar_id: &str) -> bool {
    notification.get("calendarId").and_then(Value::as_str) == Some(calendar_id)
}

fn require_of(call: &Call<'_>, notification: &Document) -> Result<(), Refusal> {
    is_of(notification, call.id())
        .then_some(())
        .ok_or_else(|| DocumentKind::Notification.missing(call.id_at(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;

    fn path(calendar: &str) -> String {
        format!("/calendars/{calendar}/notifications")
    }

    fn reminder() -> Value {
        json!({
            "receiverType": "contact", "channel": "sms", "notificationType": "reminder",
            "beforeTime": [{ "timeOffset": 1, "unit": "hours" }],
        })
    }

    fn count(trial: &mut Trial, query: &str) -> usize {
        let answer = trial.get(&format!("{}?{query}", path(Seed::OPEN_HOUSE)));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.as_array().unwrap().len()
    }

    #[test]
    fn notifications_are_created_in_a_list_read_changed_and_deleted_softly() {
        let mut trial = Trial::demo();
        let paused =
            json!({ "receiverType": "guest", "channel": "email", "notificationType": "booked", "isActive": false });
        let created = trial.post(&path(Seed::OPEN_HOUSE), json!([reminder(), paused]));
        assert_eq!(created.status, 200, "{}", created.body);
        let first = &created.body[0];
        assert_eq!((&first["isActive"], &first["deleted"]), (&json!(true), &json!(false)));
        assert_eq!(first.get("calendarId"), None);
        let one = format!("{}/{}", path(Seed::OPEN_HOUSE), first["_id"].as_str().unwrap());
        assert_eq!(trial.get(&one).body["beforeTime"], first["beforeTime"]);
        let elsewhere = one.replace(Seed::OPEN_HOUSE, Seed::SOLAR_WORKSHOP);
        assert_eq!(trial.get(&elsewhere).status, 400);

        let later = json!({ "beforeTime": [{ "timeOffset": 2, "unit": "hours" }] });
        let updated = trial.put(&one, later.clone());
        assert!(updated.body["message"].is_string());
        assert_eq!(trial.get(&one).body["beforeTime"], later["beforeTime"]);
        let counts = [
            "",
            "isActive=true",
            "isActive=false",
            "limit=1",
            "skip=1",
            "deleted=true",
        ];
        assert_eq!(counts.map(|query| count(&mut trial, query)), [2, 1, 1, 1, 1, 0]);

        assert!(trial.delete(&one).body["message"].is_string());
        assert_eq!(["", "deleted=true"].map(|query| count(&mut trial, query)), [1, 1]);
        assert_eq!(trial.get(&one).body["deleted"], true);
    }

    #[test]
    fn a_notification_says_to_whom_how_and_of_what() {
        let mut trial = Trial::demo();
        let answer = trial.post(&path(Seed::OPEN_HOUSE), json!([reminder(), { "channel": "fax" }]));
        assert_eq!(answer.status, 422);
        let words = answer.body["message"].as_array().unwrap();
        assert_eq!(words[0], "[1] receiverType should not be empty");
        assert_eq!(count(&mut trial, ""), 0);
        assert_eq!(trial.post(&path(Seed::OPEN_HOUSE), reminder()).status, 400);
        assert_eq!(trial.post(&path("none"), json!([reminder()])).status, 400);
    }
}
