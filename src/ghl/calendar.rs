//! Calendars.

use serde_json::Value;

use super::LOCATION_ID;
use super::calendar_settings::{CREATED, UPDATED};
use super::words::{id, text};
use crate::api::{Body, Operation, ReadBack, Repeat, ToldBy};
use crate::record;
use crate::shape::{Field, Kind, field};

/// Lists the calendars of a location.
pub static LIST: Operation = Operation {
    key: "calendar.list",
    title: "List the calendars of the location",
    operation_id: "get-calendars",
    path: "/calendars/",
    scope: "calendars.readonly",
    query: &[
        LOCATION_ID,
        field("groupId"),
        field("showDrafted")
            .of(Kind::Boolean)
            .or(&"true")
            .about(&"Whether inactive ones are listed, too."),
    ],
    reply: Kind::Object(&[field("calendars").of(Kind::List(&Kind::Object(CALENDAR))).required()]),
    ..Operation::READ
};

/// Reads one calendar.
pub static GET: Operation = Operation {
    key: "calendar.get",
    title: "Read a calendar",
    operation_id: "get-calendar",
    path: "/calendars/{calendarId}",
    scope: "calendars.readonly",
    reply: ONE,
    id: "calendar.id",
    example: r#"{"calendarId": "RoofInspections00cal"}"#,
    ..Operation::READ
};

/// Whether a text surely is not the id of a calendar. Ids are letters and digits without blanks; names mostly have some.
///
/// ```
/// # use knockcal::ghl::calendar::cannot_be_id;
/// assert!(cannot_be_id("Roof Inspections") && !cannot_be_id("RoofInspections00cal"));
/// ```
pub fn cannot_be_id(text: &str) -> bool {
    !text
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}

/// The operations of this family.
pub static OPERATIONS: &[&Operation] = &[
    &LIST,
    &Operation {
        key: "calendar.create",
        title: "Make a calendar",
        about: "A calendar, not an appointment: that is `appointment.create`. All types but `event` need a team, \
                `personal` of exactly one member.",
        operation_id: "create-calendar",
        path: "/calendars/",
        scope: "calendars.write",
        repeat: Repeat::ReadBack(&ReadBack {
            by: "calendar.list",
            with: &[],
            around: false,
            found_in: "calendars",
            id: "id",
            told_by: ToldBy::Same(&["name", "slug"]),
        }),
        body: Body::Object(CREATED),
        reply: ONE,
        id: "calendar.id",
        needs: &["calendar.list"],
        example: r#"{"name": "Evening visits", "slug": "evening-visits", "calendarType": "round_robin", "teamMembers": [{"userId": "Dana00Whitfield00usr"}, {"userId": "Marcus00Bell00000usr"}], "slotDuration": 60, "slotDurationUnit": "mins", "openHours": [{"daysOfTheWeek": [1, 2, 3, 4, 5], "hours": [{"openHour": 17, "openMinute": 0, "closeHour": 21, "closeMinute": 0}]}]}"#,
        ..Operation::CREATE
    },
    &GET,
    &Operation {
        key: "calendar.update",
        title: "Change a calendar",
        about: "Say the whole team and all open hours: they replace those it has. Its type cannot change, nor the unit \
                of `slotBuffer`.",
        operation_id: "update-calendar",
        path: "/calendars/{calendarId}",
        scope: "calendars.write",
        body: Body::Object(UPDATED),
        reply: ONE,
        id: "calendar.id",
        example: r#"{"calendarId": "OpenHouse00000000cal", "description": "Come and see a finished roof."}"#,
        ..Operation::UPDATE
    },
    &Operation {
        key: "calendar.delete",
        title: "Delete a calendar",
        operation_id: "delete-calendar",
        path: "/calendars/{calendarId}",
        scope: "calendars.write",
        // GHL answers the calendar and a message; the specification says `success`.
        reply: Kind::Object(&[
            field("success").of(Kind::Boolean),
            field("message"),
            field("calendar").of(Kind::Anything),
        ]),
        example: r#"{"calendarId": "ClosedTerritory00cal"}"#,
        ..Operation::DELETE
    },
];

const ONE: Kind = Kind::Object(&[field("calendar").of(Kind::Object(CALENDAR)).required()]);

/// A calendar as it is read: what others need to know of it. The rest is as it was written.
const CALENDAR: &[Field] = &[
    field("id").required(),
    field("locationId"),
    field("groupId"),
    field("name"),
    field("description"),
    field("slug"),
    field("widgetSlug"),
    field("calendarType"),
    field("isActive").of(Kind::Boolean),
    field("teamMembers").of(Kind::List(&Kind::Object(&[
        field("userId"),
        field("priority").of(Kind::Number),
        field("isPrimary").of(Kind::Boolean),
        field("locationConfigurations").of(Kind::List(&Kind::Object(&[field("kind"), field("location")]))),
    ]))),
    field("eventTitle"),
    field("eventColor"),
    field("locationConfigurations").of(Kind::Anything),
    field("slotDuration").of(Kind::Number),
    field("slotDurationUnit"),
    field("slotInterval").of(Kind::Number),
    field("slotIntervalUnit"),
    field("slotBuffer").of(Kind::Number),
    field("slotBufferUnit"),
    field("preBuffer").of(Kind::Number),
    field("preBufferUnit"),
    field("appoinmentPerSlot").of(Kind::Number),
    field("appoinmentPerDay").of(Kind::Number),
    field("allowBookingAfter").of(Kind::Number),
    field("allowBookingAfterUnit"),
    field("allowBookingFor").of(Kind::Number),
    field("allowBookingForUnit"),
    field("openHours")
        .of(Kind::Anything)
        .about(&"A list; an empty object where there are none."),
    field("availabilities").of(Kind::List(&Kind::Anything)),
    field("autoConfirm").of(Kind::Boolean),
    field("allowReschedule").of(Kind::Boolean),
    field("allowCancellation").of(Kind::Boolean),
    field("notes"),
];

/// The length of a calendar's slots, in minutes.
pub fn slot_minutes(calendar: &Value) -> i64 {
    let length = calendar.get("slotDuration").and_then(Value::as_i64);
    let length = length
        .filter(|length| (1..=24 * 60).contains(length))
        .unwrap_or(SLOT_MINUTES);
    match calendar.get("slotDurationUnit").and_then(Value::as_str) {
        Some("hours") => length * 60,
        _ => length,
    }
}

/// The length of a slot where a calendar does not say.
const SLOT_MINUTES: i64 = 30;

record! {
    /// What booking needs to know of a calendar.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Calendar {
        /// GHL's id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// `round_robin`, `event`, `class_booking`, `collective`, `service_booking` or `personal`; empty when GHL did
        /// not say.
        pub kind: String,
        /// User ids of its team, the primary member first.
        pub team: Vec<String>,
        /// Whether it takes bookings.
        pub active: bool,
        /// Whether GHL wanted a member of the team named before.
        pub insists: bool,
    }
}

impl Calendar {
    /// Reads a calendar object of GHL; nothing without an id.
    pub fn read(value: &Value) -> Option<Self> {
        let mut team = Vec::new();
        for member in value.get("teamMembers").and_then(Value::as_array).into_iter().flatten() {
            let Some(user) = id(member, "userId") else {
                continue;
            };
            if member.get("isPrimary").and_then(Value::as_bool) == Some(true) {
                team.insert(0, user);
            } else {
                team.push(user);
            }
        }
        Some(Self {
            id: id(value, "id")?,
            name: text(value, "name").unwrap_or_default(),
            kind: text(value, "calendarType").unwrap_or_default(),
            team,
            active: value.get("isActive").and_then(Value::as_bool) != Some(false),
            insists: false,
        })
    }

    /// A calendar of which only the id is known.
    pub fn of_id(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: String::new(),
            kind: String::new(),
            team: Vec::new(),
            active: true,
            insists: false,
        }
    }

    /// The calendars in the answer to [`LIST`]; nothing when it is no such answer.
    pub fn read_list(reply: &Value) -> Option<Vec<Self>> {
        let calendars = reply.get("calendars")?.as_array()?;
        Some(calendars.iter().filter_map(Self::read).collect())
    }

    /// The name as it is compared: case and white space do not count.
    pub fn plain_name(name: &str) -> String {
        super::shown::normal_text(name).to_lowercase()
    }

    /// The members of its team, `first` before the others if they are one of them.
    pub fn members_from(&self, first: Option<&str>) -> Vec<String> {
        let mut members = self.team.clone();
        if let Some(place) = members.iter().position(|member| Some(member.as_str()) == first) {
            let first = members.remove(place);
            members.insert(0, first);
        }
        members
    }

    /// Whether appointments have one responsible member of the team, so that one can be asked for.
    pub fn takes_assignee(&self) -> bool {
        // The members of a collective calendar all come; an event calendar has none; a class has its host.
        matches!(self.kind.as_str(), "round_robin" | "personal" | "service_booking" | "")
    }
}
