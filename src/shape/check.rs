//! Checks an input against its description.

use chrono::{DateTime, NaiveDate, NaiveTime};
use serde_json::{Map, Value};

use super::{Field, Kind, Rule};
use crate::document::{Problems, kind_of, nearest, pointer_to};
use crate::zone::Zone;

/// Below this a number of milliseconds is one of seconds that somebody forgot to multiply (1973), and from here on a
/// number of seconds is one of milliseconds (5138).
const SECONDS_END: i64 = 100_000_000_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Checks an object: no field but these, each as described, and the rules between them. `null` counts as absent.
pub fn check(fields: &[Field], rules: &[Rule], input: &Map<String, Value>, at: &str, problems: &Problems) {
    for name in input
        .keys()
        .filter(|name| !fields.iter().any(|field| field.name == **name))
    {
        let known = || fields.iter().map(|field| field.name);
        let message = match nearest(name, known()) {
            Some(near) => format!("`{name}` is not known; did you mean `{near}`?"),
            None => format!("`{name}` is not known; known here: {}", listed(known())),
        };
        problems.add(pointer_to(at, name), "unknown-field", message);
    }
    for field in fields {
        let pointer = || pointer_to(at, field.name);
        match present(input, field.name) {
            Some(Value::String(text)) if field.required && text.trim().is_empty() => {
                problems.add(pointer(), "missing", format!("`{}` is empty", field.name));
            }
            // Most are as they should be, and need no pointer.
            Some(value) if is_simple(field.kind) && fits(field.kind, value) => {}
            Some(value) => check_value(field.kind, field.name, value, &pointer(), problems),
            None if field.must_be_said() => {
                problems.add(pointer(), "missing", format!("`{}` is missing", field.name));
            }
            None => {}
        }
    }
    for rule in rules {
        check_rule(*rule, fields, input, at, problems);
    }
}

/// Checks a value; `name` is what it is called.
fn check_value(kind: Kind, name: &str, value: &Value, at: &str, problems: &Problems) {
    let kind = meant(kind, value);
    match (kind, value) {
        (Kind::SomeOf(_), Value::Array(entries)) if entries.is_empty() => {
            problems.add(at, "missing", format!("`{name}` is empty"));
        }
        (Kind::List(of) | Kind::SomeOf(of), Value::Array(entries)) => {
            for (index, entry) in entries.iter().enumerate() {
                check_value(*of, name, entry, &format!("{at}/{index}"), problems);
            }
        }
        (Kind::Object(fields), Value::Object(input)) => check(fields, &[], input, at, problems),
        (Kind::ShortText(most), Value::String(text)) if text.chars().nth(most).is_some() => {
            let message = format!("`{name}` is longer than the {most} letters that it may have");
            problems.add(at, "too-long", message);
        }
        (Kind::Milliseconds, Value::Number(number))
            if number
                .as_i64()
                .is_some_and(|instant| (1..SECONDS_END).contains(&instant)) =>
        {
            let message = format!("`{name}` is in milliseconds, and {number} looks like seconds");
            problems.add(at, "wrong-unit", message);
        }
        (Kind::Seconds, Value::Number(number)) if number.as_i64().is_some_and(|instant| instant >= SECONDS_END) => {
            let message = format!("`{name}` is in seconds, and {number} looks like milliseconds");
            problems.add(at, "wrong-unit", message);
        }
        _ if fits(kind, value) => {}
        _ => {
            let is = match value {
                Value::String(text) if text.len() <= 100 => format!("`{text}`"),
                Value::Number(number) => number.to_string(),
                other => kind_of(other).to_owned(),
            };
            problems.add(at, "wrong-type", format!("`{name}` is {is}, not {}", kind.words()));
        }
    }
}

/// Whether a value of this kind is right when it fits, and there is nothing within it to look at.
fn is_simple(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::ShortText(_)
            | Kind::Milliseconds
            | Kind::Seconds
            | Kind::List(_)
            | Kind::SomeOf(_)
            | Kind::Object(_)
            | Kind::ByDay(_)
            | Kind::Either(_)
    )
}

fn fits(kind: Kind, value: &Value) -> bool {
    let text = value.as_str();
    match kind {
        Kind::Text | Kind::ShortText(_) => text.is_some(),
        Kind::Email => text.is_some_and(is_email),
        Kind::Time => text.is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
        Kind::Date => text.is_some_and(|text| date(text).is_some()),
        Kind::TimeOfDay => text.is_some_and(|text| time_of_day(text).is_some()),
        Kind::Slug => text.is_some_and(is_slug),
        Kind::AmericanDate => text.is_some_and(is_american_date),
        Kind::Zone => text.is_some_and(is_zone),
        Kind::PlainZone => text.is_some_and(|text| is_plain_zone(text) && is_zone(text)),
        Kind::Milliseconds | Kind::Seconds => instant_ms(kind, value).is_some(),
        Kind::Integer(least, most) => value
            .as_u64()
            .is_some_and(|number| u64::from(least) <= number && (most == Kind::MOST || number <= u64::from(most))),
        Kind::Number => value.as_f64().is_some_and(|number| number >= 0.0),
        Kind::Degrees(most) => value.as_f64().is_some_and(|degrees| degrees.abs() <= f64::from(most)),
        Kind::Boolean => value.is_boolean(),
        Kind::OneOf(words) => text.is_some_and(|text| words.contains(&text)),
        Kind::OneOfNumbers(numbers) => value.is_number() && numbers.contains(&value.to_string().as_str()),
        Kind::List(_) | Kind::SomeOf(_) | Kind::Object(_) | Kind::ByDay(_) | Kind::Either(_) => false,
        Kind::Anything => true,
    }
}

/// The kind that a value is meant to be: of several, the one that it fits or has the shape of.
pub fn meant(kind: Kind, value: &Value) -> Kind {
    let Kind::Either(kinds) = kind else {
        return kind;
    };
    let may_be = |kind: &Kind| match kind {
        Kind::List(_) => value.is_array(),
        Kind::Object(_) => value.is_object(),
        kind => fits(*kind, value),
    };
    kinds.iter().copied().find(may_be).unwrap_or(kind)
}

/// The instant that a value names, in milliseconds; nothing when it names none.
pub fn instant_ms(kind: Kind, value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            let instant = number.as_i64().filter(|instant| *instant >= 0)?;
            match kind {
                Kind::Seconds => instant.checked_mul(1000),
                _ => Some(instant),
            }
        }
        Value::String(text) => Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis()),
        _ => None,
    }
}

fn check_rule(rule: Rule, fields: &[Field], input: &Map<String, Value>, at: &str, problems: &Problems) {
    let says = |name: &&&str| present(input, name).is_some_and(|value| value.as_str() != Some(""));
    let there = |names: &[&'static str]| names.iter().filter(says).count();
    if let Rule::ExactlyOne(names) | Rule::AtMostOne(names) = rule {
        for name in names
            .iter()
            .filter(|name| present(input, name).is_some() && !says(name))
        {
            problems.add(pointer_to(at, name), "missing", format!("`{name}` is empty"));
        }
    }
    match rule {
        Rule::AtMostOne(names) if there(names) <= 1 => {}
        Rule::ExactlyOne(names) | Rule::AtMostOne(names) => match there(names) {
            1 => {}
            0 => problems.add(
                at,
                "missing",
                format!("one of {} is needed", listed(names.iter().copied())),
            ),
            _ => {
                let message = format!("only one of {} may be there", listed(names.iter().copied()));
                problems.add(at, "contradiction", message);
            }
        },
        Rule::AtLeastOne(names) if there(names) == 0 => {
            let message = format!("at least one of {} is needed", listed(names.iter().copied()));
            problems.add(at, "missing", message);
        }
        Rule::AtLeastOne(_) => {}
        Rule::Ordered(from, to) | Rule::Within(from, to, _) => {
            let instant = |name: &str| {
                let field = fields.iter().find(|field| field.name == name)?;
                instant_ms(field.kind, present(input, name)?)
            };
            let (Some(start), Some(end)) = (instant(from), instant(to)) else {
                return;
            };
            if end <= start {
                problems.add(
                    pointer_to(at, to),
                    "ends-before-start",
                    format!("`{to}` is not after `{from}`"),
                );
            } else if let Rule::Within(_, _, days) = rule
                && end - start > days * DAY_MS
            {
                let message = format!("from `{from}` to `{to}` are more than the {days} days that GHL takes at once");
                problems.add(pointer_to(at, to), "out-of-range", message);
            }
        }
    }
}

/// A field that is there; `null` is not.
pub fn present<'a>(input: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    input.get(name).filter(|value| !value.is_null())
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn is_email(text: &str) -> bool {
    let sound = |(name, domain): (&str, &str)| {
        !name.is_empty() && domain.contains('.') && domain.split('.').all(|label| !label.is_empty())
    };
    !text.contains(char::is_whitespace) && text.rsplit_once('@').is_some_and(sound)
}

/// A day like `2030-06-04`.
pub fn date(text: &str) -> Option<NaiveDate> {
    // chrono's own parser of dates brings 20 kB of other formats.
    let midnight = DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z")).ok()?;
    (text.len() == 10).then(|| midnight.date_naive())
}

/// A time of day like `14:30`.
pub fn time_of_day(text: &str) -> Option<NaiveTime> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str| match part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()) {
        true => part.parse().ok(),
        false => None,
    };
    NaiveTime::from_hms_opt(number(hours)?, number(minutes)?, 0)
}

fn is_slug(text: &str) -> bool {
    let fits = |byte: u8| byte == b'-' || byte.is_ascii_alphanumeric();
    !text.is_empty() && text.bytes().all(fits)
}

fn is_american_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [month, day, year] => date(&format!("{year}-{month}-{day}")).is_some(),
        _ => false,
    }
}

fn is_zone(text: &str) -> bool {
    Zone::names().any(|name| name == text)
}

fn is_plain_zone(text: &str) -> bool {
    let word = |word: &str| {
        let sound = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        !word.is_empty() && word.bytes().all(sound)
    };
    text.split_once('/')
        .is_some_and(|(area, place)| word(area) && word(place))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Document;
    use crate::shape::field;

    const FIELDS: &[Field] = &[
        field("calendarId").required(),
        field("locationId").required().of_connection(),
        field("startTime").of(Kind::Milliseconds),
        field("endTime").of(Kind::Milliseconds),
        field("limit").of(Kind::Integer(1, 20)),
        field("color").of(Kind::OneOf(&["red", "green"])),
        field("timezone").of(Kind::PlainZone),
        field("latitude").of(Kind::Degrees(90)),
        field("rep").of(Kind::Either(&[Kind::Text, Kind::Object(&[field("id").required()])])),
        field("rules").of(Kind::List(&Kind::Object(&[
            field("from").of(Kind::TimeOfDay).required(),
            field("date").of(Kind::Date),
        ]))),
    ];

    fn found(input: Value) -> Vec<(String, String)> {
        let problems = Problems::new(Document::Input);
        let rules = [Rule::Within("startTime", "endTime", 31)];
        check(FIELDS, &rules, input.as_object().unwrap(), "", &problems);
        let found = problems.or(None::<()>).unwrap_err();
        found
            .into_iter()
            .map(|problem| (problem.pointer, problem.message))
            .collect()
    }

    #[test]
    fn every_problem_points_at_its_place() {
        let found = found(json!({
            "colour": "red", "limit": 21, "timezone": "Etc/GMT+5", "latitude": -97.7, "rep": { "name": "Ann" },
            "rules": [{ "from": "09:30" }, { "from": "24:00", "date": "2030-02-30", "to": 1 }],
            "startTime": 1_748_736_000, "endTime": "2030-06-04T10:00:00",
        }));
        let expected = [
            ("/colour", "`colour` is not known; did you mean `color`?"),
            ("/calendarId", "`calendarId` is missing"),
            (
                "/startTime",
                "`startTime` is in milliseconds, and 1748736000 looks like seconds",
            ),
            (
                "/endTime",
                "`endTime` is `2030-06-04T10:00:00`, not an instant in milliseconds since 1970, or a time with an offset \
                 like `2030-06-04T10:00:00-05:00`",
            ),
            ("/limit", "`limit` is 21, not a whole number from 1 to 20"),
            (
                "/timezone",
                "`timezone` is `Etc/GMT+5`, not a time zone of two words like `America/Chicago`",
            ),
            ("/latitude", "`latitude` is -97.7, not degrees from -90 to 90"),
            ("/rep/name", "`name` is not known; known here: `id`"),
            ("/rep/id", "`id` is missing"),
            ("/rules/1/to", "`to` is not known; known here: `from`, `date`"),
            ("/rules/1/from", "`from` is `24:00`, not a time of day like `09:30`"),
            ("/rules/1/date", "`date` is `2030-02-30`, not a date like `2030-06-04`"),
        ];
        let expected = expected.map(|(pointer, message)| (pointer.to_owned(), message.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_window_ends_after_its_start_and_not_too_late() {
        let window =
            |end: &str| found(json!({ "calendarId": "c", "startTime": "2030-06-01T00:00:00Z", "endTime": end }));
        assert!(window("2030-07-02T00:00:00Z").is_empty());
        assert_eq!(
            window("2030-06-01T00:00:00Z")[0].1,
            "`endTime` is not after `startTime`"
        );
        assert_eq!(
            window("2030-07-02T00:00:01Z")[0].1,
            "from `startTime` to `endTime` are more than the 31 days that GHL takes at once"
        );
    }

    #[test]
    fn what_may_be_of_two_kinds_is_of_one_of_them() {
        let rep = |rep: Value| found(json!({ "calendarId": "c", "rep": rep }));
        assert!(rep(json!("7")).is_empty());
        assert!(rep(json!({ "id": "7" })).is_empty());
        assert_eq!(rep(json!(7))[0].1, "`rep` is 7, not text or an object");
    }

    #[test]
    fn one_of_several_is_one_of_several() {
        let one = [Rule::ExactlyOne(&["calendarId", "color"])];
        let count = |input: Value| {
            let problems = Problems::new(Document::Input);
            check_rule(one[0], FIELDS, input.as_object().unwrap(), "", &problems);
            problems.or(None::<()>).unwrap_err().len()
        };
        assert_eq!(count(json!({ "calendarId": "c", "color": null })), 0);
        assert_eq!(count(json!({})), 1);
        assert_eq!(count(json!({ "calendarId": "c", "color": "red" })), 1);
    }
}
