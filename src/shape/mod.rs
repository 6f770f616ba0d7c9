//! What JSON may look like, as data: fields, the kinds of their values, and rules between them.
//!
//! From one description come the check of an input, with a pointer to each problem, and its JSON Schema.

mod check;
mod field;
mod kind;
mod rule;
mod schema;

pub use check::{check, date, instant_ms, meant, present, time_of_day};
pub use field::{Field, field};
pub use kind::Kind;
pub use rule::Rule;
pub use schema::{Strictness, schema, schema_of};
