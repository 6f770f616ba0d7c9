//! GoHighLevel: each action as a request value, each answer as a reply or a refusal.
//!
//! A file for each family of GHL's API has its operations, and what is read of their answers. Nothing here sends
//! anything.

pub mod appointment;
pub mod appointment_note;
pub mod blocked_slot;
pub mod calendar;
mod calendar_settings;
pub mod contact;
mod contact_match;
pub mod contact_note;
pub mod contact_tag;
pub mod contact_task;
pub mod custom_field;
pub mod enrolment;
pub mod event;
pub mod event_calendar_schedule;
pub mod evidence;
mod existing_contact;
pub mod group;
pub mod location;
pub mod location_tag;
pub mod message;
pub mod notification;
pub mod opportunity;
pub mod pipeline;
pub mod provider;
mod refusal;
mod reply;
pub mod resource;
pub mod schedule;
pub mod service;
pub mod service_booking;
pub mod service_location;
pub mod shown;
pub mod slot;
pub mod user;
mod words;
pub mod workflow;

pub use contact_match::{ContactMatch, is_same, masked};
pub use existing_contact::{ExistingContact, lacking, name_of};
pub use refusal::{DuplicateContact, Refusal, RefusalKind};
pub use reply::{Answer, classify};
pub use words::Words;

use crate::shape::{Field, Kind, field};

/// The location that something belongs to: the connection's.
const LOCATION_ID: Field = field("locationId").required().of_connection();

/// The answer of calls that have nothing else to tell.
const SUCCESS: Kind = Kind::Object(&[field("success").of(Kind::Boolean)]);

/// The same of older calls, in GHL's spelling.
const SUCCEDED: Kind = Kind::Object(&[field("succeded").of(Kind::Boolean)]);

/// What lengths of time are counted in.
const LENGTH_UNIT: Kind = Kind::OneOf(&["mins", "hours"]);

/// The `Version` of contacts, users, locations, opportunities and workflows.
const CRM_VERSION: &str = "2021-07-28";
