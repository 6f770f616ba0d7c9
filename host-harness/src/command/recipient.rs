//! What the operator lends to connections that share a process and a state file.

use std::path::PathBuf;
use std::sync::Arc;

use host_harness::contract::Manifest;
use host_harness::egress::Endpoint;
use host_harness::engine::{Limits, Plugin, Powers};
use host_harness::pace::{PaceFile, Pacers, Terms};
use host_harness::secrets::{EnvironmentSecrets, SecretError, of_connection};
use host_harness::serve::Recipient;
use host_harness::state::SqliteStore;
use host_harness::storage::StateFile;

use super::connect::{client, grants, roles};
use super::exit::Exit;

/// The role of the URL to which is posted what a connection sets aside.
const ALERT_URL: &str = "alert_url";

/// Where the secrets of connections are.
#[derive(Clone, Debug)]
pub(super) struct Keyring {
    /// A folder of them; else they are variables.
    pub(super) directory: Option<PathBuf>,
    /// Whether there is one connection alone, which need not be named in variables.
    pub(super) alone: bool,
}

impl Keyring {
    /// The secrets of a connection.
    pub(super) fn of(&self, connection: &str, manifest: &Manifest) -> EnvironmentSecrets {
        of_connection(connection, self.alone, self.directory.as_deref(), roles(manifest))
    }

    /// Where people are told of what a connection sets aside. No component ever hears of it.
    pub(super) fn alert_url(&self, connection: &str) -> Result<Option<Endpoint>, SecretError> {
        of_connection(connection, self.alone, self.directory.as_deref(), None).own(ALERT_URL)
    }
}

/// Lends to each connection its server, its secrets, and the ledger of its account in the state file.
pub(super) fn recipient(plugin: Plugin, file: Arc<StateFile>, keyring: Keyring) -> Result<Recipient, Exit> {
    let client = client()?;
    let pace = PaceFile::beside(file.clone());
    let pacers = Pacers::new(Arc::new(pace));
    let lender = move |name: &str, manifest: &Manifest, json: &str| {
        let account = manifest.account_name();
        let store = SqliteStore::of_account(file.clone(), &account).map_err(|error| error.to_string())?;
        Ok(Powers {
            grants: grants(manifest, json).map_err(|exit| exit.to_string())?,
            secrets: Arc::new(keyring.of(name, manifest)),
            store: Arc::new(store),
            pace: Terms::of(manifest).map(|terms| pacers.of_account(&account, terms)),
            client: client.clone(),
            tap: None,
        })
    };
    Ok(Recipient {
        plugin,
        limits: Limits::default(),
        lender: Arc::new(lender),
    })
}
