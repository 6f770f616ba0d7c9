//! `GET /locations/{locationId}`.

use serde_json::{Value, json};

use super::call::Call;
use super::reply::Outcome;
use super::route::{Place, Route};
use super::seed::Location;

pub(super) const ROUTES: &[Route] =
    &[Route::get("location.get", "/locations/{locationId}", "locations.readonly", get).location(Place::First)];

fn get(call: &mut Call<'_>) -> Outcome {
    Ok(json!({ "location": call.store.location.shown() }))
}

impl Location {
    /// The location as GHL shows it.
    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "companyId": self.company_id,
            "name": self.name,
            "timezone": self.time_zone,
            "business": { "name": self.name, "timezone": self.time_zone },
            "social": {},
            "settings": {
                "allowDuplicateContact": self.allow_duplicate_contact,
                "allowDuplicateOpportunity": false,
                "allowFacebookNameMerge": false,
                "disableContactTimezone": false,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::Seed;
    use crate::emulator::trial::Trial;

    #[test]
    fn a_location_says_its_zone_and_its_settings() {
        let mut trial = Trial::demo();
        let answer = trial.get(&format!("/locations/{}", Seed::DEMO_LOCATION));
        assert_eq!(answer.status, 200);
        let location = &answer.body["location"];
        assert_eq!(location["companyId"], Seed::DEMO_COMPANY);
        assert_eq!(location["timezone"], "America/Chicago");
        assert_eq!(location["settings"]["allowDuplicateContact"], false);
        assert_eq!(trial.get("/locations/elsewhere").status, 403);
    }
}
