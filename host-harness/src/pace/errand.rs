//! What a request is for.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Whether somebody waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// Somebody does: a rep at the door.
    #[default]
    Interactive,
    /// Nobody does: an import, a mirror, a repair.
    Bulk,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// Whether somebody waits for it.
    pub priority: Priority,
    /// What it is done for, as it is shown to whoever asks where the budget goes: the trigger of the event.
    pub purpose: Arc<str>,
}
