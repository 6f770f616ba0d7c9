//! Phone numbers in international form.

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
    let written = written.trim();
    // An extension cannot be dialled by a message.
    let main = written.split(['x', 'X', '#', ';', ',']).next().unwrap_or_default();
    if main
        .chars()
        .any(|letter| !(letter.is_ascii_digit() || " +-.()/\u{a0}".contains(letter)))
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
        format!("{calling_code}{}", digits.trim_start_matches('0'))
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
        ] {
            assert_eq!(e164(written, "1").as_deref(), Some("+15551234567"), "{written}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for written in ["", "none", "12", "555 1234", "+", "５５５１２３４５６７", "+0123456789"] {
            assert_eq!(e164(written, "1"), None, "{written}");
        }
    }
}
