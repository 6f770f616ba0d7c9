//! `/contacts/…`.

use serde_json::{Map, Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::contact::{Contact, CustomField, email_form, phone_form, some_text, tag_forms};
use super::reply::Outcome;
use super::route::{Place, Route};
use super::seed::MatchFirst;

pub(super) const ROUTES: &[Route] = &[
    Route::post("contact.upsert", "/contacts/upsert", "contacts.write", upsert)
        .location(Place::Body)
        .fields(UPSERT),
    Route::get("contact.get", "/contacts/{contactId}", "contacts.readonly", get),
    Route::get(
        "contact.list_appointments",
        "/contacts/{contactId}/appointments",
        "contacts.readonly",
        list_appointments,
    ),
];

const UPSERT: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::optional("firstName", Rule::Text),
    Field::optional("lastName", Rule::Text),
    Field::optional("name", Rule::Text),
    Field::optional("email", Rule::Email),
    Field::optional("phone", Rule::Text),
    Field::optional("gender", Rule::Text),
    Field::optional("address1", Rule::Text),
    Field::optional("city", Rule::Text),
    Field::optional("state", Rule::Text),
    Field::optional("postalCode", Rule::Text),
    Field::optional("country", Rule::Text),
    Field::optional("website", Rule::Text),
    Field::optional("timezone", Rule::Text),
    Field::optional("dnd", Rule::Flag),
    Field::optional("dndSettings", Rule::Table),
    Field::optional("inboundDndSettings", Rule::Table),
    Field::optional("tags", Rule::TEXTS),
    Field::optional("customFields", Rule::CUSTOM_FIELDS),
    Field::optional("source", Rule::Text),
    Field::optional("dateOfBirth", Rule::Anything),
    Field::optional("companyName", Rule::Text),
    Field::optional("assignedTo", Rule::Text),
    Field::optional("createNewIfDuplicateAllowed", Rule::Flag),
];

/// The properties that are kept as they were written.
const PLAIN: [&str; 11] = [
    "gender",
    "address1",
    "city",
    "state",
    "postalCode",
    "country",
    "website",
    "timezone",
    "source",
    "dateOfBirth",
    "companyName",
];

fn upsert(call: &mut Call<'_>) -> Outcome {
    let email = call.text("email").map(email_form);
    let phone = call.text("phone").map(phone_form);
    let phone = phone.filter(|phone| !phone.is_empty());
    let two_of_a_kind =
        call.store.location.allow_duplicate_contact && call.flag("createNewIfDuplicateAllowed") == Some(true);
    let existing = (!two_of_a_kind)
        .then(|| find(call, email.as_deref(), phone.as_deref()))
        .flatten();
    let is_new = existing.is_none();
    let mut contact = existing.unwrap_or_else(|| {
        let id = call.store.mint.id();
        Contact::new(id, call.store.location.id.clone(), call.now)
    });
    write(&mut contact, call);
    // What is another contact's already is left with it, so that there are no duplicates.
    let view = call.store.now();
    let is_free = |owner: Option<&str>| two_of_a_kind || owner.is_none_or(|id| id == contact.id);
    let owner = email.as_deref().and_then(|email| view.contact_by_email(email));
    let email = email.filter(|_| is_free(owner.map(|owner| owner.id.as_str())));
    let owner = phone.as_deref().and_then(|phone| view.contact_by_phone(phone));
    let phone = phone.filter(|_| is_free(owner.map(|owner| owner.id.as_str())));
    contact.email = email.or(contact.email);
    contact.phone = phone.or(contact.phone);
    let shown = contact.shown();
    call.store.put_contact(contact, call.now.timestamp_millis());
    Ok(json!({ "new": is_new, "succeded": true, "succeeded": true, "contact": shown }))
}

/// The contact that an upsert means: the one with the same e-mail address or phone number, in
/// the order of the location's setting.
fn find(call: &Call<'_>, email: Option<&str>, phone: Option<&str>) -> Option<Contact> {
    let view = call.store.now();
    let by_email = || email.and_then(|email| view.contact_by_email(email));
    let by_phone = || phone.and_then(|phone| view.contact_by_phone(phone));
    let found = match call.store.location.match_first {
        MatchFirst::Email => by_email().or_else(by_phone),
        MatchFirst::Phone => by_phone().or_else(by_email),
    };
    found.map(|contact| contact.as_ref().clone())
}

/// Writes what was given, and leaves the rest; e-mail address and phone number apart.
fn write(contact: &mut Contact, call: &Call<'_>) {
    if let Some(name) = call.text("name") {
        contact.set_name(name);
    }
    for (name, kept) in [
        ("firstName", &mut contact.first_name),
        ("lastName", &mut contact.last_name),
        ("assignedTo", &mut contact.assigned_to),
    ] {
        if let Some(text) = call.text(name) {
            *kept = some_text(text);
        }
    }
    contact.dnd = call.flag("dnd").unwrap_or(contact.dnd);
    if let Some(settings) = call.body.get("dndSettings").and_then(Value::as_object) {
        write_dnd(&mut contact.dnd_settings, settings);
    }
    if let Some(tags) = call.body.get("tags").and_then(Value::as_array) {
        contact.tags = tag_forms(tags.iter().filter_map(Value::as_str));
    }
    if let Some(fields) = call.body.get("customFields").and_then(Value::as_array) {
        contact.set_custom_fields(fields.iter().filter_map(custom_field));
    }
    for name in PLAIN {
        if let Some(value) = call.body.get(name).filter(|value| !value.is_null()) {
            contact.properties.insert(name.to_owned(), value.clone());
        }
    }
    contact.date_updated = call.now;
}

/// Writes the channels that are given. One that is shut for good stays so.
fn write_dnd(kept: &mut Map<String, Value>, given: &Map<String, Value>) {
    for (channel, setting) in given {
        let status = kept.get(channel).and_then(|setting| setting.get("status"));
        if status.and_then(Value::as_str) != Some("permanent") {
            kept.insert(channel.clone(), setting.clone());
        }
    }
}

/// A custom field as it is written, whose value has two spellings.
fn custom_field(written: &Value) -> Option<CustomField> {
    let value = written.get("field_value").or(written.get("fieldValue"));
    Some(CustomField {
        id: written.get("id")?.as_str()?.to_owned(),
        value: value.cloned().unwrap_or_default(),
    })
}

fn get(call: &mut Call<'_>) -> Outcome {
    let contact = call.seen_contact(call.id())?;
    Ok(json!({ "contact": contact.shown() }))
}

fn list_appointments(call: &mut Call<'_>) -> Outcome {
    let contact = call.seen_contact(call.id())?;
    let appointments = call.seen().appointments_of(&contact.id).into_iter();
    let events = appointments.map(|appointment| {
        let group = call.group_of(&appointment.calendar_id);
        appointment.shown_to_contact(group, call.store.zone)
    });
    Ok(json!({ "events": events.collect::<Vec<Value>>() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Trial, tuesday};
    use crate::emulator::{Seed, SeedContact};

    fn upserted(trial: &mut Trial, body: Value) -> Value {
        let mut body = body;
        body["locationId"] = json!(Seed::DEMO_LOCATION);
        let answer = trial.post("/contacts/upsert", body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    #[test]
    fn a_contact_is_made_once_and_then_updated() {
        let mut trial = Trial::demo();
        let first = upserted(
            &mut trial,
            json!({ "name": "Ann Lee", "email": "Ann@Example.com", "phone": "512 555 0123",
                    "city": "Austin", "tags": ["Hot", "AK:Callback"] }),
        );
        assert_eq!(first["new"], true);
        assert_eq!(first["succeded"], true);
        assert_eq!(first["succeeded"], true);
        assert_eq!(first["contact"]["email"], "ann@example.com");
        assert_eq!(first["contact"]["phone"], "+15125550123");
        assert_eq!(first["contact"]["tags"], json!(["hot", "ak:callback"]));

        let second = upserted(
            &mut trial,
            json!({ "phone": "+1 (512) 555-0123", "state": "TX", "tags": ["sold"] }),
        );
        assert_eq!(second["new"], false);
        let contact = &second["contact"];
        assert_eq!(contact["id"], first["contact"]["id"]);
        assert_eq!(
            (&contact["firstName"], &contact["lastName"]),
            (&json!("Ann"), &json!("Lee"))
        );
        assert_eq!((&contact["city"], &contact["state"]), (&json!("Austin"), &json!("TX")));
        assert_eq!(contact["email"], "ann@example.com");
        assert_eq!(contact["tags"], json!(["sold"]));
        assert_eq!(trial.ghl.contacts().count(), 2);
    }

    #[test]
    fn of_two_contacts_that_fit_the_setting_chooses_and_the_other_keeps_its_own() {
        for (match_first, expected) in [(MatchFirst::Email, "e"), (MatchFirst::Phone, "p")] {
            let mut seed = Seed::demo();
            seed.location.match_first = match_first;
            seed.contacts = vec![
                SeedContact {
                    id: Some("e".into()),
                    email: Some("e@example.com".into()),
                    ..SeedContact::default()
                },
                SeedContact {
                    id: Some("p".into()),
                    phone: Some("+15125550999".into()),
                    ..SeedContact::default()
                },
            ];
            let mut trial = Trial::of(seed);
            let body = json!({ "email": "e@example.com", "phone": "+15125550999" });
            assert_eq!(upserted(&mut trial, body)["contact"]["id"], expected);
            let with_phone = |id: &str| {
                let contact = trial.ghl.contacts().find(|contact| contact.id == id);
                contact.unwrap().phone.is_some()
            };
            assert!(!with_phone("e"));
            assert!(with_phone("p"));
        }
    }

    #[test]
    fn a_duplicate_is_made_only_where_it_is_allowed() {
        for allowed in [false, true] {
            let mut seed = Seed::demo();
            seed.location.allow_duplicate_contact = allowed;
            let mut trial = Trial::of(seed);
            let plain = json!({ "email": "pat@example.com" });
            assert_eq!(upserted(&mut trial, plain)["new"], false);
            let twice = json!({ "email": "pat@example.com", "createNewIfDuplicateAllowed": true });
            assert_eq!(upserted(&mut trial, twice)["new"], allowed);
        }
    }

    #[test]
    fn custom_fields_are_merged_and_both_spellings_are_read() {
        let mut trial = Trial::demo();
        let with = |fields: Value| json!({ "email": "pat@example.com", "customFields": fields });
        upserted(
            &mut trial,
            with(json!([{ "id": "a", "field_value": 1 }, { "id": "b", "key": "contact.b", "fieldValue": "x" }])),
        );
        let after = upserted(&mut trial, with(json!([{ "id": "a", "field_value": 2 }])));
        let expected = json!([{ "id": "a", "value": 2 }, { "id": "b", "value": "x" }]);
        assert_eq!(after["contact"]["customFields"], expected);
    }

    #[test]
    fn a_channel_shut_for_good_stays_shut() {
        let mut trial = Trial::demo();
        let with = |status: &str| json!({ "email": "pat@example.com", "dndSettings": { "SMS": { "status": status } } });
        upserted(&mut trial, with("permanent"));
        let after = upserted(&mut trial, with("inactive"));
        assert_eq!(after["contact"]["dndSettings"]["SMS"]["status"], "permanent");
    }

    #[test]
    fn a_missing_contact_is_400_with_other_keys() {
        let mut trial = Trial::demo();
        for path in ["/contacts/nobody", "/contacts/nobody/appointments"] {
            let answer = trial.get(path);
            assert_eq!(answer.status, 400);
            assert_eq!(answer.body["error"], "Contact with id nobody not found");
            assert_eq!(answer.body["status"], 400);
            assert!(answer.body["traceId"].is_string());
        }
    }

    #[test]
    fn a_contacts_appointments_have_local_times_and_no_description() {
        let mut trial = Trial::demo();
        let mut body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
        body["description"] = json!("Bring the ladder");
        assert_eq!(trial.post("/calendars/events/appointments", body).status, 200);
        let answer = trial.get(&format!("/contacts/{}/appointments", Seed::PAT));
        let event = &answer.body["events"][0];
        assert_eq!(event["startTime"], "2026-03-03 10:00:00");
        assert_eq!(event["endTime"], "2026-03-03 10:30:00");
        assert_eq!(event["status"], "booked");
        assert_eq!(event["appointmentStatus"], "confirmed");
        for absent in ["description", "notes", "deleted"] {
            assert_eq!(event.get(absent), None, "{absent}");
        }
    }
}
