//! E-mail addresses and phone numbers that say nothing: many homes have the same, and are not one person.

use super::phone::digits_of;
use crate::document::{all, lists, only};

/// What people write who have no address, or do not give it: before the `@`.
const NOBODY: &str = "no|none|non|noemail|no-email|no.email|no_email|nomail|noname|noone|nobody|na|n.a|nope|null|unknown|\
     notprovided|notgiven|declined|refused|asdf|fake";

/// What people write on both sides of the `@`.
const TWICE: &str = "test|a|aa|aaa|abc|x|xx|xxx";

/// The fewest digits of a phone number, and of a part of one, that is junk: fewer are in too many numbers.
const DIGITS: usize = 7;
const DIGITS_OF_PART: usize = 3;

/// What a connection counts as junk beside what everybody does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Junk(Vec<Pattern>);

/// An entry of the list: `*` is anything.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// An e-mail address, in small letters.
    Email(String),
    /// The digits of a phone number.
    Phone(String),
}

impl Junk {
    /// Adds what a configuration lists: an e-mail address or a phone number, with `*` for anything in it.
    ///
    /// # Errors
    /// A sentence, for an entry that could never fit or would fit everything.
    pub fn add(&mut self, entry: &str) -> Result<(), String> {
        self.0.push(pattern(entry)?);
        Ok(())
    }

    /// Whether an e-mail address, in small letters, says nothing.
    ///
    /// ```
    /// # use knockcal::knock::Junk;
    /// let mut junk = Junk::default();
    /// junk.add("*@door.example").unwrap();
    /// assert!(junk.has_email("no@email.com") && junk.has_email("x@x.com") && junk.has_email("ann@door.example"));
    /// assert!(!junk.has_email("ann@email.com") && !junk.has_email("smith@smith.com"));
    /// ```
    pub fn has_email(&self, email: &str) -> bool {
        let listed = |pattern: &Pattern| matches!(pattern, Pattern::Email(pattern) if fits(pattern, email));
        is_no_address(email) || self.0.iter().any(listed)
    }

    /// Whether a phone number, in international form, says nothing.
    ///
    /// ```
    /// # use knockcal::knock::Junk;
    /// let mut junk = Junk::default();
    /// junk.add("(512) 555-0100").unwrap();
    /// junk.add("512777*").unwrap();
    /// assert!(junk.has_phone("+15555555555") && junk.has_phone("+15125550100") && junk.has_phone("+15127770142"));
    /// assert!(!junk.has_phone("+15125550142"));
    /// ```
    pub fn has_phone(&self, phone: &str) -> bool {
        let number = digits_of(phone);
        let national = number.get(calling_code_length(&number)..).unwrap_or_default();
        let listed = |pattern: &Pattern| match pattern {
            Pattern::Phone(pattern) => fits(pattern, &number) || fits(pattern, national.trim_start_matches('0')),
            Pattern::Email(_) => false,
        };
        is_no_number(phone) || self.0.iter().any(listed)
    }
}

/// Whether an e-mail address, in small letters, is what people write who give none.
pub(super) fn is_no_address(email: &str) -> bool {
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    let label = domain.split('.').next().unwrap_or_default();
    lists(NOBODY, name) || (name == label && lists(TWICE, name))
}

/// Whether the digits of a phone number are what people write who give none.
pub(super) fn is_no_number(phone: &str) -> bool {
    let number = digits_of(phone);
    let local = number.get(number.len().saturating_sub(9)..).unwrap_or_default();
    let first = local.chars().next();
    let is_one_digit = local.len() >= DIGITS && all(local, &|digit| Some(digit) == first);
    let is_zero = !number.is_empty() && all(&number, &|digit| digit == '0');
    is_one_digit || is_zero || number.ends_with("1234567890")
}

/// How many digits the calling code of an international number has.
fn calling_code_length(number: &str) -> usize {
    match number.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..] | [b'3', b'0'..=b'4' | b'6' | b'9', ..] | [b'4', b'0' | b'1' | b'3'..=b'9', ..] => 2,
        [b'5', b'1'..=b'8', ..] | [b'6', b'0'..=b'6', ..] | [b'8', b'1' | b'2' | b'4' | b'6', ..] => 2,
        [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

/// Reads an entry.
fn pattern(entry: &str) -> Result<Pattern, String> {
    let entry = entry.trim().to_lowercase();
    let digits = only(&entry, &|letter| letter.is_ascii_digit() || letter == '*');
    let is_phone = all(&entry, &|letter| letter.is_ascii_digit() || "*+ -.()/".contains(letter));
    let has_wildcard = entry.contains('*');
    let example = "write an e-mail address or a phone number, with `*` for anything in it: `*@example.com`, `noreply@*`, \
                   `512555*`";
    if all(&entry, &|letter| "*@. +-".contains(letter)) {
        return Err(format!("`{entry}` fits everything; {example}"));
    }
    if is_phone {
        let (count, fewest) = match has_wildcard {
            true => (digits.replace('*', "").len(), DIGITS_OF_PART),
            false => (digits.len(), DIGITS),
        };
        // The zero of national numbers is no part of international ones.
        let digits = digits.trim_start_matches('0').to_owned();
        return match count < fewest {
            true => Err(format!(
                "`{entry}` has {count} digits, which are in too many numbers; write at least {fewest}"
            )),
            false if has_wildcard => Ok(Pattern::Phone(digits)),
            false => Ok(Pattern::Phone(format!("*{digits}"))),
        };
    }
    if let Some(odd) = entry
        .chars()
        .find(|letter| letter.is_whitespace() || "?[]()^$\\|,;<>\"%".contains(*letter))
    {
        return Err(format!("`{odd}` in `{entry}` is in no e-mail address; {example}"));
    }
    let is_whole = entry
        .split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    match has_wildcard || is_whole {
        true if entry.matches('@').count() < 2 => Ok(Pattern::Email(entry)),
        _ if entry.contains('.') && entry.matches('@').count() < 2 => {
            let domain = entry.trim_start_matches('@');
            Err(format!(
                "`{entry}` is not an e-mail address; for all of a domain write `*@{domain}`"
            ))
        }
        _ => Err(format!(
            "`{entry}` is neither an e-mail address nor a phone number; {example}"
        )),
    }
}

/// Whether a text fits a pattern in which `*` is anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn junk(entry: &str) -> Junk {
        let mut junk = Junk::default();
        junk.add(entry).unwrap();
        junk
    }

    #[test]
    fn a_pattern_works_with_a_star_at_any_place() {
        for (entry, fits, others) in [
            ("*@door.example", "ann@door.example", "ann@door.example.com"),
            ("noreply@*", "noreply@door.example", "ann@door.example"),
            ("*test*", "mytest1@door.example", "ann@door.example"),
            ("*@*.invalid", "ann@door.invalid", "ann@door.example"),
            ("ann*@door.example", "ann.lee@door.example", "bob@door.example"),
            ("Ann@Door.Example", "ann@door.example", "ann2@door.example"),
            ("*+spam@*", "ann+spam@door.example", "ann@door.example"),
        ] {
            assert!(junk(entry).has_email(fits) && !junk(entry).has_email(others), "{entry}");
        }
        for (entry, fits, others) in [
            ("512555*", "+15125550142", "+17375125550"),
            ("*0100", "+15125550100", "+15125550142"),
            ("(512) 555-*", "+15125550142", "+15125560142"),
            ("+1 512 *", "+15125550142", "+447512900123"),
            ("512*0100", "+15125550100", "+17375550100"),
            ("*555*", "+15125550100", "+15125560100"),
            ("512 555 0100", "+15125550100", "+15125550101"),
            ("07700 900123", "+447700900123", "+447700900124"),
            ("07700*", "+447700900123", "+447711900123"),
        ] {
            assert!(junk(entry).has_phone(fits) && !junk(entry).has_phone(others), "{entry}");
        }
    }

    #[test]
    fn an_entry_that_could_never_fit_or_fits_everything_is_refused() {
        for entry in [
            "",
            "*",
            "**",
            "*@*",
            "*.*",
            "@",
            "-",
            "example.com",
            "@example.com",
            "noemail",
            "0100",
            "*00",
            "1",
            "512-555-HAIL",
            "/test/",
            "^no",
            "no.?@example.com",
            "a@b@c",
            "%@example.com",
            "*@a@b",
        ] {
            let refused = Junk::default().add(entry);
            assert!(refused.is_err(), "{entry}");
        }
        let message = Junk::default().add("@example.com").unwrap_err();
        assert_eq!(
            message,
            "`@example.com` is not an e-mail address; for all of a domain write `*@example.com`"
        );
    }
}
