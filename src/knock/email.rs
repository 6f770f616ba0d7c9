//! E-mail addresses, out of what people and apps write.

use serde_json::Value;

use super::phone::digits_of;
use super::placeholder;
use super::plain::{plain, trimmed};
use crate::document::{all, lists, plain_words, single_spaced};

/// The longest address that can be reached, and the longest part of it before the `@`, in letters.
const LONGEST: usize = 254;
const LONGEST_NAME: usize = 64;

/// The fewest digits of what can be a phone number beside an address.
const DIGITS_OF_A_PHONE: usize = 7;

/// What is written between an address and a name.
const BESIDE: &[char] = &[' ', '(', ')', '[', ']', '\'', ',', ';', '|', ':', '-', '/'];

/// Words that only say what an address is for.
const LABELS: &str =
    "e|mail|email|mailto|address|work|home|private|personal|office|business|main|primary|other|contact";

/// The e-mail addresses of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Emails {
    /// The addresses that can be used, in small letters.
    pub(super) addresses: Vec<String>,
    /// The name beside an address: `Ann Lee <ann@example.com>`.
    pub(super) name: Option<String>,
    /// What else the text says.
    pub(super) rest: Vec<String>,
}

/// Reads the addresses of a text: one, or several with commas, semicolons or `or` between. Nothing when a part of
/// it can be neither an address nor something beside one: in `ann@example.co,m` no part is sure.
pub(super) fn emails(written: &str) -> Emails {
    let mut emails = Emails::default();
    for text in texts(written) {
        for part in parts(&text) {
            if let Some(address) = address(&part, &mut emails.name) {
                if !emails.addresses.contains(&address) {
                    emails.addresses.push(address);
                }
            } else if part.contains('@') || digits_of(&part).len() >= DIGITS_OF_A_PHONE {
                emails.rest.push(part);
            } else if !placeholder::is_nothing(&part) {
                return Emails::default();
            }
        }
    }
    emails
}

/// The only address of a text, and what else the text says: `Ann Lee (ann@example.com)`. Nothing where a blank may be a part
/// of the address: `ann lee@example.com`.
pub(super) fn one_address(text: &str) -> Option<(String, String)> {
    let text = plain(text);
    let (before, after) = text.split_once('@').filter(|(_, after)| !after.contains('@'))?;
    let is_end = |letter: char| letter.is_whitespace() || "<>()[]\"',;|:".contains(letter);
    let (from, to) = (before.rfind(is_end), after.find(is_end));
    let start = from.map_or(0, |at| at.saturating_add(1));
    let (own, rest) = (before.get(start..)?, after.get(to.unwrap_or(after.len())..)?);
    let (before, domain) = (before.get(..start)?, after.get(..to.unwrap_or(after.len()))?);
    let address = emails(&format!("{own}@{domain}")).addresses.into_iter().next()?;
    let name = before.trim_end();
    let is_beside = name.len() == before.len() || !name.ends_with(char::is_alphabetic);
    let is_of_name = plain_words(name)
        .iter()
        .any(|word| word.len() > 1 && own.to_lowercase().contains(&word.to_lowercase()));
    let beside = single_spaced(&format!("{name} {rest}").replace(['<', '>', '"'], " "));
    let mut beside = trimmed(&beside, BESIDE).to_owned();
    if beside.contains('(') && !beside.contains(')') {
        beside.push(')');
    }
    let is_label = plain_words(&beside)
        .iter()
        .all(|word| lists(LABELS, &word.to_lowercase()));
    (is_beside || is_of_name).then(|| (address, if is_label { String::new() } else { beside }))
}

/// The texts of a text that is JSON: `["ann@example.com"]`, `{"email": "ann@example.com"}`; else the text itself.
fn texts(written: &str) -> Vec<String> {
    let is_json = written.trim_start().starts_with(['[', '{', '"']);
    match serde_json::from_str::<Value>(written.trim()) {
        Ok(value) if is_json => leaves(&value, &|text| text.contains('@')),
        _ => vec![written.to_owned()],
    }
}

/// The texts and numbers in a value that are wanted, at any depth.
pub(super) fn leaves(value: &Value, is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut leaves = Vec::new();
    add_leaves(value, is_wanted, &mut leaves);
    leaves
}

fn add_leaves(value: &Value, is_wanted: &dyn Fn(&str) -> bool, leaves: &mut Vec<String>) {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(entries) => return entries.iter().for_each(|entry| add_leaves(entry, is_wanted, leaves)),
        Value::Object(fields) => return fields.values().for_each(|value| add_leaves(value, is_wanted, leaves)),
        Value::Null | Value::Bool(_) => return,
    };
    if is_wanted(&text) {
        leaves.push(text);
    }
}

/// The parts of a text that lists addresses. What is between quotes or brackets stays together.
fn parts(text: &str) -> Vec<String> {
    let mut text = plain(text);
    for between in [" or ", " and ", " & ", " / "] {
        text = text.replace(between, ";");
    }
    let mut whole: Vec<String> = Vec::new();
    for part in unquoted_parts(&text, ",;|") {
        // A comma may be in a name: `Lee, Ann <ann@example.com>`.
        match whole
            .last_mut()
            .filter(|last| part.contains('<') && !last.contains('@'))
        {
            Some(last) => *last = format!("{last},{part}"),
            None if part.trim().is_empty() => {}
            None => whole.push(part),
        }
    }
    whole
}

/// The parts of a text between these marks. What is between quotes stays together.
pub(super) fn unquoted_parts(text: &str, marks: &str) -> Vec<String> {
    let (mut parts, mut part, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        is_quoted ^= letter == '"';
        if !is_quoted && marks.contains(letter) {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(letter);
        }
    }
    parts.push(part);
    parts
}

/// The address of a part, without what stands around it.
fn address(part: &str, name: &mut Option<String>) -> Option<String> {
    let mut part = part.trim();
    if let Some((before, bracketed)) = part.split_once('<') {
        let before = trimmed(before, &[' ', '"', '\'']);
        if !before.is_empty() && name.is_none() {
            *name = Some(before.to_owned());
        }
        part = bracketed.split('>').next().unwrap_or_default();
    }
    // `mailto:`, `E-mail:`.
    if let Some((label, labelled)) = part.split_once(':')
        && all(label, &|letter| letter.is_alphabetic() || matches!(letter, '-' | ' '))
    {
        part = labelled;
    }
    let part = part.split(['?', '(']).next().unwrap_or_default();
    let part = trimmed(part, &[' ', '"', '\'', '[', ']', '>', ':', ')']);
    let part = part.strip_suffix('.').unwrap_or(part);
    let address = part.to_lowercase();
    is_plausible(&address).then_some(address)
}

/// Whether an address has the form of one.
fn is_plausible(address: &str) -> bool {
    let Some((name, domain)) = address.split_once('@') else {
        return false;
    };
    let is_dotted = |text: &str| text.split('.').all(|part| !part.is_empty());
    let is_foreign = |letter: char| !letter.is_ascii() && !letter.is_whitespace();
    let fits_name = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter);
    let fits_domain = |label: &str| {
        let fits = |letter: char| letter.is_alphanumeric() || letter == '-' || is_foreign(letter);
        all(label, &fits) && !label.starts_with('-') && !label.ends_with('-')
    };
    let (_, top) = domain.rsplit_once('.').unwrap_or_default();
    address.chars().count() <= LONGEST
        && name.chars().count() <= LONGEST_NAME
        && is_dotted(name)
        && is_dotted(domain)
        && all(name, &|letter| fits_name(letter) || is_foreign(letter))
        && domain.split('.').all(fits_domain)
        && top.chars().count() > 1
        && !all(top, &|letter| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn ways_to_write_one_address_are_one_address() {
        for written in [
            "ann@example.com",
            " Ann@Example.COM ",
            "mailto:ann@example.com",
            "mailto:ann@example.com?subject=Roof",
            "E-mail: ann@example.com",
            "Ann Lee <ann@example.com>",
            "\"Lee, Ann\" <ann@example.com>",
            "<ann@example.com>",
            "ann@example.com.",
            "ann@example.com,",
            "ann@example.com;",
            "'ann@example.com'",
            "ann@example.com (work)",
            "[\"ann@example.com\"]",
            "{\"email\": \"ann@example.com\"}",
            "[{\"type\": \"home\", \"value\": \"ann@example.com\"}]",
            "\"ann@example.com\"",
            "\u{feff}ann@example.com\u{200b}",
            "ann\u{ff20}example.com",
            "ann@example.com, ann@example.com",
            "ann@example.com; n/a",
        ] {
            assert_eq!(emails(written).addresses, ["ann@example.com"], "{written}");
            assert!(emails(written).rest.is_empty(), "{written}");
        }
    }

    #[test]
    fn the_only_address_of_a_text_is_told_from_what_is_beside_it() {
        for (written, beside) in [
            ("Ann Lee (ann@example.com)", "Ann Lee"),
            ("Ann Lee <ann@example.com>", "Ann Lee"),
            ("Ann Lee (owner) <ann@example.com>", "Ann Lee (owner)"),
            ("Ann Lee [ann@example.com]", "Ann Lee"),
            ("Ann Lee - ann@example.com", "Ann Lee"),
            ("Ann Lee: Ann@Example.com", "Ann Lee"),
            ("Ann Lee, ann@example.com", "Ann Lee"),
            ("Ann Lee ann@example.com", "Ann Lee"),
            ("ann@example.com (Ann Lee)", "Ann Lee"),
            ("\"Lee, Ann\" <ann@example.com>", "Lee, Ann"),
            ("Ann Lee <ann@example.com> 512-555-0142", "Ann Lee 512-555-0142"),
            ("E-mail: ann@example.com", ""),
            ("ann@example.com (work)", ""),
            ("ann@example.com", ""),
        ] {
            let expected = Some(("ann@example.com".to_owned(), beside.to_owned()));
            assert_eq!(one_address(written), expected, "{written}");
        }
        for written in ["ann lee@example.com", "ann @example.com", "a@b.com, c@d.com", "Ann Lee"] {
            assert_eq!(one_address(written), None, "{written}");
        }
    }

    #[test]
    fn further_addresses_come_after_the_first() {
        for written in [
            "ann@example.com, bob@example.com",
            "ann@example.com;bob@example.com",
            "ann@example.com / bob@example.com",
            "ann@example.com or bob@example.com",
            "[\"ann@example.com\", \"bob@example.com\"]",
            "Ann <ann@example.com>, Bob <bob@example.com>",
            "ann@example.com\nbob@example.com",
        ] {
            assert_eq!(
                emails(written).addresses,
                ["ann@example.com", "bob@example.com"],
                "{written}"
            );
        }
        assert_eq!(emails("ann@example, bob@example.com").rest, ["ann@example"]);
        assert_eq!(emails("ann@example.com, 512-555-0142").rest, [" 512-555-0142"]);
    }

    #[test]
    fn what_is_no_address_gives_none() {
        let long = format!("ann@{}.com", "example.".repeat(40).trim_end_matches('.'));
        let long_name = format!("{}@example.com", "ann".repeat(30));
        for written in [
            "ann",
            "ann@example",
            "ann@@example.com",
            "ann@exa@mple.com",
            "ann@x,com",
            "ann@example.co,m",
            "ann lee@example.com",
            "ann@ example.com",
            "ann @example.com",
            "@example.com",
            "ann@",
            "ann@.com",
            "ann@example..com",
            ".ann@example.com",
            "ann.@example.com",
            "ann@-example.com",
            "ann@example.c",
            "ann@127.0.0.1",
            "ann(at)example.com",
            "ann@exam_ple.com",
            "{}",
            "[]",
            "[1]",
            long.as_str(),
            long_name.as_str(),
        ] {
            assert_eq!(emails(written).addresses, Vec::<String>::new(), "{written}");
        }
    }

    #[test]
    fn addresses_of_the_whole_world_are_kept() {
        for written in [
            "ann@b\u{fc}cher.example",
            "jos\u{e9}@example.com",
            "o'brien+roof@mail.example.co.uk",
            "\u{7528}\u{6237}@\u{4f8b}\u{5b50}.\u{4e2d}\u{56fd}",
        ] {
            assert_eq!(emails(written).addresses, [written], "{written}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_address_is_found_in_every_decoration(
            address in "[a-z][a-z0-9]{0,9}(\\.[a-z0-9]{1,5})?@[a-z][a-z0-9]{1,9}\\.(com|net|co\\.uk)",
            (before, after) in select(vec![
                ("", ""), ("mailto:", ""), ("<", ">"), ("Ann Lee <", ">"), ("", "."), ("", ","), ("", ";"), ("[\"", "\"]"),
                ("{\"email\":\"", "\"}"), ("\u{feff} ", " \u{200e}"), ("Email: ", ""), ("", " (home)"), ("'", "'"),
            ]),
        ) {
            prop_assert_eq!(emails(&format!("{before}{address}{after}")).addresses, [address]);
        }

        #[test]
        fn reading_never_panics_and_what_is_found_is_an_address(written in any::<String>()) {
            for address in emails(&written).addresses {
                prop_assert_eq!(emails(&address).addresses, [address.clone()]);
            }
        }

        #[test]
        fn reading_what_looks_like_addresses_never_panics(written in "[a-z@.,;<>\"'\\[\\]{}: ()/?-]{0,30}") {
            for address in emails(&written).addresses {
                prop_assert_eq!(address.matches('@').count(), 1);
                prop_assert!(!address.contains([' ', ',', ';', '<', '>', '"']));
            }
        }
    }
}
