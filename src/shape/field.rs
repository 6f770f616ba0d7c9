//! A field of a JSON object.

use super::Kind;

/// A field of a JSON object.
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
    /// What it means; empty where the name says all.
    pub about: &'static str,
    /// What counts when it is left out, as JSON; empty where nothing in particular does. Of a required field it is
    /// what is sent then.
    pub default: &'static str,
}

/// An optional text.
pub const fn field(name: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Text,
        required: false,
        of_connection: false,
        about: "",
        default: "",
    }
}

impl Field {
    /// Whether an input without it is incomplete: neither the connection nor its default says it.
    pub fn must_be_said(&self) -> bool {
        self.required && !self.of_connection && self.default.is_empty()
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
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The same field with what counts when it is left out, as JSON.
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }
}
