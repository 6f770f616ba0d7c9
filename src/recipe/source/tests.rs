use serde_json::{Value, json};

use super::*;
use crate::document::Document;

fn configuration(source: Value) -> Configuration {
    let json = json!({ "location_id": "here", "time_zone": "America/Chicago", "calendar_id": "c", "source": source });
    Configuration::read(&json.to_string()).unwrap()
}

fn incoming(data: &Value) -> Incoming {
    Incoming {
        id: None,
        trigger: "knocker.lead_booked".to_owned(),
        subject: Some("pin-1".to_owned()),
        occurred_at: "2030-06-01T10:00:00-05:00".to_owned(),
        expires_at: None,
        notify: true,
        data_json: data.to_string(),
    }
}

fn event(fields: Value, data: &Value) -> Result<Event, Vec<Problem>> {
    configuration(json!({ "id": "id", "fields": fields })).event(&incoming(data), &[])
}

fn lead(event: &Event) -> Value {
    match &event.happening {
        crate::knock::Happening::LeadBooked(booked) => booked.lead.fields().into(),
        _ => Value::Null,
    }
}

/// Code, pointer and message of each warning about a mapping.
fn warned(event: &Event) -> Vec<(&str, &str, &str)> {
    let warnings = event.warnings.iter();
    warnings
        .filter(|warning| warning.code.starts_with("mapping"))
        .map(|warning| {
            let pointer = warning.pointer.as_deref().unwrap_or_default();
            (warning.code.as_str(), pointer, warning.message.as_str())
        })
        .collect()
}

fn problems(problems: &[Problem]) -> Vec<(Document, &str, &str, &str)> {
    let problems = problems.iter();
    problems
        .map(|problem| {
            (
                problem.document,
                problem.code,
                problem.pointer.as_str(),
                problem.message.as_str(),
            )
        })
        .collect()
}

fn visit() -> Value {
    json!({
        "id": "1", "at": "2030-06-04T10:00:00-05:00",
        "customer": { "mobile": "(512) 555-0142", "first-name": "Ann", "Last Name": "Lee", "email": null, "note": "" },
        "answers": [{ "key": "phone", "value": "(512) 555-0143" }, { "key": "mail", "value": "ann@example.com" }],
    })
}

#[test]
fn a_field_is_found_however_its_place_is_written() {
    let table = [
        json!("customer.mobile"),
        json!("data.customer.mobile"),
        json!("data['customer']['mobile']"),
        json!(["customer.cell", "customer.mobile"]),
        json!({ "from": "customer.mobile", "optional": true }),
        json!({ "expression": "customer['mobile']" }),
        json!({ "expression": "data.customer.mobile|trim" }),
    ];
    for phone in table {
        let fields = json!({ "startTime": "at", "lead.phone": phone });
        let event = event(fields, &visit()).unwrap_or_else(|wrong| panic!("{phone}: {wrong:?}"));
        assert_eq!(lead(&event)["phone"], "(512) 555-0142", "{phone}");
        assert_eq!(warned(&event), [], "{phone}");
    }
    let by_key = json!({
        "startTime": "at", "lead.firstName": "customer.first-name", "lead.lastName": "customer.Last Name",
        "lead.phone": { "expression": "answers|find('key', 'phone')|get('value')" }, "lead.email": "answers[-1].value",
    });
    let found = event(by_key, &visit()).unwrap();
    let expected = json!({
        "fullName": "Ann Lee", "firstName": "Ann", "lastName": "Lee", "phone": "(512) 555-0143", "email": "ann@example.com",
    });
    assert_eq!(lead(&found), expected);
}

#[test]
fn what_is_posted_under_data_comes_before_what_was_posted_itself() {
    let mut posted = visit();
    posted["data"] = json!({ "customer": { "mobile": "(512) 555-0199" } });
    let fields = json!({ "startTime": "at", "lead.phone": "data.customer.mobile" });
    assert_eq!(lead(&event(fields, &posted).unwrap())["phone"], "(512) 555-0199");
}

#[test]
fn names_without_quotes_make_tables_and_mean_the_same() {
    let fields = json!({ "startTime": "at", "lead": { "phone": "customer.mobile", "name": { "value": "Ann" } } });
    let event = event(fields, &visit()).unwrap();
    assert_eq!(
        lead(&event),
        json!({ "phone": "(512) 555-0142", "name": "Ann", "fullName": "Ann" })
    );
}

#[test]
fn a_field_that_events_do_not_have_is_refused_with_what_was_meant() {
    let table = [
        (
            "lead.phon",
            "`lead.phon` is not a field of an event; did you mean `lead.phone`?",
        ),
        (
            "startime",
            "`startime` is not a field of an event; did you mean `startTime`?",
        ),
        (
            "lead.shoeSize",
            "`lead.shoeSize` is not a field of an event; write one like `lead.firstName`, `lead.lastName`, `lead.name`, \
             `lead.phone`, `lead.email`, `lead.consent` (`knock catalog` shows the fields of each trigger)",
        ),
    ];
    for (field, message) in table {
        let json = json!({ "location_id": "here", "calendar_id": "c", "source": { "fields": { field: "x" } } });
        let found = Configuration::read(&json.to_string()).unwrap_err();
        let pointer = format!("/source/fields/{field}");
        let expected = [(Document::Configuration, "unknown-field", pointer.as_str(), message)];
        assert_eq!(problems(&found), expected);
    }
    for field in [
        "lead.consent.sms",
        "rep",
        "rep.id",
        "address.street",
        "attendees",
        "busy",
        "status",
    ] {
        assert_eq!(target(field), Ok(()), "{field}");
    }
}

#[test]
fn one_absent_place_is_a_warning_that_says_what_there_is() {
    let fields = |email: &str| json!({ "startTime": "at", "lead.phone": "customer.mobile", "lead.email": email });
    let table = [
        (
            "customer.emial",
            "/data/customer",
            "`lead.email` is left out: nothing stands at `customer.emial`; did you mean `customer.email`?",
        ),
        (
            "customer.web.site",
            "/data/customer",
            "`lead.email` is left out: nothing stands at `customer.web.site`; `customer` has `Last Name`, `email`, \
             `first-name`, `mobile`, `note`",
        ),
        (
            "person.mobile",
            "/data",
            "`lead.email` is left out: nothing stands at `person.mobile`; did you mean `customer.mobile`?",
        ),
        (
            "web",
            "/data",
            "`lead.email` is left out: nothing stands at `web`; what was posted has `answers`, `at`, `customer`, `id`",
        ),
        (
            "answers[2].value",
            "/data/answers",
            "`lead.email` is left out: nothing stands at `answers[2].value`; `answers` is a list of 2",
        ),
        (
            "at.day",
            "/data/at",
            "`lead.email` is left out: nothing stands at `at.day`; `at` is text",
        ),
    ];
    for (path, pointer, message) in table {
        let event = event(fields(path), &visit()).unwrap();
        assert_eq!(warned(&event), [("mapping-empty", pointer, message)], "{path}");
    }
}

#[test]
fn several_absent_places_are_one_warning() {
    let fields = json!({
        "startTime": "at", "lead.phone": "customer.mobile", "lead.email": "customer.emial", "notes": "door.note",
    });
    let event = event(fields, &visit()).unwrap();
    let message = "nothing stands at `customer.emial` (for `lead.email`, did you mean `customer.email`?), `door.note` (for \
                   `notes`, did you mean `customer.note`?)";
    assert_eq!(warned(&event), [("mapping-empty", "", message)]);
}

#[test]
fn what_may_be_absent_or_is_empty_is_no_warning() {
    let table = [
        json!({ "from": "customer.emial", "optional": true }),
        json!({ "expression": "customer.emial", "optional": true }),
        json!(["customer.emial", "customer.male"]),
        json!({ "from": "customer.emial", "as": "default('ann@example.com')" }),
        json!({ "expression": "customer.emial or customer.male" }),
        json!("customer.email"),
        json!("customer.note"),
        json!({ "expression": "customer.email|lower" }),
    ];
    for email in table {
        let fields = json!({ "startTime": "at", "lead.phone": "customer.mobile", "lead.email": email });
        assert_eq!(warned(&event(fields, &visit()).unwrap()), [], "{email}");
    }
}

#[test]
fn a_mapping_that_fails_or_makes_nothing_of_something_is_a_warning_at_its_place() {
    let fields = json!({
        "startTime": "at", "lead.phone": "customer.mobile",
        "lead.email": { "from": "customer.first-name", "as": "e164" },
        "notes": { "expression": "answers|find('key', 'note')|get('value')" },
        "description": { "expression": "customer.mobile + 1" },
    });
    let event = event(fields, &visit()).unwrap();
    let expected = [
        (
            "mapping-failed",
            "/data/customer/mobile",
            "`description` is left out: `customer.mobile` is text, and this is for numbers; texts are joined by `~`",
        ),
        (
            "mapping-empty",
            "/data/customer/first-name",
            "`lead.email` is left out: `customer['first-name'] as e164` makes nothing of `Ann`",
        ),
        (
            "mapping-empty",
            "/data/answers",
            "`notes` is left out: `answers|find('key', 'note')|get('value')` makes nothing of a list",
        ),
    ];
    assert_eq!(warned(&event), expected);
}

#[test]
fn a_wanted_field_whose_mapping_yields_nothing_names_the_mapping_and_what_was_meant() {
    let wrong = |fields: Value| event(fields, &visit()).unwrap_err();
    let found = wrong(json!({ "startTime": "ad", "lead.phone": "customer.mobile" }));
    let message =
        "`startTime` is missing: nothing stands at `ad`; what was posted has `answers`, `at`, `customer`, `id`";
    assert_eq!(problems(&found), [(Document::Event, "mapping-empty", "/data", message)]);

    let found = wrong(json!({ "startTime": "customer.mobil", "lead.phone": "customer.mobile" }));
    let message = "`startTime` is missing: nothing stands at `customer.mobil`; did you mean `customer.mobile`?";
    let place = "/source/fields/startTime";
    assert_eq!(
        problems(&found),
        [(Document::Configuration, "mapping-empty", place, message)]
    );

    let found = wrong(json!({ "startTime": { "from": "at", "as": "number" }, "lead.phone": "customer.mobile" }));
    let message = "`startTime` cannot be worked out: `number`: `2030-06-04T10:00:00-05:00` is no number";
    assert_eq!(
        problems(&found),
        [(Document::Event, "mapping-failed", "/data/at", message)]
    );

    let found = wrong(json!({ "startTime": "at", "lead.phone": ["customer.mobil", "customer.cell"] }));
    let places: Vec<_> = found
        .iter()
        .map(|problem| (problem.code, problem.pointer.as_str()))
        .collect();
    assert!(
        places.contains(&("mapping-empty", "/source/fields/lead.phone")),
        "{places:?}"
    );
    assert!(places.contains(&("mapping-empty", "/data/customer")), "{places:?}");
}

#[test]
fn a_problem_points_at_the_place_that_counted() {
    let mut posted = visit();
    posted["when"] = json!([{ "from": "Tuesday" }]);
    let found = event(
        json!({ "startTime": "customer.email", "lead.phone": "customer.mobile" }),
        &posted,
    );
    assert_eq!(found.unwrap_err()[0].pointer, "/data/customer/email");
    for (start, pointer) in [
        (json!(["starts", "when[0].from"]), "/data/when/0/from"),
        (json!(["starts", "when[-1].from"]), "/data/when/0/from"),
        (json!({ "expression": "data.when[0].from|trim" }), "/data/when/0/from"),
    ] {
        let found = event(json!({ "startTime": start, "lead.phone": "customer.mobile" }), &posted).unwrap_err();
        assert_eq!(found[0].pointer, pointer, "{start}");
    }
}

#[test]
fn an_id_that_does_not_stand_where_the_configuration_says_is_a_warning() {
    let configuration = configuration(json!({ "id": "customer.uuid", "fields": {
        "startTime": "at", "lead.phone": "customer.mobile",
    } }));
    let event = configuration.event(&incoming(&visit()), &[]).unwrap();
    let message = "`id` of `[source]`: nothing stands at `customer.uuid`; `customer` has `Last Name`, `email`, `first-name`, \
                   `mobile`, `note`";
    assert!(
        warned(&event).contains(&("mapping-empty", "/data/customer", message)),
        "{:?}",
        event.warnings
    );
}

#[test]
fn a_field_within_a_text_is_left_out_and_a_text_that_is_replaced_is_named() {
    let fields = json!({
        "startTime": "at", "lead.phone": "customer.mobile", "address": "where", "address.city": "town",
    });
    let mut posted = visit();
    posted["where"] = "12 Oak St, Austin, TX 78704".into();
    posted["town"] = "Austin".into();
    let both = event(fields, &posted).unwrap();
    let message = "`address.city` is left out: `address` is text here, so it has no fields";
    assert_eq!(warned(&both), [("mapping-failed", "/data/town", message)]);

    let fields = json!({ "startTime": "at", "lead.phone": "customer.mobile", "address.city": "town" });
    posted["address"] = "12 Oak St".into();
    let replaced = event(fields, &posted).unwrap();
    let message = "`address` is text, and `address.city` of `[source.fields]` takes its place; map it, too";
    assert!(
        replaced.warnings.iter().any(|warning| warning.message == message),
        "{:?}",
        replaced.warnings
    );

    let fields = json!({ "startTime": "at", "lead.phone": "customer.mobile", "lead.name": "lead" });
    posted["lead"] = "Ann Lee".into();
    let used = event(fields, &posted).unwrap();
    assert_eq!(lead(&used)["name"], "Ann Lee");
    assert!(
        used.warnings
            .iter()
            .all(|warning| warning.pointer.as_deref() != Some("/data/lead")),
        "{:?}",
        used.warnings
    );
}
