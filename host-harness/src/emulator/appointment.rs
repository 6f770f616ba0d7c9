//! An appointment, and the ways in which GHL shows it.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::contact::zulu;

/// An appointment of the location.
#[derive(Clone, Debug, PartialEq)]
pub struct Appointment {
    /// Its id.
    pub id: String,
    /// The calendar it is in.
    pub calendar_id: String,
    /// The location it belongs to.
    pub location_id: String,
    /// Whom it is with.
    pub contact_id: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The user who goes.
    pub assigned_user_id: Option<String>,
    /// All users who are taken by it; of a collective calendar the whole team.
    pub users: Vec<String>,
    /// Its description.
    pub description: Option<String>,
    /// Where it is; empty when nobody said.
    pub address: String,
    /// The rule of its series, when it is one or of one.
    pub rrule: Option<String>,
    /// When the instances of its series begin, but for those that were written by themselves.
    pub repeats: Arc<[DateTime<Utc>]>,
    /// The series that it is an instance of.
    pub master_event_id: Option<String>,
    /// What `toNotify` was in the last write.
    pub notify: Option<bool>,
    /// The messages that would have gone to people, oldest first.
    pub notices: Vec<Notice>,
    /// Whether it was deleted. A deleted one can still be read.
    pub deleted: bool,
    /// When it was created.
    pub date_added: DateTime<Utc>,
    /// When it was last written.
    pub date_updated: DateTime<Utc>,
}

/// Something that people would have been told about an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// When.
    pub at: DateTime<Utc>,
    /// What about.
    pub occasion: Occasion,
}

/// What people are told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// It was booked.
    Booked,
    /// Its time changed, and perhaps its status as well.
    Moved,
    /// Its status changed to this one.
    StatusChanged(Status),
}

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Booked, not yet confirmed.
    New,
    /// Confirmed.
    Confirmed,
    /// Called off.
    Cancelled,
    /// The contact was there.
    Showed,
    /// The contact was not there.
    Noshow,
    /// Not to be taken seriously.
    Invalid,
    /// Over; known to `v3` alone.
    Completed,
    /// Going on; known to `v3` alone.
    Active,
}

impl Status {
    /// GHL's words for them, in the order of the documentation.
    pub(super) const NAMES: &[&str] = &["new", "confirmed", "cancelled", "showed", "noshow", "invalid"];

    /// The words of `v3`.
    pub(super) const NAMES_OF_V3: &[&str] = &[
        "new",
        "confirmed",
        "cancelled",
        "showed",
        "noshow",
        "invalid",
        "completed",
        "active",
    ];

    /// The status with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "new" => Self::New,
            "confirmed" => Self::Confirmed,
            "cancelled" => Self::Cancelled,
            "showed" => Self::Showed,
            "noshow" => Self::Noshow,
            "invalid" => Self::Invalid,
            "completed" => Self::Completed,
            "active" => Self::Active,
            _ => return None,
        })
    }

    /// GHL's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Showed => "showed",
            Self::Noshow => "noshow",
            Self::Invalid => "invalid",
            Self::Completed => "completed",
            Self::Active => "active",
        }
    }
}

impl Appointment {
    /// Whether it keeps its time from others.
    pub fn is_live(&self) -> bool {
        !self.deleted && !matches!(self.status, Status::Cancelled | Status::Invalid)
    }

    /// What a create or an update answers: no times, and one word spelt twice.
    pub(super) fn shown_as_written(&self) -> Value {
        let status = self.status.name();
        without_nulls(json!({
            "id": self.id,
            "calendarId": self.calendar_id,
            "locationId": self.location_id,
            "contactId": self.contact_id,
            "title": self.title,
            "status": "booked",
            "appointmentStatus": status,
            "appoinmentStatus": status,
            "assignedUserId": self.assigned_user_id,
            "address": self.address,
            "dateAdded": zulu(self.date_added),
            "dateUpdated": zulu(self.date_updated),
            "isRecurring": self.rrule.is_some(),
            "rrule": self.rrule,
        }))
    }

    /// One of the events of a calendar: times in the location's offset, with the description.
    pub(super) fn shown_as_event(&self, group_id: Option<&str>, zone: Tz) -> Value {
        let status = self.status.name();
        without_nulls(json!({
            "id": self.id,
            "calendarId": self.calendar_id,
            "locationId": self.location_id,
            "contactId": self.contact_id,
            "groupId": group_id,
            "title": self.title,
            "description": self.description,
            "appointmentStatus": status,
            "appoinmentStatus": status,
            "assignedUserId": self.assigned_user_id,
            "users": self.users,
            "address": self.address,
            "startTime": with_offset(self.start, zone),
            "endTime": with_offset(self.end, zone),
            "dateAdded": zulu(self.date_added),
            "dateUpdated": zulu(self.date_updated),
            "isRecurring": self.rrule.is_some(),
            "rrule": self.rrule,
            "masterEventId": self.master_event_id,
            "assignedResources": [],
            "createdBy": { "source": "third_party" },
            "deleted": self.deleted,
        }))
    }

    /// The appointment by itself: as an event, and a little more.
    pub(super) fn shown_alone(&self, group_id: Option<&str>, zone: Tz) -> Value {
        let mut shown = self.shown_as_event(group_id, zone);
        if let Value::Object(fields) = &mut shown {
            fields.insert("status".into(), json!("booked"));
            let by = json!({ "source": "third_party", "userId": null });
            fields.insert("createdBy".into(), by);
            let meta = json!({ "slotType": "custom" });
            fields.insert("appointmentMeta".into(), meta);
        }
        shown
    }

    /// What a webhook says of it.
    pub(super) fn announced(&self, group_id: Option<&str>, zone: Tz) -> Value {
        without_nulls(json!({
            "id": self.id,
            "address": self.address,
            "title": self.title,
            "calendarId": self.calendar_id,
            "contactId": self.contact_id,
            "groupId": group_id,
            "appointmentStatus": self.status.name(),
            "assignedUserId": self.assigned_user_id,
            "users": self.users,
            "notes": self.description,
            "source": "third_party",
            "startTime": with_offset(self.start, zone),
            "endTime": with_offset(self.end, zone),
            "dateAdded": zulu(self.date_added),
            "dateUpdated": zulu(self.date_updated),
        }))
    }

    /// One of a contact's appointments: local times without an offset, no description, and no
    /// word of whether it was deleted.
    pub(super) fn shown_to_contact(&self, group_id: Option<&str>, zone: Tz) -> Value {
        without_nulls(json!({
            "id": self.id,
            "calendarId": self.calendar_id,
            "locationId": self.location_id,
            "contactId": self.contact_id,
            "groupId": group_id,
            "title": self.title,
            "status": "booked",
            "appointmentStatus": self.status.name(),
            "assignedUserId": self.assigned_user_id,
            "users": self.users,
            "address": self.address,
            "startTime": naive(self.start, zone),
            "endTime": naive(self.end, zone),
            "dateAdded": zulu(self.date_added),
            "dateUpdated": zulu(self.date_updated),
            "assignedResources": [],
        }))
    }
}

/// A local time with its offset, as in `startTime` and in free slots.
pub(super) fn with_offset(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn naive(instant: DateTime<Utc>, zone: Tz) -> String {
    let local = instant.with_timezone(&zone);
    local.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn without_nulls(mut shown: Value) -> Value {
    if let Value::Object(fields) = &mut shown {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}
