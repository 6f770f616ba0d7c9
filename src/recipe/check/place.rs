//! What the configuration says of places: keys that no address can have, and conditions that no address can meet.

use super::{Finding, Severity};
use crate::document::pointer_to;
use crate::knock::{five_of_longer, us_state_code};
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
    for place in &configuration.settings.zones.places {
        if let Some(five) = place.longer_than_five() {
            let message = format!(
                "`{}` fits no address, which has five digits of its ZIP code here: write `{five}`",
                place.written
            );
            findings.push(warning(
                "unknown-zip",
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
        of_conditions(recipe, &mut findings);
    }
    findings
}

/// Each zone that the configuration names, and where.
fn zones(configuration: &Configuration) -> Vec<(String, &str)> {
    let (settings, mut zones) = (&configuration.settings, Vec::new());
    if let Some(zone) = &settings.time_zone {
        zones.push(("/time_zone".to_owned(), zone.name()));
    }
    for place in &settings.zones.places {
        zones.push((pointer_to("/time_zones", &place.written), place.zone.name()));
    }
    for (index, rep) in configuration.reps.iter().enumerate() {
        if let Some(zone) = &rep.time_zone {
            zones.push((format!("/reps/{index}/time_zone"), zone.name()));
        }
    }
    zones
}

/// Conditions that hold parts of an address against texts: a state is two letters there, a ZIP code five digits, and a city
/// as it was written.
fn of_conditions(recipe: &Recipe, findings: &mut Vec<Finding>) {
    for step in &recipe.steps {
        let Some(when) = &step.when else { continue };
        let names = |part: &str| when.written.contains(part);
        let texts = || when.written.split(['\'', '"']).skip(1).step_by(2);
        let pointer = || pointer_to(&step.pointer, "when");
        let state = |text| Some((text, us_state_code(text).filter(|code| *code != text)?));
        if let Some((name, code)) = texts().find_map(state).filter(|_| names("address.state")) {
            let message =
                format!("`address.state` is two letters where it is a state of the US: write `{code}` for `{name}`");
            findings.push(warning("state-by-name", pointer(), message));
        }
        let zip = |text| Some((text, five_of_longer(text)?));
        if let Some((longer, five)) = texts().find_map(zip).filter(|_| names("address.postalCode")) {
            let message =
                format!("`address.postalCode` is five digits where it is a ZIP code: write `{five}` for `{longer}`");
            findings.push(warning("unknown-zip", pointer(), message));
        }
        let capitals = |text: &&str| text.contains(char::is_uppercase);
        if names("address.city")
            && !names("lower")
            && let Some(city) = texts().find(capitals)
        {
            let message = format!(
                "`address.city` is as people write it, and `{}` is another text than `{city}`: write `address.city|lower` and \
                 small letters",
                city.to_lowercase()
            );
            findings.push(warning("city-as-written", pointer(), message));
        }
    }
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
        assert_eq!(route("address.city|lower == 'washington'"), []);
    }

    #[test]
    fn a_zip_code_of_nine_digits_and_a_city_in_capitals_are_warnings_because_they_fit_too_little() {
        let route = |when: &str| found(&json!({ "routing": [{ "when": when, "calendar_id": "c" }] }));
        let message = |found: Vec<(String, String)>| found.into_iter().next().map(|(_, message)| message).unwrap();
        let zip = message(route("address.postalCode in ['84101-1234']"));
        assert!(zip.contains("write `84101` for `84101-1234`"), "{zip}");
        let city = message(route("address.city == 'Salt Lake City'"));
        assert!(city.contains("write `address.city|lower`"), "{city}");
        assert_eq!(route("address.postalCode in ['84101', '84102']"), []);
        for key in ["84101-1234", "841011234"] {
            let key = message(found(&json!({ "time_zones": { key: "America/Denver" } })));
            assert!(key.contains("write `84101`"), "{key}");
        }
        for key in ["84101", "21", "Salt Lake City"] {
            assert_eq!(found(&json!({ "time_zones": { key: "America/Denver" } })), [], "{key}");
        }
    }
}
