//! Where services are given: branches, or at the booker's.

use super::LOCATION_ID;
use super::service::DELETED;
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "service_location.list",
        title: "List where services are given",
        operation_id: "get-service-locations",
        path: "/calendars/services/locations",
        version: "v3",
        scope: "calendars.readonly",
        query: &[LOCATION_ID],
        reply: Kind::Object(&[field("serviceLocations")
            .of(Kind::List(&Kind::Object(LOCATION)))
            .required()]),
        ..Operation::READ
    },
    &Operation {
        key: "service_location.create",
        title: "Add a place where services are given",
        operation_id: "create-service-location",
        path: "/calendars/services/locations",
        version: "v3",
        scope: "calendars.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "service_location.list",
            with: &[],
            around: false,
            found_in: "serviceLocations",
            id: "id",
            told_by: ToldBy::Same(&["slug", "name"]),
        }),
        body: Body::Object(&[
            LOCATION_ID,
            field("name").required(),
            field("slug").required(),
            PHONE,
            ADDRESS,
            COVER,
            TYPE,
        ]),
        reply: Kind::Object(LOCATION),
        id: "id",
        needs: &["service_location.list"],
        example: r#"{"name": "At your home", "slug": "at-your-home", "locationType": "ask_booker", "address": "Your address"}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "service_location.get",
        title: "Read a place where services are given",
        operation_id: "get-service-location-by-id",
        path: "/calendars/services/locations/{serviceLocationId}",
        version: "v3",
        scope: "calendars.readonly",
        reply: Kind::Object(LOCATION),
        id: "id",
        example: r#"{"serviceLocationId": "AustinBranch00000loc"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "service_location.update",
        title: "Change a place where services are given",
        operation_id: "update-service-location",
        path: "/calendars/services/locations/{serviceLocationId}",
        version: "v3",
        scope: "calendars.write",
        body: Body::Object(&[field("name"), field("slug"), PHONE, ADDRESS, COVER, TYPE]),
        reply: Kind::Object(LOCATION),
        id: "id",
        example: r#"{"serviceLocationId": "AustinBranch00000loc", "phone": "+15125550170"}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "service_location.delete",
        title: "Delete a place where services are given",
        operation_id: "delete-service-location",
        path: "/calendars/services/locations/{serviceLocationId}",
        version: "v3",
        scope: "calendars.write",
        reply: DELETED,
        example: r#"{"serviceLocationId": "ClosedBranch00000loc"}"#,
        ..Operation::DELETE
    },
];

const PHONE: Field = field("phone");
const ADDRESS: Field = field("address").about(&"A full address; of `ask_booker` what the booker reads instead.");
const COVER: Field = field("coverImage").about(&"Its URL.");
const TYPE: Field = field("locationType")
    .of(Kind::OneOf(&["offline", "ask_booker"]))
    .about(&"`offline` is a place of ours, `ask_booker` the booker's own.");

/// A place as it is read.
const LOCATION: &[Field] = &[
    field("id").required(),
    field("locationId"),
    field("name"),
    field("slug"),
    field("isActive").of(Kind::Boolean),
    field("isPrivate").of(Kind::Boolean),
    COVER,
    TYPE,
    field("address"),
    PHONE,
];
