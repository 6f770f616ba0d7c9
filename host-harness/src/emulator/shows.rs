//! The forms in which GHL shows values: the one place where an answer is rewritten after its operation made it.
//!
//! What is stored stays as it was sent. A new form is a variant of one of the enums here, in `ALL`, and an arm of its
//! function; a new field is an entry of [`class_of`].

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::contact::zulu;
use super::reply::Refusal;
use super::seed::Location;

/// The forms in which GHL shows values, in the answers to reads and writes alike. The default is as they were sent.
///
/// ```json
/// { "text": "html", "title": "suffixed", "address": "with_country", "time": "utc", "left_out": ["contactId"] }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shows {
    /// Texts: descriptions, notes, names, titles.
    pub text: TextForm,
    /// The titles of appointments.
    pub title: TitleForm,
    /// Addresses (`address`, `address1`).
    pub address: AddressForm,
    /// Times.
    pub time: TimeForm,
    /// Fields that reads of appointments, one or a list, do not have.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub left_out: BTreeSet<String>,
    /// The words in which a taken slot is refused; GHL's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot_taken: Option<String>,
    /// The status with which a taken slot is refused; 400 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot_taken_status: Option<u16>,
}

/// A form of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextForm {
    /// As they were sent.
    #[default]
    AsSent,
    /// Lines end with CR LF.
    Crlf,
    /// Each paragraph of a text of several lines is in `<p>…</p>`, its lines are divided by `<br>`, and characters that
    /// HTML reserves are entities; a text of one line has the entities alone.
    Html,
    /// Characters that HTML reserves are entities.
    Entities,
    /// Of several blanks in a row all but the last are `&nbsp;`. In texts of several lines the first blank of a line is
    /// U+00A0, as an editor in a browser pastes it.
    NonBreaking,
    /// Without blank lines, and without blanks at the ends of lines.
    Collapsed,
}

/// A form of titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleForm {
    /// As they were sent.
    #[default]
    AsSent,
    /// Followed by the name of the location.
    Suffixed,
}

/// A form of addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressForm {
    /// As they were sent.
    #[default]
    AsSent,
    /// Followed by `, USA`.
    WithCountry,
    /// Not shown.
    LeftOut,
}

/// A form of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// As GHL was seen to show them: mostly with the offset of the location.
    #[default]
    WithOffset,
    /// `2026-03-03T10:00:00-0600`.
    OffsetWithoutColon,
    /// `2026-03-03T16:00:00.000Z`.
    Utc,
    /// `2026-03-03T10:00:00`, in the zone of the location.
    WithoutOffset,
    /// `1772553600000`.
    EpochMs,
}

/// What a value is, as far as its form goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// A text that can have several lines.
    Text,
    /// A text of one line.
    Line,
    Title,
    Address,
    Time,
    /// A free slot, which is sent back to book it.
    Slot,
    Other,
}

/// The class of the field with this name.
fn class_of(name: &str) -> Class {
    match name {
        "description" | "notes" | "body" | "bodyText" | "textInternal" | "internalNote" => Class::Text,
        "title" => Class::Title,
        "name" | "firstName" | "lastName" | "contactName" | "fullName" | "companyName" | "city" | "subject"
        | "eventTitle" | "meetingLocation" | "value" | "fieldValueString" => Class::Line,
        "address" | "address1" => Class::Address,
        "startTime" | "endTime" | "eventStartTime" | "serviceStartTime" | "serviceEndTime" | "dueDate"
        | "dateAdded" | "dateUpdated" | "createdAt" | "updatedAt" | "lastStageChangeAt" | "lastStatusChangeAt" => {
            Class::Time
        }
        "slots" => Class::Slot,
        _ => Class::Other,
    }
}

/// Operations whose answers are appointments.
const OF_APPOINTMENTS: [&str; 5] = [
    "appointment.create",
    "appointment.update",
    APPOINTMENT_READS[0],
    APPOINTMENT_READS[1],
    APPOINTMENT_READS[2],
];

/// Those of them that read.
const APPOINTMENT_READS: [&str; 3] = ["appointment.get", "event.list", "contact.list_appointments"];

impl Shows {
    /// Rewrites the answer of the operation with this key.
    pub(super) fn rewrite(&self, operation: &str, location: &Location, zone: Tz, answer: &mut Value) {
        if *self == Self::default() {
            return;
        }
        let suffix = match self.title {
            TitleForm::Suffixed if OF_APPOINTMENTS.contains(&operation) => format!(" - {}", location.name),
            _ => String::new(),
        };
        let writer = Writer {
            shows: self,
            left_out: APPOINTMENT_READS.contains(&operation),
            suffix,
            zone,
        };
        writer.value(Class::Other, answer);
    }

    /// The refusal as it is worded here.
    pub(super) fn reword(&self, refusal: Refusal) -> Refusal {
        if refusal != Refusal::slot_taken() {
            return refusal;
        }
        let status = self.slot_taken_status.map(StatusCode::from_u16);
        Refusal::slot_taken_in(self.slot_taken.as_deref(), status.and_then(Result::ok))
    }
}

/// What rewrites one answer.
struct Writer<'a> {
    shows: &'a Shows,
    /// Whether fields are left out of it.
    left_out: bool,
    /// What follows titles.
    suffix: String,
    /// The zone of the location.
    zone: Tz,
}

impl Writer<'_> {
    fn object(&self, fields: &mut Map<String, Value>) {
        if self.left_out {
            fields.retain(|name, _| !self.shows.left_out.contains(name));
        }
        if self.shows.address == AddressForm::LeftOut {
            fields.retain(|name, value| class_of(name) != Class::Address || value.is_object());
        }
        for (name, value) in fields {
            self.value(class_of(name), value);
        }
    }

    fn value(&self, class: Class, value: &mut Value) {
        match value {
            Value::Object(fields) => self.object(fields),
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(class, value)),
            Value::String(text) => {
                if let Some(shown) = self.text(class, text) {
                    *value = shown;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// What is shown for a text; nothing when that is the text itself.
    fn text(&self, class: Class, text: &str) -> Option<Value> {
        match class {
            Class::Text => Some(self.shows.text.of_lines(text).into()),
            Class::Line => Some(self.shows.text.of_line(text).into()),
            Class::Title => Some(self.shows.text.of_line(&format!("{text}{}", self.suffix)).into()),
            Class::Address => Some(self.shows.text.of_line(&self.shows.address.of(text)).into()),
            Class::Time => self.shows.time.of(text, self.zone),
            Class::Slot => self.shows.time.bookable().of(text, self.zone),
            Class::Other => None,
        }
    }
}

impl TextForm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AsSent,
        Self::Crlf,
        Self::Html,
        Self::Entities,
        Self::NonBreaking,
        Self::Collapsed,
    ];

    /// A text that can have several lines.
    fn of_lines(self, text: &str) -> String {
        match self {
            Self::AsSent => text.to_owned(),
            Self::Crlf => unix_lines(text).replace('\n', "\r\n"),
            Self::Html => html(text),
            Self::Entities => entities(text),
            Self::NonBreaking => by_line(text, |line| non_breaking(line).replacen(' ', "\u{a0}", 1)),
            Self::Collapsed => {
                let text = unix_lines(text);
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// A text of one line.
    fn of_line(self, text: &str) -> String {
        match self {
            Self::AsSent | Self::Crlf => text.to_owned(),
            Self::Html | Self::Entities => entities(text),
            Self::NonBreaking => non_breaking(text),
            Self::Collapsed => text.trim().to_owned(),
        }
    }
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn by_line(text: &str, form: impl Fn(&str) -> String) -> String {
    let text = unix_lines(text);
    text.split('\n').map(form).collect::<Vec<_>>().join("\n")
}

fn html(text: &str) -> String {
    let text = unix_lines(text);
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.is_empty());
    let paragraphs = paragraphs.map(|paragraph| format!("<p>{}</p>", entities(paragraph).replace('\n', "<br>")));
    paragraphs.collect()
}

fn entities(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Of several blanks in a row all but the last become entities.
fn non_breaking(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' if characters.peek() == Some(&' ') => shown.push_str("&nbsp;"),
            _ => shown.push(character),
        }
    }
    shown
}

impl TitleForm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::AsSent, Self::Suffixed];
}

impl AddressForm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AsSent, Self::WithCountry, Self::LeftOut];

    fn of(self, address: &str) -> Cow<'_, str> {
        match self {
            Self::WithCountry if !address.is_empty() => format!("{address}, USA").into(),
            Self::AsSent | Self::WithCountry | Self::LeftOut => address.into(),
        }
    }
}

impl TimeForm {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::WithOffset,
        Self::OffsetWithoutColon,
        Self::Utc,
        Self::WithoutOffset,
        Self::EpochMs,
    ];

    /// The form in which free slots are shown. A slot must be bookable as it is listed, and GHL takes a start with an
    /// offset alone: where times have none, or are numbers, slots stay as they are.
    fn bookable(self) -> Self {
        match self {
            Self::WithOffset | Self::WithoutOffset | Self::EpochMs => Self::WithOffset,
            Self::OffsetWithoutColon | Self::Utc => self,
        }
    }

    /// A time in this form; nothing when it stays as it is, or is not a time.
    fn of(self, text: &str, zone: Tz) -> Option<Value> {
        let time = read_time(text, zone)?;
        let instant = time.with_timezone(&Utc);
        Some(match self {
            Self::WithOffset => return None,
            Self::OffsetWithoutColon => time.format("%Y-%m-%dT%H:%M:%S%z").to_string().into(),
            Self::Utc => zulu(instant).into(),
            Self::WithoutOffset => {
                let local = instant.with_timezone(&zone);
                local.format("%Y-%m-%dT%H:%M:%S").to_string().into()
            }
            Self::EpochMs => instant.timestamp_millis().into(),
        })
    }
}

/// Reads a time with an offset, or a local one of the location.
fn read_time(text: &str, zone: Tz) -> Option<DateTime<FixedOffset>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time);
    }
    let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f"];
    let mut local = formats
        .iter()
        .filter_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let local = zone.from_local_datetime(&local.next()?).earliest()?;
    Some(local.fixed_offset())
}

#[cfg(test)]
mod tests;
