//! Equipment and rooms of service calendars.

use super::{LOCATION_ID, SUCCESS};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "resource.list",
        title: "List the equipment or the rooms of the location",
        operation_id: "fetch-calendar-resources",
        path: "/calendars/resources/{resourceType}",
        scope: "calendars/resources.readonly",
        places: TYPE,
        query: &[
            LOCATION_ID,
            // GHL wants a page named, and does not say how long one may be. The numbers are ours.
            field("limit").of(Kind::COUNT).required().or(&"100"),
            field("skip").of(Kind::COUNT).required().or(&"0"),
        ],
        reply: Kind::List(&Kind::Object(RESOURCE)),
        example: r#"{"resourceType": "equipments"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "resource.create",
        title: "Make a piece of equipment or a room",
        about: "All three numbers are needed, whichever of the two it is.",
        operation_id: "create-calendar-resource",
        path: "/calendars/resources/{resourceType}",
        scope: "calendars/resources.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "resource.list",
            with: &[("resourceType", "resourceType")],
            around: false,
            found_in: "",
            id: "id",
            told_by: ToldBy::Reference("description"),
        }),
        places: TYPE,
        body: Body::Object(&[
            LOCATION_ID,
            field("name").required(),
            field("description").required(),
            QUANTITY.required(),
            OUT_OF_SERVICE.required(),
            CAPACITY.required(),
            CALENDARS.required(),
        ]),
        reply: Kind::Object(RESOURCE),
        id: "id",
        needs: &["resource.list"],
        example: r#"{"resourceType": "equipments", "name": "Survey drone", "description": "Kept in the office", "quantity": 2, "outOfService": 0, "capacity": 0, "calendarIds": ["ServiceMenu000000cal"]}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "resource.get",
        title: "Read a piece of equipment or a room",
        operation_id: "get-calendar-resource",
        path: "/calendars/resources/{resourceType}/{id}",
        scope: "calendars/resources.readonly",
        places: TYPE,
        reply: Kind::Object(RESOURCE),
        id: "id",
        example: r#"{"resourceType": "equipments", "id": "LadderVan00000000res"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "resource.update",
        title: "Change a piece of equipment or a room",
        about: "The answer leaves out `calendarIds`.",
        operation_id: "update-calendar-resource",
        path: "/calendars/resources/{resourceType}/{id}",
        scope: "calendars/resources.write",
        places: TYPE,
        body: Body::Object(&[
            LOCATION_ID,
            field("name"),
            field("description"),
            QUANTITY,
            OUT_OF_SERVICE,
            CAPACITY,
            CALENDARS,
            ACTIVE,
        ]),
        reply: Kind::Object(RESOURCE),
        id: "id",
        example: r#"{"resourceType": "equipments", "id": "LadderVan00000000res", "outOfService": 1}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "resource.delete",
        title: "Delete a piece of equipment or a room",
        operation_id: "delete-calendar-resource",
        path: "/calendars/resources/{resourceType}/{id}",
        scope: "calendars/resources.write",
        places: TYPE,
        reply: SUCCESS,
        example: r#"{"resourceType": "equipments", "id": "OldLadder00000000res"}"#,
        ..Operation::DELETE
    },
];

const TYPE: &[Field] = &[field("resourceType").of(Kind::OneOf(&["equipments", "rooms"]))];
const QUANTITY: Field = field("quantity").of(Kind::COUNT).about(&"Of equipment.");
const OUT_OF_SERVICE: Field = field("outOfService")
    .of(Kind::COUNT)
    .about(&"How many of the quantity cannot be used.");
const CAPACITY: Field = field("capacity").of(Kind::COUNT).about(&"Of a room.");
const CALENDARS: Field = field("calendarIds")
    .of(Kind::TEXTS)
    .about(&"Service calendars: one for equipment, up to 100 for a room.");
const ACTIVE: Field = field("isActive").of(Kind::Boolean);

/// A resource as it is read.
const RESOURCE: &[Field] = &[
    field("id"),
    field("locationId"),
    field("name"),
    field("resourceType"),
    field("description"),
    field("quantity").of(Kind::COUNT),
    field("outOfService").of(Kind::COUNT),
    field("capacity").of(Kind::COUNT),
    field("calendarIds").of(Kind::TEXTS),
    ACTIVE,
];
