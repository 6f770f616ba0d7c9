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
        Err(bad) => {
            let flaws: Vec<_> = bad.flaws.iter().map(ToString::to_string).collect();
            (bad.number, json!(flaws))
        }
    });
    shown.collect()
}

fn header_error(content: &[u8], map: Option<&str>) -> String {
    let error = open("leads.csv", content, map).map(|_| ()).unwrap_err().to_string();
    let error = error.strip_prefix('`').unwrap().split_once('`').unwrap().1.to_owned();
    error
        .trim_start_matches(", columns in line 1")
        .trim_start_matches(": ")
        .to_owned()
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
            (2, json!(["invalid JSON: EOF while parsing a value at column 5"])),
            (3, json!(["expected a JSON object"])),
            (4, json!(["byte 2 is not valid UTF-8; save the file as UTF-8"])),
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
    let content = b"a,b\n1\n1,2,3\nx,\"\xff\"\n\xc3\xa9,2\n\"open,\n3,4\n";
    assert_eq!(
        read("leads.csv", content, None),
        [
            (2, json!(["it has 1 cell, and there are 2 columns; is it cut off?"])),
            (
                3,
                json!(["it has 3 cells, and there are 2 columns; a cell that holds a delimiter is to be in quotes"])
            ),
            (4, json!(["byte 4 is not valid UTF-8; save the file as UTF-8"])),
            (5, json!({ "a": "é", "b": "2" })),
            (6, json!(["a quote is opened in it and not closed"])),
        ]
    );
}

#[test]
fn columns_that_cannot_be_told_apart_are_refused() {
    assert_eq!(header_error(b"", None), "the file is empty");
    assert!(header_error(b"a,a\n", None).starts_with("two columns are named `a`; rename one"));
    assert_eq!(
        header_error(b"lead,lead.name\n", None),
        "`lead` and `lead.name` cannot both be given"
    );
    assert_eq!(
        header_error(b"Name,Phone\n", Some("columns = { lead.email = \"Mail\" }")),
        "there is no column `Mail`, which the map names for `lead.email`; columns found: `Name`, `Phone`"
    );
}

#[test]
fn a_map_that_means_nothing_is_refused() {
    for (map, reason) in [
        ("[columns]\n", "names no column"),
        ("[columns]\nid = true\n", "`columns.id` is the name of a column"),
        ("[columns]\nid = 0\n", "`columns.id` is the name of a column"),
        ("[columns]\nid = []\n", "`columns.id` is the name of a column"),
        (
            "[columns]\nid.first = [\"a\"]\nid.with = \"-\"\n",
            "`columns.id` is the name of a column",
        ),
        ("header = false\n[columns]\nid = \"a\"\n", "a number from 1, not `a`"),
        ("[columns]\n\"lead[x\" = \"a\"\n", "field `lead[x`"),
        (
            "encoding = \"klingon\"\n[columns]\nid = \"a\"\n",
            "unknown encoding `klingon`",
        ),
        ("[columns]\nid = \"a\"\n[constants]\nid = \"b\"\n", "`id` is both"),
        (
            "delimiter = \"tabs\"\n[columns]\nid = \"a\"\n",
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
    let sentence = |pointer: &str| line.problem(&problem(pointer)).to_string();
    assert_eq!(sentence("/data/lead/phone"), "column `Phone`: it is missing");
    assert_eq!(sentence("/data/startTime/0"), "column `Appointment`: it is missing");
    assert_eq!(sentence("/data/lead"), "field `lead`: it is missing");
    assert_eq!(sentence(""), "it is missing");
    let line = open("leads.jsonl", b"{\"a\":1}", None)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(
        line.problem(&problem("/data/lead")).to_string(),
        "at `/lead`: it is missing"
    );
}

#[test]
fn a_file_says_by_its_name_what_it_is() {
    for (name, reason) in [
        ("leads.dat", "`.jsonl`, `.csv`, `.tsv` or `.txt`"),
        ("leads.xlsx", "is a spreadsheet: export it as CSV"),
        ("leads.json", "write one event in each line"),
    ] {
        let error = open(name, b"", None).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let error = open("leads.csv", b"PK\x03\x04", None)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is an Excel workbook"), "{error}");
    let error = open("leads.jsonl", b"", Some("columns = { id = \"ID\" }"))
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(error, BulkError::MapOfJson), "{error}");
}

/// What a file as a program exports it holds, under a map.
fn first(name: &str, content: &[u8], map: Option<&str>) -> Value {
    read(name, content, map).remove(0).1
}

const SALES_MAP: &str = r#"
    [columns]
    id = "Lead ID"
    startTime = ["Appt Date", "Appt Time"]
    lead.name = ["First Name", "Last Name"]
    address = ["Street", "City", "State", "Zip"]
    lead.phone.first = ["Mobile", "Home Phone"]
    notes.lines = ["Notes", "Gate Code"]
"#;

fn sales() -> Value {
    json!({
        "startTime": "06/04/2030 2:00 PM", "address": "12 Oak St, Austin, TX, 02134",
        "lead": { "name": "Zoë Müller", "phone": "(512) 555-0142" }, "notes": "hail, north side\n#4711",
    })
}

const SALES_HEADER: [&str; 12] = [
    "Lead ID",
    "First Name",
    "Last Name",
    "Appt Date",
    "Appt Time",
    "Street",
    "City",
    "State",
    "Zip",
    "Mobile",
    "Home Phone",
    "Notes",
];

/// The table of a sales app, with this between its columns.
fn sales_table(delimiter: &str) -> String {
    let header = SALES_HEADER.join(delimiter) + delimiter + "Gate Code";
    let quoted = |text: &str| match text.contains(delimiter) {
        true => format!("\"{text}\""),
        false => text.to_owned(),
    };
    let cells = [
        "7",
        "Zoë",
        "Müller",
        "06/04/2030",
        "2:00 PM",
        "12 Oak St",
        "Austin",
        "TX",
        "=\"02134\"",
        "",
        "(512) 555-0142",
        "hail, north side",
        "#4711",
    ];
    let cells: Vec<_> = cells.map(quoted).to_vec();
    format!("{header}\r\n{}\r\n", cells.join(delimiter))
}

#[test]
fn tables_of_every_delimiter_and_encoding_are_read_alike() {
    let utf_16 = |text: &str, to_bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(to_bytes).collect()
    };
    let latin = |text: &str| -> Vec<u8> {
        text.chars()
            .map(|letter| u8::try_from(u32::from(letter)).unwrap())
            .collect()
    };
    for delimiter in [",", ";", "\t", "|"] {
        let table = sales_table(delimiter);
        let files = [
            table.clone().into_bytes(),
            format!("\u{feff}{table}").into_bytes(),
            utf_16(&table, u16::to_le_bytes),
            utf_16(&table, u16::to_be_bytes),
            latin(&table),
            table.replace("\r\n", "\n").into_bytes(),
            table.replace("\r\n", "\r").into_bytes(),
            format!("sep={delimiter}\r\n{table}").into_bytes(),
            format!("\r\nAppointments, June 2030\r\n\r\n{table}").into_bytes(),
        ];
        for file in files {
            assert_eq!(
                first("leads.txt", &file, Some(SALES_MAP)),
                sales(),
                "{delimiter:?} {file:?}"
            );
        }
    }
}

#[test]
fn columns_are_found_however_their_names_are_written() {
    let content = b"LEAD_ID , Appointment  date\n7,2030\n";
    let map = "[columns]\nid = \"Lead ID\"\nstartTime = \"appointment Date\"\n";
    assert_eq!(first("leads.csv", content, Some(map)), json!({ "startTime": "2030" }));
    let twice = "Phone,phone \n1,2\n".as_bytes();
    assert_eq!(
        first("leads.csv", twice, Some("columns = { a = \"Phone\" }")),
        json!({ "a": "1" })
    );
    let error = header_error(twice, Some("columns = { a = \"PHONE\" }"));
    assert!(error.contains("1 or 2"), "{error}");
    let error = header_error(b"Appointment,Phone\n", Some("columns = { a = \"Apointment\" }"));
    assert!(error.contains("did you mean `Appointment`?"), "{error}");
}

#[test]
fn columns_without_names_are_counted() {
    let map = "header = false\n[columns]\nid = 1\nlead.phone = 3\n";
    let lines = read("leads.csv", b"7,Ann,512\n8,Bo,513\n", Some(map));
    assert_eq!(lines[1], (2, json!({ "lead": { "phone": "513" } })));
    let error = header_error(b"7,Ann,512-555-0142\n", None);
    assert!(error.contains("`512-555-0142` looks like data"), "{error}");
    // Trailing delimiters are columns without a name.
    assert_eq!(
        first("leads.csv", b"a,b,,\n1,2,,\n", None),
        json!({ "a": "1", "b": "2" })
    );
    assert_eq!(first("leads.csv", b"a,b,,\n1,2\n", None), json!({ "a": "1", "b": "2" }));
}

#[test]
fn fields_have_any_keys() {
    let map = "[columns]\n\"customFields['Roof. Type']\" = \"Roof\"\n\"attendees[1].name\" = \"Guest\"\n\"lead.name\" = \"Name\"\n";
    assert_eq!(
        first("leads.csv", b"Roof,Guest,Name\nflat,Bo,Ann\n", Some(map)),
        json!({ "customFields": { "Roof. Type": "flat" }, "attendees": [{ "name": "Bo" }], "lead": { "name": "Ann" } })
    );
    // A column that is named like no path is one key.
    assert_eq!(
        first("leads.csv", b"Appt. Date,lead.name\n1,Ann\n", None),
        json!({ "Appt. Date": "1", "lead": { "name": "Ann" } })
    );
}

#[test]
fn what_cannot_be_told_is_asked_for() {
    let error = header_error(b"a,b;c\n1,2;3\n4,5;6\n", None);
    assert!(error.contains("divided by `,` or by `;`: write `delimiter`"), "{error}");
    assert_eq!(
        first(
            "leads.csv",
            b"a,b;c\n1,2;3\n",
            Some("delimiter = \"semicolon\"\ncolumns = { x = \"c\" }")
        ),
        json!({ "x": "3" })
    );
}

#[test]
fn names_of_columns_are_found_before_records_that_are_wider() {
    let table = b"id,startTime,Name\nv1,2030-06-04 10:00,Ann,\nv2,2030-06-04 11:00,Ben,\n";
    let expected = json!({ "startTime": "2030-06-04 10:00", "Name": "Ann" });
    assert_eq!(first("leads.csv", table, None), expected);
    let table = b"id,startTime,Name,Phone\nv1,2030-06-04 10:00,Lee, Ann,512\nv2,2030-06-04 11:00,Roe, Ben,512\n";
    let line = open("leads.csv", table, None).unwrap().next().unwrap().unwrap();
    let flaws = line.unwrap_err().flaws;
    assert_eq!(flaws[0].code, "wrong-cell-count", "{flaws:?}");
}

#[test]
fn cells_of_spreadsheets_are_one_moment_and_shortened_numbers_are_no_ids() {
    let map = "[columns]\nid = \"id\"\nstartTime = [\"D\", \"T\"]";
    let table = b"id,D,T\nv1,6/13/2030 0:00,10:00 AM\n";
    assert_eq!(
        first("leads.csv", table, Some(map)),
        json!({ "startTime": "6/13/2030 10:00 AM" })
    );
    let line = open("leads.csv", b"id,startTime\n1.23457E+17,2030-06-04 10:00\n", None);
    let flaws = line.unwrap().next().unwrap().unwrap().unwrap_err().flaws;
    assert!(flaws[0].to_string().contains("shortened"), "{flaws:?}");
}

#[test]
fn a_table_says_how_it_was_read() {
    let table = open("leads.csv", b"Title\n\nName;Stadt\nAnn;K\xf6ln\n", None)
        .unwrap()
        .table()
        .unwrap()
        .clone();
    assert_eq!(
        (table.delimiter, table.encoding, table.header_line),
        (';', "Windows-1252", Some(3))
    );
    assert_eq!(table.columns, ["Name", "Stadt"]);
    assert!(table.notes[0].contains("such as `Köln`"), "{:?}", table.notes);
}

#[test]
fn of_several_columns_those_that_stand_for_nothing_are_passed_over() {
    let map = "[columns]\nlead.phone.first = [\"Cell\", \"Home\"]\nnotes.lines = [\"Note\", \"Gate\"]\n";
    for (line, phone, notes) in [
        ("N/A,5125550144,-,4711", "5125550144", "4711"),
        ("-,5125550144,hail,4711", "5125550144", "hail\n4711"),
        ("none,5125550144,hail,null", "5125550144", "hail"),
        ("N/A,,-,", "N/A", "-"),
    ] {
        let content = format!("Cell,Home,Note,Gate\n{line}\n");
        let expected = json!({ "lead": { "phone": phone }, "notes": notes });
        assert_eq!(first("leads.csv", content.as_bytes(), Some(map)), expected, "{line}");
    }
}

#[test]
fn lines_that_spreadsheets_damage_are_refused_by_name() {
    let lines = read("leads.csv", b"a,b\n#N/A,#N/A\n#REF!,1E+09\n,TRUE\n", None);
    assert!(
        lines[0].1[0]
            .as_str()
            .unwrap()
            .contains("errors of the spreadsheet (`#N/A`)"),
        "{lines:?}"
    );
    assert_eq!(lines[1].1, json!({ "a": "#REF!", "b": "1E+09" }));
    assert_eq!(lines[2].1, json!({ "b": "TRUE" }));
    // A quote that is not closed must not take the next lines for a note.
    let lines = read(
        "leads.csv",
        b"a,b,c,d,e\n1,\"x,3,4,5\n1,2,3,4,5\n1,\"y\",3,4,5\n1,2,3,4,5\n",
        None,
    );
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].1[0].as_str().unwrap().contains("is a quote not closed?"),
        "{lines:?}"
    );
}

proptest::proptest! {
    #[test]
    fn a_table_is_read_as_it_was_written(
        rows in proptest::collection::vec(proptest::collection::vec("[a-z ,;|\"\t\n]{0,8}", 3), 1..6),
        delimiter in proptest::sample::select(vec![b',', b';', b'\t', b'|']),
    ) {
        let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["first", "second", "third"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let file = writer.into_inner().unwrap();
        let map = "[columns]\na = \"first\"\nb = \"second\"\nc = \"third\"\n";
        let expected: Vec<_> = rows
            .iter()
            .map(|row| {
                let cells = ["a", "b", "c"].into_iter().zip(row).map(|(name, cell)| (name, cell.trim()));
                let filled = cells.filter(|(_, cell)| !cell.is_empty());
                json!(filled.collect::<std::collections::BTreeMap<_, _>>())
            })
            .filter(|row| *row != json!({}))
            .collect();
        let found: Vec<_> = read("leads.csv", &file, Some(map)).into_iter().map(|(_, row)| row).collect();
        proptest::prop_assert_eq!(found, expected);
    }
}
