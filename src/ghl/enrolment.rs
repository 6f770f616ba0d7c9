//! Contacts in workflows.

use super::{CRM_VERSION, SUCCEDED};
use crate::api::{Body, Effect, Operation};
use crate::shape::{Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "contact.enrol_workflow",
        title: "Enrol a contact in a workflow",
        about: "It begins at once, with whatever messages it has. Nothing shows who is enrolled, so when the answer is \
                lost a person has to look.",
        operation_id: "add-contact-to-workflow",
        path: PATH,
        version: CRM_VERSION,
        scope: "contacts.write",
        effect: Effect::Send,
        body: EVENT_START,
        reply: SUCCEDED,
        example: r#"{"contactId": "Pat00Homeowner000ctc", "workflowId": "AfterVisit000000wflw"}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "contact.leave_workflow",
        title: "Take a contact out of a workflow",
        operation_id: "delete-contact-from-workflow",
        path: PATH,
        version: CRM_VERSION,
        scope: "contacts.write",
        body: EVENT_START,
        reply: SUCCEDED,
        example: r#"{"contactId": "Pat00Homeowner000ctc", "workflowId": "AfterVisit000000wflw"}"#,
        ..Operation::DELETE
    },
];

const PATH: &str = "/contacts/{contactId}/workflow/{workflowId}";

const EVENT_START: Body = Body::Object(&[field("eventStartTime")
    .of(Kind::Time)
    .about(&"What the workflow counts its waiting times from.")]);
