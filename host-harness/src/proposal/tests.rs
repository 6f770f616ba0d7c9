use super::*;
use knockcal::recipe::{Configuration, Severity};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The situations whose configuration is what is proposed for their payload. That it books them `tests/cases.rs` shows.
const PROPOSED: [&str; 5] = [
    "payload-of-a-form-tool",
    "payload-of-a-form-tool-in-a-list-of-answers",
    "payload-of-a-voice-agent",
    "payload-of-a-ghl-workflow",
    "payload-of-a-crm-export",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases").join(name)
}

#[test]
fn what_is_proposed_for_payloads_of_real_apps_is_what_books_them() {
    for name in PROPOSED {
        let events: Value = serde_json::from_slice(&fs::read(folder(name).join("events.json")).unwrap()).unwrap();
        let toml = draft(&events[0]["data"]).toml;
        let golden = folder(name).join("configuration.toml");
        if std::env::var_os("UPDATE_CASES").is_some() {
            fs::write(&golden, &toml).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        similar_asserts::assert_eq!(toml, expected, "{name}");
        assert_eq!(errors(&toml), [""; 0], "{name}");
    }
}

/// What a check says is wrong with a configuration that a proposal was pasted into.
fn errors(toml: &str) -> Vec<String> {
    let mut configuration: Value = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    configuration["location_id"] = "here".into();
    configuration["calendar_id"] = "c".into();
    configuration["time_zone"] = "America/Chicago".into();
    let findings = Configuration::findings(&configuration.to_string()).into_iter();
    findings
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("{}: {}", finding.pointer, finding.message))
        .collect()
}

/// Any key, also one that says what it holds.
fn key() -> impl Strategy<Value = String> {
    let known = [
        "phone",
        "email",
        "name",
        "start_time",
        "date",
        "time",
        "address",
        "city",
        "id",
        "pin",
        "customer",
        "data",
    ];
    prop_oneof![prop::sample::select(known.map(str::to_owned).to_vec()), "\\PC{0,12}"]
}

/// Any payload.
fn payload() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "(512) 555-0142",
            "ann@example.com",
            "2030-06-04 10:00",
            "2030-06-04",
            "10:00"
        ])
        .prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner.clone()), 0..4).prop_map(|fields| Value::Array(
                fields
                    .into_iter()
                    .map(|(key, value)| json!({ "key": key, "value": value }))
                    .collect()
            )),
            prop::collection::btree_map(key(), inner, 0..5).prop_map(|fields| fields.into_iter().collect()),
        ]
    });
    prop::collection::btree_map(key(), tree, 0..6).prop_map(|fields| fields.into_iter().collect())
}

proptest! {
    /// Whatever an app posts, what is proposed for it can be pasted into a configuration, and is shown fit to be shown.
    #[test]
    fn a_proposal_for_any_payload_passes_the_check(payload in payload()) {
        let toml = draft(&payload).toml;
        prop_assert_eq!(errors(&toml), [""; 0], "{}", toml);
        prop_assert!(toml.lines().all(crate::text::is_printable), "{:?}", toml);
    }
}

/// Field and place of each proposal.
fn proposed(payload: &Value) -> Vec<(&'static str, String)> {
    let fields = draft(payload).fields.into_iter();
    fields
        .map(|field| {
            let from = field
                .from
                .as_str()
                .map_or_else(|| field.from.to_string(), str::to_owned);
            (field.field, from)
        })
        .collect()
}

fn place_of(field: &str, payload: &Value) -> Option<String> {
    proposed(payload)
        .into_iter()
        .find(|(name, _)| *name == field)
        .map(|(_, from)| from)
}

#[test]
fn fields_are_known_by_the_names_that_apps_give_them() {
    let phone = json!("(512) 555-0142");
    let table = [
        ("lead.phone", json!({ "Mobile": phone }), "Mobile"),
        ("lead.phone", json!({ "phone_number": phone }), "phone_number"),
        (
            "lead.phone",
            json!({ "customer": { "phone": phone } }),
            "customer.phone",
        ),
        ("lead.phone", json!({ "homeownerPhone": phone }), "homeownerPhone"),
        ("lead.phone", json!({ "Teléfono": phone }), "Teléfono"),
        ("lead.phone", json!({ "q3": phone }), "q3"),
        ("lead.name", json!({ "homeowner_name": "Ann Lee" }), "homeowner_name"),
        ("lead.name", json!({ "Homeowner": "Ann Lee" }), "Homeowner"),
        (
            "lead.firstName",
            json!({ "name": { "first": "Ann", "last": "Lee" } }),
            "name.first",
        ),
        ("lead.email", json!({ "q4": "ann@example.com" }), "q4"),
        ("startTime", json!({ "appt_date": "2030-06-04T10:00:00Z" }), "appt_date"),
        (
            "startTime",
            json!({ "When would you like us to visit?": "2030-06-04 10:00" }),
            "['When would you like us to visit?']",
        ),
        (
            "startTime",
            json!({ "booking": { "when": { "from": "2030-06-04 10:00" } } }),
            "booking.when.from",
        ),
        (
            "startTime",
            json!({ "scheduled_for": "June 4, 2030 2 PM" }),
            "scheduled_for",
        ),
        (
            "startTime",
            json!({ "date": "6/4/2030", "time": "2 PM" }),
            r#"{"expression":"date ~ ' ' ~ time"}"#,
        ),
        ("rep.name", json!({ "closer": "Dana Whitfield" }), "closer"),
        (
            "rep.email",
            json!({ "setter": { "email": "marcus@example.com" } }),
            "setter.email",
        ),
        ("rep.id", json!({ "rep_id": 7 }), "rep_id"),
        (
            "address.postalCode",
            json!({ "address": { "street": "12 Oak St", "zip": 78704 } }),
            "address.zip",
        ),
        (
            "address.street",
            json!({ "Address": "12 Oak St", "City": "Austin" }),
            "Address",
        ),
        ("subject", json!({ "pin": 81723 }), "pin"),
        ("id", json!({ "id": 5 }), "id"),
        ("lead.consent", json!({ "SMS consent": "yes" }), "['SMS consent']"),
    ];
    for (field, payload, place) in table {
        assert_eq!(
            place_of(field, &payload).as_deref(),
            Some(place),
            "{field} of {payload}"
        );
    }
}

#[test]
fn what_is_of_somebody_else_is_not_taken_for_the_visit() {
    let table = [
        (
            "startTime",
            json!({ "created_at": "2030-06-04T10:00:00Z", "submitted": "2030-06-04T10:00:00Z" }),
        ),
        ("startTime", json!({ "birthday": "2030-06-04T10:00:00Z" })),
        ("lead.email", json!({ "rep": { "email": "dana@example.com" } })),
        ("lead.phone", json!({ "company": { "phone": "(512) 555-0100" } })),
        (
            "lead.name",
            json!({ "company_name": "Hill Country Roofing", "setter": "Marcus Bell" }),
        ),
        ("address", json!({ "location": { "address": "1 Main St" } })),
        ("lead.phone", json!({ "phone": "ann@example.com" })),
        ("startTime", json!({ "start_time": "soon" })),
    ];
    for (field, payload) in table {
        assert_eq!(place_of(field, &payload), None, "{field} of {payload}");
    }
}

#[test]
fn the_closer_comes_and_the_setter_is_left_to_look_at() {
    let payload = json!({ "setter_name": "Marcus Bell", "closer_name": "Dana Whitfield" });
    assert_eq!(place_of("rep.name", &payload).as_deref(), Some("closer_name"));
    let left: Vec<_> = draft(&payload).left.into_iter().map(|left| left.path).collect();
    assert_eq!(left, ["setter_name"]);
}

#[test]
fn several_phones_are_tried_one_after_the_other() {
    let payload =
        json!({ "home_phone": "(512) 555-0143", "mobile": "(512) 555-0142", "office_phone": "(512) 555-0144" });
    let expected = json!(["mobile", "home_phone"]).to_string();
    assert_eq!(place_of("lead.phone", &payload), Some(expected));
}

#[test]
fn what_stands_for_nothing_is_no_reason_against_a_place() {
    let payload = json!({ "mobile": "N/A", "home_phone": "(512) 555-0143" });
    let expected = json!(["mobile", "home_phone"]).to_string();
    assert_eq!(place_of("lead.phone", &payload), Some(expected));
}

#[test]
fn a_question_that_asks_for_nothing_but_the_time_is_that_of_the_visit() {
    for key in ["when", "When?", "When would you like us to come?"] {
        let path = place_of("startTime", &json!({ key: "2030-06-04 10:00" }));
        assert!(path.is_some_and(|path| path.contains(&key[..4])), "{key}");
    }
}

#[test]
fn what_a_booking_needs_and_is_not_there_is_said() {
    let missing = draft(&json!({ "colour": "red" })).missing.join("\n");
    for part in ["`startTime`", "`lead.phone` or `lead.email`", "`[source] id`"] {
        assert!(missing.contains(part), "{missing}");
    }
    let local = draft(&json!({ "start_time": "2030-06-04 10:00", "phone": "(512) 555-0142", "id": 1 })).missing;
    assert!(
        matches!(local.as_slice(), [only] if only.contains("time_zone")),
        "{local:?}"
    );
}

#[test]
fn a_draft_is_toml_whatever_stands_in_the_payload() {
    let hostile = "x\u{1b}[2J\r\n] = \"\"\" '\\ #\u{202e}";
    let payload = json!({
        format!("phone {hostile}"): "(512) 555-0142", "start_time": format!("2030-06-04 10:00 {hostile}"),
        hostile: hostile, "notes": hostile, "email": "ann@example.com",
    });
    let toml = draft(&payload).toml;
    let read: toml::Value = toml::from_str(&toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    assert!(read.get("source").is_some(), "{toml}");
    assert!(toml.lines().all(crate::text::is_printable), "{toml:?}");
}
