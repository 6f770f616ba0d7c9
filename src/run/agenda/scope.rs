//! What an agenda is about: calendars and users, and the fewest questions that cover them.

use serde_json::{Map, Value};

use super::unread;
use crate::catalog;
use crate::document::texts_in;
use crate::ghl::calendar::{self, slot_minutes};
use crate::run::calendar::unreadable;
use crate::run::call::Call;
use crate::run::stop::Stop;

/// The calendars and users of the location.
#[derive(Debug, Default)]
pub(in crate::run) struct Known {
    pub(in crate::run) calendars: Vec<KnownCalendar>,
    /// Id and name.
    users: Vec<(String, String)>,
}

/// What an agenda needs to know of a calendar.
#[derive(Debug)]
pub(in crate::run) struct KnownCalendar {
    pub(in crate::run) id: String,
    pub(super) name: String,
    pub(super) group_id: Option<String>,
    pub(super) team: Vec<String>,
    pub(super) slot_minutes: i64,
    /// Whether it takes several bookings at one time.
    pub(super) is_shared: bool,
}

/// Whose events are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run) enum Owner {
    Group(String),
    Calendar(String),
    User(String),
}

impl Owner {
    /// GHL's field for it.
    pub(in crate::run) fn field(&self) -> &'static str {
        match self {
            Self::Group(_) => "groupId",
            Self::Calendar(_) => "calendarId",
            Self::User(_) => "userId",
        }
    }

    pub(in crate::run) fn id(&self) -> &str {
        match self {
            Self::Group(id) | Self::Calendar(id) | Self::User(id) => id,
        }
    }
}

impl Known {
    /// Reads the calendars and the users. Names of users are worth having, and no more.
    pub(super) fn read(call: &mut Call<'_>, incomplete: &mut Vec<Value>) -> Result<Self, Stop> {
        let location = call.task.configuration.location_id.clone();
        let users = catalog::operation("user.list");
        let mut reads = Vec::new();
        for operation in [Some(&calendar::LIST), users].into_iter().flatten() {
            let mut input = Map::new();
            operation.complete(&mut input, &location);
            reads.push((operation, input));
        }
        let mut answers = call.read_all(reads)?.into_iter();
        let calendars = answers.next().unwrap_or_else(|| Err(unreadable(&calendar::LIST)))?;
        let mut known = Self {
            calendars: read_calendars(&calendars).ok_or_else(|| unreadable(&calendar::LIST))?,
            users: Vec::new(),
        };
        let listed = calendars.get("calendars").and_then(Value::as_array);
        if listed.is_some_and(|listed| listed.len() > known.calendars.len()) {
            let message = "some of the calendars cannot be understood";
            incomplete.push(unread("the calendars", &calendar::LIST, message));
        }
        match (answers.next(), users) {
            (Some(Ok(reply)), _) => known.users = read_users(&reply),
            (Some(Err(stop)), Some(operation)) => {
                incomplete.push(unread("names of users", operation, &stop.sentence()));
            }
            _ => {}
        }
        Ok(known)
    }

    pub(in crate::run) fn calendar(&self, id: &str) -> Option<&KnownCalendar> {
        self.calendars.iter().find(|calendar| calendar.id == id)
    }

    /// The name of a user; the id where it is not known.
    pub(super) fn user_name<'a>(&'a self, id: &'a str) -> &'a str {
        let known = self.users.iter().find(|(known, _)| known == id);
        known.map_or(id, |(_, name)| name)
    }

    /// Whose events they are, for people.
    pub(super) fn called(&self, owner: &Owner) -> String {
        match owner {
            Owner::Calendar(id) => {
                let name = self.calendar(id).map_or(id.as_str(), |calendar| calendar.name.as_str());
                format!("calendar `{name}`")
            }
            Owner::User(id) => format!("user `{}`", self.user_name(id)),
            Owner::Group(id) => {
                let mut names = Vec::new();
                for calendar in self.of_group(id) {
                    names.push(calendar.name.as_str());
                }
                match names.is_empty() {
                    true => format!("group `{id}`"),
                    false => format!("calendars `{}`", names.join("`, `")),
                }
            }
        }
    }

    /// The id of the calendar that an id or a name means, if it means one.
    fn calendar_id(&self, said: &str) -> Option<String> {
        if self.calendar(said).is_some() {
            return Some(said.to_owned());
        }
        let plain = |name: &str| calendar::Calendar::plain_name(name);
        let mut alike = self
            .calendars
            .iter()
            .filter(|calendar| plain(&calendar.name) == plain(said));
        let id = alike.next()?.id.clone();
        alike.next().is_none().then_some(id)
    }

    /// The id of the user that an id or a name means.
    fn user_id(&self, said: &str) -> String {
        let mut alike = self
            .users
            .iter()
            .filter(|(_, name)| name.to_lowercase() == said.trim().to_lowercase());
        match (alike.next(), alike.next()) {
            (Some((id, _)), None) => id.clone(),
            _ => said.to_owned(),
        }
    }

    fn of_group(&self, group_id: &str) -> Vec<&KnownCalendar> {
        let mut members = Vec::new();
        for calendar in &self.calendars {
            if calendar.group_id.as_deref() == Some(group_id) {
                members.push(calendar);
            }
        }
        members
    }

    fn calendar_ids(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for calendar in &self.calendars {
            ids.push(calendar.id.clone());
        }
        ids
    }
}

/// Reads the calendars of a list; nothing when it is none.
pub(in crate::run) fn read_calendars(reply: &Value) -> Option<Vec<KnownCalendar>> {
    let mut calendars = Vec::new();
    for value in reply.get("calendars")?.as_array()? {
        let Some(calendar) = calendar::Calendar::read(value) else {
            continue;
        };
        let group = value
            .get("groupId")
            .and_then(Value::as_str)
            .filter(|group| !group.is_empty());
        let per_slot = ["appoinmentPerSlot", "appointmentPerSlot"];
        let per_slot = per_slot.iter().find_map(|name| value.get(*name)?.as_i64());
        calendars.push(KnownCalendar {
            is_shared: per_slot.is_some_and(|per_slot| per_slot > 1),
            slot_minutes: slot_minutes(value),
            group_id: group.map(str::to_owned),
            id: calendar.id,
            name: calendar.name,
            team: calendar.team,
        });
    }
    Some(calendars)
}

fn read_users(reply: &Value) -> Vec<(String, String)> {
    let users = reply.get("users").and_then(Value::as_array);
    let read = |user: &Value| {
        let text = |name: &str| user.get(name)?.as_str().map(str::trim);
        let whole = text("name").filter(|name| !name.is_empty()).map(str::to_owned);
        let parts = || Some(format!("{} {}", text("firstName")?, text("lastName")?));
        Some((text("id")?.to_owned(), whole.or_else(parts)?))
    };
    let mut known = Vec::new();
    for user in users.map(Vec::as_slice).unwrap_or_default() {
        known.extend(read(user));
    }
    known
}

/// What an agenda is about.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Whose events are asked for.
    pub(super) owners: Vec<Owner>,
    /// The calendars in it.
    calendars: Vec<String>,
    /// The users whose events are asked for, of whichever calendar.
    users: Vec<String>,
}

impl Scope {
    /// What the input names; the whole location when it names nothing.
    pub(super) fn of(input: &Map<String, Value>, known: &Known, incomplete: &mut Vec<Value>) -> Self {
        let named = |name: &str| texts_in(input.get(name));
        let (calendars, users, groups) = (named("calendarIds"), named("userIds"), named("groupIds"));
        let everything = calendars.is_empty() && users.is_empty() && groups.is_empty();
        let mut scope = Self::default();
        for user in &users {
            scope.users.push(known.user_id(user));
        }
        for group in &groups {
            let members = known.of_group(group);
            if members.is_empty() {
                let message = "no calendar is in such a group";
                let of = known.called(&Owner::Group(group.clone()));
                incomplete.push(unread(&of, &calendar::LIST, message));
            }
            for member in members {
                scope.add(member.id.clone());
            }
        }
        for id in calendars {
            match known.calendar_id(&id) {
                Some(id) => scope.add(id),
                None => {
                    let message = "there is no such calendar, or several have this name; give its id";
                    let of = known.called(&Owner::Calendar(id));
                    incomplete.push(unread(&of, &calendar::LIST, message));
                }
            }
        }
        if everything {
            scope.calendars = known.calendar_ids();
        }
        scope.owners = owners(&scope.calendars, known);
        for user in &scope.users {
            scope.owners.push(Owner::User(user.clone()));
        }
        scope
    }

    fn add(&mut self, calendar_id: String) {
        if !self.calendars.contains(&calendar_id) {
            self.calendars.push(calendar_id);
        }
    }

    /// The calendars whose free slots are asked for, each for one user or for all.
    pub(super) fn with_slots(&self, known: &Known) -> Vec<(String, Option<String>)> {
        let mut asked = Vec::new();
        for id in &self.calendars {
            asked.push((id.clone(), None));
        }
        for user in &self.users {
            for calendar in &known.calendars {
                if calendar.team.contains(user) && !self.calendars.contains(&calendar.id) {
                    asked.push((calendar.id.clone(), Some(user.clone())));
                }
            }
        }
        asked
    }
}

/// The fewest owners that cover all calendars of the location.
pub(in crate::run) fn owners_of_location(known: &Known) -> Vec<Owner> {
    owners(&known.calendar_ids(), known)
}

/// The fewest owners that cover these calendars and no others: a group where all its calendars are wanted.
fn owners(calendars: &[String], known: &Known) -> Vec<Owner> {
    let covers = |group: &String| {
        let members = known.of_group(group);
        members.len() > 1 && members.iter().all(|member| calendars.contains(&member.id))
    };
    let mut owners: Vec<Owner> = Vec::new();
    for id in calendars {
        let group = known.calendar(id).and_then(|calendar| calendar.group_id.clone());
        let owner = match group.filter(covers) {
            Some(group) => Owner::Group(group),
            None => Owner::Calendar(id.clone()),
        };
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners
}

impl Known {
    /// The calendars alone.
    pub(in crate::run) fn calendars_of(reply: &Value) -> Option<Self> {
        Some(Self {
            calendars: read_calendars(reply)?,
            users: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> Known {
        let calendar = |id: &str, group: &str| json!({ "id": id, "name": id, "groupId": group });
        let calendars = [("a", "g"), ("b", "g"), ("c", "h"), ("d", "")].map(|(id, group)| calendar(id, group));
        Known::calendars_of(&json!({ "calendars": calendars })).unwrap()
    }

    fn owners_for(input: Value) -> (Vec<String>, usize) {
        let mut incomplete = Vec::new();
        let scope = Scope::of(input.as_object().unwrap(), &known(), &mut incomplete);
        (
            scope
                .owners
                .iter()
                .map(|owner| format!("{}={}", owner.field(), owner.id()))
                .collect(),
            incomplete.len(),
        )
    }

    #[test]
    fn a_group_is_asked_for_once_and_only_when_all_of_it_is_wanted() {
        let (owners, _) = owners_for(json!({}));
        assert_eq!(owners, ["groupId=g", "calendarId=c", "calendarId=d"]);
        let (owners, _) = owners_for(json!({ "calendarIds": ["a", "d"] }));
        assert_eq!(owners, ["calendarId=a", "calendarId=d"]);
        let (owners, _) = owners_for(json!({ "groupIds": ["g"], "calendarIds": ["a"], "userIds": ["u"] }));
        assert_eq!(owners, ["groupId=g", "userId=u"]);
    }

    #[test]
    fn what_is_not_there_is_named_and_not_asked_for() {
        let (owners, incomplete) = owners_for(json!({ "calendarIds": ["a", "x"], "groupIds": ["y"] }));
        assert_eq!((owners, incomplete), (vec!["calendarId=a".to_owned()], 2));
    }
}
