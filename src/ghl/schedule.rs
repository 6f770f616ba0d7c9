//! Schedules: the working hours of users.

use super::{LOCATION_ID, SUCCESS};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, field};

/// Key of the operation that lets a calendar follow a schedule.
pub const LINK_CALENDAR: &str = "schedule.link_calendar";

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "schedule.search",
        title: "List the schedules of a user",
        operation_id: "getAllSchedules",
        path: "/calendars/schedules/search",
        scope: "calendars.readonly",
        query: &[
            LOCATION_ID,
            field("userId").required(),
            field("calendarId").about(&"Only schedules that this calendar follows."),
            field("skip").of(Kind::COUNT).or(&"0"),
            field("limit").of(Kind::Integer(1, 500)).or(&"50"),
        ],
        reply: Kind::Object(&[field("schedules").of(Kind::List(&Kind::Object(SCHEDULE))).required()]),
        example: r#"{"userId": "Dana00Whitfield00usr"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "schedule.create",
        title: "Give a user working hours",
        operation_id: "createSchedule",
        path: "/calendars/schedules",
        scope: "calendars.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "schedule.search",
            with: &[("userId", "userId")],
            around: false,
            found_in: "schedules",
            id: "id",
            told_by: ToldBy::Same(&["name", "userId", "timezone"]),
        }),
        body: Body::Object(&[
            RULES,
            ZONE.required(),
            LOCATION_ID,
            field("name").required(),
            field("userId").required(),
            field("calendarIds").of(Kind::TEXTS),
        ]),
        reply: ONE,
        id: "schedule.id",
        needs: &["schedule.search"],
        example: r#"{"name": "Summer", "userId": "Marcus00Bell00000usr", "timezone": "America/Chicago", "rules": [{"type": "wday", "day": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}]}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "schedule.get",
        title: "Read a schedule",
        operation_id: "getScheduleById",
        path: "/calendars/schedules/{id}",
        scope: "calendars.readonly",
        reply: ONE,
        id: "schedule.id",
        example: r#"{"id": "HoursOfDana000000sch"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "schedule.update",
        title: "Change a schedule",
        about: "`rules` replace all that it has.",
        operation_id: "updateSchedule",
        path: "/calendars/schedules/{id}",
        scope: "calendars.write",
        body: Body::Object(&[field("name"), RULES, ZONE]),
        reply: ONE,
        id: "schedule.id",
        example: r#"{"id": "HoursOfDana000000sch", "name": "Hours of Dana"}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "schedule.delete",
        title: "Delete a schedule",
        operation_id: "deleteSchedule",
        path: "/calendars/schedules/{id}",
        scope: "calendars.write",
        reply: SUCCESS,
        example: r#"{"id": "OldHoursOfDana000sch"}"#,
        ..Operation::DELETE
    },
    &Operation {
        key: LINK_CALENDAR,
        title: "Let a calendar follow a schedule",
        operation_id: "add-calendar-to-schedule",
        path: "/calendars/schedules/{id}/associations/{calendarId}",
        scope: "calendars.write",
        reply: SUCCESS,
        example: r#"{"id": "HoursOfDana000000sch", "calendarId": "ServiceMenu000000cal"}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "schedule.unlink_calendar",
        title: "Let a calendar follow a schedule no more",
        operation_id: "remove-calendar-from-schedule",
        path: "/calendars/schedules/{id}/associations/{calendarId}",
        scope: "calendars.write",
        reply: SUCCESS,
        example: r#"{"id": "HoursOfDana000000sch", "calendarId": "DanaCloser0000000cal"}"#,
        ..Operation::DELETE
    },
];

/// The zone that the hours of a schedule are in.
pub(super) const ZONE: Field = field("timezone").of(Kind::PlainZone);

/// The hours of a schedule.
pub(super) const RULES: Field = field("rules").of(Kind::List(&Kind::Object(&[
    field("type").of(Kind::OneOf(&["wday", "date"])).required(),
    field("day")
        .of(Kind::OneOf(&[
            "sunday",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
        ]))
        .about(&"Of `wday`."),
    field("date").of(Kind::Date).about(&"Of `date`."),
    field("intervals")
        .of(Kind::List(&Kind::Object(&[
            field("from").of(Kind::TimeOfDay).required(),
            field("to").of(Kind::TimeOfDay).required(),
        ])))
        .required(),
])));

const ONE: Kind = Kind::Object(&[field("schedule").of(Kind::Object(SCHEDULE)).required()]);

/// A schedule as it is read.
const SCHEDULE: &[Field] = &[
    field("id").required(),
    field("locationId"),
    field("name"),
    RULES,
    ZONE,
    field("userId"),
    field("calendarIds").of(Kind::TEXTS),
    field("deleted").of(Kind::Boolean),
    field("dateAdded"),
    field("dateUpdated"),
];
