//! Makes a contact, or finds the one that is there and fills its gaps: what it has stays.

use serde_json::{Map, Value};

use super::calendar::unreadable;
use super::call::Call;
use super::deliver::Delivery;
use super::look_up::CANNOT_LOOK;
use super::lookalike::{Upsert, decide, likeness, of_contact, shared_fields};
use super::outcome::Reason;
use super::saved_contact::{Known, NATURAL, SavedContact, shown_contact};
use super::stop::Stop;
use crate::api::Repeat;
use crate::catalog;
use crate::document::{keep_fields, object};
use crate::ghl::{ContactMatch, DuplicateContact, ExistingContact, Refusal, RefusalKind, contact, lacking, name_of};
use crate::knock::Warning;
use crate::person_name::{NameLikeness, PersonName};

/// A contact that GHL shows.
#[derive(Clone, Debug)]
pub(super) struct FoundContact {
    pub(super) id: String,
    pub(super) shown: Map<String, Value>,
}

/// What became of the fields that were written to a contact.
struct WrittenFields {
    wrote: Map<String, Value>,
    /// Those that it did not take.
    refused: Vec<String>,
}

/// What was found of a contact that GHL names.
enum Filled {
    Saved(SavedContact),
    /// It is gone, or has neither the phone number nor the e-mail address any more.
    Gone,
    /// It is somebody else's, with these fields of the lead.
    OfAnother(Vec<String>),
}

impl Call<'_> {
    /// Makes a contact. Where GHL has one with the same e-mail address or phone number, that one is taken, if it is likely
    /// that of the same person; if not, it is left alone.
    pub(super) fn create_contact(
        &mut self,
        mut input: Map<String, Value>,
        known: &Known,
    ) -> Result<SavedContact, Stop> {
        let mut known = known.clone();
        let mut warnings = Vec::new();
        for _ in 0..=NATURAL.len() {
            let request = self.request(&contact::CREATE, &input)?;
            let sent_before = self.requests;
            let refusal = match self.deliver(&request, Repeat::Safe)? {
                Delivery::Done(reply) => {
                    let id = self.id_of_contact(&contact::CREATE, &reply)?;
                    warnings.into_iter().for_each(|warning| self.warn(warning));
                    return Ok(self.compared(SavedContact::written(id, is_new(reply, true), input)));
                }
                Delivery::Refused(refusal) if refusal.kind == RefusalKind::DuplicateContact => refusal,
                Delivery::Refused(refusal) => return Err(self.refused(&contact::CREATE, &refusal)),
                Delivery::Unknown(why) => return Err(Stop::deferred(Reason::Unavailable, why, 10_000)),
            };
            known.may_be_ours |= self.requests > sent_before + 1;
            let duplicate = self.duplicate(&input, &refusal)?;
            let fields = match self.fill_duplicate(&duplicate, &input, &known)? {
                Filled::Saved(saved) => {
                    warnings.into_iter().for_each(|warning| self.warn(warning));
                    return Ok(saved);
                }
                Filled::Gone => return Err(self.refused(&contact::CREATE, &refusal)),
                Filled::OfAnother(fields) => fields,
            };
            let others = of_contact(fields, &duplicate.id);
            let (upsert, warning) = decide(self.task, input.clone(), others)?;
            warnings.extend(warning);
            input = match upsert {
                Upsert::Send(input) | Upsert::Found { input, .. } => input,
                Upsert::Overwrite(input) => return self.overwrite_contact(input, false),
                Upsert::Take { id, shared } => {
                    warnings.into_iter().for_each(|warning| self.warn(warning));
                    keep_fields(&mut input, &|name, _| shared.iter().any(|shared| shared == name));
                    return Ok(SavedContact {
                        sent: input,
                        found: true,
                        ..SavedContact::of(id)
                    });
                }
            };
        }
        let message = "GHL keeps naming other contacts with the lead's phone number and e-mail address";
        Err(Stop::deferred(Reason::Unavailable, message, 10_000))
    }

    /// The contact that is in the way of a new one. Where a refusal does not name it, GHL is asked.
    fn duplicate(&mut self, input: &Map<String, Value>, refusal: &Refusal) -> Result<DuplicateContact, Stop> {
        if let Some(duplicate) = &refusal.duplicate {
            return Ok(duplicate.clone());
        }
        let found = self.find_duplicate(input)?;
        let found = found.ok_or_else(|| self.refused(&contact::CREATE, refusal))?;
        let FoundContact { id, shown } = found;
        Ok(DuplicateContact {
            id,
            name: Some(name_of(&shown)),
            field: None,
        })
    }

    fn fill_duplicate(
        &mut self,
        duplicate: &DuplicateContact,
        input: &Map<String, Value>,
        known: &Known,
    ) -> Result<Filled, Stop> {
        let theirs = PersonName::of(duplicate.name.as_deref().unwrap_or_default());
        let field = duplicate.field.iter().filter(|field| input.contains_key(*field));
        let fields: Vec<String> = field.cloned().collect();
        if likeness(input, &theirs) == NameLikeness::Different && !fields.is_empty() {
            return Ok(Filled::OfAnother(fields));
        }
        let id = &duplicate.id;
        let reply = match self.try_read(&contact::GET, &object([("contactId", id.clone().into())]))? {
            Ok(reply) => reply,
            Err(refusal) => return Ok(Filled::Saved(self.unread(id, input, known, duplicate, &refusal))),
        };
        self.refuse_stranger(input, id, &reply)?;
        self.fill(id, reply, input, known)
    }

    /// Fills the gaps of a contact that is remembered, if it is still that of the lead.
    pub(super) fn fill_known(
        &mut self,
        id: &str,
        input: &Map<String, Value>,
        known: &Known,
    ) -> Result<Option<SavedContact>, Stop> {
        let reply = match self.try_read(&contact::GET, &object([("contactId", id.into())]))? {
            Ok(reply) => reply,
            Err(refusal) if refusal.kind.is_missing() => return Ok(None),
            Err(refusal) => {
                return Ok(Some(self.unread(
                    id,
                    input,
                    known,
                    &DuplicateContact::default(),
                    &refusal,
                )));
            }
        };
        if let ContactMatch::Other(_) = ContactMatch::of(input, &reply) {
            return Ok(None);
        }
        match self.fill(id, reply, input, known)? {
            Filled::Saved(saved) => Ok(Some(saved)),
            Filled::Gone | Filled::OfAnother(_) => Ok(None),
        }
    }

    /// Fills the gaps of a contact that was looked for first.
    pub(super) fn fill_found(
        &mut self,
        found: FoundContact,
        input: Map<String, Value>,
        known: &Known,
    ) -> Result<SavedContact, Stop> {
        match self.fill(
            &found.id,
            object([("contact", found.shown.clone().into())]),
            &input,
            known,
        )? {
            Filled::Saved(saved) => Ok(saved),
            // Names were compared before.
            Filled::Gone | Filled::OfAnother(_) => self.create_contact(input, known),
        }
    }

    fn fill(&mut self, id: &str, reply: Value, input: &Map<String, Value>, known: &Known) -> Result<Filled, Stop> {
        let shown = shown_contact(&reply);
        if likeness(input, &PersonName::of(&name_of(&shown))) == NameLikeness::Different {
            let shared = shared_fields(input, &shown);
            let natural = || NATURAL.into_iter().filter(|name| input.contains_key(*name));
            return Ok(Filled::OfAnother(match shared.is_empty() {
                true => natural().map(str::to_owned).collect(),
                false => shared,
            }));
        }
        let filled = self.fill_gaps(id, reply, input, known)?;
        Ok(filled.map_or(Filled::Gone, Filled::Saved))
    }

    /// Fills the gaps of the contact that has the pin, whatever else it says.
    pub(super) fn fill_pinned(&mut self, id: &str, input: &Map<String, Value>) -> Result<Option<SavedContact>, Stop> {
        let known = Known::default();
        match self.try_read(&contact::GET, &object([("contactId", id.into())]))? {
            Ok(reply) => self.fill_gaps(id, reply, input, &known),
            Err(refusal) if refusal.kind.is_missing() => Ok(None),
            Err(refusal) => Ok(Some(self.unread(
                id,
                input,
                &known,
                &DuplicateContact::default(),
                &refusal,
            ))),
        }
    }

    /// Fills the gaps of a contact that is shown like this; nothing where it is gone.
    fn fill_gaps(
        &mut self,
        id: &str,
        reply: Value,
        input: &Map<String, Value>,
        known: &Known,
    ) -> Result<Option<SavedContact>, Stop> {
        let shown = shown_contact(&reply);
        let ExistingContact { gaps, differing } = ExistingContact::compare(input, &shown);
        let is_ours = known.may_be_ours && gaps.is_empty() && differing.is_empty();
        let gaps = self.gaps_to_fill(gaps, known)?;
        let Some(WrittenFields { wrote, refused }) = self.write_fields(id, gaps)? else {
            return Ok(None);
        };
        let lacks: Vec<String> = differing.into_iter().chain(refused).collect();
        self.warn_of_differences(id, input, &lacks, Some(&shown));
        Ok(Some(SavedContact {
            id: id.to_owned(),
            reply: is_new(reply, is_ours),
            sent: input.clone(),
            found: !is_ours,
            lacks,
            wrote,
            is_overwritten: is_ours,
            is_sure: true,
        }))
    }

    /// The gaps without those that we have filled with just this before: GHL does not show the field, or not yet, or a person
    /// emptied it, which stays so. Where we filled one with something else a moment ago, the read lags.
    fn gaps_to_fill(&mut self, gaps: Map<String, Value>, known: &Known) -> Result<Map<String, Value>, Stop> {
        let location = &self.task.configuration.location_id;
        let mut to_fill = Map::new();
        for (name, value) in gaps {
            if !known.wrote_this(location, &name, &value) {
                to_fill.insert(name, value);
            }
        }
        let now = self.ledger.now_ms(self.host);
        let shows_ms = self.ledger.since_ms(known.wrote_ms, now) + self.task.configuration.settle_ms;
        if now >= shows_ms || !to_fill.keys().any(|name| known.wrote_field(name)) {
            return Ok(to_fill);
        }
        let message = "the contact does not show yet what was written to it";
        Err(Stop::deferred(Reason::Settling, message, (shows_ms - now).min(5_000)))
    }

    /// Writes fields to a contact. Those that it did take, and those that it did not; nothing where it is gone.
    fn write_fields(&mut self, id: &str, mut fields: Map<String, Value>) -> Result<Option<WrittenFields>, Stop> {
        let Some(operation) = catalog::operation(contact::UPDATE) else {
            return Ok(None);
        };
        let mut refused = Vec::new();
        let is_writable = |name: &str| operation.body.fields().iter().any(|field| field.name == name);
        for name in fields.keys().filter(|name| !is_writable(name)) {
            refused.push(name.clone());
        }
        keep_fields(&mut fields, &|name, _| is_writable(name));
        while !fields.is_empty() {
            let mut input = fields.clone();
            input.insert("contactId".to_owned(), id.into());
            let request = self.request(operation, &input)?;
            match self.deliver(&request, Repeat::Safe)? {
                Delivery::Done(reply) => {
                    let shown = reply.get("contact").and_then(Value::as_object);
                    let dropped = shown.map(|shown| lacking(&fields, shown)).unwrap_or_default();
                    for name in &dropped {
                        fields.remove(name);
                    }
                    refused.extend(dropped);
                    break;
                }
                Delivery::Refused(refusal) if refusal.kind == RefusalKind::DuplicateContact => {
                    let theirs = taken_field(&refusal, &fields);
                    let Some(theirs) = theirs else {
                        return Err(self.refused(operation, &refusal));
                    };
                    fields.remove(&theirs);
                    refused.push(theirs);
                }
                Delivery::Refused(refusal) if refusal.kind.is_missing() => return Ok(None),
                Delivery::Refused(refusal) => return Err(self.refused(operation, &refusal)),
                Delivery::Unknown(why) => return Err(Stop::deferred(Reason::Unavailable, why, 10_000)),
            }
        }
        Ok(Some(WrittenFields { wrote: fields, refused }))
    }

    /// Replaces what a contact has that was made for the same subject; nothing where it is gone.
    pub(super) fn update_own(&mut self, id: String, input: &Map<String, Value>) -> Result<Option<SavedContact>, Stop> {
        let mut fields = input.clone();
        fields.remove("locationId");
        let Some(WrittenFields { wrote, refused: lacks }) = self.write_fields(&id, fields)? else {
            return Ok(None);
        };
        self.warn_of_differences(&id, input, &lacks, None);
        Ok(Some(SavedContact {
            id,
            sent: input.clone(),
            lacks,
            wrote,
            is_overwritten: true,
            is_sure: true,
            ..SavedContact::default()
        }))
    }

    /// A contact that was there before and cannot be read stays as it is.
    fn unread(
        &mut self,
        id: &str,
        input: &Map<String, Value>,
        known: &Known,
        duplicate: &DuplicateContact,
        refusal: &Refusal,
    ) -> SavedContact {
        // One that was made a moment ago may not show yet.
        let is_ours = known.may_be_ours && refusal.kind.is_missing();
        let mut lacks = Vec::new();
        if !is_ours {
            let theirs = PersonName::of(duplicate.name.as_deref().unwrap_or_default());
            let has_name = !theirs.is_empty() && PersonName::of(&name_of(input)).is_within(&theirs);
            let is_known = |name: &String| match name.as_str() {
                "locationId" => true,
                "name" | "firstName" | "lastName" => has_name,
                _ => Some(name) == duplicate.field.as_ref(),
            };
            lacks = input.keys().filter(|name| !is_known(name)).cloned().collect();
            let message = format!(
                "contact `{id}` was there before and cannot be read ({}, {}), so nothing was added to it",
                refusal.words,
                refusal.kind.help(contact::GET.scope)
            );
            self.warn(Warning::new(CANNOT_LOOK, message));
        }
        SavedContact {
            sent: input.clone(),
            found: !is_ours,
            lacks,
            ..SavedContact::of(id.to_owned())
        }
    }

    /// Asks GHL which contact has the lead's phone number or e-mail address.
    pub(super) fn find_duplicate(&mut self, input: &Map<String, Value>) -> Result<Option<FoundContact>, Stop> {
        let Some(operation) = catalog::operation(contact::FIND_DUPLICATE) else {
            return Ok(None);
        };
        let location = &self.task.configuration.location_id;
        let mut asked = Map::new();
        asked.insert("locationId".to_owned(), location.clone().into());
        for (name, from) in [("email", "email"), ("number", "phone")] {
            asked.extend(input.get(from).cloned().map(|value| (name.to_owned(), value)));
        }
        let what = "whether the lead's phone number or e-mail address belongs to another contact";
        let reply = self.look_up(operation, &Value::Object(asked), what)?;
        let found = match reply.as_ref().and_then(|reply| reply.get("contact")) {
            None | Some(Value::Null) => return Ok(None),
            Some(found) => found.as_object().cloned().unwrap_or_default(),
        };
        let id = found.get("id").and_then(Value::as_str).map(str::to_owned);
        let id = id.ok_or_else(|| unreadable(operation))?;
        Ok(Some(FoundContact { id, shown: found }))
    }
}

/// An answer that says whether the contact is new, as that of an upsert does.
fn is_new(mut reply: Value, new: bool) -> Value {
    if let Value::Object(fields) = &mut reply {
        fields.entry("new").or_insert(new.into());
    }
    reply
}

/// The field of those that are written that another contact has.
fn taken_field(refusal: &Refusal, fields: &Map<String, Value>) -> Option<String> {
    let named = refusal.duplicate.as_ref().and_then(|duplicate| duplicate.field.clone());
    let named = named.filter(|name| fields.contains_key(name));
    let only = || {
        NATURAL
            .into_iter()
            .find(|name| fields.contains_key(*name))
            .map(str::to_owned)
    };
    named.or_else(only)
}
