//! Makes a connection from what the operator gave.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy;
use host_harness::contract::Manifest;
use host_harness::egress::{Client, ClientOptions, Tap};
use host_harness::engine::{
    self, Connection, Engine, EngineError, EngineOptions, Limits, ManifestError, Plugin, Powers,
};
use host_harness::pace::{MemoryPace, PaceFile, PaceStore, Pacer, Terms};
use host_harness::secrets::{EnvironmentSecrets, Secrets};
use host_harness::state::{MemoryStore, SqliteStore, Store};

use super::Options;
use super::exit::{self, Exit};
use super::input::Configuration;
use super::servers::{unreachable_servers, unreachable_servers_now};

/// Whether secrets are needed for what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Requests will be sent: without its secrets that cannot go well.
    Secrets,
    /// Nothing will be sent.
    Nothing,
}

/// A connection under this configuration.
pub(super) async fn connect(
    options: &Options,
    configuration: &Configuration,
    need: Need,
    tap: Option<Arc<dyn Tap>>,
) -> Result<Connection, Exit> {
    let json = configuration.json(options);
    let plugin = load(options, EngineOptions::default())?;
    let manifest = plugin
        .manifest(&json)
        .await
        .map_err(|error| not_usable(options, configuration, &error))?;
    refuse_unreachable(options, configuration, &json, need).await?;
    // Before anything is asked for a secret.
    let grants = options.granting().grants(&manifest, &json)?;
    let secrets = EnvironmentSecrets::new(roles(&manifest));
    if need == Need::Secrets {
        present(&manifest, &secrets)?;
    }
    let account = manifest.account_name();
    let Kept { store, pace } = kept(options, &account)?;
    let powers = Powers {
        grants,
        secrets: Arc::new(secrets),
        store,
        client: client()?,
        pace: Some(Pacer::new(account, Terms::of(&manifest), pace)),
        tap,
    };
    Connection::new(plugin, json, manifest, powers, Limits::default()).map_err(|error| Exit::failed(error.to_string()))
}

/// Why a configuration cannot be used, with the places in its file, or the option that is to blame.
pub(super) fn not_usable(options: &Options, configuration: &Configuration, error: &ManifestError) -> Exit {
    let problems = match error {
        ManifestError::Invalid(problems) => problems,
        ManifestError::Run(error) => return Exit::failed(error.to_string()),
    };
    let about_option = problems.iter().find(|problem| problem.pointer == "/base_url");
    match about_option {
        Some(problem) if options.base_url.is_some() => Exit::misused(format!("`--base-url`: {}", problem.message)),
        _ => configuration.problems(problems),
    }
}

/// Makes sure that requests can leave for the servers that the configuration names. Else each of them would be refused,
/// and every event wait for ever.
pub(super) async fn refuse_unreachable(
    options: &Options,
    configuration: &Configuration,
    json: &str,
    need: Need,
) -> Result<(), Exit> {
    let problems = match need {
        Need::Secrets => unreachable_servers_now(json).await,
        Need::Nothing => unreachable_servers(json),
    };
    match problems.is_empty() {
        true => Ok(()),
        false => Err(not_usable(options, configuration, &ManifestError::Invalid(problems))),
    }
}

/// Makes sure that no secret is missing. Without one, sending cannot go well.
pub(super) fn present(manifest: &Manifest, secrets: &dyn Secrets) -> Result<(), Exit> {
    for secret in &manifest.secrets {
        secrets
            .get(&secret.role)
            .map_err(|error| Exit::misused(error.to_string()).with([format!("It is {}.", secret.description)]))?;
    }
    Ok(())
}

/// The secrets that a connection needs.
pub(super) fn roles(manifest: &Manifest) -> impl Iterator<Item = String> {
    manifest.secrets.iter().map(|secret| secret.role.clone())
}

/// The component: the built-in one, or another.
pub(super) fn load(options: &Options, engine: EngineOptions) -> Result<Plugin, Exit> {
    let cache_directory = directories().map(|directories| directories.cache_dir().join("knockcal"));
    let largest = engine.component_bytes;
    let build = |cache_directory| {
        Engine::new(&EngineOptions {
            cache_directory,
            ..engine.clone()
        })
    };
    let engine = match build(cache_directory) {
        // Without it every start compiles: slower, and nothing else.
        Err(error @ EngineError::Cache { .. }) => {
            exit::warn(&format!("{error}. Continuing without the cache of compiled code"));
            build(None)
        }
        engine => engine,
    }
    .map_err(|error| Exit::failed(error.to_string()))?;
    let Some(path) = &options.plugin else {
        return engine
            .load(engine::component())
            .map_err(|error| Exit::failed(error.to_string()));
    };
    let name = path.display();
    let bytes = read_bounded(path, largest).map_err(|error| Exit::misused(format!("cannot read `{name}`: {error}")))?;
    engine
        .load(&bytes)
        .map_err(|error| Exit::misused(format!("`{name}`: {error}")))
}

/// The bytes of a file, and not many more than `largest`, however long it is.
fn read_bounded(path: &Path, largest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn client() -> Result<Arc<Client>, Exit> {
    let client = Client::new(ClientOptions::default()).map_err(|error| Exit::failed(error.to_string()))?;
    Ok(Arc::new(client))
}

/// What is kept of an account: for all processes in the state file and beside it, or in this one alone.
struct Kept {
    /// What was done.
    store: Arc<dyn Store>,
    /// How fast it may be called.
    pace: Arc<dyn PaceStore>,
}

fn kept(options: &Options, account: &str) -> Result<Kept, Exit> {
    if options.forgets() {
        return Ok(Kept {
            store: Arc::new(MemoryStore::new()),
            pace: Arc::new(MemoryPace::new()),
        });
    }
    let file = Arc::new(options.state_file()?);
    let pace = PaceFile::beside(file.clone());
    let store = SqliteStore::of_account(file, account).map_err(|error| Exit::failed(error.to_string()))?;
    Ok(Kept {
        store: Arc::new(store),
        pace: Arc::new(pace),
    })
}

fn directories() -> Option<impl BaseStrategy> {
    etcetera::choose_base_strategy().ok()
}

/// The state file of whoever names no other.
pub(super) fn default_state() -> Option<PathBuf> {
    Some(directories()?.data_dir().join("knockcal").join("state.sqlite"))
}
