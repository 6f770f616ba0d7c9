//! Phone numbers in international form, out of what people and apps write.

use super::plain::{plain, trimmed};
use crate::document::{all, lists, only, plain_key};

/// What people put between digits, once the text is plain.
const BETWEEN: &str = " -.()/_";

/// What people put around labels and numbers.
const AROUND: &[char] = &[
    ' ', ':', ';', ',', '.', '|', '#', '*', '(', ')', '[', ']', '<', '>', '"', '\'', '&', '=', '-', '/', '_',
];

/// Calling codes of countries where the leading zero is part of the number: Italy, San Marino.
const KEEP_THE_ZERO: [&str; 2] = ["39", "378"];

/// How many digits come after the calling code, at least and at most, in countries where that is sure.
const LENGTHS: [(&str, (usize, usize)); 7] = [
    ("44", (9, 10)),
    ("33", (9, 9)),
    ("34", (9, 9)),
    ("52", (10, 11)),
    ("55", (10, 11)),
    ("91", (10, 10)),
    ("353", (7, 9)),
];

/// Words that only say what a number is for.
const LABELS: &str = "mobile|mob|cell|cellphone|cellular|home|work|office|business|main|primary|direct|landline|phone|phones|\
     telephone|tel|ph|number|no|nr|call|callto|text|sms|whatsapp|or|and|m|c|h|w|p|t";

/// Words before an extension.
const EXTENSION: &str = "x|ext|extn|extension|xt";

/// The longest extension, in digits.
const EXTENSION_LIMIT: usize = 6;

/// The longest text that may be numbers, in bytes.
const LONGEST: usize = 300;

/// The phone numbers of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Phones {
    /// The first number that can be called, in E.164 form.
    pub(super) number: Option<String>,
    /// How that number is written.
    pub(super) written: String,
    /// What else the text says: extensions, other numbers, words.
    pub(super) rest: Vec<String>,
}

/// The first number of a text that can be called, in E.164 form (`+15125550142`); nothing when there is none.
///
/// A number without `+` belongs to the country of `calling_code`; a leading zero of national numbers is dropped. Labels,
/// extensions and further numbers are passed over.
///
/// ```
/// # use knockcal::knock::e164;
/// assert_eq!(e164("(512) 555-0142", "1").as_deref(), Some("+15125550142"));
/// assert_eq!(e164("Mobile: 512-555-0142 x12", "1").as_deref(), Some("+15125550142"));
/// assert_eq!(e164("020 7946 0018", "44").as_deref(), Some("+442079460018"));
/// assert_eq!(e164("+44 20 7946 0018", "1").as_deref(), Some("+442079460018"));
/// assert_eq!(e164("n/a", "1"), None);
/// assert_eq!(e164("+1 512 555 014", "1"), None);
/// ```
pub fn e164(written: &str, calling_code: &str) -> Option<String> {
    phones(written, calling_code).number
}

/// Reads the phone numbers of a text.
pub(super) fn phones(written: &str, calling_code: &str) -> Phones {
    let text = plain(written);
    if text.len() > LONGEST {
        return Phones::default();
    }
    let Some(text) = from_spreadsheet(trimmed(&text, &['\'', '='])) else {
        return Phones::default();
    };
    let mut phones = Phones::default();
    let mut numbers: Vec<String> = Vec::new();
    let (mut before, mut other) = (String::new(), String::new());
    for (piece, is_run) in pieces(&text) {
        if !is_run {
            let last = trimmed(piece, AROUND).rsplit(AROUND).next().unwrap_or_default();
            before = plain_key(last);
            let words = match lists(EXTENSION, &before) {
                true => piece.split(last).next().unwrap_or_default(),
                false => piece,
            };
            if words != piece || piece.trim_end().ends_with('#') {
                "ext".clone_into(&mut before);
            }
            other.push_str(words);
            continue;
        }
        let digits = digits_of(piece);
        if before == "ext" && !numbers.is_empty() && digits.len() <= EXTENSION_LIMIT {
            phones.keep(&mut other);
            phones.rest.push(format!("ext. {digits}"));
            continue;
        }
        for (part, number) in numbers_of(piece, calling_code) {
            match number.filter(|_| before != "fax") {
                Some(number) if numbers.contains(&number) => {}
                Some(number) => {
                    phones.keep(&mut other);
                    match numbers.is_empty() {
                        true => bare(part).clone_into(&mut phones.written),
                        false => phones.rest.push(bare(part).to_owned()),
                    }
                    numbers.push(number);
                }
                None => other.push_str(part),
            }
        }
        before.clear();
    }
    phones.keep(&mut other);
    phones.number = numbers.into_iter().next();
    phones
}

impl Phones {
    /// Keeps what is no number, unless it only says what a number is for.
    fn keep(&mut self, other: &mut String) {
        let kept = trimmed(other, AROUND);
        if kept
            .split(AROUND)
            .any(|word| !word.is_empty() && !lists(LABELS, &word.to_lowercase()))
        {
            self.rest.push(kept.to_owned());
        }
        other.clear();
    }
}

/// A number without what stands between it and the next words.
fn bare(part: &str) -> &str {
    let part = trimmed(part, &[' ', '-', '.', '/', '_']);
    // The parenthesis of an area code stays.
    let part = part.strip_prefix(')').unwrap_or(part);
    trimmed(part.strip_suffix('(').unwrap_or(part), &[' '])
}

/// A text with the digits that a spreadsheet or a program made another number of: `5125550142.0`, `5.125550142E9`,
/// `5,125,550,142`. Nothing where digits were rounded away.
fn from_spreadsheet(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = |text: &str| !text.is_empty() && all(text, &|letter| letter.is_ascii_digit());
    let is_zero = |digit: char| digit == '0';
    let is_scientific = is_number(whole) && (fraction.is_empty() || is_number(fraction)) && is_number(exponent);
    match exponent.parse::<usize>() {
        Ok(0) if is_number(whole) && !fraction.is_empty() && all(fraction, &is_zero) => Some(whole.to_owned()),
        Ok(exponent) if is_scientific && exponent > 0 => {
            let beyond = fraction.get(exponent..)?;
            let fraction = fraction.get(..exponent).filter(|_| all(beyond, &is_zero))?;
            Some(format!("{whole}{fraction}"))
        }
        _ => Some(without_thousands(text)),
    }
}

fn without_thousands(text: &str) -> String {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let is_group = |group: &str, longest: usize| {
        !group.is_empty() && group.len() <= longest && all(group, &|digit| digit.is_ascii_digit())
    };
    match text.contains(',') && is_group(first, 3) && groups.all(|group| group.len() == 3 && is_group(group, 3)) {
        true => text.replace(',', ""),
        false => text.to_owned(),
    }
}

/// The pieces of a text, one after the other: runs of digits and what stands between them, and the words around.
fn pieces(text: &str) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    let (mut start, mut is_run, mut has_digits) = (0, false, false);
    for (at, letter) in text.char_indices() {
        let begins = letter.is_ascii_digit() || letter == '+';
        if is_run && !(letter == '+' && has_digits) && (begins || BETWEEN.contains(letter)) {
            has_digits |= letter.is_ascii_digit();
            continue;
        }
        if !is_run && !begins {
            continue;
        }
        let mut end = at;
        if begins && !is_run {
            // A parenthesis belongs to the area code.
            let words = text.get(start..at).unwrap_or_default();
            end = start.saturating_add(words.trim_end_matches('(').len());
        }
        pieces.push((text.get(start..end).unwrap_or_default(), is_run));
        (start, is_run, has_digits) = (end, begins, letter.is_ascii_digit());
    }
    pieces.push((text.get(start..).unwrap_or_default(), is_run));
    pieces
}

/// The numbers of a run of digits, each with its part of it: one, or several with slashes or spaces between.
fn numbers_of<'t>(run: &'t str, calling_code: &str) -> Vec<(&'t str, Option<String>)> {
    // `089/1234567/8` is a number and its last digit in another house.
    if let Some((head, last)) = run.rsplit_once('/')
        && (1..3).contains(&digits_of(last).len())
    {
        let mut numbers = numbers_of(head, calling_code);
        numbers.push((run.get(head.len()..).unwrap_or_default(), None));
        return numbers;
    }
    let whole = number_of(run, calling_code);
    if whole.is_some() {
        return vec![(run, whole)];
    }
    // Where area codes end with a slash, only one with spaces around is between numbers.
    let separator = if calling_code == "1" { "/" } else { " / " };
    let mut numbers = Vec::new();
    for part in run.split_inclusive(separator) {
        match number_of(part, calling_code) {
            Some(number) => numbers.push((part, Some(number))),
            None => numbers.extend(spaced(part, calling_code).unwrap_or_else(|| vec![(part, None)])),
        }
    }
    numbers
}

/// North American numbers with spaces between. Nothing when anything else remains: one digit too many is no extension.
fn spaced<'t>(run: &'t str, calling_code: &str) -> Option<Vec<(&'t str, Option<String>)>> {
    if calling_code != "1" {
        return None;
    }
    let (mut numbers, mut start) = (Vec::new(), 0);
    let ends = run.match_indices(' ').map(|(at, _)| at).chain([run.len()]);
    for end in ends {
        let part = run.get(start..end)?;
        if let Some(number) = number_of(part, calling_code) {
            numbers.push((part, Some(number)));
            start = end;
        }
    }
    digits_of(run.get(start..)?).is_empty().then_some(numbers)
}

/// The number that a run of digits is, in E.164 form.
fn number_of(run: &str, calling_code: &str) -> Option<String> {
    let is_international = trimmed(run, &['(', ' ']).starts_with('+');
    // The zero in `+44 (0)20` is for callers at home.
    let digits = match is_international {
        true => digits_of(&run.replacen("(0)", "", 1)),
        false => digits_of(run),
    };
    let is_north_american = calling_code == "1";
    let abroad = digits.strip_prefix("00");
    let abroad = abroad.or_else(|| digits.strip_prefix("011").filter(|_| is_north_american));
    let number = match abroad {
        _ if is_international => digits,
        Some(number) => number.to_owned(),
        // Ten digits, often written with the 1 in front.
        None if is_north_american && digits.len() == 10 => format!("1{digits}"),
        None if is_north_american && digits.len() != 11 => return None,
        None if is_north_american && !digits.starts_with('1') => return None,
        None if is_north_american => digits,
        // The calling code is there, without the sign before it.
        None if digits.len() > 10 && digits.starts_with(calling_code) => digits,
        None if KEEP_THE_ZERO.contains(&calling_code) => format!("{calling_code}{digits}"),
        None => format!("{calling_code}{}", digits.trim_start_matches('0')),
    };
    let can_be_called = match number.strip_prefix('1') {
        Some(national) => is_north_american_number(national),
        None => (8..=15).contains(&number.len()) && !number.starts_with('0') && has_known_length(&number),
    };
    can_be_called.then(|| format!("+{number}"))
}

/// Whether ten digits are a number of the North American plan: neither area code nor exchange begins with 0 or 1, and codes
/// like 911 are no areas.
pub(super) fn is_north_american_number(national: &str) -> bool {
    let begins = |at: usize| {
        national
            .as_bytes()
            .get(at)
            .is_some_and(|digit| (b'2'..=b'9').contains(digit))
    };
    national.len() == 10 && begins(0) && begins(3) && national.get(1..3) != Some("11")
}

/// Whether a number is as long as those of its country, where that is one of a few.
fn has_known_length(number: &str) -> bool {
    let known = LENGTHS
        .iter()
        .find_map(|(code, lengths)| Some((number.strip_prefix(code)?.len(), lengths)));
    known.is_none_or(|(length, (shortest, longest))| (*shortest..=*longest).contains(&length))
}

/// The digits of a text.
pub(super) fn digits_of(text: &str) -> String {
    only(text, &|letter| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn ways_to_write_one_number_are_one_number() {
        for written in [
            "5125550142",
            "512-555-0142",
            "(512) 555 0142",
            "1 512 555 0142",
            "1-512-555-0142",
            "+1 (512) 555-0142",
            "(+1) 512 555 0142",
            "512.555.0142 x12",
            "001 512 555 0142",
            "011 1 512 555 0142",
            "(512) 555\u{2013}0142",
            "512-555-0142 ext. 12",
            "512-555-0142 ext 12",
            "512-555-0142;ext=12",
            "512-555-0142 #12",
            "512-555-0142,,12",
            "Mobile: (512) 555-0142",
            "Cell 512-555-0142",
            "cell phone - 512-555-0142",
            "512-555-0142 (home)",
            "(512)555-0142(h)",
            "tel:+1-512-555-0142",
            "tel:+15125550142;ext=12",
            "5125550142.0",
            "15125550142.00",
            "5.125550142E9",
            "5.125550142e+09",
            "1.5125550142E+10",
            "5,125,550,142",
            "'5125550142",
            "=\"5125550142\"",
            "\u{200e}512-555-0142\u{202c}",
            "\u{202a}+1 512 555 0142\u{202c}",
            "\u{feff}512\u{a0}555\u{a0}0142",
            "\u{ff15}\u{ff11}\u{ff12}\u{ff0d}\u{ff15}\u{ff15}\u{ff15}\u{ff0d}\u{ff10}\u{ff11}\u{ff14}\u{ff12}",
            "512-555-0142 / 512-555-0143",
            "512-555-0142/0143",
            "512-555-0142 or 512-555-0143",
            "512-555-0142, 512-555-0143",
            "512-555-0142; 512-555-0143",
            "512-555-0142 512-555-0143",
            "(512) 555-0142 (512) 555-0143",
            "512-555-0142\n512-555-0143",
            "555-0142 or 512-555-0142",
            "fax 512-555-0199, cell 512-555-0142",
            "512_555_0142",
        ] {
            assert_eq!(e164(written, "1").as_deref(), Some("+15125550142"), "{written}");
        }
    }

    #[test]
    fn what_stands_beside_the_number_is_kept() {
        for (written, number, rest) in [
            ("(512) 555-0142", "(512) 555-0142", vec![]),
            ("Mobile: (512) 555-0142", "(512) 555-0142", vec![]),
            ("512-555-0142 (home)", "512-555-0142", vec![]),
            ("512-555-0142 x12", "512-555-0142", vec!["ext. 12"]),
            ("512-555-0142, ext. #12 (office)", "512-555-0142", vec!["ext. 12"]),
            ("512-555-0142 / 512-555-0143", "512-555-0142", vec!["512-555-0143"]),
            (
                "512-555-0142 or (512) 555-0143 x7",
                "512-555-0142",
                vec!["(512) 555-0143", "ext. 7"],
            ),
            ("512-555-0142 ext 512-555-0143", "512-555-0142", vec!["512-555-0143"]),
            ("512-555-0142, +1 512 555 0142", "512-555-0142", vec![]),
            ("555-0142 / 512-555-0143", "512-555-0143", vec!["555-0142"]),
            (
                "512-555-0142 wife: 512-555-0143",
                "512-555-0142",
                vec!["wife", "512-555-0143"],
            ),
            ("512-555-0142 call after 5pm", "512-555-0142", vec!["call after 5pm"]),
            (
                "fax 512-555-0199, 512-555-0142",
                "512-555-0142",
                vec!["fax 512-555-0199"],
            ),
        ] {
            let phones = phones(written, "1");
            assert_eq!(
                (phones.written.as_str(), phones.rest),
                (number, rest.into_iter().map(str::to_owned).collect()),
                "{written}"
            );
        }
    }

    #[test]
    fn numbers_of_other_countries_are_read_by_the_calling_code() {
        for (written, calling_code, number) in [
            ("+44 (0)7700 900123", "1", "+447700900123"),
            ("07700 900123", "44", "+447700900123"),
            ("447700900123", "44", "+447700900123"),
            ("0044 7700 900123", "44", "+447700900123"),
            ("011 44 7700 900123", "1", "+447700900123"),
            ("06 1234 5678", "39", "+390612345678"),
            ("089/1234567", "49", "+49891234567"),
            ("089/1234567/8", "49", "+49891234567"),
            ("089/1234567 / 089/7654321", "49", "+49891234567"),
            ("+52 55 1234 5678", "1", "+525512345678"),
            (
                "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}\u{667}\u{668}",
                "20",
                "+2012345678",
            ),
            ("+44 20 7946 0018 +44 20 7946 0019", "1", "+442079460018"),
        ] {
            assert_eq!(e164(written, calling_code).as_deref(), Some(number), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_called_is_not_a_number() {
        for written in [
            "",
            "none",
            "12",
            "555 1234",
            "+",
            "+0123456789",
            "+1 512 555 014",
            "+1 512 555 01420",
            "512-555-014",
            "512-555-01420",
            "512 555 0142 12",
            "2 512 555 0142",
            "012-555-0142",
            "112-555-0142",
            "512-055-0142",
            "512-155-0142",
            "911-555-0142",
            "411-555-0142",
            "(555) 123-4567",
            "1-800-FLOWERS",
            "512-555-HAIL",
            "512-555-O142",
            "5.12556E+09",
            "5.12555E9",
            "5.12555014E9",
            "fax 512-555-0142",
            "ext. 5125550",
        ] {
            assert_eq!(e164(written, "1"), None, "{written}");
        }
        for (written, calling_code) in [
            ("+44 20 7946 001800", "1"),
            ("+44 20 794", "1"),
            ("020 7946 0018 12", "44"),
            ("089/1234567/089/7654321", "49"),
            ("1.2345678E9", "49"),
        ] {
            assert_eq!(e164(written, calling_code), None, "{written}");
        }
    }

    fn around() -> impl Strategy<Value = (&'static str, &'static str)> {
        select(vec![
            ("", ""),
            ("Mobile: ", ""),
            ("cell ", ""),
            ("", " (home)"),
            ("tel:", ""),
            ("'", ""),
            ("\u{feff}", "\u{200e}"),
            ("\u{202a}", "\u{202c}"),
            ("  ", "\t"),
            ("", " x12"),
            ("", ";ext=7"),
            ("", " / 737-555-0199"),
            ("", " or 737-555-0199 (work)"),
            ("", ","),
            ("<", ">"),
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_number_that_can_be_called_is_found_in_every_decoration(
            area in 200_u32..1000, exchange in 200_u32..1000, line in 0_u32..10_000,
            form in 0..8, (before, after) in around(),
        ) {
            prop_assume!(area % 100 != 11);
            let bare = match form {
                0 => format!("{area}{exchange}{line:04}"),
                1 => format!("({area}) {exchange}-{line:04}"),
                2 => format!("{area}-{exchange}-{line:04}"),
                3 => format!("+1 {area} {exchange} {line:04}"),
                4 => format!("1{area}{exchange}{line:04}"),
                5 => format!("{area}.{exchange}.{line:04}"),
                6 => format!("{area}\u{2011}{exchange}\u{2011}{line:04}"),
                _ => format!("+1({area}){exchange}{line:04}"),
            };
            let wanted = format!("+1{area}{exchange}{line:04}");
            prop_assert_eq!(e164(&format!("{before}{bare}{after}"), "1"), Some(wanted));
        }

        #[test]
        fn one_digit_more_or_less_is_no_number(
            area in 200_u32..1000, exchange in 200_u32..1000, line in 0_u32..1000, more in any::<bool>(), plus in any::<bool>(),
        ) {
            let number = match more {
                true => format!("{area}{exchange}{line:05}"),
                false => format!("{area}{exchange}{line:03}"),
            };
            prop_assert_eq!(e164(&format!("{}{number}", if plus { "+1" } else { "" }), "1"), None);
        }

        #[test]
        fn reading_never_panics_and_what_is_found_can_be_called(written in any::<String>(), code in "[1-9][0-9]{0,2}") {
            if let Some(number) = e164(&written, &code) {
                prop_assert!((9..=16).contains(&number.len()) && number.starts_with('+'));
                prop_assert_eq!(e164(&number, &code), Some(number.clone()));
            }
        }

        #[test]
        fn reading_what_looks_like_numbers_never_panics(written in "[0-9+() ./,;#xe'=-]{0,40}|[\u{ff10}-\u{ff19}\u{200e} -]{0,20}") {
            let _ = phones(&written, "1");
            let _ = phones(&written, "44");
        }
    }
}
