//! A contact as it stands in GHL after a lead was saved, and what it has otherwise than the lead.

use serde_json::{Map, Value};

use super::call::Call;
use super::stop::Stop;
use crate::ghl::{ContactMatch, lacking, masked, name_of};
use crate::knock::{Warning, fingerprint};
use crate::recipe::OnConflict;

/// The code of a warning about a contact that is not as the lead says.
const CONTACT_DIFFERS: &str = "contact-differs";

/// By what people are known and reached, and where they live: of that a warning shows a part.
const KNOWN_BY: [&str; 8] = [
    "name",
    "email",
    "phone",
    "address1",
    "city",
    "state",
    "postalCode",
    "country",
];

/// By what a contact is known in GHL.
pub(super) const NATURAL: [&str; 2] = ["email", "phone"];

/// What a paragraph begins with that tells how a lead can be called and reached.
pub(super) const GIVEN: &str = "Given for this visit, not saved in the contact: ";

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
    /// The [`mark`]s of the fields that were written, and when the last ones were.
    pub(super) wrote: Vec<String>,
    pub(super) wrote_ms: u64,
}

impl Known {
    /// Whether this field was written with this value.
    pub(super) fn wrote_this(&self, location_id: &str, name: &str, value: &Value) -> bool {
        self.wrote.contains(&mark(location_id, name, value))
    }

    /// Whether this field was written, with whatever value.
    pub(super) fn wrote_field(&self, name: &str) -> bool {
        self.wrote.iter().any(|mark| field_of(mark) == name)
    }
}

/// What is remembered of a field that was written: its name and a fingerprint of its value.
pub(super) fn mark(location_id: &str, name: &str, value: &Value) -> String {
    format!("{name} {}", fingerprint(&[location_id, &value.to_string()]))
}

/// The field that a [`mark`] is about.
pub(super) fn field_of(mark: &str) -> &str {
    mark.split(' ').next().unwrap_or_default()
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
    /// What was written.
    pub(super) wrote: Map<String, Value>,
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
            wrote: sent.clone(),
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
        let mut lacks = Vec::new();
        for name in lead.keys().filter(|name| !self.sent.contains_key(*name)) {
            lacks.push(name.clone());
        }
        lacks.extend_from_slice(&self.lacks);
        lacks
    }
}

/// How a lead can be called and reached, where the contact does not say so: for whoever reads the description of the visit.
pub(super) fn as_given(lead: &Map<String, Value>, lacks: &[String]) -> Option<String> {
    let is_lacking = |name: &str| lacks.iter().any(|lacking| lacking == name);
    let is_named_otherwise = ["name", "firstName", "lastName"].into_iter().any(is_lacking);
    let mut given = Vec::new();
    given.extend(Some(name_of(lead)).filter(|name| is_named_otherwise && !name.is_empty()));
    for name in ["phone", "email"] {
        let natural = lead.get(name).filter(|_| is_lacking(name)).and_then(Value::as_str);
        given.extend(natural.map(str::to_owned));
    }
    (!given.is_empty()).then(|| format!("{GIVEN}{}", given.join(", ")))
}

impl Call<'_> {
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
        let differences = differences(lacks, lead, shown);
        let message = format!("contact `{id}` has {differences}; what it has stays");
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
        let others: Vec<_> = others.into_iter().map(str::to_owned).collect();
        let differences = differences(&others, input, shown);
        Err(Stop::undecided(
            "contact-mismatch",
            format!(
                "GHL answered contact `{id}`, which was there before and has {differences}: it may be another person, so \
                 nothing else was done for it; compare the two in GHL, correct the contact or the lead, and run the event \
                 again"
            ),
        ))
    }
}

/// The contact that an answer shows.
pub(super) fn shown_contact(reply: &Value) -> Map<String, Value> {
    let shown = reply.get("contact").and_then(Value::as_object);
    shown.cloned().unwrap_or_default()
}

/// What a contact has in place of fields of the lead, for people: first of those by which people are known and reached.
fn differences(names: &[String], lead: &Map<String, Value>, shown: Option<&Map<String, Value>>) -> String {
    let (mut parts, mut others) = (Vec::new(), Vec::new());
    for known in KNOWN_BY {
        if names.iter().any(|name| name == known) {
            parts.push(difference(known, lead, shown));
        }
    }
    for name in names.iter().filter(|name| !KNOWN_BY.contains(&name.as_str())) {
        others.push(format!("`{name}`"));
    }
    if !others.is_empty() {
        parts.push(format!("another {} than the lead", others.join(", ")));
    }
    parts.join(" and ")
}

fn difference(name: &str, lead: &Map<String, Value>, shown: Option<&Map<String, Value>>) -> String {
    let text = |fields: &Map<String, Value>| match name {
        "name" => initials(&name_of(fields)),
        "email" | "phone" | "postalCode" => fields.get(name).and_then(Value::as_str).map(masked).unwrap_or_default(),
        name => fields
            .get(name)
            .and_then(Value::as_str)
            .map(initials)
            .unwrap_or_default(),
    };
    let asked = text(lead);
    match shown.map(text) {
        Some(shown) if shown.is_empty() => format!("no `{name}`, where the lead has `{asked}`"),
        Some(shown) if shown != asked => format!("`{name}` `{shown}` instead of the lead's `{asked}`"),
        _ => format!("another `{name}` than the lead's `{asked}`"),
    }
}

/// The first letter of each word: enough to recognise a text.
fn initials(text: &str) -> String {
    let mut initials = Vec::new();
    for first in text.split_whitespace().filter_map(|word| word.chars().next()) {
        initials.push(format!("{first}…"));
    }
    initials.join(" ")
}
