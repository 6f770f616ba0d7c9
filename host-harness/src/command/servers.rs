//! The servers that a configuration names, and whether requests can leave for them.

use host_harness::contract::{Document, Problem};
use host_harness::egress::{Origin, Reach, Refusal, forbidden, forbidden_now};
use serde_json::Value;

/// The servers of a configuration to which no request could leave, as far as their URLs and the network say.
pub(super) async fn unreachable_servers_now(json: &str) -> Vec<Problem> {
    let mut problems = unreachable_servers(json);
    if !problems.is_empty() {
        return problems;
    }
    for (pointer, url) in named_servers(json) {
        let origin: Option<Origin> = url.trim_end_matches('/').parse().ok();
        if let Some(origin) = origin
            && let Some(refusal) = forbidden_now(&origin, reach(&origin)).await
        {
            problems.push(unreachable_server(pointer, &refusal));
        }
    }
    problems
}

/// The servers of a configuration to which no request could leave, as far as their URLs say.
pub(super) fn unreachable_servers(json: &str) -> Vec<Problem> {
    let servers = named_servers(json).into_iter();
    let refused = servers.filter_map(|(pointer, url)| {
        let origin: Origin = url.trim_end_matches('/').parse().ok()?;
        let refusal = forbidden(&origin, reach(&origin))?;
        Some(unreachable_server(pointer, &refusal))
    });
    refused.collect()
}

fn unreachable_server(pointer: &str, refusal: &Refusal) -> Problem {
    Problem {
        document: Document::Configuration,
        pointer: pointer.to_owned(),
        code: "private-address".to_owned(),
        message: match refusal {
            Refusal::PrivateAddress { origin, address } => format!(
                "`{origin}` is at `{address}`, which is not on the public internet: requests go to servers there, and \
                 to this machine, like `http://127.0.0.1:8484`"
            ),
            other => other.to_string(),
        },
    }
}

/// The servers that a configuration names, with the places where it does.
fn named_servers(json: &str) -> Vec<(&'static str, String)> {
    let configuration: Value = serde_json::from_str(json).unwrap_or_default();
    let named = |pointer: &'static str| {
        let url = configuration.pointer(pointer).and_then(Value::as_str)?;
        Some((pointer, url.to_owned()))
    };
    ["/base_url", "/knocker/base_url"]
        .into_iter()
        .filter_map(named)
        .collect()
}

/// Which addresses a server may have that was named.
fn reach(origin: &Origin) -> Reach {
    match origin.is_loopback() {
        true => Reach::Private,
        false => Reach::Public,
    }
}
