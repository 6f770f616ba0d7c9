//! Visits that come again.

use crate::document::{Object, lists};

/// How often a series may come. GHL's calendars have no more.
const MOST: u32 = 24;

/// The parts of a rule that are taken (RFC 5545, 3.3.10).
const PARTS: &str = "FREQ|INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|WKST";

/// Reads `recurrence`, a rule like `FREQ=WEEKLY;COUNT=4`; nothing when the visit comes once, or the rule is a problem.
pub(super) fn read(data: &Object<'_>) -> Option<String> {
    let rule = data.text("recurrence")?.to_ascii_uppercase();
    let rule = rule
        .strip_prefix("RRULE:")
        .unwrap_or(&rule)
        .trim_end_matches(';')
        .to_owned();
    match check(&rule) {
        Ok(()) => Some(rule),
        Err(message) => {
            let message = format!("{message}; write a rule like `FREQ=WEEKLY;COUNT=4`");
            data.problem("recurrence", "no-recurrence", message);
            None
        }
    }
}

fn check(rule: &str) -> Result<(), String> {
    let mut parts = Vec::new();
    for part in rule.split(';') {
        let Some((name, value)) = part.split_once('=').filter(|(_, value)| !value.is_empty()) else {
            return Err(format!("`{part}` is no part of a rule"));
        };
        if !lists(PARTS, name) {
            return Err(format!("`{name}` is not taken"));
        }
        parts.push((name, value));
    }
    let value = |wanted: &str| parts.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    match value("FREQ") {
        Some("DAILY" | "WEEKLY" | "MONTHLY") => {}
        Some(other) => {
            return Err(format!(
                "`{other}` is not how often a visit comes: DAILY, WEEKLY or MONTHLY"
            ));
        }
        None => return Err("`FREQ` says how often a visit comes, and it is missing".to_owned()),
    }
    let count = value("COUNT").map(str::parse::<u32>);
    match (count, value("UNTIL")) {
        (None, None) => Err("the series has no end: say `COUNT` or `UNTIL`".to_owned()),
        (Some(Ok(count)), _) if (1..=MOST).contains(&count) => Ok(()),
        (Some(_), _) => Err(format!("`COUNT` is from 1 to {MOST}")),
        (None, Some(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_how_often_and_until_when() {
        for good in [
            "FREQ=WEEKLY;COUNT=4",
            "FREQ=MONTHLY;INTERVAL=2;UNTIL=20310101T000000Z",
            "FREQ=DAILY;COUNT=24",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "WEEKLY",
            "FREQ=",
            "FREQ=WEEKLY",
            "FREQ=HOURLY;COUNT=2",
            "COUNT=2",
            "FREQ=DAILY;COUNT=25",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=x",
            "FREQ=DAILY;COUNT=2;BYSECOND=1",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
