//! Flats, suites and lots: what stands beside a house number.

use crate::document::{lists, only};

/// What names a unit, as it is compared; `#` is read as one of them.
const DESIGNATORS: &str = "#|apt|apartment|unit|ste|suite|lot|flat|bldg|building|rm|room|spc|space|sp|trlr|trailer|fl|floor|no|num|\
     number|ph|penthouse";

/// Where a unit stands among words that are an address or a part of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Before the rest.
    First,
    /// After it.
    Last,
}

/// How many of the words at one end are a unit, and so no part of a street.
pub(super) fn words_at(words: &[&str], end: End) -> usize {
    let mut taken = 0;
    loop {
        let rest = match end {
            End::First => words.get(taken..),
            End::Last => words.get(..words.len() - taken),
        };
        let found = rest.map_or(0, |rest| one_at(rest, end));
        if found == 0 {
            return taken;
        }
        taken += found;
    }
}

fn one_at(words: &[&str], end: End) -> usize {
    let [first, second] = match (words, end) {
        ([], _) => return 0,
        ([first, second, ..], End::First) | ([.., first, second], End::Last) => [Some(*first), Some(*second)],
        ([only], _) => [None, Some(*only)],
    };
    let alone = match end {
        End::First => first.or(second),
        End::Last => second,
    };
    // `#4`, `# 4`, `Apt 4`, `Apt #4`.
    if alone.is_some_and(|word| word.strip_prefix('#').is_some_and(is_id)) {
        let named = matches!((first, end), (Some(first), End::Last) if is_designator(first));
        return if named { 2 } else { 1 };
    }
    match (first, second) {
        (Some(first), Some(second)) if is_designator(first) && is_id(second.trim_start_matches('#')) => 2,
        _ => 0,
    }
}

/// A unit as it is shown: with what names it.
pub(super) fn shown(words: &[&str]) -> String {
    match words {
        [only] if !only.starts_with('#') && is_id(only) => format!("#{only}"),
        words => words.join(" "),
    }
}

/// A unit as it is compared: what tells it from others of its house.
pub(super) fn compared(unit: &str) -> String {
    let spaced = unit.replace('#', " ");
    let mut compared = String::new();
    for word in spaced.split_whitespace() {
        let id = match is_designator(word) {
            true => wider(word).to_owned(),
            false => plain_id(word),
        };
        if !compared.is_empty() && !id.is_empty() {
            compared.push(' ');
        }
        compared.push_str(&id);
    }
    compared
}

/// What names more than a flat: a floor or a building is not the flat of the same number.
fn wider(designator: &str) -> &'static str {
    match designator.to_lowercase().trim_end_matches(['.', ':']) {
        "fl" | "floor" => "fl",
        "bldg" | "building" => "bldg",
        _ => "",
    }
}

fn plain_id(word: &str) -> String {
    let id = only(word, &char::is_alphanumeric);
    let plain = id.trim_start_matches('0').to_lowercase();
    if plain.is_empty() { id } else { plain }
}

fn is_designator(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':', '#']).to_lowercase();
    word.is_empty() || lists(DESIGNATORS, &word)
}

/// Whether a word can be what tells a unit: digits with or without letters, or one or two letters.
fn is_id(word: &str) -> bool {
    let word = word.trim_end_matches('.');
    let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let others = word.chars().filter(|letter| matches!(letter, '-' | '/')).count();
    let short = letters + digits + others == word.chars().count() && (1..=6).contains(&(letters + digits));
    short && (digits > 0 || (letters <= 2 && !super::address_line::is_street_word(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(text: &str) -> usize {
        words_at(&text.split_whitespace().collect::<Vec<_>>(), End::Last)
    }

    #[test]
    fn units_are_found_at_the_end_of_a_street() {
        for (text, words) in [
            ("12 Oak St Apt 4", 2),
            ("12 Oak St apt. 4B", 2),
            ("12 Oak St Apt #4", 2),
            ("12 Oak St #4", 1),
            ("12 Oak St # 4", 2),
            ("12 Oak St Unit B", 2),
            ("12 Oak St Ste 200", 2),
            ("12 Oak St Lot 7", 2),
            ("12 Oak St Bldg 3 Apt 12-A", 4),
            ("12 Oak St", 0),
            ("12 Space Center Blvd", 0),
            ("12 Unit St", 0),
            ("County Road 12", 0),
            ("", 0),
        ] {
            assert_eq!(at_end(text), words, "{text}");
        }
    }

    #[test]
    fn one_unit_in_other_words_is_the_same() {
        for unit in [
            "#4",
            "# 4",
            "Apt 4",
            "apt. 4",
            "Apartment 4",
            "unit 4",
            "Unit #4",
            "4",
            "04",
        ] {
            assert_eq!(compared(unit), "4", "{unit}");
        }
        assert_eq!(compared("Bldg 3 Apt 12-A"), compared("building 3, #12a"));
        assert_ne!(compared("Apt 4"), compared("Apt 4B"));
    }
}
