//! Why GHL refuses, and what to do about it.

use serde_json::Value;

use super::words::{self, Words};

/// A refusal for good, with GHL's own words.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Its kind.
    pub kind: RefusalKind,
    /// What GHL said.
    pub words: Words,
    /// The contact that is there already, if GHL names it.
    pub duplicate: Option<DuplicateContact>,
}

/// The contact with the e-mail address or phone number of one that was to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuplicateContact {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// What both have: `email` or `phone`.
    pub field: Option<String>,
}

impl DuplicateContact {
    /// Reads what a refusal says of it.
    pub(super) fn read(json: &Value) -> Option<Self> {
        let meta = json.get("meta")?;
        Some(Self {
            id: words::id(meta, "contactId")?,
            name: words::text(meta, "contactName"),
            field: words::text(meta, "matchingField"),
        })
    }
}

/// How GHL says that a slot is not free.
const SLOT_TAKEN: [&str; 16] = [
    "slot you have selected",
    "no longer available",
    "slot is already booked",
    "slot already booked",
    "slot is booked",
    "slot has been booked",
    "slot has already been booked",
    "slot is already taken",
    "slot is taken",
    "slot is not available",
    "slot not available",
    "slot is unavailable",
    "slot unavailable",
    "slots are available",
    "user is not available",
    "not available at this time",
];

/// How GHL says that it serves the location no longer.
const LOCATION_INACTIVE: [&str; 6] = [
    "location is not active",
    "location is inactive",
    "location is suspended",
    "account is not active",
    "account is inactive",
    "account is suspended",
];

/// How GHL says that it does not accept a value: it looked no further than at the fields.
const VALIDATION: [&str; 7] = [
    "must be",
    "must not be",
    "should not be",
    "is required",
    "is missing",
    "is not valid",
    "invalid",
];

impl Refusal {
    /// Whether GHL's words say that nothing was done. A refusal in other words may come after the effect.
    pub fn is_explained(&self) -> bool {
        let lower = self.words.message.to_lowercase();
        !self.kind.is_guessed() || VALIDATION.into_iter().any(|part| lower.contains(part))
    }

    /// Whether the slot of a booking may be taken, although the words do not say so.
    pub fn may_mean_slot_taken(&self) -> bool {
        let kinds = [
            RefusalKind::Other,
            RefusalKind::FieldsInvalid,
            RefusalKind::NotTeamMember,
        ];
        matches!(self.words.status, 400 | 409 | 422) && kinds.contains(&self.kind)
    }
}

/// The kinds of refusals that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The slot is taken, or lies outside opening hours, notice or range.
    SlotTaken,
    /// The contact does not exist.
    ContactMissing,
    /// The calendar does not exist.
    CalendarMissing,
    /// The appointment does not exist.
    AppointmentMissing,
    /// Something else that the request names does not exist.
    Missing,
    /// The operation is for event calendars only.
    NotAnEventCalendar,
    /// A contact with this e-mail address or phone number exists already.
    DuplicateContact,
    /// A member of the calendar's team must be named.
    TeamMemberRequired,
    /// The assigned user is not a member of the calendar's team.
    NotTeamMember,
    /// GHL does not know a field.
    FieldUnknown,
    /// GHL does not accept a value.
    FieldsInvalid,
    /// A required parameter is missing.
    ParameterMissing,
    /// The credential lacks a scope.
    ScopeMissing,
    /// An agency's OAuth token was used for a location.
    AgencyToken,
    /// An agency's private integration token was used for a location.
    UserTypeMismatch,
    /// The credential belongs to another location.
    ForeignLocation,
    /// The location is switched off or suspended.
    LocationInactive,
    /// No `Version` header arrived.
    VersionMissing,
    /// GHL does not know the `Version`.
    VersionInvalid,
    /// The account may not do this at all.
    Forbidden,
    /// GHL does not know the path.
    PathUnknown,
    /// Something else.
    Other,
}

impl RefusalKind {
    /// The kind of a 401 that is not about the credential being wrong or old; nothing when it is.
    pub(super) fn of_unauthorized(message: &str) -> Option<Self> {
        let has = |part: &str| message.contains(part);
        if has("not authorized for this scope") {
            Some(Self::ScopeMissing)
        } else if has("authClass type is not allowed") {
            Some(Self::AgencyToken)
        } else if has("user type mismatch") {
            Some(Self::UserTypeMismatch)
        } else if has("not accessible from this token") {
            Some(Self::ForeignLocation)
        } else if has("version header was not found") {
            Some(Self::VersionMissing)
        } else if has("version header is invalid") {
            Some(Self::VersionInvalid)
        } else if has("E01") {
            Some(Self::ParameterMissing)
        } else {
            None
        }
    }

    /// The kind of any other 4xx, by GHL's own message.
    pub(super) fn of(status: u16, message: &str) -> Self {
        let lower = message.to_lowercase();
        let has = |part: &str| lower.contains(part);
        let names = |word: &str| {
            let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
            words.any(|said| said == word)
        };
        let says_gone = ["not found", "does not exist", "failed cancel the scheduled"];
        // A 404 that names nothing is about the path.
        let gone = matches!(status, 400 | 404) && says_gone.into_iter().any(has) && lower.trim() != "not found";
        if SLOT_TAKEN.into_iter().any(has) {
            Self::SlotTaken
        } else if has("not an event calendar") {
            Self::NotAnEventCalendar
        } else if has("duplicated contacts") {
            Self::DuplicateContact
        } else if has("not a team member") || has("not a member of") {
            Self::NotTeamMember
        } else if has("team member") || has("assigneduserid is missing") {
            Self::TeamMemberRequired
        } else if has("should not exist") {
            Self::FieldUnknown
        } else if has("api version segment") {
            Self::VersionInvalid
        } else if has("does not have access to this location") {
            Self::ForeignLocation
        } else if LOCATION_INACTIVE.into_iter().any(has) {
            Self::LocationInactive
        } else if gone && (names("appointment") || names("event")) {
            Self::AppointmentMissing
        } else if gone && names("contact") {
            Self::ContactMissing
        } else if gone && names("calendar") {
            Self::CalendarMissing
        } else if gone {
            Self::Missing
        } else {
            match status {
                403 => Self::Forbidden,
                404 => Self::PathUnknown,
                422 => Self::FieldsInvalid,
                _ => Self::Other,
            }
        }
    }

    /// The kinds that say that what the request is about does not exist.
    const MISSING: [Self; 4] = [
        Self::ContactMissing,
        Self::CalendarMissing,
        Self::AppointmentMissing,
        Self::Missing,
    ];

    /// Whether what the request is about does not exist.
    pub fn is_missing(self) -> bool {
        Self::MISSING.contains(&self)
    }

    /// Whether that is what a code says.
    pub fn is_missing_code(code: &str) -> bool {
        Self::MISSING.iter().any(|kind| kind.code() == code)
    }

    /// The kinds of which GHL refuses every request of the connection, whatever it is about.
    const OF_CONNECTION: [Self; 4] = [
        Self::AgencyToken,
        Self::UserTypeMismatch,
        Self::ForeignLocation,
        Self::LocationInactive,
    ];

    /// Whether a code says that GHL refuses every request of the connection, whatever it is about.
    pub fn is_code_of_connection(code: &str) -> bool {
        Self::OF_CONNECTION.iter().any(|kind| kind.code() == code)
    }

    /// Whether only the status told the kind.
    fn is_guessed(self) -> bool {
        matches!(
            self,
            Self::Forbidden | Self::PathUnknown | Self::FieldsInvalid | Self::Other
        )
    }

    /// The code that programs see.
    pub fn code(self) -> &'static str {
        match self {
            Self::SlotTaken => "slot-taken",
            Self::ContactMissing => "contact-missing",
            Self::CalendarMissing => "calendar-missing",
            Self::AppointmentMissing => "appointment-missing",
            Self::Missing => "missing",
            Self::NotAnEventCalendar => "not-an-event-calendar",
            Self::DuplicateContact => "duplicate-contact",
            Self::TeamMemberRequired => "team-member-required",
            Self::NotTeamMember => "not-a-team-member",
            Self::FieldUnknown => "field-unknown",
            Self::FieldsInvalid => "fields-invalid",
            Self::ParameterMissing => "parameter-missing",
            Self::ScopeMissing => "scope-missing",
            Self::AgencyToken => "agency-token",
            Self::UserTypeMismatch => "user-type-mismatch",
            Self::ForeignLocation => "foreign-location",
            Self::LocationInactive => "location-inactive",
            Self::VersionMissing => "version-missing",
            Self::VersionInvalid => "version-invalid",
            Self::Forbidden => "forbidden",
            Self::PathUnknown => "path-unknown",
            Self::Other => "refused",
        }
    }

    /// What it means and what to do, for people.
    pub fn help(self, scope: &str) -> String {
        match self {
            Self::SlotTaken => {
                "the slot is taken, or lies outside the calendar's hours, notice or range; choose another time".into()
            }
            Self::ContactMissing => "the contact is gone from GHL; run the event again to make it anew".into(),
            Self::CalendarMissing => {
                "GHL has no such calendar; write another id, or where this is its name, `calendarName`".into()
            }
            Self::AppointmentMissing => "the appointment is gone from GHL; book the visit again".into(),
            Self::Missing => "what the request names is not in GHL, or not any more; check the ids".into(),
            Self::NotAnEventCalendar => {
                "this needs a calendar of type `event`; name another calendar in the configuration".into()
            }
            Self::DuplicateContact => {
                "the location allows no second contact with this e-mail address or phone number".into()
            }
            Self::TeamMemberRequired => {
                "the calendar wants an assigned team member and has none to offer; add the rep to its team in GHL"
                    .into()
            }
            Self::NotTeamMember => {
                "the assigned user is not in the calendar's team; add them to it in GHL, or name another one".into()
            }
            Self::FieldUnknown => "GHL does not know a field of the request; this is a defect of the connector".into(),
            Self::FieldsInvalid => "GHL does not accept a value; correct the event".into(),
            Self::ParameterMissing => {
                "GHL reports a missing parameter; check `location_id` in the configuration".into()
            }
            Self::ScopeMissing => format!("the credential lacks the scope `{scope}`; add it in GHL"),
            Self::AgencyToken => {
                "the credential is an agency's OAuth token; use one of the sub-account, exchanged for this location"
                    .into()
            }
            Self::UserTypeMismatch => {
                "the credential is an agency's private integration token; make one in the sub-account".into()
            }
            Self::ForeignLocation => {
                "the credential belongs to another location; check `location_id` and the token".into()
            }
            Self::LocationInactive => {
                "GHL serves this location no longer; ask its agency to activate it, or correct `location_id`".into()
            }
            Self::VersionMissing => "the `Version` header got lost on the way; check proxies between".into(),
            Self::VersionInvalid => {
                "GHL no longer knows this API version; a newer release of the connector is needed".into()
            }
            Self::Forbidden => "GHL forbids this to the account; ask its administrator".into(),
            Self::PathUnknown => "the server does not know the path; check `base_url`".into(),
            Self::Other => "GHL refuses the request".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, message: &str) -> Refusal {
        Refusal {
            kind: RefusalKind::of(status, message),
            words: Words {
                status,
                message: message.to_owned(),
                trace_id: None,
            },
            duplicate: None,
        }
    }

    #[test]
    fn taken_slot_is_recognised_in_each_wording() {
        for message in [
            "The slot you have selected is no longer available.",
            "This time slot is already booked",
            "Slot is not available",
            "The selected time slot is unavailable",
            "The user is not available at this time",
        ] {
            let refusal = refusal(400, message);
            assert_eq!(refusal.kind, RefusalKind::SlotTaken, "{message}");
            assert!(refusal.is_explained(), "{message}");
        }
    }

    #[test]
    fn only_refusals_in_unknown_words_may_mean_a_taken_slot_or_hide_an_effect() {
        for (status, message, may_mean_taken, explained) in [
            (409, "Conflict", true, false),
            (400, "Pick another time", true, false),
            (422, "endTime must be after startTime", true, true),
            (422, "assignedUserId is not a team member of the calendar", true, true),
            (
                422,
                "A team member needs to be selected. assignedUserId is missing",
                false,
                true,
            ),
            (403, "Forbidden resource", false, false),
            (400, "Contact with id X not found", false, true),
            (422, "property x should not exist", false, true),
        ] {
            let refusal = refusal(status, message);
            assert_eq!(refusal.may_mean_slot_taken(), may_mean_taken, "{message}");
            assert_eq!(refusal.is_explained(), explained, "{message}");
        }
    }
}
