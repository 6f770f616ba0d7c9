//! The fields of events that something in a payload may be.

use crate::catalog;
use crate::document::nearest;
use crate::shape::{Field, Kind};

/// How many fields a message names.
const MOST_NAMED: usize = 16;

/// Whether a dotted name is that of a field which events of some trigger have; else a sentence.
pub(super) fn target(name: &str) -> Result<(), String> {
    let names: Vec<_> = name.split('.').collect();
    let mut known = Vec::new();
    // Bookings come first: most fields are theirs.
    let booked = catalog::trigger("knocker.lead_booked");
    for trigger in booked.into_iter().chain(catalog::triggers()) {
        for field in trigger.fields {
            if has(field, &names) {
                return Ok(());
            }
            named(field, "", &mut known);
        }
    }
    if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
        return Err(format!("`{name}` is not a field of an event; did you mean `{near}`?"));
    }
    let within = name
        .rsplit_once('.')
        .map(|(within, _)| format!("{within}."))
        .unwrap_or_default();
    let mut beside: Vec<_> = known.iter().filter(|known| known.starts_with(&within)).collect();
    if beside.is_empty() {
        beside = known.iter().collect();
    }
    let mut listed: Vec<&str> = Vec::new();
    for name in beside {
        if !listed.contains(&name.as_str()) {
            listed.push(name);
        }
    }
    listed.truncate(MOST_NAMED);
    let listed = listed.join("`, `");
    Err(format!(
        "`{name}` is not a field of an event; write one like `{listed}` (`knock catalog` shows the fields of each trigger)"
    ))
}

/// Whether a way leads into a field.
fn has(field: &Field, way: &[&str]) -> bool {
    match way {
        [name] => field.name == *name,
        [name, rest @ ..] => field.name == *name && has_within(field.kind, rest),
        [] => false,
    }
}

fn has_within(kind: Kind, way: &[&str]) -> bool {
    match kind {
        Kind::Anything => way.iter().all(|name| !name.is_empty()),
        Kind::Object(fields) => fields.iter().any(|field| has(field, way)),
        Kind::Either(kinds) => kinds.iter().any(|kind| has_within(*kind, way)),
        _ => false,
    }
}

/// The dotted names of a field and of all within it.
fn named(field: &Field, within: &str, names: &mut Vec<String>) {
    fn below(kind: Kind, within: &str, names: &mut Vec<String>) {
        match kind {
            Kind::Object(fields) => fields.iter().for_each(|field| named(field, within, names)),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| below(*kind, within, names)),
            _ => {}
        }
    }
    let name = format!("{within}{}", field.name);
    below(field.kind, &format!("{name}."), names);
    names.push(name);
}
