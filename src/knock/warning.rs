//! Something worth knowing about an event.

use crate::record;

/// How much of a text is kept, in letters. Warnings are remembered with their event.
const KEPT: usize = 200;

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
        let mut pointer = pointer.into();
        while long(&pointer)
            && let Some(around) = pointer.rfind('/')
        {
            pointer.truncate(around);
        }
        Self {
            pointer: Some(pointer),
            ..Self::new(code, message)
        }
    }

    /// A warning about the event as a whole.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(KEPT) {
            message.truncate(end);
            message.push('…');
        }
        Self {
            code: code.to_owned(),
            pointer: None,
            message,
        }
    }
}

fn long(text: &str) -> bool {
    text.chars().nth(KEPT).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_too_long_to_keep_leads_to_what_its_place_stands_in() {
        let name = "n".repeat(300);
        let warning = Warning::at(
            format!("/data/lead/{name}"),
            "field-not-used",
            format!("`{name}` is not known"),
        );
        assert_eq!(warning.pointer.as_deref(), Some("/data/lead"));
        assert_eq!(warning.message.chars().count(), KEPT + 1);
        assert_eq!(Warning::at("/data/rep", "", "").pointer.as_deref(), Some("/data/rep"));
    }
}
