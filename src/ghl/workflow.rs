//! Workflows.

use super::{CRM_VERSION, LOCATION_ID};
use crate::api::Operation;
use crate::shape::{Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&Operation {
    key: "workflow.list",
    title: "List the workflows of the location",
    about: "They are made in GHL itself; its API can only list them and enrol contacts.",
    operation_id: "get-workflow",
    path: "/workflows/",
    version: CRM_VERSION,
    scope: "workflows.readonly",
    query: &[LOCATION_ID],
    reply: Kind::Object(&[field("workflows")
        .of(Kind::List(&Kind::Object(&[
            field("id"),
            field("name"),
            field("status"),
            field("version").of(Kind::COUNT),
            field("locationId"),
            field("createdAt"),
            field("updatedAt"),
        ])))
        .required()]),
    ..Operation::READ
}];
