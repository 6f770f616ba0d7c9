//! Pipelines.

use super::{CRM_VERSION, LOCATION_ID};
use crate::api::Operation;
use crate::shape::{Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&Operation {
    key: "pipeline.list",
    title: "List the pipelines of the location, with their stages",
    operation_id: "get-pipelines",
    path: "/opportunities/pipelines",
    version: CRM_VERSION,
    scope: "opportunities.readonly",
    query: &[LOCATION_ID],
    reply: Kind::Object(&[field("pipelines")
        .of(Kind::List(&Kind::Object(&[
            field("id"),
            field("name"),
            field("locationId"),
            field("stages").of(Kind::List(&Kind::Object(&[
                field("id"),
                field("name"),
                field("position").of(Kind::COUNT),
            ]))),
            field("showInFunnel").of(Kind::Boolean),
            field("showInPieChart").of(Kind::Boolean),
        ])))
        .required()]),
    ..Operation::READ
}];
