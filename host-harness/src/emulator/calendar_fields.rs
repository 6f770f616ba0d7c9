//! What a request that writes a calendar may hold.

use serde_json::Value;

use super::body::{Field, Rule};
use super::document::Document;
use super::reply::Refusal;
use super::seed::{Calendar, CalendarKind};

/// The properties of a calendar, after those that are there in one kind of request alone.
macro_rules! fields {
    ($availabilities:expr, $($alone:expr,)*) => {
        &[
            $($alone,)*
            Field::optional("isActive", Rule::Flag),
            Field::optional("notifications", Rule::Objects(NOTIFICATION)),
            Field::optional("groupId", Rule::Text),
            Field::optional("teamMembers", Rule::Objects(TEAM_MEMBER)),
            Field::optional("eventType", Rule::OneOf(EVENT_TYPES)),
            Field::optional("description", Rule::Text),
            Field::optional("slug", Rule::Text),
            Field::optional("widgetSlug", Rule::Text),
            Field::optional("widgetType", Rule::OneOf(&["default", "classic"])),
            Field::optional("eventTitle", Rule::Text),
            Field::optional("eventColor", Rule::Text),
            Field::optional("meetingLocation", Rule::Text),
            Field::optional("locationConfigurations", Rule::Objects(PLACE)),
            Field::optional("slotDuration", Rule::NUMBER),
            Field::optional("slotDurationUnit", Rule::OneOf(UNITS)),
            Field::optional("slotInterval", Rule::NUMBER),
            Field::optional("slotIntervalUnit", Rule::OneOf(UNITS)),
            Field::optional("slotBuffer", Rule::NUMBER),
            Field::optional("preBuffer", Rule::NUMBER),
            Field::optional("preBufferUnit", Rule::OneOf(UNITS)),
            Field::optional("appoinmentPerSlot", Rule::NUMBER),
            Field::optional("appoinmentPerDay", Rule::NUMBER),
            Field::optional("allowBookingAfter", Rule::NUMBER),
            Field::optional("allowBookingAfterUnit", Rule::Text),
            Field::optional("allowBookingFor", Rule::NUMBER),
            Field::optional("allowBookingForUnit", Rule::OneOf(&["days", "weeks", "months"])),
            Field::optional("openHours", Rule::Objects(OPEN_HOURS)),
            Field::optional("enableRecurring", Rule::Flag),
            Field::optional("recurring", Rule::Object(RECURRING)),
            Field::optional("formId", Rule::Text),
            Field::optional("stickyContact", Rule::Flag),
            Field::optional("isLivePaymentMode", Rule::Flag),
            Field::optional("autoConfirm", Rule::Flag),
            Field::optional("shouldSendAlertEmailsToAssignedMember", Rule::Flag),
            Field::optional("alertEmail", Rule::Text),
            Field::optional("googleInvitationEmails", Rule::Flag),
            Field::optional("allowReschedule", Rule::Flag),
            Field::optional("allowCancellation", Rule::Flag),
            Field::optional("shouldAssignContactToTeamMember", Rule::Flag),
            Field::optional("shouldSkipAssigningContactForExisting", Rule::Flag),
            Field::optional("notes", Rule::Text),
            Field::optional("pixelId", Rule::Text),
            Field::optional("formSubmitType", Rule::OneOf(&["RedirectURL", "ThankYouMessage"])),
            Field::optional("formSubmitRedirectURL", Rule::Text),
            Field::optional("formSubmitThanksMessage", Rule::Text),
            Field::optional("availabilityType", Rule::OneNumberOf(&[0.0, 1.0])),
            Field::optional("availabilities", Rule::Objects($availabilities)),
            Field::optional("guestType", Rule::OneOf(&["count_only", "collect_detail"])),
            Field::optional("consentLabel", Rule::Text),
            Field::optional("calendarCoverImage", Rule::Text),
            Field::optional("lookBusyConfig", Rule::Object(LOOK_BUSY)),
        ]
    };
}

pub(super) const CREATE: &[Field] = fields![
    AVAILABILITY,
    Field::required("locationId", Rule::Text),
    Field::required("name", Rule::Text),
    Field::optional("calendarType", Rule::OneOf(TYPES)),
    Field::optional("slotBufferUnit", Rule::OneOf(UNITS)),
];

pub(super) const UPDATE: &[Field] = fields![AVAILABILITY_WITH_ID, Field::optional("name", Rule::Text),];

const TYPES: &[&str] = &[
    "round_robin",
    "event",
    "class_booking",
    "collective",
    "service_booking",
    "personal",
];

const EVENT_TYPES: &[&str] = &[
    "RoundRobin_OptimizeForAvailability",
    "RoundRobin_OptimizeForEqualDistribution",
];

const UNITS: &[&str] = &["mins", "hours"];

const NOTIFICATION: &[Field] = &[
    Field::optional("type", Rule::OneOf(&["email"])),
    Field::required("shouldSendToContact", Rule::Flag),
    Field::required("shouldSendToGuest", Rule::Flag),
    Field::required("shouldSendToUser", Rule::Flag),
    Field::required("shouldSendToSelectedUsers", Rule::Flag),
    Field::there("selectedUsers", Rule::Text),
];

const TEAM_MEMBER: &[Field] = &[
    Field::required("userId", Rule::Text),
    Field::optional("priority", Rule::OneNumberOf(&[0.0, 0.5, 1.0])),
    Field::optional("meetingLocationType", Rule::OneOf(MEETINGS)),
    Field::optional("meetingLocation", Rule::Text),
    Field::optional("isPrimary", Rule::Flag),
    Field::optional("locationConfigurations", Rule::Objects(PLACE)),
];

const MEETINGS: &[&str] = &["custom", "zoom", "gmeet", "phone", "address", "teams", "booker"];

const PLACE: &[Field] = &[
    Field::required("kind", Rule::OneOf(KINDS)),
    Field::optional("location", Rule::Text),
    // Shown by GHL, and sent back by who read it.
    Field::optional("meetingId", Rule::Text),
];

const KINDS: &[&str] = &[
    "custom",
    "zoom_conference",
    "google_conference",
    "inbound_call",
    "outbound_call",
    "physical",
    "booker",
    "ms_teams_conference",
];

const OPEN_HOURS: &[Field] = &[
    Field::required("daysOfTheWeek", Rule::Each(&Rule::between(0.0, 6.0))),
    Field::required("hours", Rule::Objects(HOURS)),
];

const HOURS: &[Field] = &[
    Field::required("openHour", Rule::between(0.0, 23.0)),
    Field::required("openMinute", Rule::between(0.0, 60.0)),
    Field::required("closeHour", Rule::between(0.0, 23.0)),
    Field::required("closeMinute", Rule::between(0.0, 60.0)),
];

const RECURRING: &[Field] = &[
    Field::optional("freq", Rule::OneOf(&["DAILY", "WEEKLY", "MONTHLY"])),
    Field::optional("count", Rule::between(f64::NEG_INFINITY, 24.0)),
    Field::optional("bookingOption", Rule::OneOf(&["skip", "continue", "book_next"])),
    Field::optional("bookingOverlapDefaultStatus", Rule::OneOf(&["confirmed", "new"])),
];

/// Its date is that of the calendar's zone, with a midnight in UTC behind it.
const AVAILABILITY: &[Field] = &[
    Field::required("date", Rule::Time),
    Field::required("hours", Rule::Objects(HOURS)),
    Field::optional("deleted", Rule::Flag),
];

const AVAILABILITY_WITH_ID: &[Field] = &[
    Field::required("date", Rule::Time),
    Field::required("hours", Rule::Objects(HOURS)),
    Field::optional("deleted", Rule::Flag),
    Field::optional("id", Rule::Text),
];

const LOOK_BUSY: &[Field] = &[
    Field::required("enabled", Rule::Flag),
    Field::required("LookBusyPercentage", Rule::NUMBER),
];

/// Refuses a unit that is known in `v3` alone.
pub(super) fn check_unit(fields: &Document, is_v3: bool) -> Result<(), Refusal> {
    let unit = Rule::OneOf(if is_v3 {
        &["hours", "days", "weeks", "months", "mins"]
    } else {
        &["hours", "days", "weeks", "months"]
    });
    let wrong = Field::optional("allowBookingAfterUnit", unit).complaints(fields.get("allowBookingAfterUnit"));
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid_fields(wrong))
}

/// Refuses what a calendar with such a team cannot have.
///
/// That it is refused was reported, and not in which words: they are ours.
pub(super) fn check_team(calendar: &Calendar) -> Result<(), Refusal> {
    let property = |name: &str| calendar.properties.get(name);
    let members = property("teamMembers").and_then(Value::as_array);
    let is_alone = calendar.team.len() == 1;
    let one_place_each = matches!(calendar.kind, CalendarKind::ClassBooking | CalendarKind::Collective);
    let many_places = |member: &Value| {
        member
            .get("locationConfigurations")
            .is_some_and(|places| count(places) > 1)
    };
    let has_conference = |places: &Value| {
        let mut places = places.as_array().into_iter().flatten();
        places.any(|place| {
            let kind = place.get("kind").and_then(Value::as_str);
            kind.is_some_and(|kind| kind.ends_with("_conference"))
        })
    };
    let words = if property("enableRecurring").and_then(Value::as_bool) == Some(true) && !is_alone {
        "enableRecurring is only allowed with one team member"
    } else if members.into_iter().flatten().any(many_places) && (!is_alone || one_place_each) {
        "multiple locationConfigurations are only allowed with one team member"
    } else if calendar.kind == CalendarKind::Event && property("locationConfigurations").is_some_and(has_conference) {
        "locationConfigurations of an event calendar cannot be a conference"
    } else {
        return Ok(());
    };
    Err(Refusal::invalid_fields(vec![words.to_owned()]))
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}
