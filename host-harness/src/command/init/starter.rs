//! The configuration to begin with.

use std::borrow::Cow;
use std::fmt::Write;

use host_harness::text;
use knockcal::ghl::calendar::Calendar;
use serde_json::Value;

/// What GHL said.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) location_id: String,
    pub(super) base_url: Option<String>,
    pub(super) time_zone: Option<String>,
    /// Whether the location allows several contacts with the same phone number or e-mail address.
    pub(super) allows_duplicates: bool,
    pub(super) calendars: Vec<Value>,
    pub(super) users: Vec<Value>,
    pub(super) groups: Vec<Value>,
    /// The calendar that has free slots, of those whose entries do not show that they can be booked.
    pub(super) with_slots: Option<String>,
    /// What it did not say, and why.
    pub(super) missing: Vec<String>,
}

/// What is written for a location that allows duplicate contacts.
const DUPLICATES: &str = r#"
# The location allows several contacts with one phone number, so GHL is asked for the contact first (1 request more).
[identity]
duplicate_contacts = "allowed"
"#;

/// What may be wished for besides, to be taken out of comments.
const WISHES: &str = r#"
# What else a booking does: `knock recipes show knocker.lead_booked` has all of it.
# [recipes."knocker.lead_booked".options]
# tags = ["door"]                       # tags that the contact gets
# note = true                           # what the rep noted is a note of the appointment, too
# task = "Prepare the visit"            # a task for whoever goes

# A calendar that an event names and GHL does not have is made.
# [recipes."calendar.missing".options]
# create = true

# Confirmations and reminders, once for each calendar.
# [recipes."calendar.booked".options]
# notifications = [{ receiverType = "contact", channel = "sms", notificationType = "reminder", beforeTime = [{ timeOffset = 24, unit = "hours" }], body = "See you tomorrow." }]

# Who gets a task about what could not be done.
# [recipes."event.failed".options]
# assigned_to = "the id of a user"
"#;

impl Found {
    /// The configuration, TOML with comments.
    pub(super) fn starter(&self) -> String {
        let mut text = String::from("# What GHL has, to begin with. `knock check` says whether it can work.\n");
        for why in &self.missing {
            let _ = writeln!(text, "# Not found out: {}", in_comment(why));
        }
        let _ = writeln!(text, "location_id = {}", quoted(&self.location_id));
        if let Some(url) = &self.base_url {
            let _ = writeln!(text, "base_url = {}", quoted(url));
        }
        match &self.time_zone {
            Some(zone) => {
                let _ = writeln!(text, "time_zone = {}  # of times without an offset", quoted(zone));
            }
            None => text.push_str("# time_zone = \"America/Chicago\"  # of times without an offset\n"),
        }
        self.calendar(&mut text);
        self.team(&mut text);
        if self.allows_duplicates {
            text.push_str(DUPLICATES);
        }
        text.push_str(WISHES);
        text
    }

    fn calendar(&self, text: &mut String) {
        text.push_str("\n# The calendar of events that name none. There are:\n");
        for calendar in &self.calendars {
            let team = members(calendar).len();
            let off = if is_active(calendar) { "" } else { ", not active" };
            let group = self
                .group_of(calendar)
                .map(|name| format!(", in group {name}"))
                .unwrap_or_default();
            let _ = writeln!(
                text,
                "#   {}  ({}, {team} on its team{group}{off})",
                in_comment(word(calendar, "name")),
                in_comment(word(calendar, "calendarType")),
            );
        }
        let active = || self.calendars.iter().filter(|calendar| is_active(calendar));
        let has_slots = |calendar: &&Value| self.with_slots.as_deref() == Some(word(calendar, "id"));
        let first = active()
            .find(|calendar| obstacle(calendar).is_none())
            .or(active().find(has_slots))
            .or(active().next());
        let Some(first) = first else {
            text.push_str("#   none\n# calendar_name = \"…\"\n");
            return;
        };
        if let Some(obstacle) = obstacle(first).filter(|_| !has_slots(&first)) {
            let _ = writeln!(
                text,
                "# None of them shows a free slot: this one has {obstacle}. Correct that in GHL."
            );
        }
        let _ = writeln!(text, "{}", self.names(first));
    }

    /// The calendars whose free slots tell whether any can be booked: all that are active, if the entry of none of them shows
    /// that it can. Their hours may be those of schedules, and their teams may be left out of the list.
    pub(super) fn in_question(&self) -> Vec<&str> {
        let active = || self.calendars.iter().filter(|calendar| is_active(calendar));
        match active().any(|calendar| obstacle(calendar).is_none()) {
            true => Vec::new(),
            false => active()
                .map(|calendar| word(calendar, "id"))
                .filter(|id| !id.is_empty())
                .collect(),
        }
    }

    fn team(&self, text: &mut String) {
        if self.users.is_empty() {
            return;
        }
        text.push_str("\n# Who is who in both worlds. Where Active Knocker knows a rep by an id, write `id` beside.\n");
        for user in &self.users {
            let email = word(user, "email");
            if email.trim().is_empty() {
                let _ = writeln!(
                    text,
                    "# {} has no e-mail address to be known by: {}",
                    in_comment(word(user, "name")),
                    in_comment(word(user, "id"))
                );
                continue;
            }
            text.push_str("\n[[reps]]\n");
            if !word(user, "name").trim().is_empty() {
                let _ = writeln!(text, "name = {}", quoted(word(user, "name")));
            }
            let _ = writeln!(text, "email = {}", quoted(email.trim()));
            let _ = writeln!(text, "user_id = {}", quoted(word(user, "id")));
            let is_own = |calendar: &&Value| {
                let is_personal = word(calendar, "calendarType") == "personal";
                is_personal && is_active(calendar) && members(calendar) == [word(user, "id")]
            };
            if let Some(own) = self.calendars.iter().find(is_own) {
                let _ = writeln!(text, "{}  # the calendar of their own", self.names(own));
            }
        }
    }

    /// The key that names a calendar: its name, unless others have it, too.
    fn names(&self, calendar: &Value) -> String {
        let plain = |calendar: &Value| Calendar::plain_name(word(calendar, "name"));
        let alike = self
            .calendars
            .iter()
            .filter(|other| plain(other) == plain(calendar))
            .count();
        match alike {
            1 if !plain(calendar).is_empty() => format!("calendar_name = {}", quoted(word(calendar, "name"))),
            _ => format!("calendar_id = {}", quoted(word(calendar, "id"))),
        }
    }

    fn group_of(&self, calendar: &Value) -> Option<String> {
        let id = word(calendar, "groupId");
        let group = self
            .groups
            .iter()
            .find(|group| !id.is_empty() && word(group, "id") == id)?;
        Some(in_comment(word(group, "name")).into_owned())
    }
}

fn word<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is_active(calendar: &Value) -> bool {
    calendar.get("isActive").and_then(Value::as_bool) != Some(false)
}

/// What a calendar lacks without which nobody can book it; nothing when it can be booked as far as its entry shows.
fn obstacle(calendar: &Value) -> Option<&'static str> {
    let needs_team = !matches!(word(calendar, "calendarType"), "" | "event");
    if needs_team && members(calendar).is_empty() {
        return Some("nobody on its team");
    }
    let is_empty = |name: &str| match calendar.get(name) {
        Some(Value::Array(hours)) => hours.is_empty(),
        // GHL says so when there are none.
        Some(Value::Object(hours)) => hours.is_empty(),
        _ => false,
    };
    let has_dates = calendar.get("availabilities").is_some() && !is_empty("availabilities");
    (is_empty("openHours") && !has_dates).then_some("no open hours")
}

fn members(calendar: &Value) -> Vec<&str> {
    let members = calendar.get("teamMembers").and_then(Value::as_array);
    members
        .into_iter()
        .flatten()
        .map(|member| word(member, "userId"))
        .collect()
}

/// A text as TOML has it, in one line and with nothing in it that could not be shown.
fn quoted(text: &str) -> String {
    if text::is_printable(text) {
        return toml::Value::String(text.to_owned()).to_string();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // By themselves even the letters are escaped that may be shown among others.
            _ if text::is_printable(letter.encode_utf8(&mut [0; 4])) => quoted.push(letter),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(letter));
            }
        }
    }
    quoted + "\""
}

/// A text that stays in its line.
fn in_comment(text: &str) -> Cow<'_, str> {
    text::line(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use knockcal::recipe::Configuration;
    use serde_json::json;

    fn found(calendars: Value, users: Value) -> Found {
        Found {
            location_id: "here".to_owned(),
            time_zone: Some("America/Chicago".to_owned()),
            calendars: calendars.as_array().cloned().unwrap_or_default(),
            users: users.as_array().cloned().unwrap_or_default(),
            ..Found::default()
        }
    }

    /// The configuration, and the same with everything taken out of its comments.
    fn read(found: &Found) -> Value {
        let text = found.starter();
        let value: Value = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        Configuration::read(&value.to_string()).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        value
    }

    #[test]
    fn any_names_make_a_configuration_that_can_be_read() {
        for name in [
            "Roof",
            "a \"quote\" \\ and 'another'",
            "two\nlines\t\u{7}",
            "\u{1b}[2J \u{9b}\u{202e}\u{e0041}\u{200b}\"\\",
            "family \u{1f469}\u{200d}\u{1f467}\n",
            "Zoë 🏠",
            "",
            "#",
            "]] x = 1",
        ] {
            let calendars = json!([{ "id": "c1", "name": name, "teamMembers": [{ "userId": "u1" }] }]);
            let users =
                json!([{ "id": "u1", "name": name, "email": "dana@example.com" }, { "id": "u2", "name": name }]);
            let found = found(calendars, users);
            assert!(found.starter().lines().all(text::is_printable), "{}", found.starter());
            let value = read(&found);
            let named = value
                .get("calendar_name")
                .or(value.get("calendar_id"))
                .and_then(Value::as_str);
            assert_eq!(named, Some(if name.is_empty() { "c1" } else { name }));
            assert_eq!(value["reps"][0]["user_id"], "u1");
        }
    }

    #[test]
    fn a_location_with_nothing_in_it_makes_one_too() {
        let mut nothing = found(json!([]), json!([]));
        nothing.time_zone = None;
        nothing.missing.push("`user.list`: GHL does\nnot allow it".to_owned());
        assert_eq!(read(&nothing), json!({ "location_id": "here" }));
    }

    #[test]
    fn location_that_allows_duplicate_contacts_is_configured_so() {
        let mut allows = found(json!([]), json!([]));
        assert_eq!(read(&allows).get("identity"), None);
        allows.allows_duplicates = true;
        assert_eq!(read(&allows)["identity"], json!({ "duplicate_contacts": "allowed" }));
    }

    #[test]
    fn calendars_of_one_name_are_named_by_id_and_a_closer_brings_theirs() {
        let calendars = json!([
            { "id": "off", "name": "Old", "isActive": false },
            { "id": "c1", "name": "Roof" }, { "id": "c2", "name": " roof" },
            { "id": "c3", "name": "Dana", "calendarType": "personal", "teamMembers": [{ "userId": "u1" }] },
        ]);
        let users = json!([{ "id": "u1", "name": "Dana", "email": "dana@example.com" }]);
        let value = read(&found(calendars, users));
        assert_eq!(value["calendar_id"], "c1");
        assert_eq!(value["reps"][0]["calendar_name"], "Dana");
    }

    #[test]
    fn calendar_with_free_slots_can_be_booked_whatever_its_entry_shows() {
        let calendars = json!([
            { "id": "c1", "name": "Lonely", "calendarType": "round_robin", "openHours": {} },
            { "id": "c2", "name": "Scheduled", "calendarType": "round_robin", "openHours": {} },
            { "id": "c3", "name": "Off", "isActive": false },
        ]);
        let mut found = found(calendars, json!([]));
        assert_eq!(found.in_question(), ["c1", "c2"]);
        found.with_slots = Some("c2".to_owned());
        assert_eq!(read(&found)["calendar_name"], "Scheduled");
        assert!(!found.starter().contains("None of them"), "{}", found.starter());
    }

    #[test]
    fn nobody_is_asked_for_slots_where_an_entry_shows_that_it_can_be_booked() {
        let calendars = json!([{ "id": "c1", "name": "Shut", "openHours": {} }, { "id": "c2", "name": "Good" }]);
        assert!(found(calendars, json!([])).in_question().is_empty());
    }

    #[test]
    fn a_calendar_that_can_be_booked_comes_before_others() {
        let hours = json!([{ "daysOfTheWeek": [1], "hours": [] }]);
        let team = json!([{ "userId": "u1" }]);
        let lonely = json!({ "id": "c1", "name": "Lonely", "calendarType": "round_robin", "openHours": hours });
        let shut = json!({ "id": "c2", "name": "Shut", "calendarType": "event", "openHours": {} });
        let good =
            json!({ "id": "c3", "name": "Good", "calendarType": "personal", "teamMembers": team, "openHours": hours });
        let class = json!({ "id": "c4", "name": "Class", "calendarType": "event", "openHours": hours });
        let of = |calendars: &[&Value]| found(json!(calendars), json!([]));
        assert_eq!(read(&of(&[&lonely, &shut, &good]))["calendar_name"], "Good");
        assert_eq!(read(&of(&[&shut, &class]))["calendar_name"], "Class");

        let none = of(&[&lonely, &shut]);
        assert_eq!(read(&none)["calendar_name"], "Lonely");
        let text = none.starter();
        assert!(
            text.contains("# None of them shows a free slot: this one has nobody on its team."),
            "{text}"
        );
        assert!(!of(&[&good]).starter().contains("None of them"));
    }

    #[test]
    fn what_stands_in_comments_works_when_it_is_taken_out_of_them() {
        let taken: String = WISHES
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|rest| rest.contains('=') || rest.starts_with('['))
            })
            .map(|line| line.unwrap_or_default().to_owned() + "\n")
            .collect();
        let value: Value = toml::from_str(&format!("location_id = \"here\"\ncalendar_id = \"c\"\n{taken}")).unwrap();
        assert_eq!(Configuration::read(&value.to_string()).map(|_| ()), Ok(()));
    }
}
