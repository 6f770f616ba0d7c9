//! The exports: converts what comes in and goes out, and does nothing else.

mod automation;
mod catalog;
mod check;
mod manifest;

/// The component.
#[derive(Debug)]
pub struct Component;
