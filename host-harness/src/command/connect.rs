//! Makes a connection from what the operator gave.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use etcetera::BaseStrategy;
use host_harness::contract::{Document, Manifest, Problem};
use host_harness::egress::{
    Client, ClientOptions, Grants, Origin, Policy, Reach, Refusal, Tap, forbidden, forbidden_now,
};
use host_harness::engine::{
    self, Connection, Engine, EngineError, EngineOptions, Limits, ManifestError, Plugin, Powers,
};
use host_harness::pace::{MemoryPace, PaceFile, PaceStore, Pacer, Terms};
use host_harness::secrets::{EnvironmentSecrets, Secrets};
use host_harness::state::{MemoryStore, SqliteStore, Store};
use serde_json::Value;

use super::Options;
use super::exit::Exit;
use super::input::Configuration;

/// Where GHL is. An operator who configures nothing else grants this server, and no other.
const DEFAULT_BASE_URL: &str = "https://services.leadconnectorhq.com";

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
    let secrets = EnvironmentSecrets::new(roles(&manifest));
    if need == Need::Secrets {
        present(&manifest, &secrets)?;
    }
    let account = manifest.account_name();
    let Kept { store, pace } = kept(options, &account)?;
    let powers = Powers {
        grants: grants(&manifest, &json)?,
        secrets: Arc::new(secrets),
        store,
        client: client()?,
        pace: Terms::of(&manifest).map(|terms| Pacer::new(account, terms, pace)),
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
    let mut problems = unreachable_servers(json);
    if problems.is_empty() && need == Need::Secrets {
        for (pointer, url) in named_servers(json) {
            let origin: Option<Origin> = url.trim_end_matches('/').parse().ok();
            if let Some(origin) = origin
                && let Some(refusal) = forbidden_now(&origin, reach(&origin)).await
            {
                problems.push(unreachable_server(pointer, &refusal));
            }
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(not_usable(options, configuration, &ManifestError::Invalid(problems))),
    }
}

/// The servers of a configuration to which no request could leave, as far as their URLs say.
pub(super) fn unreachable_servers(json: &str) -> Vec<Problem> {
    let servers = named_servers(json).into_iter();
    let refused = servers.filter_map(|(pointer, url)| {
        let origin: Origin = url.trim_end_matches('/').parse().ok()?;
        let refusal = forbidden(&origin, reach(&origin))?;
        Some(unreachable_server(pointer, &refusal))
    });
    refused.collect()
}

fn unreachable_server(pointer: &str, refusal: &Refusal) -> Problem {
    Problem {
        document: Document::Configuration,
        pointer: pointer.to_owned(),
        code: "private-address".to_owned(),
        message: match refusal {
            Refusal::PrivateAddress { origin, address } => format!(
                "`{origin}` is at `{address}`, which is not on the public internet: requests go to servers there, and \
                 to this machine, like `http://127.0.0.1:8484`"
            ),
            other => other.to_string(),
        },
    }
}

/// The servers that a configuration names, with the places where it does.
fn named_servers(json: &str) -> Vec<(&'static str, String)> {
    let configuration: Value = serde_json::from_str(json).unwrap_or_default();
    let named = |pointer: &'static str| {
        let url = configuration.pointer(pointer).and_then(Value::as_str)?;
        Some((pointer, url.to_owned()))
    };
    ["/base_url", "/knocker/base_url"]
        .into_iter()
        .filter_map(named)
        .collect()
}

/// Makes sure that no secret is missing. Without one, sending cannot go well.
pub(super) fn present(manifest: &Manifest, secrets: &dyn Secrets) -> Result<(), Exit> {
    for secret in &manifest.secrets {
        secrets
            .get(&secret.role)
            .map_err(|error| Exit::misused(format!("{error}\nIt is {}.", secret.description)))?;
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
    let engine = |cache_directory| {
        Engine::new(&EngineOptions {
            cache_directory,
            ..engine.clone()
        })
    };
    let engine = match engine(cache_directory) {
        // Without it every start compiles: slower, and nothing else.
        Err(error @ EngineError::Cache { .. }) => {
            tracing::warn!(%error, "going on without");
            engine(None)
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
    let bytes = fs::read(path).map_err(|error| Exit::misused(format!("cannot read `{name}`: {error}")))?;
    engine
        .load(&bytes)
        .map_err(|error| Exit::misused(format!("`{name}`: {error}")))
}

pub(super) fn client() -> Result<Arc<Client>, Exit> {
    let client = Client::new(ClientOptions::default()).map_err(|error| Exit::failed(error.to_string()))?;
    Ok(Arc::new(client))
}

/// What the operator allows: the servers that were configured. Naming a server on this machine is a grant of it.
pub(super) fn grants(manifest: &Manifest, json: &str) -> Result<Grants, Exit> {
    let named = named_servers(json);
    let mut servers: Vec<_> = named.iter().map(|(_, url)| url.as_str()).collect();
    if !named.iter().any(|(pointer, _)| *pointer == "/base_url") {
        servers.insert(0, DEFAULT_BASE_URL);
    }
    if let Some(problem) = unreachable_servers(json).first() {
        return Err(Exit::misused(problem.message.clone()));
    }
    let mut grants = Grants::new();
    for server in &servers {
        grants = grant(grants, server)?;
    }
    let policy = Policy::new(manifest, &grants).map_err(|error| Exit::failed(error.to_string()))?;
    match policy.not_granted().next() {
        Some(server) => Err(Exit::misused(format!(
            "the component wants to call `{server}`, and `{}` is all that is granted",
            servers.join("`, `")
        ))),
        None => Ok(grants),
    }
}

/// Allows one server more.
pub(super) fn grant(grants: Grants, base_url: &str) -> Result<Grants, Exit> {
    let origin: Origin = base_url
        .trim_end_matches('/')
        .parse()
        .map_err(|error| Exit::misused(format!("`{base_url}`: {error}")))?;
    let reach = reach(&origin);
    Ok(grants.allow(origin, reach))
}

/// Which addresses a server may have that was named.
fn reach(origin: &Origin) -> Reach {
    match origin.is_loopback() {
        true => Reach::Private,
        false => Reach::Public,
    }
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
    let pace = PaceFile::beside(file.clone()).map_err(|error| Exit::failed(error.to_string()))?;
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
