//! What a value looks like, whatever it is called.

use knockcal::knock::e164;

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Anything that is text or a number.
    Any,
    /// Words of people, not a number, an address of mail or a time.
    Words,
    /// A text or a number without white space.
    Id,
    Email,
    Phone,
    /// A day and a time of day.
    Moment,
    /// A day alone.
    Day,
    /// A time of day alone.
    TimeOfDay,
    /// The name of a time zone.
    Zone,
    /// A name or a word for a time zone: `EST`, `Pacific`.
    ZoneWord,
    /// Two letters: a state.
    TwoLetters,
    /// A whole number of minutes.
    Minutes,
    /// Yes or no.
    Answer,
}

impl Look {
    /// Whether a value looks so. A value that is empty looks like nothing.
    pub(super) fn fits(self, value: &str) -> bool {
        let value = value.trim();
        if value.is_empty() {
            return false;
        }
        match self {
            Self::Any => true,
            Self::Words => {
                value.chars().any(char::is_alphabetic)
                    && !value.contains('@')
                    && !Self::Moment.fits(value)
                    && !is_json(value)
                    && !matches!(value, "true" | "false")
            }
            Self::ZoneWord => {
                Self::Zone.fits(value)
                    || (value.len() <= 40 && !has_day(value) && value.chars().any(char::is_alphabetic))
            }
            Self::TwoLetters => value.len() == 2 && value.chars().all(|letter| letter.is_ascii_alphabetic()),
            Self::Id => !value.contains(char::is_whitespace) && value.len() <= 200 && !is_json(value),
            Self::Email => is_email(value),
            Self::Phone => is_phone(value),
            Self::Moment => is_epoch(value) || (has_day(value) && has_time(value)),
            Self::Day => has_day(value) && !has_time(value),
            Self::TimeOfDay => has_time(value) && !has_day(value) && value.len() <= 20,
            Self::Zone => {
                value.contains('/') && !value.contains(' ') && value.chars().all(|letter| !letter.is_ascii_digit())
            }
            Self::Minutes => value.parse().is_ok_and(|minutes: u32| (5..=1440).contains(&minutes)),
            Self::Answer => {
                let words = ["true", "false", "yes", "no", "on", "off", "1", "0", "y", "n"];
                words.contains(&value.to_lowercase().as_str())
            }
        }
    }
}

fn is_json(value: &str) -> bool {
    value.starts_with(['{', '['])
}

fn is_email(value: &str) -> bool {
    let Some((name, domain)) = value.split_once('@') else {
        return false;
    };
    !name.is_empty() && domain.contains('.') && !value.contains(char::is_whitespace) && !domain.contains('@')
}

fn is_phone(value: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_digit() || "+()-. ".contains(letter);
    let digits = value.chars().filter(char::is_ascii_digit).count();
    (10..=15).contains(&digits) && value.chars().all(fits) && e164(value, "1").is_some()
}

/// Seconds or milliseconds since the Unix epoch, of 2020 to 2096.
fn is_epoch(value: &str) -> bool {
    let seconds = 1_577_836_800..4_000_000_000_u64;
    match value.parse::<u64>() {
        Ok(number) => seconds.contains(&number) || seconds.contains(&(number / 1000)),
        Err(_) => false,
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Whether a day stands in it: `2030-06-04`, `6/4/2030`, `June 4`.
fn has_day(value: &str) -> bool {
    let words = || value.split(|letter: char| letter.is_whitespace() || letter == ',' || letter == 'T');
    let is_written = |word: &str| {
        let parts: Vec<_> = word.split(['-', '/', '.']).collect();
        let numbers = || {
            parts
                .iter()
                .all(|part| !part.is_empty() && part.chars().all(|digit| digit.is_ascii_digit()))
        };
        (2..=3).contains(&parts.len())
            && parts.iter().map(|part| part.len()).sum::<usize>() <= 8
            && numbers()
            && parts.len() == 3
    };
    let has_digit = value.chars().any(|letter| letter.is_ascii_digit());
    let is_month = |word: &str| {
        let word = word.to_lowercase();
        word.len() <= 10 && MONTHS.iter().any(|month| word.starts_with(month)) && word.chars().all(char::is_alphabetic)
    };
    words().any(is_written) || (has_digit && value.len() <= 40 && words().any(is_month))
}

/// Whether a time of day stands in it: `14:00`, `2 PM`, `2pm`.
fn has_time(value: &str) -> bool {
    let lower = value.to_lowercase();
    let bytes = lower.as_bytes();
    let colon = bytes
        .windows(4)
        .any(|four| matches!(four, [before, b':', tens, ones] if before.is_ascii_digit() && tens.is_ascii_digit() && ones.is_ascii_digit()));
    let half = ["am", "pm", "a.m.", "p.m."].iter().any(|half| {
        let before = lower.strip_suffix(half).unwrap_or_default().trim_end();
        before.ends_with(|letter: char| letter.is_ascii_digit())
    });
    colon || half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_look_like_what_they_are() {
        let all = [
            Look::Email,
            Look::Phone,
            Look::Moment,
            Look::Day,
            Look::TimeOfDay,
            Look::Zone,
        ];
        let table: [(&str, &[Look]); 22] = [
            ("ann@example.com", &[Look::Email]),
            ("(512) 555-0142", &[Look::Phone]),
            ("+15125550142", &[Look::Phone]),
            ("2030-06-04T10:00:00-05:00", &[Look::Moment]),
            ("2030-06-04 10:00", &[Look::Moment]),
            ("06/04/2030 2:00 PM", &[Look::Moment]),
            ("June 4, 2030 2 PM", &[Look::Moment]),
            ("Tue, Jun 4 at 2:30pm", &[Look::Moment]),
            ("1906729200000", &[Look::Moment]),
            ("1906729200", &[Look::Moment]),
            ("2030-06-04", &[Look::Day]),
            ("6/4/2030", &[Look::Day]),
            ("June 4, 2030", &[Look::Day]),
            ("14:00", &[Look::TimeOfDay]),
            ("2 PM", &[Look::TimeOfDay]),
            ("America/Chicago", &[Look::Zone]),
            ("78704", &[]),
            ("78704-1234", &[]),
            ("", &[]),
            ("Mary Lee", &[]),
            ("12 Oak St", &[]),
            ("81723-b", &[]),
        ];
        for (value, looks) in table {
            let found: Vec<_> = all.into_iter().filter(|look| look.fits(value)).collect();
            let found: Vec<_> = match (found.as_slice(), value.len()) {
                // Ten digits are a number that can be called, too.
                ([Look::Phone, Look::Moment], 10 | 13) => vec![Look::Moment],
                _ => found,
            };
            assert_eq!(found, looks, "{value}");
        }
    }
}
