//! What is sent, held against what GHL documents.
//!
//! `tests/specification.csv` has the fields of queries and bodies from GHL's published specification, nested ones too;
//! `tests/departures.csv` has every place where a description says otherwise, and why. A difference that is not listed
//! there fails, and so does an entry that is no difference any more.
//!
//! | column | what it is |
//! |---|---|
//! | `place` | `query` or `body` |
//! | `field` | its path: `teamMembers[].userId`; `[]` is an entry of a body that is a list |
//! | `type` | that of JSON; `any` where the specification leaves it open |
//! | `values` | the only ones, if there are such |

use std::collections::{BTreeMap, BTreeSet};

use knockcal::api::{Body, Operation, Server};
use knockcal::catalog;
use knockcal::shape::{Field, Kind};
use serde::Deserialize;

/// A field as GHL documents it.
#[derive(Debug, Deserialize)]
struct Documented {
    key: String,
    place: String,
    field: String,
    r#type: String,
    required: String,
    values: String,
}

/// A place where a description departs from what is documented.
#[derive(Debug, Deserialize)]
struct Departure {
    key: String,
    place: String,
    field: String,
    difference: String,
    why: String,
}

/// A field as it is described.
#[derive(Debug)]
struct Described {
    types: BTreeSet<&'static str>,
    required: bool,
    values: BTreeSet<String>,
}

/// Fields by place and path.
type Fields<T> = BTreeMap<(String, String), T>;

#[test]
fn every_request_is_as_documented_or_departs_as_listed() {
    let mut documented: BTreeMap<String, Fields<Documented>> = BTreeMap::new();
    for line in read::<Documented>(include_str!("specification.csv")) {
        let fields = documented.entry(line.key.clone()).or_default();
        fields.insert((line.place.clone(), line.field.clone()), line);
    }
    let mut found = BTreeSet::new();
    for operation in catalog::operations().filter(|operation| operation.listed && operation.server == Server::Ghl) {
        let documented = documented.remove(operation.key).unwrap_or_default();
        let described = described(operation);
        let departs = differences(&documented, &described);
        found.extend(departs.into_iter().map(|what| format!("{},{what}", operation.key)));
    }
    assert!(documented.is_empty(), "no action has these: {:?}", documented.keys());
    let listed = read::<Departure>(include_str!("departures.csv"));
    assert!(listed.iter().all(|listed| !listed.why.is_empty()), "each has a reason");
    let listed = listed.into_iter().map(|listed| {
        let Departure {
            key,
            place,
            field,
            difference,
            ..
        } = listed;
        format!("{key},{place},{field},{difference}")
    });
    let listed: BTreeSet<_> = listed.collect();
    let new: Vec<_> = found.difference(&listed).map(String::as_str).collect();
    let gone: Vec<_> = listed.difference(&found).map(String::as_str).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "not listed:\n{}\n\nlisted, and no difference:\n{}",
        new.join("\n"),
        gone.join("\n")
    );
}

fn read<T: serde::de::DeserializeOwned>(table: &str) -> Vec<T> {
    let lines = csv::Reader::from_reader(table.as_bytes()).into_deserialize();
    lines.collect::<Result<_, _>>().unwrap()
}

fn differences(documented: &Fields<Documented>, described: &Fields<Described>) -> Vec<String> {
    let mut differences = Vec::new();
    for ((place, field), documented) in documented {
        let mut differ = |what: String| differences.push(format!("{place},{field},{what}"));
        let Some(described) = described.get(&(place.clone(), field.clone())) else {
            // What it stands in is the difference already, or may be anything.
            let within = within(field).map(|within| described.get(&(place.clone(), within)));
            if within.is_none_or(|within| within.is_some_and(|within| !within.types.contains("any"))) {
                differ("cannot be sent".to_owned());
            }
            continue;
        };
        if documented.required == "required" && !described.required {
            differ("documented as required".to_owned());
        }
        if documented.required != "required" && described.required {
            differ("documented as optional".to_owned());
        }
        let is_any = documented.r#type == "any" || described.types.contains("any");
        // In a query everything is text.
        let has_type = match place.as_str() {
            "query" => (documented.r#type == "array") == described.types.contains("array"),
            _ => described.types.contains(documented.r#type.as_str()),
        };
        if !is_any && !has_type {
            differ(format!("documented as {}", documented.r#type));
        }
        let values: BTreeSet<_> = documented.values.split_whitespace().map(str::to_owned).collect();
        if values != described.values {
            differ("documented with other values".to_owned());
        }
    }
    for (place, field) in described.keys().filter(|key| !documented.contains_key(*key)) {
        // What it stands in is the difference already, or is left open.
        let within = within(field).map(|within| documented.get(&(place.clone(), within)));
        if within.is_none_or(|within| within.is_some_and(|within| within.r#type != "any")) {
            differences.push(format!("{place},{field},not documented"));
        }
    }
    differences
}

/// The path of what a field stands in; nothing of one that stands at the top.
fn within(field: &str) -> Option<String> {
    let (within, _) = match field.strip_suffix("[]") {
        Some(list) => (list, ""),
        None => field.rsplit_once('.')?,
    };
    (!within.is_empty()).then(|| within.to_owned())
}

/// The fields of an operation, nested ones too.
fn described(operation: &Operation) -> Fields<Described> {
    let mut described = Fields::new();
    add("query", "", operation.query, &mut described);
    match operation.body {
        Body::None => {}
        Body::Object(fields) => add("body", "", fields, &mut described),
        Body::Value(field) => add_entries("body", "", field.kind, &mut described),
    }
    described
}

fn add(place: &str, within: &str, fields: &[Field], described: &mut Fields<Described>) {
    for field in fields {
        let path = match within {
            "" => field.name.to_owned(),
            within => format!("{within}.{}", field.name),
        };
        add_one(place, path, field.kind, field.required, described);
    }
}

fn add_one(place: &str, path: String, kind: Kind, required: bool, described: &mut Fields<Described>) {
    if let Kind::Object(fields) = kind {
        add(place, &path, fields, described);
    }
    add_entries(place, &path, kind, described);
    let values = match kind {
        Kind::OneOf(words) | Kind::OneOfNumbers(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        _ => BTreeSet::new(),
    };
    let described_as = Described {
        types: types(kind),
        required,
        values,
    };
    described.insert((place.to_owned(), path), described_as);
}

fn add_entries(place: &str, path: &str, kind: Kind, described: &mut Fields<Described>) {
    if let Kind::List(of) | Kind::SomeOf(of) = kind {
        add_one(place, format!("{path}[]"), *of, true, described);
    }
}

/// The types in JSON as which a kind may be sent.
fn types(kind: Kind) -> BTreeSet<&'static str> {
    match kind {
        Kind::Milliseconds
        | Kind::Seconds
        | Kind::Integer(..)
        | Kind::Number
        | Kind::Degrees(_)
        | Kind::OneOfNumbers(_) => ["number"].into(),
        Kind::Boolean => ["boolean"].into(),
        Kind::List(_) | Kind::SomeOf(_) => ["array"].into(),
        Kind::Object(_) | Kind::ByDay(_) => ["object"].into(),
        Kind::Either(kinds) => kinds.iter().flat_map(|kind| types(*kind)).collect(),
        Kind::Anything => ["any"].into(),
        Kind::Text
        | Kind::ShortText(_)
        | Kind::Email
        | Kind::Time
        | Kind::Date
        | Kind::TimeOfDay
        | Kind::Slug
        | Kind::AmericanDate
        | Kind::Zone
        | Kind::PlainZone
        | Kind::OneOf(_) => ["string"].into(),
    }
}
