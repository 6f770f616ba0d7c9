//! A contact that was there before: what a lead can add to it, and where both differ.

use serde_json::{Map, Value};

use super::contact_match::is_same;
use super::shown::{Likeness, compare, normal_text};
use crate::document::{beginning, is_digits};
use crate::knock::{Address, us_state_code};
use crate::person_name::PersonName;

/// The fields of a name.
const NAMES: [&str; 3] = ["firstName", "lastName", "name"];

/// The fields of an address: one alone belongs to no other address.
const ADDRESS: [&str; 5] = ["address1", "city", "state", "postalCode", "country"];

/// By what a contact is known in GHL, with the lists of further ones.
const NATURAL: [(&str, &str); 2] = [("email", "additionalEmails"), ("phone", "additionalPhones")];

/// What says nothing of a person.
const OF_CONNECTION: &str = "locationId";

/// What a lead can add to a contact that was there before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExistingContact {
    /// What is empty there, with the lead's values.
    pub gaps: Map<String, Value>,
    /// The fields that say something else there.
    pub differing: Vec<String>,
}

impl ExistingContact {
    /// Compares a lead with a contact as GHL shows it.
    pub fn compare(lead: &Map<String, Value>, shown: &Map<String, Value>) -> Self {
        let mut compared = Self::default();
        compared.compare_names(lead, shown);
        compared.compare_address(lead, shown);
        for (name, value) in lead {
            if !NAMES.contains(&name.as_str()) && !ADDRESS.contains(&name.as_str()) && name != OF_CONNECTION {
                compared.compare_field(name, value, shown);
            }
        }
        compared
    }

    /// Whether it shows all that the lead says.
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty() && self.differing.is_empty()
    }

    /// A first name is only completed by a last one, and no name is changed.
    fn compare_names(&mut self, lead: &Map<String, Value>, shown: &Map<String, Value>) {
        let (own, theirs) = (name_of(lead), name_of(shown));
        let given = NAMES.iter().filter_map(|name| Some((*name, lead.get(*name)?)));
        if theirs.is_empty() {
            self.gaps
                .extend(given.map(|(name, value)| (name.to_owned(), value.clone())));
            return;
        }
        let first = plain(shown, "firstName").filter(|_| plain(shown, "lastName").is_none());
        if let Some(last) = first.and_then(|first| rest_of(&own, &first)) {
            self.gaps.insert("lastName".to_owned(), last.into());
        } else if !PersonName::of(&own).is_within(&PersonName::of(&theirs)) {
            self.differing.push("name".to_owned());
        }
    }

    fn compare_address(&mut self, lead: &Map<String, Value>, shown: &Map<String, Value>) {
        let mut compared = Self::default();
        for name in ADDRESS {
            if let Some(value) = lead.get(name) {
                compared.compare_field(name, value, shown);
            }
        }
        // GHL itself fills in a country.
        let is_other = compared.differing.iter().any(|name| name != "country");
        if !is_other {
            self.gaps.extend(compared.gaps);
        }
        self.differing.extend(compared.differing);
    }

    fn compare_field(&mut self, name: &str, value: &Value, shown: &Map<String, Value>) {
        if name == "customFields" {
            return self.compare_custom_fields(value, shown.get(name));
        }
        let has_it = match NATURAL.iter().find(|(natural, _)| *natural == name) {
            Some((_, more)) => shows_natural(name, more, value, shown),
            None => shown
                .get(name)
                .is_some_and(|there| says(name, value, there) || is_same_place(name, value, there)),
        };
        if has_it {
            return;
        }
        match shown.get(name).is_none_or(is_empty) {
            true => drop(self.gaps.insert(name.to_owned(), value.clone())),
            false => self.differing.push(name.to_owned()),
        }
    }

    fn compare_custom_fields(&mut self, wanted: &Value, shown: Option<&Value>) {
        let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        let shown = list(shown);
        let mut gaps = Vec::new();
        for field in list(Some(wanted)) {
            let there = shown.iter().find(|there| there.get("id") == field.get("id"));
            let there = there.and_then(|there| there.get("value").or_else(|| there.get("field_value")));
            let value = field.get("field_value").unwrap_or(&Value::Null);
            match there.filter(|there| !is_empty(there)) {
                Some(there) if says("", value, there) => {}
                Some(_) => {
                    let id = field.get("id").and_then(Value::as_str).unwrap_or_default();
                    self.differing.push(format!("customFields {id}"));
                }
                None => gaps.push(field),
            }
        }
        if !gaps.is_empty() {
            self.gaps.insert("customFields".to_owned(), Value::Array(gaps));
        }
    }
}

/// What of a lead's name, e-mail address and phone number a contact lacks, as GHL shows it after it was written. A contact
/// of which nothing of that kind is shown proves nothing.
pub fn lacking(lead: &Map<String, Value>, shown: &Map<String, Value>) -> Vec<String> {
    let shows = |name: &str| shown.get(name).is_some_and(|value| !is_empty(value));
    let shows_name = NAMES.into_iter().any(shows);
    let shows_any = shows_name || NATURAL.iter().any(|(name, _)| shows(name));
    let own = PersonName::of(&name_of(lead));
    let lacks_name = shows_name && !own.is_within(&PersonName::of(&name_of(shown)));
    let lacks = |name: &str, more: &str| {
        let wanted = lead.get(name).filter(|value| !is_empty(value));
        wanted.is_some_and(|value| shows_any && !shows_natural(name, more, value, shown))
    };
    let natural = NATURAL.iter().filter(|(name, more)| lacks(name, more));
    let natural = natural.map(|(name, _)| (*name).to_owned());
    lacks_name
        .then(|| "name".to_owned())
        .into_iter()
        .chain(natural)
        .collect()
}

/// The name of a contact or a lead, in one text.
pub fn name_of(fields: &Map<String, Value>) -> String {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let parts = format!("{} {}", text("firstName"), text("lastName"));
    let name = match parts.trim() {
        "" => text("name"),
        parts => parts,
    };
    normal_text(name)
}

fn plain(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = normal_text(fields.get(name)?.as_str()?).to_lowercase();
    (!text.is_empty()).then_some(text)
}

/// What follows in a name after its first words, whatever their case.
fn rest_of(name: &str, first: &str) -> Option<String> {
    let words: Vec<&str> = name.split(' ').collect();
    let (begins, rest) = words.split_at_checked(first.split(' ').count())?;
    let is_first = begins.join(" ").to_lowercase() == first;
    (is_first && !rest.is_empty()).then(|| rest.join(" "))
}

fn shows_natural(name: &str, more: &str, value: &Value, shown: &Map<String, Value>) -> bool {
    let listed = shown.get(more).and_then(Value::as_array).into_iter().flatten();
    let listed = listed.filter_map(|entry| entry.as_str().or_else(|| entry.get(name)?.as_str()));
    let mut all = shown.get(name).and_then(Value::as_str).into_iter().chain(listed);
    let wanted = value.as_str().unwrap_or_default();
    all.any(|there| is_same(name, wanted, there.trim()))
}

/// Whether a value that is there says what is wanted: text in any case, of a list and of an object each part, of a date its
/// day.
fn says(name: &str, wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        (Value::String(wanted), Value::String(there)) => {
            let (wanted, there) = (wanted.to_lowercase(), there.to_lowercase());
            let is_day = name == "dateOfBirth" && !wanted.is_empty() && there.starts_with(&wanted);
            is_day || compare(name, &wanted.into(), Some(&there.into()), None) == Likeness::Same
        }
        (Value::Array(wanted), Value::Array(there)) => wanted
            .iter()
            .all(|wanted| there.iter().any(|there| says(name, wanted, there))),
        (Value::Object(wanted), Value::Object(there)) => wanted
            .iter()
            .all(|(name, wanted)| there.get(name).is_some_and(|there| says(name, wanted, there))),
        // Numbers come as texts, and texts as numbers.
        (wanted, there) => wanted == there || in_letters(wanted) == in_letters(there),
    }
}

/// Whether two parts of an address are one, however they are written: `12 Oak St #4` and `12 Oak Street Apt 4`.
fn is_same_place(name: &str, wanted: &Value, there: &Value) -> bool {
    let compared = |value: &Value| {
        let text = normal_text(value.as_str()?);
        match name {
            "address1" => {
                let address = Address {
                    street: Some(text),
                    postal_code: Some("0".to_owned()),
                    ..Address::default()
                };
                address.household()
            }
            "state" => us_state_code(&text).map(str::to_owned),
            "postalCode" => Some(beginning(&text, 5).to_owned()).filter(|code| code.len() == 5 && is_digits(code)),
            _ => None,
        }
    };
    compared(wanted).is_some_and(|wanted| Some(wanted) == compared(there))
}

fn in_letters(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn compared(lead: Value, shown: Value) -> (Value, Vec<String>) {
        let compared = ExistingContact::compare(lead.as_object().unwrap(), shown.as_object().unwrap());
        (Value::Object(compared.gaps), compared.differing)
    }

    #[test]
    fn what_is_empty_is_a_gap_and_what_says_something_else_differs() {
        let lead = json!({
            "locationId": "here", "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com", "phone": "+15125550142",
            "address1": "12 Oak St", "city": "Austin", "source": "door", "tags": ["roof"], "dateOfBirth": "1990-09-25",
        });
        let shown = json!({
            "id": "a", "firstName": "ANN", "lastName": "Lee", "email": " ", "phone": "(512) 555-0142", "source": "web",
            "tags": ["Roof", "hail"], "dateOfBirth": "1990-09-25T00:00:00.000Z", "country": "US",
        });
        let gaps = json!({ "email": "ann@example.com", "address1": "12 Oak St", "city": "Austin" });
        assert_eq!(compared(lead, shown), (gaps, vec!["source".to_owned()]));
    }

    #[test]
    fn address_is_filled_whole_or_not_at_all() {
        let lead = json!({ "address1": "12 Oak St", "city": "Austin", "postalCode": "78701" });
        let other = json!({ "address1": "5 Elm St", "postalCode": "78701" });
        assert_eq!(compared(lead.clone(), other), (json!({}), vec!["address1".to_owned()]));
        let same = json!({ "address1": "12 oak st", "country": "US" });
        assert_eq!(
            compared(lead, same),
            (json!({ "city": "Austin", "postalCode": "78701" }), vec![])
        );
        let flat = json!({ "address1": "12 Oak St #4", "city": "Austin", "state": "TX", "postalCode": "78701" });
        let written_otherwise = json!({ "address1": "12 Oak Street, Apt 4", "city": "AUSTIN", "state": "Texas", "postalCode": "78701-1234" });
        assert_eq!(compared(flat.clone(), written_otherwise), (json!({}), vec![]));
        let another = json!({ "address1": "12 Oak St Apt 5", "city": "Austin", "state": "OK", "postalCode": "78702" });
        assert_eq!(compared(flat, another).1, ["address1", "state", "postalCode"]);
    }

    #[test]
    fn name_is_given_to_those_without_one_and_only_completed_otherwise() {
        let lead = json!({ "firstName": "Ann", "lastName": "Lee" });
        assert_eq!(compared(lead.clone(), json!({ "id": "a" })), (lead.clone(), vec![]));
        let first_alone = || json!({ "name": "ann", "firstName": "ann" });
        assert_eq!(
            compared(lead.clone(), first_alone()),
            (json!({ "lastName": "Lee" }), vec![])
        );
        let in_one = json!({ "name": "Ann Lee" });
        assert_eq!(compared(in_one, first_alone()), (json!({ "lastName": "Lee" }), vec![]));
        let longer = json!({ "firstName": "Ann Marie", "lastName": "Lee" });
        assert_eq!(compared(lead.clone(), longer), (json!({}), vec![]));
        let one_field = json!({ "firstName": "Ann Lee" });
        assert_eq!(compared(lead.clone(), one_field), (json!({}), vec![]));
        let other = json!({ "name": "Annie Lee" });
        assert_eq!(compared(lead, other), (json!({}), vec!["name".to_owned()]));
    }

    #[test]
    fn custom_fields_are_filled_one_by_one() {
        let field = |id: &str, value: Value| json!({ "id": id, "field_value": value });
        let lead = json!({ "customFields": [field("a", json!("x")), field("b", json!(7)), field("c", json!("z"))] });
        let shown = json!({ "customFields": [{ "id": "a", "value": "y" }, { "id": "b", "value": "7" }] });
        let gaps = json!({ "customFields": [field("c", json!("z"))] });
        assert_eq!(compared(lead, shown), (gaps, vec!["customFields a".to_owned()]));
    }

    #[test]
    fn contact_lacks_what_it_does_not_show_if_it_shows_anything() {
        let lead = json!({ "name": "Ann Lee", "email": "ann@example.com", "phone": "+15125550142" });
        let lacks = |shown: Value| lacking(lead.as_object().unwrap(), shown.as_object().unwrap());
        assert_eq!(lacks(json!({ "id": "a" })), Vec::<String>::new());
        assert_eq!(lacks(json!({ "email": "ann@example.com" })), ["phone"]);
        assert_eq!(
            lacks(json!({ "name": "Bob Lee", "phone": "5125550142" })),
            ["name", "email"]
        );
        let listed = json!({ "name": "Ann Lee", "email": "b@example.com", "additionalEmails": ["Ann@example.com"],
            "phone": "5125550142" });
        assert_eq!(lacks(listed), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn filling_gaps_changes_nothing_that_was_there_and_leaves_no_gap(
            lead in proptest::collection::btree_map("(firstName|lastName|email|phone|address1|city|source)", "[a-z0-9@]{1,6}", 0..7),
            shown in proptest::collection::btree_map("(firstName|lastName|email|phone|address1|city|source)", "[a-z0-9@]{0,6}", 0..7),
        ) {
            let object = |fields: std::collections::BTreeMap<String, String>| -> Map<String, Value> {
                fields.into_iter().map(|(name, value)| (name, value.into())).collect()
            };
            let (lead, shown) = (object(lead), object(shown));
            let compared = ExistingContact::compare(&lead, &shown);
            for (name, value) in &compared.gaps {
                prop_assert!(shown.get(name).is_none_or(is_empty));
                prop_assert_eq!(lead.get(name), Some(value));
            }
            let mut filled = shown;
            filled.extend(compared.gaps);
            let again = ExistingContact::compare(&lead, &filled);
            prop_assert!(again.gaps.is_empty());
            prop_assert_eq!(again.differing, compared.differing);
        }
    }
}
