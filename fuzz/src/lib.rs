//! What the fuzz targets share: a small deterministic world for the component, and what must hold in it.
//!
//! An input is what a person would write: an event, a configuration, a transcript of GHL's replies. Seeds and findings
//! can be read and edited, and the mutations of [`mutate`] know their form.
//!
//! | room | what it does |
//! |---|---|
//! | [`incoming`] | an event, as its document says |
//! | [`judge`] | what holds of every answer: bounded, and pointing at places that exist |
//! | [`mutate`] | changes documents and transcripts without losing their form |
//! | [`script`] | a transcript of GHL's replies |
//! | [`world`] | the host of a call: a store, a clock, and GHL behind the script |

pub mod incoming;
pub mod judge;
pub mod mutate;
pub mod script;
pub mod world;

/// Configurations that can be used: with a calendar and a zone; abroad, with names, reps and identities from the data;
/// and with nothing but a location.
pub const CONFIGURATIONS: [&str; 3] = [
    r#"{ "location_id": "location-1", "time_zone": "America/Chicago", "calendar_id": "calendar-1" }"#,
    r#"{ "location_id": "location-1", "calling_code": "44", "calendar_name": "Roof Inspections",
         "reps": [{ "id": "7", "email": "dana@example.com", "user_id": "user-1" },
                  { "email": "riley@example.com", "calendar_id": "calendar-2" }],
         "source": { "id": "pin.event_id", "subject": "pin.id" } }"#,
    r#"{ "location_id": "location-1" }"#,
];
