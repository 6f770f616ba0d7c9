//! What the configuration says of places: keys that no address can have, and conditions that no state can meet.

use super::{Finding, Severity};
use crate::document::pointer_to;
use crate::knock::us_state_code;
use crate::recipe::{Configuration, Recipe};

/// What is worth saying about places.
pub(super) fn findings(configuration: &Configuration) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in &configuration.settings.zones.places {
        if let Some(near) = place.misspelt_state() {
            let message = format!("`{}` is not a state of the US; did you mean `{near}`?", place.written);
            findings.push(warning(
                "unknown-state",
                pointer_to("/time_zones", &place.written),
                message,
            ));
        }
    }
    for (pointer, zone) in zones(configuration) {
        if let Some(offset) = zone.strip_prefix("Etc/GMT").filter(|offset| offset.len() > 1) {
            let message = format!(
                "`{zone}` is UTC{} all the year, without summer time; write a name like `America/Chicago`",
                offset.replace('+', "_").replace('-', "+").replace('_', "-")
            );
            findings.push(warning("fixed-zone", pointer, message));
        }
    }
    let recipes = configuration.recipes.all().unwrap_or_default();
    for recipe in recipes.iter().chain([&configuration.routing_conditions()]) {
        findings.extend(of_conditions(recipe));
    }
    findings
}

/// Each zone that the configuration names, and where.
fn zones(configuration: &Configuration) -> Vec<(String, &str)> {
    let settings = &configuration.settings;
    let own = settings
        .time_zone
        .iter()
        .map(|zone| ("/time_zone".to_owned(), zone.name()));
    let places = settings.zones.places.iter();
    let of_places = places.map(|place| (pointer_to("/time_zones", &place.written), place.zone.name()));
    let reps = configuration.reps.iter().enumerate();
    let of_reps = reps.filter_map(|(index, rep)| {
        let zone = rep.time_zone.as_ref()?;
        Some((format!("/reps/{index}/time_zone"), zone.name()))
    });
    own.chain(of_places).chain(of_reps).collect()
}

/// Conditions that hold `address.state` against the name of a state: it is two letters there.
fn of_conditions(recipe: &Recipe) -> Vec<Finding> {
    let steps = recipe.steps.iter();
    let conditions = steps.filter_map(|step| Some((step.when.as_ref()?, format!("{}/when", step.pointer))));
    let conditions = conditions.filter(|(when, _)| when.written.contains("address.state"));
    let named = conditions.filter_map(|(when, pointer)| {
        let texts = when.written.split(['\'', '"']).skip(1).step_by(2);
        let (name, code) = texts
            .map(|text| (text, us_state_code(text)))
            .find_map(|(text, code)| Some((text, code.filter(|code| *code != text)?)))?;
        let message =
            format!("`address.state` is two letters where it is a state of the US: write `{code}` for `{name}`");
        Some(warning("state-by-name", pointer, message))
    });
    named.collect()
}

fn warning(code: &'static str, pointer: String, message: String) -> Finding {
    Finding {
        severity: Severity::Warning,
        code,
        pointer,
        within: None,
        message,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(more: &Value) -> Vec<(String, String)> {
        let mut configuration = json!({ "location_id": "here", "calendar_id": "c" });
        for (key, value) in more.as_object().unwrap() {
            configuration[key] = value.clone();
        }
        let findings = Configuration::findings(&configuration.to_string());
        findings
            .into_iter()
            .filter(|finding| finding.code != "missing-source-id")
            .map(|finding| (finding.pointer, finding.message))
            .collect()
    }

    #[test]
    fn a_state_that_is_misspelt_is_a_warning_and_places_elsewhere_are_none() {
        let of_key = |key: &str| found(&json!({ "time_zones": { key: "America/Denver" } }));
        for key in ["UT", "Utah", "utah ", "Tex.", "799", "Ontario", "ON", "Bayern", "K1A"] {
            assert_eq!(of_key(key), [], "{key}");
        }
        let [(pointer, message)] = of_key("Colorodo").try_into().unwrap();
        assert_eq!(pointer, "/time_zones/Colorodo");
        assert!(message.contains("did you mean `Colorado`?"), "{message}");
    }

    #[test]
    fn a_zone_without_summer_time_is_a_warning_that_says_which_one_it_is() {
        let [(pointer, message)] = found(&json!({ "time_zone": "Etc/GMT+5" })).try_into().unwrap();
        assert_eq!(pointer, "/time_zone");
        assert!(message.contains("UTC-5 all the year"), "{message}");
        assert_eq!(found(&json!({ "time_zone": "Etc/GMT" })), []);
    }

    #[test]
    fn a_condition_that_names_a_state_in_full_is_a_warning() {
        let route = |when: &str| found(&json!({ "routing": [{ "when": when, "calendar_id": "c" }] }));
        let [(pointer, message)] = route("address.state == 'Utah'").try_into().unwrap();
        assert_eq!(pointer, "/routing/0/when");
        assert!(message.contains("write `UT` for `Utah`"), "{message}");
        assert_eq!(route("address.state == 'UT'"), []);
        assert_eq!(route("address.state in ['UT', 'ON', 'Ontario']"), []);
        assert_eq!(route("address.city == 'Washington'"), []);
    }
}
