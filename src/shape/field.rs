//! A field of a JSON object.

use serde_json::Value;

use super::Kind;

/// A field of a JSON object. There are more than a thousand, and most say no more than their name: the rest is behind
/// references, which take less than half the space of texts.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name as it is sent, misspellings included.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// Whether the connection knows its value, so that an input need not say it.
    pub of_connection: bool,
    /// What it means; nothing where the name says all.
    pub about: Option<&'static &'static str>,
    /// What counts when it is left out, as JSON; nothing where nothing in particular does. Of a required field it is
    /// what is sent then.
    pub default: Option<&'static &'static str>,
}

/// An optional text.
pub const fn field(name: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Text,
        required: false,
        of_connection: false,
        about: None,
        default: None,
    }
}

impl Field {
    /// Whether an input without it is incomplete: neither the connection nor its default says it.
    pub fn must_be_said(&self) -> bool {
        self.required && !self.of_connection && self.default.is_none()
    }

    /// What counts when it is left out, if anything in particular does.
    pub fn default_value(&self) -> Option<Value> {
        serde_json::from_str(self.default?).ok()
    }

    /// The same field with another kind.
    pub const fn of(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The same field, required.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same field, whose value the connection knows.
    pub const fn of_connection(mut self) -> Self {
        self.of_connection = true;
        self
    }

    /// The same field with its meaning.
    pub const fn about(mut self, about: &'static &'static str) -> Self {
        self.about = Some(about);
        self
    }

    /// The same field with what counts when it is left out, as JSON.
    pub const fn or(mut self, default: &'static &'static str) -> Self {
        self.default = Some(default);
        self
    }
}
