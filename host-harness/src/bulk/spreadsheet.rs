//! What spreadsheets write into cells that people see as a day, a time of day, or a number.

/// Midnight, as it is written behind a day that has no time of day.
const MIDNIGHTS: [&str; 6] = ["0:00", "00:00", "0:00:00", "00:00:00", "12:00 AM", "12:00:00 AM"];

/// The day that spreadsheets write before a time of day that has none.
const DAYS_OF_NONE: [&str; 6] = [
    "1899-12-30",
    "1899-12-31",
    "1900-01-00",
    "12/30/1899",
    "12/31/1899",
    "1/0/1900",
];

/// A day and a time of day in two cells as one moment; nothing where they are what they look like.
pub(super) fn moment(cells: &[&str]) -> Option<String> {
    let [day, time, rest @ ..] = cells else {
        return None;
    };
    if let Some(serial) = serial(day, time) {
        return rest.is_empty().then_some(serial);
    }
    let without_midnight = MIDNIGHTS
        .iter()
        .find_map(|midnight| day.strip_suffix(midnight)?.strip_suffix([' ', 'T']));
    let without_day = DAYS_OF_NONE
        .iter()
        .find_map(|none| time.strip_prefix(none)?.strip_prefix([' ', 'T']));
    if without_midnight.is_none() && without_day.is_none() {
        return None;
    }
    let parts = [
        without_midnight.unwrap_or(day).trim(),
        without_day.unwrap_or(time).trim(),
    ];
    Some([&parts, rest].concat().join(" "))
}

/// The number of a day and the part of a day: `47282` and `0.41666667`.
fn serial(day: &str, time: &str) -> Option<String> {
    let is_day = day.len() == 5 && day.bytes().all(|digit| digit.is_ascii_digit());
    let part = time.strip_prefix("0").unwrap_or(time).strip_prefix(['.', ','])?;
    let is_part = !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    (is_day && is_part).then(|| format!("{day}.{part}"))
}

/// Whether a number lost its last digits: `1.23457E+17`.
pub(super) fn is_shortened(text: &str) -> bool {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let Some((number, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    is_number(whole) && is_number(part) && exponent.strip_prefix('+').is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_time_of_day_in_two_cells_are_one_moment() {
        let table = [
            (["6/13/2030 0:00", "10:00 AM"], Some("6/13/2030 10:00 AM")),
            (
                ["6/13/2030 12:00:00 AM", "1899-12-30 10:00:00"],
                Some("6/13/2030 10:00:00"),
            ),
            (["6/13/2030", "12/30/1899 10:00"], Some("6/13/2030 10:00")),
            (["47282", "0.41666667"], Some("47282.41666667")),
            (["6/13/2030", "10:00 AM"], None),
            (["6/13/2030 10:00", "10:00 AM"], None),
            (["47282", "10:00"], None),
        ];
        for (cells, expected) in table {
            assert_eq!(moment(&cells).as_deref(), expected, "{cells:?}");
        }
        assert_eq!(
            moment(&["6/13/2030 0:00", "10:00", "EST"]).as_deref(),
            Some("6/13/2030 10:00 EST")
        );
    }

    #[test]
    fn a_number_that_was_shortened_is_no_id() {
        for (text, expected) in [
            ("1.23457E+17", true),
            ("1E+12", true),
            ("1,2E+9", true),
            ("12E", false),
            ("E+1", false),
            ("AE+1", false),
            ("123", false),
        ] {
            assert_eq!(is_shortened(text), expected, "{text}");
        }
    }
}
