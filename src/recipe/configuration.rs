//! The configuration of a connection.

use chrono::NaiveTime;
use http::Uri;
use serde_json::{Map, Value};

use super::{FieldSource, Recipes, Route, known, source_settings};
use crate::document::{Document, Object, Problem, Problems, Unknown, kind_of};
use crate::ghl::calendar::cannot_be_id;
use crate::ghl::{contact, custom_field, provider};
use crate::knock::{Junk, KnownRep, Offsets, PlaceZone, Settings, Zones};
use crate::shape::time_of_day;
use crate::zone::Zone;

/// How long an appointment may take to show after its request was sent, unless the configuration says otherwise.
const SETTLE_SECONDS: u64 = 120;

/// How long one request may take, unless the configuration says otherwise.
const REQUEST_TIMEOUT_SECONDS: u64 = 30;

/// After how long a change comes late, unless the configuration says otherwise; and the longest that it can say.
const LATE_SECONDS: u64 = 600;
const LATEST_SECONDS: u64 = 30 * 24 * 60 * 60;

/// How many days after a visit what tells of people is kept, unless the configuration says otherwise; and the most that it
/// can say.
const FORGET_AFTER_DAYS: u64 = 30;
const FORGET_AFTER_DAYS_AT_MOST: u64 = 3650;

/// The configuration of a connection.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The GHL location.
    pub location_id: String,
    /// Where its API is.
    pub server: Server,
    /// How events are read.
    pub settings: Settings,
    /// The calendar of events that name none, by id.
    pub calendar_id: Option<String>,
    /// The calendar of events that name none, by name.
    pub calendar_name: Option<String>,
    /// The reps.
    pub reps: Vec<TeamMember>,
    /// Which calendars visits are for that name none.
    pub routing: Vec<Route>,
    /// Keys of the actions that may be asked for by themselves, besides those that recipes use.
    pub actions: Vec<String>,
    /// Where Active Knocker's API is, when it may be called.
    pub knocker: Option<Server>,
    /// What follows from an event.
    pub recipes: Recipes,
    /// Fields of events that stand elsewhere in what is posted.
    pub source_fields: Vec<FieldSource>,
    /// What becomes of a lead whose number or address is that of somebody with another name.
    pub on_conflict: OnConflict,
    /// Whether GHL is asked for that first.
    pub looks_first: bool,
    /// How contacts that were there before are treated.
    pub existing_contacts: ExistingContacts,
    /// Whether the location allows several contacts with the same phone number or e-mail address: then a second one is
    /// only avoided by looking first.
    pub allows_duplicates: bool,
    /// The custom field, by id or key, that the contact of a lead is found by who has neither a phone number nor an e-mail
    /// address.
    pub pin_field: Option<String>,
    /// When recipes may send messages to people.
    pub messages: MessagePolicy,
    /// What becomes of a second visit of a household.
    pub second_visit: SecondVisit,
    /// What mappings look things up in, by name.
    pub tables: Map<String, Value>,
    /// How long the effect of a request may take to show, in milliseconds.
    pub settle_ms: u64,
    /// How long one request may take, in milliseconds.
    pub request_timeout_ms: u32,
    /// After how long a change comes late: it is held against what stands in GHL, in milliseconds.
    pub late_ms: u64,
    /// How long after a visit the ledger keeps what tells of people, in milliseconds.
    pub forget_after_ms: u64,
}

/// What becomes of a lead whose phone number or e-mail address is that of somebody with another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// What is shared is left out; where nothing else is left, the other contact is taken as it is.
    #[default]
    Separate,
    /// The other contact becomes this one.
    Overwrite,
    /// The event is refused.
    Refuse,
}

/// How contacts are treated that were in GHL before an event named them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ExistingContacts {
    /// What they have stays; only what is empty is filled.
    #[default]
    Keep,
    /// The lead's values replace theirs.
    Overwrite,
}

/// When recipes may send messages to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePolicy {
    /// Whether somebody has to have said that the lead consents.
    pub needs_consent: bool,
    /// When nobody is disturbed; nothing: never.
    pub quiet_hours: Option<QuietHours>,
}

/// Hours in which nobody is disturbed, in the lead's local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// When they begin.
    pub from: NaiveTime,
    /// When they end, perhaps on the next day.
    pub to: NaiveTime,
}

/// What becomes of a visit for a household that has another one, which is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SecondVisit {
    /// It is attached to that one where name, number or e-mail address is the same: no second one is made. Of somebody
    /// else it is booked, with a warning.
    #[default]
    Attach,
    /// It is attached to that one, whoever is visited.
    AttachAlways,
    /// It is booked all the same.
    Book,
    /// It is refused.
    Refuse,
}

/// A server: scheme and authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// `https`, or `http` towards this machine.
    pub scheme: String,
    /// Host, with a port where it is not the scheme's own.
    pub authority: String,
}

/// A rep, in both worlds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamMember {
    /// Id in Active Knocker.
    pub id: Option<String>,
    /// E-mail address, in lower case.
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Id of the GHL user.
    pub user_id: Option<String>,
    /// The zone of their visits, where the address does not tell.
    pub time_zone: Option<Zone>,
    /// The rep's calendar, by id.
    pub calendar_id: Option<String>,
    /// The rep's calendar, by name.
    pub calendar_name: Option<String>,
}

impl Configuration {
    /// The actions that its recipes use, and what is asked before them.
    pub fn used_actions(&self) -> Vec<String> {
        let mut actions = self.recipes.actions();
        let makes_contacts = actions.iter().any(|key| key == contact::UPSERT.key);
        let mut asked: Vec<&str> = Vec::new();
        if self.looks_for_contacts() {
            asked.push(contact::FIND_DUPLICATE);
        }
        if self.existing_contacts == ExistingContacts::Keep {
            asked.extend([contact::CREATE.key, contact::GET.key, contact::UPDATE]);
        }
        if let Some(pin_field) = &self.pin_field {
            asked.extend([contact::SEARCH, contact::CREATE.key, contact::UPDATE]);
            asked.extend(pin_field.contains('.').then_some(custom_field::LIST.key));
        }
        for key in asked.into_iter().filter(|_| makes_contacts) {
            if !actions.iter().any(|known| known == key) {
                actions.push(key.to_owned());
            }
        }
        actions
    }

    /// Whether GHL is asked for the contact before it is made.
    pub fn looks_for_contacts(&self) -> bool {
        self.looks_first || self.allows_duplicates && self.existing_contacts == ExistingContacts::Keep
    }

    /// Reads a configuration.
    ///
    /// # Errors
    /// Every problem it has, each with its place.
    pub fn read(json: &str) -> Result<Self, Vec<Problem>> {
        let problems = Problems::new(Document::Configuration);
        let configuration = match serde_json::from_str::<Value>(json) {
            Ok(value) => Object::root(&value, &problems).and_then(|root| read(&root, &problems)),
            Err(error) => {
                problems.add("", "no-json", format!("the configuration is no JSON: {error}"));
                None
            }
        };
        problems.or(configuration)
    }
}

fn read(root: &Object<'_>, problems: &Problems) -> Option<Configuration> {
    let location_id = root.required_text("location_id");
    let base_url = root.text("base_url").unwrap_or_else(|| provider::BASE_URL.to_owned());
    let server = server(root, &base_url);
    let time_zone = zone(root, "time_zone");
    let mut reps = Vec::new();
    for entry in root.objects("reps") {
        reps.push(member(&entry));
    }
    let mut routing = Vec::new();
    for entry in root.objects("routing") {
        routing.push(Route::read(&entry, problems));
    }
    let (calendar_id, calendar_name) = calendar(root);
    let actions = actions(root);
    let recipes = Recipes::read(root, problems);
    let tables = tables(root);
    let second_visit = second_visit(root);
    let messages = messages(root);
    let knocker = root.object("knocker").and_then(|object| knocker(&object));
    let mut read_offsets = Offsets::default();
    let (source, source_fields) = match root.object("source") {
        Some(object) => {
            read_offsets = source_settings::offsets(&object);
            (
                source_settings::source(&object, problems),
                FieldSource::read_all(&object, problems),
            )
        }
        None => Default::default(),
    };
    let identity = root
        .object("identity")
        .map(|object| identity(&object))
        .unwrap_or_default();
    let mut zones = Zones {
        places: places(root),
        reps: Vec::new(),
    };
    let (mut roster, mut team) = (Vec::new(), Vec::new());
    for member in &reps {
        roster.push(member.known());
        if let Some(zone) = &member.time_zone {
            zones.reps.push((member.id.clone(), member.email.clone(), zone.clone()));
        }
        if let (Some(_), Some(email)) = (&member.user_id, &member.email) {
            team.push(email.clone());
        }
    }
    let settings = Settings {
        time_zone,
        zones,
        times: root
            .object("source")
            .map(|source| source_settings::times(&source))
            .unwrap_or_default(),
        junk: identity.junk,
        keeps_pins: identity.pin_field.is_some(),
        calling_code: calling_code(root),
        roster,
        team,
        offsets: read_offsets,
        source,
        used: Vec::new(),
        named: Vec::new(),
    };
    let is_here = server.as_ref().is_some_and(|server| server.scheme == "http");
    let (settle_ms, request_timeout_ms) = (settle_ms(root, is_here), request_timeout_ms(root));
    let late_ms = late_ms(root);
    let forget_after_ms = forget_after_ms(root);
    root.unknown(Unknown::Refuse);
    let (location_id, server) = location_id.zip(server)?;
    Some(Configuration {
        location_id,
        server,
        settings,
        calendar_id,
        calendar_name,
        reps,
        routing,
        actions,
        knocker,
        recipes,
        source_fields,
        on_conflict: identity.on_conflict,
        looks_first: identity.looks_first,
        existing_contacts: identity.existing_contacts,
        allows_duplicates: identity.allows_duplicates,
        pin_field: identity.pin_field,
        messages,
        second_visit,
        tables,
        settle_ms,
        request_timeout_ms,
        late_ms,
        forget_after_ms,
    })
}

fn messages(root: &Object<'_>) -> MessagePolicy {
    let object = root.object("messages");
    let mut needs_consent = true;
    let mut hours = vec!["21:00".to_owned(), "08:00".to_owned()];
    if let Some(object) = &object {
        let words = [("required", true), ("assumed", false)];
        let wrong = "`{}` is not how consent is taken: `required` or `assumed`";
        needs_consent = object.word("consent", &words, wrong).unwrap_or(true);
        if object.value("quiet_hours").is_some() {
            hours.clear();
            for (hour, _) in object.list("quiet_hours") {
                hours.extend(hour.as_str().map(str::to_owned));
            }
        }
        object.unknown(Unknown::Refuse);
    }
    let times = match hours.as_slice() {
        [from, to] => time_of_day(from).zip(time_of_day(to)),
        _ => None,
    };
    let quiet_hours = match times {
        Some((from, to)) if from != to => Some(QuietHours { from, to }),
        None if hours.is_empty() => None,
        _ => {
            if let Some(object) = &object {
                let message = "quiet hours are two times of day, like `[\"21:00\", \"08:00\"]`, or `[]` for none";
                object.problem("quiet_hours", "no-hours", message);
            }
            None
        }
    };
    MessagePolicy {
        needs_consent,
        quiet_hours,
    }
}

fn second_visit(root: &Object<'_>) -> SecondVisit {
    let words = [
        ("attach", SecondVisit::Attach),
        ("attach-always", SecondVisit::AttachAlways),
        ("book", SecondVisit::Book),
        ("refuse", SecondVisit::Refuse),
    ];
    let wrong = "unknown value `{}` of `second_visit`: expected `attach`, `attach-always`, `book` or `refuse`";
    root.word("second_visit", &words, wrong).unwrap_or_default()
}

/// Tables: each an object by name.
fn tables(root: &Object<'_>) -> Map<String, Value> {
    let mut tables = Map::new();
    for (name, table) in root.object("tables").iter().flat_map(Object::fields) {
        if !table.is_object() {
            let message = format!("a table is an object, and `{name}` is {}", kind_of(table));
            root.problem_at(&format!("tables/{name}"), "wrong-type", message);
        }
        tables.insert(name.to_owned(), table.clone());
    }
    tables
}

/// A GHL on this machine is an emulator, whose bookings nobody drives to: it may be told to settle sooner.
fn settle_ms(root: &Object<'_>, is_here: bool) -> u64 {
    let least = if is_here { 1 } else { 10 };
    let hint = "; too short a time can book twice";
    within(root, "settle_seconds", SETTLE_SECONDS, (least, 3600), hint).saturating_mul(1000)
}

fn request_timeout_ms(root: &Object<'_>) -> u32 {
    let seconds = within(root, "request_timeout_seconds", REQUEST_TIMEOUT_SECONDS, (1, 60), "");
    u32::try_from(seconds.saturating_mul(1000)).unwrap_or(u32::MAX)
}

fn late_ms(root: &Object<'_>) -> u64 {
    within(root, "late_seconds", LATE_SECONDS, (0, LATEST_SECONDS), "").saturating_mul(1000)
}

fn forget_after_ms(root: &Object<'_>) -> u64 {
    let range = (1, FORGET_AFTER_DAYS_AT_MOST);
    within(root, "forget_after_days", FORGET_AFTER_DAYS, range, "").saturating_mul(24 * 60 * 60 * 1000)
}

/// A whole number from one to another.
fn within(root: &Object<'_>, name: &'static str, usual: u64, (least, most): (u64, u64), hint: &str) -> u64 {
    let number = root.integer(name).unwrap_or(usual);
    if !(least..=most).contains(&number) {
        let message = format!("`{name}` is from {least} to {most}{hint}");
        root.problem(name, "out-of-range", message);
    }
    number
}

fn zone(object: &Object<'_>, key: &'static str) -> Option<Zone> {
    let name = object.text(key)?;
    let zone = Zone::named(&name);
    if zone.is_none() {
        object.problem(key, "unknown-zone", crate::knock::unknown_zone(&name));
    }
    zone
}

/// Zones by the beginning of a postal code or by state.
fn places(root: &Object<'_>) -> Vec<PlaceZone> {
    let mut places = Vec::new();
    let Some(object) = root.object("time_zones") else {
        return places;
    };
    for (place, name) in object.fields() {
        match name.as_str().map(|name| (name, Zone::named(name))) {
            Some((_, Some(zone))) => places.push(PlaceZone::new(place, zone)),
            Some((name, None)) => object.problem(place, "unknown-zone", crate::knock::unknown_zone(name)),
            None => object.problem(
                place,
                "wrong-type",
                format!("is {}, not the name of a zone", kind_of(name)),
            ),
        }
    }
    places
}

/// What a configuration says of who is who.
#[derive(Default)]
struct Identity {
    junk: Junk,
    on_conflict: OnConflict,
    looks_first: bool,
    existing_contacts: ExistingContacts,
    allows_duplicates: bool,
    pin_field: Option<String>,
}

fn identity(object: &Object<'_>) -> Identity {
    let junk = junk(object);
    let words = [
        ("separate", OnConflict::Separate),
        ("overwrite", OnConflict::Overwrite),
        ("refuse", OnConflict::Refuse),
    ];
    let wrong = "`{}` is not what can become of a conflict: `separate`, `overwrite` or `refuse`";
    let on_conflict = object.word("on_conflict", &words, wrong).unwrap_or_default();
    let looks_first = object.boolean("look_first").unwrap_or(false);
    let words = [
        ("keep", ExistingContacts::Keep),
        ("overwrite", ExistingContacts::Overwrite),
    ];
    let wrong = "unknown value `{}`: expected `keep` or `overwrite`";
    let existing_contacts = object.word("existing_contacts", &words, wrong).unwrap_or_default();
    let words = [("refused", false), ("allowed", true)];
    let wrong = "unknown value `{}`: expected `refused` or `allowed`, as the location is set";
    let allows_duplicates = object.word("duplicate_contacts", &words, wrong).unwrap_or_default();
    let pin_field = object.text("pin_field");
    object.unknown(Unknown::Refuse);
    Identity {
        junk,
        on_conflict,
        looks_first,
        existing_contacts,
        allows_duplicates,
        pin_field,
    }
}

fn junk(object: &Object<'_>) -> Junk {
    let mut junk = Junk::default();
    for (index, (entry, _)) in object.list("junk").into_iter().enumerate() {
        let place = format!("junk/{index}");
        let text = match entry {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => {
                let message = format!(
                    "is {}; write an e-mail address or a phone number as text",
                    kind_of(other)
                );
                object.problem_at(&place, "wrong-type", message);
                continue;
            }
        };
        if let Err(message) = junk.add(&text) {
            object.problem_at(&place, "invalid-junk", message);
        }
    }
    junk
}

impl TeamMember {
    /// The rep as events name them. Who has a name only is known by it.
    fn known(&self) -> KnownRep {
        let is_name = self.id == self.name;
        KnownRep {
            id: self.id.clone().filter(|_| !is_name),
            email: self.email.clone(),
            name: self.name.clone(),
            user_id: self.user_id.clone(),
        }
    }
}

fn member(entry: &Object<'_>) -> TeamMember {
    let (calendar_id, calendar_name) = calendar(entry);
    let (name, email) = (entry.text("name"), entry.text("email"));
    let by_name = name.clone().filter(|_| email.is_none());
    let member = TeamMember {
        id: entry.text("id").or(by_name),
        email: email.map(|email| email.to_lowercase()),
        name,
        user_id: entry.text("user_id"),
        time_zone: zone(entry, "time_zone"),
        calendar_id,
        calendar_name,
    };
    if member.id.is_none() && member.email.is_none() {
        entry.problem("id", "missing", "a rep needs `id`, `email` or `name`, to be known by");
    }
    entry.unknown(Unknown::Refuse);
    member
}

pub(super) fn calendar(object: &Object<'_>) -> (Option<String>, Option<String>) {
    let (id, name) = (object.text("calendar_id"), object.text("calendar_name"));
    if id.is_some() && name.is_some() {
        object.problem(
            "calendar_name",
            "contradiction",
            "write `calendar_id` or `calendar_name`, not both",
        );
    }
    if let Some(id) = id.as_ref().filter(|id| cannot_be_id(id)) {
        let message = format!("`{id}` is a name, not an id; write `calendar_name = \"{id}\"`");
        object.problem("calendar_id", "invalid-id", message);
    }
    (id, name)
}

/// The keys of actions. One that calls Active Knocker needs to know where.
fn actions(root: &Object<'_>) -> Vec<String> {
    let has_knocker = root.value("knocker").is_some();
    let mut keys = Vec::new();
    for (index, (entry, _)) in root.list("actions").into_iter().enumerate() {
        let name = format!("actions/{index}");
        let Some(key) = entry.as_str() else {
            root.problem_at(&name, "wrong-type", "an action is named by its key");
            continue;
        };
        if let Err((code, message)) = known::action(key, has_knocker) {
            root.problem_at(&name, code, message);
        }
        keys.push(key.to_owned());
    }
    keys
}

fn knocker(object: &Object<'_>) -> Option<Server> {
    let base_url = object.required_text("base_url");
    object.unknown(Unknown::Refuse);
    server(object, &base_url?)
}

fn server(object: &Object<'_>, base_url: &str) -> Option<Server> {
    match Server::parse(base_url) {
        Ok(server) => Some(server),
        Err(message) => {
            object.problem("base_url", "no-server", message);
            None
        }
    }
}

fn calling_code(root: &Object<'_>) -> String {
    let Some(code) = root.text("calling_code") else {
        return "1".to_owned();
    };
    let code = code.trim_start_matches('+').to_owned();
    if code.is_empty() || code.len() > 3 || !code.chars().all(|digit| digit.is_ascii_digit()) {
        root.problem(
            "calling_code",
            "no-calling-code",
            format!("`{code}` is no calling code; write one like `1` or `44`"),
        );
    }
    code
}

/// Whether a host is this machine: by name, or by an address like `127.0.0.1`.
fn is_this_machine(host: &str) -> bool {
    let is_byte = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit()) && part.parse::<u8>().is_ok();
    let is_address = host.split('.').count() == 4 && host.split('.').all(is_byte);
    matches!(host, "localhost" | "::1") || (is_address && host.starts_with("127."))
}

impl Server {
    /// Reads the URL of a server.
    ///
    /// ```
    /// # use knockcal::recipe::Server;
    /// assert!(Server::parse("https://services.leadconnectorhq.com").is_ok());
    /// assert!(Server::parse("http://127.0.0.1:8080/").is_ok());
    /// assert!(Server::parse("http://example.com").is_err());
    /// ```
    ///
    /// # Errors
    /// A sentence. Plain HTTP is for this machine only.
    pub fn parse(url: &str) -> Result<Self, String> {
        let parsed: Uri = url.parse().map_err(|_| format!("`{url}` is no URL"))?;
        let (Some(scheme), Some(authority)) = (parsed.scheme_str(), parsed.authority()) else {
            return Err(format!("`{url}` is no URL; write one like `{}`", provider::BASE_URL));
        };
        if parsed.path() != "/" || parsed.query().is_some() || authority.as_str().contains('@') {
            return Err(format!(
                "`{url}` must name a server only, like `{}`",
                provider::BASE_URL
            ));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let here = is_this_machine(host);
        match scheme {
            "https" => {}
            "http" if here => {}
            "http" => return Err(format!("`{url}` is not encrypted; plain HTTP is for this machine only")),
            _ => return Err(format!("`{url}` must start with `https://`")),
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            authority: authority.as_str().to_lowercase(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(key: &str, seconds: u64, base_url: &str) -> Result<Configuration, Vec<Problem>> {
        let json = json!({ "location_id": "here", key: seconds, "base_url": base_url });
        Configuration::read(&json.to_string())
    }

    #[test]
    fn only_an_emulator_may_settle_in_less_than_ten_seconds() {
        let ghl = provider::BASE_URL;
        assert_eq!(read("settle_seconds", 10, ghl).unwrap().settle_ms, 10_000);
        assert_eq!(
            read("settle_seconds", 9, ghl).unwrap_err()[0].pointer,
            "/settle_seconds"
        );
        assert_eq!(
            read("settle_seconds", 1, "http://127.0.0.1:1").unwrap().settle_ms,
            1_000
        );
        assert!(read("settle_seconds", 0, "http://127.0.0.1:1").is_err());
    }

    #[test]
    fn formats_of_times_and_the_order_of_dates_are_checked() {
        let read = |source: Value| {
            let json = json!({ "location_id": "here", "source": source });
            Configuration::read(&json.to_string())
        };
        let good = json!({ "date_order": "day-first", "time_formats": ["%m/%d/%Y %I:%M %p", "%Y%m%d %H%M"] });
        let times = read(good).unwrap().settings.times;
        assert_eq!(
            (times.formats.len(), times.date_order),
            (2, Some(crate::knock::DateOrder::DayFirst))
        );
        let bad = json!({ "date_order": "us", "time_formats": ["%H:%M", "%I:%M", 5, "MM/DD/YYYY"] });
        let problems = read(bad).unwrap_err();
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.pointer.as_str(), problem.code))
            .collect();
        let expected = [
            ("/source/date_order", "unknown-value"),
            ("/source/time_formats/1", "invalid-format"),
            ("/source/time_formats/2", "wrong-type"),
            ("/source/time_formats/3", "invalid-format"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_request_may_take_a_second_to_a_minute() {
        let read = |seconds| read("request_timeout_seconds", seconds, provider::BASE_URL);
        assert_eq!(read(1).unwrap().request_timeout_ms, 1_000);
        assert_eq!(read(60).unwrap().request_timeout_ms, 60_000);
        assert!(read(0).is_err() && read(61).is_err());
    }

    #[test]
    fn a_settle_time_of_any_size_is_a_problem_and_no_surprise() {
        for seconds in [0, 3601, u64::MAX] {
            let problems = read("settle_seconds", seconds, provider::BASE_URL).unwrap_err();
            assert_eq!((problems.len(), problems[0].pointer.as_str()), (1, "/settle_seconds"));
        }
    }
}
