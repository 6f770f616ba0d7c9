//! The notes of contacts.

use super::CRM_VERSION;
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "contact.list_notes",
        title: "List the notes of a contact",
        operation_id: "get-all-notes",
        path: "/contacts/{contactId}/notes",
        version: CRM_VERSION,
        scope: "contacts.readonly",
        reply: Kind::Object(&[field("notes").of(Kind::List(&Kind::Object(NOTE))).required()]),
        example: r#"{"contactId": "Pat00Homeowner000ctc"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "contact.create_note",
        title: "Write a note on a contact",
        about: "Only staff see it.",
        operation_id: "create-note",
        path: "/contacts/{contactId}/notes",
        version: CRM_VERSION,
        scope: "contacts.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "contact.list_notes",
            with: &[("contactId", "contactId")],
            around: false,
            found_in: "notes",
            id: "id",
            told_by: ToldBy::Reference("body"),
        }),
        body: Body::Object(&[
            field("body").required(),
            field("title"),
            field("userId").about(&"Who wrote it."),
            field("color").about(&"Like `#FFAA00`."),
            field("pinned").of(Kind::Boolean),
        ]),
        reply: Kind::Object(&[field("note").of(Kind::Object(NOTE))]),
        id: "note.id",
        needs: &["contact.list_notes"],
        example: r#"{"contactId": "Pat00Homeowner000ctc", "body": "Asked for a quote by Friday."}"#,
        ..Operation::CREATE
    },
];

const NOTE: &[Field] = &[
    field("id"),
    field("contactId"),
    field("title"),
    field("body"),
    field("userId"),
    field("color"),
    field("pinned").of(Kind::Boolean),
    field("dateAdded"),
];
