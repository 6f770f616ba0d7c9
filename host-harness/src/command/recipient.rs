//! What the operator lends to connections that share a process and a state file.

use std::path::PathBuf;
use std::sync::Arc;

use host_harness::contract::Manifest;
use host_harness::egress::Endpoint;
use host_harness::engine::{Limits, Plugin, Powers};
use host_harness::pace::{PaceFile, Pacers, Terms};
use host_harness::secrets::{ALERT_URL, EnvironmentSecrets, SecretError, claimant, of_connection};
use host_harness::serve::Recipient;
use host_harness::state::SqliteStore;
use host_harness::storage::StateFile;

use super::connect::{client, roles};
use super::exit::Exit;
use super::grants::Granting;

/// Where the secrets of connections are.
#[derive(Clone, Debug)]
pub(super) struct Keyring {
    /// A folder of them; else they are variables.
    pub(super) directory: Option<PathBuf>,
    /// Whether there is one connection alone, which need not be named in variables.
    pub(super) alone: bool,
    /// All connections.
    pub(super) connections: Vec<String>,
}

impl Keyring {
    /// The secrets of a connection.
    pub(super) fn of(&self, connection: &str, manifest: &Manifest) -> EnvironmentSecrets {
        of_connection(connection, self.alone, self.directory.as_deref(), roles(manifest))
    }

    /// Refuses a secret of a connection whose variable is, read otherwise, one of another connection.
    pub(super) fn check_names(&self, connection: &str, manifest: &Manifest) -> Result<(), String> {
        if self.directory.is_some() {
            return Ok(());
        }
        for role in roles(manifest).chain([ALERT_URL.to_owned()]) {
            let others = self.connections.iter().map(String::as_str);
            if let Some((other, variable)) = claimant(connection, &role, others) {
                return Err(format!(
                    "`{variable}` can be read two ways: as the secret `{role}` of connection `{connection}`, and as one \
                     of connection `{other}`; rename one of the two, or give a folder with `--secrets DIR`"
                ));
            }
        }
        Ok(())
    }

    /// Where people are told of what a connection sets aside. No component ever hears of it.
    pub(super) fn alert_url(&self, connection: &str) -> Result<Option<Endpoint>, SecretError> {
        of_connection(connection, self.alone, self.directory.as_deref(), None).own(ALERT_URL)
    }
}

/// Lends to each connection its server, its secrets, and the ledger of its account in the state file.
pub(super) fn recipient(
    plugin: Plugin,
    file: Arc<StateFile>,
    keyring: Keyring,
    granting: Granting,
) -> Result<Recipient, Exit> {
    let client = client()?;
    let pace = PaceFile::beside(file.clone());
    let pacers = Pacers::new(Arc::new(pace));
    let lender = move |name: &str, manifest: &Manifest, json: &str| {
        let grants = granting.grants(manifest, json).map_err(|exit| exit.to_string())?;
        keyring.check_names(name, manifest)?;
        let account = manifest.account_name();
        let store = SqliteStore::of_account(file.clone(), &account).map_err(|error| error.to_string())?;
        Ok(Powers {
            grants,
            secrets: Arc::new(keyring.of(name, manifest)),
            store: Arc::new(store),
            pace: Some(pacers.of_account(&account, Terms::of(manifest))),
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
