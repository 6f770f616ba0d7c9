//! The things that need no type of their own: JSON objects, kept as they are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::contact::zulu;
use super::reply::Refusal;
use super::table::Table;

/// A thing under GHL's own names, its id among them.
pub type Document = Map<String, Value>;

/// What a document is.
///
/// In a [`Seed`](super::Seed) its name is the section that lists them, such as `groups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DocumentKind {
    /// A group of calendars.
    #[serde(rename = "groups")]
    Group,
    /// A room, or equipment.
    #[serde(rename = "resources")]
    Resource,
    /// What people are told about the appointments of a calendar. It belongs to a `calendarId`.
    #[serde(rename = "notifications")]
    Notification,
    /// The hours of a user.
    #[serde(rename = "schedules")]
    Schedule,
    /// The hours of an event calendar, of which it bears the id.
    #[serde(rename = "event_calendar_schedules")]
    EventCalendarSchedule,
    /// A service of the catalog.
    #[serde(rename = "services")]
    Service,
    /// Where services are given.
    #[serde(rename = "service_locations")]
    ServiceLocation,
    /// A booking of services.
    #[serde(rename = "service_bookings")]
    ServiceBooking,
    /// Time that somebody, or a calendar, is not to be had.
    #[serde(rename = "block_slots")]
    BlockSlot,
    /// A note of an appointment. It belongs to an `appointmentId`.
    #[serde(rename = "appointment_notes")]
    AppointmentNote,
    /// A note of a contact.
    #[serde(rename = "contact_notes")]
    ContactNote,
    /// Something to do about a contact.
    #[serde(rename = "tasks")]
    Task,
    /// A custom field of contacts or opportunities.
    #[serde(rename = "custom_fields")]
    CustomField,
    /// A tag that contacts can have.
    #[serde(rename = "location_tags")]
    LocationTag,
    /// A workflow.
    #[serde(rename = "workflows")]
    Workflow,
    /// That a contact (`contactId`) is in a workflow (`workflowId`).
    #[serde(rename = "enrolments")]
    Enrolment,
    /// All messages from and to a contact.
    #[serde(rename = "conversations")]
    Conversation,
    /// A message.
    #[serde(rename = "messages")]
    Message,
    /// A pipeline with its stages.
    #[serde(rename = "pipelines")]
    Pipeline,
    /// A deal.
    #[serde(rename = "opportunities")]
    Opportunity,
    /// A pin of Active Knocker's.
    #[serde(rename = "knock_pins")]
    KnockPin,
}

/// What is the same for all documents of a kind.
#[derive(Clone, Copy, Debug)]
struct Habits {
    /// GHL's word for one.
    word: &'static str,
    /// Under which name it has its id.
    id: &'static str,
    /// Whether it shows its `locationId`.
    of_location: bool,
    /// Under which name it shows when it was created, if it does.
    created: Option<&'static str>,
    /// Under which name it shows when it was last written, if it does.
    updated: Option<&'static str>,
    /// What is kept in it and not shown: to whom it belongs.
    hidden: Option<&'static str>,
}

impl Habits {
    const fn of(word: &'static str) -> Self {
        Self {
            word,
            id: "id",
            of_location: false,
            created: None,
            updated: None,
            hidden: None,
        }
    }

    const fn of_location(word: &'static str) -> Self {
        Self {
            of_location: true,
            ..Self::of(word)
        }
    }

    const fn dated(self, created: &'static str, updated: &'static str) -> Self {
        Self {
            created: Some(created),
            updated: Some(updated),
            ..self
        }
    }

    const fn created(self, created: &'static str) -> Self {
        Self {
            created: Some(created),
            ..self
        }
    }

    const fn with_id(self, id: &'static str) -> Self {
        Self { id, ..self }
    }

    const fn hiding(self, name: &'static str) -> Self {
        Self {
            hidden: Some(name),
            ..self
        }
    }
}

impl DocumentKind {
    fn habits(self) -> Habits {
        match self {
            Self::Group => Habits::of_location("Group"),
            Self::Resource => Habits::of_location("Resource"),
            Self::Notification => Habits::of("Notification").with_id("_id").hiding("calendarId"),
            Self::Schedule => Habits::of_location("Schedule").dated("dateAdded", "dateUpdated"),
            Self::EventCalendarSchedule => Habits::of("Schedule")
                .with_id("calendarId")
                .dated("dateAdded", "dateUpdated"),
            Self::Service => Habits::of_location("Service"),
            Self::ServiceLocation => Habits::of_location("Service location"),
            Self::ServiceBooking => Habits::of_location("Booking")
                .with_id("bookingId")
                .dated("dateAdded", "dateUpdated"),
            Self::BlockSlot => Habits::of_location("Block slot").dated("dateAdded", "dateUpdated"),
            Self::AppointmentNote => Habits::of("Note").created("dateAdded").hiding("appointmentId"),
            Self::ContactNote => Habits::of("Note").created("dateAdded"),
            Self::Task => Habits::of("Task"),
            Self::CustomField => Habits::of_location("Custom field"),
            Self::LocationTag => Habits::of_location("Tag"),
            Self::Workflow => Habits::of_location("Workflow").dated("createdAt", "updatedAt"),
            Self::Enrolment => Habits::of("Enrolment"),
            Self::Conversation => Habits::of_location("Conversation").dated("dateAdded", "dateUpdated"),
            Self::Message => Habits::of_location("Message").created("dateAdded"),
            Self::Pipeline => Habits::of_location("Pipeline"),
            Self::Opportunity => Habits::of_location("Opportunity").dated("createdAt", "updatedAt"),
            Self::KnockPin => Habits::of("Knock pin"),
        }
    }

    /// The section of a seed that lists them.
    pub(super) fn section(self) -> String {
        let name = serde_json::to_value(self).unwrap_or_default();
        name.as_str().unwrap_or_default().to_owned()
    }

    /// The name under which a document has its id.
    pub(super) fn id_name(self) -> &'static str {
        self.habits().id
    }

    /// The refusal when there is none with that id.
    pub(super) fn missing(self, id: &str) -> Refusal {
        let word = self.habits().word;
        match self {
            // The documentation of schedules alone lists a 404.
            Self::Schedule | Self::EventCalendarSchedule => {
                Refusal::not_found(&format!("{word} with id {id} not found"))
            }
            _ => Refusal::missing(word, id),
        }
    }

    /// A new document, with everything that one of its kind shows about itself. What is given stays.
    pub(super) fn begin(self, fields: Document, id: String, location_id: &str, now: DateTime<Utc>) -> Document {
        let habits = self.habits();
        let now = Some(zulu(now));
        let location = habits.of_location.then(|| location_id.to_owned());
        let own = [
            (Some(habits.id), Some(id)),
            (Some("locationId"), location),
            (habits.created, now.clone()),
            (habits.updated, now),
        ];
        let mut document = without_nulls(fields);
        for (name, value) in own {
            if let (Some(name), Some(value)) = (name, value) {
                document.entry(name).or_insert_with(|| value.into());
            }
        }
        document
    }

    /// The document with other fields written over it. A null leaves what is there.
    pub(super) fn amend(self, document: &Document, fields: Document, now: DateTime<Utc>) -> Document {
        let mut document = document.clone();
        document.extend(without_nulls(fields));
        if let Some(name) = self.habits().updated {
            document.insert(name.to_owned(), zulu(now).into());
        }
        document
    }

    /// The document as GHL shows it.
    pub(super) fn shown(self, document: &Document) -> Value {
        let mut shown = document.clone();
        if let Some(name) = self.habits().hidden {
            shown.remove(name);
        }
        Value::Object(shown)
    }
}

fn without_nulls(mut fields: Document) -> Document {
    fields.retain(|_, value| !value.is_null());
    fields
}

/// All documents, by kind. A clone shares every kind that neither side has changed since.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents(Arc<BTreeMap<DocumentKind, Arc<Table<Document>>>>);

impl Documents {
    /// Commits a document under its id.
    pub(super) fn put(&mut self, kind: DocumentKind, id: &str, document: Document, now_ms: i64) {
        self.table(kind).put(id, document, now_ms);
    }

    /// Removes a document.
    pub(super) fn remove(&mut self, kind: DocumentKind, id: &str, now_ms: i64) {
        self.table(kind).remove(id, now_ms);
    }

    fn table(&mut self, kind: DocumentKind) -> &mut Table<Document> {
        let tables = Arc::make_mut(&mut self.0);
        Arc::make_mut(tables.entry(kind).or_default())
    }

    /// The kinds of which there are some, or were.
    pub(super) fn kinds(&self) -> impl Iterator<Item = DocumentKind> {
        self.0.keys().copied()
    }

    /// One, as it was at an instant, or as it is.
    pub(super) fn get(&self, kind: DocumentKind, id: &str, as_of_ms: Option<i64>) -> Option<&Arc<Document>> {
        self.0.get(&kind)?.get(id, as_of_ms)
    }

    /// All of a kind, oldest first, as they were at an instant, or as they are.
    pub(super) fn all(&self, kind: DocumentKind, as_of_ms: Option<i64>) -> impl Iterator<Item = &Arc<Document>> {
        let table = self.0.get(&kind).into_iter();
        table.flat_map(move |table| table.all(as_of_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Document {
        value.as_object().unwrap().clone()
    }

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    #[test]
    fn a_document_shows_about_itself_what_its_kind_does() {
        let schedule = fields(json!({ "name": "Rep", "userId": null }));
        let schedule = DocumentKind::Schedule.begin(schedule, "s".into(), "here", minute(0));
        let later = DocumentKind::Schedule.amend(&schedule, fields(json!({ "name": "Closer" })), minute(1));
        let expected = json!({
            "id": "s", "locationId": "here", "name": "Closer",
            "dateAdded": "1970-01-01T00:00:00.000Z", "dateUpdated": "1970-01-01T00:01:00.000Z",
        });
        assert_eq!(DocumentKind::Schedule.shown(&later), expected);

        let note = fields(json!({ "body": "Gate code 4711", "appointmentId": "a" }));
        let note = DocumentKind::AppointmentNote.begin(note, "n".into(), "here", minute(0));
        assert_eq!(note["appointmentId"], "a");
        let expected = json!({ "id": "n", "body": "Gate code 4711", "dateAdded": "1970-01-01T00:00:00.000Z" });
        assert_eq!(DocumentKind::AppointmentNote.shown(&note), expected);
    }

    #[test]
    fn what_is_not_there_is_refused_in_the_words_for_its_kind() {
        let task = DocumentKind::Task.missing("t");
        assert_eq!(task.body, json!({ "error": "Task with id t not found", "status": 400 }));
        let schedule = DocumentKind::Schedule.missing("s");
        assert_eq!(schedule.status, 404);
        assert_eq!(schedule.body["message"], "Schedule with id s not found");
    }

    #[test]
    fn a_clone_goes_its_own_way_and_shares_the_kinds_that_stay() {
        let mut documents = Documents::default();
        let names = |documents: &Documents, as_of| {
            let groups = documents.all(DocumentKind::Group, as_of);
            groups.map(|group| group["name"].clone()).collect::<Vec<_>>()
        };
        documents.put(DocumentKind::Group, "g", fields(json!({ "name": "North" })), 10);
        documents.put(DocumentKind::Task, "t", Document::new(), 10);
        let before = documents.clone();
        documents.put(DocumentKind::Group, "h", fields(json!({ "name": "South" })), 20);
        documents.remove(DocumentKind::Group, "g", 30);
        assert_eq!(names(&before, None), ["North"]);
        assert_eq!(names(&documents, None), ["South"]);
        assert_eq!(names(&documents, Some(20)), ["North", "South"]);
        let table = |documents: &Documents| Arc::as_ptr(&documents.0[&DocumentKind::Task]);
        assert_eq!(table(&before), table(&documents));
    }
}
