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

    /// Who lives there, alike however the address is written: nothing where it does not name one house of one town.
    ///
    /// ```
    /// # use knockcal::knock::Address;
    /// let address = |street: &str| Address {
    ///     street: Some(street.to_owned()),
    ///     postal_code: Some("78701-1234".to_owned()),
    ///     ..Address::default()
    /// };
    /// assert_eq!(address("12 Oak Street").household(), address(" 12  oak st.").household());
    /// assert_ne!(address("12 Oak St").household(), address("12 Oak St Apt 4").household());
    /// assert_eq!(address("Oak St").household(), None);
    /// ```
    pub fn household(&self) -> Option<String> {
        let street = plain(self.street.as_deref()?);
        let town = match (&self.postal_code, &self.city) {
            (Some(code), _) => plain(code).chars().take(5).collect(),
            (None, Some(city)) => plain(city),
            // All of it in one line.
            (None, None) if street.split(' ').count() > 3 => String::new(),
            (None, None) => return None,
        };
        let has_number = street.contains(|letter: char| letter.is_ascii_digit());
        has_number.then(|| format!("{street}/{town}"))
    }
}

/// An address as it is compared: words in small letters, those of streets and directions as they are abbreviated.
pub(super) fn plain(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(|word| {
        let word = word.to_lowercase();
        let short = SHORT.iter().find(|(long, _)| *long == word);
        short.map_or(word, |(_, short)| (*short).to_owned())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What the postal service abbreviates (USPS Publication 28).
const SHORT: [(&str, &str); 24] = [
    ("street", "st"),
    ("avenue", "ave"),
    ("road", "rd"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("court", "ct"),
    ("circle", "cir"),
    ("boulevard", "blvd"),
    ("place", "pl"),
    ("terrace", "ter"),
    ("trail", "trl"),
    ("parkway", "pkwy"),
    ("highway", "hwy"),
    ("square", "sq"),
    ("apartment", "apt"),
    ("suite", "ste"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
];
