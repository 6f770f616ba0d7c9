//! `knock emulator`: a GHL in memory.

use std::net::SocketAddr;

use clap::Args;
use host_harness::emulator::{Clock, Ghl, Seed, Server};

use super::exit::Exit;
use super::{Options, print};

/// Be a GHL in memory, to try things on.
#[derive(Debug, Args)]
pub(super) struct Emulator {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8484")]
    addr: SocketAddr,
}

impl Emulator {
    pub(super) async fn run(self, options: &Options) -> Result<(), Exit> {
        if !self.addr.ip().is_loopback() {
            return Err(Exit::misused(format!(
                "`--addr {}`: the emulator takes a well-known token, so it listens on this machine only, like \
                 `127.0.0.1:8484`",
                self.addr
            )));
        }
        let seed = Seed::demo();
        let ghl = Ghl::new(seed.clone()).map_err(|error| Exit::failed(error.to_string()))?;
        let server = Server::bind(self.addr, ghl, Clock::system())
            .await
            .map_err(|error| Exit::misused(format!("cannot listen on `{}`: {error}", self.addr)))?;
        print::emulator(server.address(), &seed, options.json);
        tokio::signal::ctrl_c()
            .await
            .map_err(|error| Exit::failed(format!("cannot wait for the end: {error}")))
    }
}
