//! The people of an event: leads, attendees, reps.

use serde_json::{Map, Value};

use super::email::{emails, leaves};
use super::fields::{set, texts};
use super::full_name::{plain_name, reversed, visible};
use super::junk::{is_no_address, is_no_number};
use super::phone::{digits_of, is_north_american_number, phones};
use super::plain::trimmed;
use super::warning::{warn, warn_at, warn_of_unused};
use super::{Settings, Warning, consent, e164, placeholder};
use crate::document::{Object, Problems, all, beginning, joined, lists, plain_words, single_spaced};

/// Names of the fields of people, beside our own: what calendars, forms and sales apps call them. Case, spaces, hyphens and
/// underscores do not count. The first that has a usable value counts.
pub(super) const NAME: &[&str] = &[
    "name",
    "fullName",
    "displayName",
    "contactName",
    "customerName",
    "homeownerName",
];
const FIRST_NAME: &[&str] = &["firstName", "givenName", "forename", "fname", "first"];
const LAST_NAME: &[&str] = &["lastName", "familyName", "surname", "lname", "last"];
pub(super) const EMAIL: &[&str] = &[
    "email",
    "emailAddress",
    "mail",
    "primaryEmail",
    "emails",
    "emailAddresses",
];
const PHONE: &[&str] = &[
    "phone",
    "phoneNumber",
    "mobile",
    "mobilePhone",
    "mobileNumber",
    "cell",
    "cellPhone",
    "cellNumber",
    "telephone",
    "telephoneNumber",
    "tel",
    "contactNumber",
    "primaryPhone",
    "homePhone",
    "workPhone",
    "phones",
    "phoneNumbers",
];

/// How much of a text that is left out is kept for the description, in letters.
const KEPT: usize = 100;

/// Words that say that somebody has no number.
const NO_NUMBER: &str = "no|none|not|na|a|n|phone|number|email|e|mail|unknown|declined|refused|given|provided|available|applicable|\
     have|yet";

/// Somebody who can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name, when it was not given in parts.
    pub name: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address, in lower case.
    pub email: Option<String>,
    /// Phone number as it was written; in international form, where more was written than a number.
    pub phone: Option<String>,
    /// Whether messages may be sent to them: a boolean, or one for each channel.
    pub consent: Option<Value>,
    /// The name as one text, whether it was given so or in parts.
    pub full_name: Option<String>,
    /// What was written of them and cannot be used: extensions, further numbers, what is no number or address.
    pub left_out: Vec<String>,
}

impl Person {
    /// Reads a person's object. E-mail addresses and phone numbers that cannot be used are left out with a warning:
    /// a booking is worth more than a typing error.
    pub fn read(fields: &Object<'_>, settings: &Settings, warnings: &mut Vec<Warning>) -> Self {
        let mut person = Self {
            consent: consent::read(fields, warnings),
            ..Self::default()
        };
        person.read_name(fields, warnings);
        for (name, value) in fields.like(EMAIL) {
            // Some calendars write the name beside the address.
            if let Some(name) = value.get("name").and_then(text_of) {
                person.add_name(&name);
            }
            person.add_email(&written_of(value, '@'), &fields.pointer(name), settings, warnings);
        }
        for (name, value) in fields.like(PHONE) {
            person.add_phone(&written_of(value, '0'), &fields.pointer(name), settings, warnings);
        }
        warn_of_unused(fields, warnings);
        person
    }

    /// The person as recipes see them.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = texts(&[
            ("name", &self.name),
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("fullName", &self.full_name),
        ]);
        set(&mut fields, "consent", self.consent.clone());
        fields
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
                return person.is_somebody().then_some(person);
            }
            Value::Bool(_) | Value::Array(_) => {
                let message = "an attendee is text like `Ann Lee <ann@example.com>`, or an object like `lead`";
                problems.add(pointer, "wrong-type", message);
                return None;
            }
        };
        let mut person = Self::default();
        match text.split_once('<') {
            Some((name, reach)) if !reach.contains('@') => {
                person.set_name(trimmed(name, &[' ', '"']));
                person.add_phone(trimmed(reach, &['>']), pointer, settings, warnings);
            }
            _ if text.contains('@') => person.add_email(&text, pointer, settings, warnings),
            _ => person.read_text(&text, pointer, settings, warnings),
        }
        person.is_somebody().then_some(person)
    }

    /// Reads a text without an address: a name, a number, or both.
    fn read_text(&mut self, text: &str, pointer: &str, settings: &Settings, warnings: &mut Vec<Warning>) {
        let mut phones = phones(text, &settings.calling_code);
        let Some(number) = &phones.number else {
            return self.set_name(trimmed(text, &['"']));
        };
        let is_name = |text: &String| !all(text, &|letter| !letter.is_alphabetic()) && digits_of(text).is_empty();
        if let Some(at) = phones.rest.iter().position(is_name) {
            let name = phones.rest.remove(at);
            self.set_name(&name);
            self.left_out.append(&mut phones.rest);
            let number = number.clone();
            return self.add_phone(&number, pointer, settings, warnings);
        }
        self.add_phone(text, pointer, settings, warnings);
    }

    /// Takes what is missing from another way to write the same person.
    pub fn supply(&mut self, other: Self) {
        if let Some(name) = other.whole_name() {
            self.add_name(&name);
        }
        self.email = self.email.take().or(other.email);
        self.phone = self.phone.take().or(other.phone);
        self.left_out.extend(other.left_out);
    }

    /// Whether there is anything to know them by.
    fn is_somebody(&self) -> bool {
        !self.fields().is_empty()
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
        let name = |person: &Self| person.whole_name().map(|name| plain_name(&name));
        let differ = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
        let phones = self.phone.is_some() && other.phone.is_some() && !self.same(other, settings);
        name(self).is_some() && name(self) == name(other) && !differ(&self.email, &other.email) && !phones
    }

    /// The whole name, with single spaces.
    pub fn whole_name(&self) -> Option<String> {
        let parts = joined(&[&self.first_name, &self.last_name], " ");
        let name = single_spaced(self.name.as_ref().or(parts.as_ref())?);
        Some(name).filter(|name| !name.is_empty())
    }

    /// How to reach them.
    pub fn reach(&self) -> Option<&str> {
        self.email.as_deref().or(self.phone.as_deref())
    }

    /// Something to call them by.
    pub fn label(&self) -> String {
        let parts = joined(&[&self.first_name, &self.last_name], " ");
        let labels = [&self.name, &parts, &self.email, &self.phone];
        let label = labels.into_iter().flatten().find(|label| !label.is_empty());
        label.cloned().unwrap_or_default()
    }

    /// Reads the name, whole or in parts, and the parts of a name that is an object.
    fn read_name(&mut self, fields: &Object<'_>, warnings: &mut Vec<Warning>) {
        self.first_name = text_like(fields, FIRST_NAME);
        self.last_name = text_like(fields, LAST_NAME);
        let problems = Problems::new(crate::document::Document::Event);
        for (name, value) in fields.like(NAME) {
            if let Some(text) = text_of(value) {
                self.set_name(&text);
                break;
            }
            let Some(parts) = Object::at(value, fields.pointer(name), &problems) else {
                let message = format!("`{value}` is not a name; it is left out");
                warn(fields, name, "invalid-name", message, warnings);
                continue;
            };
            self.first_name = self.first_name.take().or_else(|| text_like(&parts, FIRST_NAME));
            self.last_name = self.last_name.take().or_else(|| text_like(&parts, LAST_NAME));
            if let Some(text) = text_like(&parts, NAME) {
                self.set_name(&text);
            }
        }
    }

    /// Sets the name, and its parts where it begins with the last one: `Lee, Ann`.
    fn set_name(&mut self, name: &str) {
        let name = visible(name);
        if name.is_empty() || placeholder::is_nothing(&name) {
            return;
        }
        self.name = Some(match reversed(&name) {
            Some((first, last)) => {
                self.first_name.get_or_insert_with(|| first.to_owned());
                self.last_name.get_or_insert_with(|| last.to_owned());
                format!("{first} {last}")
            }
            None => name,
        });
    }

    /// Takes the first usable address of a text, unless there is one already.
    fn add_email(&mut self, written: &str, pointer: &str, settings: &Settings, warnings: &mut Vec<Warning>) {
        if placeholder::is_nothing(written) {
            return;
        }
        let found = emails(written);
        if let Some(name) = &found.name {
            self.add_name(name);
        }
        let small = written.trim().to_lowercase();
        let candidates = match found.addresses.as_slice() {
            [] => std::slice::from_ref(&small),
            addresses => addresses,
        };
        let mut usable = Vec::new();
        for email in candidates {
            if !settings.junk.has_email(email) {
                usable.push(email.clone());
                continue;
            }
            let message =
                format!("`{email}` stands for no address; it is left out, so that it makes nobody one person");
            warn_at(pointer, "email-junk", message, warnings);
            if email.contains('@') && !is_no_address(email) {
                self.left_out.push(format!("e-mail {}", kept(email)));
            }
        }
        if found.addresses.is_empty() && !usable.is_empty() {
            let message = format!("`{small}` is not a valid e-mail address; it is left out");
            warn_at(pointer, "email-unusable", message, warnings);
            self.left_out.push(format!("e-mail {}", kept(written)));
            return;
        }
        if self.email.is_none() {
            self.email = usable.first().cloned();
        }
        usable.retain(|email| self.email.as_ref() != Some(email));
        usable.extend(found.rest);
        if let (Some(email), false) = (&self.email, usable.is_empty()) {
            let further = usable.join(", ");
            let message = format!("a contact has one e-mail address, here `{email}`: {further} is left out");
            warn_at(pointer, "email-partly-used", message, warnings);
        }
        self.leave_out(&usable);
    }

    fn leave_out(&mut self, texts: &[String]) {
        for text in texts {
            self.left_out.push(kept(text));
        }
    }

    /// Takes the first number of a text that can be called, unless there is one already.
    fn add_phone(&mut self, written: &str, pointer: &str, settings: &Settings, warnings: &mut Vec<Warning>) {
        let written = written.trim();
        if placeholder::is_nothing(written) {
            return;
        }
        let mut found = phones(written, &settings.calling_code);
        let number = found.number.take();
        if number
            .as_ref()
            .map_or(is_no_number(written), |number| settings.junk.has_phone(number))
        {
            let message =
                format!("`{written}` stands for no number; it is left out, so that it makes nobody one person");
            warn_at(pointer, "phone-junk", message, warnings);
            if number.is_some_and(|number| !is_no_number(&number)) {
                self.left_out.push(format!("phone {}", kept(written)));
            }
            return;
        }
        let Some(number) = number else {
            let message = format!(
                "`{written}` is not a phone number that can be called, with the calling code {}; it is left out",
                settings.calling_code
            );
            warn_at(pointer, "phone-unusable", message, warnings);
            let says_more = |word: &&str| !lists(NO_NUMBER, &word.to_lowercase());
            if plain_words(written).iter().any(says_more) {
                self.left_out.push(format!("phone {}", kept(written)));
            }
            return;
        };
        if number.len() == 11
            && is_north_american_number(number.trim_start_matches('+'))
            && settings.calling_code == "1"
        {
            let message = format!(
                "`{written}` is a number of another country; if it is not, write `+1{}`",
                digits_of(&number)
            );
            warn_at(pointer, "phone-ambiguous", message, warnings);
        }
        match self.phone.as_deref().map(|phone| e164(phone, &settings.calling_code)) {
            Some(own) if own.as_ref() == Some(&number) => {}
            Some(_) => found.rest.insert(0, found.written),
            None if found.written == written => self.phone = Some(found.written),
            None => self.phone = Some(number),
        }
        if let (Some(phone), false) = (&self.phone, found.rest.is_empty()) {
            let further = found.rest.join(", ");
            let message = format!("a contact has one phone number, here `{phone}`: {further} is left out");
            warn_at(pointer, "phone-partly-used", message, warnings);
        }
        self.leave_out(&found.rest);
    }

    /// Takes a name that stands beside an address: it is theirs when they have no other.
    fn add_name(&mut self, name: &str) {
        match self.whole_name() {
            None => self.set_name(name),
            Some(own) if plain_name(&own) == plain_name(name) => {}
            Some(_) => self.left_out.push(kept(name)),
        }
    }
}

/// The text of a value that is text or a number.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(visible(text)).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The first text or number in a field with one of these names.
pub(super) fn text_like(fields: &Object<'_>, names: &[&'static str]) -> Option<String> {
    for (_, value) in fields.like(names) {
        if let Some(text) = text_of(value) {
            return Some(text);
        }
    }
    None
}

/// What a value says as text: of a list or an object the texts that can be what is wanted, an address (`@`) or a number.
fn written_of(value: &Value, wanted: char) -> String {
    if let Some(text) = text_of(value) {
        return text;
    }
    let texts = leaves(value, &|text| match wanted {
        '@' => text.contains('@'),
        _ => digits_of(text).len() > 6,
    });
    match texts.is_empty() {
        true => value.to_string(),
        false => texts.join("; "),
    }
}

/// A text as it is kept for the description: not too long.
fn kept(text: &str) -> String {
    beginning(text.trim(), KEPT).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::document::Document;
    use crate::knock::{Junk, Offsets, Source, WrittenTimes, Zones};

    fn settings() -> Settings {
        let mut junk = Junk::default();
        junk.add("*@door.example").unwrap();
        Settings {
            time_zone: None,
            zones: Zones::default(),
            junk,
            keeps_pins: false,
            calling_code: "1".to_owned(),
            roster: Vec::new(),
            team: Vec::new(),
            source: Source::default(),
            times: WrittenTimes::default(),
            offsets: Offsets::default(),
            used: Vec::new(),
            named: Vec::new(),
        }
    }

    fn read(value: &Value) -> (Person, Vec<String>) {
        let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
        let fields = Object::root(value, &problems).unwrap();
        let person = Person::read(&fields, &settings(), &mut warnings);
        assert!(problems.are_none());
        (person, warnings.into_iter().map(|warning| warning.code).collect())
    }

    fn ann() -> Person {
        Person {
            name: Some("Ann Lee".to_owned()),
            email: Some("ann@example.com".to_owned()),
            phone: Some("512-555-0142".to_owned()),
            ..Person::default()
        }
    }

    #[test]
    fn fields_of_other_names_are_read_and_are_not_unknown() {
        for posted in [
            json!({ "name": "Ann Lee", "email": "ann@example.com", "phone": "512-555-0142" }),
            json!({ "displayName": "Ann Lee", "emailAddress": "ann@example.com", "phoneNumber": "512-555-0142" }),
            json!({ "fullName": "Ann Lee", "email_address": "ann@example.com", "mobile": "512-555-0142" }),
            json!({ "full_name": "Ann Lee", "E-Mail": "ann@example.com", "Cell Phone": "512-555-0142" }),
            json!({ "Contact Name": "Ann Lee", "mail": "ann@example.com", "telephone": "512-555-0142" }),
            json!({ "name": "Ann Lee", "emails": ["ann@example.com"], "phones": [{ "type": "mobile", "number": "512-555-0142" }] }),
            json!({ "emailAddress": { "name": "Ann Lee", "address": "ann@example.com" }, "tel": "512-555-0142" }),
            json!({ "name": "Ann Lee", "email": "Ann Lee <ann@example.com>", "phone": "", "cell": "512-555-0142" }),
            json!({ "name": "Ann Lee", "email": "ann@example.com", "phone": "n/a", "mobile": "512-555-0142" }),
            json!({ "email": "Ann Lee <ann@example.com>", "phone": "512-555-0142", "mobile": "+1 (512) 555-0142" }),
        ] {
            assert_eq!(read(&posted), (ann(), Vec::new()), "{posted}");
        }
    }

    #[test]
    fn names_are_read_whole_and_in_parts() {
        let name = |posted: Value| {
            let person = read(&posted).0;
            (
                person.first_name.clone(),
                person.last_name.clone(),
                person.name.clone(),
                person.whole_name(),
            )
        };
        let text = |text: &str| Some(text.to_owned());
        let parts = (text("Ann"), text("Lee"), None, text("Ann Lee"));
        for posted in [
            json!({ "firstName": "Ann", "lastName": "Lee" }),
            json!({ "given_name": "Ann", "family_name": "Lee" }),
            json!({ "first_name": "Ann", "Last Name": "Lee" }),
            json!({ "name": { "first": "Ann", "last": "Lee" } }),
        ] {
            assert_eq!(name(posted.clone()), parts, "{posted}");
        }
        assert_eq!(
            name(json!({ "name": "Lee, Ann" })),
            (text("Ann"), text("Lee"), text("Ann Lee"), text("Ann Lee"))
        );
        for written in ["Mrs. Ann Lee", "ANN LEE JR.", "Ann & Bob Lee", "Dr. Ann Lee, MD"] {
            assert_eq!(
                name(json!({ "name": written })),
                (None, None, text(written), text(written))
            );
        }
    }

    #[test]
    fn what_is_left_out_is_kept_and_is_a_warning() {
        for (posted, left_out, codes) in [
            (
                json!({ "phone": "512-555-0142 x12" }),
                vec!["ext. 12"],
                vec!["phone-partly-used"],
            ),
            (
                json!({ "phone": "512-555-0142", "mobile": "512-555-0143" }),
                vec!["512-555-0143"],
                vec!["phone-partly-used"],
            ),
            (
                json!({ "phone": "512-555-014" }),
                vec!["phone 512-555-014"],
                vec!["phone-unusable"],
            ),
            (json!({ "phone": true }), vec!["phone true"], vec!["phone-unusable"]),
            (
                json!({ "phone": "5.12556E+09" }),
                vec!["phone 5.12556E+09"],
                vec!["phone-unusable"],
            ),
            (
                json!({ "email": "ann@@example.com" }),
                vec!["e-mail ann@@example.com"],
                vec!["email-unusable"],
            ),
            (
                json!({ "email": "a@x.com, b@y.com" }),
                vec!["b@y.com"],
                vec!["email-partly-used"],
            ),
            (
                json!({ "email": "ann@door.example" }),
                vec!["e-mail ann@door.example"],
                vec!["email-junk"],
            ),
            (
                json!({ "email": "no@email.com", "phone": "555-555-5555" }),
                vec![],
                vec!["email-junk", "phone-junk"],
            ),
            (
                json!({ "email": "no@email.com, ann@example.com" }),
                vec![],
                vec!["email-junk"],
            ),
            (json!({ "phone": "no phone" }), vec![], vec!["phone-unusable"]),
            (json!({ "phone": 0 }), vec![], vec!["phone-junk"]),
            (json!({ "phone": "000-000-0000" }), vec![], vec!["phone-junk"]),
            (json!({ "phone": "+5125550142" }), vec![], vec!["phone-ambiguous"]),
            (
                json!({ "name": "Ann Lee", "email": "Bob Lee <bob@example.com>" }),
                vec!["Bob Lee"],
                vec![],
            ),
        ] {
            let (person, found) = read(&posted);
            assert_eq!(person.left_out, left_out, "{posted}");
            assert_eq!(found, codes, "{posted}");
        }
        let person = read(&json!({ "phone": "Cell: 512-555-0142 x12" })).0;
        assert_eq!(person.phone.as_deref(), Some("+15125550142"));
    }

    #[test]
    fn an_attendee_is_read_from_text() {
        let attendee = |text: &str| {
            let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
            Person::attendee(&text.into(), "", &settings(), &problems, &mut warnings).unwrap_or_default()
        };
        for text in [
            "Ann Lee 512-555-0142",
            "Ann Lee: 512-555-0142",
            "Ann Lee (512) 555-0142 (cell)",
            "Ann Lee <512-555-0142>",
        ] {
            let person = attendee(text);
            assert_eq!(person.name.as_deref(), Some("Ann Lee"), "{text}");
            assert_eq!(
                e164(person.phone.as_deref().unwrap(), "1").as_deref(),
                Some("+15125550142"),
                "{text}"
            );
            assert!(person.left_out.is_empty(), "{text}");
        }
        assert_eq!(
            attendee("Ann Lee <ann@example.com>").email.as_deref(),
            Some("ann@example.com")
        );
        assert_eq!(
            attendee("Lee, Ann <ann@example.com>").first_name.as_deref(),
            Some("Ann")
        );
        assert_eq!(attendee("Ann Lee").name.as_deref(), Some("Ann Lee"));
        assert_eq!(
            attendee("mailto:ann@example.com").email.as_deref(),
            Some("ann@example.com")
        );
        assert_eq!(attendee("ann lee@example.com").email, None);
        assert_eq!(attendee("undefined"), Person::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn reading_never_panics_and_loses_no_text_without_a_warning(
            name in any::<String>(), phone in "[0-9a-z+() ./,;#-]{0,30}", email in "[a-z@.,; <>]{0,30}",
        ) {
            let (person, codes) = read(&json!({ "name": name, "phone": phone, "email": email }));
            let is_there = |text: &str| !text.trim().is_empty() && !placeholder::is_nothing(text);
            prop_assert!(!is_there(&phone) || person.phone.is_some() || codes.iter().any(|code| code.starts_with("phone")));
            prop_assert!(!is_there(&email) || person.email.is_some() || codes.iter().any(|code| code.starts_with("email")));
        }
    }
}
