//! The places of a JSON payload.

use super::Place;
use super::words::Called;
use knockcal::document::{Key, KeyPath};
use serde_json::{Map, Value};

/// How deep a payload is looked into, how many entries of a list, and how many places there are at most.
const DEEPEST: usize = 8;
const MOST_ENTRIES: usize = 20;
const MOST: usize = 500;

/// What the name of an answer is called, and the answer, in lists of both.
const NAMES: [&str; 9] = [
    "key",
    "label",
    "question",
    "name",
    "field",
    "title",
    "fieldName",
    "slug",
    "type",
];

/// Of an answer that stands under a key of its own: what was asked.
const QUESTIONS: [&str; 3] = ["title", "label", "question"];

const VALUES: [&str; 5] = ["value", "answer", "response", "text", "values"];

/// A place in a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place, and its value. Of an entry of a list that is known by its name, the last key is that name.
    pub place: Place,
    /// The expression that finds it, where no path does.
    pub expression: Option<String>,
}

impl Found {
    /// How an expression names it.
    pub fn in_expression(&self) -> String {
        self.expression
            .clone()
            .unwrap_or_else(|| in_expression(&self.place.path))
    }
}

/// Every place of a payload that has a value of its own.
pub fn places(payload: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    walk(payload, &mut Vec::new(), &mut found);
    // Typeform says what it has asked beside the answers.
    let asked = payload.pointer("/form_response/definition/fields");
    let titles = asked.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if let Some(answers) = payload.pointer("/form_response/answers").and_then(Value::as_array) {
        found.retain(|found| !found.place.path.keys.starts_with(&form_response("answers")));
        found.retain(|found| !found.place.path.keys.starts_with(&form_response("definition")));
        typed(answers, titles, &mut found);
    }
    found
}

fn form_response(name: &str) -> [Key; 2] {
    ["form_response", name].map(|name| Key::Name(name.to_owned()))
}

fn walk(value: &Value, keys: &mut Vec<Key>, found: &mut Vec<Found>) {
    if found.len() >= MOST || keys.len() > DEEPEST {
        return;
    }
    match value {
        Value::Object(fields) => {
            if let Some(question) = question(fields) {
                let called = called(keys, &[question]);
                keys.push(Key::Name("value".to_owned()));
                let value = fields.get("value").unwrap_or(&Value::Null);
                add(value, keys, Some(called), None, found);
                keys.pop();
                return;
            }
            for (name, value) in fields {
                keys.push(Key::Name(name.clone()));
                walk(value, keys, found);
                keys.pop();
            }
        }
        Value::Array(entries) => match (named(entries), entries.as_slice()) {
            (Some((name, value)), _) => answers(entries, name, value, keys, found),
            (None, entries) if entries.iter().any(Value::is_object) => {
                for (index, entry) in (0_i64..).zip(entries.iter().take(MOST_ENTRIES)) {
                    keys.push(Key::Index(index));
                    walk(entry, keys, found);
                    keys.pop();
                }
            }
            // Google Forms has a list of one answer for each question.
            (None, [only]) if !only.is_array() => {
                let called = keys.clone();
                keys.push(Key::Index(0));
                add(only, keys, Some(called), None, found);
                keys.pop();
            }
            (None, _) => add(value, keys, None, None, found),
        },
        value => add(value, keys, None, None, found),
    }
}

fn add(value: &Value, keys: &[Key], called: Option<Vec<Key>>, expression: Option<String>, found: &mut Vec<Found>) {
    // A payload that is no object has no keys to name.
    if let Some(Key::Name(_)) = keys.first() {
        let path = KeyPath { keys: keys.to_vec() };
        let samples = vec![sample(value)];
        let called = called.map(|keys| KeyPath { keys });
        found.push(Found {
            place: Place {
                path,
                called,
                doubt: None,
                samples,
            },
            expression,
        });
    }
}

/// What was asked, of an answer that stands under a key of its own.
fn question(fields: &Map<String, Value>) -> Option<&str> {
    let value = fields.get("value")?;
    let is_one = !value.is_object() && !value.is_array();
    let mut asked = QUESTIONS.iter().filter_map(|name| fields.get(*name)?.as_str());
    asked.next().filter(|_| is_one)
}

/// What an answer is called: by its key where that says something, or else by the first text that does.
fn called(keys: &[Key], texts: &[&str]) -> Vec<Key> {
    let says = |keys: &[Key]| {
        let called = Called::of(&KeyPath { keys: keys.to_vec() });
        called.role.is_some() || called.what.iter().any(|what| super::rules::has_name(what))
    };
    let around = keys.split_last().map(|(_, around)| around).unwrap_or_default();
    let by_text = |text: &&str| [around, &[Key::Name((*text).to_owned())]].concat();
    match says(keys) {
        true => keys.to_vec(),
        false => texts
            .iter()
            .map(by_text)
            .find(|keys| says(keys))
            .unwrap_or(keys.to_vec()),
    }
}

/// Answers of which each says its kind, and has its value under a key that is called so: by their kind where no other is of
/// it, or else by their place, which changes where an answer before them is left out.
fn typed(entries: &[Value], titles: &[Value], found: &mut Vec<Found>) {
    let kind = |entry: &Value| entry.get("type").and_then(Value::as_str).map(str::to_owned);
    for (index, entry) in (0_i64..).zip(entries.iter().take(MOST_ENTRIES)) {
        let Some(kind_of_it) = kind(entry) else { continue };
        let of_choice = matches!(kind_of_it.as_str(), "choice").then_some("label");
        let reference = entry.pointer("/field/ref").and_then(Value::as_str).unwrap_or_default();
        let is_it = |title: &&Value| title.get("ref").and_then(Value::as_str) == Some(reference);
        let title = titles.iter().find(is_it).and_then(|field| field.get("title")?.as_str());
        let value_keys: Vec<&str> = [kind_of_it.as_str()].into_iter().chain(of_choice).collect();
        let value = value_keys.iter().try_fold(entry, |value, key| value.get(*key));
        let Some(value) = value.filter(|value| !value.is_object() && !value.is_array()) else {
            continue;
        };
        let mut keys = form_response("answers").to_vec();
        let list = in_expression(&KeyPath { keys: keys.clone() });
        let is_only = entries
            .iter()
            .filter(|entry| kind(entry).as_ref() == Some(&kind_of_it))
            .count()
            == 1;
        let gets: String = value_keys.iter().map(|key| format!("|get({})", quoted(key))).collect();
        let expression = is_only.then(|| format!("{list}|find('type', {}){gets}", quoted(&kind_of_it)));
        let title_or = title.unwrap_or(&kind_of_it);
        let by = called(
            &[keys.as_slice(), &[Key::Name(reference.to_owned())]].concat(),
            &[title_or, &kind_of_it],
        );
        keys.push(Key::Index(index));
        keys.extend(value_keys.iter().map(|key| Key::Name((*key).to_owned())));
        let before = found.len();
        add(value, &keys, Some(by), expression, found);
        if let Some(added) = found.get_mut(before) {
            added.place.doubt = match (is_only, kind_of_it.as_str()) {
                (true, "phone_number" | "email") => None,
                (true, _) => Some("it is known as the only answer of its kind".to_owned()),
                (false, _) => Some("its place in the list changes where an answer before it is left out".to_owned()),
            };
        }
    }
}

/// The keys of name and value, where every entry of a list has both, and no two entries have one name.
fn named(entries: &[Value]) -> Option<(&'static str, &'static str)> {
    let all: Option<Vec<&Map<String, Value>>> = entries.iter().map(Value::as_object).collect();
    let all = all.filter(|all| !all.is_empty())?;
    let has = |key: &&&str| all.iter().all(|entry| entry.contains_key(**key));
    let value = VALUES.iter().find(has)?;
    let name = NAMES.iter().filter(|name| *name != value).find(|name| {
        let mut seen: Vec<&str> = Vec::new();
        all.iter().all(|entry| match entry.get(**name).and_then(Value::as_str) {
            Some(text) if !seen.contains(&text) => {
                seen.push(text);
                true
            }
            _ => false,
        })
    })?;
    Some((name, value))
}

/// The entries of a list, each found by its name.
fn answers(entries: &[Value], name: &str, value: &str, keys: &mut Vec<Key>, found: &mut Vec<Found>) {
    let list = in_expression(&KeyPath { keys: keys.clone() });
    for entry in entries {
        let (Some(Value::String(called_so)), Some(answer)) = (entry.get(name), entry.get(value)) else {
            continue;
        };
        let mut expression = format!(
            "{list}|find({}, {})|get({})",
            quoted(name),
            quoted(called_so),
            quoted(value)
        );
        // Facebook has a list of one answer for each question.
        let answer = match answer {
            Value::Array(answers) if answers.iter().all(|answer| !answer.is_object()) => {
                expression += "|first";
                answers.first().unwrap_or(&Value::Null)
            }
            answer => answer,
        };
        keys.push(Key::Name(called_so.clone()));
        let others = NAMES.iter().filter(|other| **other != name && **other != "type");
        let texts: Vec<&str> = others.filter_map(|other| entry.get(*other)?.as_str()).collect();
        let by = called(keys, &texts);
        add(answer, keys, Some(by), Some(expression), found);
        keys.pop();
    }
}

/// A path as an expression has it: one that does not begin with a plain name begins with `data`.
fn in_expression(path: &KeyPath) -> String {
    let written = path.written();
    match written.starts_with('[') {
        true => format!("data{written}"),
        false => written,
    }
}

/// A text of the expression language.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n");
    format!("'{escaped}'")
}

fn sample(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
