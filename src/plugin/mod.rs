//! The exports: converts what comes in and goes out, and does nothing else.

mod automation;
mod catalog;
mod check;
mod manifest;

/// The component.
#[derive(Debug)]
pub struct Component;

/// Converts each.
fn all<From, To>(from: impl IntoIterator<Item = From>, convert: fn(From) -> To) -> Vec<To> {
    let mut converted = Vec::new();
    for entry in from {
        converted.push(convert(entry));
    }
    converted
}
