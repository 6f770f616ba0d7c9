//! The people of an event: leads, attendees, reps.

use serde_json::{Map, Value};

use super::email::{emails, leaves, one_address};
use super::fields::{set, texts};
use super::full_name::{plain_name, reversed, visible};
use super::junk::{is_no_address, is_no_number};
use super::phone::{digits_of, is_north_american_number, phones};
use super::plain::trimmed;
use super::warning::{warn, warn_at, warn_of_unused};
use super::{Rep, Settings, Warning, consent, e164, placeholder};
use crate::document::{Object, Problems, all, beginning, has_digit, joined, lists, plain_words, single_spaced, words};
use crate::person_name::{NameLikeness, PersonName};

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
/// Names of fields of a name that is an object, beside those.
const NAME_WITHIN: &[&str] = &["full", "value", "text", "formatted", "formattedName"];
/// Names of fields with the name of a firm: it is the name of who has no other.
const COMPANY: &[&str] = &["companyName", "company", "businessName", "organization"];
pub(super) const FIRST_NAME: &[&str] = &["firstName", "givenName", "forename", "fname", "first", "given"];
pub(super) const LAST_NAME: &[&str] = &["lastName", "familyName", "surname", "lname", "last", "family"];
pub(super) const EMAIL: &[&str] = &[
    "email",
    "emailAddress",
    "mail",
    "primaryEmail",
    "contactEmail",
    "customerEmail",
    "homeownerEmail",
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
    "contactPhone",
    "customerPhone",
    "homeownerPhone",
    "callerNumber",
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
        let ways = person.read_name(fields, NAME, settings, warnings);
        for (name, value) in fields.like(EMAIL) {
            let pointer = fields.pointer(name);
            // Some calendars write the name beside the address.
            if let Some(name) = value.get("name").and_then(text_of) {
                person.add_name(&name, &pointer, warnings);
            }
            let written = written_of(value, '@');
            match is_number(&written, settings) {
                true => person.add_phone(&written, &pointer, settings, warnings),
                false => person.add_email(&written, &pointer, settings, warnings),
            }
        }
        for (name, value) in fields.like(PHONE) {
            let (pointer, written) = (fields.pointer(name), written_of(value, '0'));
            match is_address(&written) {
                true => person.add_email(&written, &pointer, settings, warnings),
                false => person.add_phone(&written, &pointer, settings, warnings),
            }
        }
        for (text, pointer) in ways {
            person.read_text(&text, &pointer, settings, warnings);
        }
        if person.whole_name().is_none()
            && let Some(company) = text_like(fields, COMPANY)
        {
            person.set_name(&company);
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
                let message =
                    "a person is text like `Ann Lee <ann@example.com>`, or an object with `name`, `phone` and `email`";
                problems.add(pointer, "wrong-type", message);
                return None;
            }
        };
        let mut person = Self::default();
        person.read_text(&text, pointer, settings, warnings);
        person.is_somebody().then_some(person)
    }

    /// Reads a text: a name, an address, a number, or several of them.
    fn read_text(&mut self, text: &str, pointer: &str, settings: &Settings, warnings: &mut Vec<Warning>) {
        match text.split_once('<') {
            Some((name, reach)) if !reach.contains('@') => {
                self.add_name(trimmed(name, &[' ', '"']), pointer, warnings);
                self.add_phone(trimmed(reach, &['>']), pointer, settings, warnings);
            }
            _ if !text.contains('@') => self.read_name_and_number(text, pointer, settings, warnings),
            _ => match one_address(text) {
                Some((address, beside)) => {
                    self.add_email(&address, pointer, settings, warnings);
                    self.read_name_and_number(&beside, pointer, settings, warnings);
                }
                None => self.add_email(text, pointer, settings, warnings),
            },
        }
    }

    /// Reads a text without an address: a name, a number, or both.
    fn read_name_and_number(&mut self, text: &str, pointer: &str, settings: &Settings, warnings: &mut Vec<Warning>) {
        let mut phones = phones(text, &settings.calling_code);
        let Some(number) = &phones.number else {
            return match has_digit(text) && all(text, &|letter| !letter.is_alphabetic()) {
                true => self.add_phone(text, pointer, settings, warnings),
                false => self.add_name(trimmed(text, &['"']), pointer, warnings),
            };
        };
        let is_name = |text: &String| !all(text, &|letter| !letter.is_alphabetic()) && digits_of(text).is_empty();
        if let Some(at) = phones.rest.iter().position(is_name) {
            let name = phones.rest.remove(at);
            self.add_name(&name, pointer, warnings);
            self.left_out.append(&mut phones.rest);
            let number = number.clone();
            return self.add_phone(&number, pointer, settings, warnings);
        }
        self.add_phone(text, pointer, settings, warnings);
    }

    /// Takes what is missing from another way to write the same person.
    pub fn supply(&mut self, other: Self, pointer: &str, warnings: &mut Vec<Warning>) {
        if let Some(name) = other.whole_name() {
            self.add_name(&name, pointer, warnings);
        }
        self.email = self.email.take().or(other.email);
        self.phone = self.phone.take().or(other.phone);
        self.left_out.extend(other.left_out);
    }

    /// Leaves out an address that is that of a rep, who is not the one to visit.
    pub fn leave_out_rep(
        &mut self,
        pointer: &str,
        rep: Option<&Rep>,
        settings: &Settings,
        warnings: &mut Vec<Warning>,
    ) {
        let own = rep.and_then(|rep| rep.email.as_ref());
        let is_theirs = |email: &mut String| Some(&*email) == own || settings.is_of_rep(email);
        if let Some(email) = self.email.take_if(is_theirs) {
            let message = format!("`{email}` is the e-mail address of a rep, not of the lead; it is left out");
            warn_at(pointer, "email-unusable", message, warnings);
        }
    }

    /// Whether there is anything to know them by.
    fn is_somebody(&self) -> bool {
        !self.fields().is_empty()
    }

    /// Whether what is written behind them without a name is a way to reach them: where there is none, or where it is of the
    /// other kind and theirs by name.
    pub fn lacks(&self, other: &Self, is_theirs: bool) -> bool {
        let has_both = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some();
        let is_of_other_kind = !has_both(&self.email, &other.email) && !has_both(&self.phone, &other.phone);
        !self.reachable() || (is_of_other_kind && (is_theirs || self.whole_name().is_some()))
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

    /// Reads the name, whole or in parts, and the parts of a name that is an object. Returns the addresses and numbers that
    /// are written in place of a name, each with its pointer.
    fn read_name(
        &mut self,
        fields: &Object<'_>,
        names: &[&'static str],
        settings: &Settings,
        warnings: &mut Vec<Warning>,
    ) -> Vec<(String, String)> {
        // Somebody may be called `Null` who has a first name, too.
        let part = |names: &[&'static str]| {
            let part = placeholder::without_words_for_nothing(&text_like(fields, names)?);
            Some(part).filter(|part| !part.is_empty())
        };
        (self.first_name, self.last_name) = (part(FIRST_NAME), part(LAST_NAME));
        self.sort_parts();
        let mut ways = Vec::new();
        for (name, value) in fields.like(names) {
            let pointer = fields.pointer(name);
            let value = only_entry(value);
            match text_of(value) {
                Some(text) if is_address(&text) || is_number(&text, settings) => ways.push((text, pointer)),
                Some(text) => self.take_name(&text, &pointer, warnings),
                None if !self.read_name_object(value, &pointer, settings, warnings) => {
                    let message = format!("`{value}` is not a name; it is left out");
                    warn(fields, name, "invalid-name", message, warnings);
                }
                None => {}
            }
        }
        ways
    }

    /// The whole name may be written in place of a part, or of both.
    fn sort_parts(&mut self) {
        let (first, last) = (self.first_name.take(), self.last_name.take());
        let whole = |text: &&String| text.contains(',') || words(text).len() > 1;
        match (first, last) {
            (Some(first), Some(last)) if plain_name(&first) == plain_name(&last) && whole(&&first) => {
                self.set_name(&first);
            }
            (Some(first), None) if reversed(&first).is_some() => self.set_name(&first),
            (Some(first), Some(last)) => {
                let before = first.strip_suffix(&last).filter(|before| before.ends_with(' '));
                self.first_name = Some(before.map_or(first.clone(), |before| before.trim().to_owned()));
                self.last_name = Some(last);
            }
            (first, last) => (self.first_name, self.last_name) = (first, last),
        }
    }

    /// Reads a name that is an object; whether it is one.
    fn read_name_object(
        &mut self,
        value: &Value,
        pointer: &str,
        settings: &Settings,
        warnings: &mut Vec<Warning>,
    ) -> bool {
        let problems = Problems::new(crate::document::Document::Event);
        let Some(parts) = Object::at(value, pointer.to_owned(), &problems) else {
            return false;
        };
        let mut named = Self::default();
        let names: Vec<&'static str> = NAME.iter().chain(NAME_WITHIN).copied().collect();
        named.read_name(&parts, &names, settings, warnings);
        let Some(name) = named.whole_name() else { return false };
        warn_of_unused(&parts, warnings);
        match self.whole_name() {
            Some(_) => self.take_name(&name, pointer, warnings),
            None => {
                self.first_name = named.first_name;
                self.last_name = named.last_name;
                self.name = named.name;
            }
        }
        self.left_out.append(&mut named.left_out);
        true
    }

    /// Takes the whole name beside its parts.
    fn take_name(&mut self, name: &str, pointer: &str, warnings: &mut Vec<Warning>) {
        let Some(name) = cleaned(name) else { return };
        let parts = joined(&[&self.first_name, &self.last_name], " ").filter(|_| self.name.is_none());
        let Some(parts) = parts else {
            return self.add_name(&name, pointer, warnings);
        };
        let agrees = are_of_one(&parts, &name);
        if !agrees && self.first_name.is_none() && words(&name).len() == 1 {
            // Some forms ask for `name` and `lastName`.
            self.first_name = Some(name);
        } else if agrees && PersonName::of(&parts).is_within(&PersonName::of(&name)) {
            self.set_name(&name);
            self.complete_parts();
        } else {
            self.add_name(&name, pointer, warnings);
        }
    }

    /// Takes a first or last name that is missing from the whole name.
    fn complete_parts(&mut self) {
        let name = self.name.clone().unwrap_or_default();
        let name = words(&name);
        let is_part = |found: &[&str], part: &str| found.join(" ").to_lowercase() == single_spaced(part).to_lowercase();
        match (&self.first_name, &self.last_name) {
            (Some(first), None) => {
                if let Some((found, rest @ [next, ..])) = name.split_at_checked(words(first).len())
                    && is_part(found, first)
                    && !lists("&|+|and|und", next)
                {
                    self.last_name = Some(rest.join(" "));
                }
            }
            (None, Some(last)) => {
                let before = name.len().checked_sub(words(last).len());
                if let Some((rest @ [_, ..], found)) = before.and_then(|before| name.split_at_checked(before))
                    && is_part(found, last)
                {
                    self.first_name = Some(rest.join(" "));
                }
            }
            _ => {}
        }
    }

    /// Sets the name, and its parts where it begins with the last one: `Lee, Ann`.
    fn set_name(&mut self, name: &str) {
        let Some(name) = cleaned(name) else { return };
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
            self.add_name(name, pointer, warnings);
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
        // An address of a rep gives way to one of somebody else.
        let is_of_rep = |email: &String| settings.is_of_rep(email);
        let first = usable
            .iter()
            .find(|email| !is_of_rep(email))
            .or(usable.first())
            .cloned();
        if self.email.as_ref().is_none_or(is_of_rep) {
            self.email = first.or(self.email.take());
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
            let has_further = e164(&found.rest.join("; "), &settings.calling_code).is_some();
            let junk = if has_further { &found.written } else { written };
            let message = format!("`{junk}` stands for no number; it is left out, so that it makes nobody one person");
            warn_at(pointer, "phone-junk", message, warnings);
            if number.is_some_and(|number| !is_no_number(&number)) {
                self.left_out.push(format!("phone {}", kept(junk)));
            }
            if has_further {
                self.add_phone(&found.rest.join("; "), pointer, settings, warnings);
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

    /// Takes another name of theirs: it counts when they have none, or only a part of it.
    fn add_name(&mut self, name: &str, pointer: &str, warnings: &mut Vec<Warning>) {
        let Some(name) = cleaned(name) else { return };
        let Some(own) = self.whole_name() else {
            return self.set_name(&name);
        };
        if plain_name(&own) == plain_name(&name) {
            return;
        }
        if !are_of_one(&own, &name) {
            let message = format!("one person has two names here, `{own}` and `{name}`; `{own}` counts");
            warn_at(pointer, "name-differs", message, warnings);
        } else if PersonName::of(&name).is_within(&PersonName::of(&own)) {
            return;
        } else if words(&own).len() == 1 {
            self.set_name(&name);
            return self.complete_parts();
        }
        self.left_out.push(kept(&name));
    }
}

/// Whether two names are likely those of one person, or one is a part of the other.
fn are_of_one(one: &str, other: &str) -> bool {
    let (one, other) = (PersonName::of(one), PersonName::of(other));
    match one.likeness(&other) {
        NameLikeness::Same => true,
        NameLikeness::Similar => one.is_within(&other) || other.is_within(&one),
        NameLikeness::Different => false,
    }
}

/// A name without marks that nobody sees, and without words that stand for nothing; nothing where no name remains.
pub(super) fn cleaned(name: &str) -> Option<String> {
    let name = placeholder::without_words_for_nothing(&visible(name));
    Some(name).filter(|name| !name.is_empty() && !placeholder::is_nothing(name))
}

/// The entry of a list that has one; any other value itself.
pub(super) fn only_entry(value: &Value) -> &Value {
    match value.as_array().map(Vec::as_slice) {
        Some([entry]) => entry,
        _ => value,
    }
}

/// Whether a text is a phone number, and no address.
fn is_number(text: &str, settings: &Settings) -> bool {
    !text.contains('@') && e164(text, &settings.calling_code).is_some()
}

/// Whether a text is an e-mail address, perhaps with a name.
fn is_address(text: &str) -> bool {
    let found = emails(text);
    !found.addresses.is_empty() && found.rest.is_empty()
}

/// The text of a value that is text or a number.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(visible(text)).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The first text or number in a field with one of these names.
pub(super) fn text_like(fields: &Object<'_>, names: &[&'static str]) -> Option<String> {
    for (_, value) in fields.like(names) {
        let value = only_entry(value);
        if let Some(text) = text_of(value).or_else(|| text_of(value.get("value")?)) {
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
    let mut texts = Vec::new();
    let entries = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    for entry in entries {
        let is_fax = !leaves(entry, &|text| text.eq_ignore_ascii_case("fax")).is_empty();
        let of_entry = leaves(entry, &|text| match wanted {
            '@' => text.contains('@'),
            _ => digits_of(text).len() > 6,
        });
        for text in of_entry {
            texts.push(if is_fax { format!("fax {text}") } else { text });
        }
    }
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
mod tests;
