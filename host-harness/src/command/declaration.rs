//! What a component declares, for whoever has to decide whether to trust it.

use std::fmt::Write;

use host_harness::contract::Manifest;
use host_harness::engine::Limits;
use host_harness::pace::Terms;
use humantime::format_duration;
use std::time::Duration;

/// The declaration, line by line. What it says comes from a stranger: characters that a terminal obeys are escaped.
pub(super) fn declaration(manifest: &Manifest) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = declare(manifest, &mut text);
    text
}

fn declare(manifest: &Manifest, text: &mut String) -> std::fmt::Result {
    let shown = |foreign: &str| foreign.escape_debug().to_string();
    writeln!(
        text,
        "  component  {} {}, for the account `{}`",
        shown(&manifest.name),
        shown(&manifest.version),
        shown(&manifest.account)
    )?;
    for endpoint in &manifest.endpoints {
        writeln!(
            text,
            "  calls      {}://{}",
            shown(&endpoint.scheme),
            shown(&endpoint.authority)
        )?;
        for route in &endpoint.routes {
            writeln!(text, "               {} {}", shown(&route.method), shown(&route.path))?;
        }
    }
    for secret in &manifest.secrets {
        writeln!(
            text,
            "  sends      the secret of role `{}` in `{}: {}…` to {}://{}: {}",
            shown(&secret.role),
            shown(&secret.header),
            shown(&secret.prefix),
            shown(&secret.scheme),
            shown(&secret.authority),
            shown(&secret.description)
        )?;
    }
    let terms = Terms::of(manifest);
    writeln!(
        text,
        "  limit      {} requests in {}{}",
        terms.requests,
        format_duration(Duration::from_millis(terms.interval_ms)),
        match manifest.rate_limit.requests {
            0 => ", the host's own: it declares none",
            _ => "",
        }
    )?;
    let longest = Limits::default().longest_request;
    let timeout = Duration::from_millis(manifest.request_timeout_ms.into()).min(longest);
    writeln!(text, "  timeout    {} for a request", format_duration(timeout))
}
