//! A server, in the one spelling that can be compared.

use http::uri::Authority;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use thiserror::Error;

/// Scheme, host and port of a server. Two spellings of the same server are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

/// The two schemes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Plain, towards this machine alone.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// Why something names no server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{given}` is not a server: {reason}")]
pub struct OriginError {
    given: String,
    reason: &'static str,
}

impl Origin {
    /// A server from its parts: `https`, `services.example.com`.
    pub fn new(scheme: &str, authority: &str) -> Result<Self, OriginError> {
        let wrong = |reason| OriginError {
            given: format!("{scheme}://{authority}"),
            reason,
        };
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(wrong("the scheme is neither `https` nor `http`"));
        };
        if authority.contains('@') {
            return Err(wrong("a user name has no place here"));
        }
        let parsed = Authority::from_str(authority).map_err(|_| wrong("write host or host:port"))?;
        let host = parsed.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(wrong("the host is empty"));
        }
        let port = match parsed.as_str().get(parsed.host().len()..) {
            Some("") => scheme.default_port(),
            Some(rest) => rest
                .strip_prefix(':')
                .and_then(|port| port.parse().ok())
                .ok_or_else(|| wrong("the port is not a number from 0 to 65535"))?,
            None => return Err(wrong("write host or host:port")),
        };
        Ok(Self { scheme, host, port })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, in lower case; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host names this machine: `localhost`, or a loopback address.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The port, given or the scheme's own.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What belongs into a `Host` header: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let (scheme, authority) = given.split_once("://").ok_or_else(|| OriginError {
            given: given.to_owned(),
            reason: "write it as `https://host`",
        })?;
        Self::new(scheme, authority.strip_suffix('/').unwrap_or(authority))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_server_are_equal() {
        let origin: Origin = "https://Services.Example.com:443/".parse().unwrap();
        assert_eq!(origin, Origin::new("HTTPS", "services.example.com").unwrap());
        assert_eq!(origin.to_string(), "https://services.example.com");
    }

    #[test]
    fn another_port_or_scheme_is_another_server() {
        let origin: Origin = "https://example.com".parse().unwrap();
        assert_ne!(origin, "https://example.com:8443".parse().unwrap());
        assert_ne!(origin, "http://example.com".parse().unwrap());
        let six: Origin = "http://[::1]:8080".parse().unwrap();
        assert_eq!((six.host(), six.port()), ("[::1]", 8080));
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for wrong in [
            "example.com",
            "ftp://example.com",
            "https://",
            "https://user@example.com",
            "https://example.com:99999",
            "https://example.com:",
            "https://example.com/path",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }
}
