//! GoHighLevel: each action as a request value, each answer as a reply or a refusal.
//!
//! An [`Operation`] describes one call of GHL's API: its path, its `Version`, the scope it needs, its fields, and
//! whether it may be repeated. Requests, scopes and routes all come from these descriptions. Nothing here sends
//! anything.

pub mod appointment;
pub mod calendar;
pub mod catalog;
pub mod contact;
pub mod event;
mod operation;
pub mod provider;
mod refusal;
mod reply;
mod request;
pub mod slot;
mod words;

pub use operation::{Effect, Field, FieldKind, Operation, Place, Repeat};
pub use refusal::{Refusal, RefusalKind};
pub use reply::{Answer, classify};
pub use request::Request;
pub use words::Words;
