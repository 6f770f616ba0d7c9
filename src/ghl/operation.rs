//! What is known about one call of GHL's API.

/// One call of GHL's API. Adding a call is adding one of these to its family's file and to the catalog.
#[derive(Debug)]
pub struct Operation {
    /// Key of the action: `appointment.create`.
    pub key: &'static str,
    /// GHL's own name: `create-appointment`.
    pub operation_id: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{name}` for each path field. Trailing slashes matter.
    pub path: &'static str,
    /// Value of the `Version` header.
    pub version: &'static str,
    /// Scope that the credential needs.
    pub scope: &'static str,
    /// What it does to the account.
    pub effect: Effect,
    /// Whether it may be sent again when nobody knows what became of it.
    pub repeat: Repeat,
    /// Everything that can be said to it; nothing else leaves the sandbox.
    pub fields: &'static [Field],
    /// Actions that are needed to read its effect back, or to help when it is refused.
    pub needs: &'static [&'static str],
}

/// What an operation does to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Something new is there afterwards.
    Create,
    /// Something is different afterwards.
    Update,
}

/// Whether an operation may be sent again when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is doing it once.
    Safe,
    /// Its effect must be looked for before it is sent again.
    ReadBack,
}

/// One field of an operation.
#[derive(Debug)]
pub struct Field {
    /// GHL's name for it, misspellings included.
    pub name: &'static str,
    /// Where it goes.
    pub place: Place,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether GHL refuses the call without it.
    pub required: bool,
}

/// Where a field goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into the JSON body.
    Body,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
}

impl Field {
    /// A text in the path; always required.
    pub(super) const fn path(name: &'static str) -> Self {
        Self {
            name,
            place: Place::Path,
            kind: FieldKind::Text,
            required: true,
        }
    }

    /// A text in the query.
    pub(super) const fn query(name: &'static str) -> Self {
        Self {
            name,
            place: Place::Query,
            kind: FieldKind::Text,
            required: false,
        }
    }

    /// A text in the body.
    pub(super) const fn body(name: &'static str) -> Self {
        Self {
            name,
            place: Place::Body,
            kind: FieldKind::Text,
            required: false,
        }
    }

    /// The same field, required.
    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same field with another kind.
    pub(super) const fn of(mut self, kind: FieldKind) -> Self {
        self.kind = kind;
        self
    }
}
