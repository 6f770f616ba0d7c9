//! A location with something of everything, to try things on.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::{Document, DocumentKind};
use super::seed::{Calendar, CalendarKind, Location, OpenHours, Seed, SeedContact, TimeOfDay, User};

impl Seed {
    /// The id of the demo location.
    pub const DEMO_LOCATION: &str = "ve9EPM428h8vShlRW1KT";
    /// The id of the company that the demo location belongs to.
    pub const DEMO_COMPANY: &str = "LoneStar00Group00cmp";
    /// A token of the demo location that may do everything.
    pub const DEMO_TOKEN: &str = "pit-demo-0000-4000-8000-000000000000";
    /// The key that Active Knocker's operations take, in the header `x-api-key`.
    pub const DEMO_KNOCKER_KEY: &str = "ak-demo-0000-4000-8000-000000000000";
    /// Dana Whitfield, a closer.
    pub const DANA: &str = "Dana00Whitfield00usr";
    /// Marcus Bell, a closer.
    pub const MARCUS: &str = "Marcus00Bell00000usr";
    /// Riley Ortega, a rep.
    pub const RILEY: &str = "Riley00Ortega0000usr";
    /// Round robin over the two closers, Monday to Saturday, 8 to 18, an hour each.
    pub const ROOF_INSPECTIONS: &str = "RoofInspections00cal";
    /// Dana's own calendar.
    pub const DANA_CLOSER: &str = "DanaCloser0000000cal";
    /// An event calendar without a team.
    pub const OPEN_HOUSE: &str = "OpenHouse00000000cal";
    /// A class with eight seats.
    pub const SOLAR_WORKSHOP: &str = "SolarWorkshop0000cal";
    /// Marcus and Riley together.
    pub const ESTIMATE_TEAM: &str = "EstimateTeam00000cal";
    /// Pat Homeowner, a contact.
    pub const PAT: &str = "Pat00Homeowner000ctc";
    /// A workflow.
    pub const NURTURE: &str = "Nurture000000000wfl0";
    /// A pipeline.
    pub const SALES: &str = "Sales00000000000ppl0";

    /// A location with something of everything.
    pub fn demo() -> Self {
        Self {
            location: Location::default(),
            users: vec![
                user(Self::DANA, "Dana Whitfield", "dana@example.com"),
                user(Self::MARCUS, "Marcus Bell", "marcus@example.com"),
                user(Self::RILEY, "Riley Ortega", "riley@example.com"),
            ],
            calendars: calendars(),
            contacts: vec![SeedContact {
                id: Some(Self::PAT.into()),
                first_name: Some("Pat".into()),
                last_name: Some("Homeowner".into()),
                email: Some("pat@example.com".into()),
                phone: Some("+15125550100".into()),
                tags: vec!["homeowner".into()],
                ..SeedContact::default()
            }],
            documents: documents(),
            ..Self::default()
        }
    }
}

fn documents() -> BTreeMap<DocumentKind, Vec<Document>> {
    let each = |kind, documents: &[Value]| {
        let documents = documents.iter().filter_map(Value::as_object);
        (kind, documents.cloned().collect())
    };
    BTreeMap::from([
        each(
            DocumentKind::LocationTag,
            &[json!({ "id": "Homeowner0000000tag0", "name": "homeowner" })],
        ),
        each(
            DocumentKind::Workflow,
            &[json!({ "id": Seed::NURTURE, "name": "Nurture", "status": "published", "version": 1 })],
        ),
        each(
            DocumentKind::CustomField,
            &[json!({
                "id": "KnockPin000000000fld", "name": "AK pin id", "fieldKey": "contact.ak_pin_id",
                "dataType": "TEXT", "position": 0, "model": "contact",
            })],
        ),
        each(
            DocumentKind::Pipeline,
            &[json!({ "id": Seed::SALES, "name": "Sales", "stages": [
                { "id": "Booked0000000000stg0", "name": "Booked", "position": 0 },
                { "id": "Quoted0000000000stg1", "name": "Quoted", "position": 1 },
            ] })],
        ),
    ])
}

fn calendars() -> Vec<Calendar> {
    let roof = Calendar {
        slot_minutes: 60,
        open_hours: hours(1..=6, 8, 18),
        ..Calendar::new(
            Seed::ROOF_INSPECTIONS,
            "Roof Inspections",
            CalendarKind::RoundRobin,
            &[Seed::DANA, Seed::MARCUS],
        )
    };
    let dana = Calendar {
        slot_minutes: 90,
        slot_interval_minutes: Some(30),
        open_hours: hours(1..=5, 10, 20),
        ..Calendar::new(Seed::DANA_CLOSER, "Dana Closer", CalendarKind::Personal, &[Seed::DANA])
    };
    let open_house = Calendar {
        open_hours: hours(0..=6, 9, 17),
        ..Calendar::new(Seed::OPEN_HOUSE, "Open House", CalendarKind::Event, &[])
    };
    let workshop = Calendar {
        slot_minutes: 120,
        per_slot: 8,
        open_hours: hours([2, 4], 17, 21),
        ..Calendar::new(
            Seed::SOLAR_WORKSHOP,
            "Solar Workshop",
            CalendarKind::ClassBooking,
            &[Seed::RILEY],
        )
    };
    let estimates = Calendar {
        slot_minutes: 60,
        buffer_minutes: 30,
        slot_interval_minutes: Some(30),
        open_hours: hours(1..=5, 8, 17),
        ..Calendar::new(
            Seed::ESTIMATE_TEAM,
            "Estimate Team",
            CalendarKind::Collective,
            &[Seed::MARCUS, Seed::RILEY],
        )
    };
    vec![roof, dana, open_house, workshop, estimates]
}

fn user(id: &str, name: &str, email: &str) -> User {
    User {
        id: id.into(),
        name: name.into(),
        email: email.into(),
        ..User::default()
    }
}

fn hours(days: impl IntoIterator<Item = u8>, from: u16, to: u16) -> Vec<OpenHours> {
    vec![OpenHours {
        days: days.into_iter().collect(),
        from: TimeOfDay::at_hour(from),
        to: TimeOfDay::at_hour(to),
    }]
}
