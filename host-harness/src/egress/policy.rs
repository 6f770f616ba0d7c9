//! What may leave: the smaller of what the component declares and what the operator grants.

use super::error::Refusal;
use super::grants::{Grant, Grants, Reach, is_role};
use super::origin::{Origin, OriginError};
use super::route::Pattern;
use super::swap::SecretPlace;
use crate::contract::Manifest;
use crate::secrets::is_of_host;
use http::{HeaderName, Method, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use thiserror::Error;

/// Decides for one connection. Made once from its manifest and grants.
#[derive(Clone, Debug)]
pub struct Policy {
    servers: BTreeMap<Origin, Server>,
    places: Vec<SecretPlace>,
    missing: BTreeSet<Grant>,
    send_before_header: Option<HeaderName>,
    trace_id_field: String,
    request_timeout: Duration,
}

#[derive(Clone, Debug)]
struct Server {
    patterns: Vec<Pattern>,
    reach: Option<Reach>,
}

/// What a checked request may do.
#[derive(Clone, Debug)]
pub(super) struct Permit {
    pub(super) origin: Origin,
    pub(super) reach: Reach,
}

/// Why a manifest cannot be enforced. Nothing runs under it then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// An endpoint or a secret names no server.
    #[error("the manifest names no server: {0}")]
    Origin(#[from] OriginError),
    /// A route cannot be one.
    #[error("the manifest's route `{method} {path}` cannot be one: {reason}")]
    Route {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header's name cannot be one.
    #[error("the manifest's header `{header}` cannot be one")]
    Header {
        /// The name.
        header: String,
    },
    /// A secret would go to a server that is not called.
    #[error("the manifest sends the secret of role `{role}` to `{origin}`, which is none of its endpoints")]
    SecretAstray {
        /// The role.
        role: String,
        /// The server.
        origin: Origin,
    },
    /// A secret is the host's own.
    #[error("the manifest asks for the secret of role `{role}`, which is the host's own: no component gets it")]
    HostRole {
        /// The role.
        role: String,
    },
    /// It declares more than a host looks through.
    #[error("the manifest declares {count} {what}; a host takes {limit}")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many.
        count: usize,
        /// The most it takes.
        limit: usize,
    },
    /// A role's name cannot be one.
    #[error("the manifest's role `{role}` cannot be one: use `[a-z][a-z0-9_]*`")]
    Role {
        /// The role.
        role: String,
    },
}

/// Most servers of a manifest.
const MOST_ENDPOINTS: usize = 32;

/// Most routes of a manifest, of all servers together. All that GHL has are a few hundred.
const MOST_ROUTES: usize = 2_048;

/// Most secrets of a manifest.
const MOST_SECRETS: usize = 32;

impl Policy {
    /// The policy of a connection. A declared secret that is not granted goes nowhere: its placeholder leaves as it is.
    pub fn new(manifest: &Manifest, grants: &Grants) -> Result<Self, PolicyError> {
        check_size(manifest)?;
        let mut servers: BTreeMap<Origin, Server> = BTreeMap::new();
        for endpoint in &manifest.endpoints {
            let origin = Origin::new(&endpoint.scheme, &endpoint.authority)?;
            let reach = grants.reach(&origin);
            let server = servers.entry(origin).or_insert_with(|| Server {
                patterns: Vec::new(),
                reach,
            });
            for route in &endpoint.routes {
                let pattern = Pattern::new(&route.method, &route.path).map_err(|reason| PolicyError::Route {
                    method: route.method.clone(),
                    path: route.path.clone(),
                    reason,
                })?;
                server.patterns.push(pattern);
            }
        }
        let mut places = Vec::with_capacity(manifest.secrets.len());
        let mut missing = BTreeSet::new();
        for secret in &manifest.secrets {
            if !is_role(&secret.role) {
                return Err(PolicyError::Role {
                    role: secret.role.clone(),
                });
            }
            if is_of_host(&secret.role) {
                return Err(PolicyError::HostRole {
                    role: secret.role.clone(),
                });
            }
            let origin = Origin::new(&secret.scheme, &secret.authority)?;
            if !servers.contains_key(&origin) {
                return Err(PolicyError::SecretAstray {
                    role: secret.role.clone(),
                    origin,
                });
            }
            let header = header_name(&secret.header)?;
            if !grants.allows_secret(&secret.role, &origin) {
                missing.insert(Grant {
                    origin,
                    role: Some(secret.role.clone()),
                });
                continue;
            }
            places.push(SecretPlace {
                role: secret.role.clone(),
                origin,
                header,
                prefix: secret.prefix.clone(),
            });
        }
        let unreachable = servers.iter().filter(|(_, server)| server.reach.is_none());
        for (origin, _) in unreachable {
            // Granting a secret grants its server.
            if !missing.iter().any(|grant| grant.origin == *origin) {
                missing.insert(Grant {
                    origin: origin.clone(),
                    role: None,
                });
            }
        }
        let send_before_header = if manifest.send_before_header.is_empty() {
            None
        } else {
            Some(header_name(&manifest.send_before_header)?)
        };
        Ok(Self {
            servers,
            places,
            missing,
            send_before_header,
            trace_id_field: manifest.trace_id_field.clone(),
            request_timeout: Duration::from_millis(manifest.request_timeout_ms.into()),
        })
    }

    /// What the manifest asks for and the operator has not granted, as it would be granted.
    pub fn missing(&self) -> impl Iterator<Item = &Grant> {
        self.missing.iter()
    }

    /// Whether a request may leave. `uri` is the one that is sent.
    pub(super) fn check(&self, method: &Method, uri: &Uri) -> Result<Permit, Refusal> {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(Refusal::Address {
                reason: "it names no server".to_owned(),
            });
        };
        let origin = Origin::new(scheme, authority.as_str()).map_err(|error| Refusal::Address {
            reason: error.to_string(),
        })?;
        let Some(server) = self.servers.get(&origin) else {
            return Err(Refusal::OriginNotDeclared { origin });
        };
        let Some(reach) = server.reach else {
            return Err(Refusal::OriginNotGranted { origin });
        };
        let path = uri.path();
        if !server.patterns.iter().any(|pattern| pattern.matches(method, path)) {
            return Err(Refusal::RouteNotDeclared {
                origin,
                method: method.clone(),
                path: path.to_owned(),
            });
        }
        Ok(Permit { origin, reach })
    }

    pub(super) fn places(&self) -> &[SecretPlace] {
        &self.places
    }

    /// The field of JSON replies with the provider's id of the exchange.
    pub(super) fn trace_id_field(&self) -> &str {
        &self.trace_id_field
    }

    pub(super) fn send_before_header(&self) -> Option<&HeaderName> {
        self.send_before_header.as_ref()
    }

    /// The longest that one request may take.
    pub fn request_timeout(&self) -> Duration {
        self.request_timeout
    }
}

fn header_name(name: &str) -> Result<HeaderName, PolicyError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| PolicyError::Header {
        header: name.to_owned(),
    })
}

fn check_size(manifest: &Manifest) -> Result<(), PolicyError> {
    let routes = manifest.endpoints.iter().map(|endpoint| endpoint.routes.len()).sum();
    for (what, count, limit) in [
        ("servers", manifest.endpoints.len(), MOST_ENDPOINTS),
        ("routes", routes, MOST_ROUTES),
        ("secrets", manifest.secrets.len(), MOST_SECRETS),
    ] {
        if count > limit {
            return Err(PolicyError::TooMany { what, count, limit });
        }
    }
    Ok(())
}
