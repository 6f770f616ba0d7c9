//! Groups of calendars.

use super::{LOCATION_ID, SUCCESS};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// The operations of this family. None reads a single group.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "group.list",
        title: "List the calendar groups of the location",
        operation_id: "get-groups",
        path: "/calendars/groups",
        scope: "calendars/groups.readonly",
        query: &[LOCATION_ID],
        reply: Kind::Object(&[field("groups").of(Kind::List(&Kind::Object(GROUP))).required()]),
        ..Operation::READ
    },
    &Operation {
        key: "group.create",
        title: "Make a calendar group",
        about: "Each slug is taken once: `group.validate_slug` tells whether one is free.",
        operation_id: "create-calendar-group",
        path: "/calendars/groups",
        scope: "calendars/groups.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "group.list",
            with: &[],
            around: false,
            found_in: "groups",
            id: "id",
            told_by: ToldBy::Same(&["slug", "name"]),
        }),
        body: Body::Object(&[
            LOCATION_ID,
            NAME,
            DESCRIPTION,
            SLUG,
            field("isActive").of(Kind::Boolean),
        ]),
        reply: ONE,
        id: "group.id",
        needs: &["group.list"],
        example: r#"{"name": "South", "description": "Visits south of the river", "slug": "south"}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "group.validate_slug",
        title: "Ask whether a slug of calendar groups is free",
        operation_id: "validate-groups-slug",
        method: "POST",
        path: "/calendars/groups/validate-slug",
        // GHL wants the right to write for this question.
        scope: "calendars/groups.write",
        body: Body::Object(&[LOCATION_ID, SLUG]),
        reply: Kind::Object(&[field("available").of(Kind::Boolean).required()]),
        example: r#"{"slug": "west"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "group.update",
        title: "Rename a calendar group",
        about: "Replaces name, description and slug together: all three are needed.",
        operation_id: "edit-group",
        path: "/calendars/groups/{groupId}",
        scope: "calendars/groups.write",
        body: Body::Object(&[NAME, DESCRIPTION, SLUG]),
        reply: ONE,
        id: "group.id",
        example: r#"{"groupId": "NorthRegion000000grp", "name": "North", "description": "Visits north of the river", "slug": "north"}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "group.set_status",
        title: "Switch a calendar group on or off",
        operation_id: "disable-group",
        path: "/calendars/groups/{groupId}/status",
        scope: "calendars/groups.write",
        body: Body::Object(&[field("isActive").of(Kind::Boolean).required()]),
        reply: SUCCESS,
        example: r#"{"groupId": "NorthRegion000000grp", "isActive": false}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "group.delete",
        title: "Delete a calendar group",
        operation_id: "delete-group",
        path: "/calendars/groups/{groupId}",
        scope: "calendars/groups.write",
        reply: SUCCESS,
        example: r#"{"groupId": "ClosedRegion00000grp"}"#,
        ..Operation::DELETE
    },
];

const NAME: Field = field("name").required();
const DESCRIPTION: Field = field("description").required();
const SLUG: Field = field("slug").of(Kind::Slug).required();

const ONE: Kind = Kind::Object(&[field("group").of(Kind::Object(GROUP))]);

/// A group as it is read.
const GROUP: &[Field] = &[
    field("id"),
    field("locationId"),
    field("name"),
    field("description"),
    field("slug"),
    field("isActive").of(Kind::Boolean),
];
