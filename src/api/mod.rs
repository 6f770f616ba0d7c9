//! Calls of an HTTP API as data: each [`Operation`] describes one, and makes [`Request`]s as values.
//!
//! Requests, scopes, routes, JSON Schemas and the catalog all come from these descriptions. Nothing here sends
//! anything.

mod envelope;
mod message;
mod operation;
mod read_back;
mod request;

pub use envelope::is_day;
pub use message::{Message, Response, is_header_value};
pub use operation::{Body, Effect, LONGEST_ID, Operation, Repeat, Server};
pub use read_back::{ReadBack, ToldBy};
pub use request::Request;
