//! The tags of contacts.

use super::CRM_VERSION;
use crate::api::{Body, Operation};
use crate::shape::{Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "contact.add_tags",
        title: "Add tags to a contact",
        about: "Those it has stay. GHL writes them in small letters, and makes those that the location has not yet.",
        operation_id: "add-tags",
        method: "POST",
        path: "/contacts/{contactId}/tags",
        version: CRM_VERSION,
        scope: "contacts.write",
        body: TAGS,
        reply: Kind::Object(&[field("tags").of(Kind::TEXTS), field("tagsAdded").of(Kind::TEXTS)]),
        example: r#"{"contactId": "Pat00Homeowner000ctc", "tags": ["ak:booked"]}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "contact.remove_tags",
        title: "Remove tags from a contact",
        operation_id: "remove-tags",
        method: "DELETE",
        path: "/contacts/{contactId}/tags",
        version: CRM_VERSION,
        scope: "contacts.write",
        body: TAGS,
        reply: Kind::Object(&[field("tags").of(Kind::TEXTS)]),
        example: r#"{"contactId": "Pat00Homeowner000ctc", "tags": ["ak:callback"]}"#,
        // The contact stays: that there is none is no success.
        ..Operation::UPDATE
    },
];

const TAGS: Body = Body::Object(&[field("tags").of(Kind::TEXTS).required()]);
