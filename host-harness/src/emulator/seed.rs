//! What GHL holds at the start.

mod calendar;
mod error;
mod hours;

pub use calendar::{Calendar, CalendarKind};
pub use error::SeedError;
pub use hours::{OpenHours, TimeOfDay};

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::appointment::{Notice, Status};
use super::contact::CustomField;
use super::document::{Document, DocumentKind};
use super::fault::Fault;
use super::rate::RateLimit;
use super::shows::Shows;

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
    /// In which forms it shows values; as they were sent when absent.
    #[serde(skip_serializing_if = "is_default")]
    pub shows: Shows,
    /// What goes wrong, as in a file of faults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

fn is_default(shows: &Shows) -> bool {
    *shows == Shows::default()
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
            shows: Shows::default(),
            faults: Vec::new(),
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
