//! Who may call.

use super::Desk;
use super::error::ApiError;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Lets through who knows the token. Where there is none, who calls this machine by a name of its own: a page in
/// somebody's browser can have a name of its own lead here (DNS rebinding), and is told apart by it.
pub(super) async fn check(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Result<Response, ApiError> {
    if let Some(token) = &desk.api.options.token
        && !is_right(request.headers(), token.expose())
    {
        let message = "say who you are with `authorization: Bearer …`";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message).closing());
    }
    if desk.api.options.token.is_none() && !is_here(request.uri(), request.headers()) {
        let message = "without a token this machine is called by a name of its own, like `127.0.0.1` or `localhost`; \
                       to be called otherwise, by way of a proxy say, set `KNOCK_SERVE_TOKEN`";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "foreign-host", message).closing());
    }
    if desk.api.options.token.is_none() && !is_own_page(request.headers()) {
        let message = "without a token no page of another site may call; set `KNOCK_SERVE_TOKEN`, and call with it";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "foreign-origin", message).closing());
    }
    Ok(next.run(request).await)
}

/// Whether no page of another site sends a request. Browsers let any page post forms and plain texts anywhere, and say
/// whose page it is. Other programs say nothing.
fn is_own_page(headers: &HeaderMap) -> bool {
    let is_here = |origin: &HeaderValue| {
        let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
        origin.is_some_and(|origin| origin.authority().is_some_and(is_loopback))
    };
    let is_cross_site = |site: &HeaderValue| site.as_bytes().eq_ignore_ascii_case(b"cross-site");
    headers.get_all(header::ORIGIN).iter().all(is_here) && !headers.get_all("sec-fetch-site").iter().any(is_cross_site)
}

/// Whether the host that is called is this machine, wherever the request names it. A request that names none (HTTP/1.0)
/// comes from no browser.
fn is_here(uri: &Uri, headers: &HeaderMap) -> bool {
    let hosts = headers.get_all(header::HOST).iter();
    let hosts = hosts.map(|host| Authority::try_from(host.as_bytes()));
    let named = uri.authority().cloned().map(Ok).into_iter().chain(hosts);
    named
        .into_iter()
        .all(|authority| authority.is_ok_and(|authority| is_loopback(&authority)))
}

fn is_loopback(authority: &Authority) -> bool {
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_right(headers: &HeaderMap, token: &str) -> bool {
    let said = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let said = said.and_then(|said| said.split_at_checked("bearer ".len()));
    said.is_some_and(|(scheme, said)| {
        // The time that it takes tells nothing about the token but its length.
        scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(said.ct_eq(token.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_here() {
        let here = |host: &str| {
            is_here(
                &Uri::from_static("/v1/events"),
                &HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]),
            )
        };
        for host in ["127.0.0.1:8585", "localhost", "LOCALHOST:1", "[::1]:8585", "127.1.2.3"] {
            assert!(here(host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "",
            "localhost.evil.example:80",
        ] {
            assert!(!here(host), "{host}");
        }
        assert!(is_here(&Uri::from_static("/v1/events"), &HeaderMap::new()));
    }

    #[test]
    fn only_pages_of_this_machine_and_programs_are_own() {
        let own = |name: &'static str, value: &str| {
            is_own_page(&HeaderMap::from_iter([(
                header::HeaderName::from_static(name),
                value.parse().unwrap(),
            )]))
        };
        for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8585"] {
            assert!(own("origin", origin), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost.evil.example",
            "",
            "localhost@evil.example",
            "file://",
        ] {
            assert!(!own("origin", origin), "{origin}");
        }
        assert!(!own("sec-fetch-site", "cross-site") && own("sec-fetch-site", "same-origin"));
        assert!(is_own_page(&HeaderMap::new()));
    }

    #[test]
    fn only_the_whole_token_is_right() {
        let with = |value: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        assert!(is_right(&with("Bearer secret"), "secret"));
        assert!(is_right(&with("bearer secret"), "secret"));
        for wrong in [
            "Bearer secre",
            "Bearer secrets",
            "Bearer ",
            "Bear",
            "secret",
            "Basic secret",
            "",
        ] {
            assert!(!is_right(&with(wrong), "secret"), "{wrong}");
        }
        assert!(!is_right(&HeaderMap::new(), "secret"));
    }
}
