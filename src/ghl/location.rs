//! The location.

use super::CRM_VERSION;
use crate::api::Operation;
use crate::shape::{Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&Operation {
    key: "location.get",
    title: "Read the location",
    about: "Its time zone, its agency, and whether it allows two contacts with the same number.",
    operation_id: "get-location",
    path: "/locations/{locationId}",
    version: CRM_VERSION,
    scope: "locations.readonly",
    reply: Kind::Object(&[field("location")
        .of(Kind::Object(&[
            field("id").required(),
            field("companyId"),
            field("name"),
            field("address"),
            field("city"),
            field("state"),
            field("country"),
            field("postalCode"),
            field("timezone").of(Kind::Zone),
            field("email"),
            field("phone"),
            field("website"),
            field("business").of(Kind::Anything),
            field("social").of(Kind::Anything),
            field("settings").of(Kind::Object(&[
                field("allowDuplicateContact").of(Kind::Boolean),
                field("allowDuplicateOpportunity").of(Kind::Boolean),
                field("allowFacebookNameMerge").of(Kind::Boolean),
                field("disableContactTimezone").of(Kind::Boolean),
            ])),
        ]))
        .required()]),
    id: "location.id",
    ..Operation::READ
}];
