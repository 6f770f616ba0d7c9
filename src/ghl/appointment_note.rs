//! The notes of appointments.

use super::SUCCESS;
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// Lists the notes of an appointment, 20 at a time.
pub static LIST: Operation = Operation {
    key: "appointment_note.list",
    title: "List the notes of an appointment",
    operation_id: "get-appointment-notes",
    path: "/calendars/appointments/{appointmentId}/notes",
    scope: "calendars/events.readonly",
    query: &[
        field("limit").of(Kind::Integer(1, 20)).required().or(&"20"),
        field("offset").of(Kind::COUNT).required().or(&"0"),
    ],
    reply: Kind::Object(&[
        field("notes").of(Kind::List(&Kind::Object(NOTE))).required(),
        field("hasMore").of(Kind::Boolean),
    ]),
    example: r#"{"appointmentId": "VisitOfPat0000000evt"}"#,
    ..Operation::READ
};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &LIST,
    &Operation {
        key: "appointment_note.create",
        title: "Write a note to an appointment",
        operation_id: "create-appointment-note",
        path: "/calendars/appointments/{appointmentId}/notes",
        scope: "calendars/events.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "appointment_note.list",
            with: &[("appointmentId", "appointmentId")],
            around: false,
            found_in: "notes",
            id: "id",
            told_by: ToldBy::Reference("body"),
        }),
        body: Body::Object(WRITTEN),
        reply: ONE,
        id: "note.id",
        needs: &["appointment_note.list"],
        example: r#"{"appointmentId": "VisitOfPat0000000evt", "body": "Two dogs; ring at the side door."}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "appointment_note.update",
        title: "Rewrite a note of an appointment",
        operation_id: "update-appointment-note",
        path: "/calendars/appointments/{appointmentId}/notes/{noteId}",
        scope: "calendars/events.write",
        body: Body::Object(WRITTEN),
        reply: ONE,
        id: "note.id",
        example: r#"{"appointmentId": "VisitOfPat0000000evt", "noteId": "GateCodeNote00000not", "body": "The gate code is 1862."}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "appointment_note.delete",
        title: "Delete a note of an appointment",
        operation_id: "delete-appointment-note",
        path: "/calendars/appointments/{appointmentId}/notes/{noteId}",
        scope: "calendars/events.write",
        reply: SUCCESS,
        example: r#"{"appointmentId": "VisitOfPat0000000evt", "noteId": "OldNoteOfVisit000not"}"#,
        ..Operation::DELETE
    },
];

const WRITTEN: &[Field] = &[
    field("userId").about(&"Who writes it."),
    field("body").of(Kind::ShortText(5000)).required(),
];

const ONE: Kind = Kind::Object(&[field("note").of(Kind::Object(NOTE))]);

/// A note as it is read.
const NOTE: &[Field] = &[
    field("id"),
    field("body"),
    field("userId"),
    field("contactId"),
    field("createdBy").of(Kind::Anything),
    field("dateAdded"),
];
