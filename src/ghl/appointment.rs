//! Appointments.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::words::{id, text};
use super::{Effect, Field, FieldKind, Operation, Repeat};

/// Books an appointment. GHL has no idempotency key: repeating it books twice.
pub static CREATE: Operation = Operation {
    key: "appointment.create",
    operation_id: "create-appointment",
    method: "POST",
    path: "/calendars/events/appointments",
    version: "2021-04-15",
    scope: "calendars/events.write",
    effect: Effect::Create,
    repeat: Repeat::ReadBack,
    fields: &[
        Field::body("calendarId").required(),
        Field::body("locationId").required(),
        Field::body("contactId").required(),
        Field::body("startTime").required(),
        Field::body("endTime"),
        Field::body("title"),
        Field::body("description"),
        Field::body("address"),
        Field::body("appointmentStatus"),
        Field::body("assignedUserId"),
        Field::body("meetingLocationType"),
        Field::body("meetingLocationId"),
        Field::body("overrideLocationConfig").of(FieldKind::Boolean),
        Field::body("ignoreDateRange").of(FieldKind::Boolean),
        Field::body("ignoreFreeSlotValidation").of(FieldKind::Boolean),
        Field::body("toNotify").of(FieldKind::Boolean),
    ],
    needs: &[
        "event.list",
        "contact.list_appointments",
        "appointment.get",
        // A second copy of ours is cancelled.
        "appointment.update",
        // What else is free when the slot is taken, and whom to assign when GHL insists.
        "slots.list_free",
        "calendar.get",
    ],
};

/// Changes an appointment: its time, its status, its text. The contact cannot change.
pub static UPDATE: Operation = Operation {
    key: "appointment.update",
    operation_id: "edit-appointment",
    method: "PUT",
    path: "/calendars/events/appointments/{eventId}",
    version: "2021-04-15",
    scope: "calendars/events.write",
    effect: Effect::Update,
    repeat: Repeat::ReadBack,
    fields: &[
        Field::path("eventId"),
        Field::body("calendarId"),
        Field::body("startTime"),
        Field::body("endTime"),
        Field::body("title"),
        Field::body("description"),
        Field::body("address"),
        Field::body("appointmentStatus"),
        Field::body("assignedUserId"),
        Field::body("meetingLocationType"),
        Field::body("meetingLocationId"),
        Field::body("overrideLocationConfig").of(FieldKind::Boolean),
        Field::body("ignoreDateRange").of(FieldKind::Boolean),
        Field::body("ignoreFreeSlotValidation").of(FieldKind::Boolean),
        Field::body("toNotify").of(FieldKind::Boolean),
    ],
    needs: &["appointment.get", "slots.list_free"],
};

/// Reads an appointment. Deleted ones can still be read.
pub static GET: Operation = Operation {
    key: "appointment.get",
    operation_id: "get-appointment",
    method: "GET",
    path: "/calendars/events/appointments/{eventId}",
    version: "2021-04-15",
    scope: "calendars/events.readonly",
    effect: Effect::Read,
    repeat: Repeat::Safe,
    fields: &[Field::path("eventId")],
    needs: &[],
};

/// The status of an appointment that takes no place any more.
pub const CANCELLED: &str = "cancelled";

/// An appointment as GHL tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Appointment {
    /// GHL's id.
    pub id: String,
    /// The series it is an instance of.
    pub master_id: Option<String>,
    /// All that was said about it.
    pub fields: Value,
}

impl Appointment {
    /// Reads an appointment object; nothing without an id.
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: id(value, "id")?,
            master_id: id(value, "masterEventId"),
            fields: value.clone(),
        })
    }

    /// Reads the answer to [`GET`]: the specification puts it under `event`, the API under `appointment`.
    pub fn read_one(reply: &Value) -> Option<Self> {
        ["appointment", "event"]
            .iter()
            .find_map(|envelope| Self::read(reply.get(envelope)?))
    }

    /// The id in the answer to [`CREATE`] or [`UPDATE`].
    pub fn id_of(reply: &Value) -> Option<String> {
        id(reply, "id")
    }

    /// A text field, if it was told.
    pub fn text(&self, name: &str) -> Option<String> {
        text(&self.fields, name)
    }

    /// A time field as an instant, if it was told with an offset.
    pub fn instant(&self, name: &str) -> Option<DateTime<FixedOffset>> {
        DateTime::parse_from_rfc3339(&self.text(name)?).ok()
    }

    /// Whether it is off: cancelled, invalid or deleted.
    pub fn off(&self) -> bool {
        let status = self.text("appointmentStatus").or_else(|| self.text("appoinmentStatus"));
        self.deleted() || matches!(status.as_deref(), Some("cancelled" | "invalid"))
    }

    /// Whether it was deleted.
    pub fn deleted(&self) -> bool {
        self.fields.get("deleted").and_then(Value::as_bool) == Some(true)
    }

    /// Whether a field of it has the value that was sent. Times are compared as instants.
    pub fn has(&self, name: &str, sent: &Value) -> bool {
        let Some(sent) = sent.as_str() else {
            return self.fields.get(name) == Some(sent);
        };
        if let Ok(sent) = DateTime::parse_from_rfc3339(sent) {
            return self.instant(name).is_some_and(|told| told == sent);
        }
        let told = match name {
            "appointmentStatus" => self.text(name).or_else(|| self.text("appoinmentStatus")),
            _ => self.text(name),
        };
        told.unwrap_or_default().trim() == sent.trim()
    }
}
