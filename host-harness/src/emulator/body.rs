//! Which properties the body of a request may have. GHL refuses every other one.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Value};

use super::reply::Refusal;

/// A property that a body may have.
#[derive(Debug)]
pub(super) struct Field {
    name: &'static str,
    rule: Rule,
    required: bool,
}

/// What the value of a property must be.
#[derive(Debug)]
pub(super) enum Rule {
    Text,
    Email,
    Flag,
    /// A time by ISO 8601. Whether it needs an offset is not for this check to say.
    Time,
    OneOf(&'static [&'static str]),
    Texts,
    Table,
    CustomFields,
    Anything,
}

impl Field {
    pub(super) const fn required(name: &'static str, rule: Rule) -> Self {
        let required = true;
        Self { name, rule, required }
    }

    pub(super) const fn optional(name: &'static str, rule: Rule) -> Self {
        let required = false;
        Self { name, rule, required }
    }
}

/// Refuses a body with a property too many, too few, or of the wrong kind.
pub(super) fn check(body: &Map<String, Value>, fields: &[Field]) -> Result<(), Refusal> {
    let known = |name: &str| fields.iter().any(|field| field.name == name);
    let strangers = body.keys().filter(|name| !known(name));
    let mut messages: Vec<String> = strangers.map(|name| should_not_exist("", name)).collect();
    for field in fields {
        // A null counts as absent.
        match body.get(field.name).filter(|value| !value.is_null()) {
            Some(value) => field.complain(value, &mut messages),
            None if field.required => field.complain(&Value::Null, &mut messages),
            None => {}
        }
    }
    if messages.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid_fields(messages))
    }
}

fn should_not_exist(prefix: &str, name: &str) -> String {
    format!("{prefix}property {name} should not exist")
}

impl Field {
    fn complain(&self, value: &Value, messages: &mut Vec<String>) {
        let name = self.name;
        let mut expect = |fits: bool, words: &str| {
            if !fits {
                messages.push(format!("{name} {words}"));
            }
        };
        let text = value.as_str();
        if self.required {
            expect(text.is_some_and(|text| !text.is_empty()), "should not be empty");
        }
        match &self.rule {
            Rule::Text => expect(text.is_some(), "must be a string"),
            Rule::Email => expect(text.is_some_and(looks_like_email), "must be an email"),
            Rule::Flag => expect(value.is_boolean(), "must be a boolean value"),
            Rule::Time => expect(
                text.is_some_and(|text| Time::read(text).is_some()),
                "must be a valid ISO 8601 date string",
            ),
            Rule::OneOf(names) => {
                let words = format!("must be one of the following values: {}", names.join(", "));
                expect(text.is_some_and(|text| names.contains(&text)), &words);
            }
            Rule::Texts => {
                let texts = value.as_array();
                expect(texts.is_some(), "must be an array");
                let strings = |values: &Vec<Value>| values.iter().all(Value::is_string);
                expect(texts.is_none_or(strings), "must hold strings only");
            }
            Rule::Table => expect(value.is_object(), "must be an object"),
            Rule::CustomFields => complain_of_custom_fields(name, value, messages),
            Rule::Anything => {}
        }
    }
}

fn complain_of_custom_fields(name: &str, value: &Value, messages: &mut Vec<String>) {
    let Some(entries) = value.as_array() else {
        messages.push(format!("{name} must be an array"));
        return;
    };
    for (place, entry) in entries.iter().enumerate() {
        let Some(entry) = entry.as_object() else {
            messages.push(format!("each value in nested property {name} must be an object"));
            continue;
        };
        let known = ["id", "key", "field_value", "fieldValue"];
        let strangers = entry.keys().filter(|key| !known.contains(&key.as_str()));
        let prefix = format!("{name}.{place}.");
        messages.extend(strangers.map(|key| should_not_exist(&prefix, key)));
        if !entry.get("id").is_some_and(Value::is_string) {
            messages.push(format!("{prefix}id must be a string"));
        }
    }
}

fn looks_like_email(text: &str) -> bool {
    let no_space = !text.contains(char::is_whitespace);
    let parts = text.rsplit_once('@');
    let sound = |(name, domain): (&str, &str)| {
        let labels = domain.split('.');
        !name.is_empty() && domain.contains('.') && labels.into_iter().all(|label| !label.is_empty())
    };
    no_space && parts.is_some_and(sound)
}

/// A time by ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// One with an offset, or with `Z`.
    At(DateTime<Utc>),
    /// One without; nobody knows where.
    Nowhere,
}

impl Time {
    pub(super) fn read(text: &str) -> Option<Self> {
        let with_offset = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"))
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"));
        if let Ok(instant) = with_offset {
            return Some(Self::At(instant.to_utc()));
        }
        let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
        let naive = |format: &&str| NaiveDateTime::parse_from_str(text, format).is_ok();
        let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
        (formats.iter().any(naive) || date()).then_some(Self::Nowhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[Field] = &[
        Field::required("calendarId", Rule::Text),
        Field::optional("email", Rule::Email),
        Field::optional("toNotify", Rule::Flag),
        Field::optional("startTime", Rule::Time),
        Field::optional("status", Rule::OneOf(&["new", "confirmed"])),
        Field::optional("tags", Rule::Texts),
        Field::optional("customFields", Rule::CustomFields),
    ];

    fn messages(body: Value) -> Vec<String> {
        match check(body.as_object().unwrap(), FIELDS) {
            Ok(()) => Vec::new(),
            Err(refusal) => serde_json::from_value(refusal.body["message"].clone()).unwrap(),
        }
    }

    #[test]
    fn a_sound_body_passes() {
        let body = json!({
            "calendarId": "c", "email": "a@b.co", "toNotify": false, "startTime": null,
            "status": "new", "tags": ["a"], "customFields": [{ "id": "x", "field_value": [1] }],
        });
        assert_eq!(messages(body), [""; 0]);
    }

    #[test]
    fn every_wrong_property_is_named() {
        let body = json!({
            "colour": 1, "email": "a@b", "toNotify": "no", "startTime": "soon",
            "status": "maybe", "tags": "a", "customFields": [{ "value": 1 }],
        });
        let expected = [
            "property colour should not exist",
            "calendarId should not be empty",
            "calendarId must be a string",
            "email must be an email",
            "toNotify must be a boolean value",
            "startTime must be a valid ISO 8601 date string",
            "status must be one of the following values: new, confirmed",
            "tags must be an array",
            "customFields.0.property value should not exist",
            "customFields.0.id must be a string",
        ];
        assert_eq!(messages(body), expected);
    }

    #[test]
    fn a_time_is_read_with_and_without_an_offset() {
        let at = |text| match Time::read(text) {
            Some(Time::At(instant)) => instant.to_rfc3339(),
            other => format!("{other:?}"),
        };
        assert_eq!(at("2026-03-02T10:00:00-06:00"), "2026-03-02T16:00:00+00:00");
        assert_eq!(at("2026-03-02T10:00-0600"), "2026-03-02T16:00:00+00:00");
        assert_eq!(at("2026-03-02T10:00:00.000Z"), "2026-03-02T10:00:00+00:00");
        assert_eq!(Time::read("2026-03-02T10:00:00"), Some(Time::Nowhere));
        assert_eq!(Time::read("2026-03-02 10:00:00"), Some(Time::Nowhere));
        assert_eq!(Time::read("tomorrow"), None);
    }
}
