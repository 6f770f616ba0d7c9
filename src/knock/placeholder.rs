//! Texts that stand for nothing: what apps write of an empty field, and templates that were never filled.

use serde_json::Value;

use super::Warning;
use super::plain::{is_invisible, trimmed};
use super::warning::warn_at;
use crate::document::{all, lists, only, plain_key, pointer_to, words};

/// What apps and people write for nothing, in small letters.
const NOTHING: &str = "null|(null)|<null>|none|(none)|undefined|n/a|n.a.|n/a.|#n/a|#ref!|#value!|#name?|#null!|#num!|#div/0!|\
     not applicable|-|--|---|\u{2013}|\u{2014}|[]|{}|[object]|[null]|.";

/// Words for nothing within a name or a title. Other capitals make a surname of some.
const NOTHING_WITHIN: &str = "null|undefined|(null)|<null>|n/a|N/A|NaN";

/// What is nothing alone, where other capitals make a name of it.
const NOTHING_AS_WRITTEN: &str = "NaN|nan|nil";

/// Surnames that are written like nothing. Somebody may be called so who has a first name, too.
const SURNAMES: &str = "Null|None";

/// What stands around the name of a field in the templates of apps.
const TEMPLATES: [(&str, &str); 9] = [
    ("{{", "}}"),
    ("{%", "%}"),
    ("${", "}"),
    ("<%", "%>"),
    ("*|", "|*"),
    ("[[", "]]"),
    ("<<", ">>"),
    ("%", "%"),
    ("{", "}"),
];

/// The field in which such words are answers.
const ANSWER: &str = "consent";

/// Whether a text stands for nothing, like `null`, `N/A` or `{{contact.phone}}`.
///
/// ```
/// # use knockcal::knock::is_nothing;
/// assert!(is_nothing("N/A") && is_nothing("undefined") && is_nothing("{{contact.phone}}") && is_nothing("[object Object]"));
/// assert!(!is_nothing("Ann Null") && !is_nothing("Nora"));
/// ```
pub fn is_nothing(text: &str) -> bool {
    is_word_for_nothing(text) || is_template(text)
}

/// The event's fields without texts that stand for nothing. Templates that were not filled are warnings.
pub(super) fn without_nothing(value: Value, pointer: &str, warnings: &mut Vec<Warning>) -> Value {
    match value {
        Value::String(text) => without_templates(text, pointer, warnings),
        Value::Array(mut entries) => {
            for (at, entry) in entries.iter_mut().enumerate() {
                *entry = without_nothing(entry.take(), &format!("{pointer}/{at}"), warnings);
            }
            Value::Array(entries)
        }
        Value::Object(mut fields) => {
            let has_first_name = fields.iter().any(|(name, value)| is_first_name(name, value));
            for (name, value) in &mut fields {
                if name != ANSWER && !(has_first_name && is_surname(name, value)) {
                    *value = without_nothing(value.take(), &pointer_to(pointer, name), warnings);
                }
            }
            Value::Object(fields)
        }
        other => other,
    }
}

/// A name or a title without the words in it that stand for nothing: `Ann undefined`.
pub(super) fn without_words_for_nothing(text: &str) -> String {
    let mut kept = words(text);
    let count = kept.len();
    kept.retain(|word| !lists(NOTHING_WITHIN, word.trim_matches(',')));
    match kept.len() == count {
        true => text.to_owned(),
        false => trimmed(&kept.join(" "), &[' ', ',', '-', '|', ':']).to_owned(),
    }
}

fn is_first_name(name: &str, value: &Value) -> bool {
    lists("firstname|givenname|fname|forename|first", &plain_key(name))
        && value
            .as_str()
            .is_some_and(|text| !text.trim().is_empty() && !is_nothing(text))
}

fn is_surname(name: &str, value: &Value) -> bool {
    lists("lastname|familyname|surname|lname|last", &plain_key(name))
        && value.as_str().is_some_and(|text| lists(SURNAMES, text.trim()))
}

/// Whether a text is a word for nothing, or several: `null null`.
fn is_word_for_nothing(text: &str) -> bool {
    let text = only(text, &|letter| !is_invisible(letter));
    let words = words(&text);
    is_one_for_nothing(&text) || (words.len() > 1 && words.iter().all(|word| is_one_for_nothing(word)))
}

fn is_one_for_nothing(text: &str) -> bool {
    let text = trimmed(text.trim(), &['"', '\'', '`']);
    let small = text.to_lowercase();
    lists(NOTHING, &small) || lists(NOTHING_AS_WRITTEN, text) || (small.starts_with("[object ") && small.ends_with(']'))
}

/// Whether a text is the name of a field between the marks of a template, or several of them.
fn is_template(text: &str) -> bool {
    let text = text.trim();
    let names_field = |inner: &str| {
        !inner.trim().is_empty()
            && all(inner, &|letter| {
                letter.is_alphanumeric() || "._-|[] $=".contains(letter)
            })
    };
    let is_one = TEMPLATES.iter().any(|(from, to)| {
        let inner = text.strip_prefix(from).and_then(|rest| rest.strip_suffix(to));
        inner.is_some_and(names_field)
    });
    is_one || cut(text).is_some_and(|(rest, _)| rest.is_empty())
}

/// A text without the templates in it; nothing in place of one that is all template.
fn without_templates(text: String, pointer: &str, warnings: &mut Vec<Warning>) -> Value {
    if is_word_for_nothing(&text) {
        return Value::Null;
    }
    let (rest, template) = match cut(&text) {
        _ if is_template(&text) => (Value::Null, text),
        Some((rest, template)) => (rest.into(), template),
        None => return text.into(),
    };
    let message = format!("`{template}` is a template that the sender did not fill; it is left out");
    warn_at(pointer, "template-not-filled", message, warnings);
    rest
}

/// What remains of a text without `{{…}}`, and the first of these; nothing when it has none.
fn cut(text: &str) -> Option<(String, String)> {
    let (mut rest, mut first) = (text.to_owned(), None);
    while let Some(from) = rest.find("{{")
        && let Some(length) = rest.get(from..).and_then(|template| template.find("}}"))
    {
        let template: String = rest
            .drain(from..from.saturating_add(length).saturating_add(2))
            .collect();
        first = first.or(Some(template));
    }
    let rest = trimmed(&rest, &[' ', ',', ';', '-', '|', '/', ':', '.']).to_owned();
    first.map(|first| (rest, first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> (Value, Vec<Warning>) {
        let mut warnings = Vec::new();
        (without_nothing(value, "/data", &mut warnings), warnings)
    }

    #[test]
    fn what_apps_write_for_nothing_is_nothing() {
        for text in [
            "null",
            "NULL",
            "undefined",
            "N/A",
            "n/a",
            "none",
            "None",
            "-",
            "\u{2014}",
            "[object Object]",
            "NaN",
            "#N/A",
            "#REF!",
            "{{contact.x}}",
            "{{ contact.first_name }} {{contact.last_name}}",
            "{{$json[\"phone\"]}}",
            "%lead_name%",
            "${lead.name}",
            "{contact.phone}",
            "*|FNAME|*",
            "[[lead.name]]",
            "<%= name %>",
            " \u{200b}null ",
            "\"null\"",
            "null null",
            "undefined undefined",
            "NULL N/A",
        ] {
            assert!(is_nothing(text), "{text}");
        }
        for text in [
            "Ann Null",
            "Nan",
            "Nil",
            "Nora None",
            "No",
            "NA",
            "50% off, 20%",
            "{Roof, tiles}",
            "Roof {{contact.roof}}",
            "Unknown",
            "0",
            "[Roof]",
        ] {
            assert!(!is_nothing(text), "{text}");
        }
    }

    #[test]
    fn templates_are_warnings_and_words_are_not() {
        let (value, warnings) =
            read(json!({ "lead": { "name": "{{contact.name}}", "email": "null" }, "notes": "n/a" }));
        assert_eq!(value, json!({ "lead": { "name": null, "email": null }, "notes": null }));
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].code, "template-not-filled");
        assert_eq!(warnings[0].pointer.as_deref(), Some("/data/lead/name"));
    }

    #[test]
    fn a_template_within_a_text_is_cut_out() {
        let (value, warnings) = read(json!({ "name": "{{contact.first}} Lee", "line": "{{street}}, Austin, TX" }));
        assert_eq!(value, json!({ "name": "Lee", "line": "Austin, TX" }));
        assert_eq!(
            warnings[1].message,
            "`{{contact.first}}` is a template that the sender did not fill; it is left out"
        );
    }

    #[test]
    fn somebody_called_null_keeps_the_name_beside_a_first_name() {
        for (posted, kept) in [
            (
                json!({ "firstName": "Ann", "lastName": "Null" }),
                json!({ "firstName": "Ann", "lastName": "Null" }),
            ),
            (
                json!({ "first_name": "Ann", "last_name": "None" }),
                json!({ "first_name": "Ann", "last_name": "None" }),
            ),
            (
                json!({ "firstName": "Ann", "lastName": "null" }),
                json!({ "firstName": "Ann", "lastName": null }),
            ),
            (
                json!({ "firstName": "null", "lastName": "Null" }),
                json!({ "firstName": null, "lastName": null }),
            ),
            (
                json!({ "firstName": "Ann", "email": "None" }),
                json!({ "firstName": "Ann", "email": null }),
            ),
            (json!({ "name": "Null" }), json!({ "name": null })),
        ] {
            assert_eq!(read(posted).0, kept);
        }
    }

    #[test]
    fn words_for_nothing_are_no_part_of_a_name() {
        for (written, kept) in [
            ("null Lee", "Lee"),
            ("Ann undefined", "Ann"),
            ("Lee, undefined", "Lee"),
            ("undefined, Ann", "Ann"),
            ("Ann (null) Lee", "Ann Lee"),
            ("Ann Null", "Ann Null"),
            ("Nora  None", "Nora  None"),
            ("Nullmeyer", "Nullmeyer"),
        ] {
            assert_eq!(without_words_for_nothing(written), kept, "{written}");
        }
    }

    #[test]
    fn a_word_for_nothing_is_an_answer_to_consent() {
        assert_eq!(read(json!({ "consent": "none" })).0, json!({ "consent": "none" }));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn reading_never_panics_and_never_adds(text in any::<String>()) {
            let (value, _) = read(text.clone().into());
            prop_assert!(value.as_str().is_none_or(|kept| kept.len() <= text.len()));
        }

        #[test]
        fn reading_braces_never_panics(text in "[{}%a. *|$-]{0,24}") {
            let (value, _) = read(text.clone().into());
            prop_assert!(value.is_null() || !is_nothing(value.as_str().unwrap()));
        }
    }
}
