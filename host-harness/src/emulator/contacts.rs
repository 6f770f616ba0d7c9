//! `/contacts/…`: a contact itself.

use serde_json::{Value, json};

use super::call::Call;
use super::contact::Contact;
use super::contact_fields::{CREATE, Reach, UPDATE, UPSERT, write};
use super::reply::{Outcome, Refusal};
use super::route::{Place, Route};
use super::tags;

const PATH: &str = "/contacts/";
const PATH_OF_ONE: &str = "/contacts/{contactId}";

pub(super) const ROUTES: &[Route] = &[
    Route::post("contact.create", PATH, "contacts.write", create)
        .location(Place::Body)
        .fields(CREATE)
        .created(),
    Route::post("contact.upsert", "/contacts/upsert", "contacts.write", upsert)
        .location(Place::Body)
        .fields(UPSERT),
    Route::get("contact.get", PATH_OF_ONE, "contacts.readonly", get),
    Route::put("contact.update", PATH_OF_ONE, "contacts.write", update).fields(UPDATE),
    Route::delete("contact.delete", PATH_OF_ONE, "contacts.write", delete),
    Route::get(
        "contact.list_appointments",
        "/contacts/{contactId}/appointments",
        "contacts.readonly",
        list_appointments,
    ),
];

fn create(call: &mut Call<'_>) -> Outcome {
    let reach = Reach::of(call);
    refuse_duplicate(call, &reach, None)?;
    let mut contact = begin(call);
    write(&mut contact, call);
    contact.email = reach.email;
    contact.phone = reach.phone;
    Ok(json!({ "contact": commit(call, contact) }))
}

fn upsert(call: &mut Call<'_>) -> Outcome {
    let Reach { email, phone } = Reach::of(call);
    let two_of_a_kind =
        call.store.location.allow_duplicate_contact && call.flag("createNewIfDuplicateAllowed") == Some(true);
    let matching = call.store.now().contacts_matching(email.as_deref(), phone.as_deref());
    let existing = matching.first().filter(|_| !two_of_a_kind);
    let existing = existing.map(|(contact, _)| (*contact).clone());
    let is_new = existing.is_none();
    let mut contact = existing.unwrap_or_else(|| begin(call));
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
    let shown = commit(call, contact);
    Ok(upserted(is_new, shown))
}

/// What an upsert answers.
pub(super) fn upserted(is_new: bool, contact: Value) -> Value {
    json!({ "new": is_new, "succeded": true, "succeeded": true, "contact": contact })
}

fn get(call: &mut Call<'_>) -> Outcome {
    let contact = call.seen_contact(call.id())?;
    Ok(json!({ "contact": contact.shown_in(call.is_v3) }))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let mut contact = call.contact(call.id())?.clone();
    let reach = Reach::of(call);
    refuse_duplicate(call, &reach, Some(&contact.id))?;
    write(&mut contact, call);
    contact.email = reach.email.or(contact.email);
    contact.phone = reach.phone.or(contact.phone);
    let shown = commit(call, contact);
    Ok(json!({ "succeded": true, "succeeded": true, "contact": shown }))
}

/// Deletes a contact. Its appointments stay; whether GHL keeps them was not recorded.
fn delete(call: &mut Call<'_>) -> Outcome {
    call.contact(call.id())?;
    call.store.remove_contact(call.id(), call.now.timestamp_millis());
    Ok(json!({ "succeded": true, "succeeded": true }))
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

fn begin(call: &mut Call<'_>) -> Contact {
    let id = call.store.mint.id();
    Contact::new(id, call.store.location.id.clone(), call.now)
}

/// Writes a contact down, lets the location know its tags, and shows it.
fn commit(call: &mut Call<'_>, contact: Contact) -> Value {
    tags::introduce(call, &contact.tags);
    let shown = contact.shown_in(call.is_v3);
    call.store.put_contact(contact, call.now.timestamp_millis());
    shown
}

/// Refuses what another contact has already, where that is not allowed. That an update is refused like a creation is
/// ours: GHL's answer to it was not recorded.
fn refuse_duplicate(call: &Call<'_>, reach: &Reach, own_id: Option<&str>) -> Result<(), Refusal> {
    let view = call.store.now();
    let matching = view.contacts_matching(reach.email.as_deref(), reach.phone.as_deref());
    let mut others = matching.into_iter().filter(|(other, _)| own_id != Some(&other.id));
    match others.next() {
        Some((other, field)) if !call.store.location.allow_duplicate_contact => {
            Err(Refusal::duplicate_contact(&other.id, &other.name(), field))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Trial, tuesday};
    use crate::emulator::{MatchFirst, Seed, SeedContact};

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
    fn a_contact_goes_from_its_creation_to_its_end() {
        let mut trial = Trial::demo();
        let body = json!({ "locationId": Seed::DEMO_LOCATION, "name": "Ann Lee", "email": "ann@example.com",
                           "tags": ["Hot"], "companyName": "Lee Homes" });
        let made = trial.post("/contacts/", body.clone());
        assert_eq!(made.status, 201, "{}", made.body);
        let one = format!("/contacts/{}", made.body["contact"]["id"].as_str().unwrap());
        let written = trial.put(&one, json!({ "phone": "512 555 0123", "tags": ["Sold"] }));
        assert_eq!(
            (&written.body["succeded"], &written.body["succeeded"]),
            (&json!(true), &json!(true))
        );
        let read = trial.get(&one).body["contact"].clone();
        assert_eq!(read["phone"], "+15125550123");
        assert_eq!(
            (&read["tags"], &read["companyName"]),
            (&json!(["sold"]), &json!("Lee Homes"))
        );

        let again = trial.post("/contacts/", body);
        assert_eq!(again.status, 400);
        assert_eq!(
            again.body["message"],
            "This location does not allow duplicated contacts."
        );
        let meta = json!({ "contactId": read["id"], "contactName": "Ann Lee", "matchingField": "email" });
        assert_eq!(again.body["meta"], meta);
        let stolen = trial.put(&one, json!({ "phone": "+15125550100" }));
        assert_eq!(
            (stolen.status, &stolen.body["meta"]["contactId"]),
            (400, &json!(Seed::PAT))
        );

        assert_eq!(trial.delete(&one).body["succeded"], true);
        for (method, body) in [("GET", None), ("PUT", Some(json!({}))), ("DELETE", None)] {
            assert_eq!(trial.ask(method, &one, body).status, 400);
        }
    }

    #[test]
    fn an_update_takes_no_location() {
        let mut trial = Trial::demo();
        let body = json!({ "locationId": Seed::DEMO_LOCATION, "companyName": "Lee Homes" });
        let answer = trial.put(&format!("/contacts/{}", Seed::PAT), body);
        assert_eq!(answer.status, 422);
        let words = [
            "property companyName should not exist",
            "property locationId should not exist",
        ];
        assert_eq!(answer.body["message"], json!(words));
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
            let plain = json!({ "locationId": Seed::DEMO_LOCATION, "email": "pat@example.com" });
            assert_eq!(trial.post("/contacts/", plain).status, if allowed { 201 } else { 400 });
        }
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
