//! What is known about one call of an API.

use serde_json::{Map, Value};

use super::ReadBack;
use super::request::add_defaults;
use crate::shape::{Field, Kind, Rule, field, present};

/// The longest id, in bytes. GHL's have 20 to 24.
pub const LONGEST_ID: usize = 200;

/// One call of an API. Adding a call is adding one of these to its family's file.
///
/// Most begin from [`READ`](Self::READ), [`CREATE`](Self::CREATE), [`UPDATE`](Self::UPDATE) or
/// [`DELETE`](Self::DELETE) and say only what is their own.
#[derive(Debug)]
pub struct Operation {
    /// Key of the action: `appointment.create`.
    pub key: &'static str,
    /// What it does, in a few words: `Book an appointment`.
    pub title: &'static str,
    /// What else is worth knowing; may be empty.
    pub about: &'static str,
    /// The provider's own name for it: `create-appointment`.
    pub operation_id: &'static str,
    /// Whose API it belongs to.
    pub server: Server,
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{name}` for each field in it. Trailing slashes matter.
    pub path: &'static str,
    /// Value of the `Version` header; empty where there is none.
    pub version: &'static str,
    /// Scope that the credential needs; empty where there are none.
    pub scope: &'static str,
    /// What it does to the account.
    pub effect: Effect,
    /// Whether it may be sent again when nobody knows what became of it.
    pub repeat: Repeat,
    /// Fields of the path that are more than an id.
    pub places: &'static [Field],
    /// Fields of the query.
    pub query: &'static [Field],
    /// The body.
    pub body: Body,
    /// What must hold between fields.
    pub rules: &'static [Rule],
    /// What is answered, as far as it is known. Answers are read leniently.
    pub reply: Kind,
    /// Where the answer names what was made or changed, dotted: `calendar.id`, `0._id`; empty where it does not.
    pub id: &'static str,
    /// Actions that are needed to read its effect back, or to help when it is refused.
    pub needs: &'static [&'static str],
    /// An input that works, JSON. Its ids are those of the emulator's own seed.
    pub example: &'static str,
    /// Whether it is an action of the catalog. What is not serves only to read others back.
    pub listed: bool,
}

/// Whose API an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// GoHighLevel's.
    Ghl,
    /// Active Knocker's.
    Knocker,
}

impl Server {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ghl => "GHL",
            Self::Knocker => "Active Knocker",
        }
    }
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
    /// Something is gone afterwards.
    Delete,
    /// Somebody gets a message, or is enrolled to get some.
    Send,
}

impl Effect {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Send => "send",
        }
    }
}

/// Whether an operation may be sent again when nobody knows what became of it.
#[derive(Clone, Copy, Debug)]
pub enum Repeat {
    /// Doing it twice is doing it once.
    Safe,
    /// Its effect is looked for before it is sent again.
    ReadBack(&'static ReadBack),
    /// Nothing shows its effect: a person has to look.
    Never,
}

impl Repeat {
    /// Whether doing it twice is doing it once.
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Safe)
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::ReadBack(_) => "read-back",
            Self::Never => "never",
        }
    }
}

/// What the body of a request is.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// There is none.
    None,
    /// An object with these fields, sent even when there are none in it.
    Object(&'static [Field]),
    /// The value of this field by itself.
    Value(&'static Field),
}

impl Body {
    /// Its fields, as they stand in an input.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::None => &[],
            Self::Object(fields) => fields,
            Self::Value(field) => std::slice::from_ref(field),
        }
    }
}

impl Operation {
    /// Reads something of GHL's calendars.
    pub const READ: Self = Self {
        key: "",
        title: "",
        about: "",
        operation_id: "",
        server: Server::Ghl,
        method: "GET",
        path: "",
        version: "2021-04-15",
        scope: "",
        effect: Effect::Read,
        repeat: Repeat::Safe,
        places: &[],
        query: &[],
        body: Body::None,
        rules: &[],
        reply: Kind::Anything,
        id: "",
        needs: &[],
        example: "{}",
        listed: true,
    };

    /// Makes something new. Unless something else is said, nothing shows that it did.
    pub const CREATE: Self = Self {
        method: "POST",
        effect: Effect::Create,
        repeat: Repeat::Never,
        ..Self::READ
    };

    /// Changes something into what the input says, so that doing it twice is doing it once.
    pub const UPDATE: Self = Self {
        method: "PUT",
        effect: Effect::Update,
        ..Self::READ
    };

    /// Deletes something. That it is gone already is as good.
    pub const DELETE: Self = Self {
        method: "DELETE",
        effect: Effect::Delete,
        ..Self::READ
    };

    /// All that can be said to it: the fields of the path, of the query and of the body.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = self.path_fields();
        fields.extend_from_slice(self.query);
        fields.extend_from_slice(self.body.fields());
        fields
    }

    /// Adds to an input what the connection knows, and what GHL insists on and has a value that suits most.
    pub fn complete(&self, input: &mut Map<String, Value>, location_id: &str) {
        let fields = self.fields();
        for field in fields.iter().filter(|field| field.of_connection) {
            if present(input, field.name).is_none() {
                input.insert(field.name.to_owned(), location_id.into());
            }
        }
        add_defaults(&fields, input);
    }

    /// The id that an answer names, if it names one. It is remembered, so what is far longer than any id is none.
    pub fn id_of(&self, reply: &Value) -> Option<String> {
        let mut value = reply;
        for name in self.id.split('.') {
            value = match name.parse::<usize>() {
                Ok(index) => value.get(index)?,
                Err(_) => value.get(name)?,
            };
        }
        let id = match value {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        (1..=LONGEST_ID).contains(&id.len()).then_some(id)
    }

    /// Whether what it is about has an id that is known when it is done: its answer names it, or its path.
    pub fn answers_id(&self) -> bool {
        !self.id.is_empty() || self.path.contains('{')
    }

    /// The fields of the path. Nothing can be left out of a path.
    pub(super) fn path_fields(&self) -> Vec<Field> {
        let names = self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let fields = names.map(|name| {
            let described = self.places.iter().find(|field| field.name == name);
            let plain = match name {
                "locationId" => field(name).of_connection(),
                _ => field(name),
            };
            described.copied().unwrap_or(plain).required()
        });
        fields.collect()
    }
}
