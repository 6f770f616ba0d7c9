//! A contact, and how GHL shows it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A contact of the location.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// The location it belongs to.
    pub location_id: String,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail address, in small letters.
    pub email: Option<String>,
    /// Phone number, E.164.
    pub phone: Option<String>,
    /// Tags, in small letters.
    pub tags: Vec<String>,
    /// Custom fields.
    pub custom_fields: Vec<CustomField>,
    /// Whether it wants no messages at all.
    pub dnd: bool,
    /// Which channels it wants no messages on, by the names of `v2` (`SMS`, `Email`, …).
    pub dnd_settings: Map<String, Value>,
    /// The user who looks after it.
    pub assigned_to: Option<String>,
    /// The other properties that were written, under GHL's names (`address1`, `city`, …).
    pub properties: Map<String, Value>,
    /// When it was created.
    pub date_added: DateTime<Utc>,
    /// When it was last written.
    pub date_updated: DateTime<Utc>,
}

/// A custom field of a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// Id of the field.
    pub id: String,
    /// Its value.
    pub value: Value,
}

impl Contact {
    /// A contact of which nothing is known yet.
    pub(super) fn new(id: String, location_id: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            location_id,
            first_name: None,
            last_name: None,
            email: None,
            phone: None,
            tags: Vec::new(),
            custom_fields: Vec::new(),
            dnd: false,
            dnd_settings: Map::new(),
            assigned_to: None,
            properties: Map::new(),
            date_added: now,
            date_updated: now,
        }
    }

    /// First and last name as one; empty when there is neither.
    pub fn name(&self) -> String {
        let parts = [&self.first_name, &self.last_name];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }

    /// Takes a whole name: its first word is the first name.
    pub(super) fn set_name(&mut self, name: &str) {
        let (first, last) = split_name(name);
        self.first_name = some_text(first);
        self.last_name = some_text(last);
    }

    /// Sets custom fields, leaving those that are not mentioned.
    pub(super) fn set_custom_fields(&mut self, fields: impl IntoIterator<Item = CustomField>) {
        for field in fields {
            match self.custom_fields.iter_mut().find(|old| old.id == field.id) {
                Some(old) => old.value = field.value,
                None => self.custom_fields.push(field),
            }
        }
    }

    /// Whether it wants no messages on a channel (in the spelling of `v2`).
    pub(super) fn refuses(&self, channel: &str) -> bool {
        let status = self.dnd_settings.get(channel).and_then(|setting| setting.get("status"));
        self.dnd || matches!(status.and_then(Value::as_str), Some("active" | "permanent"))
    }

    /// The contact as GHL shows it, in the words of `v3` or of those before.
    pub(super) fn shown_in(&self, is_v3: bool) -> Value {
        let mut shown = self.shown();
        if let (true, Value::Object(fields)) = (is_v3, &mut shown) {
            let channels = self.dnd_settings.iter();
            let channels = channels.map(|(name, setting)| (v3_channel(name).to_owned(), setting.clone()));
            fields.insert("dndSettings".to_owned(), Value::Object(channels.collect()));
        }
        shown
    }

    /// The contact as GHL shows it.
    pub(super) fn shown(&self) -> Value {
        let name = self.name();
        let lower = |text: &str| text.to_lowercase();
        let mut shown = json!({
            "id": self.id,
            "locationId": self.location_id,
            "name": name,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "firstNameLowerCase": self.first_name.as_deref().map(lower),
            "lastNameLowerCase": self.last_name.as_deref().map(lower),
            "fullNameLowerCase": name.to_lowercase(),
            "email": self.email,
            "emailLowerCase": self.email,
            "phone": self.phone,
            "type": "lead",
            "tags": self.tags,
            "customFields": self.custom_fields,
            "dnd": self.dnd,
            "dndSettings": self.dnd_settings,
            "assignedTo": self.assigned_to,
            "dateAdded": zulu(self.date_added),
            "dateUpdated": zulu(self.date_updated),
        });
        if let Value::Object(shown) = &mut shown {
            // What a contact does not have GHL leaves out.
            shown.retain(|_, value| !value.is_null());
            shown.extend(self.properties.clone());
        }
        shown
    }
}

/// The channels of `dndSettings`, in the spellings of `v2`, which are kept, and of `v3`.
const CHANNELS: [(&str, &str); 6] = [
    ("Call", "call"),
    ("Email", "email"),
    ("SMS", "sms"),
    ("WhatsApp", "whatsApp"),
    ("GMB", "gmb"),
    ("FB", "fb"),
];

/// A channel in the spelling of `v2`.
pub(super) fn v2_channel(name: &str) -> &str {
    let known = CHANNELS.iter().find(|(_, v3)| *v3 == name);
    known.map_or(name, |(v2, _)| v2)
}

/// A channel in the spelling of `v3`.
fn v3_channel(name: &str) -> &str {
    let known = CHANNELS.iter().find(|(v2, _)| *v2 == name);
    known.map_or(name, |(_, v3)| v3)
}

impl Contact {
    /// What a webhook says of it: what is shown, without the forms that are for searching.
    pub(super) fn announced(&self) -> Value {
        let mut told = self.shown();
        if let Value::Object(fields) = &mut told {
            fields.retain(|name, _| !name.ends_with("LowerCase"));
        }
        told
    }
}

/// First and last name: the first word of a whole name, and the rest.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
    (first, last.trim())
}

/// An instant in UTC with milliseconds, as in `dateAdded`.
pub(super) fn zulu(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The form in which GHL keeps an e-mail address.
pub(super) fn email_form(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The form in which GHL keeps a phone number: E.164, a bare national number taken as one of the
/// United States. What is no number is kept as it is.
pub(super) fn phone_form(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match (phone.trim().starts_with('+'), digits.len()) {
        (_, 0) => phone.trim().to_owned(),
        (false, 10) => format!("+1{digits}"),
        _ => format!("+{digits}"),
    }
}

/// Whether a text may be a phone number, or clears one.
pub(super) fn looks_like_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.trim().is_empty() || ((7..=15).contains(&digits) && !text.chars().any(char::is_alphabetic))
}

/// The form in which GHL keeps tags: small letters, each once.
pub(super) fn tag_forms<'a>(tags: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim().to_lowercase();
        if !tag.is_empty() && !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept
}

/// A text that says something; an empty one clears what it is written to.
pub(super) fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_kept_in_one_form() {
        for written in ["(512) 555-0100", "+1 512 555 0100", "1-512-555-0100"] {
            assert_eq!(phone_form(written), "+15125550100");
        }
        assert_eq!(phone_form("+44 20 7946 0000"), "+442079460000");
        assert_eq!(phone_form(" none "), "none");
    }

    #[test]
    fn words_are_not_a_phone_number() {
        assert!(looks_like_phone("(512) 555-0100") && looks_like_phone("+44 20 7946 0000") && looks_like_phone(""));
        assert!(!looks_like_phone("call me") && !looks_like_phone("12") && !looks_like_phone("call me at 5125550100"));
    }

    #[test]
    fn tags_are_small_and_single() {
        assert_eq!(tag_forms(["Hot", " hot ", "AK:Sold", ""]), ["hot", "ak:sold"]);
    }

    #[test]
    fn a_whole_name_is_taken_apart() {
        let mut contact = Contact::new("c".into(), "l".into(), DateTime::UNIX_EPOCH);
        contact.set_name("Mary Ann  Jones");
        assert_eq!(contact.first_name.as_deref(), Some("Mary"));
        assert_eq!(contact.last_name.as_deref(), Some("Ann  Jones"));
        assert_eq!(contact.name(), "Mary Ann  Jones");
    }
}
