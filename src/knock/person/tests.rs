use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::Document;
use crate::knock::{Junk, Offsets, Source, WrittenTimes, Zones};

fn settings() -> Settings {
    let mut junk = Junk::default();
    junk.add("*@door.example").unwrap();
    Settings {
        time_zone: None,
        zones: Zones::default(),
        junk,
        keeps_pins: false,
        calling_code: "1".to_owned(),
        roster: Vec::new(),
        team: Vec::new(),
        source: Source::default(),
        times: WrittenTimes::default(),
        offsets: Offsets::default(),
        used: Vec::new(),
        named: Vec::new(),
    }
}

fn read(value: &Value) -> (Person, Vec<String>) {
    let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
    let fields = Object::root(value, &problems).unwrap();
    let person = Person::read(&fields, &settings(), &mut warnings);
    assert!(problems.are_none());
    (person, warnings.into_iter().map(|warning| warning.code).collect())
}

fn ann() -> Person {
    Person {
        name: Some("Ann Lee".to_owned()),
        email: Some("ann@example.com".to_owned()),
        phone: Some("512-555-0142".to_owned()),
        ..Person::default()
    }
}

#[test]
fn fields_of_other_names_are_read_and_are_not_unknown() {
    for posted in [
        json!({ "name": "Ann Lee", "email": "ann@example.com", "phone": "512-555-0142" }),
        json!({ "displayName": "Ann Lee", "emailAddress": "ann@example.com", "phoneNumber": "512-555-0142" }),
        json!({ "fullName": "Ann Lee", "email_address": "ann@example.com", "mobile": "512-555-0142" }),
        json!({ "full_name": "Ann Lee", "E-Mail": "ann@example.com", "Cell Phone": "512-555-0142" }),
        json!({ "Contact Name": "Ann Lee", "mail": "ann@example.com", "telephone": "512-555-0142" }),
        json!({ "name": "Ann Lee", "emails": ["ann@example.com"], "phones": [{ "type": "mobile", "number": "512-555-0142" }] }),
        json!({ "emailAddress": { "name": "Ann Lee", "address": "ann@example.com" }, "tel": "512-555-0142" }),
        json!({ "name": "Ann Lee", "email": "Ann Lee <ann@example.com>", "phone": "", "cell": "512-555-0142" }),
        json!({ "name": "Ann Lee", "email": "ann@example.com", "phone": "n/a", "mobile": "512-555-0142" }),
        json!({ "email": "Ann Lee <ann@example.com>", "phone": "512-555-0142", "mobile": "+1 (512) 555-0142" }),
    ] {
        assert_eq!(read(&posted), (ann(), Vec::new()), "{posted}");
    }
}

#[test]
fn names_are_read_whole_and_in_parts() {
    let name = |posted: Value| {
        let person = read(&posted).0;
        (
            person.first_name.clone(),
            person.last_name.clone(),
            person.name.clone(),
            person.whole_name(),
        )
    };
    let text = |text: &str| Some(text.to_owned());
    let parts = (text("Ann"), text("Lee"), None, text("Ann Lee"));
    for posted in [
        json!({ "firstName": "Ann", "lastName": "Lee" }),
        json!({ "given_name": "Ann", "family_name": "Lee" }),
        json!({ "first_name": "Ann", "Last Name": "Lee" }),
        json!({ "name": { "first": "Ann", "last": "Lee" } }),
    ] {
        assert_eq!(name(posted.clone()), parts, "{posted}");
    }
    assert_eq!(
        name(json!({ "name": "Lee, Ann" })),
        (text("Ann"), text("Lee"), text("Ann Lee"), text("Ann Lee"))
    );
    for written in ["Mrs. Ann Lee", "ANN LEE JR.", "Ann & Bob Lee", "Dr. Ann Lee, MD"] {
        assert_eq!(
            name(json!({ "name": written })),
            (None, None, text(written), text(written))
        );
    }
}

#[test]
fn two_names_of_one_person_are_one_name_or_a_warning() {
    for (posted, first, last, whole, left_out) in [
        (
            json!({ "name": "Bob Ray", "firstName": "Ann", "lastName": "Lee" }),
            "Ann",
            "Lee",
            "Ann Lee",
            "Bob Ray",
        ),
        (
            json!({ "name": "Bob Ray", "fullName": "Ann Lee" }),
            "",
            "",
            "Bob Ray",
            "Ann Lee",
        ),
        (
            json!({ "name": "John Lee Jr", "fullName": "John Lee Sr" }),
            "",
            "",
            "John Lee Jr",
            "John Lee Sr",
        ),
        (json!({ "firstName": "Ann", "name": "Lee" }), "Ann", "", "Ann", "Lee"),
        (
            json!({ "name": "Ann Lee", "fullName": "Lee, Ann" }),
            "",
            "",
            "Ann Lee",
            "",
        ),
        (json!({ "name": "Ann", "fullName": "Ann Lee" }), "", "", "Ann Lee", ""),
        (json!({ "name": "Ann", "lastName": "Lee" }), "Ann", "Lee", "Ann Lee", ""),
        (
            json!({ "name": "Ann Marie Lee", "firstName": "Ann" }),
            "Ann",
            "Marie Lee",
            "Ann Marie Lee",
            "",
        ),
        (
            json!({ "name": "Ann Lee", "lastName": "Lee" }),
            "Ann",
            "Lee",
            "Ann Lee",
            "",
        ),
        (
            json!({ "name": "Ann", "firstName": "Ann", "lastName": "Lee" }),
            "Ann",
            "Lee",
            "Ann Lee",
            "",
        ),
        (
            json!({ "name": "Ann & Bob Lee", "firstName": "Ann" }),
            "Ann",
            "",
            "Ann & Bob Lee",
            "",
        ),
        (
            json!({ "name": "Ann undefined", "firstName": "Ann", "lastName": "undefined" }),
            "Ann",
            "",
            "Ann",
            "",
        ),
        (json!({ "name": "null Lee" }), "", "", "Lee", ""),
        (
            json!({ "firstName": "Bob", "lastName": "Null" }),
            "Bob",
            "Null",
            "Bob Null",
            "",
        ),
        (
            json!({ "firstName": "Ann Lee", "lastName": "Ann Lee" }),
            "",
            "",
            "Ann Lee",
            "",
        ),
        (
            json!({ "firstName": "Ann Lee", "lastName": "Lee" }),
            "Ann",
            "Lee",
            "Ann Lee",
            "",
        ),
        (json!({ "firstName": "Lee, Ann" }), "Ann", "Lee", "Ann Lee", ""),
        (
            json!({ "firstName": "Lee", "lastName": "Lee" }),
            "Lee",
            "Lee",
            "Lee Lee",
            "",
        ),
        (
            json!({ "firstName": ["Ann"], "lastName": { "value": "Lee" } }),
            "Ann",
            "Lee",
            "Ann Lee",
            "",
        ),
    ] {
        let (person, codes) = read(&posted);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let read = (
            text(&person.first_name),
            text(&person.last_name),
            person.whole_name().unwrap(),
        );
        assert_eq!(read, (first.to_owned(), last.to_owned(), whole.to_owned()), "{posted}");
        assert_eq!(person.left_out.join(", "), left_out, "{posted}");
        assert_eq!(
            codes.contains(&"name-differs".to_owned()),
            !left_out.is_empty(),
            "{posted}"
        );
    }
}

#[test]
fn what_is_in_another_field_or_of_another_shape_is_read() {
    for posted in [
        json!({ "name": "Ann Lee", "phone": "ann@example.com", "email": "512-555-0142" }),
        json!({ "name": "ann@example.com", "fullName": "Ann Lee", "phone": "512-555-0142" }),
        json!({ "name": "Ann Lee 512-555-0142", "email": "ann@example.com" }),
        json!({ "name": ["Ann Lee"], "email": "ann@example.com", "phone": "512-555-0142" }),
        json!({ "name": { "full": "Ann Lee" }, "email": "ann@example.com", "phone": "512-555-0142" }),
        json!({ "name": { "value": "Ann Lee" }, "email": "ann@example.com", "phone": "512-555-0142" }),
        json!({ "name": { "given": "Ann", "family": "Lee" }, "email": "ann@example.com", "phone": "512-555-0142" }),
        json!({ "name": "Ann Lee", "email": "ann@example.com", "phones": [{ "type": "cell", "number": "512-555-0142" }] }),
        json!({ "company": "Ann Lee", "email": "ann@example.com", "phone": "512-555-0142" }),
    ] {
        let (person, codes) = read(&posted);
        let phone = person.phone.as_deref().and_then(|phone| e164(phone, "1"));
        assert_eq!(person.whole_name().as_deref(), Some("Ann Lee"), "{posted}");
        assert_eq!(
            (person.email.as_deref(), phone.as_deref()),
            (Some("ann@example.com"), Some("+15125550142")),
            "{posted}"
        );
        assert!(codes.is_empty() && person.left_out.is_empty(), "{posted}");
    }
    for (posted, codes) in [
        (json!({ "phone": "555-555-5555 / 512-555-0142" }), vec!["phone-junk"]),
        (json!({ "phone": "555-555-5555, 512-555-0142" }), vec!["phone-junk"]),
        (
            json!({ "phones": [{ "type": "Fax", "number": "512-555-0199" }, { "number": "512-555-0142" }] }),
            vec!["phone-partly-used"],
        ),
        (json!({ "phone": ["555-555-5555", "512-555-0142"] }), vec!["phone-junk"]),
    ] {
        let (person, found) = read(&posted);
        let phone = person.phone.as_deref().and_then(|phone| e164(phone, "1"));
        assert_eq!(
            (phone.as_deref(), found),
            (
                Some("+15125550142"),
                codes.iter().map(|code| (*code).to_owned()).collect()
            ),
            "{posted}"
        );
    }
    assert_eq!(read(&json!({ "name": { "nick": "Ann" } })).1[0], "invalid-name");
}

#[test]
fn what_is_left_out_is_kept_and_is_a_warning() {
    for (posted, left_out, codes) in [
        (
            json!({ "phone": "512-555-0142 x12" }),
            vec!["ext. 12"],
            vec!["phone-partly-used"],
        ),
        (
            json!({ "phone": "512-555-0142", "mobile": "512-555-0143" }),
            vec!["512-555-0143"],
            vec!["phone-partly-used"],
        ),
        (
            json!({ "phone": "512-555-014" }),
            vec!["phone 512-555-014"],
            vec!["phone-unusable"],
        ),
        (json!({ "phone": true }), vec!["phone true"], vec!["phone-unusable"]),
        (
            json!({ "phone": "5.12556E+09" }),
            vec!["phone 5.12556E+09"],
            vec!["phone-unusable"],
        ),
        (
            json!({ "email": "ann@@example.com" }),
            vec!["e-mail ann@@example.com"],
            vec!["email-unusable"],
        ),
        (
            json!({ "email": "a@x.com, b@y.com" }),
            vec!["b@y.com"],
            vec!["email-partly-used"],
        ),
        (
            json!({ "email": "ann@door.example" }),
            vec!["e-mail ann@door.example"],
            vec!["email-junk"],
        ),
        (
            json!({ "email": "no@email.com", "phone": "555-555-5555" }),
            vec![],
            vec!["email-junk", "phone-junk"],
        ),
        (
            json!({ "email": "no@email.com, ann@example.com" }),
            vec![],
            vec!["email-junk"],
        ),
        (json!({ "phone": "no phone" }), vec![], vec!["phone-unusable"]),
        (json!({ "phone": 0 }), vec![], vec!["phone-junk"]),
        (json!({ "phone": "000-000-0000" }), vec![], vec!["phone-junk"]),
        (json!({ "phone": "+5125550142" }), vec![], vec!["phone-ambiguous"]),
        (
            json!({ "name": "Ann Lee", "email": "Bob Lee <bob@example.com>" }),
            vec!["Bob Lee"],
            vec!["name-differs"],
        ),
    ] {
        let (person, found) = read(&posted);
        assert_eq!(person.left_out, left_out, "{posted}");
        assert_eq!(found, codes, "{posted}");
    }
    let person = read(&json!({ "phone": "Cell: 512-555-0142 x12" })).0;
    assert_eq!(person.phone.as_deref(), Some("+15125550142"));
}

#[test]
fn an_attendee_is_read_from_text() {
    let attendee = |text: &str| {
        let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
        Person::attendee(&text.into(), "", &settings(), &problems, &mut warnings).unwrap_or_default()
    };
    for text in [
        "Ann Lee 512-555-0142",
        "Ann Lee: 512-555-0142",
        "Ann Lee (512) 555-0142 (cell)",
        "Ann Lee <512-555-0142>",
    ] {
        let person = attendee(text);
        assert_eq!(person.name.as_deref(), Some("Ann Lee"), "{text}");
        assert_eq!(
            e164(person.phone.as_deref().unwrap(), "1").as_deref(),
            Some("+15125550142"),
            "{text}"
        );
        assert!(person.left_out.is_empty(), "{text}");
    }
    assert_eq!(
        attendee("Ann Lee <ann@example.com>").email.as_deref(),
        Some("ann@example.com")
    );
    assert_eq!(
        attendee("Lee, Ann <ann@example.com>").first_name.as_deref(),
        Some("Ann")
    );
    assert_eq!(attendee("Ann Lee").name.as_deref(), Some("Ann Lee"));
    assert_eq!(
        attendee("mailto:ann@example.com").email.as_deref(),
        Some("ann@example.com")
    );
    assert_eq!(attendee("ann lee@example.com").email, None);
    assert_eq!(attendee("undefined"), Person::default());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics_and_loses_no_text_without_a_warning(
        name in any::<String>(), phone in "[0-9a-z+() ./,;#-]{0,30}", email in "[a-z@.,; <>]{0,30}",
    ) {
        let (person, codes) = read(&json!({ "name": name, "phone": phone, "email": email }));
        let is_there = |text: &str| !text.trim().is_empty() && !placeholder::is_nothing(text);
        prop_assert!(!is_there(&phone) || person.phone.is_some() || codes.iter().any(|code| code.starts_with("phone")));
        prop_assert!(!is_there(&email) || person.email.is_some() || codes.iter().any(|code| code.starts_with("email")));
    }
}
