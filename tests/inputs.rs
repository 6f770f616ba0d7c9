//! Any input of an action is refused with its place, or is a request that GHL finds nothing wrong with in form.

use bytes::Bytes;
use host_harness::emulator::{End, Ghl, Seed};
use knockcal::api::{Operation, Server};
use knockcal::catalog;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::sandbox::MORNING_MS;

/// Values that fit some fields, nearly fit others, and fit nothing.
fn values() -> Vec<Value> {
    vec![
        json!("text"),
        json!(""),
        json!("  "),
        json!("ünïcödé 🏠"),
        json!("a/../b?c=d#e%20"),
        json!(".."),
        json!("x".repeat(6_000)),
        json!("ann@example.com"),
        json!("ann@"),
        json!("2030-06-04T10:00:00-05:00"),
        json!("2030-06-04T10:00:00"),
        json!("2030-06-04"),
        json!("09:30"),
        json!("America/Chicago"),
        json!("UTC"),
        json!(0),
        json!(1),
        json!(-1),
        json!(20),
        json!(21),
        json!(0.5),
        json!(1e300),
        json!(1_906_729_200),
        json!(1_906_729_200_000_i64),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(true),
        json!(null),
        json!([]),
        json!(["a", "b"]),
        json!([1, null]),
        json!([{}]),
        json!({}),
        json!({ "id": "x", "unknown": 1 }),
        json!([{ "id": "Dana00Whitfield00usr" }]),
        json!([{ "type": "wday", "day": "monday", "intervals": [{ "from": "09:00", "to": "10:00" }] }]),
        json!([{ "daysOfTheWeek": [7], "hours": [{ "openHour": 24 }] }]),
        json!([{ "userId": "Dana00Whitfield00usr", "priority": 0.5, "isPrimary": true }]),
        json!("confirmed"),
        json!("cancelled"),
        json!("round_robin"),
        json!("open"),
    ]
}

fn operations() -> Vec<&'static Operation> {
    // What Active Knocker takes nobody has published.
    let of_ghl = catalog::operations().filter(|operation| operation.listed && operation.server == Server::Ghl);
    of_ghl.collect()
}

/// The example of an operation with some fields changed, left out, or added.
fn inputs() -> impl Strategy<Value = (&'static Operation, Map<String, Value>)> {
    select(operations()).prop_flat_map(|operation| {
        let fields = operation.fields();
        // What the connection knows is nobody else's to say.
        let fields = fields.iter().filter(|field| !field.of_connection);
        let mut names: Vec<String> = fields.map(|field| field.name.to_owned()).collect();
        names.push("colour".to_owned());
        let change = (select(names), prop::option::weighted(0.8, select(values())));
        prop::collection::vec(change, 1..5).prop_map(move |changes| {
            let mut input: Map<String, Value> = serde_json::from_str(operation.example).unwrap();
            for (name, value) in changes {
                match value {
                    Some(value) => input.insert(name, value),
                    None => input.remove(&name),
                };
            }
            operation.complete(&mut input, Seed::DEMO_LOCATION);
            (operation, input)
        })
    })
}

/// What GHL says against the form of a request; nothing when it has nothing against it.
fn objection(ghl: &mut Ghl, operation: &'static Operation, input: &Map<String, Value>) -> Option<String> {
    let request = operation.request(input).ok()?;
    let message = http::Request::builder()
        .method(operation.method)
        .uri(&request.target)
        .header("version", operation.version)
        .header("authorization", format!("Bearer {}", Seed::DEMO_TOKEN))
        .header("content-type", "application/json")
        .body(
            request
                .body
                .as_ref()
                .map_or_else(Bytes::new, |body| body.to_string().into()),
        )
        .unwrap();
    let End::Reply(reply) = ghl.answer(i64::try_from(MORNING_MS).unwrap(), &message).end else {
        panic!("no fault was asked for");
    };
    let body: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    match reply.status().as_u16() {
        // A list of complaints is about form, a single sentence about what the location holds.
        422 if body["message"].is_array() => Some(body["message"].to_string()).filter(|message| is_about_form(message)),
        // A company of somebody else's is refused like one that was left out.
        401 if body["message"] == "E01 - Unauthorized request" => None,
        401 | 403 => Some(body["message"].to_string()),
        404 if body["message"]
            .as_str()
            .is_some_and(|message| message.starts_with("Cannot ")) =>
        {
            Some(body["message"].to_string())
        }
        500.. => Some(body.to_string()),
        _ => None,
    }
}

/// Whether a complaint can be known before it is made: some depend on what the calendar or the appointment is.
fn is_about_form(complaint: &str) -> bool {
    let of_state = [
        "the team of calendar",
        "with one team member",
        "endTime must be after startTime",
        "must have a field or a group",
        "no more than 10000 contacts",
        "must be what a contact of the page before has",
        // Which numbers there are, GHL knows; a description only says that it is a text.
        "phone must match",
    ];
    !of_state.iter().any(|words| complaint.contains(words))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_input_is_refused_with_its_place_or_its_request_is_in_order((operation, input) in inputs()) {
        match operation.request(&input) {
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    let at = problem.pointer.split('/').nth(1).map(str::to_owned);
                    let rule = problem.pointer.is_empty();
                    let known = at.is_some_and(|at| {
                        input.contains_key(&at) || operation.fields().iter().any(|field| field.name == at)
                    });
                    prop_assert!(rule || known, "{}: {problem:?}", operation.key);
                    prop_assert!(problem.message.len() < 2_000);
                }
            }
            Ok(_) => {
                let mut seed = Seed::everything();
                seed.rate_limit.max = 1_000_000;
                let mut ghl = Ghl::new(seed).unwrap();
                let objection = objection(&mut ghl, operation, &input);
                let input = Value::Object(input);
                prop_assert!(objection.is_none(), "{} {input}: {objection:?}", operation.key);
            }
        }
    }
}
