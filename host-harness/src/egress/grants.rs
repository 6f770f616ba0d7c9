//! What the operator allows.

use super::origin::{Origin, OriginError, Scheme};
use crate::contract::Manifest;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The servers that the operator lets a connection reach, and the secrets that it may send there. Empty at first:
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    origins: BTreeMap<Origin, Reach>,
    secrets: BTreeSet<(String, Origin)>,
}

/// Which addresses a server may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// Those of the public internet.
    Public,
    /// Those of this machine and of private networks as well.
    Private,
}

/// One thing that an operator allows a component, as it is written: `https://api.example.com` to call that server,
/// `api_token@https://api.example.com` to send it the secret of that role as well. Without a scheme it is `https`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The server that may be called.
    pub origin: Origin,
    /// The role of the secret that may be sent there; `None`: no secret.
    pub role: Option<String>,
}

/// Why a text is not a grant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GrantError {
    /// What stands for the server is none.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// What stands for the role is none.
    #[error("invalid role `{role}`: expected `[a-z][a-z0-9_]*`, as in `api_token@api.example.com`")]
    Role {
        /// The role.
        role: String,
    },
}

impl Grants {
    /// Nothing is allowed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows a server.
    #[must_use]
    pub fn allow(mut self, origin: Origin, reach: Reach) -> Self {
        self.origins.insert(origin, reach);
        self
    }

    /// Allows a server that an operator named, and the secret that was named with it. Naming a server on this machine
    /// allows its private address.
    #[must_use]
    pub fn allow_named(mut self, grant: Grant) -> Self {
        let reach = if grant.origin.is_loopback() {
            Reach::Private
        } else {
            Reach::Public
        };
        if let Some(role) = grant.role {
            self.secrets.insert((role, grant.origin.clone()));
        }
        self.allow(grant.origin, reach)
    }

    /// Allows every secret that a manifest declares to go where it says. For the manifest of a component that is
    /// trusted alone.
    #[must_use]
    pub fn allow_secrets_of(mut self, manifest: &Manifest) -> Self {
        for secret in &manifest.secrets {
            // One that names no server is refused with its manifest.
            if let Ok(origin) = Origin::new(&secret.scheme, &secret.authority) {
                self.secrets.insert((secret.role.clone(), origin));
            }
        }
        self
    }

    /// How far towards this server, or nothing where it is not allowed at all.
    pub fn reach(&self, origin: &Origin) -> Option<Reach> {
        self.origins.get(origin).copied()
    }

    /// Whether the secret of this role may go to this server.
    pub fn allows_secret(&self, role: &str, origin: &Origin) -> bool {
        self.secrets.contains(&(role.to_owned(), origin.clone()))
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (role, server) = match text.split_once('@') {
            Some((role, _)) if !is_role(role) => return Err(GrantError::Role { role: role.to_owned() }),
            Some((role, server)) => (Some(role.to_owned()), server),
            None => (None, text),
        };
        let origin = match server.contains("://") {
            true => server.parse()?,
            false => Origin::new(Scheme::Https.as_str(), server)?,
        };
        Ok(Self { origin, role })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(role) = &self.role {
            write!(f, "{role}@")?;
        }
        write!(f, "{}", self.origin)
    }
}

/// Whether a text can be a role.
pub(super) fn is_role(role: &str) -> bool {
    let mut bytes = role.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grant_reads_as_it_is_written() {
        for (given, written) in [
            ("api.example.com", "https://api.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("api_token@API.example.com:443", "api_token@https://api.example.com"),
            ("token@http://localhost:1/", "token@http://localhost:1"),
        ] {
            let grant: Grant = given.parse().unwrap();
            assert_eq!(grant.to_string(), written);
            assert_eq!(written.parse(), Ok(grant));
        }
    }

    #[test]
    fn text_that_is_no_grant_is_refused() {
        for wrong in [
            "",
            "@host",
            "Token@host",
            "a b@host",
            "token@",
            "ftp://host",
            "token@user@host",
            "host/path",
        ] {
            assert!(wrong.parse::<Grant>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn named_server_is_private_on_this_machine_alone() {
        let grants = Grants::new()
            .allow_named("http://127.0.0.1:1".parse().unwrap())
            .allow_named("token@10.0.0.1".parse().unwrap());
        let reach = |origin: &str| grants.reach(&origin.parse().unwrap());
        assert_eq!(reach("http://127.0.0.1:1"), Some(Reach::Private));
        assert_eq!(reach("https://10.0.0.1"), Some(Reach::Public));
        assert_eq!(reach("https://127.0.0.1"), None);
        assert!(grants.allows_secret("token", &"https://10.0.0.1".parse().unwrap()));
        assert!(!grants.allows_secret("token", &"http://127.0.0.1:1".parse().unwrap()));
        assert!(!grants.allows_secret("other", &"https://10.0.0.1".parse().unwrap()));
    }
}
