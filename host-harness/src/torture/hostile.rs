//! Bodies that nobody should send: deep, huge and strange. Whatever becomes of them, the leads must fare as without.

use super::client;
use super::feeder::Counts;
use super::hosts::Hosts;
use super::town;
use bytes::Bytes;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often to look whether it is time for the next one.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How many times all of them are sent.
const ROUNDS: u64 = 3;

/// The bodies. None of them is a booking that could be carried out.
fn bodies() -> Vec<Vec<u8>> {
    let event = |id: &str, data: &str| {
        format!(r#"{{"id":"hostile-{id}","subject":"hostile","trigger":"knocker.lead_booked","data":{data}}}"#)
            .into_bytes()
    };
    let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let listed = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    vec![
        event("deep-64", &nested(63)),
        event("deep-126", &nested(126)),
        event("deep-list", &format!(r#"{{"lead":{}}}"#, listed(126))),
        event("deep-beyond", &nested(100_000)),
        event("huge", &format!(r#"{{"notes":"{}"}}"#, "x".repeat(3_000_000))),
        event("beyond-huge", &format!(r#"{{"notes":"{}"}}"#, "x".repeat(5_000_000))),
        event(
            "many-fields",
            &format!(
                "{{{}\"z\":1}}",
                (0..5_000).map(|n| format!("\"f{n}\":{n},")).collect::<String>()
            ),
        ),
        event(
            "control",
            r#"{"lead":{"name":"\u0000\u001b[2J\u009b\u202e","phone":"\n"}}"#,
        ),
        event("surrogate", r#"{"lead":{"name":"\ud800"}}"#),
        event(
            "numbers",
            r#"{"startTime":1e400,"lead":{"name":-0.0,"phone":99999999999999999999999999}}"#,
        ),
        event("twice", r#"{"startTime":1,"startTime":2}"#),
        event("raw", r#"{"$serde_json::private::RawValue":"{"}"#),
        event(
            "types",
            r#"{"startTime":[],"lead":"Ann","attendees":{"a":[null,true]}}"#,
        ),
        event("unknown", r#"{"\u0000":{"":{"":null}}}"#),
        br#"{"trigger":"no.such.thing","data":{}}"#.to_vec(),
        b"{\"data\":{\"lead\":{\"name\":\"\xff\xfe\"}}}".to_vec(),
        b"[[[[".to_vec(),
        Vec::new(),
    ]
}

/// Sends all of it, spread over the time in which the leads' events come in. Says how many of them were taken in.
pub(super) async fn send(hosts: Arc<Hosts>, counts: Arc<Counts>, events: u64, mut random: fastrand::Rng) -> u64 {
    let mut taken = 0;
    let bodies = bodies();
    let total = u64::try_from(bodies.len()).unwrap_or(1).saturating_mul(ROUNDS);
    let all = (0..ROUNDS).flat_map(|_| &bodies);
    for (turn, body) in (0_u64..).zip(all) {
        while counts.acknowledged.load(Ordering::Relaxed) < events.saturating_mul(turn) / total {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let Some(address) = hosts.address(random.usize(..hosts.count().max(1))) else {
            continue;
        };
        let target = format!("/v1/events?connection={}", town::connection(0));
        // Refused, cut off, or to a process that is just being killed: none of it matters.
        if let Ok((StatusCode::ACCEPTED, _)) = client::post(address, &target, Bytes::from(body.clone())).await {
            taken += 1;
        }
    }
    taken
}
