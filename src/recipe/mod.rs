//! Which actions follow from an event, with which fields: data, not code.

mod builtin;
mod calendar_choice;
mod check;
mod configuration;
mod context;
mod custom_field;
mod definition;
pub mod expression;
mod input;
mod known;
mod mapping;
#[cfg(test)]
mod place_tests;
mod posted;
mod recipes;
mod routing;
mod source;
mod source_settings;
mod target;

pub use builtin::{BuiltIn, built_in};
pub use calendar_choice::{CalendarChoice, CalendarNotFound, NamedCalendar, choose};
pub use check::{Finding, Severity};
pub use configuration::{
    Configuration, ExistingContacts, MessagePolicy, OnConflict, QuietHours, SecondVisit, Server, TeamMember,
};
pub use context::{CURRENT_CALENDARS, Context, KNOWN_CALENDARS};
pub use custom_field::CUSTOM_FIELD_IDS;
pub use definition::{Condition, Given, OnRefusal, Recipe, Statement, Step};
pub use input::{Input, StepError};
pub use mapping::{Gap, Mapping};
pub use recipes::Recipes;
pub use routing::Route;
pub use source::FieldSource;
