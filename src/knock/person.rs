//! The people of an event: leads, attendees, reps.

use serde::Serialize;
use serde_json::Value;

use super::{Settings, Warning, e164};
use crate::document::{Object, Problems, Unknown};

/// Somebody who can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Full name, when it was not given in parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether messages may be sent to them: a boolean, or one for each channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Value>,
}

/// The rep who booked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rep {
    /// Id in Active Knocker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Person {
    /// Reads a person's object. E-mail addresses and phone numbers that cannot be used are left out with a warning:
    /// a booking is worth more than a typing error.
    pub fn read(fields: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) -> Self {
        let mut person = Self {
            name: fields.text("name"),
            first_name: fields.text("firstName"),
            last_name: fields.text("lastName"),
            email: fields.text("email"),
            phone: fields.text("phone"),
            consent: consent(fields),
        };
        person.keep_usable(&fields.pointer("email"), &fields.pointer("phone"), settings, warnings);
        for (pointer, message) in fields.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        person
    }

    /// Reads an attendee: an object, or text such as `Ann Lee <ann@example.com>`, an address or a number.
    pub fn attendee(
        value: &Value,
        pointer: &str,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Object(_) => {
                let fields = Object::at(value, pointer.to_owned(), problems)?;
                let person = Self::read(&fields, settings, warnings);
                return (person != Self::default()).then_some(person);
            }
            Value::Bool(_) | Value::Array(_) => {
                let message = "an attendee is text like `Ann Lee <ann@example.com>`, or an object like `lead`";
                problems.add(pointer, "wrong-type", message);
                return None;
            }
        };
        let (name, reach) = match text.split_once('<') {
            Some((name, reach)) => (name.trim(), reach.trim_end_matches('>').trim()),
            None if text.contains('@') || e164(&text, &settings.calling_code).is_some() => ("", text.as_str()),
            None => (text.as_str(), ""),
        };
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut person = Self {
            name: filled(name.trim_matches('"')),
            ..Self::default()
        };
        if reach.contains('@') {
            person.email = filled(reach);
        } else {
            person.phone = filled(reach);
        }
        person.keep_usable(pointer, pointer, settings, warnings);
        (person != Self::default()).then_some(person)
    }

    /// Whether there is a way to reach them.
    pub fn reachable(&self) -> bool {
        self.email.is_some() || self.phone.is_some()
    }

    /// Whether both are the same person, as far as e-mail and phone tell.
    pub fn same(&self, other: &Self, settings: &Settings) -> bool {
        let number = |person: &Self| {
            person
                .phone
                .as_deref()
                .and_then(|phone| e164(phone, &settings.calling_code))
        };
        (self.email.is_some() && self.email == other.email)
            || number(self).is_some_and(|own| Some(own) == number(other))
    }

    /// Whether they have the same name, and nothing that says otherwise.
    pub fn is_namesake(&self, other: &Self, settings: &Settings) -> bool {
        let name = |person: &Self| person.full_name().map(|name| name.to_lowercase());
        let differ = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
        let phones = self.phone.is_some() && other.phone.is_some() && !self.same(other, settings);
        name(self).is_some() && name(self) == name(other) && !differ(&self.email, &other.email) && !phones
    }

    /// The whole name, with single spaces.
    pub fn full_name(&self) -> Option<String> {
        let parts = [&self.first_name, &self.last_name].into_iter().flatten();
        let parts = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
        let name = self.name.as_deref().unwrap_or(&parts);
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(name).filter(|name| !name.is_empty())
    }

    /// How to reach them.
    pub fn reach(&self) -> Option<&str> {
        self.email.as_deref().or(self.phone.as_deref())
    }

    /// Something to call them by.
    pub fn label(&self) -> String {
        let parts = [&self.first_name, &self.last_name];
        let full = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        [self.name.clone(), Some(full), self.email.clone(), self.phone.clone()]
            .into_iter()
            .flatten()
            .find(|label| !label.is_empty())
            .unwrap_or_default()
    }

    fn keep_usable(
        &mut self,
        email_pointer: &str,
        phone_pointer: &str,
        settings: &Settings,
        warnings: &mut Vec<Warning>,
    ) {
        if let Some(email) = self.email.take() {
            let email = email.to_lowercase();
            if settings.junk.has_email(&email) {
                let message =
                    format!("`{email}` stands for no address; it is left out, so that it makes nobody one person");
                warnings.push(Warning::at(email_pointer, "email-junk", message));
            } else if plausible_email(&email) {
                self.email = Some(email);
            } else {
                let message = format!("`{email}` is no e-mail address; it is left out");
                warnings.push(Warning::at(email_pointer, "email-unusable", message));
            }
        }
        if let Some(phone) = self.phone.take() {
            let number = e164(&phone, &settings.calling_code);
            if number.as_ref().is_some_and(|number| settings.junk.has_phone(number)) {
                let message =
                    format!("`{phone}` stands for no number; it is left out, so that it makes nobody one person");
                warnings.push(Warning::at(phone_pointer, "phone-junk", message));
            } else if number.is_some() {
                self.phone = Some(phone);
            } else {
                let message = format!(
                    "`{phone}` is no phone number with the calling code {}; it is left out",
                    settings.calling_code
                );
                warnings.push(Warning::at(phone_pointer, "phone-unusable", message));
            }
        }
    }
}

impl Rep {
    /// Reads `rep`: an object, or the id alone.
    pub fn read(data: &Object<'_>, problems: &Problems, warnings: &mut Vec<Warning>) -> Option<Self> {
        let value = data.value("rep")?;
        if !value.is_object() {
            return data.text("rep").map(|id| Self {
                id: Some(id),
                ..Self::default()
            });
        }
        let fields = Object::at(value, data.pointer("rep"), problems)?;
        let rep = Self {
            id: fields.text("id"),
            name: fields.text("name"),
            email: fields.text("email").map(|email| email.to_lowercase()),
        };
        for (pointer, message) in fields.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        Some(rep)
    }
}

/// Consent is said for all channels, or for each of them.
fn consent(fields: &Object<'_>) -> Option<Value> {
    let said = fields.value("consent")?;
    let is_clear = match said {
        Value::Bool(_) => true,
        Value::Object(channels) => channels.values().all(Value::is_boolean),
        _ => false,
    };
    if !is_clear {
        let message =
            "consent is `true` or `false`, or one of them for each channel: `{\"sms\": true, \"email\": false}`";
        fields.problem("consent", "wrong-type", message);
    }
    Some(said.clone())
}

fn plausible_email(email: &str) -> bool {
    let Some((name, domain)) = email.split_once('@') else {
        return false;
    };
    !name.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains('@')
        && !email
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
}
