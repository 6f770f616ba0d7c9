//! The reference by which what we create is recognised.

use crate::knock::fingerprint;

/// Letters and digits that people do not mix up (Crockford's base 32).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The reference of the `ordinal`-th thing that a step made for a subject: `KC-7Q2M9XB4`.
pub(super) fn marker(location_id: &str, subject: &str, step: &str, ordinal: u32) -> String {
    let hash = fingerprint(&[location_id, subject, step, &ordinal.to_string()]);
    let bits = hash
        .bytes()
        .take(10)
        .filter_map(|digit| char::from(digit).to_digit(16))
        .fold(0u64, |bits, digit| bits << 4 | u64::from(digit));
    let digits = (0..8).rev().filter_map(|place| {
        let digit = usize::try_from(bits >> (place * 5) & 31).ok()?;
        DIGITS.get(digit).copied().map(char::from)
    });
    format!("KC-{}", digits.collect::<String>())
}

/// A description with the reference at its end, where a person may see it.
pub(super) fn marked(description: Option<&str>, marker: &str) -> String {
    match description.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => format!("{text}\n\nRef {marker}"),
        None => format!("Ref {marker}"),
    }
}

/// One line with the reference at its end.
pub(super) fn marked_line(line: Option<&str>, marker: &str) -> String {
    match line.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => format!("{text} · Ref {marker}"),
        None => format!("Ref {marker}"),
    }
}

/// A text without the reference that stands at its end.
pub(super) fn plain(text: &str, marker: Option<&str>) -> String {
    let reference = marker.map(|marker| format!("Ref {marker}"));
    let before = reference.and_then(|reference| text.strip_suffix(&reference));
    let mut before = before.unwrap_or(text);
    while let Some(shorter) = before.strip_suffix(" · ") {
        before = shorter;
    }
    before.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_booking_of_each_subject_has_its_own() {
        let all = [
            marker("l", "a", "appointment", 1),
            marker("l", "a", "appointment", 2),
            marker("l", "b", "appointment", 1),
            marker("m", "a", "appointment", 1),
        ];
        for (index, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 11);
            assert!(!all[..index].contains(one));
        }
    }

    #[test]
    fn it_stands_at_the_end_of_the_description() {
        assert_eq!(marked(Some("Roof "), "KC-1"), "Roof\n\nRef KC-1");
        assert_eq!(marked(None, "KC-1"), "Ref KC-1");
        assert_eq!(marked_line(Some("Lunch"), "KC-1"), "Lunch · Ref KC-1");
    }
}
