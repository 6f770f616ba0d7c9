//! What a host must know before it lets the component run.

use super::Component;
use super::automation::problems;
use crate::api::{self, Operation};
use crate::bindings::exports::knockcal::connector::manifest::{
    Endpoint, Guest, Manifest, Oauth2, Problem, RateLimit, RateLimitHeaders, Route, Secret,
};
use crate::catalog;
use crate::ghl::provider;
use crate::recipe::{Configuration, Server};
use crate::run::SEND_BEFORE_HEADER;

impl Guest for Component {
    fn get(configuration_json: String) -> Result<Manifest, Vec<Problem>> {
        Configuration::read(&configuration_json).map(manifest).map_err(problems)
    }
}

fn manifest(configuration: Configuration) -> Manifest {
    let mut actions = configuration.used_actions();
    for action in &configuration.actions {
        if !actions.contains(action) {
            actions.push(action.clone());
        }
    }
    let operations = catalog::with_needs(actions.iter().map(String::as_str).collect());
    let mut scopes: Vec<String> = Vec::new();
    for operation in operations.iter().filter(|operation| !operation.scope.is_empty()) {
        if !scopes.iter().any(|scope| scope == operation.scope) {
            scopes.push(operation.scope.to_owned());
        }
    }
    let (mut endpoints, mut secrets) = (Vec::new(), Vec::new());
    for (api, server) in [
        (api::Server::Ghl, Some(&configuration.server)),
        (api::Server::Knocker, configuration.knocker.as_ref()),
    ] {
        if let Some((endpoint, secret)) = server.and_then(|server| powers(api, server, &operations)) {
            endpoints.push(endpoint);
            secrets.push(secret);
        }
    }
    Manifest {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        account: configuration.location_id,
        actions,
        scopes,
        endpoints,
        secrets,
        oauth2: Some(Oauth2 {
            authorization_url: provider::AUTHORIZATION_URL.to_owned(),
            token_url: format!("{}{}", provider::BASE_URL, provider::TOKEN_PATH),
        }),
        rate_limit: RateLimit {
            requests: provider::REQUESTS_PER_INTERVAL,
            interval_ms: provider::INTERVAL_MS,
            daily: provider::REQUESTS_PER_DAY,
            headers: RateLimitHeaders {
                limit: provider::LIMIT_HEADER.to_owned(),
                remaining: provider::REMAINING_HEADER.to_owned(),
                interval_ms: provider::INTERVAL_HEADER.to_owned(),
                daily_limit: provider::DAILY_LIMIT_HEADER.to_owned(),
                daily_remaining: provider::DAILY_REMAINING_HEADER.to_owned(),
                daily_reset_ms: provider::DAILY_RESET_HEADER.to_owned(),
            },
        },
        send_before_header: SEND_BEFORE_HEADER.to_owned(),
        request_timeout_ms: configuration.request_timeout_ms,
        trace_id_field: provider::TRACE_ID_FIELD.to_owned(),
    }
}

/// What is called at a server, and with which secret; nothing when nothing is called there.
fn powers(api: api::Server, server: &Server, operations: &[&Operation]) -> Option<(Endpoint, Secret)> {
    let mut routes = Vec::new();
    for operation in operations.iter().filter(|operation| operation.server == api) {
        routes.push(Route {
            method: operation.method.to_owned(),
            path: operation.path.to_owned(),
        });
    }
    if routes.is_empty() {
        return None;
    }
    let access = catalog::access(api);
    let endpoint = Endpoint {
        scheme: server.scheme.clone(),
        authority: server.authority.clone(),
        routes,
    };
    let secret = Secret {
        role: access.role.to_owned(),
        description: access.description.to_owned(),
        scheme: server.scheme.clone(),
        authority: server.authority.clone(),
        header: access.header.to_owned(),
        prefix: access.prefix.to_owned(),
    };
    Some((endpoint, secret))
}
