//! What happens to appointments in GHL.

use crate::catalog::{Source, Trigger};
use crate::shape::{Field, Kind, field};

const SCOPE: &str = "calendars/events.readonly";

/// The triggers of this family.
pub(super) static TRIGGERS: &[Trigger] = &[
    Trigger {
        key: "appointment.created",
        title: "An appointment was booked",
        about: "Also by Knockcal itself.",
        source: Source::Webhook("AppointmentCreate"),
        scope: SCOPE,
        fields: &[LOCATION_ID, APPOINTMENT],
        example: r#"{"locationId": "ve9EPM428h8vShlRW1KT", "appointment": {"id": "VisitOfPat0000000evt", "calendarId": "RoofInspections00cal", "contactId": "Pat00Homeowner000ctc", "title": "Pat Homeowner", "appointmentStatus": "confirmed", "assignedUserId": "Dana00Whitfield00usr", "users": [], "source": "booking_widget", "startTime": "2030-06-04T10:00:00-05:00", "endTime": "2030-06-04T11:00:00-05:00", "dateAdded": "2030-06-01T15:00:00.000Z", "dateUpdated": "2030-06-01T15:00:00.000Z"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.changed",
        title: "Something about an appointment was changed",
        source: Source::Webhook("AppointmentUpdate"),
        scope: SCOPE,
        fields: &[LOCATION_ID, APPOINTMENT],
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "title": "Roof of Pat", "startTime": "2030-06-04T10:00:00-05:00", "dateUpdated": "2030-06-02T15:00:00.000Z"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.deleted",
        title: "An appointment was deleted",
        source: Source::Webhook("AppointmentDelete"),
        scope: SCOPE,
        fields: &[LOCATION_ID, APPOINTMENT],
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "contactId": "Pat00Homeowner000ctc"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.confirmed",
        title: "An appointment was confirmed",
        source: CHANGE,
        scope: SCOPE,
        fields: CHANGED,
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "appointmentStatus": "confirmed"}, "before": {"appointmentStatus": "new"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.rescheduled",
        title: "An appointment has another time",
        source: CHANGE,
        scope: SCOPE,
        fields: CHANGED,
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "startTime": "2030-06-05T14:00:00-05:00"}, "before": {"startTime": "2030-06-04T10:00:00-05:00"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.cancelled",
        title: "An appointment was cancelled",
        source: CHANGE,
        scope: SCOPE,
        fields: CHANGED,
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "appointmentStatus": "cancelled"}, "before": {"appointmentStatus": "confirmed"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.showed",
        title: "The contact was there",
        source: CHANGE,
        scope: SCOPE,
        fields: CHANGED,
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "appointmentStatus": "showed"}, "before": {"appointmentStatus": "confirmed"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.no_show",
        title: "The contact was not there",
        source: CHANGE,
        scope: SCOPE,
        fields: CHANGED,
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "appointmentStatus": "noshow"}, "before": {"appointmentStatus": "confirmed"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.reassigned",
        title: "Somebody else goes to an appointment",
        source: CHANGE,
        scope: SCOPE,
        fields: CHANGED,
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "assignedUserId": "Marcus00Bell00000usr"}, "before": {"assignedUserId": "Dana00Whitfield00usr"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "appointment.starting_soon",
        title: "An appointment begins soon",
        about: "GHL sends no webhook for it.",
        source: Source::Polled("event.list"),
        scope: SCOPE,
        fields: &[
            LOCATION_ID,
            APPOINTMENT,
            field("minutes").of(Kind::COUNT).about(&"Until it begins."),
        ],
        example: r#"{"appointment": {"id": "VisitOfPat0000000evt", "startTime": "2030-06-04T10:00:00-05:00"}, "minutes": 30}"#,
        ..Trigger::BLANK
    },
];

const CHANGE: Source = Source::Derived("AppointmentUpdate");

const CHANGED: &[Field] = &[
    LOCATION_ID,
    APPOINTMENT,
    field("before")
        .of(Kind::Object(FIELDS))
        .about(&"What it was, as far as it is different."),
];

const LOCATION_ID: Field = field("locationId");
const APPOINTMENT: Field = field("appointment").of(Kind::Object(FIELDS));

/// An appointment as GHL's webhooks have it.
const FIELDS: &[Field] = &[
    field("id"),
    field("calendarId"),
    field("groupId"),
    field("contactId"),
    field("title"),
    field("address"),
    field("notes"),
    field("appointmentStatus"),
    field("assignedUserId"),
    field("users").of(Kind::TEXTS),
    field("source"),
    field("startTime").of(Kind::Time),
    field("endTime").of(Kind::Time),
    field("dateAdded").of(Kind::Time),
    field("dateUpdated").of(Kind::Time),
];
