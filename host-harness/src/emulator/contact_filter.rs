//! The filters of a search for contacts.

use serde_json::{Map, Value};

use super::body::Time;
use super::reply::Refusal;

const IDENTITY: &[&str] = &["eq", "not_eq"];
const PLAIN: &[&str] = &["eq", "not_eq", "exists", "not_exists"];
const TEXT: &[&str] = &["eq", "not_eq", "contains", "not_contains", "exists", "not_exists"];
const DATE: &[&str] = &["range", "exists", "not_exists"];
const ANY: &[&str] = &[
    "eq",
    "not_eq",
    "contains",
    "not_contains",
    "exists",
    "not_exists",
    "range",
];

/// The fields that can be filtered by, and how. Custom fields are `customFields.` and an id.
const FIELDS: &[(&str, &[&str])] = &[
    ("id", IDENTITY),
    ("address", TEXT),
    ("assignedTo", PLAIN),
    ("businessName", TEXT),
    ("city", TEXT),
    ("country", PLAIN),
    ("companyName", TEXT),
    ("dateAdded", DATE),
    ("dateUpdated", DATE),
    ("dnd", PLAIN),
    ("email", PLAIN),
    ("firstNameLowerCase", TEXT),
    ("lastNameLowerCase", TEXT),
    ("phone", TEXT),
    ("postalCode", TEXT),
    ("source", TEXT),
    ("state", TEXT),
    ("tags", TEXT),
    ("timezone", PLAIN),
    ("type", PLAIN),
    ("website", PLAIN),
];

const CUSTOM: &str = "customFields.";

/// A filter of contacts.
#[derive(Debug)]
pub(super) enum Filter<'a> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Field {
        name: &'a str,
        operator: &'a str,
        value: &'a Value,
    },
}

impl<'a> Filter<'a> {
    /// Reads one. The words of the refusals are ours: GHL's were not recorded.
    pub(super) fn read(written: &'a Value) -> Result<Self, Refusal> {
        let text = |name: &str| written.get(name).and_then(Value::as_str);
        let Some(group) = text("group") else {
            return Self::read_field(written, text("field"), text("operator"));
        };
        let within = written.get("filters").and_then(Value::as_array);
        let within = within.into_iter().flatten().map(Self::read).collect::<Result<_, _>>()?;
        match group {
            "AND" => Ok(Self::All(within)),
            "OR" => Ok(Self::Any(within)),
            _ => Err(refusal("group must be one of the following values: AND, OR".into())),
        }
    }

    fn read_field(written: &'a Value, name: Option<&'a str>, operator: Option<&'a str>) -> Result<Self, Refusal> {
        let name = name.ok_or_else(|| refusal("each value in filters must have a field or a group".into()))?;
        let known = FIELDS.iter().find(|(known, _)| *known == name);
        let operators = known.map(|(_, operators)| *operators);
        let operators = operators.or(name.starts_with(CUSTOM).then_some(ANY));
        let operators = operators.ok_or_else(|| refusal(format!("{name} is no field to filter by")))?;
        let operator = operator.filter(|operator| operators.contains(operator));
        let value = written.get("value").unwrap_or(&Value::Null);
        match operator {
            None => {
                let operators = operators.join(", ");
                Err(refusal(format!(
                    "operator of {name} must be one of the following values: {operators}"
                )))
            }
            Some(operator) if value.is_null() && !operator.ends_with("exists") => {
                Err(refusal(format!("value of {name} should not be empty")))
            }
            Some("range") if !value.is_object() => Err(refusal(format!("value of {name} must be an object"))),
            Some(operator) => Ok(Self::Field { name, operator, value }),
        }
    }

    /// Whether it lets a contact through, as GHL shows it.
    pub(super) fn lets(&self, contact: &Value) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.lets(contact)),
            Self::Any(filters) => filters.iter().any(|filter| filter.lets(contact)),
            Self::Field { name, operator, value } => {
                let values = values_of(contact, name);
                let (negated, operator) = match operator.strip_prefix("not_") {
                    Some(operator) => (true, operator),
                    None => (false, *operator),
                };
                negated != values.iter().any(|there| is(there, operator, value))
            }
        }
    }
}

fn refusal(words: String) -> Refusal {
    Refusal::invalid_fields(vec![words])
}

/// What a contact has in a field; each of several.
fn values_of<'a>(contact: &'a Value, name: &str) -> Vec<&'a Value> {
    let value = match (name, name.strip_prefix(CUSTOM)) {
        (_, Some(id)) => {
            let mut fields = contact
                .get("customFields")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let field = fields.find(|field| field.get("id").is_some_and(|known| known == id));
            field.and_then(|field| field.get("value"))
        }
        ("address", _) => contact.get("address1"),
        _ => contact.get(name),
    };
    let values = match value {
        Some(Value::Array(values)) => values.iter().collect(),
        value => Vec::from_iter(value),
    };
    values
        .into_iter()
        .filter(|value| !value.is_null() && **value != "")
        .collect()
}

fn is(there: &Value, operator: &str, wanted: &Value) -> bool {
    match (operator, wanted) {
        ("exists", _) => true,
        ("eq", Value::Array(several)) => several.iter().any(|wanted| lower(there) == lower(wanted)),
        ("eq", wanted) => lower(there) == lower(wanted),
        ("contains", wanted) => lower(there).contains(&lower(wanted)),
        (_, Value::Object(bounds)) => is_within(there, bounds),
        _ => false,
    }
}

/// A value as it is compared: letters count, their case does not.
fn lower(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

fn is_within(value: &Value, bounds: &Map<String, Value>) -> bool {
    let Some(value) = quantity(value) else { return false };
    bounds.iter().all(|(name, bound)| {
        quantity(bound).is_some_and(|bound| match name.as_str() {
            "gt" => value > bound,
            "gte" => value >= bound,
            "lt" => value < bound,
            "lte" => value <= bound,
            _ => false,
        })
    })
}

/// A number, or an instant in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "instants of this era fit")]
fn quantity(value: &Value) -> Option<f64> {
    let text = value.as_str();
    let instant = || match Time::read(text?)? {
        Time::At(instant) => Some(instant.timestamp_millis() as f64),
        Time::Nowhere => None,
    };
    value.as_f64().or_else(|| text?.parse().ok()).or_else(instant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lets(filter: Value) -> bool {
        let contact = json!({
            "id": "c", "firstNameLowerCase": "ann", "email": "ann@example.com", "phone": "+15125550123",
            "address1": "12 Elm St", "city": "Austin", "tags": ["hot", "ak:callback"], "dnd": false,
            "dateAdded": "2026-03-02T14:00:00.000Z",
            "customFields": [{ "id": "roof", "value": 12 }, { "id": "kinds", "value": ["slate", "tin"] }],
        });
        Filter::read(&filter).unwrap().lets(&contact)
    }

    fn filter(field: &str, operator: &str, value: Value) -> Value {
        json!({ "field": field, "operator": operator, "value": value })
    }

    #[test]
    fn a_field_is_compared_in_the_way_that_the_operator_says() {
        for (field, operator, value) in [
            ("id", "eq", json!("c")),
            ("city", "eq", json!("austin")),
            ("city", "not_eq", json!("Waco")),
            ("city", "eq", json!(["Waco", "Austin"])),
            ("address", "contains", json!("elm")),
            ("address", "not_contains", json!("oak")),
            ("tags", "eq", json!("Hot")),
            ("tags", "contains", json!("ak:")),
            ("tags", "not_eq", json!("sold")),
            ("dnd", "eq", json!(false)),
            ("email", "exists", Value::Null),
            ("state", "not_exists", Value::Null),
            (
                "dateAdded",
                "range",
                json!({ "gte": "2026-03-02T08:00:00-06:00", "lt": 1_772_460_000_001_i64 }),
            ),
            ("customFields.roof", "range", json!({ "gt": 11, "lte": 12 })),
            ("customFields.kinds", "eq", json!("tin")),
        ] {
            assert!(lets(filter(field, operator, value)), "{field} {operator}");
        }
        for (field, operator, value) in [
            ("firstNameLowerCase", "eq", json!("an")),
            ("tags", "not_contains", json!("hot")),
            ("state", "exists", Value::Null),
            ("customFields.roof", "range", json!({ "gt": 12 })),
            ("customFields.none", "eq", json!("tin")),
        ] {
            assert!(!lets(filter(field, operator, value)), "{field} {operator}");
        }
    }

    #[test]
    fn filters_are_joined_in_groups() {
        let group = |kind: &str, cities: [&str; 2]| {
            let cities = cities.map(|city| filter("city", "eq", json!(city)));
            json!({ "group": kind, "filters": cities })
        };
        assert!(lets(group("OR", ["Waco", "Austin"])));
        assert!(!lets(group("AND", ["Waco", "Austin"])));
        assert!(lets(
            json!({ "group": "AND", "filters": [group("OR", ["Waco", "Austin"])] })
        ));
    }

    #[test]
    fn what_cannot_be_filtered_is_refused() {
        for (written, words) in [
            (
                filter("address1", "eq", json!("x")),
                "address1 is no field to filter by",
            ),
            (
                filter("email", "contains", json!("x")),
                "operator of email must be one of the following values: eq, not_eq, exists, not_exists",
            ),
            (filter("city", "eq", Value::Null), "value of city should not be empty"),
            (
                filter("dateAdded", "range", json!(1)),
                "value of dateAdded must be an object",
            ),
            (
                json!({ "group": "NOT" }),
                "group must be one of the following values: AND, OR",
            ),
            (json!({}), "each value in filters must have a field or a group"),
        ] {
            let refusal = Filter::read(&written).unwrap_err();
            assert_eq!(refusal.body["message"], json!([words]));
        }
    }
}
