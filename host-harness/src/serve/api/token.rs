//! Who may call.

use super::Desk;
use super::error::ApiError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Lets through who knows the token, where there is one.
pub(super) async fn check(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Result<Response, ApiError> {
    if let Some(token) = &desk.api.options.token
        && !is_right(request.headers(), token.expose())
    {
        let message = "say who you are with `authorization: Bearer …`";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message).closing());
    }
    Ok(next.run(request).await)
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
