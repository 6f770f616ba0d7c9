//! Names of people: first and last, in whatever order.

use super::plain::is_invisible;
use crate::document::{all, lists, only, single_spaced, words};

/// What follows a comma in a name without being a first name.
const SUFFIXES: &str = "jr|sr|ii|iii|iv|v|md|dds|dmd|do|phd|esq|rn|cpa|pe|ret|inc|llc|ltd|llp|co|corp|dvm|jd|mba|usn";

/// What a last name of several words begins with.
const PARTICLES: &str = "de|del|della|der|den|di|da|das|do|dos|du|la|le|van|von|vom|zu|ter|ten|al|st|san";

/// A name without marks that nobody sees, as it is written otherwise.
pub(super) fn visible(name: &str) -> String {
    // Joiners are part of how some names are written.
    let is_hidden = |letter: char| is_invisible(letter) && !matches!(letter, '\u{200c}' | '\u{200d}');
    let name = only(name, &|letter| !is_hidden(letter));
    name.trim().to_owned()
}

/// First and last name of a name that begins with the last: `Lee, Ann`. Nothing of any other.
pub(super) fn reversed(name: &str) -> Option<(&str, &str)> {
    let (last, first) = name.split_once(',')?;
    let (last, first) = (last.trim(), first.trim());
    let plain = first.replace('.', "").to_lowercase();
    let is_name =
        |text: &str| !all(text, &|letter| !letter.is_alphabetic()) && all(text, &|letter| !letter.is_ascii_digit());
    // Two people may stand on either side of a comma: `Ann Lee, Bob Lee`.
    let is_last_name = match words(last).as_slice() {
        [] => false,
        [_] => true,
        [particle, ..] => lists(PARTICLES, &particle.trim_end_matches('.').to_lowercase()),
    };
    let is_reversed =
        is_last_name && is_name(last) && is_name(first) && !first.contains(',') && !lists(SUFFIXES, &plain);
    is_reversed.then_some((first, last))
}

/// Whether what stands on either side of a comma is one name: `Lee, Ann`, `Ann Lee, MD`.
pub(super) fn is_one_name(before: &str, after: &str) -> bool {
    let suffix = after.trim().replace('.', "").to_lowercase();
    reversed(&format!("{before},{after}")).is_some() || (!before.trim().is_empty() && lists(SUFFIXES, &suffix))
}

/// What names are compared by: small letters, single spaces, the first name first.
pub(super) fn plain_name(name: &str) -> String {
    let name = visible(name);
    let name = reversed(&name).map_or(name.clone(), |(first, last)| format!("{first} {last}"));
    let name = name.to_lowercase().replace('.', " ");
    single_spaced(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_begins_with_the_last_one_is_turned_round() {
        for (written, first, last) in [
            ("Lee, Ann", "Ann", "Lee"),
            ("LEE, ANN", "ANN", "LEE"),
            ("Lee-Smith, Mary Ann", "Mary Ann", "Lee-Smith"),
            ("de la Cruz, Maria", "Maria", "de la Cruz"),
            ("O'Brien,Pat", "Pat", "O'Brien"),
            ("Lee, Mrs. Ann", "Mrs. Ann", "Lee"),
            ("Lee, Ann & Bob", "Ann & Bob", "Lee"),
        ] {
            assert_eq!(reversed(written), Some((first, last)), "{written}");
        }
    }

    #[test]
    fn any_other_name_stays_as_it_is_written() {
        for written in [
            "Ann Lee",
            "Mrs. Ann Lee",
            "Ann & Bob Lee",
            "Lee, Jr.",
            "Ann Lee, Jr.",
            "Ann Lee, MD",
            "Ann Lee, M.D.",
            "Ann Lee, Bob Lee",
            "Ann Lee, owner",
            "Acme, Inc.",
            "Lee, Ann, Bob",
            "Lee,",
            ", Ann",
            "Lee, 12",
        ] {
            assert_eq!(reversed(written), None, "{written}");
        }
    }

    #[test]
    fn a_comma_within_one_name_is_known() {
        assert!(is_one_name("Lee", " Ann ") && is_one_name("Ann Lee", " M.D.") && is_one_name("de la Cruz", "Maria"));
        assert!(!is_one_name("Ann Lee", " Bob") && !is_one_name("", " MD") && !is_one_name("Lee", ""));
    }

    #[test]
    fn names_are_compared_without_order_case_and_white_space() {
        for written in ["Ann Lee", " ann  LEE ", "Lee, Ann", "\u{feff}Ann Lee"] {
            assert_eq!(plain_name(written), "ann lee", "{written}");
        }
    }
}
