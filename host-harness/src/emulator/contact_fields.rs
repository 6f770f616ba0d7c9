//! What can be written of a contact.

use serde_json::{Map, Value};

use super::body::{Field, Rule};
use super::call::Call;
use super::contact::{
    Contact, CustomField, email_form, looks_like_phone, phone_form, some_text, tag_forms, v2_channel,
};

pub(super) const CREATE: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::optional("firstName", Rule::Text),
    Field::optional("lastName", Rule::Text),
    Field::optional("name", Rule::Text),
    Field::optional("email", Rule::Email),
    Field::optional("phone", PHONE),
    Field::optional("gender", Rule::Text),
    Field::optional("address1", Rule::Text),
    Field::optional("city", Rule::Text),
    Field::optional("state", Rule::Text),
    Field::optional("postalCode", Rule::Text),
    Field::optional("country", Rule::Text),
    Field::optional("website", Rule::Text),
    Field::optional("timezone", Rule::Text),
    Field::optional("dnd", Rule::Flag),
    Field::optional("dndSettings", Rule::Object(CHANNELS)),
    Field::optional("inboundDndSettings", Rule::Table),
    Field::optional("tags", Rule::TEXTS),
    Field::optional("customFields", Rule::CUSTOM_FIELDS),
    Field::optional("source", Rule::Text),
    Field::optional("dateOfBirth", Rule::Anything),
    Field::optional("companyName", Rule::Text),
    Field::optional("assignedTo", Rule::Text),
];

pub(super) const UPSERT: &[Field] = &[
    Field::required("locationId", Rule::Text),
    Field::optional("firstName", Rule::Text),
    Field::optional("lastName", Rule::Text),
    Field::optional("name", Rule::Text),
    Field::optional("email", Rule::Email),
    Field::optional("phone", PHONE),
    Field::optional("gender", Rule::Text),
    Field::optional("address1", Rule::Text),
    Field::optional("city", Rule::Text),
    Field::optional("state", Rule::Text),
    Field::optional("postalCode", Rule::Text),
    Field::optional("country", Rule::Text),
    Field::optional("website", Rule::Text),
    Field::optional("timezone", Rule::Text),
    Field::optional("dnd", Rule::Flag),
    Field::optional("dndSettings", Rule::Object(CHANNELS)),
    Field::optional("inboundDndSettings", Rule::Table),
    Field::optional("tags", Rule::TEXTS),
    Field::optional("customFields", Rule::CUSTOM_FIELDS),
    Field::optional("source", Rule::Text),
    Field::optional("dateOfBirth", Rule::Anything),
    Field::optional("companyName", Rule::Text),
    Field::optional("assignedTo", Rule::Text),
    Field::optional("createNewIfDuplicateAllowed", Rule::Flag),
];

/// A phone number, or an empty text that clears it. That GHL refuses words there, and how, is ours.
const PHONE: Rule = Rule::Matches("^[^A-Za-z]{7,}$", looks_like_phone);

/// An update knows neither the location nor the gender and the company.
pub(super) const UPDATE: &[Field] = &[
    Field::optional("firstName", Rule::Text),
    Field::optional("lastName", Rule::Text),
    Field::optional("name", Rule::Text),
    Field::optional("email", Rule::Email),
    Field::optional("phone", PHONE),
    Field::optional("address1", Rule::Text),
    Field::optional("city", Rule::Text),
    Field::optional("state", Rule::Text),
    Field::optional("postalCode", Rule::Text),
    Field::optional("country", Rule::Text),
    Field::optional("website", Rule::Text),
    Field::optional("timezone", Rule::Text),
    Field::optional("dnd", Rule::Flag),
    Field::optional("dndSettings", Rule::Object(CHANNELS)),
    Field::optional("inboundDndSettings", Rule::Table),
    Field::optional("tags", Rule::TEXTS),
    Field::optional("customFields", Rule::CUSTOM_FIELDS),
    Field::optional("source", Rule::Text),
    Field::optional("dateOfBirth", Rule::Anything),
    Field::optional("assignedTo", Rule::Text),
];

/// The channels of a contact, in the spellings of `v2` and of `v3`.
const CHANNELS: &[Field] = &[
    Field::optional("Call", Rule::Object(CHANNEL)),
    Field::optional("Email", Rule::Object(CHANNEL)),
    Field::optional("SMS", Rule::Object(CHANNEL)),
    Field::optional("WhatsApp", Rule::Object(CHANNEL)),
    Field::optional("GMB", Rule::Object(CHANNEL)),
    Field::optional("FB", Rule::Object(CHANNEL)),
    Field::optional("call", Rule::Object(CHANNEL)),
    Field::optional("email", Rule::Object(CHANNEL)),
    Field::optional("sms", Rule::Object(CHANNEL)),
    Field::optional("whatsApp", Rule::Object(CHANNEL)),
    Field::optional("gmb", Rule::Object(CHANNEL)),
    Field::optional("fb", Rule::Object(CHANNEL)),
];

const CHANNEL: &[Field] = &[
    Field::required("status", Rule::OneOf(&["active", "inactive", "permanent"])),
    Field::optional("message", Rule::Text),
    Field::optional("code", Rule::Text),
];

/// The properties that are kept as they were written.
const PLAIN: [&str; 12] = [
    "gender",
    "address1",
    "city",
    "state",
    "postalCode",
    "country",
    "website",
    "timezone",
    "source",
    "dateOfBirth",
    "companyName",
    "inboundDndSettings",
];

/// How a contact can be reached, by which GHL knows it again.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
}

impl Reach {
    /// What the body says.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let phone = call.text("phone").map(phone_form);
        Self {
            email: call.text("email").map(email_form),
            phone: phone.filter(|phone| !phone.is_empty()),
        }
    }
}

/// Writes what was given, and leaves the rest; e-mail address and phone number apart.
pub(super) fn write(contact: &mut Contact, call: &Call<'_>) {
    if let Some(name) = call.text("name") {
        contact.set_name(name);
    }
    for (name, kept) in [
        ("firstName", &mut contact.first_name),
        ("lastName", &mut contact.last_name),
        ("assignedTo", &mut contact.assigned_to),
    ] {
        if let Some(text) = call.text(name) {
            *kept = some_text(text);
        }
    }
    contact.dnd = call.flag("dnd").unwrap_or(contact.dnd);
    if let Some(settings) = call.body.get("dndSettings").and_then(Value::as_object) {
        write_dnd(&mut contact.dnd_settings, settings);
    }
    if let Some(tags) = call.body.get("tags").and_then(Value::as_array) {
        contact.tags = tag_forms(tags.iter().filter_map(Value::as_str));
    }
    if let Some(fields) = call.body.get("customFields").and_then(Value::as_array) {
        contact.set_custom_fields(fields.iter().filter_map(custom_field));
    }
    for name in PLAIN {
        if let Some(value) = call.body.get(name).filter(|value| !value.is_null()) {
            contact.properties.insert(name.to_owned(), value.clone());
        }
    }
    contact.date_updated = call.now;
}

/// Writes the channels that are given. One that is shut for good stays so.
fn write_dnd(kept: &mut Map<String, Value>, given: &Map<String, Value>) {
    for (channel, setting) in given {
        let channel = v2_channel(channel);
        let status = kept.get(channel).and_then(|setting| setting.get("status"));
        if status.and_then(Value::as_str) != Some("permanent") {
            kept.insert(channel.to_owned(), setting.clone());
        }
    }
}

/// A custom field as it is written, whose value has two spellings.
fn custom_field(written: &Value) -> Option<CustomField> {
    let value = written.get("field_value").or(written.get("fieldValue"));
    Some(CustomField {
        id: written.get("id")?.as_str()?.to_owned(),
        value: value.cloned().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;
    use serde_json::{Value, json};

    fn written(trial: &mut Trial, body: Value) -> Value {
        let answer = trial.put(&format!("/contacts/{}", Seed::PAT), body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["contact"].clone()
    }

    #[test]
    fn custom_fields_are_merged_and_both_spellings_are_read() {
        let mut trial = Trial::demo();
        let with = |fields: Value| json!({ "customFields": fields });
        written(
            &mut trial,
            with(json!([{ "id": "a", "field_value": 1 }, { "id": "b", "key": "contact.b", "fieldValue": "x" }])),
        );
        let after = written(&mut trial, with(json!([{ "id": "a", "field_value": 2 }])));
        let expected = json!([{ "id": "a", "value": 2 }, { "id": "b", "value": "x" }]);
        assert_eq!(after["customFields"], expected);
    }

    #[test]
    fn a_channel_shut_for_good_stays_shut_in_either_spelling() {
        let mut trial = Trial::demo();
        let with = |channel: &str, status: &str| json!({ "dndSettings": { channel: { "status": status } } });
        written(&mut trial, with("SMS", "permanent"));
        let after = written(&mut trial, with("sms", "inactive"));
        assert_eq!(after["dndSettings"], json!({ "SMS": { "status": "permanent" } }));
        let v3 = trial.v3("GET", &format!("/contacts/{}", Seed::PAT), None);
        assert_eq!(
            v3.body["contact"]["dndSettings"],
            json!({ "sms": { "status": "permanent" } })
        );
    }
}
