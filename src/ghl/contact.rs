//! Contacts.

use serde_json::{Map, Value};

use super::words;
use super::{Effect, Field, FieldKind, Operation, Repeat};

/// Makes a contact, or updates the one with the same e-mail address or phone number, as the location's duplicate
/// setting says. GHL finds the same contact again, so repeating it changes nothing.
pub static UPSERT: Operation = Operation {
    key: "contact.upsert",
    operation_id: "upsert-contact",
    method: "POST",
    path: "/contacts/upsert",
    version: "2021-07-28",
    scope: "contacts.write",
    effect: Effect::Create,
    repeat: Repeat::Safe,
    fields: &[
        Field::body("locationId").required(),
        Field::body("firstName"),
        Field::body("lastName"),
        Field::body("name"),
        Field::body("email"),
        Field::body("phone"),
        Field::body("address1"),
        Field::body("city"),
        Field::body("state"),
        Field::body("postalCode"),
        Field::body("country"),
        Field::body("timezone"),
        Field::body("companyName"),
        Field::body("website"),
        Field::body("source"),
        Field::body("assignedTo"),
        Field::body("createNewIfDuplicateAllowed").of(FieldKind::Boolean),
    ],
    needs: &[],
};

/// Reads a contact.
pub static GET: Operation = Operation {
    key: "contact.get",
    operation_id: "get-contact",
    method: "GET",
    path: "/contacts/{contactId}",
    version: "2021-07-28",
    scope: "contacts.readonly",
    effect: Effect::Read,
    repeat: Repeat::Safe,
    fields: &[Field::path("contactId")],
    needs: &[],
};

/// Lists a contact's appointments, with local times and without their descriptions.
pub static LIST_APPOINTMENTS: Operation = Operation {
    key: "contact.list_appointments",
    operation_id: "get-appointments-for-contact",
    method: "GET",
    path: "/contacts/{contactId}/appointments",
    version: "2021-07-28",
    scope: "contacts.readonly",
    effect: Effect::Read,
    repeat: Repeat::Safe,
    fields: &[Field::path("contactId")],
    needs: &[],
};

/// The id in the answer to an upsert, or to reading a contact.
pub fn id(reply: &Value) -> Option<String> {
    words::id(reply.get("contact")?, "id")
}

/// What makes two contacts one in GHL: the natural keys of an upsert, `email:…` and `phone:…`.
pub fn natural_keys(input: &Map<String, Value>) -> Vec<String> {
    ["email", "phone"]
        .iter()
        .filter_map(|name| {
            let value = input.get(*name)?.as_str()?;
            Some(format!("{name}:{}", value.to_lowercase()))
        })
        .collect()
}
