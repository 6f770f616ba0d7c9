//! What happens in Active Knocker.

use crate::catalog::{Source, Trigger};
use crate::shape::{Field, Kind, field};

/// The triggers of this family. Active Knocker has published no events of its own: whoever posts them maps its fields
/// to these.
pub(super) static TRIGGERS: &[Trigger] = &[
    Trigger {
        key: "knocker.lead_booked",
        title: "A visit was agreed at the door",
        about: "`calendarName`, `startTime`, `endTime`, `attendees` and `description` alone are complete.",
        source: Source::Knocker,
        fields: &[
            field("startTime").required().about(&START_ABOUT),
            START_DATE,
            field("endTime").about(&"A slot of the calendar after the start, if it and the duration are left out."),
            END_DATE,
            DURATION_MINUTES,
            DURATION,
            TIME_ZONE,
            field("calendarId"),
            field("calendarName").about(&"Instead of its id. Case and white space do not count."),
            field("lead")
                .of(PERSON)
                .about(&"Who is visited. A phone number or an e-mail address is needed."),
            field("attendees")
                .of(Kind::Either(&[Kind::Text, PERSON, Kind::List(&ATTENDEE)]))
                .about(
                    &"Text is like `Ann Lee <ann@example.com>`. Without `lead`, the first who is no GHL user is it.",
                ),
            REP.about(&"Who booked: an id, e-mail address or name of `[[reps]]`, or more."),
            field("title").about(&"The lead's name, if it is left out."),
            field("description"),
            NOTES,
            ADDRESS,
            RECURRENCE,
        ],
        example: r#"{"calendarName": "Roof Inspections", "startTime": "2030-06-04T10:00:00-05:00", "endTime": "2030-06-04T11:00:00-05:00", "attendees": ["Ann Lee <ann@example.com>"], "description": "Hail damage on the south side."}"#,
        ready: true,
        ..Trigger::BLANK
    },
    Trigger {
        key: "knocker.booking_changed",
        title: "A booking is different: its time, its status, who goes, what it says",
        about: "The booking is the event's subject. What is left out stays as it is; of what two events say otherwise, the \
                newer one counts.",
        source: Source::Knocker,
        fields: &[
            field("startTime").about(&START_ABOUT),
            START_DATE,
            field("endTime").about(&"As long after the start as before, if it and the duration are left out."),
            END_DATE,
            DURATION_MINUTES,
            DURATION,
            TIME_ZONE,
            field("status").of(Kind::OneOf(&["confirmed", "showed", "noshow", "cancelled"])),
            REP.about(&"Who goes now: an id, e-mail address or name, or more. The configuration knows their GHL user."),
            field("title"),
            field("description").about(&"What the visit is about, in place of what was said before."),
            field("notes").about(&"What the rep noted, below the description."),
            ADDRESS,
        ],
        example: r#"{"startTime": "2030-06-05T14:00:00-05:00"}"#,
        ready: true,
        ..Trigger::BLANK
    },
    Trigger {
        key: "knocker.availability_updated",
        title: "A rep has other hours, or other plans",
        about: "What is left out stays as it is. A question for free slots is the action `slot.find_next`.",
        source: Source::Knocker,
        fields: &[
            REP.about(&"Whose it is: an id, or more."),
            BUSY,
            OPEN_HOURS,
            TIME_ZONE,
            FROM,
            TO,
            USER,
        ],
        example: r#"{"rep": {"email": "dana@example.com"}, "busy": [{"startTime": "2030-06-04T12:00:00-05:00", "endTime": "2030-06-04T13:00:00-05:00", "title": "Canvassing"}], "openHours": [{"day": "monday", "from": "09:00", "to": "17:00"}]}"#,
        ready: true,
        ..Trigger::BLANK
    },
    Trigger {
        key: "knocker.group_updated",
        title: "A group of calendars is to be different",
        source: Source::Knocker,
        fields: &[
            field("groupName").about(&"A group that GHL does not have is made."),
            field("groupId").about(&"GHL's; without it, the group is known by its slug or its name."),
            field("slug").about(&"Of its page; made of the name, if it is left out."),
            field("description"),
            field("active").of(Kind::Boolean).about(&"Whether it can be booked."),
            field("deleted").of(Kind::Boolean).about(&"Whether it is to go."),
            field("permissions")
                .of(Kind::Anything)
                .about(&"`active` or `none`. GHL's groups have no others: those cannot be kept."),
        ],
        example: r#"{"groupName": "North", "groupId": "NorthRegion000000grp", "permissions": "none"}"#,
        ready: true,
        ..Trigger::BLANK
    },
    Trigger {
        key: "knocker.pin_updated",
        title: "A pin says something else",
        about: "The pin is the event's subject.",
        source: Source::Knocker,
        fields: &[
            field("disposition").about(&"What kind of pin it is: `Callback`."),
            NOTES,
            ADDRESS,
            field("tags").of(Kind::TEXTS),
        ],
        example: r#"{"disposition": "Callback", "notes": "Dog in the yard.", "address": "12 Cedar Lane, Austin, TX 78704", "tags": ["solar"]}"#,
        ..Trigger::BLANK
    },
];

const START_ABOUT: &str = "In any usual spelling, such as `2030-06-04T14:00-05:00` or `June 4, 2030 2:00 PM`: with an \
                           offset, or local in `timeZone`. `date_order` of the configuration decides about `3/4/2030`.";
pub(in crate::catalog) const START_DATE: Field =
    field("startDate").about(&"The day, where `startTime` is a time of day alone.");
pub(in crate::catalog) const END_DATE: Field =
    field("endDate").about(&"The day, where `endTime` is a time of day alone; that of the start, if it is left out.");
pub(in crate::catalog) const DURATION_MINUTES: Field = field("durationMinutes")
    .of(Kind::Either(&[Kind::Number, Kind::Text]))
    .about(&"How long it takes, instead of an end.");
pub(in crate::catalog) const DURATION: Field = field("duration")
    .of(Kind::Either(&[Kind::Number, Kind::Text]))
    .about(&"The same with its unit: `90 minutes`, `1:30`, `PT90M`. A bare number is minutes, from 5 to 480.");
pub(in crate::catalog) const TIME_ZONE: Field =
    field("timeZone").about(&"Of local times; that of the address by `[time_zones]` or by its US state, the rep's or the connection's, if it is left out.");
pub(in crate::catalog) const RECURRENCE: Field = field("recurrence")
    .about(&"How the visit comes again, RFC 5545: `FREQ=WEEKLY;COUNT=4`. GHL checks no slots of a series.");
pub(in crate::catalog) const BUSY: Field = field("busy")
    .of(Kind::List(&Kind::Object(&[
        field("startTime").required(),
        field("endTime").required(),
        field("title"),
    ])))
    .about(&"All times without visits in a period.");
pub(in crate::catalog) const OPEN_HOURS: Field = field("openHours")
    .of(Kind::List(&Kind::Object(&[
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
            .required(),
        field("from").of(Kind::TimeOfDay).required(),
        field("to").of(Kind::TimeOfDay).required(),
    ])))
    .about(&"All hours of a usual week.");
pub(in crate::catalog) const FROM: Field = field("from")
    .of(Kind::Time)
    .about(&"Where the period begins that `busy` is all of; now, if it is left out.");
pub(in crate::catalog) const TO: Field = field("to")
    .of(Kind::Time)
    .about(&"Where it ends; 31 days later, if it is left out.");
pub(in crate::catalog) const USER: Field = field("userId").about(&"The GHL user, instead of `rep`.");
pub(in crate::catalog) const NOTES: Field = field("notes").about(&"What the rep noted at the door.");
pub(in crate::catalog) const REP: Field = field("rep").of(Kind::Either(&[
    Kind::Text,
    Kind::Object(&[field("id"), field("name"), field("email")]),
]));
pub(in crate::catalog) const ADDRESS: Field = field("address")
    .of(Kind::Either(&[
        Kind::Text,
        Kind::Object(&[
            field("street"),
            field("unit").about(&"Flat, suite or lot: `Apt 4`. A household of its own."),
            field("city"),
            field("state")
                .about(&"By code or by name. Conditions and mappings see the two letters of a US state: `UT`."),
            field("postalCode"),
            field("country"),
        ]),
    ]))
    .about(&"One line, or its parts. Those of a line in the US are read out of it.");

pub(in crate::catalog) const PERSON: Kind = Kind::Object(&[
    field("firstName"),
    field("lastName"),
    field("name").about(&"Instead of its parts."),
    field("phone"),
    field("email"),
    field("consent").of(Kind::Anything).about(
        &"Whether messages may be sent: a boolean or a word for one, or one for each channel, like `{\"sms\": true}`.",
    ),
]);
const ATTENDEE: Kind = Kind::Either(&[Kind::Text, PERSON]);
