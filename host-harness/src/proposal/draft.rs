//! A proposal for a JSON payload, as a part of a configuration.

use super::payload::{Found, places};
use super::{Confidence, Place, Proposed, Reading, propose};
use crate::text;
use serde::Serialize;
use serde_json::Value;

/// The longest value that is shown, in letters, and how many places that were not placed.
const SHOWN: usize = 60;
const MOST_LEFT: usize = 30;

/// What the id of a person means as a subject.
pub(crate) const OF_PERSON: &str =
    "the id of a person: as the subject, a second visit of this person would move the first";

/// A proposal for a payload.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// The proposal as a part of a configuration.
    pub toml: String,
    /// Each field with its place.
    pub fields: Vec<DraftField>,
    /// What was not placed.
    pub left: Vec<Left>,
    /// What a booking needs and nothing was found for.
    pub missing: Vec<String>,
}

/// A field of an event, and where it stands in the payload.
#[derive(Clone, Debug, Serialize)]
pub struct DraftField {
    /// Dotted name of the field; `id` and `subject` are those of the event.
    pub field: &'static str,
    /// A path, several of which the first that has a value counts, or an expression.
    pub from: Value,
    /// The value that it would have for this payload.
    pub value: String,
    /// Whether it should be looked at.
    pub is_likely_only: bool,
    /// Whether it is shown alone, and not taken.
    pub is_remark: bool,
    /// Why it is proposed.
    pub why: String,
}

/// A place that was not placed.
#[derive(Clone, Debug, Serialize)]
pub struct Left {
    /// Where it stands.
    pub path: String,
    /// Its value.
    pub value: String,
}

/// Proposes a mapping for a payload.
pub fn draft(payload: &Value) -> Draft {
    let found = places(payload);
    let all: Vec<Place> = found.iter().map(|found| found.place.clone()).collect();
    let proposal = propose(&all);
    let fields = proposal.fields.iter().filter_map(|field| drafted(field, &found));
    let left = proposal.left.iter().filter_map(|index| {
        let found = found.get(*index)?;
        Some(Left {
            path: found.in_expression(),
            value: value_of(&found.place),
        })
    });
    let mut draft = Draft {
        toml: String::new(),
        fields: fields.collect(),
        left: left.collect(),
        missing: proposal.missing,
    };
    draft.toml = draft.in_toml();
    draft
}

fn drafted(field: &Proposed, found: &[Found]) -> Option<DraftField> {
    let of: Vec<&Found> = field.places.iter().filter_map(|place| found.get(*place)).collect();
    let first = of.first()?;
    let is_path = of.iter().all(|found| found.expression.is_none());
    let is_name = matches!(field.field, "id" | "subject");
    if is_name && !is_path {
        // The configuration takes a path alone there.
        return None;
    }
    let expressions = || of.iter().map(|found| found.in_expression()).collect::<Vec<_>>();
    let from = match (field.reading, of.as_slice()) {
        (Reading::First, [only]) if is_path => only.place.path.written().into(),
        (Reading::First, many) if is_path => many.iter().map(|found| found.place.path.written()).collect(),
        (Reading::First, _) => serde_json::json!({ "expression": expressions().join(" or ") }),
        (Reading::Joined, _) => serde_json::json!({ "expression": expressions().join(" ~ ' ' ~ ") }),
        (Reading::Lines, many) => {
            let paths: Vec<_> = many.iter().map(|found| found.place.path.written()).collect();
            serde_json::json!({ "from": paths, "as": "lines" })
        }
    };
    let values = || {
        of.iter()
            .map(|found| value_of(&found.place))
            .filter(|value| !value.is_empty())
    };
    let value = match field.reading {
        Reading::First => values().next().unwrap_or_else(|| value_of(&first.place)),
        Reading::Joined | Reading::Lines => values().collect::<Vec<_>>().join(" "),
    };
    Some(DraftField {
        field: field.field,
        from,
        value,
        is_likely_only: field.confidence == Confidence::Likely,
        is_remark: field.confidence == Confidence::Remark,
        why: field.why.clone(),
    })
}

fn value_of(place: &Place) -> String {
    place.samples.first().cloned().unwrap_or_default()
}

impl Draft {
    fn in_toml(&self) -> String {
        let mut toml = String::new();
        let names = || {
            self.fields
                .iter()
                .filter(|field| matches!(field.field, "id" | "subject"))
        };
        let fields = || {
            self.fields
                .iter()
                .filter(|field| !matches!(field.field, "id" | "subject"))
        };
        if names().next().is_some() {
            toml += "[source]\n";
        }
        for field in names() {
            let mark = if field.is_remark { "# " } else { "" };
            toml += &format!("{mark}{} = {}{}\n", field.field, written(&field.from), comment(field));
        }
        if names().next().is_some() {
            toml += "\n";
        }
        // What is called as it is here already needs no mapping.
        let is_elsewhere = |field: &&DraftField| field.from.as_str() != Some(field.field);
        if fields().any(|field| is_elsewhere(&field)) {
            toml += "[source.fields]\n";
        }
        for field in fields() {
            let line = format!("\"{}\" = {}{}\n", field.field, written(&field.from), comment(field));
            match is_elsewhere(&field) {
                true => toml += &line,
                false => toml += &format!("# {line}"),
            }
        }
        if !self.left.is_empty() {
            toml += "\n# Not placed:\n";
        }
        for left in self.left.iter().take(MOST_LEFT) {
            toml += &format!("#   {} = {}\n", text::line(&left.path), shown(&left.value));
        }
        if let Some(more) = self.left.len().checked_sub(MOST_LEFT + 1) {
            toml += &format!("#   and {} more\n", more + 1);
        }
        if !self.missing.is_empty() {
            toml += "\n# Missing for a booking:\n";
        }
        for missing in &self.missing {
            toml += &format!("#   {missing}\n");
        }
        toml
    }
}

/// A mapping in TOML.
fn written(from: &Value) -> String {
    match from {
        Value::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| format!("{name} = {}", written(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(entries) => {
            let entries: Vec<_> = entries.iter().map(written).collect();
            format!("[{}]", entries.join(", "))
        }
        other => basic_string(other.as_str().unwrap_or_default()),
    }
}

/// A text in TOML, in one line that can be shown.
fn basic_string(content: &str) -> String {
    let mut written = String::from("\"");
    for letter in content.chars() {
        match letter {
            '"' | '\\' => written.extend(['\\', letter]),
            letter if text::is_printable(letter.encode_utf8(&mut [0; 4])) => written.push(letter),
            letter => written += &format!("\\U{:08X}", u32::from(letter)),
        }
    }
    written + "\""
}

fn comment(field: &DraftField) -> String {
    let doubt = match (field.is_likely_only, field.is_remark) {
        (true, _) => format!("  (look at this one: {})", text::line(&field.why)),
        (_, true) => format!("  ({OF_PERSON})"),
        _ => String::new(),
    };
    format!("  # {}{doubt}", shown(&field.value))
}

/// A value in a comment.
fn shown(value: &str) -> String {
    if value.is_empty() {
        return "empty here".to_owned();
    }
    let shown: String = text::line(value).chars().take(SHOWN).collect();
    match text::line(value).chars().count() > SHOWN {
        true => format!("{shown}…"),
        false => shown,
    }
}
