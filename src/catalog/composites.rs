//! The actions that are made of several calls.

use super::Composite;
use super::triggers::knocker::{
    ADDRESS, BUSY, DURATION, DURATION_MINUTES, END_DATE, FROM, NOTES, OPEN_HOURS, PERSON, RECURRENCE, REP, START_DATE,
    TIME_ZONE, TO, USER,
};
use crate::api::Effect;
use crate::shape::{Field, Kind, Rule, field};

/// Every one of them. Those with a trigger are carried out by its recipes; the others are code in [`run`](crate::run).
pub(super) static COMPOSITES: &[Composite] = &[
    LEAD_BOOK,
    LEAD_RESCHEDULE,
    LEAD_RECORD_OUTCOME,
    LEAD_CANCEL,
    FIND_NEXT,
    SYNC_AVAILABILITY,
    RECONCILE,
    AGENDA,
    PROBE,
];

const SUBJECT: Field = field("subject")
    .required()
    .about(&"The booking: what its events carry as their subject.");

const LEAD_BOOK: Composite = Composite {
    key: "lead.book",
    title: "Book a lead: contact and appointment, and what recipes add",
    about: "What the event `knocker.lead_booked` does, and its fields.",
    effect: Effect::Create,
    fields: &[
        SUBJECT,
        field("startTime")
            .required()
            .about(&"With an offset, or local in `timeZone`."),
        START_DATE,
        field("endTime").about(&"A slot of the calendar after the start, if it and the duration are left out."),
        END_DATE,
        DURATION_MINUTES,
        DURATION,
        TIME_ZONE,
        field("calendarId"),
        field("calendarName").about(&"Instead of its id."),
        field("lead")
            .of(PERSON)
            .required()
            .about(&"Who is visited. A phone number or an e-mail address is needed."),
        REP.about(&"Who booked: an id, or more."),
        field("title").about(&"The lead's name, if it is left out."),
        field("description"),
        NOTES,
        ADDRESS,
        RECURRENCE,
    ],
    rules: &[],
    reply: BOOKING,
    trigger: "knocker.lead_booked",
    needs: &[
        "contact.upsert",
        "contact.create",
        "contact.get",
        "contact.update",
        "appointment.create",
        "calendar.list",
    ],
    price: "2, and what recipes add",
    example: r#"{"subject": "pin-1", "calendarName": "Roof Inspections", "startTime": "2030-06-04T10:00:00", "timeZone": "America/Chicago", "lead": {"firstName": "Ann", "phone": "+15125550142"}}"#,
    ready: true,
};

const LEAD_RESCHEDULE: Composite = Composite {
    key: "lead.reschedule",
    title: "Give a booking another time",
    about: "What the event `knocker.booking_changed` does with a new `startTime`.",
    effect: Effect::Update,
    fields: &[
        SUBJECT,
        field("startTime").required(),
        START_DATE,
        field("endTime").about(&"As long after the start as before, if it and the duration are left out."),
        END_DATE,
        DURATION_MINUTES,
        DURATION,
        TIME_ZONE,
    ],
    rules: &[],
    reply: BOOKING,
    trigger: "knocker.booking_changed",
    needs: &["appointment.update"],
    price: "1, and what recipes add",
    example: r#"{"subject": "pin-1", "startTime": "2030-06-05T10:00:00", "timeZone": "America/Chicago"}"#,
    ready: true,
};

const LEAD_CANCEL: Composite = Composite {
    key: "lead.cancel",
    title: "Call a booking off",
    about: "What the event `knocker.booking_changed` does with `status`: `cancelled`.",
    effect: Effect::Update,
    fields: &[SUBJECT],
    rules: &[],
    reply: BOOKING,
    trigger: "knocker.booking_changed",
    needs: &["appointment.update"],
    price: "1, and what recipes add",
    example: r#"{"subject": "pin-1"}"#,
    ready: true,
};

const LEAD_RECORD_OUTCOME: Composite = Composite {
    key: "lead.record_outcome",
    title: "Say how a visit went",
    about: "What the event `knocker.booking_changed` does with that `status`.",
    effect: Effect::Update,
    fields: &[
        SUBJECT,
        field("outcome").of(Kind::OneOf(&["showed", "noshow"])).required(),
    ],
    rules: &[],
    reply: BOOKING,
    trigger: "knocker.booking_changed",
    needs: &["appointment.update"],
    price: "1, and what recipes add",
    example: r#"{"subject": "pin-1", "outcome": "showed"}"#,
    ready: true,
};

/// The booking of a subject, as far as it is known.
const BOOKING: Kind = Kind::Object(&[
    field("appointmentId"),
    field("contactId"),
    field("calendarId"),
    field("startTime").of(Kind::Time),
    field("endTime").of(Kind::Time),
    field("assignedUserId"),
    field("appointmentStatus"),
    field("title"),
    field("address"),
    field("attachedTo").about(&"The subject whose visit it is, if the contact or the household had one already."),
    field("sameVisit")
        .of(Kind::Boolean)
        .about(&"Whether that one is of the same contact and begins at the same time."),
    field("differs").about(&"The fields of which that one does not say what was agreed now."),
]);

const SYNC_AVAILABILITY: Composite = Composite {
    key: "rep.sync_availability",
    title: "Let a rep's schedule and blocked time follow their own calendar",
    about: "What the event `knocker.availability_updated` does, and its fields.",
    effect: Effect::Update,
    fields: &[
        field("subject")
            .required()
            .about(&"The rep: what events about them carry as their subject."),
        REP.about(&"Whose it is: an id, or more."),
        USER,
        BUSY,
        OPEN_HOURS,
        TIME_ZONE,
        FROM,
        TO,
    ],
    rules: &[
        Rule::AtLeastOne(&["rep", "userId"]),
        Rule::AtLeastOne(&["busy", "openHours"]),
    ],
    reply: Kind::Anything,
    trigger: "knocker.availability_updated",
    needs: &[
        "schedule.search",
        "schedule.create",
        "schedule.update",
        "blocked_slot.list",
        "blocked_slot.create",
        "event.list",
        "event.delete",
    ],
    price: "1 for what is blocked, 1 for the visits, 1 for the schedules, and 1 for each change",
    example: r#"{"subject": "rep-7", "userId": "Dana00Whitfield00usr", "busy": [{"startTime": "2030-06-04T12:00:00-05:00", "endTime": "2030-06-04T13:00:00-05:00"}], "from": "2030-06-04T00:00:00-05:00", "to": "2030-06-05T00:00:00-05:00"}"#,
    ready: true,
};

const FIND_NEXT: Composite = Composite {
    key: "slot.find_next",
    title: "Find the next free slots of a calendar, however far ahead",
    about: "GHL shows 31 days at once; this goes on until it has found as many as are wanted. A slot that is shorter than \
            `duration` counts when all slots that it covers are free.",
    effect: Effect::Read,
    fields: &[
        field("calendarId").required(),
        field("from").of(Kind::Milliseconds).about(&"Now, if it is left out."),
        field("days")
            .of(Kind::Integer(1, 366))
            .or(&"92")
            .about(&"How far ahead it looks."),
        field("date")
            .of(Kind::Date)
            .about(&"Only this day of `timezone`, instead of `from` and `days`."),
        field("time")
            .of(Kind::TimeOfDay)
            .about(&"On that day: the slots nearest to this time of day."),
        field("count").of(Kind::Integer(1, 50)).or(&"1"),
        field("userId").about(&"Only slots of this member of the team."),
        field("duration")
            .of(Kind::Integer(1, 24 * 60))
            .about(&"Minutes that must be free."),
        field("timezone")
            .of(Kind::Zone)
            .about(&"Of the answer; the connection's, else the calendar's."),
    ],
    rules: &[Rule::AtMostOne(&["from", "date"])],
    reply: Kind::Object(&[
        field("slots").of(Kind::List(&Kind::Time)),
        field("searchedUntil")
            .of(Kind::Time)
            .about(&"Nothing was looked at after this."),
    ]),
    trigger: "",
    needs: &["slots.list_free", "calendar.get"],
    price: "1 for each 31 days that it looks at, and 1 with `duration`",
    example: r#"{"calendarId": "RoofInspections00cal", "from": "2030-06-03T00:00:00-05:00", "count": 3}"#,
    ready: true,
};

const RECONCILE: Composite = Composite {
    key: "sync.reconcile",
    title: "Compare bookings with what stands in GHL, and take over what is found",
    about: "For a ledger that was lost or may be out of date. Appointments are recognised by their references. GHL is only \
            read: what was moved or cancelled there is noted, and what is missing is reported.",
    effect: Effect::Read,
    fields: &[
        field("subjects")
            .of(Kind::TEXTS)
            .required()
            .about(&"The bookings, at most 500."),
        field("calendarIds")
            .of(Kind::TEXTS)
            .about(&"Where to look; every calendar of the location, if it is left out."),
        field("startTime").of(Kind::Milliseconds).required(),
        field("endTime").of(Kind::Milliseconds).required(),
    ],
    rules: &[Rule::Ordered("startTime", "endTime")],
    reply: Kind::Object(&[
        field("bookings").of(Kind::List(&Kind::Object(&[
            field("subject"),
            field("appointmentId"),
            field("state").of(Kind::OneOf(&[
                "same",
                "adopted",
                "moved",
                "cancelled",
                "missing",
                "unknown",
                "busy",
                "twice",
            ])),
            field("startTime"),
            field("calendarId"),
        ]))),
        field("strangers").of(Kind::List(&Kind::Object(&[field("appointmentId"), field("reference")]))),
        INCOMPLETE,
    ]),
    trigger: "",
    needs: &["calendar.list", "event.list", "appointment.get"],
    price: "1 for each calendar, and 1 for the list of calendars",
    example: r#"{"subjects": ["pin-1"], "startTime": "2030-06-03T00:00:00-05:00", "endTime": "2030-06-10T00:00:00-05:00"}"#,
    ready: true,
};

const AGENDA: Composite = Composite {
    key: "team.agenda",
    title: "See appointments, blocked time and free slots of many calendars in one view",
    about: "Merged and sorted, with conflicts marked. Without calendars, users and groups it is the whole location. What \
            cannot be read is named, and the rest is there all the same.",
    effect: Effect::Read,
    fields: &[
        field("calendarIds").of(Kind::TEXTS),
        field("userIds").of(Kind::TEXTS),
        field("groupIds").of(Kind::TEXTS),
        field("startTime").of(Kind::Milliseconds).required(),
        field("endTime").of(Kind::Milliseconds).required(),
        field("timezone")
            .of(Kind::Zone)
            .about(&"Of the times in the answer; the connection's, else UTC."),
        field("show")
            .of(Kind::List(&Kind::OneOf(&["appointments", "blocked", "free"])))
            .or(&r#"["appointments", "blocked"]"#),
        field("cancelled")
            .of(Kind::Boolean)
            .or(&"false")
            .about(&"Whether cancelled ones are shown, too."),
    ],
    rules: &[Rule::Within("startTime", "endTime", 31)],
    reply: Kind::Object(&[
        field("timezone").of(Kind::Zone),
        field("entries").of(Kind::List(&Kind::Object(&[
            field("kind").of(Kind::OneOf(&["appointment", "blocked", "free"])),
            field("id"),
            field("startTime").of(Kind::Time),
            field("endTime").of(Kind::Time),
            field("title"),
            field("calendarId"),
            field("calendar").about(&"The calendar's name."),
            field("contactId"),
            field("userIds").of(Kind::TEXTS),
            field("users").of(Kind::TEXTS).about(&"Their names."),
            field("status"),
            field("address"),
            field("conflictsWith")
                .of(Kind::TEXTS)
                .about(&"Entries of the same user or calendar at the same time."),
        ]))),
        INCOMPLETE,
    ]),
    trigger: "",
    needs: &[
        "calendar.list",
        "user.list",
        "event.list",
        "blocked_slot.list",
        "slots.list_free",
    ],
    price: "2, and for each kind of entry 1 for each group, user, or calendar that no group covers",
    example: r#"{"startTime": "2030-06-03T00:00:00-05:00", "endTime": "2030-06-10T00:00:00-05:00", "show": ["appointments", "blocked", "free"]}"#,
    ready: true,
};

const PROBE: Composite = Composite {
    key: "connection.probe",
    title: "See whether what the configuration names is there, and what already tells people of visits",
    about: "Calendars and users that GHL does not know, reads that the credential is refused, notifications and workflows \
            that are in use. `knock check --live` asks for it.",
    effect: Effect::Read,
    fields: &[],
    rules: &[],
    reply: Kind::Object(&[field("findings").of(Kind::List(&Kind::Object(&[
        field("severity").of(Kind::OneOf(&["error", "warning", "note"])),
        field("code"),
        field("pointer").about(&"JSON pointer into the configuration."),
        field("message"),
    ])))]),
    trigger: "",
    needs: &[
        "calendar.list",
        "user.list",
        "notification.list",
        "workflow.list",
        "event.list",
        "contact.search",
        "group.list",
        "location.get",
    ],
    price: "up to 7, and 1 for each calendar that the configuration names",
    example: "{}",
    ready: true,
};

/// What could not be read.
const INCOMPLETE: Field = field("incomplete").of(Kind::List(&Kind::Object(&[
    field("of").about(&"What it is about: `calendarId=…`."),
    field("action"),
    field("message"),
])));
