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
