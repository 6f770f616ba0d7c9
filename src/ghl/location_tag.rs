//! The tags that a location has for its contacts.

use super::CRM_VERSION;
use crate::api::Operation;
use crate::shape::{Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&Operation {
    key: "location_tag.list",
    title: "List the tags of the location",
    operation_id: "get-location-tags",
    path: "/locations/{locationId}/tags",
    version: CRM_VERSION,
    scope: "locations/tags.readonly",
    reply: Kind::Object(&[field("tags")
        .of(Kind::List(&Kind::Object(&[
            field("id"),
            field("name"),
            field("locationId"),
        ])))
        .required()]),
    ..Operation::READ
}];
