//! What GHL holds at the start.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::appointment::{Notice, Status};
use super::contact::CustomField;
use super::document::{Document, DocumentKind};
use super::rate::RateLimit;

/// What GHL holds at the start: one location with its tokens, users, calendars and people.
///
/// Whatever is left out has a default, so a small one is enough:
///
/// ```json
/// { "calendars": [{ "id": "roof", "name": "Roof Inspections", "type": "event" }] }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// Where ids and trace ids are drawn from: the same number draws the same.
    pub random: u64,
    /// The location (sub-account).
    pub location: Location,
    /// The tokens there are; by default [`Seed::DEMO_TOKEN`] alone.
    pub tokens: Vec<Token>,
    /// The keys that Active Knocker's operations take; by default [`Seed::DEMO_KNOCKER_KEY`] alone.
    pub knocker_keys: Vec<String>,
    /// The users of the location.
    pub users: Vec<User>,
    /// Its calendars.
    pub calendars: Vec<Calendar>,
    /// Its contacts.
    pub contacts: Vec<SeedContact>,
    /// Its appointments. They are not held against the opening hours.
    pub appointments: Vec<SeedAppointment>,
    /// Everything else, by section (`groups`, `block_slots`, …), each a list of objects under GHL's own names. An id
    /// that is absent is drawn. A group or a workflow can be unknown here; calendars, contacts, appointments and
    /// users must be there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub documents: BTreeMap<DocumentKind, Vec<Document>>,
    /// Ids of what was there once. What refers to them need not find them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub gone: BTreeSet<String>,
    /// How many requests it takes.
    pub rate_limit: RateLimit,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            random: 0,
            location: Location::default(),
            tokens: vec![Token::of_location(Self::DEMO_TOKEN)],
            knocker_keys: vec![Self::DEMO_KNOCKER_KEY.into()],
            users: Vec::new(),
            calendars: Vec::new(),
            contacts: Vec::new(),
            appointments: Vec::new(),
            documents: BTreeMap::new(),
            gone: BTreeSet::new(),
            rate_limit: RateLimit::default(),
        }
    }
}

/// The location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Location {
    /// Its id.
    pub id: String,
    /// The company (agency) that it belongs to.
    pub company_id: String,
    /// Its name.
    pub name: String,
    /// Its time zone, such as `America/Chicago`.
    pub time_zone: String,
    /// Whether two contacts may have the same e-mail address or phone number.
    pub allow_duplicate_contact: bool,
    /// What an upsert looks for first.
    pub match_first: MatchFirst,
}

impl Default for Location {
    fn default() -> Self {
        Self {
            id: Seed::DEMO_LOCATION.into(),
            company_id: Seed::DEMO_COMPANY.into(),
            name: "Lone Star Roofing".into(),
            time_zone: "America/Chicago".into(),
            allow_duplicate_contact: false,
            match_first: MatchFirst::Email,
        }
    }
}

/// What an upsert looks for first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchFirst {
    /// A contact with the same e-mail address, then one with the same phone number.
    #[default]
    Email,
    /// A contact with the same phone number, then one with the same e-mail address.
    Phone,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What is sent after `Bearer`. One that begins with `pit-` is a private integration's.
    pub token: String,
    /// Whom it was given to.
    #[serde(default)]
    pub kind: TokenKind,
    /// The location it is for; by default the one of the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<String>,
    /// What it may do; everything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Whether it has expired.
    #[serde(default)]
    pub expired: bool,
}

impl Token {
    /// A token of the seed's location that may do everything.
    pub fn of_location(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            kind: TokenKind::Location,
            location_id: None,
            scopes: None,
            expired: false,
        }
    }

    /// Whether a location's operations take it.
    pub fn is_good(&self) -> bool {
        self.kind == TokenKind::Location && !self.expired
    }
}

/// Whom a token was given to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A location.
    #[default]
    Location,
    /// An agency's private integration.
    Agency,
    /// A company, by OAuth.
    Company,
}

/// A user of the location.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its id.
    pub id: String,
    /// Its name. Its first word is the first name.
    #[serde(default)]
    pub name: String,
    /// Its e-mail address.
    #[serde(default)]
    pub email: String,
    /// Its phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What it may do.
    #[serde(default)]
    pub role: Role,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Work.
    #[default]
    User,
    /// Change settings as well.
    Admin,
}

impl Role {
    /// GHL's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

/// A calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who takes its appointments.
    #[serde(rename = "type", default)]
    pub kind: CalendarKind,
    /// Ids of the users of its team. The first one of a collective calendar is the primary.
    #[serde(default)]
    pub team: Vec<String>,
    /// The group it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// What it says about itself.
    #[serde(default)]
    pub description: String,
    /// Length of a slot.
    #[serde(default = "half_an_hour")]
    pub slot_minutes: u32,
    /// From the start of one slot to the start of the next; the length of a slot when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot_interval_minutes: Option<u32>,
    /// Kept free before an appointment.
    #[serde(default)]
    pub pre_buffer_minutes: u32,
    /// Kept free after an appointment.
    #[serde(default)]
    pub buffer_minutes: u32,
    /// Bookings at a time: for each member, or of the whole calendar when it is a class or an
    /// event (`appoinmentPerSlot`).
    #[serde(default = "one")]
    pub per_slot: u32,
    /// Bookings of the calendar in one day (`appoinmentPerDay`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// When it is open, in the location's zone.
    #[serde(default = "OpenHours::business")]
    pub open_hours: Vec<OpenHours>,
    /// How long before its start a slot can last be booked.
    #[serde(default)]
    pub allow_booking_after_minutes: u32,
    /// How many days ahead a slot can be booked; any number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_booking_for_days: Option<u32>,
    /// Whether a booking is confirmed at once.
    #[serde(default = "yes")]
    pub auto_confirm: bool,
    /// Whether it can be booked.
    #[serde(default = "yes")]
    pub active: bool,
    /// What else it shows, under GHL's names (`eventTitle`, `alertEmail`, …), and what is shown otherwise than the
    /// fields above would have it.
    #[serde(default, skip_serializing_if = "Document::is_empty")]
    pub properties: Document,
}

fn half_an_hour() -> u32 {
    30
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}

impl Calendar {
    /// A calendar with every default.
    pub fn new(id: &str, name: &str, kind: CalendarKind, team: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            team: team.iter().map(|user| (*user).to_owned()).collect(),
            group_id: None,
            description: String::new(),
            slot_minutes: half_an_hour(),
            slot_interval_minutes: None,
            pre_buffer_minutes: 0,
            buffer_minutes: 0,
            per_slot: one(),
            per_day: None,
            open_hours: OpenHours::business(),
            allow_booking_after_minutes: 0,
            allow_booking_for_days: None,
            auto_confirm: true,
            active: true,
            properties: Document::new(),
        }
    }
}

/// Who takes the appointments of a calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarKind {
    /// One of the team; whoever is free.
    RoundRobin,
    /// Nobody in particular.
    #[default]
    Event,
    /// One of the team, with many contacts at a time.
    ClassBooking,
    /// The whole team together.
    Collective,
    /// One of the team, for a service.
    ServiceBooking,
    /// The one user it belongs to.
    Personal,
}

impl CalendarKind {
    /// The one with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "round_robin" => Self::RoundRobin,
            "event" => Self::Event,
            "class_booking" => Self::ClassBooking,
            "collective" => Self::Collective,
            "service_booking" => Self::ServiceBooking,
            "personal" => Self::Personal,
            _ => return None,
        })
    }

    /// GHL's word for it (`calendarType`).
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::Event => "event",
            Self::ClassBooking => "class_booking",
            Self::Collective => "collective",
            Self::ServiceBooking => "service_booking",
            Self::Personal => "personal",
        }
    }
}

/// Hours that are the same on several days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// Days of the week, 0 for Sunday to 6 for Saturday.
    pub days: Vec<u8>,
    /// When the day begins.
    pub from: TimeOfDay,
    /// When it ends; `24:00` is midnight.
    pub to: TimeOfDay,
}

impl OpenHours {
    /// Monday to Friday, nine to five.
    fn business() -> Vec<Self> {
        vec![Self {
            days: (1..=5).collect(),
            from: TimeOfDay::at_hour(9),
            to: TimeOfDay::at_hour(17),
        }]
    }
}

/// A time on the clock on the wall, written `HH:MM`, up to and including `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// A full hour, 0 to 24; a later one is midnight.
    pub fn at_hour(hour: u16) -> Self {
        Self {
            minutes: hour.min(24) * 60,
        }
    }

    /// An hour and minutes; a time after midnight is midnight. The minute can be 60, as GHL has it.
    pub(super) fn at(hour: u16, minute: u16) -> Self {
        let minutes = hour.min(24) * 60 + minute.min(60);
        Self {
            minutes: minutes.min(24 * 60),
        }
    }

    /// Minutes since midnight.
    pub fn minutes(self) -> u16 {
        self.minutes
    }
}

impl FromStr for TimeOfDay {
    type Err = SeedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let two_digits = |part: &str| match part.as_bytes() {
            [b'0'..=b'9', b'0'..=b'9'] => part.parse::<u16>().ok(),
            _ => None,
        };
        let minutes = text.split_once(':').and_then(|(hours, minutes)| {
            let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
            Some(two_digits(hours)? * 60 + minutes)
        });
        match minutes.filter(|minutes| *minutes <= 24 * 60) {
            Some(minutes) => Ok(Self { minutes }),
            None => Err(SeedError::NoTimeOfDay(text.to_owned())),
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A contact that is there from the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedContact {
    /// Its id; drawn when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Custom fields.
    pub custom_fields: Vec<CustomField>,
    /// Whether it wants no messages at all.
    pub dnd: bool,
    /// Which channels it wants no messages on, as GHL has it (`dndSettings`).
    #[serde(skip_serializing_if = "Document::is_empty")]
    pub dnd_settings: Document,
    /// The user who looks after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// What else it shows, under GHL's names (`address1`, `city`, …).
    #[serde(skip_serializing_if = "Document::is_empty")]
    pub properties: Document,
    /// When it was created; long ago when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_added: Option<DateTime<Utc>>,
    /// When it was last written; when it was created, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_updated: Option<DateTime<Utc>>,
}

/// An appointment that is there from the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAppointment {
    /// Its id; drawn when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The calendar it is in.
    pub calendar_id: String,
    /// Whom it is with.
    pub contact_id: String,
    /// Its title; the contact's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default = "confirmed")]
    pub status: Status,
    /// When it begins, with an offset.
    pub start: DateTime<Utc>,
    /// When it ends, with an offset; a slot after its start when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    /// The user who goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_user_id: Option<String>,
    /// All users who are taken by it. When absent the one who goes, of a collective calendar the whole team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<String>>,
    /// Its description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it is.
    #[serde(default)]
    pub address: String,
    /// The rule of its series, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<String>,
    /// When the instances of its series begin that did not go their own way; reckoned from the rule when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Vec<DateTime<Utc>>>,
    /// The series that it was an instance of, when it went its own way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_event_id: Option<String>,
    /// What `toNotify` was in the last write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<bool>,
    /// The messages that would have gone to people, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: bool,
    /// When it was created; long ago when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_added: Option<DateTime<Utc>>,
    /// When it was last written; when it was created, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_updated: Option<DateTime<Utc>>,
}

impl SeedAppointment {
    /// A confirmed one with every default.
    pub fn new(calendar_id: &str, contact_id: &str, start: DateTime<Utc>) -> Self {
        Self {
            id: None,
            calendar_id: calendar_id.to_owned(),
            contact_id: contact_id.to_owned(),
            title: None,
            status: confirmed(),
            start,
            end: None,
            assigned_user_id: None,
            users: None,
            description: None,
            address: String::new(),
            rrule: None,
            repeats: None,
            master_event_id: None,
            notify: None,
            notices: Vec::new(),
            deleted: false,
            date_added: None,
            date_updated: None,
        }
    }
}

fn confirmed() -> Status {
    Status::Confirmed
}

/// Why a seed cannot be grown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeedError {
    /// No zone has this name.
    UnknownTimeZone(String),
    /// This is not `HH:MM`.
    NoTimeOfDay(String),
    /// Two things of one kind have this id.
    SameId(String),
    /// A calendar has a number of members that its type does not allow.
    Team {
        /// The calendar's id.
        calendar: String,
        /// What its type asks for.
        wanted: &'static str,
    },
    /// A calendar has slots of no length.
    NoSlotLength(String),
    /// A calendar has hours that end before they begin, or a day past 6.
    NoHours(String),
    /// Something refers to an id that is not there.
    Missing {
        /// What should be there.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// An appointment ends before it begins.
    EndsEarly(String),
    /// A series has a rule that is none.
    NoRule(String),
    /// One of the others, of which is known where in the seed it is.
    At {
        /// The place, a JSON pointer.
        place: String,
        /// What is wrong there.
        error: Box<SeedError>,
    },
}

impl SeedError {
    /// The same, of a thing of a list in the seed.
    pub(super) fn at(self, list: &str, index: usize) -> Self {
        Self::At {
            place: format!("/{list}/{index}"),
            error: Box::new(self),
        }
    }

    pub(super) fn missing(what: &'static str, id: &str) -> Self {
        let id = id.to_owned();
        Self::Missing { what, id }
    }

    /// Where in the seed it is, as a JSON pointer; empty when that is not known.
    pub fn place(&self) -> &str {
        match self {
            Self::At { place, .. } => place,
            _ => "",
        }
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTimeZone(zone) => write!(f, "unknown time zone `{zone}`"),
            Self::NoTimeOfDay(text) => write!(f, "`{text}` is no time of day like `08:30`"),
            Self::SameId(id) => write!(f, "the id `{id}` is given twice"),
            Self::Team { calendar, wanted } => {
                write!(f, "the team of calendar `{calendar}` must have {wanted}")
            }
            Self::NoSlotLength(id) => write!(f, "the slots of calendar `{id}` have no length"),
            Self::NoHours(id) => write!(
                f,
                "the hours of calendar `{id}` must begin before they end, on days 0 to 6"
            ),
            Self::Missing { what, id } => write!(f, "there is no {what} `{id}`"),
            Self::EndsEarly(id) => write!(f, "appointment `{id}` does not end after its start"),
            Self::NoRule(rule) => write!(f, "`{rule}` is no rule of a series (RFC 5545)"),
            Self::At { error, .. } => error.fmt(f),
        }
    }
}

impl std::error::Error for SeedError {}

impl Seed {
    /// The zone of the location.
    pub(super) fn zone(&self) -> Result<Tz, SeedError> {
        let name = &self.location.time_zone;
        name.parse().map_err(|_| SeedError::At {
            place: "/location/time_zone".to_owned(),
            error: Box::new(SeedError::UnknownTimeZone(name.clone())),
        })
    }

    /// Checks the users and the calendars.
    pub(super) fn check(&self) -> Result<(), SeedError> {
        let of = |list| move |(index, error): (usize, SeedError)| error.at(list, index);
        distinct(self.tokens.iter().map(|token| &token.token)).map_err(of("tokens"))?;
        let users = distinct(self.users.iter().map(|user| &user.id)).map_err(of("users"))?;
        distinct(self.calendars.iter().map(|calendar| &calendar.id)).map_err(of("calendars"))?;
        for (index, calendar) in self.calendars.iter().enumerate() {
            let stranger = calendar.team.iter().find(|id| !users.contains(id.as_str()));
            let checked = match stranger {
                Some(id) => Err(SeedError::missing("user", id)),
                None => calendar.check(),
            };
            checked.map_err(|error| error.at("calendars", index))?;
        }
        Ok(())
    }
}

impl Calendar {
    /// Checks it by itself: its team, its slots and its hours.
    pub(super) fn check(&self) -> Result<(), SeedError> {
        distinct(self.team.iter()).map_err(|(_, error)| error)?;
        let (fits, wanted) = match (self.kind, self.team.len()) {
            (CalendarKind::Event, members) => (members == 0, "no members"),
            (CalendarKind::Personal, members) => (members == 1, "exactly one member"),
            (_, members) => (members > 0, "at least one member"),
        };
        if !fits {
            let calendar = self.id.clone();
            return Err(SeedError::Team { calendar, wanted });
        }
        if self.slot_minutes == 0 || self.slot_interval_minutes == Some(0) {
            return Err(SeedError::NoSlotLength(self.id.clone()));
        }
        let has_sense = |hours: &OpenHours| hours.from < hours.to && hours.days.iter().all(|day| (0..=6).contains(day));
        if !self.open_hours.iter().all(has_sense) {
            return Err(SeedError::NoHours(self.id.clone()));
        }
        Ok(())
    }
}

/// The ids as a set, or the place of the first that is there already.
fn distinct<'a>(ids: impl Iterator<Item = &'a String>) -> Result<HashSet<&'a str>, (usize, SeedError)> {
    let mut seen = HashSet::new();
    for (index, id) in ids.enumerate() {
        if !seen.insert(id.as_str()) {
            return Err((index, SeedError::SameId(id.clone())));
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Ghl;
    use serde_json::json;

    fn grow(json: &str) -> Result<Ghl, SeedError> {
        Ghl::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_small_seed_is_enough() {
        let json = r#"{ "calendars": [{ "id": "a", "name": "A", "type": "event" }] }"#;
        assert!(grow(json).is_ok());
        assert!(grow("{}").is_ok());
    }

    #[test]
    fn a_seed_survives_being_written_and_read() {
        let seed = Seed::demo();
        let written = serde_json::to_string(&seed).unwrap();
        assert_eq!(serde_json::from_str::<Seed>(&written).unwrap(), seed);
        assert!(Ghl::new(seed).is_ok());
    }

    #[test]
    fn documents_are_planted_under_the_names_of_ghl() {
        let json = r#"{
            "calendars": [{ "id": "a", "name": "A" }],
            "documents": {
                "groups": [{ "id": "g", "name": "North", "slug": "north" }, { "name": "South" }],
                "notifications": [{ "calendarId": "a", "channel": "sms" }]
            }
        }"#;
        let ghl = grow(json).unwrap();
        let groups: Vec<_> = ghl.documents(DocumentKind::Group).collect();
        let north = json!({ "id": "g", "name": "North", "slug": "north", "locationId": Seed::DEMO_LOCATION });
        assert_eq!(Some(groups[0]), north.as_object());
        assert_eq!(groups[1]["id"].as_str().unwrap().len(), 20);
        assert!(
            ghl.documents(DocumentKind::Notification)
                .all(|notification| notification.contains_key("_id"))
        );
        let toml = "[[documents.block_slots]]\ntitle = \"Canvassing\"";
        let seed: Seed = toml::from_str(toml).unwrap();
        assert_eq!(seed.documents[&DocumentKind::BlockSlot][0]["title"], "Canvassing");
        assert_eq!(toml::from_str::<Seed>(&toml::to_string(&seed).unwrap()).unwrap(), seed);
    }

    #[test]
    fn what_a_seed_does_not_know_is_refused() {
        let error = serde_json::from_str::<Seed>(r#"{ "documents": { "colours": [] } }"#);
        let error = error.unwrap_err().to_string();
        assert!(
            error.starts_with("unknown variant `colours`, expected one of `groups`"),
            "{error}"
        );
        let json = r#"{ "calendars": [{ "id": "a", "name": "A", "colour": "red" }] }"#;
        let error = serde_json::from_str::<Seed>(json).unwrap_err().to_string();
        assert!(error.contains("unknown field `colour`"), "{error}");
        assert!("7:30".parse::<TimeOfDay>().is_err());
        assert!("24:01".parse::<TimeOfDay>().is_err());
        assert_eq!("24:00".parse::<TimeOfDay>().unwrap().minutes(), 1_440);
    }

    #[test]
    fn a_seed_without_sense_is_refused() {
        for (json, sentence) in [
            (
                r#"{ "location": { "time_zone": "Mars/Base" } }"#,
                "unknown time zone `Mars/Base`",
            ),
            (
                r#"{ "users": [{ "id": "u" }, { "id": "u" }] }"#,
                "the id `u` is given twice",
            ),
            (
                r#"{ "calendars": [{ "id": "a", "name": "A", "type": "round_robin" }] }"#,
                "the team of calendar `a` must have at least one member",
            ),
            (
                r#"{ "calendars": [{ "id": "a", "name": "A", "type": "personal", "team": ["u"] }] }"#,
                "there is no user `u`",
            ),
            (
                r#"{ "calendars": [{ "id": "a", "name": "A", "slot_minutes": 0 }] }"#,
                "the slots of calendar `a` have no length",
            ),
            (
                r#"{ "appointments": [{ "calendar_id": "a", "contact_id": "c",
                     "start": "2026-01-05T10:00:00-06:00" }] }"#,
                "there is no calendar `a`",
            ),
            (
                r#"{ "documents": { "tasks": [{ "id": "t" }, { "id": "t" }] } }"#,
                "the id `t` is given twice",
            ),
            (
                r#"{ "documents": { "contact_notes": [{ "contactId": "c" }] } }"#,
                "there is no contact `c`",
            ),
            (
                r#"{ "documents": { "resources": [{ "calendarIds": ["a"] }] } }"#,
                "there is no calendar `a`",
            ),
        ] {
            let error = grow(json).expect_err(json);
            assert_eq!(error.to_string(), sentence);
        }
    }
}
