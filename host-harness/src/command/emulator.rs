//! `knock emulator`: a GHL in memory.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use host_harness::emulator::{Clock, Seed, Server, WebhookUrl};
use host_harness::text;

use super::exit::Exit;
use super::{Options, print, seed, terminal};

/// Be a GHL in memory, to try things on.
#[derive(Debug, Args)]
pub(super) struct Emulator {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8484")]
    addr: SocketAddr,
    /// What it holds at the start, TOML or JSON: users, calendars, contacts and more, faults, and in `[shows]` the forms
    /// in which it shows values; `-` reads standard input. [default: a demo]
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// What goes wrong, and when: a fault or a list of them as JSON, like `{"on": "appointment.create", "do":
    /// {"status_after_commit": 504}}`, or a file of them, in TOML `[[faults]]`. Effects of requests: `status`,
    /// `status_after_commit`, `page`, `empty`, `body`, `scope_missing`, `other_contact`, `command_timed_out`,
    /// `reset_before_commit`, `reset_after_commit`, `truncate`, `commit_late`, `lag`, `latency`, `trickle`, `shows`. Can
    /// be given more than once.
    #[arg(long = "fault", value_name = "FILE|JSON")]
    faults: Vec<String>,
    /// Where to post what GHL tells apps by webhook: a server on this machine, or one with `https`. Webhooks are signed
    /// with a key for tests.
    #[arg(long, value_name = "URL")]
    webhooks: Option<WebhookUrl>,
    /// Print the seed that it would start with, TOML, to begin one of your own with.
    #[arg(long)]
    print_seed: bool,
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
        let (seed, mut ghl) = seed::read(self.seed.as_deref())?;
        for fault in seed::faults(&self.faults)? {
            ghl.inject(fault);
        }
        if self.print_seed {
            return self.show(&seed, options);
        }
        let server = Server::bind(self.addr, ghl, Clock::system())
            .await
            .map_err(|error| Exit::misused(format!("cannot listen on `{}`: {error}", self.addr)))?;
        server.post_webhooks_to(self.webhooks.clone());
        print::emulator(server.address(), &seed, self.webhooks.as_ref(), options.json);
        tokio::signal::ctrl_c()
            .await
            .map_err(|error| Exit::failed(format!("cannot wait for the end: {error}")))
    }

    /// Prints the seed: the demo with its comments, others with everything that they leave out.
    fn show(&self, seed: &Seed, options: &Options) -> Result<(), Exit> {
        if options.json {
            print::document(seed);
            return Ok(());
        }
        if self.seed.is_none() {
            terminal::block(Seed::DEMO_FILE);
            return Ok(());
        }
        let text = toml::to_string(seed).map_err(|error| {
            Exit::failed(format!(
                "the seed cannot be written as TOML: {error}; `--json` writes it as JSON"
            ))
        })?;
        if text::block(&text) != text {
            return Err(Exit::failed(
                "the seed holds characters that a terminal would act on; `--json` writes them as JSON does",
            ));
        }
        terminal::block(&text);
        Ok(())
    }
}
