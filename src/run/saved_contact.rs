//! A contact as it stands in GHL after a lead was saved: made, or found with its gaps filled.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::deliver::Delivery;
use super::look_up::CANNOT_LOOK;
use super::lookalike::{Upsert, decide, likeness, shared_fields};
use super::outcome::{Cause, Reason};
use super::stop::Stop;
use crate::api::Repeat;
use crate::catalog;
use crate::ghl::{
    ContactMatch, DuplicateContact, ExistingContact, Refusal, RefusalKind, contact, lacking, masked, name_of,
};
use crate::knock::Warning;
use crate::person_name::{NameLikeness, PersonName};
use crate::recipe::OnConflict;

/// The code of a warning about a contact that is not as the lead says.
const CONTACT_DIFFERS: &str = "contact-differs";

/// By what a contact is known in GHL.
const NATURAL: [&str; 2] = ["email", "phone"];

/// How a contact is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Road {
    /// It is made, unless GHL has it already.
    Create,
    /// It was there before: its gaps are filled.
    Fill(String),
    /// It was made for the same subject, and has an e-mail address or phone number more now.
    Update(String),
    /// What it has is replaced.
    Overwrite,
}

/// What is known of the contact that is about to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Whether an earlier request, whose end is not known, may have made it.
    pub(super) may_be_ours: bool,
    /// The fields that were last written, and when.
    pub(super) wrote: Vec<String>,
    pub(super) wrote_ms: u64,
}

/// A contact after a lead was saved.
#[derive(Clone, Debug, Default)]
pub(super) struct SavedContact {
    pub(super) id: String,
    /// What GHL answered, or showed.
    pub(super) reply: Value,
    /// The lead as far as it was to be saved: without what belongs to another contact.
    pub(super) sent: Map<String, Value>,
    /// Whether the contact was there before.
    pub(super) found: bool,
    /// The fields of what was sent that it does not have.
    pub(super) lacks: Vec<String>,
    /// The fields that were written.
    pub(super) wrote: Vec<String>,
    /// Whether all that was sent was written over what was there.
    pub(super) is_overwritten: bool,
    /// Whether it is known to have all that was sent, beside what it lacks.
    pub(super) is_sure: bool,
}

impl SavedContact {
    pub(super) fn of(id: String) -> Self {
        Self { id, ..Self::default() }
    }

    /// One that was written whole.
    pub(super) fn written(id: String, reply: Value, sent: Map<String, Value>) -> Self {
        Self {
            id,
            reply,
            wrote: sent.keys().cloned().collect(),
            sent,
            is_overwritten: true,
            is_sure: true,
            ..Self::default()
        }
    }

    pub(super) fn is_written(&self) -> bool {
        !self.wrote.is_empty()
    }

    /// Its name, as GHL shows it, or else as it was sent.
    pub(super) fn name(&self) -> String {
        match name_of(&shown_contact(&self.reply)) {
            name if name.is_empty() => name_of(&self.sent),
            name => name,
        }
    }

    /// The fields of a lead that it does not have.
    pub(super) fn lacks_of(&self, lead: &Map<String, Value>) -> Vec<String> {
        let left_out = lead.keys().filter(|name| !self.sent.contains_key(*name));
        left_out.chain(&self.lacks).cloned().collect()
    }
}

/// How a lead can be called and reached, where the contact does not say so: for whoever reads the description of the visit.
pub(super) fn as_given(lead: &Map<String, Value>, lacks: &[String]) -> Option<String> {
    let is_lacking = |name: &str| lacks.iter().any(|lacking| lacking == name);
    let is_named_otherwise = ["name", "firstName", "lastName"].into_iter().any(is_lacking);
    let name = Some(name_of(lead)).filter(|name| is_named_otherwise && !name.is_empty());
    let natural = ["phone", "email"].into_iter().filter(|name| is_lacking(name));
    let natural = natural.filter_map(|name| lead.get(name)?.as_str().map(str::to_owned));
    let given: Vec<_> = name.into_iter().chain(natural).collect();
    (!given.is_empty()).then(|| format!("Given for this visit, not saved in the contact: {}", given.join(", ")))
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
            let others = fields.into_iter().map(|field| (field, duplicate.id.clone())).collect();
            let (upsert, warning) = decide(self.task, input.clone(), others)?;
            warnings.extend(warning);
            input = match upsert {
                Upsert::Send(input) | Upsert::Found { input, .. } => input,
                Upsert::Overwrite(input) => return self.overwrite_contact(input, false),
                Upsert::Take { id, shared } => {
                    warnings.into_iter().for_each(|warning| self.warn(warning));
                    input.retain(|name, _| shared.contains(name));
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
        let (id, shown) = found;
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
        let reply = match self.try_read(&contact::GET, &json!({ "contactId": id }))? {
            Ok(reply) => reply,
            Err(refusal) => return Ok(Filled::Saved(self.unread(id, input, known, &fields, &refusal))),
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
        let reply = match self.try_read(&contact::GET, &json!({ "contactId": id }))? {
            Ok(reply) => reply,
            Err(refusal) if refusal.kind.is_missing() => return Ok(None),
            Err(refusal) => return Ok(Some(self.unread(id, input, known, &[], &refusal))),
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
        id: String,
        shown: Map<String, Value>,
        input: Map<String, Value>,
        known: &Known,
    ) -> Result<SavedContact, Stop> {
        match self.fill(&id, json!({ "contact": shown }), &input, known)? {
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
        match self.try_read(&contact::GET, &json!({ "contactId": id }))? {
            Ok(reply) => self.fill_gaps(id, reply, input, &known),
            Err(refusal) if refusal.kind.is_missing() => Ok(None),
            Err(refusal) => Ok(Some(self.unread(id, input, &known, &[], &refusal))),
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
        self.wait_for_own_write(&gaps, known)?;
        let Some((wrote, refused)) = self.write_fields(id, gaps)? else {
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

    /// A gap that we filled a moment ago is a read that lags.
    fn wait_for_own_write(&mut self, gaps: &Map<String, Value>, known: &Known) -> Result<(), Stop> {
        let now = self.ledger.now_ms(self.host);
        let shows_ms = self.ledger.since_ms(known.wrote_ms, now) + self.task.configuration.settle_ms;
        let is_stale = gaps.keys().any(|name| known.wrote.contains(name));
        if !is_stale || now >= shows_ms {
            return Ok(());
        }
        let message = "the contact does not show yet what was written to it";
        Err(Stop::deferred(Reason::Settling, message, (shows_ms - now).min(5_000)))
    }

    /// Writes fields to a contact. Those that it did take, and those that it did not; nothing where it is gone.
    fn write_fields(
        &mut self,
        id: &str,
        mut fields: Map<String, Value>,
    ) -> Result<Option<(Vec<String>, Vec<String>)>, Stop> {
        let Some(operation) = catalog::operation(contact::UPDATE) else {
            return Ok(None);
        };
        let mut refused: Vec<String> = Vec::new();
        let is_writable = |name: &str| operation.body.fields().iter().any(|field| field.name == name);
        refused.extend(fields.keys().filter(|name| !is_writable(name)).cloned());
        fields.retain(|name, _| is_writable(name));
        while !fields.is_empty() {
            let mut input = fields.clone();
            input.insert("contactId".to_owned(), id.into());
            let request = self.request(operation, &input)?;
            match self.deliver(&request, Repeat::Safe)? {
                Delivery::Done(reply) => {
                    let shown = reply.get("contact").and_then(Value::as_object);
                    let dropped = shown.map(|shown| lacking(&fields, shown)).unwrap_or_default();
                    fields.retain(|name, _| !dropped.contains(name));
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
        Ok(Some((fields.keys().cloned().collect(), refused)))
    }

    /// Replaces what a contact has that was made for the same subject; nothing where it is gone.
    pub(super) fn update_own(&mut self, id: String, input: &Map<String, Value>) -> Result<Option<SavedContact>, Stop> {
        let mut fields = input.clone();
        fields.remove("locationId");
        let Some((wrote, lacks)) = self.write_fields(&id, fields)? else {
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
        shared: &[String],
        refusal: &Refusal,
    ) -> SavedContact {
        // One that was made a moment ago may not show yet.
        let is_ours = known.may_be_ours && refusal.kind.is_missing();
        let mut lacks = Vec::new();
        if !is_ours {
            let given = input
                .keys()
                .filter(|name| !shared.contains(name) && *name != "locationId");
            lacks = given.cloned().collect();
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

    /// Compares what GHL answered with what was sent.
    pub(super) fn compared(&mut self, mut saved: SavedContact) -> SavedContact {
        let shown = shown_contact(&saved.reply);
        saved.lacks = lacking(&saved.sent, &shown);
        self.warn_of_differences(&saved.id, &saved.sent, &saved.lacks, Some(&shown));
        saved
    }

    /// Warns of what a contact has otherwise than the lead, once for all fields.
    pub(super) fn warn_of_differences(
        &mut self,
        id: &str,
        lead: &Map<String, Value>,
        lacks: &[String],
        shown: Option<&Map<String, Value>>,
    ) {
        if lacks.is_empty() {
            return;
        }
        let differences: Vec<_> = lacks.iter().map(|name| difference(name, lead, shown)).collect();
        let message = format!(
            "contact `{id}` has {}; what it has stays, and the lead counts as this contact",
            differences.join(" and ")
        );
        self.warn(Warning::new(CONTACT_DIFFERS, message));
    }

    /// GHL may answer a contact that was there before and has neither the phone number nor the e-mail address that were asked
    /// for. Nothing proves that this is the lead.
    pub(super) fn refuse_stranger(&mut self, input: &Map<String, Value>, id: &str, reply: &Value) -> Result<(), Stop> {
        let ContactMatch::Other(others) = ContactMatch::of(input, reply) else {
            return Ok(());
        };
        if others.is_empty() || self.task.configuration.on_conflict == OnConflict::Overwrite {
            return Ok(());
        }
        let shown = reply.get("contact").and_then(Value::as_object);
        let differences: Vec<_> = others.iter().map(|name| difference(name, input, shown)).collect();
        Err(Stop::Failed(Cause::Undecided {
            code: "contact-mismatch",
            message: format!(
                "GHL answered contact `{id}`, which was there before and has {}: it may be another person, so nothing \
                 else was done for it; compare the two in GHL, correct the contact or the lead, and run the event again",
                differences.join(" and ")
            ),
        }))
    }

    /// Asks GHL which contact has the lead's phone number or e-mail address.
    pub(super) fn find_duplicate(
        &mut self,
        input: &Map<String, Value>,
    ) -> Result<Option<(String, Map<String, Value>)>, Stop> {
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
        let id = id.ok_or_else(|| super::calendar::unreadable(operation))?;
        Ok(Some((id, found)))
    }
}

/// The contact that an answer shows.
fn shown_contact(reply: &Value) -> Map<String, Value> {
    let shown = reply.get("contact").and_then(Value::as_object);
    shown.cloned().unwrap_or_default()
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

/// What a contact has in place of a field of the lead, for people.
fn difference(name: &str, lead: &Map<String, Value>, shown: Option<&Map<String, Value>>) -> String {
    let text = |fields: &Map<String, Value>| match name {
        "name" => name_of(fields),
        name => fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    let mask = |text: String| match NATURAL.contains(&name) {
        true if !text.is_empty() => masked(&text),
        _ => initials(&text),
    };
    let asked = mask(text(lead));
    match shown.map(|shown| mask(text(shown))) {
        Some(shown) if !asked.is_empty() && shown.is_empty() => format!("no `{name}` instead of the lead's `{asked}`"),
        Some(shown) if !asked.is_empty() && shown != asked => {
            format!("`{name}` `{shown}` instead of the lead's `{asked}`")
        }
        _ => format!("another `{name}` than the lead"),
    }
}

/// The first letter of each word: enough to recognise a text.
fn initials(text: &str) -> String {
    let words = text.split_whitespace();
    let first = words.filter_map(|word| Some(format!("{}…", word.chars().next()?)));
    first.collect::<Vec<_>>().join(" ")
}
