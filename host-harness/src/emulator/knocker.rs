//! Active Knocker's own API, on the same server: `/knock-pin`. Nobody documented it, so what is refused, and in which
//! words, is ours; that it says whether it worked in `status`, always with a 200, was seen.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::document::DocumentKind;
use super::reply::Outcome;
use super::route::{Api, Route};
use super::sent::Shape;

pub(super) const ROUTES: &[Route] = &[
    Route::post("knocker.create_pin", "/knock-pin", "", create_pin)
        .of(Api::Knocker)
        .body(Shape::Free),
    Route::post("knocker.apply_tags", "/knock-pin/applyTags/{id}", "", apply_tags)
        .of(Api::Knocker)
        .body(Shape::Free),
];

/// What is kept of a pin.
const KEPT: [&str; 6] = ["latitude", "longitude", "pin_id", "notes", "address", "created_user_id"];

fn create_pin(call: &mut Call<'_>) -> Outcome {
    if let Some(words) = complaint(call.body) {
        return Ok(refused(&words));
    }
    let mut pin = call.body.clone();
    pin.retain(|name, _| KEPT.contains(&name.as_str()));
    let number = next_number(call);
    pin.insert("id".to_owned(), number.to_string().into());
    call.create(DocumentKind::KnockPin, pin);
    Ok(json!({ "status": true, "msg": "Knock pin created successfully", "id": number }))
}

/// Adds tags to those that a pin has.
fn apply_tags(call: &mut Call<'_>) -> Outcome {
    let Ok(pin) = call.document(DocumentKind::KnockPin, call.id()) else {
        return Ok(refused(&format!("There is no knock pin {}", call.id())));
    };
    let given = call.text("tag_ids").unwrap_or_default();
    let given: Vec<&str> = given.split(',').map(str::trim).collect();
    if given.iter().any(|tag| tag.is_empty()) {
        return Ok(refused("tag_ids must be a list with commas"));
    }
    let tags = pin.get("tag_ids").and_then(Value::as_array);
    let mut tags = tags.cloned().unwrap_or_default();
    for tag in given {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.into());
        }
    }
    let tags = Map::from_iter([("tag_ids".to_owned(), tags.into())]);
    call.amend(DocumentKind::KnockPin, call.id(), tags)?;
    Ok(json!({ "status": true, "msg": "Tags applied successfully" }))
}

fn refused(words: &str) -> Value {
    json!({ "status": false, "msg": words })
}

/// What is wrong with a pin, if anything is: where it is, and what it means, must be said, and a state by its whole
/// name.
fn complaint(pin: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| pin.get(name).and_then(Value::as_str);
    let number = |name: &str| pin.get(name)?.as_f64().or_else(|| text(name)?.parse().ok());
    for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        match number(name) {
            None => return Some(format!("{name} is required")),
            Some(degrees) if !(-most..=most).contains(&degrees) => return Some(format!("{name} is out of range")),
            Some(_) => {}
        }
    }
    let meaning = pin.get("pin_id").filter(|id| !id.is_null() && **id != "");
    if meaning.is_none() {
        return Some("pin_id is required".to_owned());
    }
    match pin.get("address") {
        None | Some(Value::Null) => None,
        Some(Value::Object(address)) => {
            let state = address.get("state").and_then(Value::as_str);
            let state = state.filter(|state| state.len() == 2);
            state.map(|state| format!("address.state must be a whole name, not {state}"))
        }
        Some(_) => Some("address must be an object".to_owned()),
    }
}

/// The number after the highest that a pin has.
fn next_number(call: &Call<'_>) -> u64 {
    let pins = call.store.now().documents(DocumentKind::KnockPin);
    let numbers = pins.filter_map(|pin| pin.get("id")?.as_str()?.parse::<u64>().ok());
    numbers.max().unwrap_or(0).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Answer, Trial, request};
    use crate::emulator::{Effect, Seed};
    use http::{Method, StatusCode};

    /// A request to Active Knocker, which knows neither versions nor tokens.
    fn ask(trial: &mut Trial, path: &str, key: Option<&str>, body: Value) -> Answer {
        let mut request = request(Method::POST, path, Some(body));
        let headers = request.headers_mut();
        headers.remove("version");
        headers.remove("authorization");
        if let Some(key) = key {
            headers.insert("x-api-key", key.parse().unwrap());
        }
        trial.send(request)
    }

    fn pin() -> Value {
        json!({
            "latitude": 30.2672, "longitude": "-97.7431", "pin_id": 4, "notes": "Gate code 4711",
            "address": { "street": "1 Elm St", "city": "Austin", "state": "Texas", "country": "US",
                         "postalCode": "78701" },
        })
    }

    const KEY: Option<&str> = Some(Seed::DEMO_KNOCKER_KEY);

    #[test]
    fn a_pin_is_made_and_tagged() {
        let mut trial = Trial::demo();
        for number in 1..=2 {
            let made = ask(&mut trial, "/knock-pin", KEY, pin());
            assert_eq!(
                (made.status, &made.body["status"], &made.body["id"]),
                (200, &json!(true), &json!(number))
            );
            assert_eq!(made.body.get("traceId"), None);
        }
        for (tags, kept) in [("7, 9", json!(["7", "9"])), ("9,11", json!(["7", "9", "11"]))] {
            let tagged = ask(&mut trial, "/knock-pin/applyTags/2", KEY, json!({ "tag_ids": tags }));
            assert_eq!(tagged.body["status"], true);
            let pins: Vec<_> = trial.ghl.documents(DocumentKind::KnockPin).collect();
            assert_eq!((&pins[1]["tag_ids"], pins[0].get("tag_ids")), (&kept, None));
        }
    }

    #[test]
    fn what_is_missing_is_said_with_a_200() {
        let mut trial = Trial::demo();
        for (wrong, words) in [
            (json!({ "latitude": null }), "latitude is required"),
            (json!({ "longitude": 200 }), "longitude is out of range"),
            (json!({ "pin_id": "" }), "pin_id is required"),
            (
                json!({ "address": { "state": "TX" } }),
                "address.state must be a whole name, not TX",
            ),
            (json!({ "address": "1 Elm St" }), "address must be an object"),
        ] {
            let mut body = pin();
            body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            let answer = ask(&mut trial, "/knock-pin", KEY, body);
            assert_eq!(
                (answer.status, answer.body),
                (200, json!({ "status": false, "msg": words }))
            );
        }
        assert_eq!(ask(&mut trial, "/knock-pin", KEY, pin()).body["id"], 1);
        for (id, tags, words) in [
            (2, json!({ "tag_ids": "7" }), "There is no knock pin 2"),
            (1, json!({}), "tag_ids must be a list with commas"),
        ] {
            let answer = ask(&mut trial, &format!("/knock-pin/applyTags/{id}"), KEY, tags);
            assert_eq!((answer.status, &answer.body["msg"]), (200, &json!(words)));
        }
    }

    #[test]
    fn a_key_is_asked_for() {
        let mut trial = Trial::demo();
        for key in [None, Some("wrong"), Some(Seed::DEMO_TOKEN)] {
            assert_eq!(ask(&mut trial, "/knock-pin", key, pin()).status, 401);
        }
        assert_eq!(trial.post("/knock-pin", pin()).status, 401, "a token of GHL is no key");
        assert_eq!(trial.ghl.documents(DocumentKind::KnockPin).count(), 0);
    }

    #[test]
    fn the_limit_of_ghl_is_not_its_own_but_faults_strike_it() {
        let mut seed = Seed::demo();
        seed.rate_limit.max = 1;
        let mut trial = Trial::of(seed);
        for _ in 0..3 {
            let answer = ask(&mut trial, "/knock-pin", KEY, pin());
            assert_eq!((answer.status, answer.headers.get("x-ratelimit-max")), (200, None));
        }
        assert_eq!(trial.get("/nowhere").headers["x-ratelimit-remaining"], "0");
        trial.fault(
            "knocker.create_pin",
            Effect::StatusAfterCommit(StatusCode::BAD_GATEWAY.into()),
        );
        assert_eq!(ask(&mut trial, "/knock-pin", KEY, pin()).status, 502);
        assert_eq!(trial.ghl.documents(DocumentKind::KnockPin).count(), 4);
    }
}
