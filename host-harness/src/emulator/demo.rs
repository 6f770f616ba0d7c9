//! A location with something of everything, to try things on.

use std::sync::LazyLock;

use serde_json::Value;

use super::seed::Seed;

/// What stands in the file.
static EVERYTHING: LazyLock<Seed> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and tests read it")]
    toml::from_str(Seed::DEMO_FILE).expect("the seed of the demo is one")
});

impl Seed {
    /// The id of the demo location.
    pub const DEMO_LOCATION: &str = "ve9EPM428h8vShlRW1KT";
    /// The id of the company that the demo location belongs to.
    pub const DEMO_COMPANY: &str = "SummitAgency00000cmp";
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
    pub const NURTURE: &str = "AfterVisit000000wflw";
    /// A pipeline.
    pub const SALES: &str = "DoorSales0000000pipe";

    /// What `knock emulator` holds at the start, TOML with comments: something of everything there is.
    pub const DEMO_FILE: &str = include_str!("../../seeds/demo.toml");

    /// What of the file has a name here: the tests stand on it and on nothing else.
    const NAMED: [&str; 8] = [
        Self::ROOF_INSPECTIONS,
        Self::DANA_CLOSER,
        Self::OPEN_HOUSE,
        Self::SOLAR_WORKSHOP,
        Self::ESTIMATE_TEAM,
        Self::PAT,
        Self::NURTURE,
        Self::SALES,
    ];

    /// The whole file: something of everything there is, and the ids that the examples of the catalog name.
    pub fn everything() -> Self {
        EVERYTHING.clone()
    }

    /// A location where nothing has happened yet: the users of the file, and of the rest what has a name here.
    pub fn demo() -> Self {
        let mut seed = EVERYTHING.clone();
        let is_named = |id: &str| Self::NAMED.contains(&id);
        seed.calendars.retain(|calendar| is_named(&calendar.id));
        seed.contacts
            .retain(|contact| contact.id.as_deref().is_some_and(is_named));
        seed.appointments.clear();
        seed.documents.retain(|kind, documents| {
            let id = kind.id_name();
            documents.retain(|document| document.get(id).and_then(Value::as_str).is_some_and(is_named));
            !documents.is_empty()
        });
        seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::{CalendarKind, DocumentKind, Ghl};

    #[test]
    fn the_demo_has_something_of_every_kind() {
        let ghl = Ghl::new(EVERYTHING.clone()).unwrap();
        assert_eq!((ghl.seed().calendars.len(), ghl.contacts().count()), (8, 2));
        assert_eq!(Ghl::new(ghl.seed()).unwrap().seed(), ghl.seed());
        // Asked for a kind that is none, serde names all that there are.
        let kinds = serde_json::from_str::<super::super::DocumentKind>(r#""none""#).unwrap_err();
        let kinds = kinds.to_string();
        let kinds: Vec<&str> = kinds.split('`').skip(3).step_by(2).collect();
        let seeded: Vec<String> = EVERYTHING.documents.keys().map(|kind| kind.section()).collect();
        assert!(kinds.len() >= 20, "{kinds:?}");
        for kind in kinds {
            assert!(seeded.iter().any(|section| section == kind), "nothing of {kind}");
        }
    }

    #[test]
    fn the_ids_of_the_demo_are_as_long_as_those_of_ghl() {
        // Active Knocker counts its pins.
        let of_ghl = EVERYTHING
            .documents
            .iter()
            .filter(|(kind, _)| **kind != DocumentKind::KnockPin);
        let documents = of_ghl.flat_map(|(kind, documents)| {
            let id = kind.id_name();
            documents.iter().map(move |document| document[id].as_str().unwrap())
        });
        let contacts = EVERYTHING.contacts.iter().filter_map(|contact| contact.id.as_deref());
        let calendars = EVERYTHING.calendars.iter().map(|calendar| calendar.id.as_str());
        for id in documents.chain(contacts).chain(calendars) {
            assert_eq!(id.len(), 20, "{id}");
        }
    }

    #[test]
    fn nothing_has_happened_yet_where_the_tests_begin() {
        let seed = Seed::demo();
        assert_eq!(
            seed.users.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(),
            [Seed::DANA, Seed::MARCUS, Seed::RILEY]
        );
        let calendars: Vec<_> = seed
            .calendars
            .iter()
            .map(|calendar| (calendar.id.as_str(), calendar.kind))
            .collect();
        let expected = [
            (Seed::ROOF_INSPECTIONS, CalendarKind::RoundRobin),
            (Seed::DANA_CLOSER, CalendarKind::Personal),
            (Seed::OPEN_HOUSE, CalendarKind::Event),
            (Seed::SOLAR_WORKSHOP, CalendarKind::ClassBooking),
            (Seed::ESTIMATE_TEAM, CalendarKind::Collective),
        ];
        assert_eq!(calendars, expected);
        assert_eq!(seed.contacts.len(), 1);
        assert!(seed.appointments.is_empty() && seed.documents.len() == 2);
        assert_eq!(seed.tokens[0].token, Seed::DEMO_TOKEN);
    }
}
