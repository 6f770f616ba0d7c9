//! Two people behind one phone number or e-mail address. GHL takes them for one contact, and would give it the name of
//! whoever came last.

use serde_json::{Map, Value};

use super::call::Call;
use super::existing_contact::FoundContact;
use super::keys;
use super::ledger::Ledger;
use super::row::ContactRow;
use super::stop::Stop;
use super::task::Task;
use crate::document::keep_fields;
use crate::ghl::{contact, is_same, name_of};
use crate::knock::{Warning, fingerprint};
use crate::person_name::{NameLikeness, PersonName};
use crate::recipe::OnConflict;

/// What makes two contacts one.
const NATURAL: [&str; 2] = ["email", "phone"];

/// What becomes of an upsert.
pub(super) enum Upsert {
    /// It is sent, like this.
    Send(Map<String, Value>),
    /// The same, and GHL has this contact for it already.
    Found {
        /// What is sent.
        input: Map<String, Value>,
        /// The contact.
        found: FoundContact,
    },
    /// It is sent, and replaces what another contact has.
    Overwrite(Map<String, Value>),
    /// This contact is somebody else with the same number; it is taken as it is.
    Take {
        /// Its id.
        id: String,
        /// The fields of the lead that it has.
        shared: Vec<String>,
    },
}

/// What becomes of an upsert, as far as the ledger knows whose numbers those are: what this connection wrote for other
/// subjects.
pub(super) fn resolve(
    task: &Task,
    ledger: &Ledger,
    input: Map<String, Value>,
) -> Result<(Upsert, Option<Warning>), Stop> {
    let location = &task.configuration.location_id;
    let own = PersonName::of(&name_of(&input)).hidden(&|form| hide(location, form));
    let other = |name: &str| {
        let natural = contact::natural_key(name, &input)?;
        let row: ContactRow = ledger.get(&keys::contact(location, &natural))?;
        let of_another = row
            .subject
            .as_ref()
            .is_some_and(|subject| *subject != task.subject_key());
        let theirs = PersonName::recall(&row.words(location));
        let differs = of_another && own.likeness(&theirs) == NameLikeness::Different;
        let id = row.id.filter(|_| differs)?;
        Some((name.to_owned(), id))
    };
    let mut others = Vec::new();
    for name in NATURAL {
        others.extend(other(name));
    }
    decide(task, input, others)
}

/// What becomes of it, when these of its fields are those of other contacts.
pub(super) fn decide(
    task: &Task,
    mut input: Map<String, Value>,
    others: Vec<(String, String)>,
) -> Result<(Upsert, Option<Warning>), Stop> {
    let Some((_, id)) = others.first().cloned() else {
        return Ok((Upsert::Send(input), None));
    };
    let (mut fields, mut shared) = (Vec::new(), Vec::new());
    for (name, _) in &others {
        fields.push(format!("`{name}`"));
        shared.push(name.clone());
    }
    let whose = format!(
        "{} of the lead belongs to another contact, `{id}`, with another name",
        fields.join(" and ")
    );
    match task.configuration.on_conflict {
        OnConflict::Overwrite => return Ok((Upsert::Overwrite(input), None)),
        OnConflict::Refuse => return Err(Stop::refused("identity-conflict", whose)),
        OnConflict::Separate => {}
    }
    let warn = |rest: &str| Some(Warning::new("identity-conflict", format!("{whose}; {rest}")));
    let is_other = |name: &str| shared.iter().any(|other| other == name);
    if NATURAL.iter().any(|name| input.contains_key(*name) && !is_other(name)) {
        keep_fields(&mut input, &|name, _| !is_other(name));
        return Ok((Upsert::Send(input), warn("it is left out, so that both stay apart")));
    }
    Ok((
        Upsert::Take { id, shared },
        warn("the visit goes to that one, which stays as it is"),
    ))
}

impl Call<'_> {
    /// What is written to whom, when others have the same number or address. What we surely wrote ourselves is no question.
    pub(super) fn whose(&mut self, input: Map<String, Value>, is_known: bool) -> Result<Upsert, Stop> {
        if is_known || self.task.is_invocation() {
            return Ok(Upsert::Send(input));
        }
        let (upsert, warning) = match resolve(self.task, &self.ledger, input)? {
            (Upsert::Send(input), None) => self.look_for_lookalike(input)?,
            decided => decided,
        };
        if let Some(warning) = warning {
            self.warn(warning);
        }
        Ok(upsert)
    }

    /// Asks GHL whose number or address it is, where the configuration wants that: one request more.
    fn look_for_lookalike(&mut self, input: Map<String, Value>) -> Result<(Upsert, Option<Warning>), Stop> {
        if !self.task.configuration.looks_for_contacts() {
            return Ok((Upsert::Send(input), None));
        }
        let Some(found) = self.find_duplicate(&input)? else {
            return Ok((Upsert::Send(input), None));
        };
        let FoundContact { id, shown } = &found;
        let theirs = PersonName::of(&name_of(shown));
        if likeness(&input, &theirs) == NameLikeness::Different {
            let others = of_contact(shared_fields(&input, shown), id);
            return decide(self.task, input, others);
        }
        // A contact of which nothing is shown says nothing of its gaps.
        Ok(match shared_fields(&input, shown).is_empty() {
            true => (Upsert::Send(input), None),
            false => (Upsert::Found { input, found }, None),
        })
    }
}

/// Fields, each as that of a contact.
pub(super) fn of_contact(fields: Vec<String>, id: &str) -> Vec<(String, String)> {
    let mut owned = Vec::new();
    for field in fields {
        owned.push((field, id.to_owned()));
    }
    owned
}

/// Compares the name of a lead with another one.
pub(super) fn likeness(lead: &Map<String, Value>, theirs: &PersonName) -> NameLikeness {
    PersonName::of(&name_of(lead)).likeness(theirs)
}

/// The fields of a lead by which GHL knows it that a contact has, too.
pub(super) fn shared_fields(lead: &Map<String, Value>, shown: &Map<String, Value>) -> Vec<String> {
    let text = |fields: &Map<String, Value>, name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut shared = Vec::new();
    for name in NATURAL {
        if let (Some(one), Some(other)) = (text(lead, name), text(shown, name))
            && is_same(name, &one, &other)
        {
            shared.push(name.to_owned());
        }
    }
    shared
}

/// What is remembered of a name: enough to compare another one with it. Nothing of one without words.
pub(super) fn kept_name(location_id: &str, name: &str) -> Option<Vec<String>> {
    let name = PersonName::of(name);
    (!name.is_empty()).then(|| name.kept(&|form| hide(location_id, form)))
}

fn hide(location_id: &str, form: &str) -> String {
    fingerprint(&[location_id, form])
}

impl ContactRow {
    /// What is remembered of the words of its name.
    pub(super) fn words(&self, location_id: &str) -> Vec<String> {
        match &self.name {
            Some(name) => kept_name(location_id, name).unwrap_or_default(),
            None => self.name_words.clone(),
        }
    }
}
