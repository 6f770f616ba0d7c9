//! Where `knock serve` listens, and who may call.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use host_harness::secrets::SecretValue;
use host_harness::serve::api::{ApiOptions, Tls};

use super::exit::Exit;
use super::open_files;

/// The variable with the token that clients have to present.
const TOKEN: &str = "KNOCK_SERVE_TOKEN";

/// The shortest token that is accepted. Whoever reaches the port may try as many as they like.
const SHORTEST_TOKEN: usize = 16;

/// Where to listen, and who may call.
#[derive(Debug, Args)]
pub(super) struct Listening {
    /// Where to listen; port 0 takes a free one. Beyond this machine only with a token in `KNOCK_SERVE_TOKEN` (at least 16
    /// characters, such as from `openssl rand -hex 32`), and better with TLS.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8585")]
    pub(super) addr: SocketAddr,
    /// Serve HTTPS with this certificate: PEM, the server's own first, then its issuers. A renewed one is read at the next
    /// start.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate: PEM, without a passphrase, and not readable by every user.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl Listening {
    /// How callers are treated.
    pub(super) fn api_options(&self) -> Result<ApiOptions, Exit> {
        let usual = ApiOptions::default();
        Ok(ApiOptions {
            token: self.token()?,
            tls: self.tls()?,
            connections: open_files::callers(usual.connections),
            ..usual
        })
    }

    /// The URL of the address that was found.
    pub(super) fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}")
    }

    /// What the operator should know before callers come.
    pub(super) fn warnings(&self, options: &ApiOptions) -> Vec<String> {
        let outdated = options.tls.as_ref().and_then(Tls::outdated);
        let readable = (options.tls.is_none() && self.is_public()).then_some(
            "without TLS the token and the data of customers cross the network unencrypted, for anybody on the way to \
             read: serve HTTPS with `--tls-cert FILE --tls-key FILE`, or listen on `127.0.0.1` behind a proxy that does, \
             such as Caddy",
        );
        outdated.into_iter().chain(readable).map(str::to_owned).collect()
    }

    /// Whether other machines may reach it.
    fn is_public(&self) -> bool {
        !self.addr.ip().to_canonical().is_loopback()
    }

    fn tls(&self) -> Result<Option<Tls>, Exit> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        let loaded = Tls::load(certificate, key);
        loaded.map(Some).map_err(|error| Exit::misused(error.to_string()))
    }

    /// The token that clients have to present, if any.
    fn token(&self) -> Result<Option<SecretValue>, Exit> {
        let unusable = |why: &str| Exit::misused(format!("`{TOKEN}` {why}"));
        let token = match env::var(TOKEN) {
            Ok(token) if (1..SHORTEST_TOKEN).contains(&token.chars().count()) => {
                return Err(unusable(&format!(
                    "has {} characters and can be guessed: take at least {SHORTEST_TOKEN}, such as from `openssl rand \
                     -hex 32`",
                    token.chars().count()
                )));
            }
            Ok(token) => Some(SecretValue::new(token).map_err(unusable)?),
            Err(env::VarError::NotPresent) => None,
            Err(env::VarError::NotUnicode(_)) => return Err(unusable("is no text")),
        };
        if token.is_none() && self.is_public() {
            return Err(Exit::misused(format!(
                "`--addr {}` can be reached from other machines: set `{TOKEN}` to the token that they present (such as \
                 from `openssl rand -hex 32`), or listen on this machine only, like `127.0.0.1:8585`",
                self.addr
            )));
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        listening: Listening,
    }

    fn warnings(addr: &str) -> Vec<String> {
        let command = Command::try_parse_from(["serve", "--addr", addr]).unwrap();
        command.listening.warnings(&ApiOptions::default())
    }

    #[test]
    fn host_that_others_reach_without_tls_says_what_they_can_read_and_what_helps() {
        for addr in ["0.0.0.0:8585", "192.0.2.7:0", "[::]:8585", "[2001:db8::1]:1"] {
            let [warning] = warnings(addr).try_into().unwrap();
            for word in ["unencrypted", "token", "customers", "--tls-cert", "--tls-key", "Caddy"] {
                assert!(warning.contains(word), "{addr}: {warning}");
            }
        }
        for addr in ["127.0.0.1:0", "[::1]:8585", "[::ffff:127.0.0.1]:1"] {
            assert!(warnings(addr).is_empty(), "{addr}");
        }
    }
}
