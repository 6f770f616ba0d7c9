//! Where the visit takes place.

use serde_json::{Map, Value};

use super::address_line::{self, Parts, street_and_unit, whole_zip};
use super::fields::{set, texts};
use super::us_state::{UsState, five_digits, is_us};
use super::warning::{warn, warn_at, warn_of_unused};
use super::{Settings, Warning, unit};
use crate::document::{
    Object, Problems, beginning, begins_with_digit, has_digit, joined, listed_under, lists, plain_words, texts_in,
    words,
};

/// Names of the parts of an address, beside our own: what forms, maps and sales apps call them. Case, spaces, hyphens and
/// underscores do not count. The first that has text counts.
const STREET: &[&str] = &[
    "street",
    "street1",
    "streetAddress",
    "streetLine1",
    "address1",
    "addressLine1",
    "addrLine1",
    "line1",
];
const UNIT: &[&str] = &[
    "unit",
    "unitNumber",
    "apt",
    "apartment",
    "suite",
    "street2",
    "streetAddress2",
    "streetLine2",
    "address2",
    "addressLine2",
    "addrLine2",
    "line2",
];
const CITY: &[&str] = &["city", "town", "locality"];
const STATE: &[&str] = &["state", "stateCode", "stateProvince", "region", "province"];
const POSTAL_CODE: &[&str] = &["postalCode", "postal", "postcode", "zip", "zipCode", "zipPostal"];
const COUNTRY: &[&str] = &["country", "countryCode", "countryName"];
const WHOLE: &[&str] = &[
    "line",
    "full",
    "fullAddress",
    "formatted",
    "formattedAddress",
    "address",
];

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// House number and street.
    pub street: Option<String>,
    /// Flat, suite or lot: `Apt 4`, `#4`.
    pub unit: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State: two letters of one of the US, however it was written; else as it was written.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country: `US`, however it was written; else as it was written.
    pub country: Option<String>,
    /// All of it in one line.
    pub line: String,
}

impl Address {
    /// Reads `address`: an object, one line of text, or a list of lines.
    pub fn read(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let value = data.value("address")?;
        Self::of(value, &data.pointer("address"), settings, problems, warnings)
    }

    /// Reads the address of a lead, for a visit that has none of its own.
    pub(super) fn of_lead(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let value = data.value("lead")?.get("address")?;
        let is_empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        let pointer = format!("{}/address", data.pointer("lead"));
        (!is_empty).then(|| Self::of(value, &pointer, settings, problems, warnings))?
    }

    fn of(
        value: &Value,
        pointer: &str,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let lines = texts_in(Some(value));
        let mut address = match value {
            Value::String(line) => Self::of_line(line.trim(), settings),
            Value::Array(entries)
                if !lines.is_empty() && entries.iter().all(|line| line.is_string() || line.is_null()) =>
            {
                Self::of_line(lines.join(", ").trim(), settings)
            }
            _ => Self::of_fields(&Object::at(value, pointer.to_owned(), problems)?, settings, warnings)?,
        };
        address.complete(settings);
        address.warn(pointer, settings, warnings);
        Some(address)
    }

    /// What conditions hold against their texts: five digits of a ZIP code, and the state that it is in.
    fn complete(&mut self, settings: &Settings) {
        if self.is_american(settings) {
            let five = self.postal_code.as_deref().and_then(five_digits).map(str::to_owned);
            self.postal_code = five.or(self.postal_code.take());
            let of_zip = self.state_of_zip().map(|state| state.code.to_owned());
            self.state = self.state.take().or(of_zip);
        }
    }

    /// The address as recipes see it.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = texts(&[
            ("street", &self.street),
            ("unit", &self.unit),
            ("city", &self.city),
            ("state", &self.state),
            ("postalCode", &self.postal_code),
            ("country", &self.country),
        ]);
        set(&mut fields, "line", Some(self.line.clone().into()));
        fields
    }

    fn of_line(line: &str, settings: &Settings) -> Self {
        let mut address = Self {
            line: line.to_owned(),
            ..Self::default()
        };
        match address_line::read(line, settings.is_american()) {
            Some(parts) => {
                address.country = parts.names_country.then(|| "US".to_owned());
                (address.street, address.unit) = address.supply(parts);
            }
            // More than a street may stand there, and where it ends nobody can tell.
            None if line.contains([',', '\n']) => address.street = Some(line.to_owned()),
            None => (address.street, address.unit) = street_and_unit(line),
        }
        address
    }

    fn of_fields(fields: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) -> Option<Self> {
        let units = texts_like(fields, UNIT);
        let unit = match units.is_empty() {
            true => fields.text("unit"),
            false => Some(unit::shown(&words(&units.join(" ")))),
        };
        let mut whole = texts_like(fields, WHOLE).into_iter().next();
        let mut address = Self {
            street: text(fields, STREET).or_else(|| whole.take()),
            unit,
            city: text(fields, CITY),
            state: text(fields, STATE),
            postal_code: text(fields, POSTAL_CODE),
            country: text(fields, COUNTRY),
            line: String::new(),
        };
        warn_of_unused(fields, warnings);
        let written_country = address.country.clone();
        let written_state = address.read_region(settings);
        address.read_city(settings);
        address.read_second_line(settings);
        if let Some(whole) = whole {
            address.compare_with(&whole, fields, settings, warnings);
        }
        let street = address.read_street(fields, settings, warnings);
        let state = written_state.or(address.state.clone());
        let region = joined(&[&state, &address.postal_code], " ");
        let line = joined(&[&street, &address.city, &region, &written_country], ", ");
        address.line = line?;
        Some(address)
    }

    /// What is called a unit may be the second line of the address: `Salt Lake City, UT 84101`.
    fn read_second_line(&mut self, settings: &Settings) {
        let is_line = |line: &String| line.contains(',') && self.found_in(&format!("0, {line}"), settings).is_some();
        if let Some(line) = self.unit.clone().filter(is_line) {
            self.street = joined(&[&self.street, &Some(line)], ", ");
            self.unit = None;
        }
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
        if let Some(found) = self.found_in(&format!("0, {city}"), settings) {
            self.city.take_if(|_| found.city.is_some());
            self.supply(found);
        }
    }

    /// Takes what is missing from the same address in one line.
    fn compare_with(&mut self, line: &str, fields: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) {
        match self.found_in(line, settings) {
            Some(found) => {
                self.supply(found);
            }
            None if address_line::read(line, self.is_american(settings)).is_some() => {
                let message = format!("`{line}` is another address than its parts say; the parts count");
                warn_at(fields.place(), "address-differs", message, warnings);
            }
            None => {}
        }
    }

    /// Reads a street that holds more: a unit, or all of the address. Returns it with its unit, as it was written.
    fn read_street(&mut self, fields: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) -> Option<String> {
        let Some(written) = self.street.take() else {
            return self.unit.clone();
        };
        let found = self.found_in(&written, settings).filter(|_| written.contains(','));
        let is_all = found.is_some();
        let (street, of_street) = match found {
            Some(found) => self.supply(found),
            None => street_and_unit(&written),
        };
        let beside = self.unit.take();
        let same = |one: &String, other: &String| unit::compared(one) == unit::compared(other);
        let beside = beside.filter(|beside| !of_street.as_ref().is_some_and(|unit| same(unit, beside)));
        if let (Some(of_street), Some(beside)) = (&of_street, &beside) {
            let message = format!(
                "`{of_street}` is in the street and `{beside}` beside it: both are written; write the one that is right"
            );
            warn(fields, "unit", "unit-differs", message, warnings);
        }
        self.street = street;
        self.unit = joined(&[&of_street, &beside], " ");
        match is_all {
            true => joined(&[&self.street, &self.unit], " "),
            false => joined(&[&Some(written), &beside], " "),
        }
    }

    /// What a field tells that holds more than it is for, unless that contradicts what is known.
    fn found_in(&self, line: &str, settings: &Settings) -> Option<Parts> {
        let found = address_line::read(line, self.is_american(settings))?;
        (self.may_be_american() && self.agrees_with(&found)).then_some(found)
    }

    /// Takes city, state and postal code from a line where they are missing. Returns its street and unit.
    fn supply(&mut self, parts: Parts) -> (Option<String>, Option<String>) {
        self.city = self.city.take().or(parts.city);
        self.state = self.state.take().or(parts.state.map(|state| state.code.to_owned()));
        self.postal_code = self.postal_code.take().or(parts.zip);
        (parts.street, parts.unit)
    }

    /// Whether nothing that a line tells contradicts what is known.
    fn agrees_with(&self, parts: &Parts) -> bool {
        let state = parts
            .state
            .is_none_or(|state| self.state.as_ref().is_none_or(|known| known == state.code));
        let zip = parts.zip.as_ref();
        let zip = zip.is_none_or(|zip| {
            self.postal_code
                .as_ref()
                .is_none_or(|known| beginning(known, 5) == beginning(zip, 5))
        });
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

    /// What it names beside street and unit: its town, else what its line says, else its state or its postal code.
    pub(super) fn places(&self) -> Vec<String> {
        let mut places = Vec::new();
        places.extend(self.city.clone());
        if places.is_empty() {
            places = address_line::places_in(self.street.as_deref().unwrap_or_default());
        }
        places.extend(joined(&[&self.state, &self.postal_code], " "));
        places
    }

    fn state_of_zip(&self) -> Option<&'static UsState> {
        UsState::of_zip(self.postal_code.as_deref()?)
    }

    /// Says what of it cannot be right.
    fn warn(&self, pointer: &str, settings: &Settings, warnings: &mut Vec<Warning>) {
        if !self.is_american(settings) {
            return;
        }
        let zip = self.postal_code.as_deref().unwrap_or_default();
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
            (_, _, None) if !zip.is_empty() => Some(("unknown-zip", format!("`{zip}` is not a ZIP code of the US"))),
            _ => None,
        };
        if let Some((code, message)) = warning {
            warn_at(pointer, code, message, warnings);
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
        self.households().into_iter().next()
    }

    /// The same, by ZIP code and by city: two events may tell one of them each.
    ///
    /// ```
    /// # use knockcal::knock::Address;
    /// let text = |text: &str| Some(text.to_owned());
    /// let zip = Address { street: text("12 Oak St"), postal_code: text("78701"), ..Address::default() };
    /// let city = Address { street: text("12 Oak St"), city: text("AUSTIN"), ..Address::default() };
    /// let both = Address { city: text("Austin"), ..zip.clone() };
    /// assert_eq!(both.households(), [zip.households(), city.households()].concat());
    /// ```
    pub fn households(&self) -> Vec<String> {
        let (street, of_street) = street_and_unit(self.street.as_deref().unwrap_or_default());
        let street = plain(&street.unwrap_or_default());
        let unit = self.unit.clone().or(of_street);
        let unit = unit.map(|unit| unit::compared(&unit)).unwrap_or_default();
        let mut towns = Vec::new();
        // A ZIP code with a typing error tells nothing.
        let is_usual = |code: &&String| self.us_state().is_none() || five_digits(code).is_some();
        if let Some(code) = self.postal_code.as_ref().filter(is_usual) {
            towns.push(beginning(&plain(code), 5).to_owned());
        }
        towns.extend(self.city.as_deref().map(plain));
        // All of it in one line.
        if towns.is_empty() && street.split(' ').count() > 3 {
            towns.push(String::new());
        }
        towns.retain(|_| names_a_house(&street));
        for town in &mut towns {
            *town = format!("{street}/{unit}/{town}");
        }
        towns
    }
}

/// The text of the first field with one of these names that has one. Our own name must have text.
fn text(fields: &Object<'_>, names: &[&'static str]) -> Option<String> {
    let own = names.first().and_then(|name| fields.text(name));
    let others = texts_like(fields, names);
    own.or_else(|| others.into_iter().next())
}

/// The texts of the fields with these names, each once.
fn texts_like(fields: &Object<'_>, names: &[&'static str]) -> Vec<String> {
    let mut texts = Vec::new();
    for (_, value) in fields.like(names) {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// Whether a street has a house number: `5th ave` and `county rd 12` have none.
fn names_a_house(street: &str) -> bool {
    let is_ordinal = |word: &str| ["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end));
    let mut before = "";
    for word in street.split(' ') {
        if has_digit(word) && !is_ordinal(word) && !lists(ROADS, before) {
            return true;
        }
        before = word;
    }
    false
}

/// Roads that have a number for a name.
const ROADS: &str = "rd|road|hwy|rte|cr|fm|sr|us|i|interstate|loop|rr|hc";

/// The words and the digits of a text like `TX 79901`.
fn apart(text: &str) -> (Option<String>, Option<String>) {
    let (mut numbers, mut others) = (Vec::new(), Vec::new());
    for word in words(text) {
        match begins_with_digit(word) {
            true => numbers.push(word),
            false => others.push(word),
        }
    }
    let text = |words: Vec<&str>| {
        let text = words.join(" ").trim_matches([',', ' ']).to_owned();
        (!text.is_empty()).then_some(text)
    };
    (text(others), text(numbers))
}

/// An address as it is compared: words in small letters, those of streets and directions as they are abbreviated.
pub(super) fn plain(text: &str) -> String {
    let text = text.replace(['\'', '’'], "");
    let mut plain = String::new();
    for word in plain_words(&text) {
        let word = word.to_lowercase();
        let word = listed_under(SHORT, &word).unwrap_or(&word);
        // `N.W.` is one direction.
        let is_one = matches!(plain.rsplit(' ').next(), Some("n" | "s")) && matches!(word, "e" | "w");
        if !plain.is_empty() && !is_one {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    plain
}

/// What the postal service abbreviates (USPS Publication 28), and numbers in words.
const SHORT: &str = "st=street|saint;ave=avenue|av;rd=road;dr=drive;ln=lane;ct=court;cir=circle;blvd=boulevard;pl=place;\
     ter=terrace;trl=trail;pkwy=parkway;hwy=highway;sq=square;aly=alley;cv=cove;xing=crossing;pt=point;\
     rdg=ridge;hts=heights;bnd=bend;trce=trace;crk=creek;plz=plaza;expy=expressway;fwy=freeway;tpke=turnpike;\
     rte=route;mt=mount;ft=fort;n=north;s=south;e=east;w=west;ne=northeast;nw=northwest;se=southeast;\
     sw=southwest;1st=first;2nd=second;3rd=third;4th=fourth;5th=fifth;6th=sixth;7th=seventh;8th=eighth;\
     9th=ninth;10th=tenth;11th=eleventh;12th=twelfth";
