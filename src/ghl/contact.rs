//! Contacts.

use serde_json::{Map, Value};

use super::{CRM_VERSION, LOCATION_ID, SUCCEDED, words};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, Rule, field};

/// Makes a contact, or updates the one with the same e-mail address or phone number, as the location's duplicate
/// setting says. GHL finds the same contact again, so repeating it changes nothing. With
/// `createNewIfDuplicateAllowed` it would not, so that one is not taken: [`CREATE`] makes a second one.
pub static UPSERT: Operation = Operation {
    key: "contact.upsert",
    title: "Make a contact, or update the one with the same e-mail address or phone number",
    about: "Which of the two GHL looks at first is a setting of the location. `tags` replace those it has: to add \
            some, use `contact.add_tags`. For a second contact with the same number, use `contact.create`.",
    operation_id: "upsert-contact",
    path: "/contacts/upsert",
    version: CRM_VERSION,
    scope: "contacts.write",
    repeat: Repeat::Safe,
    body: WHOLE,
    reply: Kind::Object(&[
        field("new").of(Kind::Boolean),
        field("contact").of(Kind::Object(CONTACT)),
        field(AS_GIVEN)
            .about(&"In recipes: the lead's name, phone number and e-mail address, where the contact has others."),
    ]),
    id: "contact.id",
    example: r#"{"firstName": "Ann", "lastName": "Lee", "phone": "+15125550142"}"#,
    ..Operation::CREATE
};

/// Makes a contact. Refused where the location allows no duplicates and there is one.
pub static CREATE: Operation = Operation {
    key: "contact.create",
    title: "Make a contact",
    about: "Refused when there is one with this e-mail address or phone number, unless the location allows duplicates: \
            `contact.upsert` updates it instead.",
    operation_id: "create-contact",
    path: "/contacts/",
    version: CRM_VERSION,
    scope: "contacts.write",
    // In a location with duplicates it is the name that tells two people behind one number apart.
    repeat: Repeat::ReadBack(&ReadBack {
        by: "contact.find_duplicate",
        with: &[("email", "email"), ("number", "phone")],
        around: false,
        found_in: "contact",
        id: "id",
        told_by: ToldBy::Same(&["email", "phone", "firstName", "lastName", "name"]),
    }),
    body: WHOLE,
    reply: ONE,
    id: "contact.id",
    needs: &["contact.find_duplicate"],
    example: r#"{"firstName": "Sam", "lastName": "Rivera", "email": "sam@example.com", "tags": ["roof"]}"#,
    ..Operation::CREATE
};

/// Reads a contact.
pub static GET: Operation = Operation {
    key: "contact.get",
    title: "Read a contact",
    operation_id: "get-contact",
    path: "/contacts/{contactId}",
    version: CRM_VERSION,
    scope: "contacts.readonly",
    reply: ONE,
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
    version: CRM_VERSION,
    scope: "contacts.readonly",
    reply: Kind::Object(&[field("events").of(Kind::List(&Kind::Object(APPOINTMENT))).required()]),
    example: r#"{"contactId": "Pat00Homeowner000ctc"}"#,
    ..Operation::READ
};

/// Finds a contact by its e-mail address or phone number.
pub const FIND_DUPLICATE: &str = "contact.find_duplicate";

/// What an upsert of a step tells beside GHL's answer: how the lead can be called and reached, where the contact does not
/// say so.
pub const AS_GIVEN: &str = "asGiven";

/// Key of the operation that changes a contact.
pub const UPDATE: &str = "contact.update";

/// Key of the operation that finds contacts by their fields.
pub const SEARCH: &str = "contact.search";

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &UPSERT,
    &CREATE,
    &GET,
    &Operation {
        key: UPDATE,
        title: "Change a contact",
        about: "`tags` replace those it has: to add or remove some, use `contact.add_tags` and `contact.remove_tags`.",
        operation_id: "update-contact",
        path: "/contacts/{contactId}",
        version: CRM_VERSION,
        scope: "contacts.write",
        body: Body::Object(&[
            field("firstName"),
            field("lastName"),
            field("name"),
            EMAIL,
            field("phone"),
            field("address1"),
            field("city"),
            field("state"),
            field("postalCode"),
            COUNTRY,
            field("timezone").of(Kind::Zone),
            field("website"),
            field("source"),
            DATE_OF_BIRTH,
            ASSIGNED_TO,
            DND,
            DND_SETTINGS,
            INBOUND_DND_SETTINGS,
            field("tags").of(Kind::TEXTS),
            CUSTOM_FIELDS,
        ]),
        reply: ONE,
        id: "contact.id",
        example: r#"{"contactId": "Pat00Homeowner000ctc", "address1": "12 Cedar Lane", "city": "Austin"}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "contact.delete",
        title: "Delete a contact",
        about: "For good, with all that belongs to it.",
        operation_id: "delete-contact",
        path: "/contacts/{contactId}",
        version: CRM_VERSION,
        scope: "contacts.write",
        reply: SUCCEDED,
        example: r#"{"contactId": "Lee00Erasure00000ctc"}"#,
        ..Operation::DELETE
    },
    &Operation {
        key: SEARCH,
        title: "Search contacts by text or by fields",
        about: "In pages: by `page`, or beyond 10,000 by the `searchAfter` of the last contact on the page before, not \
                by both. What was just written may not be found yet.",
        operation_id: "search-contacts-advanced",
        method: "POST",
        path: "/contacts/search",
        version: CRM_VERSION,
        scope: "contacts.readonly",
        // The specification has no fields here; these are those that the API takes.
        body: Body::Object(&[
            LOCATION_ID,
            field("pageLimit").of(Kind::Integer(1, 500)).required().or(&"20"),
            field("page").of(Kind::Integer(1, 10_000)),
            field("searchAfter").of(Kind::List(&Kind::Anything)),
            field("query").of(Kind::ShortText(75)),
            field("filters")
                .of(Kind::List(&Kind::Object(&[
                    field("field"),
                    field("operator"),
                    field("value").of(Kind::Anything),
                    field("group").of(Kind::OneOf(&["AND", "OR"])),
                    field("filters").of(Kind::Anything),
                ])))
                .about(&"Each has `field`, `operator` (like `eq`) and `value`, or `group` and `filters`."),
            field("sort").of(Kind::List(&Kind::Object(&[
                field("field").required(),
                field("direction").of(Kind::OneOf(&["asc", "desc"])).required(),
            ]))),
        ]),
        rules: &[Rule::AtMostOne(&["page", "searchAfter"])],
        reply: Kind::Object(&[
            field("contacts").of(Kind::List(&Kind::Object(CONTACT))).required(),
            field("total").of(Kind::COUNT),
        ]),
        example: r#"{"pageLimit": 20, "page": 1, "filters": [{"field": "email", "operator": "eq", "value": "pat@example.com"}]}"#,
        ..Operation::READ
    },
    &Operation {
        key: FIND_DUPLICATE,
        title: "Find the contact with an e-mail address or phone number",
        about: "With both, the location's setting says which counts first.",
        operation_id: "get-duplicate-contact",
        path: "/contacts/search/duplicate",
        version: CRM_VERSION,
        scope: "contacts.readonly",
        query: &[LOCATION_ID, field("number").about(&"Phone number."), EMAIL],
        rules: &[Rule::AtLeastOne(&["number", "email"])],
        reply: Kind::Object(&[field("contact").of(Kind::Object(CONTACT)), field("matchingField")]),
        id: "contact.id",
        example: r#"{"email": "pat@example.com"}"#,
        ..Operation::READ
    },
    &LIST_APPOINTMENTS,
];

/// All that can be said of a contact when it is made.
const WHOLE: Body = Body::Object(&[
    LOCATION_ID,
    field("firstName"),
    field("lastName"),
    field("name"),
    EMAIL,
    field("phone"),
    field("gender"),
    field("address1"),
    field("city"),
    field("state"),
    field("postalCode"),
    COUNTRY,
    field("timezone").of(Kind::Zone),
    field("companyName"),
    field("website"),
    field("source"),
    DATE_OF_BIRTH,
    ASSIGNED_TO,
    DND,
    DND_SETTINGS,
    INBOUND_DND_SETTINGS,
    field("tags").of(Kind::TEXTS),
    CUSTOM_FIELDS,
]);

const EMAIL: Field = field("email").of(Kind::Email);
const COUNTRY: Field = field("country").about(&"Two letters, like `US`.");
const DATE_OF_BIRTH: Field = field("dateOfBirth").about(&"Like `1990-09-25`; GHL takes other orders, too.");
const ASSIGNED_TO: Field = field("assignedTo").about(&"The user who looks after them.");
const DND: Field = field("dnd")
    .of(Kind::Boolean)
    .about(&"Whether they want no messages at all.");
const DND_SETTINGS: Field = field("dndSettings")
    .of(Kind::Object(&[
        field("Call").of(SHUT),
        field("Email").of(SHUT),
        field("SMS").of(SHUT),
        field("WhatsApp").of(SHUT),
        field("GMB").of(SHUT),
        field("FB").of(SHUT),
    ]))
    .about(&"Channels on which they want no messages: `active` shuts one, and `permanent` cannot be taken back.");
const SHUT: Kind = Kind::Object(&[
    field("status")
        .of(Kind::OneOf(&["active", "inactive", "permanent"]))
        .required(),
    field("message"),
    field("code"),
]);
const INBOUND_DND_SETTINGS: Field = field("inboundDndSettings").of(Kind::Object(&[field("all").of(Kind::Object(&[
    field("status").of(Kind::OneOf(&["active", "inactive"])).required(),
    field("message"),
]))]));
const CUSTOM_FIELDS: Field = field("customFields")
    .of(Kind::List(&Kind::Object(&[
        field("id").required(),
        field("key"),
        field("field_value").of(Kind::Anything),
    ])))
    .about(
        &"By their ids; a recipe finds the id of one by its key, `customFieldIds.contact.roof_age`. They are read under \
          another name, `value`.",
    );

const ONE: Kind = Kind::Object(&[field("contact").of(Kind::Object(CONTACT)).required()]);

/// An appointment as a contact's list has it.
const APPOINTMENT: &[Field] = &[
    field("id"),
    field("calendarId"),
    field("locationId"),
    field("contactId"),
    field("groupId"),
    field("title"),
    field("notes"),
    field("status"),
    field("appointmentStatus"),
    field("assignedUserId"),
    field("users").of(Kind::TEXTS),
    field("address"),
    field("startTime"),
    field("endTime"),
    field("assignedResources").of(Kind::TEXTS),
    field("dateAdded"),
    field("dateUpdated"),
];

/// A contact as it is read.
pub(super) const CONTACT: &[Field] = &[
    field("id").required(),
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
    field("timezone").of(Kind::Zone),
    field("companyName"),
    field("website"),
    field("source"),
    field("assignedTo"),
    field("dnd").of(Kind::Boolean),
    field("dndSettings").of(Kind::Anything),
    field("tags").of(Kind::TEXTS),
    field("customFields").of(Kind::List(&Kind::Object(&[
        field("id"),
        field("value").of(Kind::Anything),
    ]))),
    field("dateOfBirth"),
    field("type"),
    field("businessId"),
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
        .filter_map(|name| natural_key(name, input))
        .collect()
}

/// One of them.
pub fn natural_key(name: &str, input: &Map<String, Value>) -> Option<String> {
    let value = input.get(name)?.as_str()?;
    Some(format!("{name}:{}", value.to_lowercase()))
}
