//! Knockcal: books what Active Knocker's reps agree at the door into the calendars of GoHighLevel (GHL), once.
//!
//! This crate is the component. It knows what an event means, which actions follow, which requests those are and
//! what each answer means; it holds no credential, file, socket, thread or queue. A host lends it outbound HTTP,
//! secrets and remembered state through the interfaces in `wit/`.
//!
//! The road of an event, one room after the other; each imports only from rooms above it:
//!
//! | room | what it does |
//! |---|---|
//! | [`document`] | reads JSON so that every problem names its place |
//! | [`zone`] | time zones by name |
//! | [`readable`] | times as people read them |
//! | [`person_name`] | whether two names are likely those of one person |
//! | [`shape`] | what JSON may look like, as data: checks it, and writes its schema |
//! | [`api`] | calls of an HTTP API as data; requests as values |
//! | [`knock`] | what Active Knocker says, checked; the operations of its API |
//! | [`ghl`] | GHL's operations, each answer as a reply or a refusal |
//! | [`catalog`] | every action and every trigger |
//! | [`recipe`] | which actions follow from an event, with which fields: data, not code |
//! | [`run`] | carries a plan out exactly once, over a ledger |
//! | [`host`] | the imports, as `run` wants them |
//! | [`plugin`] | the exports |
//!
//! `knock` and `ghl` do not know each other. Only `host` and `plugin` see generated bindings, so everything else
//! compiles and is tested natively.

pub mod api;
pub mod bindings;
pub mod catalog;
pub mod document;
pub mod ghl;
pub mod host;
pub mod knock;
pub mod person_name;
pub mod plugin;
pub mod readable;
pub mod recipe;
pub mod record;
pub mod run;
pub mod shape;
pub mod zone;
