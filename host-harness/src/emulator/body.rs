//! Which properties the body of a request, or its query, may have, and the words in which GHL refuses others: those of
//! the library that checks for it (class-validator).

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Value};

/// A property that a body, or a query, may have.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    need: Need,
}

/// Whether a property must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// It need not.
    None,
    /// It must, but may be an empty text.
    There,
    /// It must, and say something.
    Filled,
}

/// What the value of a property must be.
#[derive(Debug)]
pub(super) enum Rule {
    Text,
    Email,
    Flag,
    /// A number within bounds; see [`Rule::NUMBER`].
    Number {
        least: f64,
        most: f64,
    },
    /// A time by ISO 8601. Whether it needs an offset is not for this check to say.
    Time,
    OneOf(&'static [&'static str]),
    OneNumberOf(&'static [f64]),
    /// A text of some form: the form in the words of the refusal, and whether a text has it.
    Matches(&'static str, fn(&str) -> bool),
    /// A list of such values.
    Each(&'static Rule),
    /// An object of whatever properties.
    Table,
    /// An object with these properties.
    Object(&'static [Field]),
    /// A list of objects with these properties.
    Objects(&'static [Field]),
    Anything,
}

impl Rule {
    /// Any number.
    pub(super) const NUMBER: Self = Self::at_least(f64::NEG_INFINITY);

    /// A list of texts.
    pub(super) const TEXTS: Self = Self::Each(&Self::Text);

    /// A time on the clock on the wall, `9:30` or `09:30`.
    pub(super) const TIME_OF_DAY: Self = Self::Matches("^([01]?[0-9]|2[0-3]):[0-5][0-9]$", is_time_of_day);

    /// A date, `2026-03-02`.
    pub(super) const DATE: Self = Self::Matches(r"^\d{4}-\d{2}-\d{2}$", is_date);

    /// The custom fields of a contact or an opportunity, as they are written.
    pub(super) const CUSTOM_FIELDS: Self = Self::Objects(&[
        Field::there("id", Self::Text),
        Field::optional("key", Self::Anything),
        Field::optional("field_value", Self::Anything),
        Field::optional("fieldValue", Self::Anything),
    ]);

    /// A number that is not less.
    pub(super) const fn at_least(least: f64) -> Self {
        Self::between(least, f64::INFINITY)
    }

    /// A number within bounds, both included.
    pub(super) const fn between(least: f64, most: f64) -> Self {
        Self::Number { least, most }
    }
}

impl Field {
    /// One that must be there and say something.
    pub(super) const fn required(name: &'static str, rule: Rule) -> Self {
        let need = Need::Filled;
        Self { name, rule, need }
    }

    /// One that must be there, but may be an empty text.
    pub(super) const fn there(name: &'static str, rule: Rule) -> Self {
        let need = Need::There;
        Self { name, rule, need }
    }

    pub(super) const fn optional(name: &'static str, rule: Rule) -> Self {
        let need = Need::None;
        Self { name, rule, need }
    }

    /// What is wrong with its value, if it has one.
    pub(super) fn complaints(&self, value: Option<&Value>) -> Vec<String> {
        // A null counts as absent.
        let value = value.filter(|value| !value.is_null());
        if value.is_none() && self.need == Need::None {
            return Vec::new();
        }
        let value = value.unwrap_or(&Value::Null);
        let empty = value.is_null() || value.as_str() == Some("");
        let filled = (self.need == Need::Filled && empty).then(|| format!("{} should not be empty", self.name));
        filled
            .into_iter()
            .chain(self.rule.complaints(self.name, value))
            .collect()
    }
}

/// What is wrong with the properties of an object: one too many, too few, or of the wrong kind.
pub(super) fn complaints(object: &Map<String, Value>, fields: &[Field]) -> Vec<String> {
    let known = |name: &str| fields.iter().any(|field| field.name == name);
    let strangers = object.keys().filter(|name| !known(name));
    let strangers = strangers.map(|name| format!("property {name} should not exist"));
    let wrong = fields.iter().flat_map(|field| field.complaints(object.get(field.name)));
    strangers.chain(wrong).collect()
}

impl Rule {
    /// What is wrong with the value of a property with this name.
    fn complaints(&self, name: &str, value: &Value) -> Vec<String> {
        match self {
            Self::Object(fields) => match value.as_object() {
                Some(object) => within(name, complaints(object, fields)),
                None => vec![format!("nested property {name} must be either object or array")],
            },
            Self::Each(rule) => of_each(name, value, |_, value| {
                let words = rule.fault(value);
                words
                    .map(|words| format!("each value in {name} {words}"))
                    .into_iter()
                    .collect()
            }),
            Self::Objects(fields) => of_each(name, value, |place, value| match value.as_object() {
                Some(object) => within(&format!("{name}.{place}"), complaints(object, fields)),
                None => vec![format!(
                    "each value in nested property {name} must be either object or array"
                )],
            }),
            _ => {
                let words = self.fault(value);
                words.map(|words| format!("{name} {words}")).into_iter().collect()
            }
        }
    }

    /// What is wrong with a single value, in the words that follow its name.
    fn fault(&self, value: &Value) -> Option<String> {
        let text = value.as_str();
        let (fits, words) = match self {
            Self::Text => (text.is_some(), "must be a string"),
            Self::Email => (text.is_some_and(looks_like_email), "must be an email"),
            Self::Flag => (value.is_boolean(), "must be a boolean value"),
            Self::Time => (
                text.is_some_and(|text| Time::read(text).is_some()),
                "must be a valid ISO 8601 date string",
            ),
            Self::Table | Self::Object(_) => (value.is_object(), "must be an object"),
            Self::Each(_) | Self::Objects(_) => (value.is_array(), "must be an array"),
            Self::Anything => (true, ""),
            Self::Number { least, most } => match value.as_f64() {
                None => (false, "must be a number conforming to the specified constraints"),
                Some(number) if number < *least => return Some(format!("must not be less than {least}")),
                Some(number) if number > *most => return Some(format!("must not be greater than {most}")),
                Some(_) => (true, ""),
            },
            Self::OneOf(names) => {
                let words = || format!("must be one of the following values: {}", names.join(", "));
                return (!text.is_some_and(|text| names.contains(&text))).then(words);
            }
            Self::OneNumberOf(numbers) => {
                let names: Vec<String> = numbers.iter().map(f64::to_string).collect();
                let words = || format!("must be one of the following values: {}", names.join(", "));
                return (!value.as_f64().is_some_and(|number| numbers.contains(&number))).then(words);
            }
            Self::Matches(form, has_form) => {
                let words = || format!("must match /{form}/ regular expression");
                return (!text.is_some_and(has_form)).then(words);
            }
        };
        (!fits).then(|| words.to_owned())
    }
}

/// Complaints about the properties of a nested object, as its owner makes them.
fn within(path: &str, complaints: Vec<String>) -> Vec<String> {
    let complaints = complaints.into_iter();
    complaints.map(|complaint| format!("{path}.{complaint}")).collect()
}

/// What is wrong with the values of a list, each complaint once.
fn of_each(name: &str, list: &Value, complaints: impl Fn(usize, &Value) -> Vec<String>) -> Vec<String> {
    let Some(values) = list.as_array() else {
        return vec![format!("{name} must be an array")];
    };
    let mut all = Vec::new();
    for (place, value) in values.iter().enumerate() {
        for complaint in complaints(place, value) {
            if !all.contains(&complaint) {
                all.push(complaint);
            }
        }
    }
    all
}

fn is_time_of_day(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.split_once(':');
    parts.is_some_and(|(hour, minute)| {
        let sound = digits(hour) && digits(minute) && minute.len() == 2 && matches!(hour.len(), 1 | 2);
        sound && hour.parse::<u8>().is_ok_and(|hour| hour < 24) && minute.parse::<u8>().is_ok_and(|minute| minute < 60)
    })
}

/// Whether it has the form of a date; the month 13 has it.
fn is_date(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [4, 2, 2] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
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

    const HOURS: &[Field] = &[
        Field::required("openHour", Rule::between(0.0, 23.0)),
        Field::optional("from", Rule::TIME_OF_DAY),
    ];
    const OPEN_HOURS: &[Field] = &[
        Field::required("daysOfTheWeek", Rule::Each(&Rule::between(0.0, 6.0))),
        Field::required("hours", Rule::Objects(HOURS)),
        Field::optional("date", Rule::DATE),
    ];
    const FIELDS: &[Field] = &[
        Field::required("calendarId", Rule::Text),
        Field::optional("email", Rule::Email),
        Field::optional("toNotify", Rule::Flag),
        Field::optional("startTime", Rule::Time),
        Field::optional("status", Rule::OneOf(&["new", "confirmed"])),
        Field::optional("tags", Rule::TEXTS),
        Field::optional("customFields", Rule::CUSTOM_FIELDS),
        Field::optional("priority", Rule::OneNumberOf(&[0.0, 0.5, 1.0])),
        Field::optional("limit", Rule::at_least(1.0)),
        Field::optional("openHours", Rule::Objects(OPEN_HOURS)),
        Field::optional("recurring", Rule::Object(&[Field::optional("count", Rule::NUMBER)])),
    ];

    fn messages(body: Value) -> Vec<String> {
        complaints(body.as_object().unwrap(), FIELDS)
    }

    #[test]
    fn a_sound_body_passes() {
        let body = json!({
            "calendarId": "c", "email": "a@b.co", "toNotify": false, "startTime": null,
            "status": "new", "tags": ["a"], "customFields": [{ "id": "x", "field_value": [1] }],
            "priority": 0.5, "limit": 1, "recurring": { "count": 2 }, "openHours": [{
                "daysOfTheWeek": [0, 6], "date": "2026-03-02", "hours": [{ "openHour": 0, "from": "9:30" }],
            }],
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
    fn what_is_wrong_inside_is_named_by_where_it_is() {
        for (wrong, words) in [
            (
                json!({ "openHours": [{ "daysOfTheWeek": [7, 8], "hours": [{ "openHour": 24 }] }] }),
                vec![
                    "openHours.0.each value in daysOfTheWeek must not be greater than 6",
                    "openHours.0.hours.0.openHour must not be greater than 23",
                ],
            ),
            (
                json!({ "openHours": [{ "daysOfTheWeek": [], "hours": [{ "openHour": 1 }, { "shut": 2 }] }] }),
                vec![
                    "openHours.0.hours.1.property shut should not exist",
                    "openHours.0.hours.1.openHour should not be empty",
                    "openHours.0.hours.1.openHour must be a number conforming to the specified constraints",
                ],
            ),
            (
                json!({ "openHours": [1, 2] }),
                vec!["each value in nested property openHours must be either object or array"],
            ),
            (
                json!({ "openHours": [{
                    "daysOfTheWeek": 1, "date": "soon", "hours": [{ "openHour": 1, "from": "25:00" }],
                }] }),
                vec![
                    "openHours.0.daysOfTheWeek must be an array",
                    "openHours.0.hours.0.from must match /^([01]?[0-9]|2[0-3]):[0-5][0-9]$/ regular expression",
                    r"openHours.0.date must match /^\d{4}-\d{2}-\d{2}$/ regular expression",
                ],
            ),
            (
                json!({ "recurring": { "count": "2" }, "tags": ["a", 1, 2] }),
                vec![
                    "each value in tags must be a string",
                    "recurring.count must be a number conforming to the specified constraints",
                ],
            ),
            (
                json!({ "recurring": 1, "limit": 0, "priority": 0.3 }),
                vec![
                    "priority must be one of the following values: 0, 0.5, 1",
                    "limit must not be less than 1",
                    "nested property recurring must be either object or array",
                ],
            ),
        ] {
            let mut body = wrong.clone();
            body["calendarId"] = json!("c");
            assert_eq!(messages(body), words, "{wrong}");
        }
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
