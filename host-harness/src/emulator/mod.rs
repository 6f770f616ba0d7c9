//! A GoHighLevel (GHL) in memory that behaves as the live one was seen to behave, odd spellings
//! and all, for tests and for developers without an account.
//!
//! There are two layers. [`Ghl`] is the model: it answers one request at a time, knows no clock
//! but the instant it is told, and does the same again when it is given the same seed, requests
//! and instants. A simulation drives it directly. [`Server`] puts it on a socket, where lost
//! replies and cut connections are real.
//!
//! Beside GHL's operations the server has a control path, `/__emulator`, and posts webhooks (`control`, `herald`): the
//! model only notes what is to be told. The few operations of Active Knocker that are known live on the same server,
//! behind a key of their own.
//!
//! A [`Seed`] says what GHL holds at the start; what it holds later can be had as one. [`Fault`]s say what goes wrong
//! and when, or [`Rain`] how likely it is that something does. [`Shows`] says in which other forms GHL shows what was
//! sent to it.
//!
//! Imports run one way: the operations (`contacts`, `calendars`, `free_slots`, `appointments`,
//! `events`) stand on `store` and `slots`, those on the records, and `ghl` puts `routes`, `gate`,
//! `rate`, `faults` and `rain` in front of the operations, and `shows` behind them. A new operation is an entry in the table
//! of its family's file; what it keeps is a `document`, unless it has a record of its own.

mod announcement;
mod answer;
mod appointment;
mod appointment_notes;
mod appointments;
mod block;
mod blocked_slots;
mod body;
mod calendar;
mod calendar_fields;
mod calendars;
mod call;
mod clock;
mod contact;
mod contact_fields;
mod contact_filter;
mod contact_notes;
mod contact_search;
mod contacts;
mod control;
mod custom_fields;
mod demo;
mod document;
mod event_calendar_schedules;
mod events;
mod fault;
mod faults;
mod free_slots;
mod gate;
mod ghl;
mod groups;
mod grow;
mod herald;
mod hours;
mod knocker;
#[cfg(test)]
mod load;
mod location;
mod locations;
mod messages;
mod mint;
mod notifications;
mod opportunities;
mod opportunity_search;
mod rain;
mod rate;
mod received;
mod reply;
mod resources;
mod route;
mod routes;
mod schedule_rules;
mod schedules;
mod seal;
mod seed;
mod sent;
mod series;
mod server;
mod service_bookings;
mod service_locations;
mod service_plan;
mod services;
mod shows;
mod slots;
mod store;
mod table;
mod tags;
mod target;
mod tasks;
#[cfg(test)]
mod trial;
mod user;
mod users;
mod workflow_webhook;
mod workflows;

pub use announcement::{Announcement, Mishap};
pub use appointment::{Appointment, Notice, Occasion, Status};
pub use clock::Clock;
pub use contact::{Contact, CustomField};
pub use document::{Document, DocumentKind};
pub use fault::{BareReply, BodyReply, Effect, Fault, FaultList, StatusReply, Target, UnknownOperation};
pub use ghl::{Delivery, End, Ghl};
pub use herald::WebhookUrl;
pub use rain::{FaultKind, Rain, Rainfall, Struck};
pub use rate::{RateLimit, Window};
pub use received::Received;
pub use seal::WEBHOOK_PUBLIC_KEY;
pub use seed::{
    Calendar, CalendarKind, Location, MatchFirst, OpenHours, Role, Seed, SeedAppointment, SeedContact, SeedError,
    TimeOfDay, Token, TokenKind, User,
};
pub use server::Server;
pub use shows::{AddressForm, Shows, TextForm, TimeForm, TitleForm};
