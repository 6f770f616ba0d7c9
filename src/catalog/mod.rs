//! Everything that can be done and everything that can happen, described: the actions and the triggers.

mod operations;

pub use operations::{operation, operations, with_needs};
