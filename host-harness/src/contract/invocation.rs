//! One action asked for by itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Receipt;

/// One action asked for by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// Key of the catalog action.
    pub action: String,
    /// Its input.
    pub input: Value,
    /// What it is about; the key when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The same happening always carries the same key; a hash of action and input when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// An action carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invoked {
    /// What was done; its `event_id` is the key.
    pub receipt: Receipt,
    /// What was answered; absent when an answer that is too long to remember was asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}
