//! `connection.probe`: whether what the configuration names is there, what the credential may read, and what already tells
//! people of their visits.

use serde_json::{Map, Value};

use super::call::Call;
use super::custom_fields;
use super::look_up::CANNOT_LOOK;
use super::slots::Freshness;
use super::stop::Stop;
use crate::api::{Effect, Operation};
use crate::catalog;
use crate::document::{nearest, object, object_of};
use crate::ghl::calendar::{self, Calendar};
use crate::ghl::{contact, custom_field, event};
use crate::recipe::{CalendarNotFound, NamedCalendar, choose};

/// What is read of the location, beside its calendars.
const USERS: &str = "user.list";
const WORKFLOWS: &str = "workflow.list";

/// The location and its settings.
const LOCATION: &str = "location.get";

/// What a calendar tells whom.
const NOTIFICATIONS: &str = "notification.list";

/// The groups of calendars.
const GROUPS: &str = "group.list";

/// What is off without a scope that rules decide by.
const OFF_WITHOUT: &[(&str, &str)] = &[
    (
        "calendars/events.readonly",
        "a household's second visit, late changes and lost answers cannot be decided, and blocked time is not kept; such \
         events wait for a person",
    ),
    (
        "calendars.readonly",
        "calendars cannot be found by their names, no rep joins a team, and nobody learns what else is free when a slot is \
         taken",
    ),
    (
        "contacts.readonly",
        "lost answers to bookings and two people with one number cannot be decided; such events wait for a person",
    ),
    (
        "calendars/groups.readonly",
        "groups of calendars cannot be kept; such events are refused",
    ),
];

/// How far ahead is looked when the look itself is what counts.
const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The longest window in which GHL lists free slots.
const LONGEST_WINDOW_MS: u64 = 31 * DAY_MS;

/// Something worth knowing, as findings about configurations are.
struct Probed(Vec<Value>);

impl Probed {
    fn add(&mut self, severity: &str, code: &str, pointer: &str, message: String) {
        self.0.push(object([
            ("severity", severity.into()),
            ("code", code.into()),
            ("pointer", pointer.into()),
            ("message", message.into()),
        ]));
    }
}

/// Looks, and says what it found.
pub(super) fn probe(call: &mut Call<'_>) -> Result<Value, Stop> {
    let mut probed = Probed(Vec::new());
    let calendars = read(call, &mut probed, calendar::LIST.key, None)?;
    let calendars = calendars.and_then(|reply| Calendar::read_list(&reply));
    let users = read(call, &mut probed, USERS, None)?;
    look_at_scopes(call, &mut probed, calendars.as_deref().unwrap_or_default())?;
    let mut used: Vec<Calendar> = Vec::new();
    if let Some(calendars) = &calendars {
        for named in call.task.configuration.named_calendars() {
            match find(calendars, &named) {
                Ok(calendar) => {
                    look_at(&mut probed, &named, calendar);
                    if !used.contains(calendar) {
                        used.push(calendar.clone());
                    }
                }
                Err(message) => probed.add("error", "unknown-calendar", &named.pointer, message),
            }
        }
    }
    if let Some(users) = users.as_ref().and_then(|reply| reply.get("users")?.as_array()) {
        look_at_users(call, &mut probed, users);
    }
    look_at_free_time(call, &mut probed, &used);
    look_at_custom_fields(call, &mut probed)?;
    look_at_duplicates(call, &mut probed)?;
    what_tells_people(call, &mut probed, &used)?;
    let writes = scopes(call, &|operation| operation.effect != Effect::Read);
    if !writes.is_empty() {
        let message = format!(
            "whether the credential may write cannot be read; `knock verify` tries it: {}",
            writes.join(", ")
        );
        probed.add("note", "not-provable", "", message);
    }
    Ok(object([("findings", probed.0.into())]))
}

/// What an action answers; nothing, and a finding, when the credential may not ask.
fn read(call: &mut Call<'_>, probed: &mut Probed, key: &str, of: Option<(&str, &str)>) -> Result<Option<Value>, Stop> {
    let Some(operation) = catalog::operation(key) else {
        return Ok(None);
    };
    let input = object_of(&mut of.into_iter().map(|(name, value)| (name.to_owned(), value.into())));
    ask(call, probed, operation, input)
}

/// What an operation answers; nothing, and a finding, when the credential may not ask.
fn ask(
    call: &mut Call<'_>,
    probed: &mut Probed,
    operation: &'static Operation,
    mut input: Map<String, Value>,
) -> Result<Option<Value>, Stop> {
    operation.complete(&mut input, &call.task.configuration.location_id);
    match call.read(operation, &Value::Object(input)) {
        Ok(reply) => Ok(Some(reply)),
        Err(stop) => {
            let Some(message) = stop.refusal() else {
                return Err(stop);
            };
            let severity = if scopes(call, &|_| true).contains(&operation.scope) {
                "error"
            } else if needed_scopes(call).contains(&operation.scope) {
                "warning"
            } else {
                "note"
            };
            let off = OFF_WITHOUT.iter().find(|(scope, _)| *scope == operation.scope);
            let off = off.map(|(scope, off)| format!("; without `{scope}`, {off}"));
            let message = format!("{message} (`{}`){}", operation.scope, off.unwrap_or_default());
            probed.add(severity, "scope-refused", "", message);
            Ok(None)
        }
    }
}

/// Whether the credential may read what rules of the recipes in use decide by. What is read otherwise is not read here.
fn look_at_scopes(call: &mut Call<'_>, probed: &mut Probed, calendars: &[Calendar]) -> Result<(), Stop> {
    let now = call.ledger.now_ms(call.host);
    let now = now - now % HOUR_MS;
    let window = calendars.first().map(|calendar| {
        object([
            ("calendarId", calendar.id.clone().into()),
            ("startTime", now.into()),
            ("endTime", (now + HOUR_MS).into()),
        ])
    });
    let looks = [
        (event::LIST.key, window),
        (contact::SEARCH, Some(object([("pageLimit", 1.into())]))),
        (GROUPS, Some(object([]))),
    ];
    let needed = needed_scopes(call);
    for (key, input) in looks {
        let operation = catalog::operation(key).filter(|operation| needed.contains(&operation.scope));
        if let (Some(operation), Some(Value::Object(input))) = (operation, input) {
            ask(call, probed, operation, input)?;
        }
    }
    Ok(())
}

fn find<'c>(calendars: &'c [Calendar], named: &NamedCalendar) -> Result<&'c Calendar, String> {
    if let Some(id) = &named.id {
        let found = calendars.iter().find(|calendar| calendar.id == *id);
        return found.ok_or_else(|| format!("GHL has no calendar with the id `{id}`"));
    }
    let name = named.name.as_deref().unwrap_or_default();
    choose(calendars, name).map_err(|not_found| match not_found {
        CalendarNotFound::Unknown { sentence, .. } | CalendarNotFound::Ambiguous(sentence) => sentence,
    })
}

/// Whether bookings in a calendar can go to whom the configuration sends.
fn look_at(probed: &mut Probed, named: &NamedCalendar, calendar: &Calendar) {
    let name = &calendar.name;
    if !calendar.active {
        let message = format!("calendar `{name}` is not active, so GHL takes no bookings in it");
        probed.add("warning", "calendar-inactive", &named.pointer, message);
    }
    if let Some(user) = &named.user_id
        && calendar.takes_assignee()
        && !calendar.team.contains(user)
    {
        let message = format!("user `{user}` is not on the team of calendar `{name}`, so GHL chooses who comes");
        probed.add("warning", "rep-not-on-team", &named.pointer, message);
    }
}

/// Whether calendars have free time at all: one without hours refuses every visit as if its slot were taken.
fn look_at_free_time(call: &mut Call<'_>, probed: &mut Probed, used: &[Calendar]) {
    let now = call.ledger.now_ms(call.host);
    let now = now - now % HOUR_MS;
    for Calendar { id, name, .. } in used.iter().filter(|calendar| calendar.active) {
        let window = object([
            ("calendarId", id.clone().into()),
            ("startDate", now.into()),
            ("endDate", (now + LONGEST_WINDOW_MS).into()),
        ]);
        match call.free_slots(id, &window, Freshness::New) {
            Ok(slots) if slots.is_empty() => {
                let message = format!(
                    "calendar `{name}` has no free time within {} days, so GHL refuses every visit in it: see its hours, notice \
                     and range in GHL, and those of its team",
                    LONGEST_WINDOW_MS / DAY_MS
                );
                probed.add("warning", "no-free-time", "", message);
            }
            Ok(_) => {}
            Err(stop) => {
                let message = format!(
                    "the free time of calendar `{name}` could not be read: {}",
                    stop.sentence()
                );
                probed.add("note", CANNOT_LOOK, "", message);
            }
        }
    }
}

fn look_at_users(call: &Call<'_>, probed: &mut Probed, users: &[Value]) {
    let text = |user: &Value, name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut ids = Vec::new();
    for user in users {
        ids.push(text(user, "id"));
    }
    for (user, pointer) in call.task.configuration.named_users() {
        if ids.contains(&user) {
            continue;
        }
        let mut names = Vec::new();
        for user in users {
            names.push(format!("`{}` ({})", text(user, "id"), text(user, "name")));
        }
        let hint = match nearest(&user, ids.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        let message = format!("GHL knows no user `{user}` in this location; {hint}");
        probed.add("error", "unknown-user", &pointer, message);
    }
}

/// Whether the custom fields are there that recipes name by their keys.
fn look_at_custom_fields(call: &mut Call<'_>, probed: &mut Probed) -> Result<(), Stop> {
    let recipes = call.task.configuration.recipes.all().unwrap_or_default();
    let mut wanted = Vec::new();
    for step in recipes.iter().flat_map(|recipe| &recipe.steps) {
        wanted.append(&mut step.custom_field_keys());
    }
    let pin_field = call.task.configuration.pin_field.clone();
    let pin_field = pin_field.filter(|field| custom_fields::is_key(field));
    wanted.extend(pin_field.map(|field| (field, "/identity/pin_field".to_owned())));
    if wanted.is_empty() {
        return Ok(());
    }
    let fields = read(call, probed, custom_field::LIST.key, Some(custom_fields::OF_ALL))?;
    if let Some(ids) = fields.as_ref().and_then(custom_field::ids) {
        for (key, pointer) in wanted {
            if let Some(message) = custom_fields::not_there(&ids, &key) {
                probed.add("error", custom_fields::UNKNOWN_CUSTOM_FIELD, &pointer, message);
            }
        }
    }
    Ok(())
}

/// Whether the location allows what the configuration takes for granted: a second contact with the same phone number.
fn look_at_duplicates(call: &mut Call<'_>, probed: &mut Probed) -> Result<(), Stop> {
    let configuration = &call.task.configuration;
    let makes_contacts = configuration
        .used_actions()
        .iter()
        .any(|key| key == contact::CREATE.key);
    if !makes_contacts {
        return Ok(());
    }
    let configured = configuration.allows_duplicates;
    let location = read(call, probed, LOCATION, None)?;
    let allowed = location
        .as_ref()
        .and_then(|reply| reply.pointer("/location/settings/allowDuplicateContact")?.as_bool());
    let (severity, message) = match (allowed, configured) {
        (Some(true), false) => (
            "error",
            "the location allows duplicate contacts, so each booking of an existing customer would make another contact; \
             write `duplicate_contacts = \"allowed\"` in `[identity]`, or forbid them in GHL's business profile",
        ),
        (Some(false), true) => (
            "warning",
            "the location allows no duplicate contacts, so the look before each contact is not needed; leave \
             `duplicate_contacts` out",
        ),
        _ => return Ok(()),
    };
    probed.add(
        severity,
        "duplicate-contacts-differs",
        "/identity/duplicate_contacts",
        message.to_owned(),
    );
    Ok(())
}

/// What already tells people of their visits, so that no recipe does it once more.
fn what_tells_people(call: &mut Call<'_>, probed: &mut Probed, used: &[Calendar]) -> Result<(), Stop> {
    let Some(operation) = catalog::operation(NOTIFICATIONS) else {
        return Ok(());
    };
    let mut reads = Vec::new();
    for calendar in used {
        let mut input = Map::new();
        input.insert("calendarId".to_owned(), calendar.id.clone().into());
        reads.push((operation, input));
    }
    for (calendar, answer) in used.iter().zip(call.read_all(reads)?) {
        let notifications = match answer {
            Ok(reply) => reply.as_array().cloned().unwrap_or_default(),
            Err(stop) => {
                let message = format!(
                    "whether calendar `{}` tells people already could not be read: {}",
                    calendar.name,
                    stop.sentence()
                );
                probed.add("note", CANNOT_LOOK, "", message);
                continue;
            }
        };
        let mut tells = Vec::new();
        for notification in &notifications {
            tells.extend(told(notification));
        }
        if !tells.is_empty() {
            let message = format!(
                "calendar `{}` tells people already: {}",
                calendar.name,
                tells.join("; ")
            );
            probed.add("note", "tells-people", "", message);
        }
    }
    let workflows = read(call, probed, WORKFLOWS, None)?;
    let workflows = workflows.as_ref().and_then(|reply| reply.get("workflows")?.as_array());
    let mut names = Vec::new();
    for workflow in workflows.map(Vec::as_slice).unwrap_or_default() {
        let text = |name: &str| workflow.get(name).and_then(Value::as_str);
        if text("status") == Some("published") {
            names.extend(text("name").map(|name| format!("`{name}`")));
        }
    }
    if !names.is_empty() {
        let message = format!("workflows that may tell people, too: {}", names.join(", "));
        probed.add("note", "tells-people", "", message);
    }
    Ok(())
}

/// What a notification tells, if it is in use: `reminder to contact by sms, 24 hours before`.
fn told(notification: &Value) -> Option<String> {
    let flag = |name: &str| notification.get(name).and_then(Value::as_bool);
    if flag("deleted") == Some(true) || flag("isActive") == Some(false) {
        return None;
    }
    let text = |name: &str| notification.get(name).and_then(Value::as_str);
    let times = |name: &str, word: &str| {
        let mut said = String::new();
        let times = notification.get(name).and_then(Value::as_array);
        for time in times.map(Vec::as_slice).unwrap_or_default() {
            if let (Some(offset), Some(unit)) = (time.get("timeOffset"), time.get("unit").and_then(Value::as_str)) {
                said += &format!(", {offset} {unit} {word}");
            }
        }
        said
    };
    Some(format!(
        "{} to {} by {}{}{}",
        text("notificationType")?,
        text("receiverType")?,
        text("channel")?,
        times("beforeTime", "before"),
        times("afterTime", "after")
    ))
}

/// The scopes of the connection: those of the actions in use, and of all that these need.
fn needed_scopes(call: &Call<'_>) -> Vec<&'static str> {
    let actions = call.task.configuration.used_actions();
    let operations = catalog::with_needs(actions.iter().map(String::as_str).collect());
    operations.into_iter().map(|operation| operation.scope).collect()
}

/// The scopes that the recipes in use need for some of their actions.
fn scopes(call: &Call<'_>, of: &dyn Fn(&Operation) -> bool) -> Vec<&'static str> {
    let mut scopes = Vec::new();
    for key in call.task.configuration.used_actions() {
        if let Some(operation) = catalog::operation(&key).filter(|operation| of(operation))
            && !operation.scope.is_empty()
            && !scopes.contains(&operation.scope)
        {
            scopes.push(operation.scope);
        }
    }
    scopes
}
