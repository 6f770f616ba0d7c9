//! What programs send, and what is read of it.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn run(content_type: &str, body: &[u8]) -> Result<Payload, PayloadError> {
    let content_type = Some(content_type).filter(|said| !said.is_empty());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(read(content_type, Bytes::copy_from_slice(body)))
}

#[track_caller]
fn value(content_type: &str, body: impl AsRef<[u8]>) -> Value {
    run(content_type, body.as_ref()).unwrap().value
}

fn notes(content_type: &str, body: impl AsRef<[u8]>) -> Vec<Note> {
    run(content_type, body.as_ref()).unwrap().notes
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn plain_json_is_read_without_a_note() {
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON;charset=\"UTF-8\"",
        "text/json",
        "application/x-json",
        "application/problem+json",
    ] {
        let read = run(kind, br#" {"a": 1} "#).unwrap();
        assert_eq!((read.value, read.notes), (json!({ "a": 1 }), Vec::new()), "{kind}");
    }
}

#[test]
fn json_under_another_content_type_is_read() {
    for kind in [
        "",
        "text/plain",
        "application/octet-stream",
        FORM,
        "text/html",
        "application/javascript",
    ] {
        assert_eq!(value(kind, r#"{"a": "x&y=z"}"#), json!({ "a": "x&y=z" }), "{kind}");
        assert_eq!(notes(kind, "[1]"), [Note::ContentType], "{kind}");
    }
}

#[test]
fn what_is_neither_json_nor_a_form_says_what_to_send() {
    for (kind, body) in [
        ("application/xml", "<a/>"),
        ("text/html", "<p>a=b</p>"),
        ("image/png", "x"),
    ] {
        let error = run(kind, body.as_bytes()).unwrap_err();
        assert!(matches!(error, PayloadError::ContentType(_)), "{kind}: {error}");
    }
    for kind in ["", "application/json", "text/plain"] {
        let error = run(kind, b"Tuesday at ten").unwrap_err();
        assert!(
            matches!(error, PayloadError::Json(JsonError::Syntax(_))),
            "{kind}: {error}"
        );
    }
    // A trailing comma may hide that the end is missing.
    assert!(run("application/json", br#"{"a": 1,}"#).is_err());
}

#[test]
fn form_becomes_objects_and_lists() {
    let body = "startTime=2030-06-04+10%3A00&lead[name]=Ann+Lee&lead[phone]=5125550142&tags[]=a&tags[]=b\
                &seen=1&seen=2&attendees[0][name]=Bo&attendees[1][name]=Cy&x[][a]=1&x[][b]=2&x[][a]=3&=none&empty=";
    let expected = json!({
        "startTime": "2030-06-04 10:00", "lead": { "name": "Ann Lee", "phone": "5125550142" },
        "tags": ["a", "b"], "seen": ["1", "2"], "attendees": [{ "name": "Bo" }, { "name": "Cy" }],
        "x": [{ "a": "1", "b": "2" }, { "a": "3" }], "empty": "",
    });
    assert_eq!(value(FORM, body), expected);
    assert_eq!(notes(FORM, "a=b"), [Note::Form]);
    assert_eq!(value("text/plain", "a=b&c=%20"), json!({ "a": "b", "c": " " }));
    assert_eq!(
        value("", "a[b=c&d]=e&[f]=g"),
        json!({ "a[b": "c", "d]": "e", "[f]": "g" })
    );
}

#[test]
fn form_that_contradicts_itself_is_refused() {
    for body in ["a=1&a[b]=2", "a[b]=2&a=1", "a[]=1&a[b]=2", "a[b]=1&a[]=2"] {
        let error = run(FORM, body.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("contradicts"), "{body}: {error}");
    }
    assert!(run(FORM, "a=1&".repeat(1_001).as_bytes()).is_err());
    assert!(run(FORM, format!("a{}=1", "[b]".repeat(9)).as_bytes()).is_err());
}

#[test]
fn json_in_the_field_of_a_form_is_opened() {
    let encoded: String = form_urlencoded::byte_serialize(br#"{"lead": {"name": "Ann"}}"#).collect();
    assert_eq!(
        value(FORM, format!("payload={encoded}")),
        json!({ "lead": { "name": "Ann" } })
    );
    assert_eq!(
        value(FORM, format!("payload={encoded}&v=2")),
        json!({ "payload": { "lead": { "name": "Ann" } }, "v": "2" })
    );
    let data = json!({ "id": "v-1", "data": { "lead": { "name": "Ann" } } });
    assert_eq!(value(FORM, format!("id=v-1&data={encoded}")), data);
    assert_eq!(
        value(
            "application/json",
            json!({ "id": "v-1", "data": r#"{"lead": {"name": "Ann"}}"# }).to_string()
        ),
        data
    );
    // Only where it is one.
    assert_eq!(
        value(FORM, "notes=[see the gate code]"),
        json!({ "notes": "[see the gate code]" })
    );
    let text = json!({ "notes": r#"{"a": 1}"#, "data": "Tuesday", "body": "[1]" });
    assert_eq!(value("application/json", text.to_string()), text);
}

#[test]
fn control_characters_within_texts_are_read_as_they_are() {
    let body = "{\n\t\"notes\": \"Dog\nin the\tyard\r\u{1}\", \"q\": \"\\\"\n\\\\\"\n}";
    let expected = json!({ "notes": "Dog\nin the\tyard\r\u{1}", "q": "\"\n\\" });
    assert_eq!(value("application/json", body), expected);
    assert_eq!(notes("application/json", body), [Note::ControlCharacters]);
    // The place is that of the text as it was sent.
    let Err(PayloadError::Json(JsonError::Syntax(error))) = run("application/json", b"{\"a\": \"x\ny\", b: 1}") else {
        panic!("it is not JSON");
    };
    assert_eq!(error.line(), 2);
    // Keys that stand twice stay a problem.
    let twice = run("application/json", b"{\"a\": \"x\ny\", \"a\": 1}").unwrap_err();
    assert!(matches!(twice, PayloadError::Json(JsonError::Ambiguous(_))), "{twice}");
}

#[test]
fn json_that_was_encoded_twice_is_read() {
    let twice = json!(json!({ "a": 1 }).to_string()).to_string();
    assert_eq!(value("application/json", &twice), json!({ "a": 1 }));
    assert_eq!(notes("application/json", &twice), [Note::EncodedTwice]);
    assert_eq!(value("application/json", r#""a text""#), json!("a text"));
}

#[test]
fn other_encodings_are_read_where_they_are_said() {
    assert_eq!(value("application/json", b"\xef\xbb\xbf{\"a\": 1}"), json!({ "a": 1 }));
    let utf_16: Vec<u8> = "\u{feff}{\"a\": \"\u{141}\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(value("application/json", &utf_16), json!({ "a": "\u{141}" }));
    assert_eq!(notes("application/json", &utf_16), [Note::Encoding]);
    assert_eq!(
        value("application/json; charset=ISO-8859-1", b"{\"a\": \"Zo\xeb\"}"),
        json!({ "a": "Zo\u{eb}" })
    );
    // What is said is not guessed, and neither is what can be both.
    for (kind, body) in [
        ("application/json; charset=utf-8", b"{\"a\": \"Zo\xeb\"}".as_slice()),
        ("application/json", b"{\"a\": \"Zo\xeb \xc3\xab\"}"),
        ("application/json", b"{\"a\": \"\x81\"}"),
    ] {
        let error = run(kind, body).unwrap_err();
        assert!(matches!(error, PayloadError::Encoding(_)), "{error}");
    }
    assert!(run("application/json; charset=klingon", b"{}").is_err());
}

#[test]
fn letters_of_windows_are_read_where_no_charset_is_said() {
    for (kind, body) in [
        ("application/json", b"{\"who\": \"Zo\xeb\"}".as_slice()),
        ("", b"{\"who\": \"Zo\xeb\"}"),
        (FORM, b"who=Zo%EB"),
        (FORM, b"who=Zo\xeb"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\ncontent-disposition: form-data; name=\"who\"\r\n\r\nZo\xeb\r\n--b--\r\n",
        ),
    ] {
        assert_eq!(value(kind, body), json!({ "who": "Zo\u{eb}" }), "{kind}");
        assert!(notes(kind, body).contains(&Note::Windows1252), "{kind}");
    }
    let plain = value(FORM, "who=Zo%C3%AB+%26&%zz=100%&a");
    assert_eq!(plain, json!({ "who": "Zo\u{eb} &", "%zz": "100%", "a": "" }));
}

#[test]
fn a_form_that_says_it_is_json_is_a_form() {
    let body = "name=Ann+Lee&lead[phone]=5125550142";
    let expected = json!({ "name": "Ann Lee", "lead": { "phone": "5125550142" } });
    assert_eq!(value("application/json", body), expected);
    assert!(notes("application/json", body).contains(&Note::ContentType));
}

#[test]
fn json_under_a_name_for_all_of_an_event_is_opened() {
    let raw = json!({ "q3_name": "Ann" });
    for name in ["rawRequest", "payload", "body"] {
        let body = json!({ "formID": "243", name: raw.to_string() });
        assert_eq!(
            value("application/json", body.to_string()),
            json!({ "formID": "243", name: raw })
        );
        let body = json!({ "id": "e-1", "data": { name: raw.to_string() } });
        assert_eq!(value("application/json", body.to_string())["data"][name], raw);
    }
}

fn part(head: &str, body: &str) -> String {
    format!("--b\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n")
}

#[test]
fn parts_are_fields_and_files_are_left_out() {
    let body = [
        part("name=\"startTime\"", "2030-06-04 10:00"),
        part("name=\"lead[name]\"", "Zo\u{eb}\nLee"),
        part(
            "name=\"photo\"; filename=\"roof.jpg\"\r\ncontent-type: image/jpeg",
            "\u{0}\u{1}",
        ),
        part(
            "name=\"data\"; filename=\"a.json\"\r\ncontent-type: application/json",
            r#"{"x": 1}"#,
        ),
        "--b--\r\n".to_owned(),
    ]
    .concat();
    let kind = "multipart/form-data; boundary=b";
    let expected = json!({
        "startTime": "2030-06-04 10:00", "lead": { "name": "Zo\u{eb}\nLee" }, "data": { "x": 1 },
    });
    assert_eq!(value(kind, &body), expected);
    assert!(notes(kind, &body).contains(&Note::FileIgnored("roof.jpg".to_owned())));
    for (kind, body) in [
        ("multipart/form-data", body.as_str()),
        (kind, "--b\r\n"),
        (kind, ""),
        (kind, "{}"),
    ] {
        let error = run(kind, body.as_bytes()).unwrap_err();
        assert!(matches!(error, PayloadError::Form(_)), "{body}: {error}");
    }
}

#[test]
fn nesting_is_bounded_however_it_is_written() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let encoded: String = form_urlencoded::byte_serialize(deep(MAX_DEPTH).as_bytes()).collect();
    let error = run(FORM, format!("x={encoded}&y=1").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("nested"), "{error}");
    assert!(run("", deep(100_000).as_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        kind in prop::sample::select(vec!["", "application/json", FORM, "multipart/form-data; boundary=b", "text/plain; charset=utf-16"]),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[a-c\\[\\]=&%{}\":\\\\\n-]{0,80}".prop_map(String::into_bytes),
            "(--b\r\n(content-disposition: form-data; name=\"[a\\[\\]]{0,4}\"\r\n)?\r\n[a-z{}\"]{0,6}\r\n){0,3}(--b--)?".prop_map(String::into_bytes),
        ],
    ) {
        if let Ok(read) = run(kind, &body) {
            prop_assert!(json::too_deep(&read.value, MAX_DEPTH).is_none());
        }
    }

    #[test]
    fn flat_form_is_read_back(form in prop::collection::btree_map("[^\\[\\]]{1,8}", "[^{\\[]{0,12}", 2..6)) {
        let mut written = form_urlencoded::Serializer::new(String::new());
        written.extend_pairs(&form);
        prop_assert_eq!(value(FORM, written.finish()), json!(form));
    }

    #[test]
    fn json_is_read_alike_with_and_without_escaped_line_breaks(text in "[a-z\n\t\r\"\\\\]{0,20}") {
        let clean = json!({ "text": text }).to_string();
        let raw = clean.replace("\\n", "\n").replace("\\t", "\t");
        // A backslash before the letter makes another text of it.
        prop_assume!(!text.contains('\\'));
        prop_assert_eq!(value("application/json", raw), json!({ "text": text }));
    }
}
