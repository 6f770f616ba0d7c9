//! What can be set of a calendar.

use super::{LENGTH_UNIT, LOCATION_ID};
use crate::shape::{Field, Kind, field};

/// These fields, and those that both writes of a calendar take alike. Constant lists cannot be joined otherwise.
macro_rules! settings {
    ($($own:expr),+ $(,)?) => {
        &[
            $($own,)+
            field("groupId"),
            field("description"),
            field("slug"),
            field("widgetSlug"),
            TEAM,
            LOCATIONS,
            field("meetingLocation").about(&OLD_LOCATION),
            field("slotDurationUnit").of(LENGTH_UNIT),
            field("slotIntervalUnit").of(LENGTH_UNIT),
            field("slotBuffer").of(Kind::Number).about(&"Kept free after an appointment."),
            field("preBuffer").of(Kind::Number).about(&"Kept free before an appointment."),
            field("preBufferUnit").of(LENGTH_UNIT),
            field("appoinmentPerDay").of(Kind::COUNT),
            field("allowBookingAfter").of(Kind::Number).about(&"The minimum notice."),
            field("allowBookingAfterUnit").of(Kind::OneOf(&["hours", "days", "weeks", "months"])),
            field("allowBookingFor").of(Kind::Number).about(&"How far ahead can be booked."),
            field("allowBookingForUnit").of(Kind::OneOf(&["days", "weeks", "months"])),
            OPEN_HOURS,
            field("availabilityType")
                .of(Kind::OneOfNumbers(&["0", "1"]))
                .about(&"0 for open hours only, 1 for `availabilities` only; both, if it is left out."),
            RECURRING,
            field("formId"),
            field("stickyContact").of(Kind::Boolean),
            field("isLivePaymentMode").of(Kind::Boolean),
            field("shouldSendAlertEmailsToAssignedMember").of(Kind::Boolean),
            field("alertEmail"),
            field("shouldAssignContactToTeamMember").of(Kind::Boolean),
            field("shouldSkipAssigningContactForExisting").of(Kind::Boolean),
            field("notes"),
            field("pixelId"),
            field("formSubmitRedirectURL"),
            field("formSubmitThanksMessage"),
            field("guestType").of(Kind::OneOf(&["count_only", "collect_detail"])),
            field("consentLabel"),
            field("calendarCoverImage"),
            LOOK_BUSY,
            NOTIFICATIONS,
        ]
    };
}

/// What a new calendar can be told.
pub(super) const CREATED: &[Field] = settings![
    LOCATION_ID,
    field("name").required(),
    field("calendarType")
        .of(Kind::OneOf(&[
            "round_robin",
            "event",
            "class_booking",
            "collective",
            "service_booking",
            "personal",
        ]))
        .about(&"Cannot change later."),
    ACTIVE.or(&"true"),
    EVENT_TYPE.or(&r#""RoundRobin_OptimizeForAvailability""#),
    EVENT_TITLE.or(&r#""{{contact.name}}""#),
    EVENT_COLOR.or(&r##""#039be5""##),
    WIDGET_TYPE.or(&r#""classic""#),
    SLOT_DURATION.or(&"30"),
    SLOT_INTERVAL.or(&"30"),
    field("slotBufferUnit").of(LENGTH_UNIT),
    PER_SLOT.or(&"1"),
    RECURRING_ENABLED.or(&"false"),
    AUTO_CONFIRM.or(&"true"),
    GOOGLE_INVITATIONS.or(&"false"),
    RESCHEDULE.or(&"true"),
    CANCELLATION.or(&"true"),
    SUBMIT_TYPE.or(&r#""ThankYouMessage""#),
    field("availabilities").of(Kind::List(&Kind::Object(&[DAY, HOURS, DELETED]))),
];

/// What a calendar can be told that is there. What is left out stays.
pub(super) const UPDATED: &[Field] = settings![
    field("name"),
    ACTIVE,
    EVENT_TYPE,
    EVENT_TITLE,
    EVENT_COLOR,
    WIDGET_TYPE,
    SLOT_DURATION,
    SLOT_INTERVAL,
    PER_SLOT,
    RECURRING_ENABLED,
    AUTO_CONFIRM,
    GOOGLE_INVITATIONS,
    RESCHEDULE,
    CANCELLATION,
    SUBMIT_TYPE,
    field("availabilities").of(Kind::List(&Kind::Object(&[
        field("id").about(&"Of the day that is to be changed or deleted."),
        DAY,
        HOURS,
        DELETED,
    ]))),
];

const ACTIVE: Field = field("isActive").of(Kind::Boolean);
const EVENT_TYPE: Field = field("eventType")
    .of(Kind::OneOf(&[
        "RoundRobin_OptimizeForAvailability",
        "RoundRobin_OptimizeForEqualDistribution",
    ]))
    .about(&"How a round robin chooses.");
const EVENT_TITLE: Field = field("eventTitle");
const EVENT_COLOR: Field = field("eventColor");
const WIDGET_TYPE: Field = field("widgetType").of(Kind::OneOf(&["default", "classic"]));
const SLOT_DURATION: Field = field("slotDuration").of(Kind::Integer(1, 100_000));
const SLOT_INTERVAL: Field = field("slotInterval")
    .of(Kind::Number)
    .about(&"From the start of a slot to the start of the next.");
const PER_SLOT: Field = field("appoinmentPerSlot")
    .of(Kind::COUNT)
    .about(&"For each user; of a class, its seats.");
const RECURRING_ENABLED: Field = field("enableRecurring")
    .of(Kind::Boolean)
    .about(&"Only with a team of one.");
const AUTO_CONFIRM: Field = field("autoConfirm").of(Kind::Boolean);
const GOOGLE_INVITATIONS: Field = field("googleInvitationEmails").of(Kind::Boolean);
const RESCHEDULE: Field = field("allowReschedule").of(Kind::Boolean);
const CANCELLATION: Field = field("allowCancellation").of(Kind::Boolean);
const SUBMIT_TYPE: Field = field("formSubmitType").of(Kind::OneOf(&["RedirectURL", "ThankYouMessage"]));

const OLD_LOCATION: &str = "Deprecated: use `locationConfigurations`.";

const TEAM: Field = field("teamMembers").of(Kind::List(&Kind::Object(&[
    field("userId").required(),
    field("priority").of(Kind::OneOfNumbers(&["0", "0.5", "1"])).or(&"0.5"),
    field("isPrimary")
        .of(Kind::Boolean)
        .about(&"Of exactly one member of a collective calendar."),
    LOCATIONS,
    field("meetingLocationType")
        .of(Kind::OneOf(&[
            "custom", "zoom", "gmeet", "phone", "address", "teams", "booker",
        ]))
        .about(&OLD_LOCATION),
    field("meetingLocation").about(&OLD_LOCATION),
])));

const LOCATIONS: Field = field("locationConfigurations")
    .of(Kind::List(&Kind::Object(&[
        field("kind")
            .of(Kind::OneOf(&[
                "custom",
                "zoom_conference",
                "google_conference",
                "inbound_call",
                "outbound_call",
                "physical",
                "booker",
                "ms_teams_conference",
            ]))
            .required(),
        field("location").about(&"An address, a phone number, a link; not of conferences."),
    ])))
    .about(&"Several only with a team of one.");

const OPEN_HOURS: Field = field("openHours").of(Kind::List(&Kind::Object(&[
    field("daysOfTheWeek")
        .of(Kind::List(&Kind::Integer(0, 6)))
        .required()
        .about(&"0 is Sunday."),
    HOURS,
])));

const HOURS: Field = field("hours")
    .of(Kind::List(&Kind::Object(&[
        field("openHour").of(Kind::Integer(0, 23)).required(),
        field("openMinute").of(Kind::Integer(0, 60)).required(),
        field("closeHour").of(Kind::Integer(0, 23)).required(),
        field("closeMinute").of(Kind::Integer(0, 60)).required(),
    ])))
    .required();

const DAY: Field = field("date")
    .of(Kind::Time)
    .required()
    .about(&"The local day, written `2030-06-04T00:00:00.000Z`.");
const DELETED: Field = field("deleted").of(Kind::Boolean).or(&"false");

const RECURRING: Field = field("recurring").of(Kind::Object(&[
    field("freq").of(Kind::OneOf(&["DAILY", "WEEKLY", "MONTHLY"])),
    field("count").of(Kind::Integer(0, 24)),
    field("bookingOption")
        .of(Kind::OneOf(&["skip", "continue", "book_next"]))
        .about(&"What becomes of a slot that is taken."),
    field("bookingOverlapDefaultStatus").of(Kind::OneOf(&["confirmed", "new"])),
]));

const LOOK_BUSY: Field = field("lookBusyConfig").of(Kind::Object(&[
    field("enabled").of(Kind::Boolean).required(),
    field("LookBusyPercentage")
        .of(Kind::Number)
        .required()
        .about(&"How many of the slots are hidden."),
]));

const NOTIFICATIONS: Field = field("notifications")
    .of(Kind::List(&Kind::Object(&[
        field("type").of(Kind::OneOf(&["email"])).or(&r#""email""#),
        field("shouldSendToContact").of(Kind::Boolean).required(),
        field("shouldSendToGuest").of(Kind::Boolean).required(),
        field("shouldSendToUser").of(Kind::Boolean).required(),
        field("shouldSendToSelectedUsers").of(Kind::Boolean).required(),
        field("selectedUsers")
            .required()
            .about(&"E-mail addresses with commas between."),
    ])))
    .about(&"Deprecated: use `notification.create`.");
