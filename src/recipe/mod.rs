//! Which actions follow from an event, with which fields: data, not code.

mod calendar_choice;
mod configuration;
mod context;
mod definition;
mod mapping;

pub use calendar_choice::{CalendarChoice, CalendarNotFound, choose};
pub use configuration::{Configuration, Server, TeamMember};
pub use context::Context;
pub use definition::{Recipe, Step, actions};
pub use mapping::{Input, Mapping};
