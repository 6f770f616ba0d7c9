use super::*;
use crate::contract::Document;
use serde_json::{Value, json};
use std::fs;

const TRIGGER: &str = "knocker.lead_booked";

fn open(name: &str, content: &[u8], map: Option<&str>) -> Result<Events, BulkError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    let map = map.map(|map| Map::read(map).unwrap());
    let received = DateTime::from_timestamp_millis(1_906_722_000_000).unwrap();
    // The file stays open when its name is gone.
    Events::open(&path, map.as_ref(), TRIGGER, received)
}

/// Every line with its event's data, or with its problems.
fn read(name: &str, content: &[u8], map: Option<&str>) -> Vec<(u64, Value)> {
    let lines = open(name, content, map).unwrap();
    let shown = lines.map(|line| match line.unwrap() {
        Ok(line) => (line.number, line.event().data.clone()),
        Err(bad) => (bad.number, json!(bad.problems)),
    });
    shown.collect()
}

fn header_error(content: &[u8], map: Option<&str>) -> String {
    let error = open("leads.csv", content, map).map(|_| ()).unwrap_err().to_string();
    error.split("names of the columns: ").last().unwrap().to_owned()
}

fn problem(pointer: &str) -> Problem {
    Problem {
        document: Document::Event,
        pointer: pointer.to_owned(),
        code: "missing".to_owned(),
        message: "it is missing".to_owned(),
    }
}

#[test]
fn json_lines_are_events_in_their_order_and_empty_lines_are_none() {
    let content = b"\xef\xbb\xbf{\"id\":\"1\",\"data\":{\"a\":1}}\r\n\r\n  \n{\"a\":2}";
    assert_eq!(
        read("leads.jsonl", content, None),
        [(1, json!({ "a": 1 })), (4, json!({ "a": 2 }))]
    );
}

#[test]
fn a_line_that_is_no_event_is_told_with_its_number_and_the_rest_is_read() {
    let content = b"{\"a\":1}\n{\"a\":\n[]\n\"\xff\"\n{\"data\":{},\"notify\":3}\n{\"a\":2}\n";
    assert_eq!(
        read("leads.jsonl", content, None),
        [
            (1, json!({ "a": 1 })),
            (2, json!(["it is no JSON: EOF while parsing a value at column 5"])),
            (3, json!(["it is no JSON object"])),
            (4, json!(["byte 2 is no UTF-8; save the file as UTF-8"])),
            (5, json!(["at `/notify`: `notify` is neither `true` nor `false`"])),
            (6, json!({ "a": 2 })),
        ]
    );
}

#[test]
fn a_line_without_end_takes_no_more_memory_than_the_longest() {
    let mut content = vec![b' '; 3 * lines::LONGEST];
    content.extend_from_slice(b"\n{\"a\":2}\n");
    let read = read("leads.jsonl", &content, None);
    assert_eq!(read[0], (1, json!(["it is longer than 1048576 bytes"])));
    assert_eq!(read[1], (2, json!({ "a": 2 })));
}

#[test]
fn columns_are_named_like_their_fields_unless_a_map_says_otherwise() {
    let content = b"id,subject,startTime,lead.name,notify\n7,pin-7,2030-06-04T10:00:00,Ann Lee,FALSE\n";
    let line = open("leads.CSV", content, None)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .unwrap();
    let event = line.event();
    assert_eq!(
        (event.id.as_deref(), event.subject.as_deref()),
        (Some("7"), Some("pin-7"))
    );
    assert_eq!((event.trigger.as_str(), event.notify), (TRIGGER, false));
    assert_eq!(event.occurred_at, "2030-06-03T13:00:00.000Z");
    assert_eq!(
        event.data,
        json!({ "startTime": "2030-06-04T10:00:00", "lead": { "name": "Ann Lee" } })
    );
}

#[test]
fn a_map_says_which_column_holds_which_field_and_what_is_always_so() {
    let map = r#"
        delimiter = ";"
        [columns]
        id = "Lead ID"
        startTime = "Appointment"
        lead.firstName = "First Name"
        [constants]
        trigger = "knocker.booking_changed"
        calendarName = "Roof Inspections"
        lead.lastName = "Lee"
    "#;
    let content = b"Lead ID;First Name ;Comment;Appointment\n7;Ann;hail; 2030-06-04T10:00:00\n8;;;\n";
    let lines: Vec<_> = open("leads.csv", content, Some(map)).unwrap().collect();
    let events: Vec<_> = lines
        .iter()
        .map(|line| line.as_ref().unwrap().as_ref().unwrap().event())
        .collect();
    assert_eq!(events[0].trigger, "knocker.booking_changed");
    assert_eq!(
        events[0].data,
        json!({
            "startTime": "2030-06-04T10:00:00", "calendarName": "Roof Inspections",
            "lead": { "firstName": "Ann", "lastName": "Lee" },
        })
    );
    // An empty cell is a field that is not there.
    assert_eq!(
        events[1].data,
        json!({ "calendarName": "Roof Inspections", "lead": { "lastName": "Lee" } })
    );
}

#[test]
fn quotes_hold_delimiters_quotes_and_line_breaks_and_lines_are_counted_all_the_same() {
    let content = b"\xef\xbb\xbfa,b\r\n\"x, \"\"y\"\"\r\n\r\nz\",1\r\n\r\n,,\r\n,\r\n6\" pipe,2\r\n\"\",3";
    assert_eq!(
        read("leads.csv", content, None),
        [
            (2, json!({ "a": "x, \"y\"\n\nz", "b": "1" })),
            (8, json!({ "a": "6\" pipe", "b": "2" })),
            (9, json!({ "b": "3" })),
        ]
    );
}

#[test]
fn a_record_that_is_none_is_told_with_the_number_of_its_first_line() {
    let content = b"a,b\n1\n1,2,3\nx,\"\xff\"\n1,2\n\"open,\n3,4\n";
    assert_eq!(
        read("leads.csv", content, None),
        [
            (2, json!(["it has 1 cells, and there are 2 columns"])),
            (3, json!(["it has 3 cells, and there are 2 columns"])),
            (4, json!(["byte 4 is no UTF-8; save the file as UTF-8"])),
            (5, json!({ "a": "1", "b": "2" })),
            (6, json!(["a quote is opened in it and not closed"])),
        ]
    );
}

#[test]
fn columns_that_cannot_be_told_apart_are_refused() {
    assert_eq!(header_error(b"", None), "the file is empty");
    assert_eq!(header_error(b"a,a\n", None), "`a` stands there twice");
    assert_eq!(header_error(b"a,\n", None), "column 2 has no name");
    assert_eq!(
        header_error(b"lead,lead.name\n", None),
        "`lead` and `lead.name` cannot both be given"
    );
    assert_eq!(
        header_error(b"Name,Phone\n", Some("columns = { lead.email = \"Mail\" }")),
        "there is no `Mail`, which the map wants for `lead.email`; there are `Name`, `Phone`"
    );
}

#[test]
fn a_map_that_means_nothing_is_refused() {
    for (map, reason) in [
        ("[columns]\n", "names no column"),
        ("[columns]\nid = 3\n", "`columns.id` is the name of a column"),
        ("[columns]\nid = \"a\"\n[constants]\nid = \"b\"\n", "`id` is both"),
        (
            "delimiter = \"tab\"\n[columns]\nid = \"a\"\n",
            "`delimiter` is one letter",
        ),
        ("[colums]\n", "unknown field `colums`"),
    ] {
        let error = Map::read(map).unwrap_err().to_string();
        assert!(error.contains(reason), "{map}: {error}");
    }
}

#[test]
fn a_problem_that_the_component_finds_is_told_with_its_column() {
    let map = "[columns]\nlead.phone = \"Phone\"\nstartTime = \"Appointment\"\n";
    let content = b"Phone,Appointment\n512,2030\n";
    let line = open("leads.csv", content, Some(map))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(
        line.problem(&problem("/data/lead/phone")),
        "column `Phone`: it is missing"
    );
    assert_eq!(
        line.problem(&problem("/data/startTime/0")),
        "column `Appointment`: it is missing"
    );
    assert_eq!(line.problem(&problem("/data/lead")), "field `lead`: it is missing");
    assert_eq!(line.problem(&problem("")), "it is missing");
    let line = open("leads.jsonl", b"{\"a\":1}", None)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(line.problem(&problem("/data/lead")), "at `/lead`: it is missing");
}

#[test]
fn a_file_says_by_its_name_what_it_is() {
    let error = open("leads.xlsx", b"", None).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("`.jsonl` or `.csv`"), "{error}");
    let error = open("leads.jsonl", b"", Some("columns = { id = \"ID\" }"))
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(error, BulkError::MapOfJson), "{error}");
}
