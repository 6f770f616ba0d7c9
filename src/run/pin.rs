//! A lead without a phone number and an e-mail address: a custom field of the contact keeps the pin, which is the subject,
//! and the contact is found by it.

use serde_json::{Map, Value, json};

use super::calendar::unreadable;
use super::call::Call;
use super::custom_fields;
use super::outcome::Outcome;
use super::row::{Intent, PinContact, Row};
use super::saved_contact::SavedContact;
use super::settle::unreadable_end;
use super::stop::Stop;
use super::task::Task;
use super::unsaved::Unsaved;
use crate::catalog;
use crate::document::object;
use crate::ghl::{RefusalKind, contact};
use crate::knock::{Happening, fingerprint};
use crate::recipe::{ExistingContacts, Step};

/// The step that makes the lead's contact.
const LEAD: &str = "contact";

/// The field of contacts with their custom fields.
pub(super) const CUSTOM_FIELDS: &str = "customFields";

/// The custom field that keeps the pin, if that tells whom a step is about: the lead of a booking who cannot be reached, or
/// could not when the contact was made.
pub(super) fn field_of<'t>(task: &'t Task, row: &Row, step: &Step, input: &Map<String, Value>) -> Option<&'t str> {
    let is_lead = matches!(task.event.happening, Happening::LeadBooked(_)) && step.label == LEAD;
    let is_unreachable = contact::natural_keys(input).is_empty() || row.pin_contact.is_some();
    task.configuration
        .pin_field
        .as_deref()
        .filter(|_| is_lead && is_unreachable)
}

/// The custom field that keeps the pin, if an intent makes a contact that is known by it alone.
pub(super) fn field_of_intent<'t>(task: &'t Task, intent: &Intent) -> Option<&'t str> {
    let makes_lead = intent.action == contact::CREATE.key && intent.step == LEAD;
    let is_unreachable = contact::natural_keys(&intent.input).is_empty();
    task.configuration
        .pin_field
        .as_deref()
        .filter(|_| makes_lead && is_unreachable)
}

/// Whether an action is how a step that upserts a contact was done.
pub(super) fn is_of(action: &str, step: &Step) -> bool {
    step.action == contact::UPSERT.key && [contact::CREATE.key, contact::UPDATE].contains(&action)
}

/// Puts the pin into a contact.
pub(super) fn put(input: &mut Map<String, Value>, field: &str, subject: &str) {
    let pin = object([("id", field.into()), ("field_value", subject.into())]);
    match input.get_mut(CUSTOM_FIELDS) {
        Some(Value::Array(fields)) => {
            fields.retain(|other| other.get("id") != pin.get("id"));
            fields.push(pin);
        }
        _ => {
            input.insert(CUSTOM_FIELDS.to_owned(), json!([pin]));
        }
    }
}

/// Name of what is written.
pub(super) fn written(input: &Map<String, Value>) -> String {
    fingerprint(&[&Value::Object(input.clone()).to_string()])
}

/// What is asked for the contacts with a pin.
pub(super) fn asked(field: &str, subject: &str) -> Value {
    let filter = object([
        ("field", format!("customFields.{field}").into()),
        ("operator", "eq".into()),
        ("value", subject.into()),
    ]);
    object([("pageLimit", 2.into()), ("filters", Value::Array(vec![filter]))])
}

impl Call<'_> {
    /// Makes the contact with the pin, or updates it.
    pub(super) fn keep_pin(&mut self, step: &Step, lead: Map<String, Value>, field: &str) -> Result<(), Stop> {
        let field = self.pin_field(field)?;
        let mut input = lead.clone();
        put(&mut input, &field, &self.task.event.subject);
        if self.row.pin_contact.is_none() {
            let id = self.contact_with_pin(&field)?;
            self.row.pin_contact = id.map(|id| PinContact {
                found: true,
                ..PinContact::of(id)
            });
        }
        let written = Some(written(&input));
        match self.row.pin_contact.clone() {
            Some(known) if known.written == written => {
                self.warn_of_differences(&known.id, &lead, &known.lacks, None);
                let saved = SavedContact {
                    sent: lead.clone(),
                    lacks: known.lacks,
                    ..SavedContact::of(known.id)
                };
                self.note_contact(step, contact::UPDATE, &lead, saved);
            }
            Some(known) => self.write_pinned(step, &lead, input, known)?,
            None => {
                self.send_new(step, &contact::CREATE, input, None)?;
                let made = self.seen().applied(&step.label).and_then(|applied| applied.id.clone());
                self.row.pin_contact = made.map(|id| PinContact {
                    written,
                    ..PinContact::of(id)
                });
            }
        }
        Ok(())
    }

    /// Updates the contact with the pin; of one that was only found the gaps are filled.
    fn write_pinned(
        &mut self,
        step: &Step,
        lead: &Map<String, Value>,
        input: Map<String, Value>,
        known: PinContact,
    ) -> Result<(), Stop> {
        let is_kept = known.found && self.task.configuration.existing_contacts == ExistingContacts::Keep;
        let saved = match is_kept {
            true => self.fill_pinned(&known.id, &input)?,
            false => self.update_own(known.id.clone(), &input)?,
        };
        let Some(saved) = saved else {
            self.row.pin_contact = None;
            if self.looked_up_again {
                let help = RefusalKind::ContactMissing.help(contact::GET.scope);
                return Err(Stop::refused(RefusalKind::ContactMissing.code(), help));
            }
            self.looked_up_again = true;
            self.save()?;
            return Err(Stop::Again);
        };
        if saved.is_written() {
            let id = Some(saved.id.clone());
            self.unsaved = Some(Unsaved::repeatable(&self.task.event.id, step, &input, id));
        }
        self.row.pin_contact = Some(PinContact {
            written: saved.is_sure.then(|| written(&input)),
            lacks: saved.lacks.clone(),
            ..known
        });
        self.note_contact(step, contact::UPDATE, lead, saved);
        Ok(())
    }

    /// Finds out whether the contact with the pin was made.
    pub(super) fn settle_pin(&mut self, intent: Intent, field: &str) -> Result<(), Stop> {
        let field = self.pin_field(field)?;
        match self.contact_with_pin(&field).map_err(unreadable_end)? {
            Some(id) => {
                self.effected(&intent, &id, Outcome::Found);
                let written = Some(written(&intent.input));
                self.row.pin_contact = Some(PinContact {
                    written,
                    ..PinContact::of(id)
                });
                Ok(())
            }
            None => {
                self.wait_until_settled(&intent)?;
                self.send_again(intent)
            }
        }
    }

    /// The id of the custom field that keeps the pin.
    fn pin_field(&mut self, field: &str) -> Result<String, Stop> {
        if !custom_fields::is_key(field) {
            return Ok(field.to_owned());
        }
        let ids = self.custom_field_ids(&[field.to_owned()])?;
        match custom_fields::not_there(&ids, field) {
            Some(message) => {
                let message = format!("`pin_field` in `[identity]`: {message}");
                Err(Stop::refused(custom_fields::UNKNOWN_CUSTOM_FIELD, message))
            }
            None => Ok(ids.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()),
        }
    }

    fn contact_with_pin(&mut self, field: &str) -> Result<Option<String>, Stop> {
        let Some(operation) = catalog::operation(contact::SEARCH) else {
            return Ok(None);
        };
        let mut asked = asked(field, &self.task.event.subject);
        if let Some(asked) = asked.as_object_mut() {
            operation.complete(asked, &self.task.configuration.location_id);
        }
        let what = "whether the lead has a contact already";
        let reply = self.look_through(operation, &asked, what)?;
        let Some(found) = reply.pointer("/contacts/0") else {
            return Ok(None);
        };
        let id = found.get("id").and_then(Value::as_str).map(str::to_owned);
        id.map(Some).ok_or_else(|| unreadable(operation))
    }
}
