//! Contacts.

use serde_json::{Map, Value};

use super::{LOCATION_ID, words};
use crate::api::{Body, Operation, Repeat};
use crate::shape::{Field, Kind, field};

/// The `Version` of this family.
pub(super) const VERSION: &str = "2021-07-28";

/// Makes a contact, or updates the one with the same e-mail address or phone number, as the location's duplicate
/// setting says. GHL finds the same contact again, so repeating it changes nothing.
pub static UPSERT: Operation = Operation {
    key: "contact.upsert",
    title: "Make a contact, or update the one with the same e-mail address or phone number",
    about: "Which of the two GHL looks at first is a setting of the location. `tags` replace those it has: to add some, \
            use `contact.add_tags`.",
    operation_id: "upsert-contact",
    path: "/contacts/upsert",
    version: VERSION,
    scope: "contacts.write",
    repeat: Repeat::Safe,
    body: Body::Object(&[
        LOCATION_ID,
        field("firstName"),
        field("lastName"),
        field("name"),
        field("email").of(Kind::Email),
        field("phone"),
        field("address1"),
        field("city"),
        field("state"),
        field("postalCode"),
        field("country"),
        field("timezone"),
        field("companyName"),
        field("website"),
        field("source"),
        field("assignedTo"),
        field("createNewIfDuplicateAllowed").of(Kind::Boolean),
    ]),
    reply: Kind::Object(&[
        field("new").of(Kind::Boolean),
        field("contact").of(Kind::Object(CONTACT)),
    ]),
    id: "contact.id",
    example: r#"{"firstName": "Ann", "lastName": "Lee", "phone": "+15125550142"}"#,
    ..Operation::CREATE
};

/// Reads a contact.
pub static GET: Operation = Operation {
    key: "contact.get",
    title: "Read a contact",
    operation_id: "get-contact",
    path: "/contacts/{contactId}",
    version: VERSION,
    scope: "contacts.readonly",
    reply: Kind::Object(&[field("contact").of(Kind::Object(CONTACT))]),
    id: "contact.id",
    example: r#"{"contactId": "Pat00Homeowner000ctc"}"#,
    ..Operation::READ
};

/// Lists a contact's appointments, with local times and without their descriptions.
pub static LIST_APPOINTMENTS: Operation = Operation {
    key: "contact.list_appointments",
    title: "List the appointments of a contact",
    about: "Its times are local, without an offset, and descriptions are left out.",
    operation_id: "get-appointments-for-contact",
    path: "/contacts/{contactId}/appointments",
    version: VERSION,
    scope: "contacts.readonly",
    reply: Kind::Object(&[field("events").of(Kind::List(&Kind::Anything))]),
    example: r#"{"contactId": "Pat00Homeowner000ctc"}"#,
    ..Operation::READ
};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&UPSERT, &GET, &LIST_APPOINTMENTS];

/// A contact as it is read.
pub(super) const CONTACT: &[Field] = &[
    field("id"),
    field("locationId"),
    field("firstName"),
    field("lastName"),
    field("name"),
    field("email"),
    field("phone"),
    field("address1"),
    field("city"),
    field("state"),
    field("postalCode"),
    field("country"),
    field("timezone"),
    field("companyName"),
    field("website"),
    field("source"),
    field("assignedTo"),
    field("dnd").of(Kind::Boolean),
    field("dndSettings").of(Kind::Anything),
    field("tags").of(Kind::TEXTS),
    field("customFields").of(Kind::List(&Kind::Anything)),
    field("dateAdded"),
    field("dateUpdated"),
];

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
