//! What the operator allows the component.

use std::path::{Path, PathBuf};

use host_harness::contract::Manifest;
use host_harness::egress::{Grant, Grants, Policy};
use serde_json::Value;

use super::declaration::declaration;
use super::exit::Exit;
use super::servers::unreachable_servers;

/// Where GHL is. An operator who configures nothing else grants this server, and no other.
const DEFAULT_BASE_URL: &str = "https://services.leadconnectorhq.com";

/// Who decides what the component may do. Everything that it may do comes from [`Granting::grants`].
#[derive(Clone, Debug)]
pub(super) enum Granting {
    /// The built-in component: it asks for what it needs, and the configuration names the servers.
    BuiltIn,
    /// A component from elsewhere: what it declares is worth nothing until the operator has granted it.
    Foreign { component: PathBuf, granted: Vec<Grant> },
}

impl Granting {
    pub(super) fn new(plugin: Option<&Path>, granted: &[Grant]) -> Self {
        match plugin {
            None => Self::BuiltIn,
            Some(component) => Self::Foreign {
                component: component.to_owned(),
                granted: granted.to_vec(),
            },
        }
    }

    /// What a connection may do: the servers that it may call, and the secrets that it may send there. Fails where it
    /// declares anything that is not granted.
    pub(super) fn grants(&self, manifest: &Manifest, json: &str) -> Result<Grants, Exit> {
        match self {
            Self::BuiltIn => configured(manifest, json),
            Self::Foreign { component, granted } => foreign(component, granted, manifest),
        }
    }
}

/// The servers that were configured. Naming a server on this machine is a grant of it.
fn configured(manifest: &Manifest, json: &str) -> Result<Grants, Exit> {
    if let Some(problem) = unreachable_servers(json).first() {
        return Err(Exit::misused(problem.message.clone()));
    }
    let configuration: Value = serde_json::from_str(json).unwrap_or_default();
    let named = |pointer: &str| configuration.pointer(pointer).and_then(Value::as_str);
    let servers = [
        Some(named("/base_url").unwrap_or(DEFAULT_BASE_URL)),
        named("/knocker/base_url"),
    ];
    let servers: Vec<_> = servers.into_iter().flatten().collect();
    let mut grants = Grants::new().allow_secrets_of(manifest);
    for server in &servers {
        grants = grant(grants, server)?;
    }
    let policy = Policy::new(manifest, &grants).map_err(|error| Exit::failed(error.to_string()))?;
    match policy.missing().next() {
        Some(missing) => Err(Exit::misused(format!(
            "the component wants to call `{}`, and `{}` is all that is granted",
            missing.origin,
            servers.join("`, `")
        ))),
        None => Ok(grants),
    }
}

/// Allows one server more.
pub(super) fn grant(grants: Grants, base_url: &str) -> Result<Grants, Exit> {
    let origin = base_url
        .trim_end_matches('/')
        .parse()
        .map_err(|error| Exit::misused(format!("`{base_url}`: {error}")))?;
    Ok(grants.allow_named(Grant { origin, role: None }))
}

fn foreign(component: &Path, granted: &[Grant], manifest: &Manifest) -> Result<Grants, Exit> {
    let refused = |why: String| Exit::misused(format!("the component `{}` {why}", component.display()));
    let grants = granted.iter().cloned().fold(Grants::new(), Grants::allow_named);
    let policy = Policy::new(manifest, &grants).map_err(|error| refused(format!("cannot be run: {error}")))?;
    let missing: Vec<_> = policy.missing().map(|grant| format!("--grant {grant}")).collect();
    if missing.is_empty() {
        return Ok(grants);
    }
    let declaration = declaration(manifest);
    let mut lines = vec![String::new()];
    lines.extend(declaration.lines().map(str::to_owned));
    lines.extend(["", "If you trust it with that, add:", ""].map(str::to_owned));
    lines.push(format!("  {}", missing.join(" ")));
    Err(refused("is not granted all that it asks for. It declares:".to_owned()).with(lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_harness::contract::{Endpoint, RateLimit, RateLimitHeaders, Route, Secret};

    fn manifest() -> Manifest {
        let name = String::new;
        Manifest {
            name: "collector".to_owned(),
            version: "1.0.0".to_owned(),
            account: "account".to_owned(),
            actions: Vec::new(),
            scopes: Vec::new(),
            endpoints: vec![
                Endpoint {
                    scheme: "https".to_owned(),
                    authority: "api.example.com".to_owned(),
                    routes: vec![Route {
                        method: "GET".to_owned(),
                        path: "/things/{id}".to_owned(),
                    }],
                },
                Endpoint {
                    scheme: "http".to_owned(),
                    authority: "127.0.0.1:9".to_owned(),
                    routes: Vec::new(),
                },
            ],
            secrets: vec![Secret {
                role: "api_token".to_owned(),
                description: "a token\u{1b}[2J".to_owned(),
                scheme: "https".to_owned(),
                authority: "api.example.com".to_owned(),
                header: "authorization".to_owned(),
                prefix: "Bearer ".to_owned(),
            }],
            oauth2: None,
            rate_limit: RateLimit {
                requests: 0,
                interval_ms: 0,
                daily: 0,
                headers: RateLimitHeaders {
                    limit: name(),
                    remaining: name(),
                    interval_ms: name(),
                    daily_limit: name(),
                    daily_remaining: name(),
                    daily_reset_ms: name(),
                },
            },
            send_before_header: name(),
            request_timeout_ms: 30_000,
            trace_id_field: name(),
        }
    }

    fn granted(grants: &[&str]) -> Result<Grants, String> {
        let grants: Vec<Grant> = grants.iter().map(|grant| grant.parse().unwrap()).collect();
        let granting = Granting::new(Some(Path::new("collector.wasm")), &grants);
        granting.grants(&manifest(), "{}").map_err(|exit| exit.to_string())
    }

    #[test]
    fn foreign_component_is_shown_and_refused_until_all_of_it_is_granted() {
        let refused = granted(&[]).unwrap_err();
        for told in [
            "`collector.wasm`",
            "collector 1.0.0",
            "https://api.example.com",
            "GET /things/{id}",
            "http://127.0.0.1:9",
            "api_token",
            "`authorization: Bearer …`",
            "100 requests in 10s, the host's own",
            "30s for a request",
            "--grant http://127.0.0.1:9 --grant api_token@https://api.example.com",
        ] {
            assert!(refused.contains(told), "{told}:\n{refused}");
        }
        assert!(!refused.contains('\u{1b}'), "{refused}");

        // To call a server is not to send it a secret.
        let refused = granted(&["api.example.com", "http://127.0.0.1:9"]).unwrap_err();
        assert!(
            refused.ends_with("add:; ;   --grant api_token@https://api.example.com"),
            "{refused}"
        );
        // Nor is it to send it there when it may be sent elsewhere, or another one there.
        for other in ["api_token@http://127.0.0.1:9", "ghl_token@api.example.com"] {
            let refused = granted(&["http://127.0.0.1:9", other]).unwrap_err();
            assert!(
                refused.contains("--grant api_token@https://api.example.com"),
                "{refused}"
            );
        }
        granted(&["api_token@api.example.com", "http://127.0.0.1:9"]).unwrap();
    }

    #[test]
    fn servers_that_the_configuration_names_are_not_granted_to_a_foreign_component() {
        let json = r#"{"base_url": "https://api.example.com", "knocker": {"base_url": "http://127.0.0.1:9"}}"#;
        assert!(
            Granting::new(Some(Path::new("x.wasm")), &[])
                .grants(&manifest(), json)
                .is_err()
        );
        assert!(Granting::BuiltIn.grants(&manifest(), json).is_ok());
    }

    #[test]
    fn role_of_the_host_is_granted_to_nobody() {
        for role in ["alert_url", "austin_alert_url"] {
            let mut manifest = manifest();
            manifest.secrets[0].role = role.to_owned();
            let grant = format!("{role}@api.example.com").parse().unwrap();
            let granted = [grant, "http://127.0.0.1:9".parse().unwrap()];
            let foreign = Granting::new(Some(Path::new("x.wasm")), &granted);
            for granting in [foreign, Granting::BuiltIn] {
                let error = granting.grants(&manifest, "{}").unwrap_err().to_string();
                assert!(error.contains(&format!("`{role}`, which is the host's own")), "{error}");
            }
        }
    }
}
