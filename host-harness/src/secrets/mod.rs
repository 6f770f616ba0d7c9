//! Credentials by role.
//!
//! The sandbox never holds a secret. It gets a placeholder, which the egress swaps for the secret in the one header
//! that the manifest names, towards the one server that it names. [`Secrets::reveal`] is for the egress alone.

mod environment;
mod of_connection;
mod secret_file;
mod value;

pub use environment::{EnvironmentSecrets, Found, Source};
pub use of_connection::{claimant, of_connection};
pub use value::SecretValue;

use thiserror::Error;

/// The role of the URL to which is posted what a connection sets aside.
pub const ALERT_URL: &str = "alert_url";

/// Roles of secrets that the host uses itself.
const HOST_ROLES: [&str; 1] = [ALERT_URL];

/// Whether a role is the host's own, which no component may ask for. What ends like one is, too: the variable of role
/// `austin_alert_url` is that of role `alert_url` of connection `austin`.
pub fn is_of_host(role: &str) -> bool {
    let ends_with = |own: &str| {
        role.strip_suffix(own)
            .is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    HOST_ROLES.into_iter().any(ends_with)
}

/// The secrets of one connection.
pub trait Secrets: Send + Sync {
    /// What stands for the secret of this role. Must not block.
    fn get(&self, role: &str) -> Result<String, SecretError>;

    /// The provider refused this one: what stands for the next one, or for the same one again where there is no
    /// other. However many ask about the same refused secret, it is renewed once. May block.
    fn renew(&self, role: &str, refused: &str) -> Result<String, SecretError>;

    /// The secret behind a placeholder. For the egress; nothing else has use for it. Must not block.
    fn reveal(&self, placeholder: &str) -> Option<Revealed>;
}

/// A secret and the role it is for.
#[derive(Clone, Debug)]
pub struct Revealed {
    /// The role.
    pub role: String,
    /// The secret.
    pub value: SecretValue,
}

/// Why there is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The connection has no secret for this role.
    #[error("{0}")]
    Missing(String),
    /// There is one, and it cannot be read, or cannot be a secret.
    #[error("{0}")]
    Unusable(String),
    /// The host cannot get at its secrets now.
    #[error("{0}")]
    Unavailable(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_the_host_are_its_own_under_every_connection() {
        for own in ["alert_url", "austin_alert_url", "austin_north_alert_url"] {
            assert!(is_of_host(own), "{own}");
        }
        for other in ["ghl_token", "alert", "url", "alert_url_token", "myalert_url"] {
            assert!(!is_of_host(other), "{other}");
        }
    }
}
