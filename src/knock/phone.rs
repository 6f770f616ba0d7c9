//! Phone numbers in international form.

/// What people put between digits, dashes of every length included.
const BETWEEN: &str = " +-.()/\u{a0}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{202f}";

/// Calling codes of countries where the leading zero is part of the number: Italy, San Marino.
const KEEP_THE_ZERO: [&str; 2] = ["39", "378"];

/// The number in E.164 form (`+15551234567`), or nothing when it cannot be one.
///
/// A number without `+` belongs to the country of `calling_code`; a leading zero of national numbers is dropped.
///
/// ```
/// # use knockcal::knock::e164;
/// assert_eq!(e164("(555) 123-4567", "1").as_deref(), Some("+15551234567"));
/// assert_eq!(e164("020 7946 0018", "44").as_deref(), Some("+442079460018"));
/// assert_eq!(e164("+44 20 7946 0018", "1").as_deref(), Some("+442079460018"));
/// assert_eq!(e164("n/a", "1"), None);
/// ```
pub fn e164(written: &str, calling_code: &str) -> Option<String> {
    let written = written.trim().to_lowercase();
    // An extension cannot be dialled by a message. The zero in `+44 (0)20` is for callers at home.
    let main = written.split(['x', '#', ';', ',']).next().unwrap_or_default();
    let main = main.strip_suffix('e').unwrap_or(main);
    let main = match main.starts_with('+') {
        true => main.replacen("(0)", "", 1),
        false => main.to_owned(),
    };
    if main
        .chars()
        .any(|letter| !(letter.is_ascii_digit() || BETWEEN.contains(letter)))
    {
        return None;
    }
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    let number = if main.starts_with('+') {
        digits
    } else if let Some(number) = digits.strip_prefix("00") {
        number.to_owned()
    } else if calling_code == "1" {
        // The North American plan: ten digits, often written with the 1 in front.
        match digits.len() {
            10 => format!("1{digits}"),
            11 if digits.starts_with('1') => digits,
            _ => return None,
        }
    } else {
        let national = match KEEP_THE_ZERO.contains(&calling_code) {
            true => digits.as_str(),
            false => digits.trim_start_matches('0'),
        };
        format!("{calling_code}{national}")
    };
    let plausible = (8..=15).contains(&number.len()) && !number.starts_with('0');
    plausible.then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_write_one_number_are_one_number() {
        for written in [
            "5551234567",
            "555-123-4567",
            "(555) 123 4567",
            "1 555 123 4567",
            "+1 (555) 123-4567",
            "555.123.4567 x12",
            "001 555 123 4567",
            "(555) 123\u{2013}4567",
            "555-123-4567 ext. 12",
            "555-123-4567 ext 12",
        ] {
            assert_eq!(e164(written, "1").as_deref(), Some("+15551234567"), "{written}");
        }
    }

    #[test]
    fn the_zero_of_callers_at_home_is_left_out_where_it_is_not_part_of_the_number() {
        assert_eq!(e164("+44 (0)7700 900123", "1").as_deref(), Some("+447700900123"));
        assert_eq!(e164("07700 900123", "44").as_deref(), Some("+447700900123"));
        assert_eq!(e164("06 1234 5678", "39").as_deref(), Some("+390612345678"));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for written in ["", "none", "12", "555 1234", "+", "５５５１２３４５６７", "+0123456789"] {
            assert_eq!(e164(written, "1"), None, "{written}");
        }
    }
}
