//! Where the visit takes place.

use serde::Serialize;
use serde_json::Value;

use super::address_line::{self, street_and_unit, whole_zip};
use super::us_state::{UsState, is_us};
use super::{Settings, Warning, unit};
use crate::document::{Object, Problems, Unknown};

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// House number and street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Flat, suite or lot: `Apt 4`, `#4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State: two letters of one of the US, however it was written; else as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country: `US`, however it was written; else as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// All of it in one line.
    pub line: String,
}

impl Address {
    /// Reads `address`: an object, or one line of text.
    pub fn read(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let value = data.value("address")?;
        let address = match value {
            Value::String(line) => Self::of_line(line.trim(), settings),
            _ => Self::of_fields(
                &Object::at(value, data.pointer("address"), problems)?,
                settings,
                warnings,
            )?,
        };
        address.warn(data, settings, warnings);
        Some(address)
    }

    fn of_line(line: &str, settings: &Settings) -> Self {
        let mut address = Self {
            line: line.to_owned(),
            ..Self::default()
        };
        match address_line::read(line, settings.is_american()) {
            Some(parts) => address.fill(parts),
            // More than a street may stand there, and where it ends nobody can tell.
            None if line.contains([',', '\n']) => address.street = Some(line.to_owned()),
            None => (address.street, address.unit) = street_and_unit(line),
        }
        address
    }

    fn of_fields(fields: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) -> Option<Self> {
        let unit = fields.text("unit").map(|unit| unit::shown(&words(&unit)));
        let mut address = Self {
            street: fields.text("street"),
            unit,
            city: fields.text("city"),
            state: fields.text("state"),
            postal_code: fields.text("postalCode"),
            country: fields.text("country"),
            line: String::new(),
        };
        for (pointer, message) in fields.unknown(Unknown::Report) {
            warnings.push(Warning::at(pointer, "field-not-used", message));
        }
        let written_country = address.country.clone();
        let written_state = address.read_region(settings);
        address.read_city(settings);
        let street = address.read_street(settings);
        let state = written_state.or(address.state.clone());
        let region = joined([&state, &address.postal_code], " ");
        let line = joined([&street, &address.city, &region, &written_country], ", ");
        address.line = line?;
        Some(address)
    }

    /// Reads state and postal code, each of which may hold the other. Returns the state as it was written.
    fn read_region(&mut self, settings: &Settings) -> Option<String> {
        if self.country.as_deref().is_some_and(is_us) {
            self.country = Some("US".to_owned());
        }
        if !self.may_be_american() {
            return self.state.clone();
        }
        let (state, zip_beside) = self.state.as_deref().map(apart).unwrap_or_default();
        let (state_beside, zip) = self.postal_code.as_deref().map(apart).unwrap_or_default();
        let written = state.or(state_beside.filter(|beside| UsState::named(beside).is_some()));
        let known = written.as_deref().and_then(UsState::named);
        let zip = zip.or(zip_beside).and_then(|zip| whole_zip(&zip, known));
        let of_zip = zip.as_deref().and_then(UsState::of_zip);
        // A state that is misspelt beside its own ZIP code is that one.
        let near = written.as_deref().and_then(UsState::nearest);
        let known = known.or(near.filter(|near| Some(*near) == of_zip));
        if !(self.is_american(settings) || (known.is_some() && known == of_zip)) {
            return self.state.clone();
        }
        self.postal_code = zip.or(self.postal_code.take());
        let Some(known) = known else { return self.state.clone() };
        self.state = Some(known.code.to_owned());
        written
    }

    /// Reads a city that holds more: `Austin, TX 78701`.
    fn read_city(&mut self, settings: &Settings) {
        let Some(city) = self.city.clone().filter(|city| city.contains(',')) else {
            return;
        };
        // What comes before the city's name is its street, for this alone.
        let found = address_line::read(&format!("0, {city}"), self.is_american(settings));
        let Some(found) = found.filter(|found| self.may_be_american() && self.agrees_with(found)) else {
            return;
        };
        self.city = found.city.clone().or(self.city.take());
        self.state = self.state.take().or(found.state.map(|state| state.code.to_owned()));
        self.postal_code = self.postal_code.take().or(found.zip);
    }

    /// Reads a street that holds more: a unit, or all of the address. Returns it with its unit, as it was written.
    fn read_street(&mut self, settings: &Settings) -> Option<String> {
        let Some(written) = self.street.take() else {
            return self.unit.clone();
        };
        let found = address_line::read(&written, self.is_american(settings));
        let found = found.filter(|found| written.contains(',') && self.may_be_american() && self.agrees_with(found));
        let is_all = found.is_some();
        let (street, of_street) = match found {
            Some(found) => {
                self.city = self.city.take().or(found.city);
                self.state = self.state.take().or(found.state.map(|state| state.code.to_owned()));
                self.postal_code = self.postal_code.take().or(found.zip);
                (found.street, found.unit)
            }
            None => street_and_unit(&written),
        };
        let beside = self.unit.take();
        let same = |one: &String, other: &String| unit::compared(one) == unit::compared(other);
        let beside = beside.filter(|beside| !of_street.as_ref().is_some_and(|unit| same(unit, beside)));
        self.street = street;
        self.unit = joined([&of_street, &beside], " ");
        match is_all {
            true => joined([&self.street, &self.unit], " "),
            false => joined([&Some(written), &beside], " "),
        }
    }

    fn fill(&mut self, parts: address_line::Parts) {
        self.street = parts.street;
        self.unit = parts.unit;
        self.city = parts.city;
        self.state = parts.state.map(|state| state.code.to_owned());
        self.postal_code = parts.zip;
        self.country = parts.names_country.then(|| "US".to_owned());
    }

    /// Whether nothing that a line tells contradicts what is known.
    fn agrees_with(&self, parts: &address_line::Parts) -> bool {
        let five = |code: &str| code.chars().take(5).collect::<String>();
        let state = parts
            .state
            .is_none_or(|state| self.state.as_ref().is_none_or(|known| known == state.code));
        let zip = parts.zip.as_ref();
        let zip = zip.is_none_or(|zip| self.postal_code.as_ref().is_none_or(|known| five(known) == five(zip)));
        let city = parts.city.as_ref();
        let city = city.is_none_or(|city| {
            self.city
                .as_ref()
                .is_none_or(|known| plain(known).ends_with(&plain(city)) || known.contains(','))
        });
        state && zip && city
    }

    /// Whether nothing names another country.
    fn may_be_american(&self) -> bool {
        self.country.as_deref().is_none_or(is_us)
    }

    /// Whether it is in the US: because it says so, or because visits are.
    pub(super) fn is_american(&self, settings: &Settings) -> bool {
        match &self.country {
            Some(country) => is_us(country),
            None => settings.is_american() || self.us_state().is_some_and(|state| self.state_of_zip() == Some(state)),
        }
    }

    /// Its state, where that is one of the US.
    pub(super) fn us_state(&self) -> Option<&'static UsState> {
        UsState::named(self.state.as_deref()?)
    }

    /// The state that was most likely meant, where none has the name that is written.
    pub(super) fn misspelt_state(&self) -> Option<&'static str> {
        let written = self.state.as_deref().filter(|_| self.us_state().is_none())?;
        UsState::nearest(written).map(|state| state.code)
    }

    fn state_of_zip(&self) -> Option<&'static UsState> {
        UsState::of_zip(self.postal_code.as_deref()?)
    }

    /// Says what of it cannot be right.
    fn warn(&self, data: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) {
        if !self.is_american(settings) {
            return;
        }
        let zip = self.postal_code.as_deref().unwrap_or_default();
        let is_number = !zip.is_empty() && zip.bytes().all(|byte| byte.is_ascii_digit());
        let warning = match (&self.state, self.us_state(), self.state_of_zip()) {
            (_, Some(state), Some(of_zip)) if state != of_zip => Some((
                "state-differs",
                format!("`{zip}` is a ZIP code of {}, not of {}", of_zip.name, state.name),
            )),
            (Some(written), None, _) => {
                let near = self.misspelt_state();
                let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Some(("unknown-state", format!("`{written}` is not a state of the US{hint}")))
            }
            (_, _, None) if is_number => Some(("unknown-zip", format!("`{zip}` is not a ZIP code"))),
            _ => None,
        };
        if let Some((code, message)) = warning {
            warnings.push(Warning::at(data.pointer("address"), code, message));
        }
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
    /// assert_eq!(address("12 Oak St Apt 4").household(), address("12 Oak St #4").household());
    /// assert_ne!(address("12 Oak St").household(), address("12 Oak St Apt 4").household());
    /// assert_eq!(address("Oak St").household(), None);
    /// ```
    pub fn household(&self) -> Option<String> {
        let (street, of_street) = street_and_unit(self.street.as_deref()?);
        let street = plain(&street?);
        let unit = self.unit.clone().or(of_street);
        let unit = unit.map(|unit| unit::compared(&unit)).unwrap_or_default();
        let town = match (&self.postal_code, &self.city) {
            (Some(code), _) => plain(code).chars().take(5).collect(),
            (None, Some(city)) => plain(city),
            // All of it in one line.
            (None, None) if street.split(' ').count() > 3 => String::new(),
            (None, None) => return None,
        };
        names_a_house(&street).then(|| format!("{street}/{unit}/{town}"))
    }
}

/// Whether a street has a house number: `5th ave` and `county rd 12` have none.
fn names_a_house(street: &str) -> bool {
    let words: Vec<&str> = street.split(' ').collect();
    let has_digit = |word: &&str| word.contains(|letter: char| letter.is_ascii_digit());
    let is_ordinal = |word: &str| ["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end));
    let is_number_of_road = |index: usize| {
        let before = index.checked_sub(1).and_then(|before| words.get(before));
        before.is_some_and(|before| ROADS.contains(before))
    };
    let mut numbers = words.iter().enumerate().filter(|(_, word)| has_digit(word));
    numbers.any(|(index, word)| !is_ordinal(word) && !is_number_of_road(index))
}

/// Roads that have a number for a name.
const ROADS: [&str; 13] = [
    "rd",
    "road",
    "hwy",
    "rte",
    "cr",
    "fm",
    "sr",
    "us",
    "i",
    "interstate",
    "loop",
    "rr",
    "hc",
];

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Parts that are there, with something between them.
fn joined<const N: usize>(parts: [&Option<String>; N], between: &str) -> Option<String> {
    let there = parts.into_iter().flatten().filter(|part| !part.is_empty());
    let joined = there.map(String::as_str).collect::<Vec<_>>().join(between);
    (!joined.is_empty()).then_some(joined)
}

/// The words and the digits of a text like `TX 79901`.
fn apart(text: &str) -> (Option<String>, Option<String>) {
    let is_number = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let (numbers, others): (Vec<&str>, Vec<&str>) = words(text).into_iter().partition(is_number);
    let text = |words: Vec<&str>| {
        let text = words.join(" ").trim_matches([',', ' ']).to_owned();
        (!text.is_empty()).then_some(text)
    };
    (text(others), text(numbers))
}

/// An address as it is compared: words in small letters, those of streets and directions as they are abbreviated.
pub(super) fn plain(text: &str) -> String {
    let text = text.replace(['\'', '’'], "");
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let mut plain: Vec<String> = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        let short = SHORT.iter().find(|(long, _)| *long == word);
        let word = short.map_or(word, |(_, short)| (*short).to_owned());
        // `N.W.` is one direction.
        match (plain.last().map(String::as_str), word.as_str()) {
            (Some(first @ ("n" | "s")), second @ ("e" | "w")) => {
                let both = format!("{first}{second}");
                plain.pop();
                plain.push(both);
            }
            _ => plain.push(word),
        }
    }
    plain.join(" ")
}

/// What the postal service abbreviates (USPS Publication 28), and numbers in words.
const SHORT: [(&str, &str); 52] = [
    ("street", "st"),
    ("avenue", "ave"),
    ("av", "ave"),
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
    ("alley", "aly"),
    ("cove", "cv"),
    ("crossing", "xing"),
    ("point", "pt"),
    ("ridge", "rdg"),
    ("heights", "hts"),
    ("bend", "bnd"),
    ("trace", "trce"),
    ("creek", "crk"),
    ("plaza", "plz"),
    ("expressway", "expy"),
    ("freeway", "fwy"),
    ("turnpike", "tpke"),
    ("route", "rte"),
    ("saint", "st"),
    ("mount", "mt"),
    ("fort", "ft"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("eighth", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
    ("eleventh", "11th"),
    ("twelfth", "12th"),
];
