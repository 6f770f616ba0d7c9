//! Something worth knowing about an event.

use crate::document::{KeyPath, Object, Unknown, beginning};
use crate::record;

/// How many warnings an event keeps.
const MOST: usize = 20;

/// How many fields one warning names.
const MOST_NAMED: usize = 8;

/// The longest pointer and the longest message that are kept, in letters. Warnings are remembered with their event.
const LONGEST_POINTER: usize = 200;
const LONGEST_MESSAGE: usize = 400;

record! {
    /// Something worth knowing about an event that can be worked with all the same.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Warning {
        /// Its kind, for programs.
        pub code: String,
        /// JSON pointer into the event's data, where there is one place.
        pub pointer: Option<String>,
        /// For people.
        pub message: String,
    }
}

impl Warning {
    /// A warning about one place in the event's data; about what it stands in, where its pointer is too long to keep.
    pub fn at(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::of(Some(pointer.into()), code, message.into())
    }

    /// A warning about the event as a whole.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self::of(None, code, message.into())
    }

    fn of(mut pointer: Option<String>, code: &str, mut message: String) -> Self {
        if let Some(pointer) = &mut pointer {
            while beginning(pointer, LONGEST_POINTER).len() < pointer.len()
                && let Some(around) = pointer.rfind('/')
            {
                pointer.truncate(around);
            }
        }
        let end = beginning(&message, LONGEST_MESSAGE).len();
        if end < message.len() {
            message.truncate(end);
            message.push('…');
        }
        Self {
            code: code.to_owned(),
            pointer,
            message,
        }
    }
}

/// Warns about a field.
pub(super) fn warn(
    fields: &Object<'_>,
    name: &str,
    code: &str,
    message: impl Into<String>,
    warnings: &mut Vec<Warning>,
) {
    add(fields.pointer(name), code, message.into(), warnings);
}

/// Warns about one place in the event's data.
pub(super) fn warn_at(pointer: &str, code: &str, message: String, warnings: &mut Vec<Warning>) {
    add(pointer.to_owned(), code, message, warnings);
}

/// Warns about every field that was never asked for.
pub(super) fn warn_of_unused(fields: &Object<'_>, warnings: &mut Vec<Warning>) {
    for (pointer, message) in fields.unknown(Unknown::Report) {
        add(pointer, "field-not-used", message, warnings);
    }
}

/// There is one of this for all of them.
fn add(pointer: String, code: &str, message: String, warnings: &mut Vec<Warning>) {
    warnings.push(Warning::of(Some(pointer), code, message));
}

/// The warnings of an event, those about fields that nobody uses as one, and not too many.
pub fn gathered(warnings: Vec<Warning>) -> Vec<Warning> {
    let (mut kept, mut unused, mut place) = (Vec::new(), Vec::new(), 0);
    for warning in warnings {
        if warning.code == "field-not-used" && warning.message.contains("is not known") {
            if unused.is_empty() {
                place = kept.len();
            }
            unused.push(warning);
        } else {
            kept.push(warning);
        }
    }
    let one = match unused.len() {
        0 | 1 => unused.pop(),
        _ => Some(of_unused(&unused)),
    };
    if let Some(one) = one {
        kept.insert(place, one);
    }
    if kept.len() > MOST {
        let more = kept.len() - MOST;
        kept.truncate(MOST);
        kept.push(Warning::new(
            "more-warnings",
            format!("and {more} more warnings like these"),
        ));
    }
    kept
}

/// One warning for several fields that nobody uses.
fn of_unused(unused: &[Warning]) -> Warning {
    let mut named = Vec::new();
    for warning in unused.iter().take(MOST_NAMED) {
        let pointer = warning.pointer.as_deref().unwrap_or_default();
        let mut names = Vec::new();
        for key in pointer.split('/').skip(2) {
            names.push(key.replace("~1", "/").replace("~0", "~"));
        }
        let path = KeyPath::of_names(names.iter().map(String::as_str)).written();
        // What was meant is said behind a semicolon.
        named.push(match warning.message.split_once("; ") {
            Some((_, hint)) => format!("`{path}` ({hint})"),
            None => format!("`{path}`"),
        });
    }
    let more = match unused.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = unused.len();
    Warning::new(
        "field-not-used",
        format!("{count} fields are not known and not used: {}{more}", named.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unused(pointer: &str, hint: &str) -> Warning {
        Warning::at(pointer, "field-not-used", format!("`x` is not known{hint}"))
    }

    #[test]
    fn warnings_about_fields_nobody_uses_are_one() {
        let other = Warning::new("id-derived", "the event has no id");
        let one = unused("/data/colour", "");
        assert_eq!(gathered(vec![one.clone(), other.clone()]), [one.clone(), other.clone()]);
        let two = unused("/data/lead/fon e", "; did you mean `phone`?");
        let both = gathered(vec![other.clone(), one.clone(), two]);
        assert_eq!(both.len(), 2);
        assert_eq!(both[0], other);
        let message = "2 fields are not known and not used: `colour`, `lead['fon e']` (did you mean `phone`?)";
        assert_eq!((both[1].message.as_str(), &both[1].pointer), (message, &None));
        let many = gathered(vec![one; 30]);
        assert_eq!(many.len(), 1);
        assert!(many[0].message.starts_with("30 fields") && many[0].message.ends_with(" and 22 more"));
    }

    #[test]
    fn an_event_keeps_a_bounded_number_of_warnings() {
        let all = (0..25).map(|number| Warning::new("odd", number.to_string())).collect();
        let kept = gathered(all);
        assert_eq!(kept.len(), MOST + 1);
        assert_eq!(kept[MOST].message, "and 5 more warnings like these");
    }

    #[test]
    fn a_pointer_too_long_to_keep_leads_to_what_its_place_stands_in() {
        let name = "n".repeat(500);
        let warning = Warning::at(
            format!("/data/lead/{name}"),
            "field-not-used",
            format!("`{name}` is not known"),
        );
        assert_eq!(warning.pointer.as_deref(), Some("/data/lead"));
        assert_eq!(warning.message.chars().count(), LONGEST_MESSAGE + 1);
        assert_eq!(Warning::at("/data/rep", "", "").pointer.as_deref(), Some("/data/rep"));
    }
}
