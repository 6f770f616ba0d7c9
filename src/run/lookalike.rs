//! Two people behind one phone number or e-mail address. GHL takes them for one contact, and would give it the name of
//! whoever came last.

use serde_json::{Map, Value, json};

use super::calendar::unreadable;
use super::call::Call;
use super::keys;
use super::ledger::Ledger;
use super::row::ContactRow;
use super::stop::Stop;
use super::task::Task;
use crate::catalog;
use crate::ghl::shown::normal_text;
use crate::ghl::{contact, is_same};
use crate::knock::{Warning, fingerprint};
use crate::recipe::OnConflict;

/// What makes two contacts one.
const NATURAL: [&str; 2] = ["email", "phone"];

/// What becomes of an upsert.
pub(super) enum Upsert {
    /// It is sent, like this.
    Send(Map<String, Value>),
    /// This contact is somebody else with the same number; it is taken as it is.
    Take(String),
}

/// What becomes of an upsert, as far as the ledger knows whose numbers those are: what this connection wrote for other
/// subjects.
pub(super) fn resolve(
    task: &Task,
    ledger: &Ledger,
    input: Map<String, Value>,
) -> Result<(Upsert, Option<Warning>), Stop> {
    let location = &task.configuration.location_id;
    let own = kept_words(location, &name_of(&input));
    let other = |name: &str| {
        let natural = contact::natural_key(name, &input)?;
        let row: ContactRow = ledger.get(&keys::contact(location, &natural))?;
        let of_another = row
            .subject
            .as_ref()
            .is_some_and(|subject| *subject != task.subject_key());
        let differs = of_another && differ(&own, &row.words(location));
        let id = row.id.filter(|_| differs)?;
        Some((name.to_owned(), id))
    };
    let others = NATURAL.iter().filter_map(|name| other(name)).collect();
    decide(task, input, others)
}

/// What becomes of it, when these of its fields are those of other contacts.
fn decide(
    task: &Task,
    mut input: Map<String, Value>,
    others: Vec<(String, String)>,
) -> Result<(Upsert, Option<Warning>), Stop> {
    let Some((_, id)) = others.first().cloned() else {
        return Ok((Upsert::Send(input), None));
    };
    let fields: Vec<_> = others.iter().map(|(name, _)| format!("`{name}`")).collect();
    let whose = format!(
        "{} of the lead belongs to another contact, `{id}`, with another name",
        fields.join(" and ")
    );
    match task.configuration.on_conflict {
        OnConflict::Overwrite => return Ok((Upsert::Send(input), None)),
        OnConflict::Refuse => return Err(Stop::refused("identity-conflict", whose)),
        OnConflict::Separate => {}
    }
    let warn = |rest: &str| Some(Warning::new("identity-conflict", format!("{whose}; {rest}")));
    let is_other = |name: &str| others.iter().any(|(other, _)| other == name);
    if NATURAL.iter().any(|name| input.contains_key(*name) && !is_other(name)) {
        input.retain(|name, _| !is_other(name));
        return Ok((Upsert::Send(input), warn("it is left out, so that both stay apart")));
    }
    Ok((
        Upsert::Take(id),
        warn("the visit goes to that one, which stays as it is"),
    ))
}

impl Call<'_> {
    /// Asks GHL whose number or address it is, where the configuration wants that: one request more.
    pub(super) fn look_for_lookalike(&mut self, input: Map<String, Value>) -> Result<(Upsert, Option<Warning>), Stop> {
        let Some(operation) =
            catalog::operation(contact::FIND_DUPLICATE).filter(|_| self.task.configuration.looks_first)
        else {
            return Ok((Upsert::Send(input), None));
        };
        let location = &self.task.configuration.location_id;
        let asked = json!({ "locationId": location, "email": input.get("email"), "number": input.get("phone") });
        let Value::Object(mut asked) = asked else {
            return Ok((Upsert::Send(input), None));
        };
        asked.retain(|_, value| !value.is_null());
        let what = "whether the lead's phone number or e-mail address belongs to another contact";
        let reply = self.look_up(operation, &Value::Object(asked), what)?;
        let found = match reply.as_ref().and_then(|reply| reply.get("contact")) {
            None | Some(Value::Null) => return Ok((Upsert::Send(input), None)),
            Some(found) => found.as_object().cloned().unwrap_or_default(),
        };
        let id = found.get("id").and_then(Value::as_str).map(str::to_owned);
        let id = id.ok_or_else(|| unreadable(operation))?;
        let is_same = |name: &str| {
            let text = |fields: &Map<String, Value>| fields.get(name).and_then(Value::as_str).map(str::to_owned);
            matches!((text(&input), text(&found)), (Some(one), Some(other)) if is_same(name, &one, &other))
        };
        let differs = differ(&name_of(&input), &name_of(&found));
        let others = NATURAL.iter().filter(|name| differs && is_same(name));
        let others = others.map(|name| ((*name).to_owned(), id.clone())).collect();
        decide(self.task, input, others)
    }
}

/// The words of a contact's name.
pub(super) fn name_of(fields: &Map<String, Value>) -> Vec<String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let parts = format!("{} {}", text("firstName"), text("lastName"));
    match parts.trim() {
        "" => words(text("name")),
        parts => words(parts),
    }
}

/// What is remembered of the words of a name: enough to see whether another name is a part of it.
pub(super) fn kept_words(location_id: &str, words: &[String]) -> Vec<String> {
    let kept = words.iter().map(|word| fingerprint(&[location_id, word]));
    kept.collect()
}

impl ContactRow {
    /// What is remembered of the words of its name.
    pub(super) fn words(&self, location_id: &str) -> Vec<String> {
        match &self.name {
            Some(name) => kept_words(location_id, &words(name)),
            None => self.name_words.clone(),
        }
    }
}

fn words(name: &str) -> Vec<String> {
    normal_text(name)
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether two names are those of two people: neither is a part of the other.
fn differ(one: &[String], other: &[String]) -> bool {
    let within = |inner: &[String], outer: &[String]| inner.iter().all(|word| outer.contains(word));
    !within(one, other) && !within(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_the_same_name_and_none_is_any() {
        let differ = |one: &str, other: &str| differ(&words(one), &words(other));
        assert!(differ("Ann Lee", "Bob Ray") && differ("Ann Lee", "Bob Lee"));
        assert!(
            !differ("Ann Lee", "ANN  lee")
                && !differ("Ann", "Ann Lee")
                && !differ("", "Ann")
                && !differ("Lee Ann", "Ann Lee")
                && !differ("Ann O'Brien", "Ann O&#39;Brien")
        );
    }
}
