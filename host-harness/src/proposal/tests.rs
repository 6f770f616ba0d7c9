use super::*;
use knockcal::recipe::{Configuration, Severity};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The situations whose configuration is what is proposed for their payload. That it books them `tests/cases.rs` shows.
const PROPOSED: [&str; 7] = [
    "payload-of-a-form-tool",
    "payload-of-a-form-tool-in-a-list-of-answers",
    "payload-of-a-voice-agent",
    "payload-of-a-ghl-workflow",
    "payload-of-a-crm-export",
    "payload-of-a-lead-ad",
    "payload-of-a-crm-with-an-owner",
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

/// Everything of a proposal for a field that should be looked at.
fn flagged(field: &str, payload: &Value) -> bool {
    let fields = draft(payload).fields.into_iter();
    fields.filter(|of| of.field == field).any(|of| of.is_likely_only)
}

#[test]
fn nobody_else_is_taken_for_the_lead() {
    let (phone, other) = ("(512) 555-0142", "(512) 555-0199");
    let table = [
        (
            "lead.phone",
            json!({ "Owner": { "Phone": other }, "Phone": phone }),
            Some("Phone"),
        ),
        (
            "lead.phone",
            json!({ "Lead Owner Phone": other, "Phone": phone }),
            Some("Phone"),
        ),
        (
            "lead.phone",
            json!({ "spouse": { "phone": other }, "phone": phone }),
            Some("phone"),
        ),
        (
            "lead.phone",
            json!({ "customer": { "phone": "" }, "agent": { "phone": other } }),
            Some("customer.phone"),
        ),
        ("lead.phone", json!({ "adjuster": { "phone": other } }), None),
        ("lead.email", json!({ "referred_by": { "email": "bo@x.com" } }), None),
        ("lead.email", json!({ "creator": { "email": "dana@x.com" } }), None),
        ("lead.phone", json!({ "technicians": [{ "phoneNumber": other }] }), None),
        (
            "lead.email",
            json!({ "attendees": [{ "email": "d@x.com", "organizer": true }, { "email": "a@x.org" }] }),
            Some("attendees[1].email"),
        ),
        (
            "rep.name",
            json!({ "attendees": [{ "email": "d@x.com", "organizer": true }] }),
            None,
        ),
        (
            "rep.name",
            json!({ "Lead Owner": "Dana Whitfield" }),
            Some("['Lead Owner']"),
        ),
    ];
    for (field, payload, place) in table {
        assert_eq!(place_of(field, &payload).as_deref(), place, "{field} of {payload}");
    }
    for payload in [
        json!({ "owner_phone": phone }),
        json!({ "architect": { "phone": phone } }),
    ] {
        assert!(place_of("lead.phone", &payload).is_some(), "{payload}");
        assert!(flagged("lead.phone", &payload), "{payload}");
    }
}

#[test]
fn a_time_of_something_else_is_not_that_of_the_visit_or_is_flagged() {
    let (visit, other) = ("2030-06-04 10:00", "2030-06-01 09:00");
    let table = [
        (
            json!({ "eventDateTime": other, "initialAppointment": { "startDate": visit } }),
            "initialAppointment.startDate",
        ),
        (
            json!({ "previous": { "start_time": other }, "new_start": visit }),
            "new_start",
        ),
        (
            json!({ "Appointment_Date_Time__c": visit, "CreatedDate": other }),
            "Appointment_Date_Time__c",
        ),
        (
            json!({ "date_start": "1906786800", "date_created": "1906700000" }),
            "date_start",
        ),
        (
            json!({ "hs_meeting_start_time": visit, "hs_timestamp": other }),
            "hs_meeting_start_time",
        ),
    ];
    for (payload, place) in table {
        assert_eq!(place_of("startTime", &payload).as_deref(), Some(place), "{payload}");
        assert!(!flagged("startTime", &payload), "{payload}");
    }
    let lone = json!({ "eventDateTime": other });
    assert!(flagged("startTime", &lone), "{lone}");
    let call = json!({ "appointment": visit, "duration": "95" });
    assert!(flagged("durationMinutes", &call), "{call}");
}

#[test]
fn a_place_of_something_else_is_not_that_of_the_visit_or_is_flagged() {
    let called = json!({ "ToCity": "DALLAS", "ToZip": "75201" });
    assert_eq!(place_of("address.city", &called), None);
    let parts = json!({ "street1": "12 Oak St", "street2": "Apt 4", "city": "Austin" });
    assert_eq!(place_of("address.unit", &parts).as_deref(), Some("street2"));
    let numbered = json!({ "Street Number": "12", "Street": "Oak St", "City": "Austin", "ST": "TX" });
    let expected = r#"{"expression":"data['Street Number'] ~ ' ' ~ Street"}"#;
    assert_eq!(place_of("address.street", &numbered).as_deref(), Some(expected));
    assert_eq!(place_of("address.state", &numbered).as_deref(), Some("ST"));
    let mailing = json!({ "mailing": { "street": "1 Main St", "city": "Dallas" } });
    assert!(flagged("address.city", &mailing), "{mailing}");
}

#[test]
fn a_word_for_a_zone_is_read_behind_the_time() {
    let payload = json!({ "date": "6/13/2030", "time": "10:00 AM", "Time Zone": "EST" });
    let expected = r#"{"expression":"date ~ ' ' ~ time ~ ' ' ~ data['Time Zone']"}"#;
    assert_eq!(place_of("startTime", &payload).as_deref(), Some(expected));
    assert!(flagged("startTime", &payload), "{payload}");
    let named = json!({ "startsAt": "2030-06-04 10:00", "Time Zone": "America/Chicago" });
    assert_eq!(place_of("timeZone", &named).as_deref(), Some("['Time Zone']"));
}

#[test]
fn the_id_of_a_person_is_shown_and_not_taken_for_the_subject() {
    let toml = draft(&json!({ "id": "e-1", "customer": { "id": "c-1" } })).toml;
    assert!(
        toml.contains("# subject = \"customer.id\"  # c-1  (the id of a person"),
        "{toml}"
    );
    let toml = draft(&json!({ "id": "e-1", "lead_id": "l-1" })).toml;
    assert!(toml.contains("\nsubject = \"lead_id\""), "{toml}");
}

#[test]
fn a_name_in_one_part_counts_where_its_parts_are_empty() {
    let payload = json!({ "first_name": null, "last_name": null, "name": "Ann Lee" });
    assert_eq!(proposed(&payload), [("lead.name", "name".to_owned())]);
}

#[test]
fn answers_of_form_tools_are_found() {
    let typeform = json!({ "form_response": {
        "definition": { "fields": [{ "ref": "r1", "title": "What is your full name?" }, { "ref": "r2", "title": "Phone?" }] },
        "answers": [
            { "type": "text", "text": "Ann Lee", "field": { "ref": "r1" } },
            { "type": "text", "text": "Red", "field": { "ref": "r3" } },
            { "type": "phone_number", "phone_number": "+15125550142", "field": { "ref": "r2" } },
        ],
    } });
    let google = json!({ "namedValues": { "Full Name": ["Ann Lee"] } });
    let tally = json!({ "fields": [{ "key": "q_1", "label": "Full name", "value": "Ann Lee" }] });
    let elementor = json!({ "fields": { "field_1": { "title": "Name", "value": "Ann Lee", "raw_value": "Ann Lee" } } });
    let facebook = json!({ "field_data": [{ "name": "full_name", "values": ["Ann Lee"] }] });
    let table = [
        (&typeform, "form_response.answers[0].text"),
        (&google, "namedValues['Full Name'][0]"),
        (&tally, r#"{"expression":"fields|find('key', 'q_1')|get('value')"}"#),
        (&elementor, "fields.field_1.value"),
        (
            &facebook,
            r#"{"expression":"field_data|find('name', 'full_name')|get('values')|first"}"#,
        ),
    ];
    for (payload, place) in table {
        assert_eq!(place_of("lead.name", payload).as_deref(), Some(place), "{payload}");
    }
    assert!(flagged("lead.name", &typeform) && !flagged("lead.phone", &typeform));
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
