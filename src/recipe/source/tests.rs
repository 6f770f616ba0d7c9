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

/// Code and message of each warning about a payload.
fn said(fields: Value, data: &Value) -> Vec<String> {
    let event = event(fields, data).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let said = event.warnings.iter();
    said.map(|warning| format!("{}: {}", warning.code, warning.message))
        .collect()
}

#[test]
fn of_several_places_the_first_that_says_something_counts() {
    let table = [
        (json!({ "a": "", "b": "(512) 555-0144" }), "(512) 555-0144", vec![]),
        (json!({ "a": " ", "b": "(512) 555-0144" }), "(512) 555-0144", vec![]),
        (
            json!({ "a": "N/A", "b": "{{phone}}", "c": "(512) 555-0144" }),
            "(512) 555-0144",
            vec!["template-not-filled"],
        ),
        (
            json!({ "a": "none", "b": null, "c": "(512) 555-0144" }),
            "(512) 555-0144",
            vec![],
        ),
        (json!({ "a": "0", "b": "(512) 555-0144" }), "(512) 555-0144", vec![]),
        (
            json!({ "a": "555-5555", "b": "(512) 555-0144" }),
            "+15125550144",
            vec!["phone-partly-used"],
        ),
        (
            json!({ "a": "(512) 555-0142", "b": "(512) 555-0144" }),
            "(512) 555-0142",
            vec![],
        ),
    ];
    for (mut posted, phone, codes) in table {
        for (name, value) in [
            ("id", "1"),
            ("mail", "ann@example.com"),
            ("day", "null"),
            ("at", "2030-06-04T10:00:00-05:00"),
        ] {
            posted[name] = value.into();
        }
        let fields = json!({ "startTime": ["day", "at"], "lead.phone": ["a", "b", "c"], "lead.email": "mail", "lead.name": { "value": "Ann" } });
        let event = event(fields, &posted).unwrap_or_else(|wrong| panic!("{posted}: {wrong:?}"));
        assert_eq!(lead(&event)["phone"], phone, "{posted}");
        let found: Vec<_> = event.warnings.iter().map(|warning| warning.code.as_str()).collect();
        assert_eq!(found, codes, "{posted}");
    }
}

#[test]
fn what_stands_unused_beside_what_is_read_is_named_at_any_depth() {
    let posted = json!({
        "id": "1", "extra": 1,
        "q": { "when": "2030-06-04T10:00:00", "tel": "(512) 555-0142", "colour": "red", "timezone": "America/New_York", "gone": "" },
        "list": [{ "mail": "ann@example.com", "who": "Ann" }, { "mail": "bob@example.com" }],
    });
    let fields = json!({ "startTime": "q.when", "lead.phone": "q.tel", "lead.email": "data.list[0].mail", "lead.name": { "value": "Ann" } });
    let expected = "field-not-used: 5 fields are not known and not used: `extra`, `q.timezone`, `list['0'].who`, `list['1']`, \
                    `q.colour`";
    let zone = "zone-not-used: `q.timezone` says America/New_York and is not used: the visit is on Tuesday, June 4, 10:00 AM \
                (America/Chicago); write `\"timeZone\" = \"q.timezone\"` in `[source.fields]` if its times are by those clocks";
    assert_eq!(said(fields, &posted), [expected, zone]);
    let whole = json!({ "startTime": "q.when", "lead.phone": "q.tel", "lead.name": { "value": "Ann" }, "notes": { "expression": "q.timezone ~ q.colour ~ list|length" } });
    assert_eq!(said(whole, &posted), ["field-not-used: `extra` is not known"]);
}

#[test]
fn fields_of_an_event_that_the_configuration_does_not_name_are_said_to_be_used() {
    let posted = json!({
        "id": "1", "at": "2030-06-04T10:00:00-05:00", "tel": "(512) 555-0142", "duration": 240, "notes": "Dog",
        "road": "12 Oak St", "address": { "city": "El Paso", "unit": "" },
    });
    let fields = json!({ "startTime": "at", "lead.phone": "tel", "address.street": "road" });
    let expected = "field-assumed: `duration`, `address.city`: used as posted, though `[source.fields]` does not name it; \
                    write `\"duration\" = \"duration\"` there if that is right, else `\"duration\" = { value = \"\" }`";
    assert!(said(fields, &posted).contains(&expected.to_owned()));
    let fields = json!({
        "startTime": "at", "lead.phone": "tel", "address.street": "road", "address.city": "address.city",
        "duration": { "value": "" }, "lead.name": { "value": "Ann" },
    });
    assert_eq!(said(fields, &posted), Vec::<String>::new());
}

#[test]
fn an_expression_without_an_else_that_yields_nothing_is_a_warning() {
    let mut posted = visit();
    posted["prod"] = "solar".into();
    let fields =
        |calendar: Value| json!({ "startTime": "at", "lead.phone": "customer.mobile", "calendarName": calendar });
    let found = event(fields(json!({ "expression": "'Dana' if prod == 'Solar'" })), &posted).unwrap();
    let message = "`calendarName` is left out: `'Dana' if prod == 'Solar'` makes nothing of `solar`";
    assert_eq!(warned(&found), [("mapping-empty", "/data/prod", message)]);
    for calendar in [
        json!({ "expression": "'Dana' if prod == 'Solar'", "optional": true }),
        json!({ "expression": "'Dana' if prod == 'Solar' else none" }),
        json!({ "expression": "'Dana' if prod == 'solar'" }),
    ] {
        assert_eq!(
            warned(&event(fields(calendar.clone()), &posted).unwrap()),
            [],
            "{calendar}"
        );
    }
}

#[test]
fn an_answer_that_is_there_twice_is_a_warning() {
    let mut posted = visit();
    posted["answers"] =
        json!([{ "key": "when", "value": 1 }, { "key": "When", "value": 2 }, { "key": "size", "value": 3 }]);
    let notes = |expression: &str| {
        let notes = json!({ "expression": expression });
        json!({ "startTime": "at", "lead.phone": "customer.mobile", "lead.email": "customer.email", "notes": notes })
    };
    let expected =
        "ambiguous-entry: `notes`: `answers` has several entries for `when` that differ, and the first one is used";
    let found = |expression: &str| {
        let said = said(notes(expression), &posted);
        said.into_iter()
            .filter(|said| said.starts_with("ambiguous"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("answers|find('key', 'when')|get('value')"), [expected]);
    assert_eq!(found("answers|find('key', 'size')|get('value')"), Vec::<String>::new());
}

#[test]
fn a_payload_that_says_that_it_is_off_is_a_warning() {
    for (name, value, is_off) in [
        ("event", json!("invitee.canceled"), true),
        ("Status", json!("Cancelled"), true),
        ("triggerEvent", json!("BOOKING_CANCELLED"), true),
        ("is_deleted", json!(true), true),
        ("payload", json!({ "status": "canceled" }), true),
        ("status", json!("not cancelled"), false),
        ("status", json!("confirmed"), false),
        ("cancelled", json!(false), false),
        ("note", json!("cancelled"), false),
    ] {
        let mut posted = visit();
        posted[name] = value.clone();
        let fields = json!({ "startTime": "at", "lead.phone": "customer.mobile" });
        let is_said = said(fields, &posted)
            .iter()
            .any(|said| said.starts_with("status-not-used: "));
        assert_eq!(is_said, is_off, "{name} {value}");
    }
}

#[test]
fn a_word_for_no_in_a_condition_is_a_warning() {
    let configuration = json!({
        "location_id": "here", "time_zone": "America/Chicago", "calendar_id": "c",
        "routing": [{ "when": "not (lead.email or data.hoa)", "calendar_id": "d" }],
    });
    let configuration = Configuration::read(&configuration.to_string()).unwrap();
    for (hoa, is_doubtful) in [("No", true), ("0", true), ("false", false), ("yes", false), ("", false)] {
        let data = json!({ "startTime": "2030-06-04T10:00:00", "lead": { "phone": "(512) 555-0142" }, "hoa": hoa });
        let event = configuration.event(&incoming(&data), &[]).unwrap();
        let is_said = event
            .warnings
            .iter()
            .any(|warning| warning.code == "condition-doubtful");
        assert_eq!(is_said, is_doubtful, "{hoa}");
        let mut posted = visit();
        posted["hoa"] = hoa.into();
        for (expression, decides) in [
            ("'a' if hoa else 'b'", true),
            ("hoa or 'b'", false),
            ("hoa ~ '!'", false),
        ] {
            let fields =
                json!({ "startTime": "at", "lead.phone": "customer.mobile", "notes": { "expression": expression } });
            let is_said = said(fields, &posted)
                .iter()
                .any(|said| said.starts_with("condition-doubtful"));
            assert_eq!(is_said, decides && is_doubtful, "{expression} {hoa}");
        }
    }
}
