//! What a booking needs of its calendar. Knockcal finds it out while it books.

use crate::catalog::{Source, Trigger};
use crate::shape::{Field, field};

/// The triggers of this family.
pub(super) static TRIGGERS: &[Trigger] = &[
    Trigger {
        key: "calendar.missing",
        title: "A booking names a calendar that GHL does not have",
        about: "A recipe of it may make the calendar: the booking goes to what its step `made` answers.",
        source: Source::Booking,
        fields: &[
            field("calendarName").required(),
            field("near").about(&"A calendar that is there and is almost called so."),
            field("userId").about(&"The GHL user of the rep who booked."),
        ],
        example: r#"{"calendarName": "Gutter Visits", "userId": "Dana00Whitfield00usr"}"#,
        ready: true,
        ..Trigger::BLANK
    },
    Trigger {
        key: "calendar.rep_missing",
        title: "The rep of a booking is not on the team of its calendar",
        source: Source::Booking,
        fields: &[CALENDAR, field("userId").required().about(&"The GHL user of the rep.")],
        example: r#"{"calendarId": "RoofInspections00cal", "userId": "Dana00Whitfield00usr"}"#,
        ready: true,
        ..Trigger::BLANK
    },
    Trigger {
        key: "calendar.booked",
        title: "A calendar takes a booking",
        about: "Once for each calendar, and again when the recipe has other options.",
        source: Source::Booking,
        fields: &[CALENDAR],
        example: r#"{"calendarId": "RoofInspections00cal"}"#,
        ready: true,
        ..Trigger::BLANK
    },
];

const CALENDAR: Field = field("calendarId").required();
