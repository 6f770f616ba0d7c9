//! The rules and the zone of a schedule, as a request writes them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::Value;

use super::body::{Field, Rule};
use super::document::Document;
use super::hours::{DAYS, interval};
use super::reply::Refusal;

/// The form lets fewer zones through than there are: `UTC` has no slash, and `America/Port-au-Prince` a hyphen.
pub(super) const TIMEZONE: Rule = Rule::Matches("^[A-Za-z_]+/[A-Za-z_]+$", looks_like_zone);

pub(super) const RULES: Rule = Rule::Objects(&[
    Field::required("type", Rule::OneOf(&["wday", "date"])),
    Field::required("intervals", Rule::Objects(INTERVAL)),
    Field::optional("date", Rule::DATE),
    Field::optional("day", Rule::OneOf(&DAYS)),
]);

const INTERVAL: &[Field] = &[
    Field::required("from", Rule::TIME_OF_DAY),
    Field::required("to", Rule::TIME_OF_DAY),
];

/// Refuses a zone that there is not, and rules without sense.
///
/// That both are 422 is documented; the words are ours.
pub(super) fn check(fields: &Document) -> Result<(), Refusal> {
    let zone = fields.get("timezone").and_then(Value::as_str);
    let strange = zone.filter(|zone| zone.parse::<Tz>().is_err());
    let strange = strange.map(|zone| format!("timezone {zone} is not a valid time zone"));
    let rules = fields.get("rules").and_then(Value::as_array);
    let rules = rules.into_iter().flatten().enumerate();
    let wrong = rules.filter_map(|(place, rule)| Some(format!("rules.{place}.{}", fault(rule)?)));
    let wrong: Vec<String> = strange.into_iter().chain(wrong).collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid_fields(wrong))
    }
}

fn fault(rule: &Value) -> Option<&'static str> {
    let text = |name: &str| rule.get(name).and_then(Value::as_str);
    let mut intervals = rule.get("intervals").and_then(Value::as_array).into_iter().flatten();
    if text("type") == Some("wday") && text("day").is_none() {
        Some("day should not be empty")
    } else if text("type") == Some("date") && text("date").is_none_or(|date| date.parse::<NaiveDate>().is_err()) {
        Some("date must be a date")
    } else if !intervals.all(|hours| interval(hours).is_some_and(|(from, to)| from < to)) {
        Some("intervals must begin before they end")
    } else {
        None
    }
}

fn looks_like_zone(text: &str) -> bool {
    let fits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphabetic());
    text.split_once('/')
        .is_some_and(|(area, city)| fits(area) && fits(city))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::body::complaints;
    use serde_json::json;

    #[test]
    fn a_zone_has_one_slash_and_nothing_but_letters() {
        let fields = &[Field::required("timezone", TIMEZONE)];
        for (zone, fits) in [
            ("America/Chicago", true),
            ("America/New_York", true),
            ("UTC", false),
            ("America/Argentina/Buenos_Aires", false),
            ("America/Port-au-Prince", false),
            ("Etc/GMT+5", false),
        ] {
            let body = json!({ "timezone": zone });
            assert_eq!(complaints(body.as_object().unwrap(), fields).is_empty(), fits, "{zone}");
        }
    }

    #[test]
    fn rules_without_sense_are_refused() {
        let hours = json!([{ "from": "09:00", "to": "17:00" }]);
        for (rule, words) in [
            (
                json!({ "type": "wday", "intervals": hours }),
                Some("rules.0.day should not be empty"),
            ),
            (json!({ "type": "wday", "day": "monday", "intervals": hours }), None),
            (
                json!({ "type": "date", "intervals": hours }),
                Some("rules.0.date must be a date"),
            ),
            (
                json!({ "type": "date", "date": "2026-13-01", "intervals": hours }),
                Some("rules.0.date must be a date"),
            ),
            (json!({ "type": "date", "date": "2026-03-01", "intervals": [] }), None),
            (
                json!({ "type": "wday", "day": "monday", "intervals": [{ "from": "17:00", "to": "09:00" }] }),
                Some("rules.0.intervals must begin before they end"),
            ),
        ] {
            let body = json!({ "timezone": "America/Chicago", "rules": [rule] });
            let said = check(body.as_object().unwrap()).err();
            let said = said.map(|refusal| refusal.body["message"].clone());
            assert_eq!(said, words.map(|words| json!([words])), "{rule}");
        }
        let nowhere = json!({ "timezone": "Mars/Base" });
        assert!(check(nowhere.as_object().unwrap()).is_err());
    }
}
