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
    /// Nothing that is of a visit: a company, a campaign, the app itself.
    Other,
}

const ROLES: [(Role, &[&str]); 5] = [
    (
        Role::Lead,
        &[
            "customer",
            "customers",
            "homeowner",
            "owner",
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
        ],
    ),
];

/// A filler, and what is asked for where the words say nothing else.
const WHEN: &str = "when";

/// Words that say nothing about what is asked.
const FILLERS: [&str; 44] = [
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
        let is_alone = keys.last().is_some_and(|words| role_of(words).is_some());
        let before = keys.iter().rev().nth(1).filter(|_| !is_alone);
        let before = before.map(|words| rest(words)).unwrap_or_default();
        Self {
            role,
            what: [last.clone(), before + &last],
            key: names.last().copied().unwrap_or_default().to_owned(),
        }
    }
}

/// The words of a key, in small letters: `homeownerPhone_2`, `What's your Phone?`.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_small = false;
    for letter in key.chars() {
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
    let has = |name: &&str| words.iter().any(|word| word == name) || joined == **name;
    let is_other = ROLES
        .iter()
        .find(|(role, names)| *role == Role::Other && names.iter().any(&has));
    is_other
        .or_else(|| ROLES.iter().find(|(_, names)| names.iter().any(&has)))
        .map(|(role, _)| *role)
}

/// What the words of a key say beside whom they are about.
fn rest(words: &[String]) -> String {
    let is_role = |word: &str| ROLES.iter().any(|(_, names)| names.contains(&word));
    let kept = words
        .iter()
        .filter(|word| !is_role(word) && !FILLERS.contains(&word.as_str()));
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
        ];
        for (path, role, what) in table {
            let called = Called::of(&KeyPath::read(path).unwrap());
            assert_eq!((called.role, called.what[0].as_str()), (role, what), "{path}");
        }
    }
}
