//! Whether the contact that GHL answers is the one that was asked for.

use serde_json::{Map, Value};

/// How many digits a phone number has at least, without its country.
const LOCAL_DIGITS: usize = 7;

/// How many digits a phone number has at most with its area and without its country, where one stands between them.
const NATIONAL_DIGITS: usize = 10;

/// What an answer shows of the contact that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactMatch {
    /// It was made, or has a phone number or an e-mail address that was asked for, as far as they show. These of its fields
    /// show other values.
    Same(Vec<&'static str>),
    /// It was there before, with another phone number or e-mail address, or with both others.
    Other(Vec<&'static str>),
}

impl ContactMatch {
    /// Compares what an upsert asked for with what it answers. What the answer does not show is not held against it.
    pub fn of(asked: &Map<String, Value>, reply: &Value) -> Self {
        let shown = reply.get("contact").unwrap_or(&Value::Null);
        let mut others = Vec::new();
        let mut same = false;
        for (name, more) in [("email", "additionalEmails"), ("phone", "additionalPhones")] {
            let Some(wanted) = text(asked.get(name)) else {
                continue;
            };
            let listed = shown.get(more).and_then(Value::as_array).into_iter().flatten();
            let listed = listed.filter_map(|entry| text(Some(entry)).or_else(|| text(entry.get(name))));
            let mut all = text(shown.get(name)).into_iter().chain(listed).peekable();
            if all.peek().is_none() {
                continue;
            }
            match all.any(|value| is_same(name, wanted, value)) {
                true => same = true,
                false => others.push(name),
            }
        }
        let is_new = reply.get("new") == Some(&Value::Bool(true));
        match same || is_new || others.is_empty() {
            true => Self::Same(others),
            false => Self::Other(others),
        }
    }
}

/// A text that is there and not empty.
fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Whether two phone numbers or e-mail addresses are one, however they are written.
pub fn is_same(name: &str, one: &str, other: &str) -> bool {
    if name == "email" {
        return one.to_lowercase() == other.to_lowercase();
    }
    let (one, other) = (digits(one), digits(other));
    let within = |inner: &str, outer: &str| inner.len() >= LOCAL_DIGITS && outer.ends_with(inner);
    // Some countries put a digit between their code and that of the area, which not everybody writes.
    let national = |number: &str| Some(number.get(number.len().checked_sub(NATIONAL_DIGITS)?..)?.to_owned());
    let is_same_there = || national(&one).is_some_and(|one| Some(one) == national(&other));
    one == other || within(&one, &other) || within(&other, &one) || is_same_there()
}

/// The digits of a phone number, without the zeros before a country or an area, and without an extension.
fn digits(phone: &str) -> String {
    let parts = phone.split(|letter: char| letter.is_alphabetic() || matches!(letter, '#' | ';' | ','));
    let mut numbers = parts.map(|part| part.chars().filter(char::is_ascii_digit).collect::<String>());
    let digits = numbers.find(|digits| !digits.is_empty()).unwrap_or_default();
    digits.trim_start_matches('0').to_owned()
}

/// What is shown to people of a phone number or an e-mail address: enough to recognise it.
pub fn masked(value: &str) -> String {
    let value = value.trim();
    match value.split_once('@') {
        Some((name, host)) => format!("{}…@{host}", name.chars().take(1).collect::<String>()),
        None => {
            let letters = value.chars().count();
            let end: String = value.chars().skip(letters.saturating_sub(2)).collect();
            format!("…{end}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matched(asked: Value, reply: Value) -> ContactMatch {
        ContactMatch::of(asked.as_object().unwrap(), &reply)
    }

    #[test]
    fn contact_is_the_same_by_either_field_in_any_form_and_other_by_neither() {
        let asked = json!({ "email": "Ann@Example.com", "phone": "+1 (512) 555-0142" });
        for contact in [
            json!({ "email": "ann@example.com", "phone": "+15125550142" }),
            json!({ "email": "ann@example.com" }),
            json!({ "phone": "(512) 555-0142" }),
            json!({ "phone": "0015125550142", "email": null }),
            json!({ "phone": "+1 512 555 0142 ext. 12" }),
            json!({ "phone": "tel:512-555-0142" }),
            json!({ "id": "x" }),
            json!({ "email": "b@example.com", "additionalEmails": [{ "email": "ann@example.com" }] }),
        ] {
            let found = matched(asked.clone(), json!({ "new": false, "contact": contact }));
            assert_eq!(found, ContactMatch::Same(vec![]), "{contact}");
        }
        let in_mexico = matched(
            json!({ "phone": "+525512345678" }),
            json!({ "new": false, "contact": { "phone": "+52 1 55 1234 5678" } }),
        );
        assert_eq!(in_mexico, ContactMatch::Same(vec![]));
        let half = json!({ "new": false, "contact": { "email": "b@example.com", "phone": "5125550142" } });
        assert_eq!(matched(asked.clone(), half), ContactMatch::Same(vec!["email"]));
        let stranger = json!({ "email": "b@example.com", "phone": "+15125550199" });
        let other = matched(asked.clone(), json!({ "new": false, "contact": stranger }));
        assert_eq!(other, ContactMatch::Other(vec!["email", "phone"]));
        assert_eq!(
            matched(asked.clone(), json!({ "contact": { "email": "b@example.com" } })),
            ContactMatch::Other(vec!["email"]),
            "what is not said to be new was there before"
        );
        let made = matched(asked, json!({ "new": true, "contact": stranger }));
        assert_eq!(made, ContactMatch::Same(vec!["email", "phone"]));
    }

    #[test]
    fn contact_without_phone_and_email_is_compared_with_nothing() {
        let asked = json!({ "firstName": "Ann" });
        let found = matched(asked, json!({ "new": false, "contact": { "email": "b@example.com" } }));
        assert_eq!(found, ContactMatch::Same(vec![]));
    }

    #[test]
    fn masked_values_show_their_ends_only() {
        assert_eq!(masked("ann@example.com"), "a…@example.com");
        assert_eq!(masked("+15125550142"), "…42");
    }
}
