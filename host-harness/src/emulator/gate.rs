//! Who may ask for what: version, token, scope and location, in GHL's order.

use http::header::{AUTHORIZATION, HeaderMap};
use http::{Method, Request};
use serde_json::{Map, Value};

use super::reply::Refusal;
use super::route::{Place, Route, Since};
use super::seed::{Token, TokenKind};
use super::target::Query;

/// The versions GHL has published.
const VERSIONS: [&str; 5] = ["2021-01-01", "2021-04-15", "2021-07-28", "2023-02-21", "v3"];

/// The header with the key of Active Knocker.
const KEY: &str = "x-api-key";

/// What a request is judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a Query,
    pub(super) body: &'a Map<String, Value>,
    /// What stands in the place of the path's placeholders.
    pub(super) ids: &'a [String],
}

impl<'a> Asked<'a> {
    pub(super) fn of<B>(
        request: &'a Request<B>,
        query: &'a Query,
        body: &'a Map<String, Value>,
        ids: &'a [String],
    ) -> Self {
        Self {
            method: request.method(),
            path: request.uri().path(),
            headers: request.headers(),
            query,
            body,
            ids,
        }
    }

    /// Whether it is made in the words of `v3`.
    pub(super) fn is_v3(self) -> bool {
        self.headers.get("version").is_some_and(|version| version == "v3")
    }
}

/// Lets a request through to its operation, or refuses it.
pub(super) fn check(asked: Asked<'_>, route: &Route, tokens: &[Token], location_id: &str) -> Result<(), Refusal> {
    check_version(asked, route.since)?;
    let token = check_token(asked.headers, tokens)?;
    check_scope(token, route.scope)?;
    check_location(asked, route.location, token, location_id)
}

fn check_version(asked: Asked<'_>, since: Since) -> Result<(), Refusal> {
    let Some(version) = asked.headers.get("version") else {
        return Err(Refusal::unauthorized("version header was not found."));
    };
    if !VERSIONS.iter().any(|known| version == known) {
        return Err(Refusal::unauthorized("version header is invalid"));
    }
    let known = match since {
        Since::V2 => true,
        Since::V2Only => version != "v3",
        Since::V3 => version == "v3",
    };
    if !known {
        return Err(Refusal::unknown_path(asked.method, asked.path));
    }
    Ok(())
}

fn check_token<'a>(headers: &HeaderMap, tokens: &'a [Token]) -> Result<&'a Token, Refusal> {
    let sent = bearer(headers);
    let token = tokens.iter().find(|token| token.token == sent);
    let Some(token) = token.filter(|token| !token.expired) else {
        return Err(Refusal::unauthorized(if sent.starts_with("pit-") {
            "Invalid Private Integration token"
        } else {
            "Invalid JWT"
        }));
    };
    match token.kind {
        TokenKind::Location => Ok(token),
        TokenKind::Agency => Err(Refusal::unauthorized("Token's user type mismatch!")),
        TokenKind::Company => Err(Refusal::unauthorized(
            "This authClass type is not allowed to access this scope. \
             Please verify your IAM configuration if this is not the case.",
        )),
    }
}

/// Lets a request through to an operation of Active Knocker, or refuses it.
pub(super) fn check_key(headers: &HeaderMap, keys: &[String]) -> Result<(), Refusal> {
    let sent = headers.get(KEY);
    let known = sent.is_some_and(|sent| keys.iter().any(|key| sent == key));
    known.then_some(()).ok_or_else(Refusal::wrong_key)
}

/// What a request is let in by: its token, or its key for Active Knocker. Nothing is an empty text.
pub(super) fn credential(headers: &HeaderMap) -> &str {
    let key = headers.get(KEY).and_then(|key| key.to_str().ok());
    key.unwrap_or_else(|| bearer(headers))
}

/// What a request sends after `Bearer`; nothing is an empty text.
fn bearer(headers: &HeaderMap) -> &str {
    let sent = headers.get(AUTHORIZATION).and_then(|sent| sent.to_str().ok());
    let sent = sent.and_then(|sent| sent.split_once(' '));
    let sent = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    sent.map_or("", |(_, token)| token.trim())
}

fn check_scope(token: &Token, scope: &str) -> Result<(), Refusal> {
    let Some(scopes) = &token.scopes else {
        return Ok(());
    };
    if scopes.iter().any(|held| held == scope) {
        return Ok(());
    }
    Err(Refusal::out_of_scope())
}

fn check_location(asked: Asked<'_>, place: Place, token: &Token, location_id: &str) -> Result<(), Refusal> {
    let of_token = token.location_id.as_deref().unwrap_or(location_id);
    let named = match place {
        Place::Query => asked.query.get("locationId"),
        Place::SnakeQuery if asked.is_v3() => asked.query.get("locationId"),
        Place::SnakeQuery => asked.query.get("location_id"),
        Place::First => asked.ids.first().map(String::as_str),
        Place::Body => asked.body.get("locationId").and_then(Value::as_str),
        Place::Path => Some(of_token),
    };
    if named != Some(of_token) {
        return Err(Refusal::foreign_location());
    }
    // The location is the token's own, but what is asked for belongs to the one that is here.
    if of_token != location_id {
        return Err(Refusal::unauthorized(
            "This location is not accessible from this token!",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Seed;
    use crate::emulator::trial::{Answer, Trial, request};
    use http::StatusCode;
    use serde_json::json;

    fn trial() -> Trial {
        let mut seed = Seed::demo();
        let token = |name: &str, kind| Token {
            kind,
            ..Token::of_location(name)
        };
        seed.tokens.extend([
            token("pit-agency", TokenKind::Agency),
            token("company", TokenKind::Company),
            Token {
                expired: true,
                ..Token::of_location("old")
            },
            Token {
                expired: true,
                ..Token::of_location("pit-old")
            },
            Token {
                scopes: Some(vec!["calendars.readonly".into()]),
                ..Token::of_location("narrow")
            },
            Token {
                location_id: Some("elsewhere".into()),
                ..Token::of_location("foreign")
            },
        ]);
        Trial::of(seed)
    }

    fn ask(target: &str, token: &str, version: Option<&str>) -> Answer {
        let mut request = request(Method::GET, target, None);
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        headers.remove("version");
        if let Some(version) = version {
            headers.insert("version", version.parse().unwrap());
        }
        trial().send(request)
    }

    fn refused(target: &str, token: &str) -> (u16, String) {
        let answer = ask(target, token, Some("2021-04-15"));
        let message = answer.body["message"].as_str().unwrap_or_default();
        (answer.status, message.to_owned())
    }

    const CALENDARS: &str = "/calendars/?locationId=ve9EPM428h8vShlRW1KT";

    #[test]
    fn every_published_version_is_accepted_and_no_other() {
        for version in super::VERSIONS {
            assert_eq!(ask(CALENDARS, Seed::DEMO_TOKEN, Some(version)).status, 200);
        }
        let none = ask(CALENDARS, "wrong", None);
        assert_eq!(none.status, 401);
        assert_eq!(none.body["message"], "version header was not found.");
        let unknown = ask(CALENDARS, "wrong", Some("bogus"));
        assert_eq!(unknown.status, 401);
        assert_eq!(unknown.body["message"], "version header is invalid");
    }

    #[test]
    fn a_path_is_known_to_its_versions_alone() {
        let route = |since| Route::get("user.list", "/users/", "users.readonly", |_| Ok(json!({}))).since(since);
        let check = |route: &Route, version: &'static str| {
            let request = request(Method::GET, "/users/", None);
            let mut headers = request.headers().clone();
            headers.insert("version", version.parse().unwrap());
            let (query, body) = (Query::default(), Map::new());
            let asked = Asked {
                headers: &headers,
                ..Asked::of(&request, &query, &body, &[])
            };
            let tokens = [Token::of_location(Seed::DEMO_TOKEN)];
            super::check(asked, route, &tokens, "here").map_err(|refusal| refusal.status)
        };
        let unknown = Err(StatusCode::NOT_FOUND);
        for (since, of_v2, of_v3) in [
            (Since::V2, Ok(()), Ok(())),
            (Since::V2Only, Ok(()), unknown),
            (Since::V3, unknown, Ok(())),
        ] {
            let route = route(since);
            assert_eq!((check(&route, "2021-07-28"), check(&route, "v3")), (of_v2, of_v3));
        }
    }

    #[test]
    fn the_location_is_looked_for_where_the_operation_has_it() {
        let ids = ["here".to_owned()];
        let places = |target: &'static str, version: &'static str| {
            let request = Request::get(target).header("version", version).body(()).unwrap();
            let query = Query::parse(request.uri().query());
            let token = Token::of_location("pit");
            [Place::Query, Place::SnakeQuery, Place::First, Place::Body].map(|place| {
                let body = Map::from_iter([("locationId".to_owned(), json!("here"))]);
                let asked = Asked::of(&request, &query, &body, &ids);
                super::check_location(asked, place, &token, "here").is_ok()
            })
        };
        assert_eq!(places("/", "v3"), [false, false, true, true]);
        assert_eq!(places("/?locationId=here", "v3"), [true, true, true, true]);
        assert_eq!(places("/?location_id=here", "2021-07-28"), [false, true, true, true]);
        assert_eq!(places("/?locationId=here", "2021-07-28"), [true, false, true, true]);
    }

    #[test]
    fn an_unknown_path_is_404_before_anything_else() {
        let answer = ask("/calendar", "wrong", None);
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body["message"], "Cannot GET /calendar");
        assert_eq!(ask("/Calendars/x", Seed::DEMO_TOKEN, None).status, 401);
    }

    #[test]
    fn a_token_is_refused_in_the_words_for_its_kind() {
        for (token, words) in [
            ("wrong", "Invalid JWT"),
            ("old", "Invalid JWT"),
            ("pit-old", "Invalid Private Integration token"),
            ("pit-wrong", "Invalid Private Integration token"),
            ("pit-agency", "Token's user type mismatch!"),
            (
                "company",
                "This authClass type is not allowed to access this scope. \
                 Please verify your IAM configuration if this is not the case.",
            ),
        ] {
            assert_eq!(refused(CALENDARS, token), (401, words.to_owned()));
        }
    }

    #[test]
    fn a_scope_is_asked_for_before_the_location() {
        let words = "The token is not authorized for this scope.";
        assert_eq!(refused("/contacts/x", "narrow"), (401, words.to_owned()));
        let target = "/calendars/events?locationId=elsewhere";
        assert_eq!(refused(target, "narrow"), (401, words.to_owned()));
        assert_eq!(ask(CALENDARS, "narrow", Some("v3")).status, 200);
    }

    #[test]
    fn another_location_is_refused() {
        let words = "The token does not have access to this location.";
        for target in ["/calendars/", "/calendars/?locationId=elsewhere"] {
            assert_eq!(refused(target, Seed::DEMO_TOKEN), (403, words.to_owned()));
        }
        let words = "This location is not accessible from this token!";
        let target = format!("/contacts/{}", Seed::PAT);
        assert_eq!(refused(&target, "foreign"), (401, words.to_owned()));
    }
}
