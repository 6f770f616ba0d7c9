//! Everything that can be done and everything that can happen, described: the actions and the triggers.

mod access;
mod action;
mod composite;
mod composites;
mod operations;
mod trigger;
mod triggers;

pub use access::{Access, access};
pub use action::{Action, action, action_keys, actions};
pub use composite::Composite;
pub use operations::{operation, operations, with_needs};
pub use trigger::{Source, Trigger};
pub use triggers::{EVENT_FAILED, trigger, triggers};
