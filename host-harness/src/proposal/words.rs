//! What a place is called, taken apart: whom it is about, and what of them.

use knockcal::document::{Key, KeyPath};

/// Whom or what a place is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Who is visited.
    Lead,
    /// Who booked.
    Setter,
    /// Who goes, or a rep of whom it does not say.
    Rep,
    /// The visit.
    Visit,
    /// An owner: of the home, or, in a CRM, of the record, and that is a rep.
    Owner,
    /// Somebody else: a spouse, an adjuster, whoever wrote the record.
    Else,
    /// Nothing that is of a visit: a company, a campaign, the app itself.
    Other,
}

const ROLES: [(Role, &[&str]); 7] = [
    (
        Role::Lead,
        &[
            "customer",
            "customers",
            "homeowner",
            "homeowners",
            "lead",
            "contact",
            "client",
            "prospect",
            "person",
            "resident",
            "invitee",
            "applicant",
            "caller",
            "cliente",
            "kunde",
            "buyer",
            "guest",
            "attendee",
            "recipient",
        ],
    ),
    (
        Role::Setter,
        &[
            "setter",
            "canvasser",
            "knocker",
            "bookedby",
            "setby",
            "soldby",
            "bookingrep",
        ],
    ),
    (
        Role::Rep,
        &[
            "rep",
            "closer",
            "salesperson",
            "salesrep",
            "sales",
            "user",
            "assigned",
            "assignee",
            "advisor",
            "consultant",
            "employee",
            "vendedor",
            "host",
            "organizer",
            "surveyor",
            "estimator",
            "technician",
        ],
    ),
    (
        Role::Visit,
        &[
            "appointment",
            "appt",
            "booking",
            "visit",
            "meeting",
            "inspection",
            "schedule",
            "scheduled",
            "slot",
            "cita",
            "termin",
            "job",
            "estimate",
            "consultation",
            "event",
        ],
    ),
    (Role::Owner, &["owner"]),
    (
        Role::Else,
        &[
            "agent",
            "spouse",
            "wife",
            "husband",
            "partner",
            "adjuster",
            "referred",
            "referrer",
            "referral",
            "manager",
            "landlord",
            "creator",
            "author",
            "sender",
            "supervisor",
            "dispatcher",
            "neighbor",
            "neighbour",
            "realtor",
            "broker",
            "lender",
            "vendor",
            "contractor",
        ],
    ),
    (
        Role::Other,
        &[
            "company",
            "business",
            "workflow",
            "account",
            "office",
            "organization",
            "campaign",
            "attribution",
            "utm",
            "form",
            "page",
            "device",
            "webhook",
            "tenant",
            "created",
            "updated",
            "modified",
            "submitted",
            "received",
            "timestamp",
            "expires",
            "birth",
            "birthday",
            "dob",
            "dealer",
            "source",
            "locale",
            "insurance",
            "emergency",
            "alternate",
            "recording",
            "billing",
            "ended",
            "previous",
            "prior",
            "old",
        ],
    ),
];

/// A filler, and what is asked for where the words say nothing else.
const WHEN: &str = "when";

/// Words that say nothing about what is asked.
const FILLERS: [&str; 46] = [
    "what",
    "is",
    "your",
    "the",
    "a",
    "an",
    "of",
    "please",
    "enter",
    "for",
    "to",
    "which",
    "would",
    "you",
    "like",
    "we",
    "should",
    "s",
    "my",
    "did",
    "do",
    "whats",
    "at",
    "can",
    "reach",
    "our",
    "us",
    "are",
    "in",
    "data",
    "custom",
    "value",
    "and",
    "reached",
    WHEN,
    "come",
    "how",
    "it",
    "preferred",
    "requested",
    "best",
    "selected",
    "primary",
    "main",
    "new",
    "hs",
];

/// Beside `owner`: whose record it is, or whose home.
const OF_RECORDS: [&str; 9] = [
    "lead",
    "company",
    "record",
    "contact",
    "deal",
    "account",
    "opportunity",
    "pin",
    "job",
];
const OF_HOMES: [&str; 4] = ["home", "house", "property", "building"];

/// Beside `form`: what people wrote into it.
const OF_ANSWERS: [&str; 6] = ["response", "data", "fields", "answers", "values", "submission"];

/// Behind `to`: what is of the called, and not of the caller.
const OF_CALLED: [&str; 9] = [
    "number", "phone", "city", "state", "zip", "country", "email", "address", "name",
];

/// Words that make a time doubtful: it may be that of what they name, and not of the visit.
const DOUBTFUL: [&str; 9] = [
    "call", "meta", "entry", "session", "activity", "log", "history", "callback", "original",
];

/// Words of objects that say nothing of whom they are about.
const NEUTRAL: &[&str] = &[
    "payload",
    "body",
    "field",
    "fields",
    "properties",
    "property",
    "answer",
    "answers",
    "response",
    "result",
    "results",
    "record",
    "object",
    "values",
    "detail",
    "details",
    "info",
    "information",
    "attributes",
    "call",
    "analysis",
    "extracted",
    "variables",
    "output",
    "outputs",
    "input",
    "inputs",
    "request",
    "raw",
    "rawrequest",
    "personal",
    "change",
    "changes",
    "item",
    "items",
    "entry",
    "application",
    "submission",
    "query",
    "params",
    "content",
    "message",
    "metadata",
    "meta",
    "extra",
    "additional",
    "site",
    "service",
    "home",
    "house",
    "project",
    "install",
    "installation",
    "form",
    "named",
    "namedvalues",
    "columns",
    "row",
    "cells",
    "calendar",
    "questions",
    "args",
    "arguments",
    "parameters",
    "tool",
    "function",
    "dynamic",
    "collected",
    "collection",
    "structured",
    "artifact",
    "summary",
    "transcript",
    "deal",
    "opportunity",
    "pin",
    "door",
    "list",
    "numbers",
    "card",
    "new",
    "current",
    "location",
    "geo",
    "coordinates",
    "json",
    "x",
    "after",
];

/// What a place is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Called {
    /// Whom it is about, where that is said.
    pub(super) role: Option<Role>,
    /// What of them, in small letters and without white space: of the last key alone, and with the key before it.
    pub(super) what: [String; 2],
    /// The last key, as it is written.
    pub(super) key: String,
    /// The key of an object around it that may be about somebody else, or another place.
    pub(super) stranger: Option<String>,
    /// The key that makes it doubtful whether a time is that of the visit.
    pub(super) doubtful: Option<String>,
    /// Whether the key that says whom it is about says a person: `customer`, and not `lead`.
    pub(super) is_person: bool,
}

impl Called {
    /// Takes the keys of a path apart.
    pub(super) fn of(path: &KeyPath) -> Self {
        let names = path.keys.iter().filter_map(|key| match key {
            Key::Name(name) => Some(name.as_str()),
            Key::Index(_) => None,
        });
        let names: Vec<_> = names.collect();
        let keys: Vec<Vec<String>> = names.iter().map(|name| words(name)).collect();
        // A table called so is that of the app's own account.
        let is_location = names
            .iter()
            .rev()
            .skip(1)
            .any(|name| name.eq_ignore_ascii_case("location"));
        let of_account = is_location.then_some(Role::Other);
        let roles = || keys.iter().rev().filter_map(|words| role_of(words)).chain(of_account);
        let role = match roles().any(|role| role == Role::Other) {
            true => Some(Role::Other),
            false => roles().next(),
        };
        let last = keys.last().map(|words| rest(words)).unwrap_or_default();
        // A key that says itself whom it is about says nothing of what it stands in.
        let of_last = keys.last().and_then(|words| role_of(words));
        let before = keys.iter().rev().nth(1).filter(|_| of_last.is_none());
        let before = before.map(|words| rest(words)).unwrap_or_default();
        let named = |is_it: &dyn Fn(&[String]) -> bool| {
            let mut all = names.iter().zip(&keys);
            all.find(|(_, words)| is_it(words)).map(|(name, _)| (*name).to_owned())
        };
        let around = keys.len().saturating_sub(1);
        let mut containers = names.iter().zip(&keys).take(around);
        let stranger = containers.find(|(_, words)| is_strange(words));
        let has = |words: &[String], any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
        let of_event = |words: &[String]| has(words, &["event"]) && Some(words) == keys.last().map(Vec::as_slice);
        let of_else = |words: &[String]| role_of(words) == Some(Role::Else) || has(words, &DOUBTFUL);
        let doubtful = match of_last {
            Some(Role::Visit) => named(&of_event).or_else(|| named(&|words| role_of(words) == Some(Role::Else))),
            _ => named(&of_else),
        };
        Self {
            role,
            what: [last.clone(), before + &last],
            key: names.last().copied().unwrap_or_default().to_owned(),
            stranger: stranger.map(|(name, _)| (*name).to_owned()),
            doubtful,
            is_person: !keys.iter().any(|words| has(words, &["lead"])),
        }
    }
}

/// Whether the words of an object's key may be about anybody.
fn is_strange(words: &[String]) -> bool {
    let says_nothing = |word: &String| {
        NEUTRAL.contains(&word.as_str())
            || super::rules::has_name(word)
            || FILLERS.contains(&word.as_str())
            || word.chars().any(|digit| digit.is_ascii_digit())
    };
    match role_of(words) {
        Some(role) => role == Role::Else,
        None => !words.iter().all(says_nothing) && !super::rules::has_name(&rest(words)),
    }
}

/// The words of a key, in small letters: `homeownerPhone_2`, `What's your Phone?`.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_small = false;
    // What Salesforce writes behind the fields of its users.
    for letter in key.strip_suffix("__c").unwrap_or(key).chars() {
        if !letter.is_alphanumeric() {
            if letter != '\'' {
                words.push(String::new());
            }
            was_small = false;
            continue;
        }
        if letter.is_uppercase() && was_small {
            words.push(String::new());
        }
        was_small = letter.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whom the words of a key are about.
fn role_of(words: &[String]) -> Option<Role> {
    let joined = words.concat();
    let is = |word: &String, name: &str| word == name || word.strip_suffix('s') == Some(name);
    let has = |name: &&str| words.iter().any(|word| is(word, name)) || joined == **name;
    let role = |role: Role| {
        ROLES
            .iter()
            .any(|(other, names)| *other == role && names.iter().any(&has))
    };
    let any = |names: &[&str]| names.iter().any(&has);
    if let [first, rest @ ..] = words
        && first == "to"
        && rest.first().is_none_or(|word| OF_CALLED.contains(&word.as_str()))
    {
        return Some(Role::Other);
    }
    if role(Role::Owner) {
        return Some(match (any(&OF_HOMES), any(&OF_RECORDS)) {
            (true, _) => Role::Lead,
            (_, true) => Role::Rep,
            _ => Role::Owner,
        });
    }
    if any(&["form"]) && any(&OF_ANSWERS) {
        return None;
    }
    let order = [Role::Other, Role::Else];
    let first = order.into_iter().find(|other| role(*other));
    first.or_else(|| ROLES.iter().map(|(role, _)| *role).find(|other| role(*other)))
}

/// What the words of a key say beside whom they are about.
fn rest(words: &[String]) -> String {
    let is_role = |word: &str| ROLES.iter().any(|(_, names)| names.contains(&word));
    let is_number = |word: &str| {
        word.strip_prefix('q')
            .is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let kept = words
        .iter()
        .filter(|word| !is_role(word) && !is_number(word) && !FILLERS.contains(&word.as_str()));
    let kept = kept.map(String::as_str).collect::<Vec<_>>().concat();
    // A question that asks for nothing but the time.
    let asks_when = kept.is_empty() && words.iter().any(|word| word == WHEN);
    if asks_when { WHEN.to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let table = [
            ("customer.mobile", Some(Role::Lead), "mobile"),
            ("homeownerPhone", Some(Role::Lead), "phone"),
            ("HOMEOWNER_NAME", Some(Role::Lead), "name"),
            ("['What is your phone number?']", None, "phonenumber"),
            ("appt_date", Some(Role::Visit), "date"),
            ("calendar.startTime", None, "starttime"),
            ("company.name", Some(Role::Other), "name"),
            ("created_at", Some(Role::Other), ""),
            ("setter", Some(Role::Setter), ""),
            ("closer.email", Some(Role::Rep), "email"),
            ("technicians[0].phone", Some(Role::Rep), "phone"),
            ("Owner.Email", Some(Role::Owner), "email"),
            ("['Lead Owner Phone']", Some(Role::Rep), "phone"),
            ("property_owner_phone", Some(Role::Lead), "propertyphone"),
            ("referred_by.email", Some(Role::Else), "email"),
            ("ToCity", Some(Role::Other), "city"),
            ("previous.start_time", Some(Role::Other), "starttime"),
            ("Appointment_Date_Time__c", Some(Role::Visit), "datetime"),
            ("form_response.answers.phone", None, "phone"),
        ];
        for (path, role, what) in table {
            let called = Called::of(&KeyPath::read(path).unwrap());
            assert_eq!((called.role, called.what[0].as_str()), (role, what), "{path}");
        }
    }
}
