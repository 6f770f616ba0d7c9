//! Values as GHL shows them: often in another form than they were written in.
//!
//! GHL may show a text with other line ends, as HTML, with entities or non-breaking blanks; an address with its country;
//! a title with an addition; a time without its offset, or as epoch milliseconds. So what is shown is never compared with
//! what was written letter by letter, but in a normal form. A new form is added here, and in the emulator's `shows`.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use crate::shape::{Field, Kind};
use crate::zone::{LocalTime, Zone};

/// Brings an answer into the form in which we write values, as far as its description names them: times as RFC 3339, names
/// and titles without entities, the status of appointments in its usual spelling. Recipes compare and quote them.
pub fn read(kind: Kind, value: &mut Value, zone: Option<&Zone>) {
    match (kind, value) {
        (Kind::Object(fields), Value::Object(values)) => {
            for field in fields {
                if let Some(value) = values.get_mut(field.name) {
                    read_field(field, value, zone);
                }
            }
        }
        (Kind::List(of) | Kind::SomeOf(of), Value::Array(values)) => {
            values.iter_mut().for_each(|value| read(*of, value, zone));
        }
        (Kind::Either(kinds), value) => kinds.iter().for_each(|kind| read(*kind, value, zone)),
        _ => {}
    }
}

/// The texts that rules and recipes compare letter by letter.
const ONE_LINE: [&str; 4] = ["name", "title", "firstName", "lastName"];

fn read_field(field: &Field, value: &mut Value, zone: Option<&Zone>) {
    match (field.kind, &*value) {
        (Kind::Time, Value::String(text)) if DateTime::parse_from_rfc3339(text).is_ok() => {}
        (Kind::Time, _) => {
            if let Some(instant) = instant(value, zone) {
                *value = zone.map_or(instant, |zone| zone.at(instant)).to_rfc3339().into();
            }
        }
        (Kind::Text, Value::String(text)) if ONE_LINE.contains(&field.name) => {
            *value = decode_entities(text).replace('\u{A0}', " ").into();
        }
        (_, Value::String(text)) if field.name == "appointmentStatus" => *value = normal_status(text).into(),
        (kind, _) => read(kind, value, zone),
    }
}

/// The result of comparing a value that is shown with one that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Both say the same.
    Same,
    /// They differ, whatever the form.
    Differs,
    /// It is not shown, or in a form that cannot be read: nothing is proven either way.
    NotShown,
}

impl Likeness {
    /// The likeness of two values that can be compared.
    pub fn of(same: bool) -> Self {
        if same { Self::Same } else { Self::Differs }
    }
}

/// Compares a field that was written with what is shown of it. A time without an offset is read in `zone`; without a zone
/// it proves nothing.
pub fn compare(name: &str, written: &Value, shown: Option<&Value>, zone: Option<&Zone>) -> Likeness {
    let Some(shown) = shown.filter(|shown| !shown.is_null()) else {
        return Likeness::NotShown;
    };
    if is_time(name) {
        return compare_times(written, shown, zone);
    }
    let (written, shown) = (normal(name, written), normal(name, shown));
    Likeness::of(written == shown || adds_to(name, &written, &shown))
}

/// The normal form of a field other than a time: the same for every form that GHL shows a value in.
pub fn normal(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) => match name {
            "address" | "address1" => normal_address(text).into(),
            "appointmentStatus" | "status" => normal_status(text).into(),
            _ => normal_text(text).into(),
        },
        other => other.clone(),
    }
}

/// Whether what is shown is what was written, and something behind it that GHL added.
pub fn adds_to(name: &str, written: &Value, shown: &Value) -> bool {
    match (written, shown) {
        (Value::String(written), Value::String(shown)) if matches!(name, "title" | "address" | "address1") => {
            let added = shown.strip_prefix(written.as_str());
            !written.is_empty() && added.is_some_and(|added| !added.starts_with(char::is_alphanumeric))
        }
        _ => false,
    }
}

/// A text without markup, entities and differences of white space.
///
/// ```
/// # use knockcal::ghl::shown::normal_text;
/// let written = "Hail & wind\n\nGate code: 4711";
/// assert_eq!(normal_text("<p>Hail &amp; wind</p><p>Gate&nbsp;code: 4711</p>"), normal_text(written));
/// ```
pub fn normal_text(text: &str) -> String {
    // Decoding can bring tags to light, and so can removing them: both until nothing changes, so that every form of a text
    // has the same normal form.
    let mut plain = text.to_owned();
    for _ in 0..MARKUP_LAYERS {
        let next = decode_entities(&without_tags(&plain));
        if next == plain {
            break;
        }
        plain = next;
    }
    let is_blank = |letter: char| letter.is_whitespace() || matches!(letter, '\u{200B}' | '\u{FEFF}');
    let words = plain.split(is_blank).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// How often markup is removed that removing markup has brought to light.
const MARKUP_LAYERS: usize = 16;

/// The text without tags. Those that begin a line or a paragraph separate words.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        let is_tag = tag.starts_with(|letter: char| letter.is_ascii_alphabetic() || matches!(letter, '/' | '!'));
        match tag.split_once('>').filter(|_| is_tag) {
            Some((tag, after)) => {
                let mut parts = tag
                    .trim_start_matches('/')
                    .split(|letter: char| !letter.is_ascii_alphanumeric());
                let name = parts.next().unwrap_or_default().to_ascii_lowercase();
                if !INLINE_TAGS.contains(&name.as_str()) {
                    plain.push(' ');
                }
                rest = after;
            }
            None => {
                plain.push('<');
                rest = tag;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The tags that may stand within a word.
const INLINE_TAGS: [&str; 8] = ["a", "b", "em", "font", "i", "span", "strong", "u"];

/// The text with the characters that entities stand for.
fn decode_entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= LONGEST_ENTITY);
        match entity.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((character, after)) => {
                plain.push(character);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The longest name of an entity that is known, in bytes.
const LONGEST_ENTITY: usize = 8;

/// The character that an entity stands for: those that HTML must escape, and those that editors write.
fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(number.ok()?);
    }
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{A0}',
        "middot" => '·',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        _ => return None,
    })
}

/// An address without punctuation, case and the country that GHL adds to it.
fn normal_address(text: &str) -> String {
    let text = normal_text(text).to_lowercase();
    let words: Vec<_> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let address = words.join(" ");
    let country = COUNTRIES.iter().find_map(|country| address.strip_suffix(country));
    match country.and_then(|before| before.strip_suffix(' ')) {
        Some(before) => before.to_owned(),
        None => address,
    }
}

/// The names of the countries that GHL adds to addresses, the longest of each first.
const COUNTRIES: [&str; 9] = [
    "united states of america",
    "united states",
    "usa",
    "us",
    "canada",
    "united kingdom",
    "uk",
    "australia",
    "new zealand",
];

/// A status in one spelling: `noshow`, `cancelled`.
fn normal_status(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    let status: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    match status.as_str() {
        "canceled" => super::appointment::CANCELLED.to_owned(),
        _ => status,
    }
}

/// Whether a field says when something is.
pub fn is_time(name: &str) -> bool {
    matches!(
        name,
        "startTime" | "endTime" | "dateAdded" | "dateUpdated" | "dueDate" | "scheduledTimestamp"
    )
}

fn compare_times(written: &Value, shown: &Value, zone: Option<&Zone>) -> Likeness {
    let Some(written) = instants(written, zone).first().copied() else {
        return Likeness::NotShown;
    };
    let shown = instants(shown, zone);
    match shown.is_empty() {
        true => Likeness::NotShown,
        false => Likeness::of(shown.contains(&written)),
    }
}

/// Whether a time is shown without an offset, as the same local time that was written.
pub fn is_same_local_time(written: &Value, shown: &Value) -> bool {
    let local = |value: &Value| with_offset(&format!("{}Z", value.as_str()?.trim())).map(|local| local.naive_utc());
    let written = written
        .as_str()
        .and_then(with_offset)
        .map(|written| written.naive_local());
    written.is_some() && written == local(shown)
}

/// The instant that a value shows, RFC 3339 or one of the other forms; nothing when it cannot be read.
pub fn instant(value: &Value, zone: Option<&Zone>) -> Option<DateTime<FixedOffset>> {
    instants(value, zone).first().copied()
}

/// The instants that a value may show: two for a local time that the clocks of the zone show twice.
fn instants(value: &Value, zone: Option<&Zone>) -> Vec<DateTime<FixedOffset>> {
    let text = match value {
        Value::Number(number) => return number.as_f64().and_then(of_epoch).into_iter().collect(),
        Value::String(text) => text.trim(),
        _ => return Vec::new(),
    };
    if text.len() > LONGEST_DAY && text.bytes().all(|digit| digit.is_ascii_digit()) {
        let number = serde_json::from_str(text).ok();
        let number = number.and_then(|number: Value| number.as_f64());
        return number.and_then(of_epoch).into_iter().collect();
    }
    if let Some(instant) = with_offset(text) {
        return vec![instant];
    }
    let Some(local) = with_offset(&format!("{text}Z")).map(|local| local.naive_utc()) else {
        return Vec::new();
    };
    match zone.and_then(|zone| zone.local(local)) {
        Some(LocalTime::Once(once)) => vec![once],
        Some(LocalTime::Twice(first, second)) => vec![first, second],
        Some(LocalTime::Never { after, .. }) => vec![after],
        None => Vec::new(),
    }
}

/// The most digits that a day without separators has: `20300604`.
const LONGEST_DAY: usize = 8;

/// From here on a number of the epoch counts milliseconds: as seconds it would be after the year 5000.
const FIRST_MILLISECONDS: f64 = 1e11;

/// An instant as a number of milliseconds or seconds since the epoch.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn of_epoch(number: f64) -> Option<DateTime<FixedOffset>> {
    let milliseconds = if number.abs() < FIRST_MILLISECONDS {
        number * 1e3
    } else {
        number
    };
    let is_in_range = milliseconds.abs() < FIRST_MILLISECONDS * 1e3;
    let instant = is_in_range.then(|| DateTime::from_timestamp_millis(milliseconds as i64))??;
    Some(instant.fixed_offset())
}

/// A time with an offset: RFC 3339, also with a blank in place of `T`, without seconds, and with an offset like `-0500` or
/// `+00`.
fn with_offset(text: &str) -> Option<DateTime<FixedOffset>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant);
    }
    let (day, rest) = text.split_once(['T', 't', ' '])?;
    let rest = rest.trim();
    let at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, offset) = (rest.get(..at)?.trim_end(), rest.get(at..)?);
    let seconds = if time.len() == "10:00".len() { ":00" } else { "" };
    let offset = match offset.len() {
        3 => format!("{offset}:00"),
        5 => format!("{}:{}", offset.get(..3)?, offset.get(3..)?),
        _ => offset.to_owned(),
    };
    DateTime::parse_from_rfc3339(&format!("{day}T{time}{seconds}{offset}")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::shape::field;

    const WRITTEN: &str = "Hail & wind: north  side's \"bad\"\n\nGate <2 m, a < b > c\n\nRef KC-7Q2M9XB4";

    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\'', "&#39;")
            .replace('"', "&quot;")
    }

    #[test]
    fn every_form_of_a_text_has_one_normal_form() {
        let html = format!("<p>{}</p>", escaped(WRITTEN).replace("\n\n", "</p>\r\n<p>"));
        for shown in [
            WRITTEN.replace('\n', "\r\n"),
            WRITTEN.replace("\n\n", "\n"),
            WRITTEN.replace(' ', "\u{A0}"),
            escaped(WRITTEN).replace("  ", "&nbsp; ").replace("&quot;", "&#x22;"),
            escaped(&escaped(WRITTEN)),
            html.clone(),
            html.replace("</p>\r\n<p>", "<br /><br>"),
            html.replace("Hail", "<b>Ha</b>il"),
            format!("  {WRITTEN}\n\u{200B}"),
        ] {
            assert_eq!(normal_text(&shown), normal_text(WRITTEN), "{shown}");
        }
        assert_ne!(normal_text("Hail on the roof"), normal_text("Hail on the shed"));
    }

    proptest! {
        #[test]
        fn normal_form_is_the_same_for_every_form_of_any_text(
            text in "(<|>|&|;|/|#|'|\"| |\n|p|b|br|amp|lt|39|ö|\u{A0}|Gate ){0,24}",
        ) {
            let normal = normal_text(&text);
            prop_assert_eq!(&normal_text(&normal), &normal);
            let html = format!("<p>{}</p>", escaped(&text).replace("\n\n", "</p>\n<p>").replace('\n', "<br>"));
            for shown in [text.replace('\n', "\r\n"), text.replace(' ', "\u{A0}"), escaped(&text), html] {
                prop_assert_eq!(&normal_text(&shown), &normal, "{:?}", shown);
            }
        }
    }

    #[test]
    fn titles_and_addresses_may_get_additions_and_other_words_are_a_difference() {
        let likeness =
            |name: &str, written: &str, shown: &str| compare(name, &json!(written), Some(&json!(shown)), None);
        let street = "12 Oak St, Austin, TX 78701";
        assert_eq!(
            likeness("address", street, "12 Oak St., Austin TX 78701, USA"),
            Likeness::Same
        );
        assert_eq!(likeness("address", "12 Oak St", street), Likeness::Same);
        assert_eq!(likeness("address", "12 Oak St", "12 Oak Street"), Likeness::Differs);
        assert_eq!(
            likeness("address", street, "7 Elm St, Austin, TX 78701"),
            Likeness::Differs
        );
        assert_eq!(likeness("title", "Roof", "Roof - Ann Lee"), Likeness::Same);
        assert_eq!(likeness("title", "Roof", "Roofing"), Likeness::Differs);
        assert_eq!(likeness("title", "", "Roof"), Likeness::Differs);
        assert_eq!(likeness("description", "Roof", "Roof, and the shed"), Likeness::Differs);
        assert_eq!(likeness("appointmentStatus", "noshow", "No_Show"), Likeness::Same);
        assert_eq!(likeness("appointmentStatus", "cancelled", "canceled"), Likeness::Same);
        assert_eq!(
            likeness("appointmentStatus", "cancelled", "confirmed"),
            Likeness::Differs
        );
    }

    #[test]
    fn answer_of_either_kind_is_brought_into_our_form() {
        let kind = crate::ghl::appointment::GET.reply;
        for envelope in ["appointment", "event"] {
            let shown = json!({ "id": "a", "startTime": 1_906_815_600_000_u64, "appointmentStatus": "Canceled" });
            let mut reply = json!({ envelope: shown });
            read(kind, &mut reply, None);
            assert_eq!(reply[envelope]["appointmentStatus"], "cancelled");
            assert_eq!(reply[envelope]["startTime"], "2030-06-04T15:00:00+00:00");
        }
    }

    #[test]
    fn what_is_not_shown_proves_nothing() {
        for shown in [None, Some(json!(null))] {
            assert_eq!(
                compare("title", &json!("Roof"), shown.as_ref(), None),
                Likeness::NotShown
            );
        }
        for shown in [json!("soon"), json!({}), json!(""), json!(1e300)] {
            let written = json!("2030-06-04T10:00:00-05:00");
            assert_eq!(compare("startTime", &written, Some(&shown), None), Likeness::NotShown);
        }
    }

    #[test]
    fn answer_is_read_into_the_form_in_which_values_are_written() {
        const EVENT: Kind = Kind::Object(&[field("title"), field("body"), field("startTime").of(Kind::Time)]);
        let kind = Kind::Object(const { &[field("events").of(Kind::List(&EVENT))] });
        let chicago = Zone::named("America/Chicago");
        for start in [
            json!("2030-06-04T10:00:00"),
            json!(1_906_815_600_000_u64),
            json!("2030-06-04T10:00:00-0500"),
        ] {
            let mut answer = json!({ "events": [
                { "title": "Bob&#39;s&nbsp;roof", "body": "<b>&amp;</b>", "startTime": start }, 17,
            ], "startTime": start });
            read(kind, &mut answer, chicago.as_ref());
            let expected = json!({ "events": [
                { "title": "Bob's roof", "body": "<b>&amp;</b>", "startTime": "2030-06-04T10:00:00-05:00" }, 17,
            ], "startTime": start });
            assert_eq!(answer, expected);
        }
        let mut unreadable = json!({ "events": [{ "startTime": "soon" }] });
        read(kind, &mut unreadable, None);
        assert_eq!(unreadable, json!({ "events": [{ "startTime": "soon" }] }));
    }

    #[test]
    fn a_time_is_read_in_every_form() {
        let written = json!("2030-06-04T10:00:00-05:00");
        let chicago = Zone::named("America/Chicago");
        for (shown, likeness) in [
            (json!("2030-06-04T15:00:00.000Z"), Likeness::Same),
            (json!("2030-06-04T10:00:00-0500"), Likeness::Same),
            (json!("2030-06-04 15:00:00+00"), Likeness::Same),
            (json!("2030-06-04T10:00:00"), Likeness::Same),
            (json!("2030-06-04 10:00"), Likeness::Same),
            (json!(1_906_815_600_000_u64), Likeness::Same),
            (json!("1906815600000"), Likeness::Same),
            (json!(1_906_815_600), Likeness::Same),
            (json!("2030-06-04T15:00:00"), Likeness::Differs),
            (json!("2030-06-04T10:00:00-0400"), Likeness::Differs),
            (json!("20300604"), Likeness::NotShown),
        ] {
            assert_eq!(
                compare("startTime", &written, Some(&shown), chicago.as_ref()),
                likeness,
                "{shown}"
            );
            let is_local = shown
                .as_str()
                .is_some_and(|text| text.len() <= "2030-06-04T15:00:00".len() && text.contains('-'));
            let likeness = if is_local { Likeness::NotShown } else { likeness };
            assert_eq!(compare("startTime", &written, Some(&shown), None), likeness, "{shown}");
        }
    }

    #[test]
    fn a_local_time_of_the_night_of_the_clock_change_may_be_either() {
        let chicago = Zone::named("America/Chicago");
        let shown = json!("2030-11-03T01:30:00");
        for (written, likeness) in [
            ("2030-11-03T01:30:00-05:00", Likeness::Same),
            ("2030-11-03T01:30:00-06:00", Likeness::Same),
            ("2030-11-03T02:30:00-06:00", Likeness::Differs),
        ] {
            assert_eq!(
                compare("startTime", &json!(written), Some(&shown), chicago.as_ref()),
                likeness
            );
        }
    }
}
