//! The rep of an event.

use serde_json::{Map, Value};

use super::email::emails;
use super::fields::texts;
use super::full_name::{plain_name, visible};
use super::person::{EMAIL, NAME, text_like};
use super::warning::{warn_at, warn_of_unused};
use super::{KnownRep, Settings, Warning};
use crate::document::{Object, Problems, is_digits};

/// The rep who booked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rep {
    /// Id in Active Knocker.
    pub id: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// E-mail address, in lower case.
    pub email: Option<String>,
}

impl Rep {
    /// Reads `rep`: an object, or the id, e-mail address or name alone. One who is known by name only gets the id and
    /// e-mail address that the configuration has.
    pub fn read(
        data: &Object<'_>,
        settings: &Settings,
        problems: &Problems,
        warnings: &mut Vec<Warning>,
    ) -> Option<Self> {
        let value = data.value("rep")?;
        let mut rep = if value.is_object() {
            let fields = Object::at(value, data.pointer("rep"), problems)?;
            let rep = Self {
                id: fields.text("id").map(whole),
                name: text_like(&fields, NAME),
                email: text_like(&fields, EMAIL).map(|text| address(&text)),
            };
            warn_of_unused(&fields, warnings);
            rep
        } else {
            Self::alone(data.text("rep")?, &settings.roster)
        };
        rep.recognise(&settings.roster, &data.pointer("rep"), warnings);
        Some(rep)
    }

    /// The rep as recipes see them.
    pub fn fields(&self) -> Map<String, Value> {
        texts(&[("id", &self.id), ("name", &self.name), ("email", &self.email)])
    }

    /// A rep of whom only a text is known.
    fn alone(text: String, roster: &[KnownRep]) -> Self {
        let mut rep = Self::default();
        let id = whole(visible(&text));
        let is_id = roster.iter().any(|known| known.id.as_ref() == Some(&id));
        if !is_id && text.contains('@') {
            rep.email = Some(address(&text));
        } else if !is_id && roster.iter().any(|known| known.is_called(&id)) {
            rep.name = Some(id);
        } else {
            rep.id = Some(id);
        }
        rep
    }

    /// Finds out by name who it is, where neither id nor e-mail address is known; what names two reps is a warning.
    fn recognise(&mut self, roster: &[KnownRep], pointer: &str, warnings: &mut Vec<Warning>) {
        let has = |own: &Option<String>, known: &Option<String>| own.is_some() && own == known;
        let by_id = roster.iter().find(|known| has(&self.id, &known.id));
        let by_email = roster.iter().find(|known| has(&self.email, &known.email));
        let name = self.name.as_deref().unwrap_or_default();
        let mut named = Vec::new();
        for known in roster {
            if known.is_called(name) {
                named.push(known);
            }
        }
        if let Some(known) = by_id.or(by_email) {
            let only = named.first().copied().filter(|_| named.len() == 1);
            let other = by_email.filter(|other| *other != known).or(only);
            if let Some(other) = other.filter(|other| *other != known) {
                let message = format!("the event names two reps of `[[reps]]`, {known} and {other}; {known} counts");
                warn_at(pointer, "rep-differs", message, warnings);
            }
            return;
        }
        match named.as_slice() {
            [] => {}
            [known] if self.id.is_none() || known.id.is_none() => {
                // Who has a name only is known by it as by an id.
                let own = known
                    .id
                    .clone()
                    .or(known.name.clone().filter(|_| known.email.is_none()));
                self.id = own.or(self.id.take());
                self.email.clone_from(&known.email);
            }
            [known] => {
                let message = format!("the event has another id for `{name}` than `[[reps]]`, which has {known}");
                warn_at(pointer, "rep-differs", message, warnings);
            }
            several => {
                let count = several.len();
                let message =
                    format!("{count} reps in `[[reps]]` are called `{name}`; send the `id` or `email` of one");
                warn_at(pointer, "ambiguous-rep", message, warnings);
            }
        }
    }

    /// The rep in words: every name the event has for them.
    pub fn label(&self) -> String {
        let known = KnownRep {
            id: self.id.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
        };
        known.to_string()
    }
}

impl KnownRep {
    /// Whether that is their name. Case, white space and order do not count.
    fn is_called(&self, name: &str) -> bool {
        !name.is_empty()
            && self
                .name
                .as_ref()
                .is_some_and(|own| plain_name(own) == plain_name(name))
    }
}

impl std::fmt::Display for KnownRep {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut between = "";
        for (what, value) in [("name", &self.name), ("id", &self.id), ("e-mail", &self.email)] {
            if let Some(value) = value {
                write!(formatter, "{between}{what} `{value}`")?;
                between = ", ";
            }
        }
        Ok(())
    }
}

/// An id that a spreadsheet made a fraction of: `7.0`.
fn whole(id: String) -> String {
    match id.strip_suffix(".0") {
        Some(whole) if is_digits(whole) => whole.to_owned(),
        _ => id,
    }
}

/// The address in a text; the text itself in small letters where there is none.
fn address(text: &str) -> String {
    let first = emails(text).addresses.into_iter().next();
    first.unwrap_or_else(|| text.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn roster() -> Vec<KnownRep> {
        let rep = |id: &str, name: &str, email: &str| {
            let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            KnownRep {
                id: text(id),
                email: text(email),
                name: text(name),
            }
        };
        vec![
            rep("7", "Dana Whitfield", "dana@example.com"),
            rep("8", "Sam New", ""),
            rep("9", "Sam New", ""),
            rep("", "Riley Ortega", ""),
        ]
    }

    /// What is known of a rep: id, e-mail address, and the code of a warning.
    fn read(rep: Value) -> (Option<String>, Option<String>, Option<String>) {
        let mut warnings = Vec::new();
        let rep = match rep {
            Value::String(text) => Rep::alone(text, &roster()),
            rep => Rep {
                id: rep.get("id").and_then(Value::as_str).map(str::to_owned),
                name: rep.get("name").and_then(Value::as_str).map(str::to_owned),
                email: rep.get("email").and_then(Value::as_str).map(str::to_owned),
            },
        };
        let mut rep = rep;
        rep.recognise(&roster(), "/data/rep", &mut warnings);
        (rep.id, rep.email, warnings.pop().map(|warning| warning.code))
    }

    #[test]
    fn a_rep_is_known_by_a_name_that_one_has() {
        let text = |text: &str| Some(text.to_owned());
        for rep in [
            json!("Dana Whitfield"),
            json!(" dana  WHITFIELD"),
            json!({ "name": "Whitfield, Dana" }),
            json!({ "name": "Dana Whitfield", "email": "other@example.com" }),
        ] {
            assert_eq!(read(rep.clone()), (text("7"), text("dana@example.com"), None), "{rep}");
        }
        assert_eq!(read(json!("Riley Ortega")), (text("Riley Ortega"), None, None));
        assert_eq!(read(json!("dana@example.com")), (None, text("dana@example.com"), None));
        assert_eq!(read(json!("7")), (text("7"), None, None));
        assert_eq!(read(json!("7.0")), (text("7"), None, None));
        assert_eq!(read(json!("Nobody Knows")), (text("Nobody Knows"), None, None));
    }

    #[test]
    fn a_name_that_two_have_and_names_of_two_are_warnings() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(read(json!("Sam New")), (None, None, text("ambiguous-rep")));
        assert_eq!(
            read(json!({ "id": "7", "name": "Riley Ortega" })),
            (text("7"), None, text("rep-differs"))
        );
        assert_eq!(
            read(json!({ "id": "8", "email": "dana@example.com" })).2,
            text("rep-differs")
        );
        assert_eq!(
            read(json!({ "id": "99", "name": "Dana Whitfield" })),
            (text("99"), None, text("rep-differs"))
        );
        assert_eq!(read(json!({ "id": "9", "name": "Sam New" })).2, None);
    }
}
