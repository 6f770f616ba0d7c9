//! The events of calendars.

use serde_json::Value;

use super::LOCATION_ID;
use super::appointment::{Appointment, EVENT};
use crate::api::{Body, Operation};
use crate::shape::{Field, Kind, Rule, field};

/// Lists the appointments of a calendar, user or group in a window of epoch milliseconds, cancelled and deleted
/// ones included.
pub static LIST: Operation = Operation {
    key: "event.list",
    title: "List the appointments of a calendar, a user or a group",
    about: "Cancelled and deleted ones are listed, too. Blocked time is not: `blocked_slot.list` has it.",
    operation_id: "get-calendar-events",
    path: "/calendars/events",
    scope: "calendars/events.readonly",
    query: WINDOW,
    rules: ONE_OWNER,
    reply: Kind::Object(EVENTS),
    example: r#"{"calendarId": "RoofInspections00cal", "startTime": "2030-06-03T00:00:00-05:00", "endTime": "2030-06-10T00:00:00-05:00"}"#,
    ..Operation::READ
};

/// Deletes an appointment or a block for good.
pub static DELETE: Operation = Operation {
    key: "event.delete",
    title: "Delete an appointment or blocked time",
    about: "For good. To keep its history, cancel it with `appointment.update` instead.",
    operation_id: "delete-event",
    path: "/calendars/events/{eventId}",
    scope: "calendars/events.write",
    body: Body::Object(&[]),
    reply: Kind::Object(&[field("succeeded").of(Kind::Boolean)]),
    example: r#"{"eventId": "OldVisitOfPat0000evt"}"#,
    ..Operation::DELETE
};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&LIST, &DELETE];

/// Whose events are listed, and of which time.
pub(super) const WINDOW: &[Field] = &[
    LOCATION_ID,
    field("calendarId"),
    field("userId"),
    field("groupId"),
    field("startTime").of(Kind::Milliseconds).required(),
    field("endTime").of(Kind::Milliseconds).required(),
];

/// GHL lists the events of one owner at a time.
pub(super) const ONE_OWNER: &[Rule] = &[
    Rule::ExactlyOne(&["calendarId", "userId", "groupId"]),
    Rule::Ordered("startTime", "endTime"),
];

/// A list of events.
pub(super) const EVENTS: &[Field] = &[field("events").of(Kind::List(&Kind::Object(EVENT))).required()];

/// The appointments in an answer.
#[derive(Debug)]
pub struct Listed {
    /// Those that can be understood.
    pub appointments: Vec<Appointment>,
    /// Whether these are all.
    pub complete: bool,
}

/// The appointments in the answer to [`LIST`] or to a contact's list; nothing when it is no such answer.
pub fn read(reply: &Value) -> Option<Listed> {
    let events = reply.get("events")?.as_array()?;
    let appointments: Vec<Appointment> = events.iter().filter_map(Appointment::read).collect();
    Some(Listed {
        complete: appointments.len() == events.len(),
        appointments,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_appointment_that_cannot_be_understood_is_not_passed_over_in_silence() {
        let listed = read(&json!({ "events": [{ "id": "a" }, { "title": "no id" }] })).unwrap();
        assert_eq!((listed.appointments.len(), listed.complete), (1, false));
        assert!(read(&json!({ "events": [] })).unwrap().complete);
        assert!(read(&json!({ "events": {} })).is_none());
    }
}
