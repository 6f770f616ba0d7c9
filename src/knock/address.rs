//! Where the visit takes place.

use serde::Serialize;
use serde_json::Value;

use crate::document::{Object, Problems, Unknown};

use super::Warning;

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// House number and street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// All of it in one line.
    pub line: String,
}

impl Address {
    /// Reads `address`: an object, or one line of text.
    pub fn read(data: &Object<'_>, problems: &Problems, warnings: &mut Vec<Warning>) -> Option<Self> {
        let value = data.value("address")?;
        if let Value::String(line) = value {
            return Some(Self {
                street: Some(line.trim().to_owned()),
                line: line.trim().to_owned(),
                ..Self::default()
            });
        }
        let fields = Object::at(value, data.pointer("address"), problems)?;
        let mut address = Self {
            street: fields.text("street"),
            city: fields.text("city"),
            state: fields.text("state"),
            postal_code: fields.text("postalCode"),
            country: fields.text("country"),
            line: String::new(),
        };
        for (pointer, message) in fields.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        let region = [&address.state, &address.postal_code]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        address.line = [
            address.street.as_deref(),
            address.city.as_deref(),
            Some(region.as_str()),
            address.country.as_deref(),
        ]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
        (!address.line.is_empty()).then_some(address)
    }
}
