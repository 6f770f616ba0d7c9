//! The hours of event calendars, which have no team whose schedules count.

use super::schedule::{RULES, ZONE};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Kind, field};

/// The operations of this family. An event calendar has one schedule, and no id is needed for it.
pub static OPERATIONS: &[&Operation] = &[
    &Operation {
        key: "event_calendar_schedule.create",
        title: "Give an event calendar hours",
        operation_id: "createCalendarSchedule",
        path: PATH,
        version: "v3",
        scope: "calendars.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "event_calendar_schedule.get",
            with: &[("calendarId", "calendarId")],
            around: false,
            found_in: "schedule",
            id: "calendarId",
            told_by: ToldBy::Same(&["calendarId", "timezone"]),
        }),
        body: Body::Object(&[RULES.required(), ZONE.required()]),
        reply: SCHEDULE,
        id: "schedule.calendarId",
        needs: &["event_calendar_schedule.get"],
        example: r#"{"calendarId": "OpenHouse00000000cal", "timezone": "America/Chicago", "rules": [{"type": "wday", "day": "saturday", "intervals": [{"from": "10:00", "to": "16:00"}]}]}"#,
        ..Operation::CREATE
    },
    &Operation {
        key: "event_calendar_schedule.get",
        title: "Read the hours of an event calendar",
        operation_id: "getCalendarSchedule",
        path: PATH,
        version: "v3",
        scope: "calendars.readonly",
        reply: SCHEDULE,
        id: "schedule.calendarId",
        example: r#"{"calendarId": "ParadeOfHomes0000cal"}"#,
        ..Operation::READ
    },
    &Operation {
        key: "event_calendar_schedule.update",
        title: "Change the hours of an event calendar",
        operation_id: "updateCalendarSchedule",
        path: PATH,
        version: "v3",
        scope: "calendars.write",
        body: Body::Object(&[RULES, ZONE]),
        reply: SCHEDULE,
        id: "schedule.calendarId",
        example: r#"{"calendarId": "ParadeOfHomes0000cal", "rules": [{"type": "date", "date": "2030-06-08", "intervals": [{"from": "09:00", "to": "18:00"}]}]}"#,
        ..Operation::UPDATE
    },
];

const PATH: &str = "/calendars/schedules/event-calendar/{calendarId}";

const SCHEDULE: Kind = Kind::Object(&[field("schedule")
    .of(Kind::Object(&[
        field("calendarId"),
        RULES,
        ZONE,
        field("dateAdded"),
        field("dateUpdated"),
    ]))
    .required()]);
