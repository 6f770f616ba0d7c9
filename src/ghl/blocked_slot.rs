//! Blocked time.

use super::LOCATION_ID;
use super::event::{EVENTS, ONE_OWNER, WINDOW};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, Rule, field};

/// The operations of this family. Blocked time is deleted by [`event::DELETE`](super::event::DELETE).
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "blocked_slot.list",
        title: "List the blocked time of a calendar, a user or a group",
        about: "Appointments are not listed: `event.list` has them.",
        operation_id: "get-blocked-slots",
        path: "/calendars/blocked-slots",
        scope: "calendars/events.readonly",
        query: WINDOW,
        rules: ONE_OWNER,
        reply: Kind::Object(EVENTS),
        example: r#"{"userId": "Dana00Whitfield00usr", "startTime": "2030-06-03T00:00:00-05:00", "endTime": "2030-06-10T00:00:00-05:00"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "blocked_slot.create",
        title: "Block time of a user or a calendar",
        about: "Either of a user, in all calendars, or of a calendar, which must be an event calendar. `event.delete` \
                frees it again.",
        operation_id: "create-block-slot",
        path: "/calendars/events/block-slots",
        scope: "calendars/events.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "blocked_slot.list",
            with: &[("calendarId", "calendarId"), ("userId", "assignedUserId")],
            around: true,
            found_in: "events",
            id: "id",
            told_by: ToldBy::Reference("title"),
        }),
        body: Body::Object(&[
            field("title"),
            CALENDAR,
            ASSIGNED_USER,
            LOCATION_ID,
            // The specification lets them be left out, and says nothing of what would be blocked then.
            START.required(),
            END.required(),
        ]),
        rules: RULES,
        reply: Kind::Object(BLOCK),
        id: "id",
        needs: &["blocked_slot.list"],
        example: r#"{"title": "Canvassing", "assignedUserId": "Dana00Whitfield00usr", "startTime": "2030-06-06T13:00:00-05:00", "endTime": "2030-06-06T17:00:00-05:00"}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "blocked_slot.update",
        title: "Move or rename blocked time",
        about: "Say whose it is, too: the user or the calendar.",
        operation_id: "edit-block-slot",
        path: "/calendars/events/block-slots/{eventId}",
        scope: "calendars/events.write",
        body: Body::Object(&[field("title"), CALENDAR, ASSIGNED_USER, LOCATION_ID, START, END]),
        rules: RULES,
        reply: Kind::Object(BLOCK),
        id: "id",
        example: r#"{"eventId": "LunchOfDana000000evt", "assignedUserId": "Dana00Whitfield00usr", "startTime": "2030-06-05T13:00:00-05:00", "endTime": "2030-06-05T14:00:00-05:00"}"#,
        ..Operation::UPDATE
    },
];

const CALENDAR: Field = field("calendarId");
const ASSIGNED_USER: Field = field("assignedUserId");
const START: Field = field("startTime").of(Kind::Time);
const END: Field = field("endTime").of(Kind::Time);

/// The specification wants a calendar even for a user; GHL refuses both together.
const RULES: &[Rule] = &[
    Rule::ExactlyOne(&["calendarId", "assignedUserId"]),
    Rule::Ordered("startTime", "endTime"),
];

/// Blocked time as it is answered to a write.
const BLOCK: &[Field] = &[
    field("id"),
    field("locationId"),
    field("title"),
    CALENDAR,
    ASSIGNED_USER,
    START,
    END,
];
