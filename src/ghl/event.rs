//! The events of calendars.

use serde_json::Value;

use super::appointment::Appointment;
use super::{Effect, Field, Operation, Repeat};

/// Lists the appointments of a calendar, user or group in a window of epoch milliseconds, cancelled and deleted
/// ones included.
pub static LIST: Operation = Operation {
    key: "event.list",
    operation_id: "get-calendar-events",
    method: "GET",
    path: "/calendars/events",
    version: "2021-04-15",
    scope: "calendars/events.readonly",
    effect: Effect::Read,
    repeat: Repeat::Safe,
    fields: &[
        Field::query("locationId").required(),
        Field::query("calendarId"),
        Field::query("userId"),
        Field::query("groupId"),
        Field::query("startTime").required(),
        Field::query("endTime").required(),
    ],
    needs: &[],
};

/// The appointments in the answer to [`LIST`] or to a contact's list; nothing when it is no such answer.
pub fn read(reply: &Value) -> Option<Vec<Appointment>> {
    let events = reply.get("events")?.as_array()?;
    Some(events.iter().filter_map(Appointment::read).collect())
}
