//! Names of what is remembered. They are hashes, so that they are short and tell nothing at a glance. A hash of a phone
//! number is no secret, though: who has all numbers has their hashes. A store that others may read hashes keys again,
//! under a key of its own.

use serde_json::{Map, Value};

use crate::ghl::contact::natural_keys;
use crate::knock::fingerprint;

/// A key of some kind, with a hash of what it is made of.
fn hashed(kind: &str, parts: &[&str]) -> String {
    format!("{kind}/{}", fingerprint(parts))
}

/// The ledger row of a subject.
pub(super) fn subject(location_id: &str, subject: &str) -> String {
    hashed("subject", &[location_id, subject])
}

/// The ledger row of what follows from events of a subject that failed.
pub(super) fn failed(location_id: &str, subject: &str) -> String {
    hashed("failed", &[location_id, subject])
}

/// A row with all that the days around the visit need, for as long as they do.
pub(super) fn whole(row_key: &str) -> String {
    format!("whole/{row_key}")
}

/// The claim on a ledger row, or on anything else that is shared.
pub(super) fn claim(key: &str) -> String {
    format!("claim/{key}")
}

/// The row of a contact, by one of its natural keys.
pub(super) fn contact(location_id: &str, natural_key: &str) -> String {
    hashed("contact", &[location_id, natural_key])
}

/// The rows of the contact that an input is about, by all of its natural keys.
pub(super) fn contacts(location_id: &str, input: &Map<String, Value>) -> Vec<String> {
    let mut contacts = Vec::new();
    for natural_key in natural_keys(input) {
        contacts.push(contact(location_id, &natural_key));
    }
    contacts
}

/// Keys, and those of the claims on them.
pub(super) fn with_claims(mut keys: Vec<String>) -> Vec<String> {
    for place in 0..keys.len() {
        keys.extend(keys.get(place).map(|key| claim(key)));
    }
    keys
}

/// Those who booked for a household.
pub(super) fn household(location_id: &str, household: &str) -> String {
    hashed("household", &[location_id, household])
}

/// What takes place in one hour, counted from 1970.
pub(super) fn hour(location_id: &str, hour: i64) -> String {
    hashed("hour", &[location_id, &hour.to_string()])
}

/// Those who booked for a contact at one start.
pub(super) fn visit(location_id: &str, contact_id: &str, start_ms: i64) -> String {
    hashed("visit", &[location_id, contact_id, &start_ms.to_string()])
}

/// What is known of a calendar, by id.
pub(super) fn calendar_by_id(location_id: &str, id: &str) -> String {
    hashed("calendar/id", &[location_id, id])
}

/// What is known of a calendar, by name as it is compared.
pub(super) fn calendar_by_name(location_id: &str, plain_name: &str) -> String {
    hashed("calendar/name", &[location_id, plain_name])
}

/// The calendars of a location, with their teams.
pub(super) fn calendars(location_id: &str) -> String {
    hashed("calendar/all", &[location_id])
}

/// The ids of the custom fields of a location.
pub(super) fn custom_fields(location_id: &str) -> String {
    hashed("custom-fields", &[location_id])
}

/// The row whose version is the generation of a calendar's free slots.
pub(super) fn generation(location_id: &str, calendar_id: &str) -> String {
    hashed("generation", &[location_id, calendar_id])
}

/// Free slots, by the request that reads them.
pub(super) fn slots(location_id: &str, target: &str) -> String {
    hashed("slots", &[location_id, target])
}
