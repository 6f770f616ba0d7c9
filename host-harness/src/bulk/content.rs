//! Files that are something else than their name says.

/// How a spreadsheet is exported.
const EXPORT: &str =
    "export it as CSV: in Excel `File > Save As > CSV UTF-8`, in Google Sheets `File > Download > CSV`";

/// What a file is that holds no table, and what to do about it.
pub(super) fn foreign(start: &[u8]) -> Option<String> {
    let text = start.trim_ascii_start();
    let begins = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    let sheet = |what: &str| Some(format!("is {what}, whatever its name says: open it and {EXPORT}"));
    if start.starts_with(b"PK\x03\x04") {
        return sheet("an Excel workbook, or another zip file");
    }
    if start.starts_with(b"\xd0\xcf\x11\xe0") {
        return sheet("an Excel workbook of the old kind");
    }
    if start.starts_with(b"%PDF") {
        return sheet("a PDF document");
    }
    if start.starts_with(b"\x1f\x8b") {
        return Some("is compressed: unpack it first".to_owned());
    }
    if [&b"<!doctype"[..], b"<html", b"<table", b"<?xml"]
        .iter()
        .any(|word| begins(word))
    {
        return sheet("a page of HTML or XML");
    }
    let is_json = match text {
        [b'{', ..] => true,
        [b'[', rest @ ..] => matches!(rest.trim_ascii_start(), [b'{' | b']', ..]),
        _ => false,
    };
    is_json.then(|| format!("holds JSON: {}", json_lines()))
}

/// What to do with a file whose name says what it is.
pub(super) fn of_extension(extension: &str) -> Option<String> {
    match extension {
        "xlsx" | "xls" | "xlsm" | "xlsb" | "ods" | "numbers" => Some(format!("is a spreadsheet: {EXPORT}")),
        "json" => Some(format!("is one JSON document: {}", json_lines())),
        _ => None,
    }
}

fn json_lines() -> &'static str {
    "write one event in each line of a file whose name ends in `.jsonl` (`jq -c '.[]' FILE` makes lines of a list)"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_recognised_by_its_first_bytes() {
        for (start, word) in [
            (&b"PK\x03\x04\x14"[..], "Excel workbook"),
            (b"\xd0\xcf\x11\xe0\xa1", "old kind"),
            (b"%PDF-1.7", "PDF"),
            (b"\x1f\x8b\x08", "unpack"),
            (b"\n <!DOCTYPE html>", "HTML"),
            (b"[ {\"id\": 1}]", ".jsonl"),
            (b"{\"id\": 1}", ".jsonl"),
        ] {
            let message = foreign(start).unwrap_or_default();
            assert!(message.contains(word), "{message}");
        }
        for start in [&b"[Export] of leads"[..], b"id,startTime", b"", b"<none>,a"] {
            assert_eq!(foreign(start), None);
        }
    }
}
