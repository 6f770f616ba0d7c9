//! What an operation is given.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::appointment::Appointment;
use super::contact::Contact;
use super::document::{Document, DocumentKind};
use super::reply::Refusal;
use super::seed::Calendar;
use super::store::{Store, View};
use super::target::Query;

/// A request that got past the gate, and what it is about.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) store: &'a mut Store,
    /// When it takes effect.
    pub(super) now: DateTime<Utc>,
    /// The instant whose state reads show, when they lag.
    pub(super) reads_as_of: Option<i64>,
    /// Whether it is made in the words of `v3`.
    pub(super) is_v3: bool,
    /// What stands in the place of the path's placeholders.
    pub(super) path: &'a [String],
    pub(super) query: &'a Query,
    /// Its body, when that is an object.
    pub(super) body: &'a Map<String, Value>,
    /// Its body, when that is a list.
    pub(super) list: &'a [Value],
}

impl<'a> Call<'a> {
    /// What a read sees.
    pub(super) fn seen(&self) -> View<'_> {
        self.store.view(self.reads_as_of)
    }

    /// The id in the path; the first one when there are several.
    pub(super) fn id(&self) -> &'a str {
        self.id_at(0)
    }

    /// The id in the place of the path's placeholder with this number, counted from 0.
    pub(super) fn id_at(&self, place: usize) -> &'a str {
        self.path.get(place).map_or("", String::as_str)
    }

    /// A text of the body.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.body.get(name)?.as_str()
    }

    /// A flag of the body.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.body.get(name)?.as_bool()
    }

    /// A calendar as it is.
    pub(super) fn calendar(&self, id: &str) -> Result<&Calendar, Refusal> {
        find_calendar(self.store.now(), id)
    }

    /// A calendar as a read sees it.
    pub(super) fn seen_calendar(&self, id: &str) -> Result<&Calendar, Refusal> {
        find_calendar(self.seen(), id)
    }

    /// The contact as it is.
    pub(super) fn contact(&self, id: &str) -> Result<&Contact, Refusal> {
        find_contact(self.store.now(), id)
    }

    /// An appointment as it is, or an instance of a series.
    pub(super) fn appointment(&self, id: &str) -> Result<Cow<'_, Appointment>, Refusal> {
        find_appointment(self.store.now(), id)
    }

    /// An appointment as a read sees it.
    pub(super) fn seen_appointment(&self, id: &str) -> Result<Cow<'_, Appointment>, Refusal> {
        find_appointment(self.seen(), id)
    }

    /// The contact as a read sees it.
    pub(super) fn seen_contact(&self, id: &str) -> Result<&Contact, Refusal> {
        find_contact(self.seen(), id)
    }

    /// The group of a calendar, as a read sees it.
    pub(super) fn group_of(&self, calendar_id: &str) -> Option<&str> {
        self.seen().calendar(calendar_id)?.group_id.as_deref()
    }

    /// A document as it is.
    pub(super) fn document(&self, kind: DocumentKind, id: &str) -> Result<&Document, Refusal> {
        find_document(self.store.now(), kind, id)
    }

    /// A document as a read sees it.
    pub(super) fn seen_document(&self, kind: DocumentKind, id: &str) -> Result<&Document, Refusal> {
        find_document(self.seen(), kind, id)
    }

    /// The documents of a kind as a read sees them, oldest first.
    pub(super) fn seen_documents(&self, kind: DocumentKind) -> impl Iterator<Item = &Document> {
        self.seen().documents(kind).map(AsRef::as_ref)
    }

    /// Creates a document from fields, with an id and whatever else its kind shows about itself.
    pub(super) fn create(&mut self, kind: DocumentKind, fields: Document) -> Document {
        let given = fields.get(kind.id_name()).and_then(Value::as_str).map(str::to_owned);
        let id = given.unwrap_or_else(|| self.store.mint.id());
        let document = kind.begin(fields, id.clone(), &self.store.location.id, self.now);
        let now_ms = self.now.timestamp_millis();
        self.store.put_document(kind, &id, document.clone(), now_ms);
        document
    }

    /// Writes fields over those of a document. A null leaves what is there.
    pub(super) fn amend(&mut self, kind: DocumentKind, id: &str, fields: Document) -> Result<Document, Refusal> {
        let document = kind.amend(self.document(kind, id)?, fields, self.now);
        let now_ms = self.now.timestamp_millis();
        self.store.put_document(kind, id, document.clone(), now_ms);
        Ok(document)
    }

    /// Removes a document.
    pub(super) fn remove(&mut self, kind: DocumentKind, id: &str) -> Result<(), Refusal> {
        self.document(kind, id)?;
        self.store.remove_document(kind, id, self.now.timestamp_millis());
        Ok(())
    }

    /// Commits a calendar whose members are all users, and shows it.
    pub(super) fn put_calendar(&mut self, calendar: Calendar) -> Result<Value, Refusal> {
        if let Some(stranger) = calendar.team.iter().find(|id| self.store.user(id).is_none()) {
            return Err(Refusal::missing("User", stranger));
        }
        let shown = calendar.shown(&self.store.location.id);
        self.store.put_calendar(calendar, self.now.timestamp_millis());
        Ok(shown)
    }

    /// Refuses a user of the body that is none of the location's. An absent one is none.
    pub(super) fn check_user(&self, name: &str) -> Result<(), Refusal> {
        match self.text(name) {
            Some(user) if self.store.user(user).is_none() => Err(Refusal::missing("User", user)),
            _ => Ok(()),
        }
    }

    /// A flag in the query.
    pub(super) fn query_flag(&self, name: &str) -> Option<bool> {
        self.query.get(name)?.parse().ok()
    }

    /// A count in the query, such as a limit.
    pub(super) fn query_count(&self, name: &str) -> Option<usize> {
        self.query.get(name)?.parse().ok()
    }

    /// Numbers in a query, in milliseconds. Refuses all that are absent or no numbers.
    pub(super) fn query_millis<const N: usize>(&self, names: [&str; N]) -> Result<[i64; N], Refusal> {
        let read = |name: &str| self.query.get(name)?.parse::<i64>().ok();
        let values = names.map(|name| (name, read(name)));
        let wrong = values.iter().filter(|(_, value)| value.is_none());
        let wrong: Vec<String> = wrong
            .map(|(name, _)| format!("{name} must be a number conforming to the specified constraints"))
            .collect();
        if !wrong.is_empty() {
            return Err(Refusal::invalid_fields(wrong));
        }
        Ok(values.map(|(_, value)| value.unwrap_or_default()))
    }
}

fn find_calendar<'a>(view: View<'a>, id: &str) -> Result<&'a Calendar, Refusal> {
    let calendar = view.calendar(id).map(AsRef::as_ref);
    calendar.ok_or_else(|| Refusal::missing("Calendar", id))
}

fn find_contact<'a>(view: View<'a>, id: &str) -> Result<&'a Contact, Refusal> {
    let contact = view.contact(id).map(AsRef::as_ref);
    contact.ok_or_else(|| Refusal::missing("Contact", id))
}

fn find_appointment<'a>(view: View<'a>, id: &str) -> Result<Cow<'a, Appointment>, Refusal> {
    view.appointment(id).ok_or_else(|| Refusal::missing("Appointment", id))
}

fn find_document<'a>(view: View<'a>, kind: DocumentKind, id: &str) -> Result<&'a Document, Refusal> {
    let document = view.document(kind, id).map(AsRef::as_ref);
    document.ok_or_else(|| kind.missing(id))
}

/// An instant given in milliseconds; the nearest in the years 1 to 9999 when it is far out of
/// bounds, so that there is room to reckon with it.
pub(super) fn instant(ms: i64) -> DateTime<Utc> {
    const FIRST_MS: i64 = -62_135_596_800_000;
    const LAST_MS: i64 = 253_402_300_799_999;
    DateTime::from_timestamp_millis(ms.clamp(FIRST_MS, LAST_MS)).unwrap_or_default()
}

/// The time zone with this name, such as `America/Chicago`.
pub(super) fn zone(name: &str) -> Result<Tz, Refusal> {
    // The words are ours: GHL's were not recorded.
    let words = || vec![format!("timezone {name} is not a valid time zone")];
    name.parse().map_err(|_| Refusal::invalid_fields(words()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use serde_json::json;

    /// What an operation makes of a request that comes at `now_ms`, whose reads see what there was at `as_of_ms`.
    fn run<T>(store: &mut Store, [now_ms, as_of_ms]: [i64; 2], operation: impl FnOnce(&mut Call<'_>) -> T) -> T {
        operation(&mut Call {
            store,
            now: instant(now_ms),
            reads_as_of: Some(as_of_ms),
            is_v3: false,
            path: &["g".to_owned(), "h".to_owned()],
            query: &Query::parse(Some("deleted=true&limit=20&skip=x")),
            body: json!({ "id": "g", "name": "North", "slug": null }).as_object().unwrap(),
            list: &[],
        })
    }

    #[test]
    fn documents_are_written_as_they_are_and_read_as_they_were() {
        let mut store = Store::grow(&Seed::demo()).unwrap();
        let kind = DocumentKind::Group;
        let created = run(&mut store, [10, 10], |call| call.create(kind, call.body.clone()));
        assert_eq!(created["locationId"], Seed::DEMO_LOCATION);
        assert_eq!(created.get("slug"), None);
        let south = json!({ "name": "South" }).as_object().unwrap().clone();
        let amended = run(&mut store, [20, 10], |call| call.amend(kind, call.id(), south.clone()));
        assert_eq!(amended.unwrap()["name"], "South");
        let name = |call: &mut Call<'_>| call.seen_document(kind, "g").unwrap()["name"].clone();
        assert_eq!(run(&mut store, [25, 15], name), "North");
        assert_eq!(run(&mut store, [25, 25], name), "South");
        run(&mut store, [30, 10], |call| call.remove(kind, call.id())).unwrap();
        let refusal = run(&mut store, [40, 25], |call| {
            call.amend(kind, call.id(), Document::new())
        });
        assert_eq!(refusal.unwrap_err(), Refusal::missing("Group", "g"));
        let count = |call: &mut Call<'_>| call.seen_documents(kind).count();
        assert_eq!([25, 30].map(|as_of| run(&mut store, [40, as_of], count)), [1, 0]);
        let drawn = run(&mut store, [40, 40], |call| call.create(kind, Document::new()));
        assert_eq!(drawn["id"].as_str().unwrap().len(), 20);
    }

    #[test]
    fn path_and_query_are_read() {
        let mut store = Store::grow(&Seed::demo()).unwrap();
        run(&mut store, [0, 0], |call| {
            assert_eq!((call.id(), call.id_at(1), call.id_at(2)), ("g", "h", ""));
            assert_eq!(call.query_flag("deleted"), Some(true));
            assert_eq!((call.query_count("limit"), call.query_count("skip")), (Some(20), None));
        });
    }

    #[test]
    fn a_calendar_takes_users_alone_into_its_team() {
        let mut store = Store::grow(&Seed::demo()).unwrap();
        let mut put = |user| {
            let members = json!({ "name": "North", "teamMembers": [{ "userId": user }] });
            let calendar = Calendar::begin("c", members.as_object().unwrap()).unwrap();
            run(&mut store, [10, 10], |call| call.put_calendar(calendar))
        };
        assert_eq!(put("nobody"), Err(Refusal::missing("User", "nobody")));
        assert_eq!(put(Seed::RILEY).unwrap()["locationId"], Seed::DEMO_LOCATION);
        assert_eq!(store.now().calendar("c").unwrap().team, [Seed::RILEY]);
    }
}
