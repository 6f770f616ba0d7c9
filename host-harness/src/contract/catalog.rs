//! What can be done, what can happen and what then follows, as the component's catalog says it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that can be done: by itself, or as a step of a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its key: `appointment.create`.
    pub key: String,
    /// What it does, in a few words.
    pub title: String,
    /// What else is worth knowing; may be empty.
    pub about: String,
    /// What it does to the account.
    pub effect: Effect,
    /// Whether it may be sent again when nobody knows what became of it.
    pub repeat: Repeat,
    /// With [`Repeat::ReadBack`]: how its effect is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<String>,
    /// The permissions that the credential needs for it, the one for the action itself first.
    pub scopes: Vec<String>,
    /// Whose API it calls.
    pub provider: String,
    /// The call that it is; nothing of an action that is made of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Actions that are used to carry it out, or to read its effect back.
    pub uses: Vec<String>,
    /// How many requests it takes when none has to be repeated, in words.
    pub price: String,
    /// JSON Schema of its input.
    pub input_schema: Value,
    /// JSON Schema of its answer, as far as it is known.
    pub output_schema: Value,
    /// An input that works against an emulator that was just started.
    pub example: Value,
    /// Whether it can be used today. What cannot waits for recipes.
    pub ready: bool,
}

impl Action {
    /// Its kind of thing: what stands before the dot of its key.
    pub fn group(&self) -> &str {
        group(&self.key)
    }
}

/// One call of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The provider's own name for it: `create-appointment`.
    pub operation_id: String,
    /// HTTP method, in capitals.
    pub method: String,
    /// Path in which `{name}` stands for one segment.
    pub path: String,
    /// Value of the `Version` header; nothing where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What an action does to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

    /// Whether what it does cannot be taken back: something is gone, or somebody was told.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delete | Self::Send)
    }
}

/// Whether an action may be sent again when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// Doing it twice is doing it once.
    Safe,
    /// Its effect is looked for before it is sent again.
    ReadBack,
    /// Nothing shows its effect: a person has to look.
    Never,
}

impl Repeat {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::ReadBack => "read-back",
            Self::Never => "never",
        }
    }
}

/// Something that can happen, and begin a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its key: `knocker.lead_booked`.
    pub key: String,
    /// What happened, in a few words.
    pub title: String,
    /// What else is worth knowing; may be empty.
    pub about: String,
    /// How it is known, in words.
    pub source: String,
    /// The permission that the credential needs to know it; nothing where it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// JSON Schema of the event's data.
    pub data_schema: Value,
    /// Data of such an event.
    pub example: Value,
    /// Whether events of it can be handled today.
    pub ready: bool,
}

impl Trigger {
    /// Its kind of thing: what stands before the dot of its key.
    pub fn group(&self) -> &str {
        group(&self.key)
    }
}

/// What follows from a trigger, as long as a configuration does not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its name: `knocker.lead_booked`.
    pub name: String,
    /// What it does, in a few words.
    pub title: String,
    /// Key of its trigger.
    pub trigger: String,
    /// The recipe as a part of a configuration, TOML with comments.
    pub text: String,
}

fn group(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

/// Everything that can be done, and everything that can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Every action, in groups.
    pub actions: Vec<Action>,
    /// Every trigger.
    pub triggers: Vec<Trigger>,
}
