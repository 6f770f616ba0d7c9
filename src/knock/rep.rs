//! The rep of an event.

use serde_json::{Map, Value};

use super::email::{emails, one_address};
use super::fields::texts;
use super::full_name::{plain_name, visible};
use super::person::{EMAIL, FIRST_NAME, LAST_NAME, NAME, cleaned, text_like, text_of};
use super::warning::{warn_at, warn_of_unused};
use super::{KnownRep, Settings, Warning};
use crate::document::{Object, Problems, is_digits, joined};
use crate::person_name::PersonName;

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
        let pointer = data.pointer("rep");
        let value = match data.value("rep")? {
            Value::Array(reps) => {
                let first = reps.iter().find(|rep| !rep.is_null())?;
                if reps.len() > 1 {
                    let message = format!("`rep` names {} reps; the first counts", reps.len());
                    warn_at(&pointer, "ambiguous-rep", message, warnings);
                }
                first
            }
            value => value,
        };
        let mut rep = if value.is_object() {
            let fields = Object::at(value, pointer.clone(), problems)?;
            let parts = [text_like(&fields, FIRST_NAME), text_like(&fields, LAST_NAME)];
            let name = text_like(&fields, NAME).or(joined(&[&parts[0], &parts[1]], " "));
            let rep = Self {
                id: text_like(&fields, &["id", "repId", "userId"]).map(whole),
                name: name.and_then(|name| cleaned(&name)),
                email: text_like(&fields, EMAIL).map(|text| address(&text)),
            };
            warn_of_unused(&fields, warnings);
            rep
        } else if let Some(text) = text_of(value) {
            Self::alone(text, &settings.roster)
        } else {
            Self::default()
        };
        if rep == Self::default() {
            let message = format!("`{value}` names no rep; write the `name`, `id` or `email` of one");
            warn_at(&pointer, "rep-unknown", message, warnings);
            return None;
        }
        rep.recognise(&settings.roster, &pointer, warnings);
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
        let is_id = roster.iter().any(|known| known.has_id(&id));
        if let Some((email, name)) = one_address(&text).filter(|_| !is_id) {
            rep.email = Some(email);
            rep.name = cleaned(&name);
        } else if !is_id && text.contains('@') {
            rep.email = Some(address(&text));
        } else if !is_id && roster.iter().any(|known| known.may_be_called(&id)) {
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
        let by_user = || roster.iter().find(|known| has(&self.id, &known.user_id));
        if let Some(known) = by_id.is_none().then(by_user).flatten() {
            // Who has a name only is known by it as by an id.
            self.id = known.own_id();
            self.email = known.email.clone().or(self.email.take());
            return;
        }
        let by_email = roster.iter().find(|known| has(&self.email, &known.email));
        let name = self.name.as_deref().unwrap_or_default();
        let mut named = named_by(roster, &|known| known.is_called(name));
        let has_own = by_id.or(by_email).is_some();
        if named.is_empty() && !has_own {
            named = named_by(roster, &|known| known.may_be_called(name));
            if let [known] = named.as_slice() {
                let message = format!("`{name}` is taken for the rep of `[[reps]]` with {known}");
                warn_at(pointer, "rep-assumed", message, warnings);
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
                self.id = known.own_id().or(self.id.take());
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

    /// Whether they are known by a name only, which several have.
    pub fn is_ambiguous(&self, roster: &[KnownRep]) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        self.id.is_none() && self.email.is_none() && named_by(roster, &|known| known.may_be_called(name)).len() > 1
    }

    /// The rep in words: every name the event has for them.
    pub fn label(&self) -> String {
        let known = KnownRep {
            id: self.id.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            user_id: None,
        };
        known.to_string()
    }
}

/// The reps for whom this is true.
fn named_by<'r>(roster: &'r [KnownRep], is_wanted: &dyn Fn(&KnownRep) -> bool) -> Vec<&'r KnownRep> {
    let mut named = Vec::new();
    for known in roster {
        if is_wanted(known) {
            named.push(known);
        }
    }
    named
}

impl KnownRep {
    /// What they are known by as by an id: who has a name only is known by it.
    fn own_id(&self) -> Option<String> {
        let name = self.name.as_ref().filter(|_| self.email.is_none());
        self.id.as_ref().or(name).cloned()
    }

    /// Whether that is their id, in Active Knocker or in GHL.
    fn has_id(&self, id: &str) -> bool {
        self.id.as_deref() == Some(id) || self.user_id.as_deref() == Some(id)
    }

    /// Whether that is a part of their name: `Dana`, `D. Whitfield`.
    fn may_be_called(&self, name: &str) -> bool {
        let (own, name) = (
            PersonName::of(self.name.as_deref().unwrap_or_default()),
            PersonName::of(name),
        );
        !name.is_empty() && name.has_word() && name.is_within(&own)
    }

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
                user_id: (id == "7").then(|| "Dana00Whitfield00usr".to_owned()),
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
        assert_eq!(
            read(json!("Dana00Whitfield00usr")),
            (text("7"), text("dana@example.com"), None)
        );
        for part in ["Dana", "whitfield", "D. Whitfield"] {
            let assumed = (text("7"), text("dana@example.com"), text("rep-assumed"));
            assert_eq!(read(json!(part)), assumed, "{part}");
        }
        assert_eq!(read(json!("Dana Smith")), (text("Dana Smith"), None, None));
        assert_eq!(read(json!("D")), (text("D"), None, None));
        assert_eq!(read(json!("Sam")), (None, None, text("ambiguous-rep")));
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
