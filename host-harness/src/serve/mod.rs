//! A host that goes on: takes events in for many connections, and carries them out.
//!
//! [`Connections`] are the accounts that are served, each with its configuration, secrets, state and pace.

mod connections;

pub use connections::{Connections, Served};
