//! What a host must know before it lets the component run.

use super::Component;
use super::automation::problem;
use crate::bindings::exports::knockcal::connector::manifest::{
    Endpoint, Guest, Manifest, Oauth2, Problem, RateLimit, RateLimitHeaders, Route, Secret,
};
use crate::catalog;
use crate::ghl::provider;
use crate::recipe::{Configuration, actions};
use crate::run::SEND_BEFORE_HEADER;

impl Guest for Component {
    fn get(configuration_json: String) -> Result<Manifest, Vec<Problem>> {
        Configuration::read(&configuration_json)
            .map(manifest)
            .map_err(|problems| problems.into_iter().map(problem).collect())
    }
}

fn manifest(configuration: Configuration) -> Manifest {
    let actions = actions();
    let operations = catalog::with_needs(actions.iter().map(String::as_str));
    let mut scopes: Vec<String> = Vec::new();
    for operation in &operations {
        if !scopes.iter().any(|scope| scope == operation.scope) {
            scopes.push(operation.scope.to_owned());
        }
    }
    let routes = operations.iter().map(|operation| Route {
        method: operation.method.to_owned(),
        path: operation.path.to_owned(),
    });
    let server = configuration.server;
    Manifest {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        account: configuration.location_id,
        actions,
        scopes,
        endpoints: vec![Endpoint {
            scheme: server.scheme.clone(),
            authority: server.authority.clone(),
            routes: routes.collect(),
        }],
        secrets: vec![Secret {
            role: provider::TOKEN_ROLE.to_owned(),
            description: "a private integration token of the GHL sub-account, or an OAuth access token for it"
                .to_owned(),
            scheme: server.scheme,
            authority: server.authority,
            header: "authorization".to_owned(),
            prefix: "Bearer ".to_owned(),
        }],
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
