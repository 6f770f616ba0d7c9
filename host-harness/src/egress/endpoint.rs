//! Where the host posts something of its own.

use super::origin::{Origin, Scheme};
use http::uri::Uri;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A server with a path and a query. Printing it, by mistake or in a log, shows nothing of it: who has such an address
/// may post there, so that it is a secret by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) origin: Origin,
    /// Path and query.
    pub(super) target: Uri,
}

/// Why nothing can be posted to what somebody gave. It does not quote that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// It is no address of a server.
    #[error("is no URL like `https://example.com/path`")]
    NoUrl,
    /// Whoever listens on the way could read it.
    #[error("is not encrypted; plain HTTP is for this machine only")]
    NotEncrypted,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no_url = EndpointError::NoUrl;
        let uri: Uri = text.parse().map_err(|_| no_url)?;
        let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or(no_url)?;
        let origin = Origin::new(scheme, authority.as_str()).map_err(|_| no_url)?;
        if origin.scheme() == Scheme::Http && !origin.is_loopback() {
            return Err(EndpointError::NotEncrypted);
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let target = target.parse().map_err(|_| no_url)?;
        Ok(Self { origin, target })
    }
}

impl Endpoint {
    /// The address itself.
    pub(crate) fn expose(&self) -> String {
        format!("{}{}", self.origin, self.target)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_posted_stays_on_this_machine_or_is_encrypted() {
        for (given, read) in [
            ("http://localhost:9000/hooks", Ok("http://localhost:9000/hooks")),
            ("http://127.0.0.1", Ok("http://127.0.0.1/")),
            ("https://example.com/a?b=c", Ok("https://example.com/a?b=c")),
            ("http://example.com/a", Err(EndpointError::NotEncrypted)),
            ("localhost:9000", Err(EndpointError::NoUrl)),
            ("ftp://example.com/a", Err(EndpointError::NoUrl)),
            ("https://user:word@example.com/a", Err(EndpointError::NoUrl)),
            ("a word", Err(EndpointError::NoUrl)),
        ] {
            let endpoint: Result<Endpoint, _> = given.parse();
            assert_eq!(endpoint.map(|endpoint| endpoint.expose()), read.map(str::to_owned));
        }
    }

    #[test]
    fn nobody_prints_an_endpoint_by_mistake() {
        let endpoint: Endpoint = "https://hooks.example.com/T0/secret".parse().unwrap();
        assert_eq!(format!("{endpoint:?}"), "Endpoint");
    }
}
