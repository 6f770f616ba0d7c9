//! How things are when a rehearsal begins.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::egress::Tap;
use crate::emulator::{Calendar, Fault, Seed, User};
use crate::engine::Limits;

/// How things are when a rehearsal begins.
#[derive(Clone)]
pub struct Stage {
    /// What GHL holds.
    pub seed: Seed,
    /// What goes wrong with it.
    pub faults: Vec<Fault>,
    /// What time it is, in milliseconds since the Unix epoch.
    pub now_ms: u64,
    /// What calls may take.
    pub limits: Limits,
    /// Who sees what is sent, as the component sends it.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Stage {
    /// A GHL with this in it, where nothing goes wrong.
    pub fn new(seed: Seed, now_ms: u64) -> Self {
        Self {
            seed,
            faults: Vec::new(),
            now_ms,
            limits: Limits::default(),
            tap: None,
        }
    }
}

/// The emulator's demo as the location of a configuration, with the users and the calendars that the configuration
/// names and the demo does not have. Those calendars are open every day, and everybody whom the configuration knows is
/// on their team; a rep's own is the rep's.
pub fn seed_for(configuration: &Value) -> Seed {
    let mut seed = Seed::demo();
    if let Some(location) = text(configuration, "location_id") {
        location.clone_into(&mut seed.location.id);
    }
    if let Some(Ok(zone)) = text(configuration, "time_zone").map(str::parse) {
        seed.location.time_zone = zone;
    }
    let reps = configuration.get("reps").and_then(Value::as_array);
    let reps: Vec<&Value> = reps.into_iter().flatten().collect();
    let team: Vec<&str> = reps.iter().filter_map(|rep| text(rep, "user_id")).collect();
    for rep in &reps {
        let Some(user) = text(rep, "user_id").filter(|id| seed.users.iter().all(|user| user.id != *id)) else {
            continue;
        };
        let name = text(rep, "email").or(text(rep, "id")).unwrap_or(user);
        add(
            &mut seed.users,
            json!({ "id": user, "name": name, "email": text(rep, "email").unwrap_or_default() }),
        );
    }
    let users: Vec<String> = match team.as_slice() {
        [] => seed.users.iter().map(|user: &User| user.id.clone()).collect(),
        team => team.iter().map(|user| (*user).to_owned()).collect(),
    };
    for names in std::iter::once(configuration).chain(reps) {
        let (id, name) = (text(names, "calendar_id"), text(names, "calendar_name"));
        let named = |calendar: &Calendar| match (id, name) {
            (Some(id), _) => calendar.id == id,
            (None, Some(name)) => calendar.name.trim().eq_ignore_ascii_case(name.trim()),
            (None, None) => true,
        };
        if seed.calendars.iter().any(named) {
            continue;
        }
        let drawn = format!("calendar-{}", seed.calendars.len() + 1);
        let own = text(names, "user_id").map(|user| vec![user.to_owned()]);
        add(
            &mut seed.calendars,
            json!({
                "id": id.unwrap_or(&drawn),
                "name": name.or(id),
                "type": "round_robin",
                "team": own.as_ref().unwrap_or(&users),
                "slot_minutes": 60,
                "open_hours": [{ "days": [0, 1, 2, 3, 4, 5, 6], "from": "07:00", "to": "21:00" }],
            }),
        );
    }
    seed
}

/// Adds what is described, as a file would.
fn add<T: serde::de::DeserializeOwned>(to: &mut Vec<T>, described: Value) {
    to.extend(serde_json::from_value::<T>(described).ok());
}

fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Ghl;

    #[test]
    fn what_a_configuration_names_is_there() {
        let seed = seed_for(&json!({
            "location_id": "HillCountryRoofing01", "time_zone": "America/Denver", "calendar_name": "Gutters",
            "reps": [{ "email": "sam@example.com", "user_id": "Sam", "calendar_id": "OfSam" }, { "id": "7" }],
        }));
        assert_eq!(seed.location.id, "HillCountryRoofing01");
        assert_eq!(seed.location.time_zone.to_string(), "America/Denver");
        let ghl = Ghl::new(seed).unwrap().seed();
        let calendar = |name: &str| ghl.calendars.iter().find(|calendar| calendar.name == name);
        assert_eq!(
            calendar("Gutters").map(|gutters| gutters.team.clone()),
            Some(vec!["Sam".to_owned()])
        );
        assert_eq!(
            calendar("OfSam").map(|of_sam| of_sam.id.clone()),
            Some("OfSam".to_owned())
        );
    }

    #[test]
    fn the_demo_stays_the_demo() {
        let named = json!({ "location_id": Seed::DEMO_LOCATION, "calendar_id": Seed::ROOF_INSPECTIONS });
        assert_eq!(seed_for(&named), Seed::demo());
    }
}
