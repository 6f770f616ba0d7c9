//! Evidence that a write took effect: everything that was written, compared with what GHL shows of it.
//!
//! Values are compared in a normal form ([`shown`]), lists as sets: GHL keeps neither their order nor, of
//! working hours, how they are divided into entries. What is not shown proves nothing.

use serde_json::{Map, Value};

use super::shown::{self, Likeness, adds_to, normal};
use crate::zone::Zone;

/// Fields that are shown under another name than they are written.
const SHOWN_AS: &[(&str, &str)] = &[
    ("staffId", "serviceStaffId"),
    ("addOns", "serviceAddOns"),
    ("field_value", "value"),
    ("isMultipleFile", "isMultiFileAllowed"),
    ("maxNumberOfFiles", "maxFileLimit"),
];

/// Lists that a write adds to: members of which it says nothing stay, or come from elsewhere.
const ADDED_TO: &[&str] = &["customFields", "tags"];

/// The fields that name a member of a list, whatever else is said of it.
const IDENTITIES: [&str; 3] = ["id", "userId", "_id"];

/// Compares fields that were written with the object that shows them: one that differs decides, then one that is the same.
pub fn compare_fields(written: &Map<String, Value>, shown: &Value, zone: Option<&Zone>) -> Likeness {
    combined(written.keys().map(|name| compare_field(name, written, shown, zone)))
}

/// Compares one of the fields that were written with the object that shows them.
pub fn compare_field(name: &str, written: &Map<String, Value>, shown: &Value, zone: Option<&Zone>) -> Likeness {
    let Some(value) = written.get(name) else {
        return Likeness::NotShown;
    };
    if name == "followers" {
        // Whether they were added or taken away, others may follow beside them.
        return Likeness::NotShown;
    }
    let other_name = SHOWN_AS.iter().find(|(written, _)| *written == name);
    let there = shown.get(name).or_else(|| shown.get(other_name?.1));
    match there {
        Some(there) => compare_values(name, value, there, zone),
        None if name == "name" => whole_name(shown).map_or(Likeness::NotShown, |whole| {
            compare_values(name, value, &whole.into(), zone)
        }),
        None => Likeness::NotShown,
    }
}

/// The name of a person of whom only its parts are shown.
fn whole_name(shown: &Value) -> Option<String> {
    let part = |name: &str| shown.get(name).and_then(Value::as_str).map(str::trim);
    let parts = [part("firstName"), part("lastName")].into_iter().flatten();
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn combined(likenesses: impl Iterator<Item = Likeness>) -> Likeness {
    likenesses.fold(Likeness::NotShown, |all, one| match (all, one) {
        (Likeness::Differs, _) | (_, Likeness::Differs) => Likeness::Differs,
        (Likeness::Same, _) | (_, Likeness::Same) => Likeness::Same,
        (Likeness::NotShown, Likeness::NotShown) => Likeness::NotShown,
    })
}

fn compare_values(name: &str, written: &Value, shown: &Value, zone: Option<&Zone>) -> Likeness {
    match (written, shown) {
        (Value::Array(written), Value::Array(shown)) => compare_lists(name, written, shown, zone),
        // GHL shows an empty list as an empty object.
        (Value::Array(written), Value::Object(shown)) if shown.is_empty() => Likeness::of(written.is_empty()),
        (Value::Object(written), Value::Object(_)) => compare_fields(written, shown, zone),
        (Value::Null | Value::Array(_) | Value::Object(_), _) => Likeness::NotShown,
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => Likeness::NotShown,
        (written, shown) => compare_scalars(name, written, shown, zone),
    }
}

/// Compares two lists as sets. A member that cannot be compared leaves the list undecided.
fn compare_lists(name: &str, written: &[Value], shown: &[Value], zone: Option<&Zone>) -> Likeness {
    let (written, mut shown) = (unfolded(name, written), unfolded(name, shown));
    if ADDED_TO.contains(&name) {
        if written.is_empty() {
            return Likeness::NotShown;
        }
    } else if written.len() != shown.len() {
        return Likeness::Differs;
    }
    let mut likeness = Likeness::Same;
    for member in &written {
        let compared = |shown: &Value| compare_members(name, member, shown, zone);
        if let Some(place) = shown.iter().position(|shown| compared(shown) == Likeness::Same) {
            shown.swap_remove(place);
        } else if shown.iter().any(|shown| compared(shown) == Likeness::NotShown) {
            likeness = Likeness::NotShown;
        } else {
            return Likeness::Differs;
        }
    }
    likeness
}

/// Compares two members of a list. That they have the same id proves nothing of what else was written of one.
fn compare_members(name: &str, written: &Value, shown: &Value, zone: Option<&Zone>) -> Likeness {
    let Value::Object(fields) = written else {
        return compare_values(name, written, shown, zone);
    };
    let Some(identity) = IDENTITIES.into_iter().find(|identity| fields.contains_key(*identity)) else {
        return compare_fields(fields, shown, zone);
    };
    let of_identity = compare_field(identity, fields, shown, zone);
    let mut rest = fields.clone();
    rest.remove(identity);
    match of_identity {
        Likeness::Same if !rest.is_empty() => compare_fields(&rest, shown, zone),
        of_identity => of_identity,
    }
}

/// The hours of a schedule's rules in one form: each interval of each day by itself, like `wday monday 540-720`, in order.
pub fn working_hours(rules: &[Value]) -> Vec<Value> {
    let hours = |rule: &Value| {
        let text = |name: &str| {
            rule.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_lowercase()
        };
        let minute = |name: &str| {
            let time = rule.get("intervals").and_then(|interval| interval.get(name));
            time.and_then(Value::as_str).and_then(minute_of_day).unwrap_or_default()
        };
        let day = match text("type").as_str() {
            "date" => text("date").chars().take(DATE_LENGTH).collect(),
            _ => text("day"),
        };
        format!("{} {day} {:04}-{:04}", text("type"), minute("from"), minute("to"))
    };
    let mut hours: Vec<_> = unfolded("rules", rules).iter().map(hours).collect();
    crate::document::sort_short(&mut hours, |one, other| one < other);
    hours.dedup();
    hours.into_iter().map(Value::from).collect()
}

/// The members of a list; of working hours each interval of each day by itself.
fn unfolded(name: &str, members: &[Value]) -> Vec<Value> {
    let (parts, days) = match name {
        "rules" => ("intervals", None),
        "openHours" => ("hours", Some("daysOfTheWeek")),
        _ => return members.to_vec(),
    };
    let unfold = |member: &Value| -> Vec<Value> {
        let (Some(fields), Some(Value::Array(intervals))) = (member.as_object(), member.get(parts)) else {
            return vec![member.clone()];
        };
        // A date without hours is closed, whatever its day of the week says; a day without hours says nothing.
        if intervals.is_empty() && fields.contains_key("date") {
            return vec![member.clone()];
        }
        let days = days.and_then(|days| fields.get(days)?.as_array());
        let days = days.map_or_else(|| vec![Value::Null], Clone::clone);
        let with = |day: &Value, interval: &Value| {
            let mut fields = fields.clone();
            fields.insert(parts.to_owned(), interval.clone());
            fields.retain(|name, _| name != "daysOfTheWeek");
            if !day.is_null() {
                fields.insert("day".to_owned(), day.clone());
            }
            Value::Object(fields)
        };
        let of_day = |day: Value| -> Vec<Value> { intervals.iter().map(|interval| with(&day, interval)).collect() };
        days.into_iter().flat_map(of_day).collect()
    };
    members.iter().flat_map(unfold).collect()
}

fn compare_scalars(name: &str, written: &Value, shown: &Value, zone: Option<&Zone>) -> Likeness {
    if shown::is_time(name) {
        return shown::compare(name, written, Some(shown), zone);
    }
    match (written, shown) {
        (Value::String(written), Value::String(shown)) => compare_texts(name, written, shown),
        (Value::Bool(_), _) | (_, Value::Bool(_)) => Likeness::of(as_text(written) == as_text(shown)),
        _ => match (number(written), number(shown)) {
            (Some(written), Some(shown)) => Likeness::of(written == shown),
            _ => Likeness::NotShown,
        },
    }
}

fn compare_texts(name: &str, written: &str, shown: &str) -> Likeness {
    if written == shown {
        return Likeness::Same;
    }
    if let Some(written) = date(written).filter(|_| written.len() == DATE_LENGTH) {
        return date(shown).map_or(Likeness::NotShown, |shown| Likeness::of(written == shown));
    }
    if name == "dateOfBirth" {
        // It may be written with the month first, or the day.
        return Likeness::NotShown;
    }
    if let (Some(written), Some(shown)) = (minute_of_day(written), minute_of_day(shown)) {
        return Likeness::of(written == shown);
    }
    if name.to_lowercase().contains("phone") || name == "fromNumber" {
        return Likeness::of(is_same_phone(written, shown));
    }
    let lower = |text: &str| match normal(name, &text.into()) {
        Value::String(text) => Value::String(text.to_lowercase()),
        other => other,
    };
    let (written, shown) = (lower(written), lower(shown));
    Likeness::of(written == shown || adds_to(name, &written, &shown))
}

/// Whether one phone number ends like the other: GHL adds the country's code.
fn is_same_phone(written: &str, shown: &str) -> bool {
    let digits = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').to_owned()
    };
    let (written, shown) = (digits(written), digits(shown));
    let shortest = written.len().min(shown.len());
    shortest >= SHORTEST_PHONE && (written.ends_with(&shown) || shown.ends_with(&written))
}

/// How many digits a phone number has at least, without the country's code.
const SHORTEST_PHONE: usize = 5;

/// The length of `2030-06-04`.
const DATE_LENGTH: usize = 10;

/// The date that a text begins with.
fn date(text: &str) -> Option<chrono::NaiveDate> {
    crate::shape::date(text.get(..DATE_LENGTH)?)
}

/// A time of day, `9:00` or `09:00`, in minutes.
fn minute_of_day(text: &str) -> Option<u32> {
    let (hour, rest) = text.trim().split_once(':')?;
    let minute = rest.strip_suffix(":00").unwrap_or(rest);
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|_| digits.len() <= 2);
    Some(number(hour)? * 60 + number(minute)?)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        // The parser of JSON is there anyway, and the one of the standard library is large.
        Value::String(text) => serde_json::from_str::<Value>(text.trim()).ok()?.as_f64(),
        _ => None,
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_lowercase(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn likeness(name: &str, written: Value, shown: Value) -> Likeness {
        let written = Map::from_iter([(name.to_owned(), written)]);
        let shown = Value::Object(Map::from_iter([(name.to_owned(), shown)]));
        compare_fields(&written, &shown, None)
    }

    #[test]
    fn lists_are_compared_as_sets_of_what_identifies_their_members() {
        let staff = |ids: &[&str]| ids.iter().map(|id| json!({ "id": id })).collect::<Value>();
        for (written, shown, expected) in [
            (&["a", "b"][..], &["b", "a"][..], Likeness::Same),
            (&["a"], &["a", "b"], Likeness::Differs),
            (&["a", "b"], &["a"], Likeness::Differs),
            (&["a", "a"], &["a", "b"], Likeness::Differs),
            (&[], &[], Likeness::Same),
            (&[], &["a"], Likeness::Differs),
        ] {
            assert_eq!(
                likeness("staff", staff(written), staff(shown)),
                expected,
                "{written:?} {shown:?}"
            );
            assert_eq!(likeness("calendarIds", json!(written), json!(shown)), expected);
        }
        assert_eq!(likeness("openHours", json!([]), json!({})), Likeness::Same);
        assert_eq!(likeness("staff", staff(&["a"]), json!("a")), Likeness::NotShown);
    }

    #[test]
    fn nested_fields_count_and_the_id_of_a_member_alone_proves_nothing_of_them() {
        let written = json!([{ "id": "a", "staffId": "dana" }]);
        for (shown, expected) in [
            (
                json!([{ "id": "a", "serviceStaffId": "dana", "serviceAddOns": [] }]),
                Likeness::Same,
            ),
            (json!([{ "id": "a", "serviceStaffId": "marcus" }]), Likeness::Differs),
            (json!([{ "id": "b", "serviceStaffId": "dana" }]), Likeness::Differs),
            (json!([{ "id": "a" }]), Likeness::NotShown),
            (json!(["a"]), Likeness::NotShown),
        ] {
            assert_eq!(
                likeness("services", written.clone(), shown.clone()),
                expected,
                "{shown}"
            );
        }
        let payment = |amount: Value| json!({ "amount": amount, "depositType": "amount" });
        let written = json!({ "amount": 120 });
        assert_eq!(
            likeness("payment", written.clone(), payment(json!("120.00"))),
            Likeness::Same
        );
        assert_eq!(likeness("payment", written, payment(json!(90))), Likeness::Differs);
    }

    #[test]
    fn hours_are_the_same_however_they_are_divided_and_ordered() {
        let hours = |day: &str, from: &str, to: &str| json!({ "type": "wday", "day": day, "intervals": [{ "from": from, "to": to }] });
        let written = json!([
            { "type": "wday", "day": "monday", "intervals": [{ "from": "13:00", "to": "17:00" }, { "from": "09:00", "to": "12:00" }] },
            hours("friday", "09:00", "12:00"),
        ]);
        let shown = json!([
            hours("friday", "9:00", "12:00"),
            hours("monday", "09:00", "12:00"),
            { "type": "wday", "day": "sunday", "intervals": [] },
            hours("monday", "13:00", "17:00:00"),
        ]);
        assert_eq!(likeness("rules", written.clone(), shown.clone()), Likeness::Same);
        let in_order = |rules: &Value| working_hours(rules.as_array().unwrap());
        assert_eq!(in_order(&written), in_order(&shown));
        assert_eq!(in_order(&written)[0], "wday friday 0540-0720");
        let shown = json!([
            hours("monday", "09:00", "12:00"),
            hours("monday", "13:00", "18:00"),
            hours("friday", "9:00", "12:00")
        ]);
        assert_ne!(in_order(&written), in_order(&shown));
        assert_eq!(likeness("rules", written, shown), Likeness::Differs);
        let closed = json!([{ "type": "date", "date": "2030-07-04", "intervals": [] }]);
        assert_eq!(likeness("rules", closed.clone(), json!([])), Likeness::Differs);
        assert_eq!(likeness("rules", closed.clone(), closed), Likeness::Same);
        let hour = json!({ "openHour": 9, "openMinute": 0, "closeHour": 17, "closeMinute": 0 });
        let together = json!([{ "daysOfTheWeek": [1, 2], "hours": [hour] }]);
        let apart = json!([{ "daysOfTheWeek": [2], "hours": [hour] }, { "daysOfTheWeek": [1], "hours": [hour] }]);
        assert_eq!(likeness("openHours", together.clone(), apart.clone()), Likeness::Same);
        assert_eq!(
            likeness("openHours", together, json!([apart[0], apart[0]])),
            Likeness::Differs
        );
    }

    #[test]
    fn scalars_are_compared_by_what_they_say() {
        for (name, written, shown, expected) in [
            ("phone", json!("(512) 555-0100"), json!("+15125550100"), Likeness::Same),
            ("phone", json!("0171 1234567"), json!("+491711234567"), Likeness::Same),
            ("phone", json!("+15125550100"), json!(""), Likeness::Differs),
            ("phone", json!("+15125550100"), json!("+15125550101"), Likeness::Differs),
            (
                "email",
                json!("Ann@Example.com"),
                json!("ann@example.com"),
                Likeness::Same,
            ),
            ("monetaryValue", json!(12000), json!("12000"), Likeness::Same),
            ("monetaryValue", json!(12000), json!(12000.5), Likeness::Differs),
            ("isActive", json!(true), json!("true"), Likeness::Same),
            ("isActive", json!(true), json!(false), Likeness::Differs),
            (
                "dateOfBirth",
                json!("1990-09-25"),
                json!("1990-09-25T00:00:00.000Z"),
                Likeness::Same,
            ),
            (
                "dateOfBirth",
                json!("1990-09-25"),
                json!("1990-09-26"),
                Likeness::Differs,
            ),
            (
                "dateOfBirth",
                json!("09/25/1990"),
                json!("1990-09-25"),
                Likeness::NotShown,
            ),
            (
                "dateOfBirth",
                json!("1990-09-25"),
                json!(654_220_800_000_u64),
                Likeness::NotShown,
            ),
            (
                "dueDate",
                json!("2030-06-04T10:00:00-05:00"),
                json!("2030-06-04T15:00:00.000Z"),
                Likeness::Same,
            ),
            (
                "body",
                json!("See you\n\nsoon"),
                json!("<p>See you</p><p>soon</p>"),
                Likeness::Same,
            ),
            ("tags", json!(["Roof"]), json!(["door", "roof"]), Likeness::Same),
            ("tags", json!([]), json!(["roof"]), Likeness::NotShown),
            ("title", json!(null), json!("Roof"), Likeness::NotShown),
        ] {
            let what = format!("{name}: {written} {shown}");
            assert_eq!(likeness(name, written, shown), expected, "{what}");
        }
        let written = Map::from_iter([("name".to_owned(), json!("Ann Lee"))]);
        let parts = json!({ "firstName": "Ann", "lastName": "Lee" });
        assert_eq!(compare_fields(&written, &parts, None), Likeness::Same);
        assert_eq!(compare_fields(&written, &json!({}), None), Likeness::NotShown);
    }
}
