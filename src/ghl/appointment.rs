//! Appointments.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::LOCATION_ID;
use super::shown::{self, Likeness};
use super::words::{id, text};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::shape::{Field, Kind, Rule, field};
use crate::zone::Zone;

/// Books an appointment. GHL has no idempotency key: repeating it books twice.
pub static CREATE: Operation = Operation {
    key: "appointment.create",
    title: "Book an appointment",
    about: "The contact must exist. `startTime` needs an offset; of a slot that `slots.list_free` names, send it back \
            unchanged. GHL decides whether it is free. The answer names no times.",
    operation_id: "create-appointment",
    path: "/calendars/events/appointments",
    scope: "calendars/events.write",
    repeat: Repeat::ReadBack(&ReadBack {
        by: "event.list",
        with: &[("calendarId", "calendarId")],
        around: true,
        found_in: "events",
        id: "id",
        told_by: ToldBy::Reference("description"),
    }),
    body: Body::Object(&[
        field("calendarId").required(),
        LOCATION_ID,
        field("contactId").required(),
        START.required(),
        END.about(&"A slot after the start, if it is left out."),
        field("title").about(&"The contact's name, if it is left out."),
        field("description"),
        ADDRESS,
        STATUS.about(&"`confirmed`, if it is left out; `new` where the calendar does not confirm by itself."),
        field("assignedUserId").about(&"Who goes. Team calendars want one when the check of slots is off."),
        MEETING_LOCATION_TYPE,
        MEETING_LOCATION_ID,
        OVERRIDE_LOCATION,
        IGNORE_DATE_RANGE,
        IGNORE_FREE_SLOTS,
        TO_NOTIFY,
        RRULE,
    ]),
    rules: &[Rule::Ordered("startTime", "endTime")],
    reply: Kind::Object(WRITTEN),
    id: "id",
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
    example: r#"{"calendarId": "RoofInspections00cal", "contactId": "Pat00Homeowner000ctc", "startTime": "2030-06-04T10:00:00-05:00"}"#,
    ..Operation::CREATE
};

/// Changes an appointment: its time, its status, its text. The contact cannot change.
pub static UPDATE: Operation = Operation {
    key: "appointment.update",
    title: "Move, reassign, cancel or otherwise change an appointment",
    about: "Cancelling keeps its history and frees its slot. `eventId` may be one instance of a series; its \
            `masterEventId` is the whole series.",
    operation_id: "edit-appointment",
    path: "/calendars/events/appointments/{eventId}",
    scope: "calendars/events.write",
    repeat: Repeat::ReadBack(&ReadBack {
        by: "appointment.get",
        with: &[("eventId", "eventId")],
        around: false,
        found_in: "appointment",
        id: "id",
        told_by: ToldBy::Written,
    }),
    body: Body::Object(&[
        field("calendarId"),
        START,
        END.about(&"As long after the start as before, if it is left out."),
        field("title"),
        field("description"),
        ADDRESS,
        STATUS,
        field("assignedUserId"),
        MEETING_LOCATION_TYPE,
        MEETING_LOCATION_ID,
        OVERRIDE_LOCATION,
        IGNORE_DATE_RANGE,
        IGNORE_FREE_SLOTS,
        TO_NOTIFY,
        RRULE,
    ]),
    rules: &[Rule::Ordered("startTime", "endTime")],
    reply: Kind::Object(WRITTEN),
    id: "id",
    needs: &[
        "appointment.get",
        // Whether the new time is taken, and by whom.
        "slots.list_free",
        "event.list",
        "contact.list_appointments",
    ],
    example: r#"{"eventId": "VisitOfPat0000000evt", "appointmentStatus": "showed"}"#,
    ..Operation::UPDATE
};

/// Reads an appointment. Deleted ones can still be read.
pub static GET: Operation = Operation {
    key: "appointment.get",
    title: "Read an appointment",
    about: "A deleted one can still be read, and says `deleted`.",
    operation_id: "get-appointment",
    path: "/calendars/events/appointments/{eventId}",
    scope: "calendars/events.readonly",
    // The specification says `event`.
    reply: Kind::Either(&[
        Kind::Object(&[field("appointment").of(Kind::Object(EVENT)).required()]),
        Kind::Object(&[field("event").of(Kind::Object(EVENT)).required()]),
    ]),
    id: "appointment.id",
    example: r#"{"eventId": "VisitOfPat0000000evt"}"#,
    ..Operation::READ
};

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[&CREATE, &GET, &UPDATE];

const START: Field = field("startTime").of(Kind::Time);
const END: Field = field("endTime").of(Kind::Time);
const ADDRESS: Field = field("address").about(&"Where it is. Makes the meeting location `custom`.");
const STATUS: Field = field("appointmentStatus").of(Kind::OneOf(&[
    "new",
    "confirmed",
    "cancelled",
    "showed",
    "noshow",
    "invalid",
]));
const MEETING_LOCATION_TYPE: Field = field("meetingLocationType").of(Kind::OneOf(&[
    "custom", "zoom", "gmeet", "phone", "address", "ms_teams", "google",
]));
const MEETING_LOCATION_ID: Field =
    field("meetingLocationId").about(&"One of the calendar's locations, like `custom_0`.");
const OVERRIDE_LOCATION: Field = field("overrideLocationConfig")
    .of(Kind::Boolean)
    .about(&"Whether the location given here counts before the calendar's own.");
const IGNORE_DATE_RANGE: Field = field("ignoreDateRange")
    .of(Kind::Boolean)
    .about(&"Skips the minimum notice and the date range.");
const IGNORE_FREE_SLOTS: Field = field("ignoreFreeSlotValidation")
    .of(Kind::Boolean)
    .about(&"Skips every check of slots. Needed for `rrule`.");
const TO_NOTIFY: Field = field("toNotify")
    .of(Kind::Boolean)
    .or(&"true")
    .about(&"Whether people are told, and automations run.");
const RRULE: Field = field("rrule").about(&"The rule of a series, RFC 5545, without DTSTART: that is `startTime`.");

/// An appointment as it is answered to a write.
const WRITTEN: &[Field] = &[
    field("id"),
    field("calendarId"),
    field("locationId"),
    field("contactId"),
    field("title"),
    field("status"),
    field("appointmentStatus"),
    field("appoinmentStatus"),
    field("assignedUserId"),
    field("address"),
    field("isRecurring").of(Kind::Boolean),
    field("rrule"),
    field("dateAdded"),
    field("dateUpdated"),
];

/// An appointment, or a block, as it is read.
pub(super) const EVENT: &[Field] = &[
    field("id").required(),
    field("calendarId"),
    field("locationId"),
    field("contactId"),
    field("groupId"),
    field("title"),
    field("description"),
    field("notes"),
    field("appointmentStatus"),
    field("assignedUserId"),
    field("users").of(Kind::TEXTS),
    field("address"),
    field("startTime").of(Kind::Time),
    field("endTime").of(Kind::Time),
    field("isRecurring").of(Kind::Boolean),
    field("rrule"),
    field("masterEventId"),
    field("assignedResources").of(Kind::TEXTS),
    field("createdBy").of(Kind::Anything),
    field("dateAdded"),
    field("dateUpdated"),
    field("deleted").of(Kind::Boolean),
];

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

    /// The appointment as it is read by itself, with what only a list shows of it.
    #[must_use]
    pub fn or_as_listed(mut self, listed: &Self) -> Self {
        for (name, value) in listed.fields.as_object().into_iter().flatten() {
            self.add_unless_shown(name, Some(value));
        }
        self
    }

    /// Adds a field that is known otherwise, if it is not shown.
    pub fn add_unless_shown(&mut self, name: &str, value: Option<&Value>) {
        let is_shown = self.field(name).is_some();
        if let (false, Some(value), Value::Object(fields)) = (is_shown, value, &mut self.fields) {
            fields.insert(name.to_owned(), value.clone());
        }
    }

    /// A field, if it is shown.
    pub fn field(&self, name: &str) -> Option<&Value> {
        let shown = |name: &str| self.fields.get(name).filter(|value| !value.is_null());
        match name {
            "appointmentStatus" => shown(name).or_else(|| shown("appoinmentStatus")),
            _ => shown(name),
        }
    }

    /// A time field as an instant, in whatever form it is shown. A time without an offset is one of `zone`.
    pub fn instant(&self, name: &str, zone: Option<&Zone>) -> Option<DateTime<FixedOffset>> {
        shown::instant(self.field(name)?, zone)
    }

    /// Compares a field with what was written to it.
    pub fn compare(&self, name: &str, written: &Value, zone: Option<&Zone>) -> Likeness {
        shown::compare(name, written, self.field(name), zone)
    }

    /// Whether a field shows what was written to it with an addition behind it.
    pub fn adds_to(&self, name: &str, written: &Value) -> bool {
        let shown = self.field(name).map(|shown| shown::normal(name, shown));
        shown.is_some_and(|shown| {
            let written = shown::normal(name, written);
            written != shown && shown::adds_to(name, &written, &shown)
        })
    }

    /// The status in its usual spelling, if it is shown.
    pub fn status(&self) -> Option<String> {
        let status = shown::normal("appointmentStatus", self.field("appointmentStatus")?);
        status.as_str().map(str::to_owned)
    }

    /// Whether it is off: cancelled, invalid or deleted.
    pub fn off(&self) -> bool {
        self.deleted() || matches!(self.status().as_deref(), Some(CANCELLED | "invalid"))
    }

    /// Whether it was deleted.
    pub fn deleted(&self) -> bool {
        self.fields.get("deleted").and_then(Value::as_bool) == Some(true)
    }
}
