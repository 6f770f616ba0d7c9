//! The ids of custom fields, by the keys that recipes name them by: read all together, and kept for a day.

use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::keys;
use super::ledger::Ledger;
use super::stop::Stop;
use super::task::Task;
use crate::document::{nearest, object, set_at};
use crate::ghl::custom_field;
use crate::knock::Warning;
use crate::recipe::{CUSTOM_FIELD_IDS, Input, Step};

/// How long custom fields are taken to be as they were read, and how long where one was not there that is wanted: somebody
/// may be about to make it.
const KEPT_MS: u64 = 24 * 60 * 60 * 1000;
const KEPT_WITHOUT_ONE_MS: u64 = 10 * 60 * 1000;

/// They are read of contacts and opportunities together.
pub(super) const OF_ALL: (&str, &str) = ("model", "all");

/// The code of what is said about a field that is not there.
pub(super) const UNKNOWN_CUSTOM_FIELD: &str = "unknown-custom-field";

/// Key of what is known of them; nothing where nobody wants any.
pub(super) fn key(task: &Task) -> Option<String> {
    let configuration = &task.configuration;
    let by_key = |field: &String| is_key(field);
    let wants =
        configuration.pin_field.as_ref().is_some_and(by_key) || task.steps().any(|step| step.uses(CUSTOM_FIELD_IDS));
    wants.then(|| keys::custom_fields(&configuration.location_id))
}

/// Whether a custom field is named by its key, and not by its id.
pub(super) fn is_key(field: &str) -> bool {
    field.contains('.')
}

/// The keys of those that a step wants.
pub(super) fn wanted(step: &Step) -> Vec<String> {
    step.custom_field_keys().into_iter().map(|(key, _)| key).collect()
}

/// The ids by their keys, if those of all that are wanted are known; null is that of a field that is not there.
pub(super) fn known(task: &Task, ledger: &Ledger, wanted: &[String]) -> Option<Map<String, Value>> {
    let ids: Map<String, Value> = ledger.get(&key(task)?)?;
    wanted.iter().all(|key| ids.contains_key(key)).then_some(ids)
}

/// These ids as a step sees them: each under the two parts of its key.
pub(super) fn by_model(ids: &Map<String, Value>) -> Value {
    let mut models = object([]);
    for (key, id) in ids.iter().filter(|(_, id)| !id.is_null()) {
        set_at(&mut models, key, id.clone());
    }
    models
}

/// That a field is not among these, and which one may be meant.
pub(super) fn not_there(ids: &Map<String, Value>, key: &str) -> Option<String> {
    let there = || ids.iter().filter(|(_, id)| !id.is_null()).map(|(key, _)| key.as_str());
    if there().any(|known| known == key) {
        return None;
    }
    let hint = match nearest(key, there()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {} others", there().count()),
    };
    Some(format!("the location has no custom field `{key}`; {hint}"))
}

/// Leaves out of an input what is meant for custom fields that are not there.
pub(super) fn leave_out(step: &Step, inputs: &mut Vec<Input>) {
    if !step.uses(CUSTOM_FIELD_IDS) {
        return;
    }
    inputs.retain_mut(|input| match &mut input.value {
        Value::Array(fields) if input.name == "customFields" => {
            fields.retain(|field| field.get("id").is_some());
            !fields.is_empty()
        }
        _ => true,
    });
}

impl Call<'_> {
    /// Makes the ids visible that a step wants; without one that is not there the step is done all the same.
    pub(super) fn find_custom_fields(&mut self, step: &Step) -> Result<(), Stop> {
        let wanted = wanted(step);
        let ids = self.custom_field_ids(&wanted)?;
        for key in &wanted {
            if let Some(message) = not_there(&ids, key) {
                let message = format!("a value is left out: {message}");
                self.warn(Warning::new(UNKNOWN_CUSTOM_FIELD, message));
            }
        }
        self.context.set(CUSTOM_FIELD_IDS, by_model(&ids));
        Ok(())
    }

    /// The ids by their keys. Where one that is wanted is not known, all are read, for it may be new.
    pub(super) fn custom_field_ids(&mut self, wanted: &[String]) -> Result<Map<String, Value>, Stop> {
        if let Some(known) = known(self.task, &self.ledger, wanted) {
            return Ok(known);
        }
        let location = &self.task.configuration.location_id;
        let key = keys::custom_fields(location);
        let (of, all) = OF_ALL;
        let reply = self.read(
            &custom_field::LIST,
            &object([("locationId", location.clone().into()), (of, all.into())]),
        )?;
        let mut ids = custom_field::ids(&reply).ok_or_else(|| unreadable(&custom_field::LIST))?;
        let mut kept_ms = KEPT_MS;
        for wanted in wanted {
            if !ids.contains_key(wanted) {
                ids.insert(wanted.clone(), Value::Null);
                kept_ms = KEPT_WITHOUT_ONE_MS;
            }
        }
        self.ledger.cache(&key, &ids, kept_ms);
        Ok(ids)
    }
}
