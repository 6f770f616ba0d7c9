//! What may leave: the smaller of what the component declares and what the operator grants.

use super::error::Refusal;
use super::grants::{Grants, Reach};
use super::origin::{Origin, OriginError};
use super::route::Pattern;
use super::swap::SecretPlace;
use crate::contract::Manifest;
use http::{HeaderName, Method, Uri};
use std::collections::BTreeMap;
use std::time::Duration;
use thiserror::Error;

/// Decides for one connection. Made once from its manifest and grants.
#[derive(Clone, Debug)]
pub struct Policy {
    servers: BTreeMap<Origin, Server>,
    places: Vec<SecretPlace>,
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
    /// A role's name cannot be one.
    #[error("the manifest's role `{role}` cannot be one: use `[a-z][a-z0-9_]*`")]
    Role {
        /// The role.
        role: String,
    },
}

impl Policy {
    /// The policy of a connection.
    pub fn new(manifest: &Manifest, grants: &Grants) -> Result<Self, PolicyError> {
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
        for secret in &manifest.secrets {
            if !is_role(&secret.role) {
                return Err(PolicyError::Role {
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
            places.push(SecretPlace {
                role: secret.role.clone(),
                origin,
                header: header_name(&secret.header)?,
                prefix: secret.prefix.clone(),
            });
        }
        let send_before_header = if manifest.send_before_header.is_empty() {
            None
        } else {
            Some(header_name(&manifest.send_before_header)?)
        };
        Ok(Self {
            servers,
            places,
            send_before_header,
            trace_id_field: manifest.trace_id_field.clone(),
            request_timeout: Duration::from_millis(manifest.request_timeout_ms.into()),
        })
    }

    /// The declared servers that the operator does not allow.
    pub fn not_granted(&self) -> impl Iterator<Item = &Origin> {
        self.servers
            .iter()
            .filter(|(_, server)| server.reach.is_none())
            .map(|(origin, _)| origin)
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

fn is_role(role: &str) -> bool {
    let mut bytes = role.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
